/** A first look: magic, byte order, and which record types occur with which lengths in the first stretch of the file. */
import type { ByteSource } from "../../bytes/source.ts";
import { Window } from "../../bytes/window.ts";
import { cString } from "../../schema/show.ts";
import type { Architecture } from "./dialect.ts";
import { MAGIC } from "./enums.ts";
import { RECORD_NUMBERS } from "./numbers.ts";
import { ordinal } from "./revisions.ts";

/** Records looked at. Enough to meet tasks, files and memory of a few tasks; page contents are skipped over. */
const MOST_RECORDS = 4096;
/** Reads of the medium: where chunks of pages are large, each record costs one. */
const MOST_LOADS = 48;

export interface Probe {
  readonly endian: "little" | "big";
  /** `cr`: 16-bit types; `ckpt`: 32-bit types and lengths that count the header. */
  readonly generation: "cr" | "v14" | "ckpt";
  readonly magic: number | undefined;
  readonly magicAt: number;
  readonly onlyError: boolean;
  /** Evidence, between 0 (none) and 1, that this is a linux-cr image at all. */
  readonly likelihood: number;
  readonly headLength: number | undefined;
  readonly rev: number | undefined;
  readonly archId: number | undefined;
  readonly machine: string;
  readonly auxvConstant: number | undefined;
  readonly hasContainer: boolean | undefined;
  /** Bytes of one entry of the pid array, where it could be told. */
  readonly pidEntry: number | undefined;
  /** Distinct pairs; `first` is the place of the first such record. */
  readonly lengths: readonly { readonly type: number; readonly length: number; readonly first: number; readonly count: number }[];
  /** Type of the record after the first TASK (first generation). */
  readonly afterTask: number | undefined;
  /** Where in an 80-byte TASK an exit signal stands (17 or -1). */
  readonly exitSignalAt: 20 | 24 | undefined;
  readonly pageSize: (architecture: Architecture) => number;
}

interface Walk {
  readonly lengths: { type: number; length: number; first: number; count: number }[];
  readonly records: { type: number; length: number; at: number }[];
  pageChunk: { pages: number; payload: number } | undefined;
}

/** Whether the framing that was met is that of a revision. */
export function isReadable(probe: Probe, index: number): boolean {
  if (probe.generation === "ckpt") return index >= ordinal("v15");
  if (probe.generation === "v14") return index === ordinal("v14");
  if (index >= ordinal("v14")) return false;
  return (probe.magic === MAGIC.headV1) === index < ordinal("v2");
}

/** Bytes that `beginsWithMagic` looks at. */
export const MAGIC_BYTES = 16;

/** Whether a file that begins so says that it is an image. One whose magic is damaged may be an image all the same. */
export function beginsWithMagic(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return [true, false].some((little) => {
    if (head.length >= 16 && (view.getBigUint64(8, little) === BigInt(MAGIC.head) || isErrorHead(view.getUint32(0, little), view.getUint32(4, little)))) return true;
    return head.length >= 12 && view.getUint32(8, little) === MAGIC.headV1 && view.getInt16(0, little) === 1;
  });
}

/** An image that holds nothing but an error: a record of its own type, without contents. */
function isErrorHead(type: number, length: number): boolean {
  return type === 9999 && length === 8;
}

export async function probeImage(source: ByteSource, signal?: AbortSignal): Promise<Probe | undefined> {
  const window = new Window(source, 64 * 1024, 256 * 1024);
  if (source.size < 8) return undefined;
  await window.load(0, 64, signal);
  for (const endian of ["little", "big"] as const) {
    window.little = endian === "little";
    const probe = await probeEndian(window, endian, signal);
    if (probe !== undefined) return probe;
  }
  return guess(window, signal);
}

