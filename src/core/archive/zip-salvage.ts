/**
 * Members of a zip without its central directory, which stands at the end and is the first to be lost: each is found behind
 * the one before it, by its local header. Where sizes stand behind the contents (4.3.9), they are looked for.
 */
import type { ByteSource } from "../bytes/source.ts";
import { Window } from "../bytes/window.ts";
import type { OnProgress } from "../inspector.ts";
import { quoted } from "./member-path.ts";
import type { ProblemList } from "./problem-list.ts";
import { LOCAL_BYTES, localLength, readLocal, type ZipEntry } from "./zip-entry.ts";

const LOCAL = 0x0403_4b50;
const DESCRIPTOR = 0x0807_4b50;
const ENTRY = 0x0201_4b50;
const END = 0x0605_4b50;
const MOST_LOCAL = LOCAL_BYTES + 2 * 0xffff;
/** Signature, checksum, and two sizes of four or eight bytes. */
const MOST_DESCRIPTOR = 24;
/** Bytes that are brought in at least while a descriptor is looked for. */
const LEAST_READ = 4096;

export interface Salvaged {
  readonly entry: ZipEntry;
  /** Where the local header and the contents begin. */
  readonly start: number;
  readonly contents: number;
}

export async function salvage(source: ByteSource, mostMembers: number, problems: ProblemList, onProgress: OnProgress, signal?: AbortSignal): Promise<Salvaged[]> {
  const window = new Window(source);
  const found: Salvaged[] = [];
  for (let at = 0; at + LOCAL_BYTES <= source.size; ) {
    if (!window.has(at, Math.min(MOST_LOCAL, source.size - at))) {
      await window.load(at, MOST_LOCAL, signal);
      onProgress({ phase: "indexing", done: at, total: source.size });
    }
    if (!window.has(at, LOCAL_BYTES) || window.u32(at) !== LOCAL) break;
    if (found.length >= mostMembers) {
      problems.add("archive.members", `Only the first ${mostMembers} members are listed.`, { start: at, end: source.size });
      break;
    }
    const bytes = window.slice(at, Math.min(window.end, source.size));
    const length = localLength(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (length > bytes.length) break;
    const { hasDescriptor, ...local } = readLocal(bytes.subarray(0, length), at);
    const contents = at + length;
    const place = { start: at, end: contents, member: found.length };
    const behind = hasDescriptor && local.packed === 0 ? await findDescriptor(window, contents, onProgress, signal) : { next: contents + local.packed };
    if (behind === undefined) {
      problems.add("archive.member-cut", `${quoted(local.path)} is cut off, and its size stood behind it${local.method === 0 ? "" : ": nothing of it can be shown"}.`, place);
      const left = source.size - contents;
      found.push({ entry: { ...local, packed: left, size: local.method === 0 ? left : 0 }, start: at, contents });
      break;
    }
    const entry = "packed" in behind ? { ...local, ...behind.packed } : local;
    if (contents + entry.packed > source.size) problems.add("archive.member-cut", `${quoted(entry.path)} is cut off: ${contents + entry.packed - source.size} of its ${entry.packed} bytes are missing.`, place);
    found.push({ entry, start: at, contents });
    at = behind.next;
  }
  return found;
}

interface Behind {
  readonly packed: { readonly crc: number; readonly packed: number; readonly size: number };
  /** Where the next header should be. */
  readonly next: number;
}

/**
 * The descriptor that says of itself how far it is from the beginning of the contents; undefined when the file ends before.
 * It is looked for in what the window holds before more is read: thousands of small members lie in one window.
 */
async function findDescriptor(window: Window, contents: number, onProgress: OnProgress, signal?: AbortSignal): Promise<Behind | undefined> {
  for (let from = contents; from < window.size; ) {
    // What may stand before and behind a signature belongs to it.
    const start = Math.max(contents, from - MOST_DESCRIPTOR);
    const needed = Math.min(from + LEAST_READ, window.size) - start;
    if (!window.has(start, needed)) {
      onProgress({ phase: "indexing", done: from, total: window.size });
      await window.load(start, needed, signal);
      // The medium gave less than it has.
      if (!window.has(start, needed)) return undefined;
    }
    const bytes = window.slice(start, window.end);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = window.end === window.size ? window.end : window.end - MOST_DESCRIPTOR - 4;
    for (let at = bytes.indexOf(0x50, from - start); at >= 0 && start + at < end && at + 4 <= bytes.length; at = bytes.indexOf(0x50, at + 1)) {
      const word = view.getUint32(at, true);
      if (word !== DESCRIPTOR && word !== LOCAL && word !== ENTRY) continue;
      const found = descriptorAt(view, word === DESCRIPTOR ? at : undefined, at, start - contents);
      if (found !== undefined) return { packed: found.packed, next: start + found.next };
    }
    from = end;
  }
  return undefined;
}

/** With a signature at `marked`, or without one right before the header at `at`. `gone`: bytes of contents before the view. */
function descriptorAt(view: DataView, marked: number | undefined, at: number, gone: number): Behind | undefined {
  for (const width of [4, 8]) {
    const sum = marked === undefined ? at - 4 - 2 * width : marked + 4;
    const end = sum + 4 + 2 * width;
    if (sum < 0 || end > view.byteLength) continue;
    const number = (position: number): number => (width === 4 ? view.getUint32(position, true) : Number(view.getBigUint64(position, true)));
    const packed = number(sum + 4);
    if (packed !== gone + (marked ?? sum)) continue;
    // At the very end of what is left nothing confirms the width.
    const next = end + 4 <= view.byteLength ? view.getUint32(end, true) : undefined;
    if (marked !== undefined && next !== undefined && next !== LOCAL && next !== ENTRY && next !== END) continue;
    return { packed: { crc: view.getUint32(sum, true), packed, size: number(sum + 4 + width) }, next: end };
  }
  return undefined;
}
