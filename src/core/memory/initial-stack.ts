/**
 * Arguments and environment of a program by the stack that the kernel made for it, where the dump does not say where they are
 * (ELF cores). Below the strings stand, upwards: the count, the argument pointers, 0, the environment pointers, 0, the
 * auxiliary vector (create_elf_tables in fs/binfmt_elf.c of Linux). The vector is known, so that it can be found.
 */
import type { AddressSpace } from "./address-space.ts";

/** Bytes below the end of the stack in which the vector is looked for. */
const MOST_STACK = 4 * 1024 * 1024;
/** Pairs of the vector that must be found; fewer could stand anywhere. */
const LEAST_PAIRS = 4;
const MOST_POINTERS = 20_000;

export interface InitialStack {
  readonly arguments: readonly bigint[];
  readonly environment: readonly bigint[];
}

/** `inside`: an address on that stack, such as that of the program's name. Undefined where the vector is not found. */
export async function initialStack(space: AddressSpace, inside: bigint, vector: readonly (readonly [type: number, value: bigint])[], wordSize: 4 | 8, byteOrder: "little" | "big"): Promise<InitialStack | undefined> {
  const region = space.regionAt(inside);
  if (region === undefined || vector.length < LEAST_PAIRS) return undefined;
  const start = region.end - region.start > BigInt(MOST_STACK) ? region.end - BigInt(MOST_STACK) : region.start;
  const { bytes } = await space.read(start, region.end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = byteOrder === "little";
  const word = (at: number): bigint => (at < 0 || at + wordSize > bytes.length ? -1n : wordSize === 8 ? view.getBigUint64(at, little) : BigInt(view.getUint32(at, little)));
  const isVector = (at: number): boolean => vector.every(([type, value], pair) => word(at + pair * 2 * wordSize) === BigInt(type) && word(at + (pair * 2 + 1) * wordSize) === value);
  const first = (wordSize - Number(start % BigInt(wordSize))) % wordSize;
  let found = -1;
  // From the top: the vector stands right below the strings.
  for (let at = bytes.length - ((bytes.length - first) % wordSize) - wordSize; at >= 0 && found < 0; at -= wordSize) if (word(at) === BigInt(vector[0]![0]) && isVector(at)) found = at;
  if (found < 0 || word(found - wordSize) !== 0n) return undefined;
  const environment = pointersBelow(found - wordSize, word, wordSize, () => false);
  const behind = found - wordSize - (environment.length + 1) * wordSize;
  if (word(behind) !== 0n) return undefined;
  // The arguments end where their count stands; on arm the start of the program puts the address of the list in its place.
  const isEnd = (value: bigint, count: number): boolean => value === BigInt(count) || value === start + BigInt(behind - count * wordSize);
  const list = pointersBelow(behind, word, wordSize, isEnd);
  return isEnd(word(behind - (list.length + 1) * wordSize), list.length) ? { arguments: list, environment } : undefined;
}

/** Words below a place in the order of their addresses, down to a 0 or to where `ends` says so. */
function pointersBelow(place: number, word: (at: number) => bigint, size: number, ends: (value: bigint, count: number) => boolean): bigint[] {
  const pointers: bigint[] = [];
  for (let at = place - size; pointers.length < MOST_POINTERS; at -= size) {
    const value = word(at);
    if (value <= 0n || ends(value, pointers.length)) break;
    pointers.push(value);
  }
  return pointers.toReversed();
}
