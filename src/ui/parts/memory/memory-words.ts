/** Words of memory: arithmetic only. */
import { formatHex } from "../../../core/index.ts";

export type ByteOrder = "little" | "big";
export const ADDRESS_END = 1n << 64n;

/** The unsigned number that `size` bytes from `at` on spell; the caller sees to it that they are there. */
export function wordAt(bytes: Uint8Array, at: number, size: number, order: ByteOrder): bigint {
  let value = 0n;
  for (let place = 0; place < size; place++) value = (value << 8n) | BigInt(bytes[order === "big" ? at + place : at + size - 1 - place] ?? 0);
  return value;
}

/** First address of the word that holds an address. */
export function wordStart(address: bigint, size: number): bigint {
  return address - (address % BigInt(size));
}

export interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The selected addresses, half-open: whole words from where the selection began to the cursor, both of which are in. */
export function selectedAddresses(anchor: bigint | undefined, cursor: bigint, word: number): AddressRange {
  const from = anchor ?? cursor;
  const [low, high] = from < cursor ? [from, cursor] : [cursor, from];
  return { start: wordStart(low, word), end: wordStart(high, word) + BigInt(word) };
}

const GDB_UNITS: Readonly<Record<number, string>> = { 1: "b", 2: "h", 4: "w", 8: "g" };

/** The command with which gdb shows the range: in words where it is made of whole ones. */
export function gdbCommand({ start, end }: AddressRange, word: number): string {
  const length = end - start;
  const size = start % BigInt(word) === 0n && length % BigInt(word) === 0n ? word : 1;
  return `x/${length / BigInt(size)}x${GDB_UNITS[size] ?? "b"} ${formatHex(start)}`;
}

/** How far an address is from a range, and on which side of it; 0 inside. */
export function distanceTo(address: bigint, { start, end }: AddressRange): bigint {
  if (address < start) return start - address;
  return address >= end ? address - end + 1n : 0n;
}
