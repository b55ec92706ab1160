/**
 * An image layout (OCI, or what `docker save` writes) that a checkpoint came in: what its blobs are, by the descriptors that
 * name them, and whether each blob is the one that its name promises.
 */
import { baseName, folderOf, type SetArchive } from "../../archive/file-set.ts";
import { RefusedBytes } from "../../bytes/refused-bytes.ts";
import type { ByteSource } from "../../bytes/source.ts";
import type { SetReader } from "../../model/set-reader.ts";
import { formatCount, formatSize } from "../../schema/show.ts";
import { children, down, text, topOf, type At, type Document } from "./json-rows.ts";

export const READ_WRITE_LAYER = "read-write layer";
export const IMAGE_PART = "part of the image of the container";

/** Parts of a checkpoint image of containerd, by the end of their media type behind `application/vnd.containerd.container.`. */
const CONTAINERD: Readonly<Record<string, string>> = {
  "criu.checkpoint.criu.tar": "CRIU images",
  "criu.checkpoint.predump.tar": "CRIU images of a pre-dump",
  "checkpoint.config.v1+proto": "runtime specification",
  "checkpoint.options.v1+proto": "options of the checkpoint",
  "checkpoint.runtime.options+proto": "options of the runtime",
  "checkpoint.runtime.name": "name of the runtime",
  "rw.tar": READ_WRITE_LAYER,
};
const PREFIX = "application/vnd.containerd.container.";

/** Blobs up to this size are read once more to compare them with their digests, and so many bytes in all. */
const MOST_HASHED = 16 * 1024 * 1024;
const MOST_HASHED_IN_ALL = 64 * 1024 * 1024;
/** Descriptors that are followed; images have some dozens. */
const MOST_DESCRIPTORS = 10_000;

/** A descriptor that stands in an index or a manifest. */
interface Descriptor {
  readonly digest: string;
  readonly at: At;
  readonly part: string;
}

/** What is said about the blobs of the layout that the images came in. */
export class ImageLayout {
  readonly #reader: SetReader;
  /** JSON blobs by the name that is their digest. */
  readonly #documents = new Map<string, Document>();
  /** By digest, in hex; the first that names it. */
  readonly #descriptors = new Map<string, Descriptor>();
  /** Files of `docker save`, whose names say nothing of their contents. */
  readonly #saved: (Descriptor & { readonly path: string })[] = [];
  /** Index whose entries are the parts of a checkpoint, as containerd makes it. */
  checkpointIndex: At | undefined;
  /** Entry of the topmost index that leads to the images. */
  entry: At | undefined;
  /** Descriptor of the image that the container was made from. */
  baseImage: At | undefined;

  constructor(reader: SetReader) {
    this.#reader = reader;
  }

  /** A JSON document that is named by its digest. */
  put(path: string, document: Document): void {
    this.#documents.set(digestOf(path), document);
  }

