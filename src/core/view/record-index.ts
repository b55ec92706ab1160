/**
 * From a byte to its record, from a record to the rows that were made from it.
 * Records stand in the order of the files, and in a file in the order of its bytes.
 */
import { span, type Span } from "../bytes/span.ts";
import type { Tables } from "../model/checkpoint.ts";
import type { Column } from "../model/column.ts";
import type { Table } from "../model/table.ts";

/** Columns that name a record from which a row has values. `pids_record` is left out: one record, every task. */
const SOURCES = [
  ...["record", "core_record", "objects_record", "fs_record", "restart_record", "fpu_record"],
  ...["name_record", "path_record", "address_record", "stream_record", "ghost_record"],
];

export class RecordIndex {
  readonly #tables: Tables;
  readonly #records: Table;
  readonly #offset: Column;
  readonly #length: Column;
  readonly #file: Column;
  #objects: ReadonlyMap<number, { table: string; row: number }> | undefined;
  /** By table and column: rows sorted by record, made when first asked for. */
  readonly #byRecord = new Map<string, Uint32Array | undefined>();

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#records = tables.get("records");
    this.#offset = this.#records.column("offset");
    this.#length = this.#records.column("length");
    this.#file = this.#records.column("file");
  }

  /** File of a record; formats of one file leave the column empty. */
  fileOf(record: number): number {
    return Math.max(0, this.#file.number(record));
  }

  extent(record: number): Span | undefined {
    if (!(record >= 0 && record < this.#records.length)) return undefined;
    const start = this.#offset.number(record);
    return span(this.fileOf(record), start, start + this.#length.number(record));
  }

  /** First record of a file, or of the next one that has any. */
  firstOf(file: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.fileOf(middle) < file) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  name(record: number): string {
    return this.#records.text(record, "name") ?? "?";
  }

  /** Record that holds a byte, or -1. */
  at(file: number, offset: number): number {
    let low = this.firstOf(file);
    let high = this.firstOf(file + 1) - 1;
    if (low > high) return -1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#offset.number(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    const extent = this.extent(low);
    return extent !== undefined && offset >= extent.start && offset < extent.end ? low : -1;
  }

  /** Rows made from a record, wholly or in part, at most `most` of each table. */
  rowsOf(record: number, most = 64): { table: string; row: number }[] {
    const result: { table: string; row: number }[] = [];
    for (const table of this.#tables.all()) {
      if (table.length === 0 || table === this.#records) continue;
      const seen = new Set<number>();
      for (const name of SOURCES) {
        if (!table.columns.has(name)) continue;
        for (const row of this.#rowsWith(table, name, record, most)) seen.add(row);
      }
      for (const row of seen) result.push({ table: table.name, row });
    }
    return result;
  }

  #rowsWith(table: Table, name: string, record: number, most: number): number[] {
    const column = table.column(name);
    const sorted = this.#sorted(table, name, column);
    const rowAt = (index: number): number => (sorted === undefined ? index : sorted[index]!);
    let low = 0;
    let high = table.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (column.number(rowAt(middle)) < record) low = middle + 1;
      else high = middle;
    }
    const rows: number[] = [];
    for (; low < table.length && rows.length < most && column.number(rowAt(low)) === record; low++) rows.push(rowAt(low));
    return rows;
  }

  /** Undefined when the rows already stand in the order of their records. */
  #sorted(table: Table, name: string, column: Column): Uint32Array | undefined {
    const key = `${table.name}/${name}`;
    if (this.#byRecord.has(key)) return this.#byRecord.get(key);
    let ascending = true;
    for (let row = 1; row < table.length && ascending; row++) ascending = column.number(row) >= column.number(row - 1);
    let sorted: Uint32Array | undefined;
    if (!ascending) {
      sorted = new Uint32Array(table.length);
      for (let row = 0; row < table.length; row++) sorted[row] = row;
      sorted.sort((a, b) => column.number(a) - column.number(b));
    }
    this.#byRecord.set(key, sorted);
    return sorted;
  }

  /** Row of a shared object. */
  objectRow(objref: number): { table: string; row: number } | undefined {
    if (this.#objects === undefined) {
      const objects = this.#tables.get("objects");
      const map = new Map<number, { table: string; row: number }>();
      for (let row = 0; row < objects.length; row++) {
        const id = objects.number(row, "objref");
        const table = objects.text(row, "table");
        if (!map.has(id)) map.set(id, table === undefined ? { table: "objects", row } : { table, row: objects.number(row, "row") });
      }
      this.#objects = map;
    }
    return this.#objects.get(objref);
  }
}
