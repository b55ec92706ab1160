/** Short words for writing descriptions. */
import type { Abi } from "./abi.ts";
import type { Count, Field, NameTable, Show, Struct, Type, When } from "./schema.ts";

export const number: Show = { as: "number" };
export const address: Show = { as: "address" };
export const hex: Show = { as: "hex" };
export const octal: Show = { as: "octal" };
export const size: Show = { as: "size" };
export const time: Show = { as: "time" };
export const nanoseconds: Show = { as: "nanoseconds" };
export const text: Show = { as: "text" };
export const path: Show = { as: "path" };
export const raw: Show = { as: "bytes" };
export const objref: Show = { as: "objref" };
export const limit: Show = { as: "limit" };
export const signals: Show = { as: "signals" };
export const ipv4: Show = { as: "ipv4" };
export const sockaddr: Show = { as: "sockaddr" };
export const padding: Show = { as: "padding" };
export const yes: Show = { as: "yes" };
export const kernelDevice: Show = { as: "device", packed: "kernel" };
export const libcDevice: Show = { as: "device", packed: "libc" };
export const openFlags: Show = { as: "open-flags" };
export const fileMode: Show = { as: "file-mode" };
export const microseconds: Show = { as: "microseconds" };
export const waitStatus: Show = { as: "wait-status" };
export const capabilities: Show = { as: "capabilities" };
export const count = (unit: string): Show => ({ as: "number", unit });
export const flags = (names: NameTable): Show => ({ as: "flags", names });
export const oneOf = (names: NameTable): Show => ({ as: "name", names });
/** A number that people know in hexadecimal, such as a magic number, by its name. */
export const oneOfHex = (names: NameTable): Show => ({ as: "name", names, isHex: true });

type Definer = (show?: Show, doc?: string) => Field;

function field(type: Type, show: Show, doc: string | undefined): Field {
  return doc === undefined ? { type, show } : { type, show, doc };
}

function int(bytes: 1 | 2 | 4 | 8, signed: boolean): Definer {
  return (show = number, doc) => field({ kind: "int", bytes, signed }, show, doc);
}

export const u8 = int(1, false);
export const u16 = int(2, false);
export const u32 = int(4, false);
export const u64 = int(8, false);
export const s16 = int(2, true);
export const s32 = int(4, true);
export const s64 = int(8, true);
/** The native unsigned long of the machine that wrote the image. */
export const ulong: Definer = (show = number, doc) => field({ kind: "long" }, show, doc);
/** Little endian whatever the machine. */
export const le16: Definer = (show = number, doc) =>
  field({ kind: "int", bytes: 2, signed: false, little: true }, show, doc);

export const chars = (length: Count, doc?: string, show: Show = text): Field =>
  field({ kind: "text", count: length }, show, doc);
export const bytes = (length: Count, show: Show = raw, doc?: string): Field =>
  field({ kind: "bytes", count: length }, show, doc);
export const array = (of: Field, length: Count, doc?: string): Field =>
  field({ kind: "array", of, count: length }, number, doc);
export const nested = (inner: Struct, doc?: string): Field => field({ kind: "struct", struct: inner }, number, doc);

export function union(
  by: string,
  pick: Readonly<Record<number, string>>,
  otherwise: string,
  members: Readonly<Record<string, Struct>>,
): Field {
  const chosen = new Map(Object.entries(pick).map(([value, name]) => [Number(value), name]));
  return { type: { kind: "union", by, pick: chosen, otherwise, members }, show: number };
}

export function struct(name: string, fields: Readonly<Record<string, Field>>, align = 1, doc?: string): Struct {
  return doc === undefined ? { name, align, fields } : { name, align, fields, doc };
}

/** The field only where `when` holds; conditions add up. */
export function given(when: When, inner: Field): Field {
  return { ...inner, when: { ...inner.when, ...when } };
}

/** A table of names that is the same in every revision. */
export function names(title: string, entries: Readonly<Record<string, number>>): NameTable {
  const map = new Map(Object.entries(entries).map(([name, value]) => [value, name]));
  return { title, at: () => map };
}

/** A table of names that depends on the machine or the revision; made once for each. */
export function namesBy(title: string, make: (abi: Abi) => ReadonlyMap<number, string>): NameTable {
  const made = new Map<string, ReadonlyMap<number, string>>();
  return {
    title,
    at(abi) {
      const key = `${abi.revision}/${abi.architecture}`;
      let map = made.get(key);
      if (map === undefined) {
        map = make(abi);
        made.set(key, map);
      }
      return map;
    },
  };
}