async function probeEndian(window: Window, endian: "little" | "big", signal?: AbortSignal): Promise<Probe | undefined> {
  if (window.size >= 16 && window.u64(8) === MAGIC.head) {
    const narrow = window.s16(0) === 1 && window.s16(2) > 0 && window.u32(0) !== 1;
    if (narrow) return await probeNarrow(window, endian, window.u32(8), signal);
    const claimed = window.u32(4);
    // v14 counts the payload only: after 8 + len bytes a BUFFER must begin.
    const isV14 = window.u32(0) === 1 && claimed !== 48 && claimed !== 72 && (await isBuffer(window, 8 + claimed, signal));
    return await probeWide(window, endian, isV14 ? "v14" : "ckpt", signal);
  }
  if (window.size >= 16 && isErrorHead(window.u32(0), window.u32(4))) {
    // Nothing but an error: the number of the STRING record that follows tells the generation.
    const walk = await walkWide(window, true, signal);
    return base(endian, "ckpt", walk, { onlyError: true, likelihood: 0.95 });
  }
  if (window.size >= 12 && window.u32(8) === MAGIC.headV1 && window.s16(0) === 1) {
    return await probeNarrow(window, endian, MAGIC.headV1, signal);
  }
  return undefined;
}

async function isBuffer(window: Window, at: number, signal?: AbortSignal): Promise<boolean> {
  if (at + 8 > window.size) return false;
  if (!window.has(at, 8)) await window.load(at, 8, signal);
  const found = window.u32(at) === 3 && window.u32(at + 4) <= 65;
  if (!window.has(0, 64)) await window.load(0, 64, signal);
  return found;
}

function base(endian: "little" | "big", generation: Probe["generation"], walk: Walk, more: Partial<Probe>): Probe {
  return {
    endian,
    generation,
    magic: undefined,
    magicAt: 8,
    onlyError: false,
    likelihood: 1,
    headLength: undefined,
    rev: undefined,
    archId: undefined,
    machine: "",
    auxvConstant: undefined,
    hasContainer: undefined,
    pidEntry: undefined,
    afterTask: undefined,
    exitSignalAt: undefined,
    lengths: walk.lengths,
    pageSize: (architecture) => pageSizeOf(walk, architecture),
    ...more,
  };
}

/** Page size from the first chunk of pages: 4096 except on machines that say otherwise. */
function pageSizeOf(walk: Walk, architecture: Architecture): number {
  const chunk = walk.pageChunk;
  if (chunk === undefined) return 4096;
  const word = architecture === "x86_64" || architecture === "s390x" || architecture === "ppc64" ? 8 : 4;
  const size = chunk.payload / chunk.pages - word;
  return size === 8192 || size === 16384 || size === 65536 ? size : 4096;
}

async function probeNarrow(window: Window, endian: "little" | "big", magic: number, signal?: AbortSignal): Promise<Probe> {
  const v1 = magic === MAGIC.headV1;
  const head = !v1 && window.has(0, 232);
  const machine = head ? cString(window.slice(168, 232)) : "";
  const rev = head ? window.u16(22) : undefined;
  const headLength = window.s16(2) + 8;
  const walk = await walkNarrow(window, signal);
  const task = walk.records.findIndex(({ type, length }) => (type === 101 || type === 102) && length === 32);
  const afterTask = task < 0 ? undefined : walk.records[task + 1]?.type;
  return base(endian, "cr", walk, { magic, headLength, machine, ...(rev === undefined ? {} : { rev }), ...(afterTask === undefined ? {} : { afterTask }) });
}

