/**
 * Zip archives: the central directory lists the members, a local header stands before the contents of each. Stored members
 * are slices of the file, compressed ones are inflated when they are first read.
 */
import { sliceSource } from "../bytes/slice.ts";
import { memorySource, type ByteSource } from "../bytes/source.ts";
import { Window } from "../bytes/window.ts";
import type { OnProgress } from "../inspector.ts";
import { decoderFor } from "./codecs.ts";
import type { Decoder } from "./decoder.ts";
import { exactInflate, exactly, platformInflate } from "./gzip.ts";
import { climbsOut, labelOf, quoted, unsafePath } from "./member-path.ts";
import type { ArchiveMember, OpenedArchive } from "./opened-archive.ts";
import { PartList } from "./part-list.ts";
import { ProblemList } from "./problem-list.ts";
import { RefusedBytes } from "../bytes/refused-bytes.ts";
import type { ScratchStore } from "./scratch.ts";
import type { SpoolLimits } from "./spool.ts";
import { inflatedSource, InflateRoom, refusedSource, storedSource } from "./zip-contents.ts";
import { findDirectory, type ZipEnd } from "./zip-end.ts";
import { ENTRY_BYTES, entryLength, LOCAL_BYTES, readEntry, withSlashes, type ZipEntry } from "./zip-entry.ts";
import { salvage } from "./zip-salvage.ts";

const ENTRY = 0x0201_4b50;
const LOCAL = 0x0403_4b50;
/** Entry with the longest name, extra fields and comment. */
const MOST_ENTRY = ENTRY_BYTES + 3 * 0xffff;

/** Lengths of a data descriptor, which follows contents whose size was not known before: with and without signature, zip64. */
const DESCRIPTORS = new Set([12, 16, 20, 24]);

const METHODS: Readonly<Record<number, () => Promise<Decoder>>> = {
  8: async () => exactly(platformInflate("deflate-raw"), exactInflate),
  12: async () => await decoderFor("bzip2"),
  93: async () => await decoderFor("zstd"),
  95: async () => await decoderFor("xz"),
};

/** An entry, where it stands in the directory, and where its contents are: undefined when no local header is there. */
interface Listed {
  entry: ZipEntry;
  readonly start: number;
  readonly end: number;
  local: number;
  contents: number | undefined;
  readonly hasChecksum: boolean;
}

export async function openZip(source: ByteSource, limits: SpoolLimits, scratch: ScratchStore | undefined, onProgress: OnProgress, signal?: AbortSignal): Promise<OpenedArchive> {
  const problems = new ProblemList();
  const room = new InflateRoom(limits, scratch, problems);
  const close = async (): Promise<void> => await room.close();
  const directory = await findDirectory(source, signal);
  const listed: Listed[] = [];
  let end: ZipEnd;
  if (typeof directory === "string") {
    const { size } = source;
    end = { start: size, end: size, count: 0, shift: 0, close: size };
    // Where the contents are cut off before their checksum, it counts as 0.
    for (const { contents, entry, start } of await salvage(source, limits.mostMembers, problems, onProgress, signal)) listed.push({ entry, start, end: contents, local: start, contents, hasChecksum: entry.crc !== 0 });
    problems.add("archive.directory", `${directory} ${listed.length} members were found by the headers before their contents.`, { start: 0, end: size });
  } else {
    end = directory;
    for (const entry of await readDirectory(source, end, limits.mostMembers, problems, onProgress, signal)) listed.push(entry);
    await readLocals(source, listed, end, problems, signal);
  }
  for (const [index, entry] of withSlashes(listed.map(({ entry }) => entry)).entries()) listed[index]!.entry = entry;
  const members = await withLinks(listed.map((one, member) => makeMember(source, one, member, room)), problems, signal);
  checkPaths(members, problems);
  const parts = tile(source.size, listed, end, problems).toArray(members.length);
  return { kind: "zip", compression: "none", source, members, parts, problems: problems.finish(source.size), close };
}

