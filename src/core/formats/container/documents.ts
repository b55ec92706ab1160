/**
 * Documents of container engines: which files they are, and which of several with one name speaks for the checkpoint. Volumes
 * and root file systems may hold files of the same names, so only those on the way from the images up to the top count, the
 * nearest first.
 */
import { folderOf } from "../../archive/file-set.ts";
import { topOf, type At, type Document } from "./json-rows.ts";

/** JSON files by name, with what each is. */
export const DOCUMENT_NAMES: Readonly<Record<string, string>> = {
  "config.dump": "Configuration of the container, as the engine keeps it.",
  "spec.dump": "Runtime specification (OCI config.json).",
  "network.status": "Networks of the container.",
  "status": "Status of the container (containerd).",
  "status.dump": "Status of the container (CRI).",
  "deleted.files": "Files of the image that the container deleted.",
  "bind.mounts": "Bind mounts that a restore makes first.",
  "descriptors.json": "Where the descriptors 0 to 2 of the first process lead.",
  "pod.options": "Containers of the pod.",
  "pod.dump": "Configuration of the pod.",
  "checkpointed.pods": "Pods of the archive.",
  "checkpoint-manifest.json": "Containers of the pod, with their archives (containerd).",
  "pod-config.json": "Configuration of the pod (CRI).",
  "config.json": "Runtime specification of the bundle, or options of the checkpoint (old Docker).",
  "config.v2.json": "Configuration of the container (Docker).",
  "hostconfig.json": "What the host grants the container (Docker).",
  "index.json": "Index of an image layout.",
  "manifest.json": "Manifest of saved images.",
  "oci-layout": "Version of the image layout.",
  "repositories": "Names of saved images.",
};

export class DocumentShelf {
  /** Folder of the images. */
  readonly #folder: string;
  readonly #held = new Map<string, { readonly document: Document; readonly height: number }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How many folders above the images a file stands; undefined when it does not stand on the way up. */
  heightOf(path: string): number | undefined {
    const wanted = folderOf(path);
    for (let folder = this.#folder, height = 0; ; folder = folderOf(folder), height++) {
      if (folder === wanted) return height;
      if (folder === "") return undefined;
    }
  }

  /** Keep a document unless a nearer one of its name is there. */
  put(document: Document, height: number): void {
    const held = this.#held.get(document.name);
    if (held === undefined || height <= held.height) this.#held.set(document.name, { document, height });
  }

  document(name: string): Document | undefined {
    return this.#held.get(name)?.document;
  }

  get(name: string): At | undefined {
    return topOf(this.document(name));
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }
}
