/**
 * What was dropped, as a set of named files: single files, folders, archives, and archives inside archives, down to where
 * the checkpoints are. Which archives are opened on the way is the caller's decision; contents are never unpacked by name.
 */
import { RefusedBytes } from "../bytes/refused-bytes.ts";
import type { ByteSource } from "../bytes/source.ts";
import type { OnProgress } from "../inspector.ts";
import { MOST_MEMBERS, openArchive, sniff, type ArchiveMember, type ArchiveOptions, type ArchiveProblem, type OpenedArchive } from "./archive.ts";
import { groupShards, openCapture, scanShard, type ScannedShard } from "./capture.ts";
import { labelOf } from "./member-path.ts";

/** A file as it came from outside. */
export interface InputFile {
  /** Path below what was dropped or named; a plain name for a single file. */
  readonly name: string;
  readonly source: ByteSource;
  /** Target of a symbolic link, which then has no contents. */
  readonly link?: string;
  /** Seconds since 1970. */
  readonly mtime?: number;
}

/** One file of the set. */
export interface SetFile {
  /** Label: parts joined by `/`, without `.`, `..` and empty ones. Unique: of members of one place the last one is here. */
  readonly path: string;
  readonly source: ByteSource;
  /** Target of a symbolic link, which then has no contents. */
  readonly link?: string;
  /** The contents are those of another file: target of the symbolic link that was followed to it. */
  readonly via?: string;
  /** Of a link that should have been followed: why it was not, in words that go on with its name. */
  readonly lost?: string;
  readonly mtime?: number;
  /** Archive that it came in, and its number there. */
  readonly from?: { readonly archive: SetArchive; readonly member: number };
}

/** An archive that was opened on the way to the files. */
export interface SetArchive {
  /** Label: name of the file that it is, behind those of the archives around it. */
  readonly name: string;
  readonly opened: OpenedArchive;
  /** Label of the folder that its members lie in; empty for the top. */
  readonly root: string;
  /** The file itself, before it was inflated; undefined where several files are one archive. */
  readonly stored: ByteSource | undefined;
}

export interface FileSet {
  readonly files: readonly SetFile[];
  readonly archives: readonly SetArchive[];
  readonly problems: readonly { readonly archive: string; readonly problem: ArchiveProblem }[];
  close(): Promise<void>;
}

/** Which of the files of a level to open as archives; asked again for what came out of them. Answers indexes into `files`. */
export type ChooseArchives = (files: readonly SetFile[], level: number, onProgress: OnProgress, signal?: AbortSignal) => Promise<readonly number[]>;

/** Archives inside archives are followed to this depth: a zip of a tar.gz of an OCI layout with a compressed layer is 4 deep. */
const MOST_LEVELS = 8;

