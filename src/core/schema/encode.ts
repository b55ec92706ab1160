/**
 * Values to bytes: the description read in the other direction.
 *
 * Missing values are written as zero. Padding is zero unless a value under its path says otherwise, which is how an
 * image with odd padding comes back byte for byte.
 */
import type { Abi } from "./abi.ts";
import { alignUp, layoutOf, measure } from "./layout.ts";
import type { Count, Field, Struct, Type } from "./schema.ts";

export type Encodable = number | bigint | string | Uint8Array | readonly Encodable[] | StructValues;
export interface StructValues {
  readonly [name: string]: Encodable | undefined;
}

/** Growing output. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  length = 0;

  reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return at;
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  set(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }

  int(at: number, size: number, value: number | bigint, little: boolean): void {
    const view = new DataView(this.#bytes.buffer, at, size);
    const wide = BigInt(value);
    if (size === 8) view.setBigUint64(0, BigInt.asUintN(64, wide), little);
    else if (size === 4) view.setUint32(0, Number(BigInt.asUintN(32, wide)), little);
    else if (size === 2) view.setUint16(0, Number(BigInt.asUintN(16, wide)), little);
    else view.setUint8(0, Number(BigInt.asUintN(8, wide)));
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }
}

const encoder = new TextEncoder();

/** Append the struct's bytes; `values` are keyed by field name, nested structs by nested values. */
export function encodeStruct(struct: Struct, abi: Abi, values: StructValues, out: ByteWriter): void {
  const start = out.length;
  encodeMembers(struct, abi, values, out, start, start);
}

function encodeMembers(
  struct: Struct,
  abi: Abi,
  values: StructValues,
  out: ByteWriter,
  start: number,
  origin: number,
): void {
  const layout = layoutOf(struct, abi);
  const pad = (to: number): void => {
    if (to <= out.length) return;
    const name = `padding@${out.length - origin}`;
    const at = out.reserve(to - out.length);
    const given = values[name];
    if (given instanceof Uint8Array) out.set(at, given);
  };
  for (const slot of layout.slots) {
    pad(start + alignUp(out.length - start, slot.align));
    encodeField(slot.field, abi, values[slot.name], out, origin);
  }
  if (layout.size >= 0) pad(start + layout.size);
  const trailing = values["trailing"];
  if (trailing instanceof Uint8Array) out.append(trailing);
}

function encodeField(field: Field, abi: Abi, value: Encodable | undefined, out: ByteWriter, origin: number): void {
  const type = field.type;
  switch (type.kind) {
    case "int":
    case "long": {
      const size = type.kind === "long" ? abi.longSize : type.bytes;
      const little = abi.endian === "little" || (type.kind === "int" && type.little === true);
      out.int(out.reserve(size), size, typeof value === "number" || typeof value === "bigint" ? value : 0, little);
      return;
    }
    case "text":
    case "bytes": {
      const given = typeof value === "string" ? encoder.encode(value) : value instanceof Uint8Array ? value : undefined;
      const size = staticSize(type.count, abi) ?? given?.length ?? 0;
      const at = out.reserve(size);
      if (given !== undefined) out.set(at, given.subarray(0, size));
      return;
    }
    case "struct": {
      encodeMembers(type.struct, abi, asValues(value), out, out.length, origin);
      return;
    }
    case "array":
      encodeArray(type, abi, value, out, origin);
      return;
    case "union": {
      const given = asValues(value);
      const chosen = Object.keys(type.members).find((name) => given[name] !== undefined) ?? type.otherwise;
      const end = out.length + measure(type, abi).size;
      encodeMembers(type.members[chosen]!, abi, asValues(given[chosen]), out, out.length, origin);
      if (out.length < end) out.reserve(end - out.length);
      return;
    }
  }
}

function encodeArray(
  type: Extract<Type, { kind: "array" }>,
  abi: Abi,
  value: Encodable | undefined,
  out: ByteWriter,
  origin: number,
): void {
  const items = Array.isArray(value) ? (value as readonly Encodable[]) : [];
  const count = typeof type.count === "number" ? type.count : items.length;
  for (let index = 0; index < count; index++) encodeField(type.of, abi, items[index], out, origin);
}

function staticSize(count: Count, abi: Abi): number | undefined {
  if (typeof count === "number") return count;
  return count === "page" ? abi.pageSize : undefined;
}

function asValues(value: Encodable | undefined): StructValues {
  if (typeof value !== "object" || value instanceof Uint8Array || Array.isArray(value)) return {};
  return value as StructValues;
}
