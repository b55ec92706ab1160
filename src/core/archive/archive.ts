/** The entrance: from a file to the members of the archive that it is, compressed or not. */
import { openCapture, scanShard } from "./capture.ts";
import type { ByteSource } from "../bytes/source.ts";
import type { OnProgress } from "../inspector.ts";
import { compressedChunks, decoderFor } from "./codecs.ts";
import { quoted } from "./member-path.ts";
import type { ArchiveMember, ArchiveOptions, ArchiveProblem, Compression, OpenedArchive } from "./opened-archive.ts";
import { ProblemList } from "./problem-list.ts";
import { sniff } from "./sniff.ts";
import { spool, type Spooled, type SpoolLimits } from "./spool.ts";
import { indexOf, indexTar } from "./tar.ts";

export type * from "./opened-archive.ts";
export type { ArchiveProblemCode } from "./archive-problems.ts";
export type { DecodeEnd, Decoder } from "./decoder.ts";
export type { ScratchFile, ScratchStore } from "./scratch.ts";
export { sniff } from "./sniff.ts";

const GIB = 1024 ** 3;
const MEMORY_LIMIT = 128 * 1024 ** 2;
const LARGE_MEMBER = 1024 ** 2;
export const MOST_MEMBERS = 1_000_000;

const nothing = async (): Promise<void> => {};

/**
 * Open what `source` is by its bytes; `name` only names the one member of a compressed file that is no archive.
 * Undefined when it is neither compressed nor an archive. Damage is no failure: it is in `problems`. Rejects when aborted
 * or when the medium fails; the scratch space is released then.
 */
export async function openArchive(name: string, source: ByteSource, options: ArchiveOptions, onProgress: OnProgress, signal?: AbortSignal): Promise<OpenedArchive | undefined> {
  const kind = await sniff(source);
  signal?.throwIfAborted();
  const mostMembers = options.mostMembers ?? MOST_MEMBERS;
  switch (kind) {
    case undefined:
      return undefined;
    case "tar":
      // Parts of an index are made when they are asked for: the object goes on as it is.
      return Object.assign(await indexTar(source, mostMembers, onProgress, signal), { kind, compression: "none", close: nothing } as const);
    case "capture":
      return openCapture([await scanShard({ name, source }, onProgress, signal)], mostMembers);
    case "zip": {
      const { openZip } = await import("./zip.ts");
      return await openZip(source, limitsOf(options), options.scratch, onProgress, signal);
    }
    case "gzip":
    case "zstd":
    case "bzip2":
    case "xz":
    case "lz4":
      return await openCompressed(name, kind, source, options, onProgress, signal);
  }
}

function limitsOf(options: ArchiveOptions): SpoolLimits {
  return {
    inflateLimit: options.inflateLimit ?? (options.scratch === undefined ? GIB : 16 * GIB),
    memoryLimit: options.memoryLimit ?? MEMORY_LIMIT,
    largeMember: options.largeMember ?? LARGE_MEMBER,
    mostMembers: options.mostMembers ?? MOST_MEMBERS,
    listOnly: options.listOnly ?? false,
  };
}

async function openCompressed(name: string, compression: Exclude<Compression, "none">, source: ByteSource, options: ArchiveOptions, onProgress: OnProgress, signal: AbortSignal | undefined): Promise<OpenedArchive> {
  const limits = limitsOf(options);
  const decoder = await decoderFor(compression, options.codecs);
  const spooled = await spool(decoder(compressedChunks(source, onProgress, signal)), limits, options.scratch, signal);
  const { close, walk } = spooled;
  const problems = streamProblems(spooled, limits, source.size);
  if (walk === undefined) return { ...single(withoutSuffix(name), spooled, problems.map((problem) => ({ ...problem, member: 0 })), limits), compression, close };
  const { size } = spooled.source;
  for (const [member, { contents, path, stored }] of limits.listOnly === true ? [] : walk.members.entries()) {
    const end = Math.min(contents + stored, size);
    if (end > contents && !spooled.kept(contents, end)) {
      walk.problems.add("archive.refused", `The ${end - contents} bytes of ${quoted(path)} were not kept. ${spooled.refusal}`, { start: contents, end, member });
    }
  }
  const index = indexOf(walk, spooled.source);
  return Object.assign(index, { kind: "tar", compression, close, problems: [...problems, ...index.problems] } as const);
}

/** What was wrong with the compressed data. Only the inflated bytes have positions. */
function streamProblems({ end, limited, source: { size } }: Spooled, { inflateLimit }: SpoolLimits, packed: number): ArchiveProblem[] {
  const problems = new ProblemList();
  if (end.damage !== undefined) problems.add("archive.damaged", `The compressed data is damaged or cut off: ${end.damage}. ${size} bytes came out of it.`, { start: size, end: size });
  if (limited) problems.add("archive.limit", `The file of ${packed} bytes inflates to more than ${inflateLimit} bytes; the first ${size} are shown.`, { start: size, end: size });
  if (end.trailing !== undefined) problems.add("archive.trailing", `${end.trailing} bytes follow the compressed data; ${size} bytes came out of it.`);
  return [...problems.list];
}

function single(path: string, spooled: Pick<Spooled, "source" | "kept" | "refusal">, problems: ArchiveProblem[], { listOnly }: SpoolLimits): Omit<OpenedArchive, "compression" | "close"> {
  const { source } = spooled;
  const { size } = source;
  if (listOnly !== true && !spooled.kept(0, size)) problems.push({ code: "archive.refused", message: `Not all of the ${size} bytes were kept. ${spooled.refusal}`, start: 0, end: size, member: 0 });
  const member: ArchiveMember = { path, kind: "file", size, source, header: { start: 0, end: 0 }, data: size === 0 ? [] : [{ at: 0, start: 0, end: size }] };
  return { kind: "single", source, members: [member], parts: size === 0 ? [] : [{ kind: "contents", start: 0, end: size, member: 0 }], problems };
}

/** `tmpfs-dev.tar.gz.img` keeps its name: only a suffix at the end that says how it was compressed goes. */
function withoutSuffix(name: string): string {
  const short = name.replace(/\.(gz|zst|zstd|bz2|xz|lz4)$/i, "");
  return short === "" || short.endsWith("/") ? name : short;
}
