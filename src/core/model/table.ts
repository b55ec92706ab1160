/** A table: named columns of one length. What its columns mean is data (see `tables.ts`). */
import { Column, PIECE_ROWS, type ColumnType } from "./column.ts";
import type { StringPool } from "./string-pool.ts";

export type Presentation =
  | "number"
  | "address"
  | "hex"
  | "octal"
  | "size"
  | "time"
  | "nanoseconds"
  | "text"
  | "path"
  | "offset"
  | "protection"
  | "yes"
  | "vm-flags"
  | "page-flags"
  | "action-flags"
  | "task-flags"
  | "securebits"
  | "personality"
  | "handler"
  | "capabilities"
  | "signals"
  | "limit"
  | "severity";

export type Raw = string | number | bigint | boolean | null;

/** Reads other values of the same row, for columns that are worked out. */
export type RowReader = (column: string) => Raw;

export interface ColumnDef {
  readonly label: string;
  readonly doc: string;
  readonly type: ColumnType;
  readonly as: Presentation;
  /** Shown before the user chooses; `some`: when any row has a value. */
  readonly shown: boolean | "some";
  /** Characters. */
  readonly width: number;
  /** Table that a `ref` column points into. */
  readonly ref?: string;
  /** The value is that of another table's row: not stored, looked up. */
  readonly via?: { readonly ref: string; readonly column: string };
  /** The value is worked out from others: not stored. `how` says it in words. */
  readonly derive?: { readonly how: string; readonly from: (row: RowReader) => Raw };
  /** Why a row may have no value here. */
  readonly absent?: string;
}

export interface TableDef {
  readonly label: string;
  /** What a row is. */
  readonly doc: string;
  readonly group: string;
  /** Why an image may have none. */
  readonly empty: string;
  /** Columns that identify a row across two checkpoints. */
  readonly identity: readonly string[];
  /** Column with the parent row. */
  readonly tree?: string;
  readonly columns: Readonly<Record<string, ColumnDef>>;
}

const FIRST_ROWS = 16;

export class Table {
  readonly name: string;
  readonly def: TableDef;
  length = 0;
  readonly columns = new Map<string, Column>();
  #capacity = FIRST_ROWS;

  constructor(name: string, def: TableDef, pool: StringPool) {
    this.name = name;
    this.def = def;
    for (const [column, { type, via, derive, absent }] of Object.entries(def.columns)) {
      if (via === undefined && derive === undefined) this.columns.set(column, new Column(type, pool, FIRST_ROWS, absent !== undefined));
    }
  }

  /** A new row with no values; its number. */
  add(): number {
    if (this.length === this.#capacity) {
      this.#capacity = this.#capacity < PIECE_ROWS ? this.#capacity * 2 : this.#capacity + PIECE_ROWS;
      for (const column of this.columns.values()) column.grow(this.#capacity);
    }
    return this.length++;
  }

  /** Stored column; asking for one that is not stored is a mistake of the program. */
  column(name: string): Column {
    const column = this.columns.get(name);
    if (column === undefined) throw new Error(`table ${this.name} stores no column ${name}`);
    return column;
  }

  set(row: number, column: string, value: number | bigint | string | boolean | undefined): void {
    if (value === undefined) return;
    const target = this.column(column);
    if (typeof value === "string") target.setText(row, value);
    else if (target.type === "u64") target.setBig(row, BigInt.asUintN(64, BigInt(value)));
    else target.set(row, Number(value));
  }

  number(row: number, column: string): number {
    return this.column(column).number(row);
  }

  big(row: number, column: string): bigint {
    return this.column(column).big(row);
  }

  text(row: number, column: string): string | undefined {
    return this.column(column).text(row);
  }
}