async function probeWide(window: Window, endian: "little" | "big", generation: "v14" | "ckpt", signal?: AbortSignal): Promise<Probe> {
  const headLength = window.u32(4) + (generation === "v14" ? 8 : 0);
  const isLong = headLength === 72;
  const bytes = (at: number): number => window.u8(at) | (window.u8(at + 1) << 8);
  const archId = generation === "ckpt" && window.has(0, 26) ? bytes(16) : undefined;
  const rev = window.has(0, 26) ? window.u16(generation === "ckpt" ? 24 : 22) : undefined;
  const auxvConstant = isLong && window.has(34, 2) ? window.u16(34) : undefined;
  const walk = await walkWide(window, generation === "ckpt", signal);
  let machine = "";
  const third = walk.records[3];
  if (third !== undefined && third.length < 200) {
    if (!window.has(third.at, third.length)) await window.load(third.at, third.length, signal);
    if (window.has(third.at, third.length)) machine = cString(window.slice(third.at + 8, third.at + third.length));
  }
  const fifth = walk.records[5];
  const pidEntry = await pidEntrySize(window, walk, signal);
  const exitSignalAt = await findExitSignal(window, walk, signal);
  return base(endian, generation, walk, {
    magic: 1,
    headLength,
    machine,
    ...(archId === undefined ? {} : { archId }),
    ...(rev === undefined ? {} : { rev }),
    ...(auxvConstant === undefined ? {} : { auxvConstant }),
    ...(pidEntry === undefined ? {} : { pidEntry }),
    ...(exitSignalAt === undefined ? {} : { exitSignalAt }),
    ...(fifth === undefined ? {} : { hasContainer: fifth.type === 3 && fifth.length === 8 }),
  });
}

/** The pid array follows TREE: its length over the number of tasks. */
async function pidEntrySize(window: Window, walk: Walk, signal?: AbortSignal): Promise<number | undefined> {
  const tree = walk.records.findIndex((record, index) => (record.type === 101 || record.type === 102) && record.length === 16 && index < 12);
  const array = walk.records[tree + 1];
  if (tree < 0 || array === undefined) return undefined;
  const at = walk.records[tree]!.at;
  if (!window.has(at, 16)) await window.load(at, 16, signal);
  const tasks = window.u32(at + 8);
  const size = (array.length - 8) / tasks;
  return Number.isInteger(size) ? size : undefined;
}

async function findExitSignal(window: Window, walk: Walk, signal?: AbortSignal): Promise<20 | 24 | undefined> {
  const task = walk.records.find(({ type, length }) => type === 103 && length === 80);
  if (task === undefined) return undefined;
  if (!window.has(task.at, 28)) await window.load(task.at, 28, signal);
  const isExitSignal = (at: number): boolean => window.u32(at) === 17 || window.u32(at) === 0xffff_ffff;
  const [early, late] = [isExitSignal(task.at + 20), isExitSignal(task.at + 24)];
  return early === late ? undefined : early ? 20 : 24;
}

function note(walk: Walk, type: number, length: number, at: number): void {
  const known = walk.lengths.find((pair) => pair.type === type && pair.length === length);
  if (known !== undefined) known.count++;
  // Lengths of variable records are many and say little: a few of each type are enough.
  else if (walk.lengths.filter((pair) => pair.type === type).length < 4) {
    walk.lengths.push({ type, length, first: walk.records.length, count: 1 });
  }
  walk.records.push({ type, length, at });
}

async function walkWide(window: Window, countsHeader: boolean, signal?: AbortSignal): Promise<Walk> {
  const walk: Walk = { lengths: [], records: [], pageChunk: undefined };
  let at = 0;
  let pages = 0;
  for (let loads = 0; walk.records.length < MOST_RECORDS && at + 8 <= window.size && loads < MOST_LOADS; ) {
    if (!window.has(at, 24)) {
      await window.load(at, 24, signal);
      loads++;
      // A compressed member that is damaged gives less than its size promised.
      if (!window.has(at, 8)) break;
    }
    const type = window.u32(at);
    const length = window.u32(at + 4) + (countsHeader ? 0 : 8);
    if (!looksLikeHeader(type, length, window.size - at)) {
      const next = await nextChain(window, at + 8, countsHeader, signal);
      if (next === undefined) break;
      at = next;
      continue;
    }
    if (pages > 0 && (type === 3 || type === 4) && walk.pageChunk === undefined) walk.pageChunk = { pages, payload: length - 8 };
    pages = type === 403 && length === 16 && window.has(at, 16) ? Number(window.u64(at + 8)) : 0;
    note(walk, type, length, at);
    at += length;
    // A raw page follows a socket fragment: go over it when only then records go on.
    if (type === 704 && length === 16) at = await afterRaw(window, at, signal);
  }
  return walk;
}

