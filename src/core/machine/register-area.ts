/**
 * Registers out of areas of bytes and back into them.
 *
 * An area is a block as the kernel's register sets or the processor itself lay it out: FXSAVE, XSAVE, the sets that ELF
 * notes hold. A format whose fields are single numbers puts them into such a block first, so that one description of each
 * block serves all formats, and writers of such blocks as well.
 */
import type { Span } from "../bytes/span.ts";
import type { RegisterValue } from "../memory-inspector.ts";

/** Where a register stands in the image. */
export interface Place {
  /** Row of the records table. */
  readonly record: number;
  readonly path?: string | undefined;
  readonly span?: Span | undefined;
}

/** Where bytes [offset, offset + size) of an area stand in the image; undefined when they were not saved. */
export type PlaceOf = (offset: number, size: number) => Place | undefined;

export interface RegisterArea {
  readonly bytes: Uint8Array;
  readonly little: boolean;
  readonly place: PlaceOf;
}

/** A register in an area. */
export interface RegisterSlot {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly meaning?: Meaning;
}

/** What a value says; undefined when there is nothing to say. */
export type Meaning = (value: bigint) => string | undefined;

/** Bytes of a register by name, least significant first; undefined when there is none. */
export type RegisterLookup = (name: string) => Uint8Array | undefined;

/** `count` slots of one size, one after the other; `name` gets the number appended, or makes the name of it. */
export function slots(name: string | ((index: number) => string), count: number, offset: number, size: number, stride = size): readonly RegisterSlot[] {
  return Array.from({ length: count }, (_, index) => ({ name: typeof name === "string" ? `${name}${index}` : name(index), offset: offset + index * stride, size }));
}

/** Bytes of a slot, least significant first; undefined when the area ends before or they were not saved. */
export function slotBytes({ bytes, little, place }: RegisterArea, offset: number, size: number): Uint8Array | undefined {
  if (offset + size > bytes.length || place(offset, size) === undefined) return undefined;
  const own = bytes.slice(offset, offset + size);
  return little ? own : own.reverse();
}

/** Registers of an area that were saved. */
export function readRegisters(area: RegisterArea, layout: readonly RegisterSlot[]): readonly RegisterValue[] {
  const registers: RegisterValue[] = [];
  for (const { name, offset, size, meaning } of layout) {
    const bytes = slotBytes(area, offset, size);
    if (bytes !== undefined) registers.push(register(name, bytes, area.place(offset, size)!, meaning?.(toBigint(bytes))));
  }
  return registers;
}

/** An area of `size` bytes with the registers that there are; the others are 0. Values that are too wide lose their upper part. */
export function writeRegisters(layout: readonly RegisterSlot[], size: number, lookup: RegisterLookup, little: boolean): Uint8Array<ArrayBuffer> {
  const area = new Uint8Array(size);
  for (const slot of layout) {
    const bytes = lookup(slot.name);
    if (bytes !== undefined && slot.offset + slot.size <= size) putBytes(area, slot.offset, slot.size, bytes, little);
  }
  return area;
}

/** Put the bytes of a register into `size` bytes of an area. */
export function putBytes(area: Uint8Array, offset: number, size: number, bytes: Uint8Array, little = true): void {
  for (let index = 0; index < size; index++) area[offset + (little ? index : size - 1 - index)] = bytes[index] ?? 0;
}

export function register(name: string, bytes: Uint8Array, { record, path, span }: Place, meaning?: string): RegisterValue {
  return { name, bytes, record, ...(path === undefined ? {} : { path }), ...(span === undefined ? {} : { span }), ...(meaning === undefined ? {} : { meaning }) };
}

/** The low `size` bytes of a number, least significant first. */
export function toBytes(value: bigint | number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, BigInt(value));
  for (let index = 0; rest !== 0n; index++) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The unsigned number that bytes hold, least significant first. */
export function toBigint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index]!);
  return value;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Registers of groups by name. */
export function lookupIn(groups: readonly { readonly registers: readonly RegisterValue[] }[]): RegisterLookup {
  const byName = new Map<string, Uint8Array>();
  for (const { registers } of groups) for (const { name, bytes } of registers) if (!byName.has(name)) byName.set(name, bytes);
  return (name) => byName.get(name);
}
