/**
 * One column of a table: a typed array that grows, not an object per row.
 *
 * `number` holds counts, ids and file positions (NaN = none), `int` small signed numbers (-2^31 = none), `u64` addresses
 * and sizes of the checkpointed task, `text` ids in a string pool (-1 = none), `ref` row numbers of another table
 * (-1 = none), `bool` 0, 1 or 255 for none. A `u64` has no number to spare for none: columns that need one keep a mark
 * for each row.
 */
import type { StringPool } from "./string-pool.ts";

export type ColumnType = "number" | "int" | "u64" | "text" | "ref" | "bool";

export const NO_INT = -0x8000_0000;
const NO_BOOL = 255;

type Store = Float64Array | Int32Array | BigUint64Array | Uint8Array;

function allocate(type: ColumnType, rows: number): Store {
  switch (type) {
    case "number":
      return new Float64Array(rows);
    case "int":
    case "text":
    case "ref":
      return new Int32Array(rows);
    case "u64":
      return new BigUint64Array(rows);
    case "bool":
      return new Uint8Array(rows);
  }
}

const NONE: Readonly<Record<ColumnType, number>> = { number: NaN, int: NO_INT, text: -1, ref: -1, bool: NO_BOOL, u64: 0 };

/** Halves of a 64-bit word in the order of this machine's memory. */
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

export class Column {
  readonly type: ColumnType;
  data: Store;
  #halves: Uint32Array | undefined;
  /** 1 where a u64 was set; undefined when every row has a value. */
  #present: Uint8Array | undefined;
  readonly #pool: StringPool;

  constructor(type: ColumnType, pool: StringPool, nullable = false) {
    this.type = type;
    this.#pool = pool;
    this.data = allocate(type, 16);
    if (type === "u64") this.#halves = new Uint32Array(this.data.buffer);
    else (this.data as Float64Array).fill(NONE[type]);
    if (type === "u64" && nullable) this.#present = new Uint8Array(16);
  }

  grow(capacity: number, used: number): void {
    const grown = allocate(this.type, capacity);
    (grown as Float64Array).set(this.data as Float64Array);
    if (this.type === "u64") this.#halves = new Uint32Array(grown.buffer);
    else (grown as Float64Array).fill(NONE[this.type], used);
    this.data = grown;
    if (this.#present !== undefined) {
      const present = new Uint8Array(capacity);
      present.set(this.#present);
      this.#present = present;
    }
  }

  /** Numbers of any kind but u64. */
  set(row: number, value: number): void {
    (this.data as Float64Array)[row] = value;
  }

  setHalves(row: number, low: number, high: number): void {
    const halves = this.#halves!;
    halves[row * 2 + LOW] = low;
    halves[row * 2 + 1 - LOW] = high;
    if (this.#present !== undefined) this.#present[row] = 1;
  }

  setBig(row: number, value: bigint): void {
    (this.data as BigUint64Array)[row] = value;
    if (this.#present !== undefined) this.#present[row] = 1;
  }

  setText(row: number, text: string): void {
    (this.data as Int32Array)[row] = this.#pool.add(text);
  }

  /** The stored number; of `text` the id, of `ref` the row. Not for u64. */
  number(row: number): number {
    return (this.data as Float64Array)[row]!;
  }

  big(row: number): bigint {
    return (this.data as BigUint64Array)[row]!;
  }

  text(row: number): string | undefined {
    const id = (this.data as Int32Array)[row]!;
    return id < 0 ? undefined : this.#pool.get(id);
  }

  /** The value, or null for none. A `ref` gives the row number. */
  value(row: number): string | number | bigint | boolean | null {
    switch (this.type) {
      case "number": {
        const value = this.number(row);
        return Number.isNaN(value) ? null : value;
      }
      case "int": {
        const value = this.number(row);
        return value === NO_INT ? null : value;
      }
      case "u64":
        return this.#present?.[row] === 0 ? null : this.big(row);
      case "text":
        return this.text(row) ?? null;
      case "ref": {
        const value = this.number(row);
        return value < 0 ? null : value;
      }
      case "bool": {
        const value = this.number(row);
        return value === NO_BOOL ? null : value === 1;
      }
    }
  }
}
