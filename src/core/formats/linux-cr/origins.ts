/** From a cell to the field that it shows. */
import type { Span } from "../../bytes/span.ts";
import type { CellOrigin } from "../../model/checkpoint.ts";
import { MAPPINGS, ORIGINS } from "./mapping.ts";
import { presentPath, type Reader } from "./reader.ts";
import { ordinal } from "./revisions.ts";

const PID_COLUMNS = ["pid", "ppid", "tgid", "pgid", "sid"];

/** Record column and field path behind a stored column; the path is empty where the value is worked out. */
export function cellOrigin(reader: Reader, table: string, column: string): CellOrigin | undefined {
  const source = reader.tables.find(table);
  if (source === undefined) return undefined;
  const special = ORIGINS[table]?.[column];
  if (special !== undefined) {
    const { record, path } = special;
    // From v23-rc2 on the pid array holds tags of pid objects.
    const tagged = reader.dialect.index >= ordinal("v23-rc2-pre") && PID_COLUMNS.includes(column) && (table === "tasks" || table === "pids");
    const derived = tagged ? "outermost number of the pid object with this tag" : special.derived;
    const number = (name: string) => (row: number) => source.number(row, name);
    return {
      recordColumn: record,
      path: typeof path === "string" ? path : (row) => path(row, (name) => number(name)(row), (name) => source.text(row, name) ?? ""),
      ...(derived === undefined ? {} : { derived }),
    };
  }
  return {
    recordColumn: "record",
    path: (row) => {
      const record = source.columns.has("record") ? source.number(row, "record") : -1;
      if (record < 0) return "";
      const kind = reader.kindOf(record);
      const path = MAPPINGS[kind.key]?.columns[column];
      return path === undefined ? "" : presentPath(kind, reader.dialect, path);
    },
  };
}

/** Bytes of the field behind a cell, or of its record; undefined when the row has none. */
export function cellSpan(reader: Reader, table: string, row: number, column: string): Span | undefined {
  const source = reader.tables.find(table);
  const origin = cellOrigin(reader, table, column);
  const record = source === undefined || origin === undefined || !source.columns.has(origin.recordColumn) ? -1 : source.number(row, origin.recordColumn);
  if (record < 0 || origin === undefined) return undefined;
  const records = reader.table("records");
  const start = records.number(record, "offset");
  const path = typeof origin.path === "string" ? origin.path : origin.path(row);
  return reader.fieldSpan(reader.kindOf(record), path, start, start + records.number(record, "length"));
}
