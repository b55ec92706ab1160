/** By what a set of files is recognised again: its name, its size and how many files it has. */
import type { OpenFile } from "../../core/rpc.ts";
import type { ImageIdentity } from "./view.ts";

export function identify(files: readonly OpenFile[], sample?: string): ImageIdentity {
  return {
    name: nameOf(files.map(({ name }) => name)),
    size: files.reduce((sum, file) => sum + file.blob.size, 0),
    fileCount: files.length,
    ...(sample === undefined ? {} : { sample }),
  };
}

export function isSameImage(a: ImageIdentity, b: ImageIdentity): boolean {
  return a.size === b.size && a.fileCount === b.fileCount && a.name === b.name;
}

/** The one file, the folder that holds all files, or the first of the names: whatever the order in which they came. */
export function nameOf(names: readonly string[]): string {
  const [first] = names;
  if (first === undefined || names.length === 1) return first ?? "";
  const folder = first.slice(0, first.indexOf("/") + 1);
  if (folder !== "" && names.every((name) => name.startsWith(folder))) return folder.slice(0, -1);
  return names.reduce((least, name) => (name < least ? name : least));
}