/** Collect the files of a set. Rejects when aborted or when a medium fails. */
export async function openFileSet(
  inputs: readonly InputFile[],
  choose: ChooseArchives,
  options: ArchiveOptions,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<FileSet> {
  const archives: SetArchive[] = [];
  const done: SetFile[] = [];
  let level: SetFile[] = inputs.map(({ name, source, link, mtime }) => ({
    path: labelOf(name),
    source,
    ...(link === undefined ? {} : { link }),
    ...(mtime === undefined ? {} : { mtime }),
  }));
  try {
    for (let depth = 0; level.length > 0; depth++) {
      const chosen = depth < MOST_LEVELS ? new Set(await choose(level, depth, onProgress, signal)) : new Set<number>();
      const next: SetFile[] = [];
      const add = (archive: SetArchive): void => {
        archives.push(archive);
        for (const file of membersOf(archive)) next.push(file);
      };
      const shards: SetFile[] = [];
      for (const [index, file] of level.entries()) {
        if (chosen.has(index) && (await sniff(file.source)) === "capture") {
          shards.push(file);
          continue;
        }
        const opened = chosen.has(index) ? await openArchive(baseName(file.path), file.source, options, onProgress, signal) : undefined;
        if (opened === undefined) {
          done.push(file);
          continue;
        }
        // The only archive of a level needs no name before its members'.
        add({ name: file.path, opened, root: level.length === 1 ? "" : file.path, stored: file.source });
      }
      for (const archive of await openCaptures(shards, options, onProgress, signal)) add(archive);
      level = next;
    }
  } catch (error) {
    for (const { opened } of archives) await opened.close();
    throw error;
  }
  return {
    files: done,
    archives,
    // Of a zip, some are only met when its members are read.
    get problems() {
      return archives.flatMap(({ name, opened }) => opened.problems.map((problem) => ({ archive: name, problem })));
    },
    async close() {
      for (const { opened } of archives) await opened.close();
    },
  };
}

/** Shards that lie in one folder and have no marker in common are one capture, whose files then lie in that folder. */
async function openCaptures(shards: readonly SetFile[], options: ArchiveOptions, onProgress: OnProgress, signal?: AbortSignal): Promise<readonly SetArchive[]> {
  const places = new Map<string, ScannedShard[]>();
  for (const { from, path, source } of shards) {
    // Each shard may have been compressed by itself.
    const place = folderOf(from?.archive.opened.kind === "single" ? from.archive.name : path);
    const scanned = await scanShard({ name: path, source }, onProgress, signal);
    const found = places.get(place);
    if (found === undefined) places.set(place, [scanned]);
    else found.push(scanned);
  }
  const captures: SetArchive[] = [];
  for (const [place, found] of places) {
    const groups = groupShards(found);
    for (const group of groups) {
      const name = group.length === 1 ? group[0]!.name : `${group[0]!.name} and ${group.length - 1} more`;
      captures.push({ name, opened: openCapture(group, options.mostMembers ?? MOST_MEMBERS), root: groups.length === 1 ? place : group[0]!.name, stored: undefined });
    }
  }
  return captures;
}

function membersOf(archive: SetArchive): SetFile[] {
  const files: SetFile[] = [];
  // Of members with the same name the last one holds, as tar has it; the earlier ones are reported by the index.
  const places = new Map<string, number>();
  for (const [member, entry] of archive.opened.members.entries()) {
    const file = memberFile(archive, entry, member);
    if (file === undefined) continue;
    const before = places.get(file.path);
    if (before === undefined) {
      places.set(file.path, files.length);
      files.push(file);
    } else files[before] = file;
  }
  return files;
}

/** Directories, devices and FIFOs hold nothing to show. */
function memberFile(archive: SetArchive, entry: ArchiveMember, member: number): SetFile | undefined {
  if (entry.kind !== "file" && entry.kind !== "symlink" && entry.kind !== "hardlink") return undefined;
  const label = labelOf(entry.path) || "(no name)";
  return {
    path: archive.root === "" ? label : `${archive.root}/${label}`,
    source: entry.source,
    from: { archive, member },
    ...(entry.kind === "symlink" ? { link: entry.link ?? "" } : {}),
    ...(entry.mtime === undefined ? {} : { mtime: entry.mtime }),
  };
}

/** First bytes of a file; empty for links, and for contents that were not kept, which is reported with the archive. */
export async function headOf({ source, link }: Pick<SetFile, "source" | "link">, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  if (link !== undefined) return new Uint8Array(0);
  try {
    return await source.read(0, length, signal);
  } catch (error) {
    if (error instanceof RefusedBytes) return new Uint8Array(0);
    throw error;
  }
}

/** Reads that are under way at the same time: in a browser each costs milliseconds, however short. */
const AHEAD = 32;

/** The first bytes of many files, in their order. `begun` counts the files before each batch. */
export async function headsOf(files: readonly Pick<SetFile, "source" | "link">[], length: number, begun: (files: number) => void, signal?: AbortSignal): Promise<readonly Uint8Array[]> {
  const heads: Uint8Array[] = [];
  for (let at = 0; at < files.length; at += AHEAD) {
    signal?.throwIfAborted();
    begun(at);
    heads.push(...(await Promise.all(files.slice(at, at + AHEAD).map(async (file) => await headOf(file, length, signal)))));
  }
  return heads;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Path of the folder, without a slash at its end; empty for the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
