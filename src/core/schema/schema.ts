/**
 * The description language: what the bytes of a record mean, as plain data.
 *
 * A `Struct` lists the members of a packed C record in order. Widths and alignment give the offsets (see `layout.ts`),
 * the interpreters `explain`, `scan` and `encode` give reading and writing, and `show` says how a person reads a value.
 * Field names are the format's own.
 */
import type { Abi } from "./abi.ts";

/** Names for numbers, which may differ between revisions. */
export interface NameTable {
  readonly title: string;
  at(abi: Abi): ReadonlyMap<number, string>;
}

export type Show =
  | { readonly as: "number"; readonly unit?: string }
  | { readonly as: "address" }
  | { readonly as: "hex" }
  | { readonly as: "octal" }
  | { readonly as: "flags"; readonly names: NameTable }
  | { readonly as: "name"; readonly names: NameTable; readonly isHex?: boolean }
  | { readonly as: "size" }
  | { readonly as: "time" }
  | { readonly as: "nanoseconds" }
  | { readonly as: "text" }
  | { readonly as: "path" }
  | { readonly as: "bytes" }
  | { readonly as: "objref" }
  | { readonly as: "limit" }
  | { readonly as: "signals" }
  | { readonly as: "ipv4" }
  | { readonly as: "sockaddr" }
  | { readonly as: "yes" }
  /** Device number: `kernel` has the minor in the low 20 bits, `libc` splits it as makedev does. */
  | { readonly as: "device"; readonly packed: "kernel" | "libc" }
  | { readonly as: "file-mode" }
  | { readonly as: "open-flags" }
  | { readonly as: "microseconds" }
  | { readonly as: "wait-status" }
  | { readonly as: "capabilities" }
  | { readonly as: "padding" };

/**
 * How many elements or bytes: a number, the value of an earlier field of the same struct (plus a constant),
 * the page size, the parameter that the grammar found (see `Params`), or all that is left of the record.
 */
export type Count =
  | number
  | { readonly field: string; readonly plus?: number }
  | "page"
  | "param"
  | "rest";

export type Type =
  | { readonly kind: "int"; readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean; readonly little?: boolean }
  | { readonly kind: "long" }
  | { readonly kind: "text"; readonly count: Count }
  | { readonly kind: "bytes"; readonly count: Count; readonly align?: number }
  | { readonly kind: "struct"; readonly struct: Struct }
  | { readonly kind: "array"; readonly of: Field; readonly count: Count }
  | {
      /** Members that share the same bytes; the value of `by`, a later field, picks one. */
      readonly kind: "union";
      readonly by: string;
      readonly pick: ReadonlyMap<number, string>;
      readonly otherwise: string;
      readonly members: Readonly<Record<string, Struct>>;
    };

/** When a field exists: revisions [from, to) of the format's history, and architectures. */
export interface When {
  readonly from?: number;
  readonly to?: number;
  readonly architectures?: readonly string[];
}

export interface Field {
  readonly type: Type;
  readonly show: Show;
  readonly doc?: string;
  readonly when?: When;
}

export interface Struct {
  /** Name in the sources of the format. */
  readonly name: string;
  readonly doc?: string;
  /** The size is padded to a multiple of this, and the struct is placed at a multiple of it. */
  readonly align: number;
  readonly fields: Readonly<Record<string, Field>>;
}

/** What the grammar knows about one record beyond its bytes. */
export interface Params {
  /** Elements, bytes or entries, depending on the record: the number of pages, of semaphores ... */
  readonly param: number;
}
