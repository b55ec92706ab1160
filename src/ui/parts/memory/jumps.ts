/** Ways through a sparse space: to the next mapped region, to the next stored bytes, along a pointer. */
import type { MapLine, MemoryInspector, MemoryPiece, SpaceInfo } from "../../../core/index.ts";
import { ADDRESS_END, wordAt, wordStart } from "./memory-words.ts";

/** First address of the next region (direction 1), or of this one and then of the one before (-1). */
export async function nextRegion(memory: MemoryInspector, space: number, address: bigint, direction: 1 | -1): Promise<bigint | undefined> {
  const here = await memory.about({ space, address });
  if (direction === 1) {
    if (here.region === undefined) return here.above?.start;
    if (here.region.end >= ADDRESS_END) return undefined;
    const next = await memory.about({ space, address: here.region.end });
    return next.region?.start ?? next.above?.start;
  }
  if (here.region !== undefined && here.region.start < address) return here.region.start;
  if (address === 0n) return undefined;
  const before = await memory.about({ space, address: address - 1n });
  return before.region?.start ?? before.below?.start;
}

/** How far to look at first; the range grows where there is nothing. */
const FIRST_RANGE = 1n << 26n;
const GROWTH = 64n;

/** First address of the next (1) or previous (-1) run of stored bytes: one before which there are none. */
export async function nextStored(memory: MemoryInspector, space: number, address: bigint, direction: 1 | -1): Promise<bigint | undefined> {
  for (let range = FIRST_RANGE; ; range *= GROWTH) {
    const start = direction === 1 ? address : address < range ? 0n : address - range;
    const end = direction === -1 ? address : address + range > ADDRESS_END ? ADDRESS_END : address + range;
    const found = await runStart(memory, space, start, end, direction);
    if (found !== undefined) return found;
    if (direction === 1 ? end === ADDRESS_END : start === 0n) return undefined;
  }
}

async function runStart(memory: MemoryInspector, space: number, start: bigint, end: bigint, direction: 1 | -1): Promise<bigint | undefined> {
  let last: bigint | undefined;
  // Whether the byte before is stored. At the lower edge that is not known, so a run that begins there does not count.
  let wasStored = start > 0n;
  for (let at = start; at < end; ) {
    // An answer has a limited number of pieces; its last one says how far it goes.
    const pieces = await memory.resolve({ space, start: at, end });
    const lastPiece: MemoryPiece | undefined = pieces.at(-1);
    if (lastPiece === undefined) return last;
    for (const piece of pieces) {
      if (piece.kind === "image" && !wasStored) {
        if (direction === 1) return piece.start;
        last = piece.start;
      }
      wasStored = piece.kind === "image";
    }
    at = lastPiece.end;
  }
  return last;
}

/** First stored byte of a region, or its first address where it has none. */
export async function firstStored(memory: MemoryInspector, space: number, { start, end, sums }: Pick<MapLine, "start" | "end" | "sums">): Promise<bigint> {
  if (sums.image + sums.parent === 0n) return start;
  const pieces = await memory.resolve({ space, start, end });
  return pieces.find(({ kind }) => kind === "image")?.start ?? start;
}

export interface Word {
  /** Address of the word. */
  readonly at: bigint;
  readonly value: bigint;
  /** What is at the address that its value is; undefined where nothing is mapped. */
  readonly label: string | undefined;
}

/** The aligned word that holds an address; undefined when a byte of it has no value. */
export async function readWord(memory: MemoryInspector, { space, wordSize, byteOrder }: SpaceInfo, address: bigint): Promise<Word | undefined> {
  const at = wordStart(address, wordSize);
  const { bytes, pieces } = await memory.read({ space, start: at, end: at + BigInt(wordSize) });
  if (bytes.length < wordSize || pieces.some(({ kind }) => kind !== "image" && kind !== "zero")) return undefined;
  const value = wordAt(bytes, 0, wordSize, byteOrder);
  const [label] = await memory.labels({ space, words: [value] });
  return { at, value, label };
}
