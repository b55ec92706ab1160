/** A directory of images as a set. Files are opened only while they are read, since a set can have thousands. */
import { close, open, statSync, type Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ByteSource, ImageSet } from "../core/index.ts";
import { CallError } from "./call-error.ts";
import { fileSource } from "./file-source.ts";
import { guarded } from "./open-image.ts";

const openFile = promisify(open);
const closeFile = promisify(close);

/** The images in a directory itself, not in directories below it. */
export async function openImageFolder(path: string): Promise<ImageSet> {
  const entries = await guarded(path, () => listFolder(path));
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const known = new Set(names);
  return {
    names: () => names,
    source: (name) => (known.has(name) ? sourceOf(join(path, name)) : undefined),
  };
}

async function listFolder(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") throw new CallError(`${path} is not a directory; name the one that holds the images`);
    throw error;
  }
}

/** Undefined for what is no file, such as a link to nowhere. */
function sourceOf(path: string): ByteSource | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return undefined;
  return {
    size: stats.size,
    async read(start, end, signal) {
      const descriptor = await openFile(path, "r");
      try {
        return await fileSource(descriptor, stats.size).read(start, end, signal);
      } finally {
        await closeFile(descriptor);
      }
    },
  };
}
