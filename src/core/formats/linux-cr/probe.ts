/** A first look: magic, byte order, and which record types occur with which lengths in the first stretch of the file. */
import type { ByteSource } from "../../bytes/source.ts";
import { Window } from "../../bytes/window.ts";
import { cString } from "../../schema/show.ts";
import type { Architecture } from "./dialect.ts";
import { MAGIC } from "./enums.ts";
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
  readonly lengths: readonly { readonly type: number; readonly length: number; readonly first: number }[];
  readonly pageSize: (architecture: Architecture) => number;
}

interface Walk {
  readonly lengths: { type: number; length: number; first: number }[];
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
  if (window.size >= 16 && window.u32(0) === 9999 && window.u32(4) === 8) {
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
  return base(endian, "cr", walk, { magic, headLength, machine, ...(rev === undefined ? {} : { rev }) });
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
  return base(endian, generation, walk, {
    magic: 1,
    headLength,
    machine,
    ...(archId === undefined ? {} : { archId }),
    ...(rev === undefined ? {} : { rev }),
    ...(auxvConstant === undefined ? {} : { auxvConstant }),
    ...(pidEntry === undefined ? {} : { pidEntry }),
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

function note(walk: Walk, type: number, length: number, at: number): void {
  const known = walk.lengths.some((pair) => pair.type === type && pair.length === length);
  // Lengths of variable records are many and say little: a few of each type are enough.
  if (!known && walk.lengths.filter((pair) => pair.type === type).length < 4) {
    walk.lengths.push({ type, length, first: walk.records.length });
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
    }
    const type = window.u32(at);
    const length = window.u32(at + 4) + (countsHeader ? 0 : 8);
    if (length < 8 || at + length > window.size || type > 9999 || type === 0) break;
    if (pages > 0 && (type === 3 || type === 4) && walk.pageChunk === undefined) walk.pageChunk = { pages, payload: length - 8 };
    pages = type === 403 && length === 16 && window.has(at, 16) ? Number(window.u64(at + 8)) : 0;
    note(walk, type, length, at);
    at += length;
    // A raw page follows a socket fragment: go over it when only then records go on.
    if (type === 704 && length === 16) at = await afterRaw(window, at, signal);
  }
  return walk;
}

async function afterRaw(window: Window, at: number, signal?: AbortSignal): Promise<number> {
  for (const page of [4096, 65536]) {
    if (at + page + 8 > window.size) continue;
    if (!window.has(at + page, 8)) await window.load(at + page, 8, signal);
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
    const walk = await walkWide(window, true, signal);
    if (walk.records.length < 4) continue;
    const likelihood = Math.min(0.6, walk.records.length / 50);
    if (best === undefined || likelihood > best.likelihood) best = base(endian, "ckpt", walk, { likelihood });
  }
  return best;
}
