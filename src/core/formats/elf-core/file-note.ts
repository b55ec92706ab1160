/** NT_FILE: ranges of mapped files, then their paths, each ended by a NUL, in the same order. */
import type { Abi } from "../../schema/abi.ts";
import { decodeText } from "../../schema/show.ts";

/** Ranges that are read. */
const MOST_RANGES = 1_000_000;

export interface FileNote {
  /** Ranges that the note announces, and that there is room for. */
  readonly announced: bigint;
  readonly count: number;
  /** Unit of the offsets in bytes; gdb writes 1. */
  readonly unit: bigint;
  readonly starts: BigUint64Array;
  readonly ends: BigUint64Array;
  /** Byte offsets in the files. */
  readonly offsets: BigUint64Array;
  /** Where the paths begin, from the beginning of the description; one more than there are paths. */
  readonly pathAt: readonly number[];
}

/** Undefined when the description is too short for its head. */
export function readFileNote(desc: Uint8Array, abi: Abi): FileNote | undefined {
  const width = abi.longSize;
  if (desc.length < 2 * width) return undefined;
  const view = new DataView(desc.buffer, desc.byteOffset, desc.byteLength);
  const little = abi.endian === "little";
  const word = (at: number): bigint => (width === 8 ? view.getBigUint64(at, little) : BigInt(view.getUint32(at, little)));
  const announced = word(0);
  const unit = word(width);
  const room = Math.min(MOST_RANGES, Math.floor((desc.length - 2 * width) / (3 * width)));
  const count = announced < BigInt(room) ? Number(announced) : room;
  const starts = new BigUint64Array(count);
  const ends = new BigUint64Array(count);
  const offsets = new BigUint64Array(count);
  for (let index = 0; index < count; index++) {
    const at = (2 + 3 * index) * width;
    starts[index] = word(at);
    ends[index] = word(at + width);
    offsets[index] = word(at + 2 * width) * unit;
  }
  const pathAt: number[] = [(2 + 3 * count) * width];
  while (pathAt.length <= count) {
    const nul = desc.indexOf(0, pathAt.at(-1));
    if (nul < 0) break;
    pathAt.push(nul + 1);
  }
  return { announced, count, unit, starts, ends, offsets, pathAt };
}

export function pathCount({ pathAt }: FileNote): number {
  return pathAt.length - 1;
}

/** Path of a range, or undefined when the note ends before it. */
export function pathOf({ pathAt }: FileNote, desc: Uint8Array, index: number): string | undefined {
  const end = pathAt[index + 1];
  return end === undefined ? undefined : decodeText(desc.subarray(pathAt[index], end - 1));
}

/** Paths of memory and devices that only look like files. */
const NO_FILE = /^\/(dev\/(?!shm\/)|memfd:|SYSV|\[aio\])/;

/** Whether contents of the mapped range can be looked up in a file. */
export function isRealFile(path: string): boolean {
  return path.startsWith("/") && !NO_FILE.test(path);
}
