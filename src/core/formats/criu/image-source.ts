/** The images of one checkpoint as plain names and bytes, for tools that work on a directory: out of folders and archives alike. */
import { baseName, openFileSet, type InputFile } from "../../archive/file-set.ts";
import type { ArchiveOptions } from "../../archive/archive.ts";
import { BlockPool, blockCache } from "../../bytes/block-cache.ts";
import type { OnProgress } from "../../inspector.ts";
import { chooseArchives } from "../expand.ts";
import type { ImageSet } from "./crit/image-set.ts";
import { findDirectories, servedFiles } from "./find.ts";

export interface OpenedImages extends ImageSet {
  /** Directories that hold images, the one that was opened first; the others can be asked for by name. */
  readonly choices: readonly string[];
  close(): Promise<void>;
}

/**
 * Undefined when there are no images, or no checkpoint of the wanted name. Of several directories the first with a process
 * tree that is not the parent of another is opened.
 */
export async function openImages(inputs: readonly InputFile[], wanted: string | undefined, options: ArchiveOptions, onProgress: OnProgress = () => {}, signal?: AbortSignal): Promise<OpenedImages | undefined> {
  const pool = new BlockPool();
  const set = await openFileSet(inputs.map((file) => ({ ...file, source: blockCache(file.source, pool) })), chooseArchives, options, onProgress, signal);
  const directories = (await findDirectories(set, onProgress, signal)).filter(({ isLoose }) => !isLoose);
  const sorted = directories.toSorted((a, b) => Number(a.isNeededBy !== undefined) - Number(b.isNeededBy !== undefined) || Number(b.hasTree) - Number(a.hasTree));
  const chosen = wanted === undefined ? sorted[0] : sorted.find(({ path }) => (path || ".") === wanted);
  if (chosen === undefined) {
    await set.close();
    return undefined;
  }
  const files = new Map([...chosen.files, ...servedFiles(chosen)].filter(({ link }) => link === undefined).map((file) => [baseName(file.path), file.source]));
  return {
    names: () => [...files.keys()],
    source: (name) => files.get(name),
    choices: sorted.map(({ path }) => path || "."),
    close: async () => await set.close(),
  };
}