/** Numbers that some revision gives to a record. */
const TYPES = new Set(Object.values(RECORD_NUMBERS).flatMap((changes) => changes.map(([, number]) => number ?? -1)));

function looksLikeHeader(type: number, length: number, left: number): boolean {
  return TYPES.has(type) && length >= 8 && length <= left;
}

/** Next place within the first stretch where three headers follow each other. */
async function nextChain(window: Window, from: number, countsHeader: boolean, signal?: AbortSignal): Promise<number | undefined> {
  const end = Math.min(window.size - 8, from + 128 * 1024);
  for (let at = from; at < end; at++) {
    let position = at;
    let chain = 0;
    while (chain < 3 && position + 8 <= window.size) {
      if (!window.has(position, 8)) await window.load(position, 8, signal);
      if (!window.has(position, 8)) break;
      const length = window.u32(position + 4) + (countsHeader ? 0 : 8);
      if (!looksLikeHeader(window.u32(position), length, window.size - position)) break;
      position += length;
      chain++;
    }
    if (chain === 3 || (chain > 0 && position === window.size)) return at;
    if (!window.has(at + 1, 8)) await window.load(at + 1, 8, signal);
    if (!window.has(at + 1, 8)) return undefined;
  }
  return undefined;
}

async function afterRaw(window: Window, at: number, signal?: AbortSignal): Promise<number> {
  for (const page of [4096, 65536]) {
    if (at + page + 8 > window.size) continue;
    if (!window.has(at + page, 8)) await window.load(at + page, 8, signal);
    if (!window.has(at + page, 8)) continue;
    const type = window.u32(at + page);
    const length = window.u32(at + page + 4);
    if (type > 0 && type <= 9999 && length >= 8 && length <= 0x100_0000) return at + page;
  }
  return at;
}

/** The first generation has blocks without headers: only the records before the first of them can be walked. */
async function walkNarrow(window: Window, signal?: AbortSignal): Promise<Walk> {
  const walk: Walk = { lengths: [], records: [], pageChunk: undefined };
  let at = 0;
  while (walk.records.length < 8 && at + 8 <= window.size) {
    if (!window.has(at, 16)) await window.load(at, 16, signal);
    if (!window.has(at, 8)) break;
    const type = window.s16(at);
    const length = window.s16(at + 2) + 8;
    if (length < 8 || at + length > window.size) break;
    note(walk, type, length, at);
    const isTree = type === 101 && length === 16 && walk.records.some((record) => record.type === 2);
    const tasks = isTree && window.has(at, 16) ? window.u32(at + 8) : 0;
    at += length;
    // Pid entries follow the tree without a header.
    if (isTree) {
      if (tasks * 16 > window.size - at) break;
      at += tasks * 16;
    }
  }
  return walk;
}

/** No magic: still an image if its beginning walks like one. */
async function guess(window: Window, signal?: AbortSignal): Promise<Probe | undefined> {
  let best: Probe | undefined;
  for (const endian of ["little", "big"] as const) {
    window.little = endian === "little";
    if (!window.has(0, 64)) await window.load(0, 64, signal);
    // A first record of the right type and length: only the magic is damaged.
    if (window.has(0, 8) && window.u32(0) === 1 && (window.u32(4) === 72 || window.u32(4) === 48)) {
      return { ...(await probeWide(window, endian, "ckpt", signal)), magic: undefined, likelihood: 0.8 };
    }
    if (window.has(0, 8) && window.s16(0) === 1 && window.s16(2) === 224) {
      return { ...(await probeNarrow(window, endian, 1, signal)), magic: undefined, likelihood: 0.6 };
    }
    const walk = await walkWide(window, true, signal);
    if (walk.records.length < 4) continue;
    const likelihood = Math.min(0.6, walk.records.length / 50);
    if (best === undefined || likelihood > best.likelihood) best = base(endian, "ckpt", walk, { likelihood });
  }
  return best;
}
