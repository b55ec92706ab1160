/**
 * One column of a table: typed arrays in pieces of 65,536 rows, not an object per row. Pieces are never copied, so that a
 * column of a million rows leaves no garbage behind while it grows.
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

/** Rows of a piece: a power of two, so that a row number splits into two bit fields. */
export const PIECE_ROWS = 65_536;
const SHIFT = 16;
const MASK = PIECE_ROWS - 1;

type Store = Float64Array | Int32Array | BigUint64Array | Uint8Array;

function allocate(type: ColumnType, rows: number): Store {
  switch (type) {
    case "number":
      return new Float64Array(rows).fill(NaN);
    case "int":
      return new Int32Array(rows).fill(NO_INT);
    case "text":
    case "ref":
      return new Int32Array(rows).fill(-1);
    case "u64":
      return new BigUint64Array(rows);
    case "bool":
      return new Uint8Array(rows).fill(NO_BOOL);
  }
}

/** Halves of a 64-bit word in the order of this machine's memory. */
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

export class Column {
  readonly type: ColumnType;
  readonly #pieces: Store[];
  /** The pieces of a u64 column as 32-bit words. */
  readonly #halves: Uint32Array[] = [];
  /** 1 where a u64 was set; undefined when every row has a value. */
  readonly #present: Uint8Array[] | undefined;
  readonly #pool: StringPool;

  constructor(type: ColumnType, pool: StringPool, rows: number, nullable = false) {
    this.type = type;
    this.#pool = pool;
    this.#pieces = [];
    this.#present = type === "u64" && nullable ? [] : undefined;
    this.#setPiece(0, rows);
  }

  #setPiece(index: number, rows: number): void {
    const piece = allocate(this.type, rows);
    const before = this.#pieces[index];
    if (before !== undefined) (piece as Float64Array).set(before as Float64Array);
    this.#pieces[index] = piece;
    if (this.type === "u64") this.#halves[index] = new Uint32Array(piece.buffer);
    if (this.#present === undefined) return;
    const marks = new Uint8Array(rows);
    const known = this.#present[index];
    if (known !== undefined) marks.set(known);
    this.#present[index] = marks;
  }

  /** Make room up to `capacity` rows: the first piece doubles, later ones are added whole. */
  grow(capacity: number): void {
    if (capacity <= PIECE_ROWS) this.#setPiece(0, capacity);
    else for (let index = this.#pieces.length; index * PIECE_ROWS < capacity; index++) this.#setPiece(index, PIECE_ROWS);
  }

  /** Numbers of any kind but u64. */
  set(row: number, value: number): void {
    (this.#pieces[row >>> SHIFT] as Float64Array)[row & MASK] = value;
  }

  setHalves(row: number, low: number, high: number): void {
    const halves = this.#halves[row >>> SHIFT]!;
    const at = (row & MASK) * 2;
    halves[at + LOW] = low;
    halves[at + 1 - LOW] = high;
    this.#mark(row);
  }

  setBig(row: number, value: bigint): void {
    (this.#pieces[row >>> SHIFT] as BigUint64Array)[row & MASK] = value;
    this.#mark(row);
  }

  #mark(row: number): void {
    if (this.#present !== undefined) this.#present[row >>> SHIFT]![row & MASK] = 1;
  }

  setText(row: number, text: string): void {
    this.set(row, this.#pool.add(text));
  }

  /** The stored number; of `text` the id, of `ref` the row. Not for u64. */
  number(row: number): number {
    return (this.#pieces[row >>> SHIFT] as Float64Array)[row & MASK]!;
  }

  big(row: number): bigint {
    return (this.#pieces[row >>> SHIFT] as BigUint64Array)[row & MASK]!;
  }

  text(row: number): string | undefined {
    const id = this.number(row);
    return id < 0 ? undefined : this.#pool.get(id);
  }

  /** The value, or null for none. A `ref` gives the row number. */
  value(row: number): string | number | bigint | boolean | null {
    if (this.type === "u64") return this.#present?.[row >>> SHIFT]![row & MASK] === 0 ? null : this.big(row);
    const value = this.number(row);
    switch (this.type) {
      case "number":
        return Number.isNaN(value) ? null : value;
      case "int":
        return value === NO_INT ? null : value;
      case "text":
        return value < 0 ? null : this.#pool.get(value);
      case "ref":
        return value < 0 ? null : value;
      case "bool":
        return value === NO_BOOL ? null : value === 1;
    }
  }
}
