import { span, type Span } from "../bytes/span.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { Table } from "../model/table.ts";

/** Bytes of the record that a row was made from. */
export function rowSpan(checkpoint: Checkpoint, table: Table, row: number, column = "record"): Span | undefined {
  const record = table.columns.has(column) ? table.number(row, column) : -1;
  if (record < 0) return undefined;
  const records = checkpoint.tables.get("records");
  const start = records.number(record, "offset");
  return span(Math.max(0, records.number(record, "file")), start, start + records.number(record, "length"));
}

/** Row numbers of a table in the order of a comparison. */
export function sortedRows(table: Table, compare: (a: number, b: number) => number): Uint32Array {
  const rows = new Uint32Array(table.length);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  return rows.sort(compare);
}