  get documents(): readonly Document[] {
    return [...this.#documents.values()];
  }

  /** What a blob is, in a few words; undefined when no descriptor names it. */
  partOf(path: string): string | undefined {
    return this.#descriptors.get(digestOf(path))?.part;
  }

  /** Follow the descriptors from the topmost index down. */
  read(index: At | undefined): void {
    const entries = children(down(index, "manifests"));
    this.entry = entries[0];
    for (const at of entries) this.#follow(at, 0, undefined);
  }

  /** Files that the manifest of `docker save` names: the configuration by its digest, the layers by the digests in it. */
  readSaved(manifest: At | undefined): void {
    for (const entry of children(manifest)) {
      const config = down(entry, "Config");
      const hex = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(text(config) ?? "")?.[1];
      if (config === undefined || hex === undefined || this.#descriptors.has(hex)) continue;
      this.#saved.push({ path: text(config)!, digest: hex, at: config, part: partOfType("config") });
      const digests = children(down(topOf(this.#documents.get(hex)), "rootfs", "diff_ids"));
      for (const [index, layer] of children(down(entry, "Layers")).slice(0, MOST_DESCRIPTORS).entries()) {
        const digest = /^sha256:([0-9a-f]{64})$/.exec(text(digests[index]) ?? "")?.[1];
        if (digest !== undefined && text(layer) !== undefined) this.#saved.push({ path: text(layer)!, digest, at: digests[index]!, part: "layer" });
      }
    }
  }

  #follow(at: At, depth: number, within: string | undefined): void {
    const digest = hexOf(at);
    if (digest === undefined || this.#descriptors.has(digest) || this.#descriptors.size >= MOST_DESCRIPTORS) return;
    const type = text(down(at, "mediaType")) ?? "";
    const known = type.startsWith(PREFIX) ? CONTAINERD[type.slice(PREFIX.length)] : undefined;
    this.#descriptors.set(digest, { digest, at, part: known ?? within ?? partOfType(type) });
    const document = topOf(this.#documents.get(digest));
    if (document === undefined || depth > 4) return;
    const entries = children(down(document, "manifests"));
    const isCheckpoint = entries.some((entry) => (text(down(entry, "mediaType")) ?? "").startsWith(PREFIX));
    if (isCheckpoint) this.checkpointIndex ??= document;
    for (const entry of entries) {
      if (!isCheckpoint) this.#follow(entry, depth + 1, within);
      else if (isImage(entry)) {
        this.baseImage ??= entry;
        this.#follow(entry, depth + 1, IMAGE_PART);
      } else this.#follow(entry, depth + 1, isLayer(entry) ? READ_WRITE_LAYER : undefined);
    }
    const config = down(document, "config");
    for (const entry of [...(config === undefined ? [] : [config]), ...children(down(document, "layers"))]) this.#follow(entry, depth + 1, within);
  }

  /**
   * Compare the blobs with what their descriptors say: that they are there, their sizes, and the digests of those that are not
   * large. Answers how many were compared with their digests, of how many that are there.
   */
  async check(archives: readonly SetArchive[], signal?: AbortSignal): Promise<{ readonly compared: number; readonly present: number } | undefined> {
    if (this.#descriptors.size === 0 && this.#saved.length === 0) return undefined;
    const blobs = this.#blobs(archives);
    let left = MOST_HASHED_IN_ALL;
    let compared = 0;
    let present = 0;
    /** Indexes of an image for several machines, of which the manifest for one is there: exports leave the others out. */
    const chosen = new Set<Document>();
    for (const { digest, at } of this.#descriptors.values()) if (isOfMachine(at) && blobs.has(digest)) chosen.add(at.document);
    const saved = this.#saved.length === 0 ? undefined : this.#paths(archives);
    for (const { digest, at, part, path } of [...this.#descriptors.values(), ...this.#saved] as readonly (Descriptor & { readonly path?: string })[]) {
      const blob = path === undefined ? blobs.get(digest) : saved!.get(path);
      const where = this.#reader.fieldOf(at.document.record, at.path);
      if (blob === undefined) {
        if (isOfMachine(at) && chosen.has(at.document)) continue;
        this.#reader.report("layout.missing", `${at.document.name} names a blob (${part}) that is not there: ${path ?? digest}.`, where);
        continue;
      }
      present++;
      const size = text(down(at, "size"));
      if (size !== undefined && size !== String(blob.size)) {
        this.#reader.report("layout.size", `The blob ${digest} (${part}) has ${formatCount(blob.size)} bytes; ${at.document.name} says ${size}.`, where);
        continue;
      }
      if (blob.size > Math.min(MOST_HASHED, left)) continue;
      left -= blob.size;
      const found = await sha256(blob, signal);
      if (found === undefined) continue;
      compared++;
      if (found !== digest) this.#reader.report("layout.digest", `The ${path === undefined ? `blob ${digest}` : `file ${path}`} (${part}, ${formatSize(blob.size)}) has the digest ${found}${path === undefined ? "" : ` instead of ${digest}`}.`, where);
    }
    return { compared, present };
  }

  /** The same by the paths that the manifest of `docker save` has for them: names without the folder that the manifest is in. */
  #paths(archives: readonly SetArchive[]): ReadonlyMap<string, ByteSource> {
    const manifest = this.#saved[0]!.at.document.file;
    const folder = folderOf(this.#reader.files.find(({ name }) => baseName(name) === "manifest.json")?.name ?? this.#reader.files[manifest]!.name);
    const inside = (name: string): string => (folder !== "" && name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : name);
    const paths = new Map<string, ByteSource>();
    for (const { name, stored } of archives) if (stored !== undefined) paths.set(inside(name), stored);
    for (const { name, source } of this.#reader.files) paths.set(inside(name), source);
    return paths;
  }

  /** Blobs that are files of the set, and those that were opened as archives. */
  #blobs(archives: readonly SetArchive[]): ReadonlyMap<string, ByteSource> {
    const blobs = new Map<string, ByteSource>();
    for (const { name, stored } of archives) if (stored !== undefined) blobs.set(digestOf(name), stored);
    for (const { name, source } of this.#reader.files) blobs.set(digestOf(name), source);
    return blobs;
  }
}

function digestOf(path: string): string {
  return baseName(path).replace(/\.json$/, "");
}

/** Digest of a descriptor in hex; undefined where there is none, or one of another kind than SHA-256. */
export function hexOf(descriptor: At | undefined): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(text(down(descriptor, "digest")) ?? "")?.[1];
}

function isImage(entry: At): boolean {
  return /manifest|index/.test(text(down(entry, "mediaType")) ?? "");
}

/** A manifest of an index that holds one for each machine. */
function isOfMachine(entry: At): boolean {
  return down(entry, "platform") !== undefined;
}

function isLayer(entry: At): boolean {
  return /layer|rootfs\.diff/.test(text(down(entry, "mediaType")) ?? "");
}

function partOfType(type: string): string {
  if (/manifest|index/.test(type)) return "manifest";
  if (/config|\.container\.image\./.test(type)) return "configuration of the image";
  return /layer|tar/.test(type) ? "layer" : type === "" ? "blob" : type;
}

/** The part of Web Cryptography that is used; pages that were not loaded over a safe connection have none. */
interface Subtle {
  digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>;
}

/** Digest in hex; undefined where it cannot be worked out, or the bytes are not all there. */
async function sha256(source: ByteSource, signal?: AbortSignal): Promise<string | undefined> {
  const { crypto } = globalThis as { crypto?: { subtle?: Subtle } };
  if (crypto?.subtle === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = await source.read(0, source.size, signal);
  } catch (error) {
    if (error instanceof RefusedBytes) return undefined;
    throw error;
  }
  if (bytes.length < source.size) return undefined;
  // Shared memory is refused: a copy is not shared.
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
