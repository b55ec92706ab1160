/** Which files are read for a set, in which order, and from where: unpacked where they are compressed, and small ones as a whole. */
import type { SetFile } from "../../archive/file-set.ts";
import type { ByteSource } from "../../bytes/source.ts";
import { ImageDirectory } from "./criu-set.ts";
import { filesBeside, servedFiles, type Directory, type Files } from "./find.ts";
import type { Identified } from "./identify.ts";
import { unpackPages, type HeadedFile, type UnpackedPages } from "./unpack-pages.ts";

/** Size up to which a file is read as a whole. */
const MOST_HELD = 64 * 1024;
/** What such files may take together until they are framed; those beyond are read as any file. Bytes. */
const MOST_HELD_TOGETHER = 64 * 1024 * 1024;

/** One file with what decides about its kind. */
export interface Planned {
  readonly set: SetFile;
  readonly directory: ImageDirectory | undefined;
  readonly role: string | undefined;
  /** Set for page contents that are stored compressed. */
  readonly unpacked?: UnpackedPages;
}

export interface Plan {
  readonly files: readonly Planned[];
  readonly directories: readonly ImageDirectory[];
}

/** Files in the order in which they are framed and shown: images, those of parents, what stands beside. */
export function plan(set: Files, all: readonly Directory[], chain: readonly Directory[]): Plan {
  const files: Planned[] = [];
  const directories: ImageDirectory[] = [];
  for (const [depth, directory] of chain.entries()) {
    const images = new ImageDirectory(directory.path);
    directories.push(images);
    const role = depth === 0 ? undefined : `parent ${depth} up`;
    for (const file of sorted(directory.files)) files.push({ set: file, directory: images, role });
    for (const file of sorted(servedFiles(directory))) files.push({ set: file, directory: images, role: "page server" });
  }
  for (const file of sorted(filesBeside(chain[0]!, set, all))) files.push({ set: file, directory: undefined, role: "beside the images" });
  return { files, directories };
}

/** The plan with the contents of compressed pages in the place of what is stored. */
export async function unpacked({ files, directories }: Plan, identities: readonly (Identified | undefined)[], signal?: AbortSignal): Promise<Plan> {
  const byDirectory = new Map<ImageDirectory | undefined, HeadedFile[]>(directories.map((directory) => [directory, []]));
  for (const [index, { directory, set }] of files.entries()) byDirectory.get(directory)?.push({ file: set, identity: identities[index] });
  const found = new Map<ImageDirectory | undefined, ReadonlyMap<string, UnpackedPages>>();
  for (const [directory, own] of byDirectory) found.set(directory, await unpackPages(own, signal));
  const replaced = (file: Planned): Planned => {
    const pages = found.get(file.directory)?.get(file.set.path);
    return pages === undefined ? file : { ...file, set: { ...file.set, source: pages.source }, unpacked: pages };
  };
  return { files: files.map(replaced), directories };
}

const collator = new Intl.Collator("en", { numeric: true });

function sorted(files: readonly SetFile[]): readonly SetFile[] {
  return files.toSorted((a, b) => collator.compare(a.path, b.path));
}

export interface Held {
  readonly source: ByteSource;
  /** Let go of the bytes: the file has been framed. */
  release(): void;
}

export function heldSources(files: readonly Planned[]): readonly Held[] {
  let left = MOST_HELD_TOGETHER;
  return files.map(({ set: { source } }) => {
    if (source.size > MOST_HELD || source.size === 0 || source.size > left) return { source, release: () => undefined };
    left -= source.size;
    return heldSource(source);
  });
}

/** Small files are read once, as a whole, until they are framed: a set has thousands of them. */
function heldSource(source: ByteSource): Held {
  let whole: Promise<Uint8Array> | undefined;
  let isReleased = false;
  return {
    source: {
      // A compressed member that is damaged is shorter once its head was read.
      get size() {
        return source.size;
      },
      async read(start, end, signal) {
        if (isReleased) return await source.read(start, end, signal);
        const reading = (whole ??= source.read(0, source.size, signal));
        // A read that was given up must not be kept.
        reading.catch(() => (whole = undefined));
        const bytes = await reading;
        return bytes.subarray(Math.min(start, bytes.length), Math.min(end, bytes.length));
      },
    },
    release() {
      isReleased = true;
      whole = undefined;
    },
  };
}
