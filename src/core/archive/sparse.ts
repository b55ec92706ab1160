/** Sparse members: the map says which stretches of the file are stored, one after another; all else is zeros. */
import { clampRange, type ByteSource } from "../bytes/source.ts";
import { paxCount } from "./pax.ts";
import type { DataStretch } from "./opened-archive.ts";
import { BLOCK, tarNumber } from "./tar-header.ts";

/** Entries of one map that are kept. GNU tar's largest maps have some ten thousand. */
export const MOST_ENTRIES = 1_000_000;

/** Offset and length in the expanded file, in turn. */
export type SparseMap = number[];

/** Entries of 24 bytes in an old GNU header (4 at 386) or its extension block (21 at 0), until an empty one. False when a number is unreadable. */
export function readOldEntries(block: Uint8Array, start: number, count: number, map: SparseMap): boolean {
  for (let index = 0; index < count; index++) {
    const at = start + index * 24;
    if (block[at] === 0 && block[at + 12] === 0) break;
    const offset = tarNumber(block, at, 12);
    const length = tarNumber(block, at + 12, 12);
    if (offset === undefined || length === undefined) return false;
    map.push(offset, length);
  }
  return true;
}

/** `offset,length,offset,length` of GNU.sparse.map. Undefined when it is no such list. */
export function readMapText(value: string): SparseMap | undefined {
  if (value === "") return [];
  const map: SparseMap = [];
  for (const part of value.split(",", MOST_ENTRIES * 2 + 1)) {
    const number = paxCount(part);
    if (number === undefined) return undefined;
    map.push(number);
  }
  return map.length % 2 === 0 ? map : undefined;
}

/** The map of version 1.0 stands before the data, as decimal lines in whole blocks: the count, then offset and length of each. */
export class MapLines {
  readonly map: SparseMap = [];
  /** Set once the map is complete or makes no sense. */
  done = false;
  broken = false;
  #left = -1;
  #digits = "";

  /** Take the next block. */
  feed(block: Uint8Array): void {
    for (const byte of block) {
      if (this.done) return;
      if (byte >= 0x30 && byte <= 0x39 && this.#digits.length < 20) this.#digits += String.fromCharCode(byte);
      else if (byte === 0x0a) this.#line();
      else this.#stop();
    }
  }

  #line(): void {
    const number = paxCount(this.#digits);
    this.#digits = "";
    if (number === undefined) return this.#stop();
    if (this.#left >= 0) this.map.push(number);
    this.#left = this.#left < 0 ? number * 2 : this.#left - 1;
    // The count only says when the lines end; the lines themselves are what fills memory, and the archive holds them.
    if (this.#left === 0) this.done = true;
    else if (this.map.length >= MOST_ENTRIES * 2) this.#stop();
  }

  #stop(): void {
    this.broken = true;
    this.done = true;
    if (this.map.length % 2 === 1) this.map.pop();
  }
}

/**
 * Where the entries of a map stand in the archive, when the data begins at `start` and has `stored` bytes.
 * Entries end at the first one that is not in order or passes `size` or the data: `why` says so.
 */
export function placeMap(map: SparseMap, size: number, start: number, stored: number): { readonly data: DataStretch[]; readonly why?: string } {
  const data: DataStretch[] = [];
  let reached = 0;
  let used = 0;
  for (let index = 0; index + 1 < map.length; index += 2) {
    const at = map[index]!;
    const length = map[index + 1]!;
    const entry = `entry ${index / 2} (${length} bytes at ${at})`;
    if (at < 0 || length < 0) return { data, why: `${entry} is negative` };
    if (at < reached) return { data, why: `${entry} begins before ${reached}, the end of the one before it` };
    if (at + length > size) return { data, why: `${entry} goes beyond the size of ${size} bytes` };
    if (used + length > stored) return { data, why: `${entry} asks for more than the ${stored} bytes that are stored` };
    if (length > 0) data.push({ at, start: start + used, end: start + used + length });
    reached = at + length;
    used += length;
  }
  return { data };
}

/** Stretches of `source` as one file of `size` bytes; between them, zeros. `data` is in order. */
export function sparseSource(source: ByteSource, size: number, data: readonly DataStretch[]): ByteSource {
  /** First stretch that ends after `position`. */
  const stretchAt = (position: number): number => {
    let low = 0;
    let high = data.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { at, start, end } = data[middle]!;
      if (at + (end - start) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    size,
    async read(start, end, signal) {
      const [from, to] = clampRange(size, start, end);
      const bytes = new Uint8Array(to - from);
      for (let index = stretchAt(from); index < data.length; index++) {
        const stretch = data[index]!;
        if (stretch.at >= to) break;
        const first = Math.max(from, stretch.at);
        const last = Math.min(to, stretch.at + (stretch.end - stretch.start));
        const part = await source.read(stretch.start + (first - stretch.at), stretch.start + (last - stretch.at), signal);
        bytes.set(part, first - from);
      }
      return bytes;
    },
  };
}

/** Blocks that `bytes` take up in a tar, in bytes. */
export function inBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}
