/**
 * Read single fields of many records: compiled once per description and field into a small function over a window.
 * Reads the same bytes as `explain` does for the field; a property test holds the two together.
 */
import type { Window } from "../bytes/window.ts";
import type { Abi } from "./abi.ts";
import { findSlot } from "./layout.ts";
import type { Struct } from "./schema.ts";

/** Value of the field of the record at `record` (file position), which must be in the window. 64-bit values lose bits above 2^53. */
export type ReadNumber = (window: Window, record: number) => number;

export interface IntSlot {
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  /** Little endian whatever the machine; only 16-bit fields are. */
  readonly little?: boolean;
}

/** Offset and width of an integer field, or undefined when this machine or revision has none. */
export function intSlot(struct: Struct, abi: Abi, path: string): IntSlot | undefined {
  const found = findSlot(struct, abi, path);
  if (found === undefined) return undefined;
  const type = found.field.type;
  if (type.kind === "long") return { offset: found.offset, bytes: abi.longSize, signed: false };
  if (type.kind !== "int") return undefined;
  return { offset: found.offset, bytes: type.bytes, signed: type.signed, little: type.little === true };
}

export function compileNumber(slot: IntSlot): ReadNumber {
  const { offset, signed } = slot;
  if (slot.little === true && slot.bytes === 2) return (w, at) => w.u8(at + offset) | (w.u8(at + offset + 1) << 8);
  switch (slot.bytes) {
    case 1:
      return signed ? (w, at) => w.s8(at + offset) : (w, at) => w.u8(at + offset);
    case 2:
      return signed ? (w, at) => w.s16(at + offset) : (w, at) => w.u16(at + offset);
    case 4:
      return signed ? (w, at) => w.s32(at + offset) : (w, at) => w.u32(at + offset);
    case 8:
      return signed
        ? (w, at) => (w.high32(at + offset) | 0) * 0x1_0000_0000 + w.low32(at + offset)
        : (w, at) => w.high32(at + offset) * 0x1_0000_0000 + w.low32(at + offset);
  }
}