async function readDirectory(source: ByteSource, end: ZipEnd, mostMembers: number, problems: ProblemList, onProgress: OnProgress, signal: AbortSignal | undefined): Promise<Listed[]> {
  const window = new Window(source);
  const listed: Listed[] = [];
  let at = end.start;
  const room = (length: number): boolean => at + length <= end.end;
  while (room(ENTRY_BYTES)) {
    if (!window.has(at, Math.min(MOST_ENTRY, end.end - at))) {
      await window.load(at, MOST_ENTRY, signal);
      onProgress({ phase: "indexing", done: at - end.start, total: end.end - end.start });
      if (!window.has(at, ENTRY_BYTES)) break;
    }
    const bytes = window.slice(at, Math.min(window.end, end.end));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint32(0, true) === ENTRY ? entryLength(view) : Infinity;
    if (length > bytes.length) break;
    if (listed.length >= mostMembers) {
      problems.add("archive.members", `Only the first ${mostMembers} of ${end.count} members are listed.`, { start: at, end: end.end });
      return listed;
    }
    const entry = readEntry(bytes.subarray(0, length));
    if (Math.max(entry.size, entry.packed, entry.offset) === Number.MAX_SAFE_INTEGER) problems.add("archive.number", `A size or the offset of ${quoted(entry.path)} is 2^53 or more.`, { start: at, end: at + length, member: listed.length });
    listed.push({ entry, start: at, end: at + length, local: entry.offset + end.shift, contents: undefined, hasChecksum: true });
    at += length;
  }
  if (at !== end.end) problems.add("archive.directory", `The central directory cannot be read from ${at} on, ${end.end - at} bytes before its end.`, { start: at, end: end.end });
  // Without zip64 the count is kept in 16 bits and wraps.
  else if (listed.length !== end.count && listed.length % 0x1_0000 !== end.count) problems.add("archive.directory", `The central directory has ${listed.length} members where ${end.count} are recorded.`, { start: end.start, end: end.end });
  return listed;
}

/** Find where contents begin. In the order of the file, so that members that follow each other share a read. */
async function readLocals(source: ByteSource, listed: readonly Listed[], end: ZipEnd, problems: ProblemList, signal: AbortSignal | undefined): Promise<void> {
  const window = new Window(source, 4096);
  for (const { one, member } of listed.map((one, member) => ({ one, member })).toSorted((a, b) => a.one.local - b.one.local)) {
    const { entry, local } = one;
    const place = { start: one.start, end: one.end, member };
    if (local < 0 || local + LOCAL_BYTES > end.start) {
      problems.add("archive.directory", `${quoted(entry.path)} should begin at ${local}, outside the ${end.start} bytes before the directory.`, place);
      continue;
    }
    if (!window.has(local, LOCAL_BYTES)) await window.load(local, LOCAL_BYTES, signal);
    if (!window.has(local, LOCAL_BYTES) || window.u32(local) !== LOCAL) {
      problems.add("archive.directory", `${quoted(entry.path)} should begin at ${local}, and no member does.`, place);
      continue;
    }
    one.contents = local + LOCAL_BYTES + window.u16(local + 26) + window.u16(local + 28);
    const missing = one.contents + entry.packed - end.start;
    if (entry.method === 0 && !entry.encrypted && entry.packed !== entry.size) problems.add("archive.directory", `${quoted(entry.path)} is stored as it is, and has ${entry.packed} bytes where ${entry.size} are recorded.`, place);
    if (missing > 0) problems.add("archive.member-cut", `${quoted(entry.path)} is cut off: ${missing} of its ${entry.packed} bytes lie beyond ${end.start}, where the directory begins.`, place);
  }
}

function makeMember(source: ByteSource, one: Listed, member: number, room: InflateRoom): ArchiveMember {
  const { contents, end, entry, hasChecksum, start } = one;
  const { kind, method, mode, uid, gid, mtime, packed, path, size } = entry;
  const stored = method === 0 && !entry.encrypted;
  const isFile = kind === "file" || kind === "symlink";
  const last = Math.min((contents ?? 0) + Math.min(packed, size), source.size);
  const data = contents === undefined || !stored ? undefined : last > contents ? [{ at: 0, start: contents, end: last }] : [];
  return {
    path,
    kind,
    size: kind === "file" ? size : 0,
    source: isFile ? contentsOf(source, one, member, { start, end }, room) : memorySource(new Uint8Array(0)),
    header: { start, end },
    ...(kind === "file" && size > 0 && hasChecksum && contents !== undefined && !entry.encrypted && (method === 0 || METHODS[method] !== undefined) ? { isCompared: () => room.compared.has(member) } : {}),
    ...(data === undefined ? {} : { data }),
    ...(mode === undefined ? {} : { mode }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(mtime === undefined ? {} : { mtime }),
  };
}

/** A symbolic link keeps its target as contents (4.4.15 and the practice of Info-ZIP). Longer ones are none: PATH_MAX. */
const MOST_TARGET = 4096;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

async function withLinks(members: readonly ArchiveMember[], problems: ProblemList, signal: AbortSignal | undefined): Promise<ArchiveMember[]> {
  const linked: ArchiveMember[] = [];
  for (const [member, one] of members.entries()) {
    const target = one.kind === "symlink" && one.source.size <= MOST_TARGET ? await targetOf(one.source, signal) : undefined;
    linked.push(target === undefined ? one : { ...one, source: memorySource(new Uint8Array(0)), link: target });
    if (target !== undefined && climbsOut(one.path, target)) problems.add("archive.link", `The symbolic link ${quoted(one.path)} leads out of the archive, to ${quoted(target)}.`, { ...one.header, member });
  }
  return linked;
}

async function targetOf(source: ByteSource, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    return utf8.decode(await source.read(0, source.size, signal));
  } catch (error) {
    // Encrypted or compressed by an unknown method: already reported.
    if (error instanceof RefusedBytes) return undefined;
    throw error;
  }
}

function contentsOf(source: ByteSource, { contents, entry, hasChecksum }: Listed, member: number, place: { readonly start: number; readonly end: number }, room: InflateRoom): ByteSource {
  const { method, packed, path, size } = entry;
  if (contents === undefined) return refusedSource(size, `The archive does not say where the contents of ${quoted(path)} are.`);
  if (entry.encrypted) {
    room.problems.addMember("archive.encrypted", "members are encrypted", path, `${quoted(path)} is encrypted.`, { ...place, member });
    return refusedSource(size, `${quoted(path)} is encrypted: unpack the archive with its password first.`);
  }
  if (method === 0) {
    const stored = sliceSource(source, contents, contents + Math.min(packed, size));
    return packed === size && hasChecksum ? storedSource(stored, entry, member, room) : stored;
  }
  const bytes = sliceSource(source, contents, contents + packed);
  const decoder = METHODS[method];
  if (decoder !== undefined) return inflatedSource(bytes, decoder, entry, member, room);
  room.problems.addMember("archive.method", `members are compressed by method ${method}, which is not supported`, path, `${quoted(path)} is compressed by method ${method}, which is not supported.`, { ...place, member });
  return refusedSource(size, `${quoted(path)} is compressed by method ${method}, which is not supported: unpack the archive first.`);
}

function checkPaths(members: readonly ArchiveMember[], problems: ProblemList): void {
  const seen = new Map<string, number>();
  for (const [member, { header, kind, path }] of members.entries()) {
    const unsafe = unsafePath(path);
    if (unsafe !== undefined) problems.addMember("archive.path", `member names are unsafe (${unsafe})`, path, `The member name ${quoted(path)} is unsafe: ${unsafe}.`, { ...header, member });
    const before = seen.get(labelOf(path));
    if (before !== undefined && kind !== "directory") problems.addMember("archive.duplicate", "members replace earlier ones of their names", path, `${quoted(path)} occurs again; this later member replaces number ${before}.`, { ...header, member });
    seen.set(labelOf(path), member);
  }
}

/** Every byte of the file in order: what no member claims is unknown, what two claim belongs to the first. */
function tile(size: number, listed: readonly Listed[], end: ZipEnd, problems: ProblemList): PartList {
  const parts = new PartList();
  const upTo = (start: number): void => {
    if (start > parts.end) parts.add(parts.last === "contents" && DESCRIPTORS.has(start - parts.end) ? "zip-local" : "unknown", start);
  };
  const order = listed.map((one, member) => ({ ...one, member })).toSorted((a, b) => a.local - b.local);
  for (const { contents, entry, local, member } of order) {
    if (contents === undefined) continue;
    if (local < parts.end) problems.add("archive.directory", `${quoted(entry.path)} begins at ${local}, inside the member before it.`, { start: local, end: contents, member });
    upTo(local);
    parts.add("zip-local", Math.min(contents, end.start), member);
    parts.add("contents", Math.min(contents + entry.packed, end.start), member);
  }
  upTo(end.start);
  for (const [member, one] of listed.entries()) parts.add("zip-central", one.end, member);
  if (parts.end < end.end) parts.add("unknown", end.end);
  parts.add("zip-end", end.close);
  if (end.close < size) {
    problems.add("archive.trailing", `${size - end.close} bytes follow the end of the archive at ${end.close}.`, { start: end.close, end: size });
    parts.add("trailing", size);
  }
  return parts;
}
