/** Bytes that a row stands for, as its own columns say: a ghost file, what waits in a pipe, a message, a run of pages, a file. */
import type { Cell, Inspector, Row, Span, TableInfo } from "../../core/index.ts";
import { IMAGE_TABLE } from "../state/view.ts";
import { baseName } from "./words.ts";

/** Columns that are drawn as the way to these bytes. */
const LEADING_COLUMNS: ReadonlySet<string> = new Set(["offset", "preview", "image"]);

function cellOf(info: TableInfo, row: Row, name: string): Cell | undefined {
  return row.cells[info.columns.findIndex((column) => column.name === name)];
}

/** True when the row says where its bytes begin and how many they are. */
export function hasContents(info: TableInfo, row: Row): boolean {
  if (info.name === IMAGE_TABLE) return true;
  const isStretch = info.columns.some(({ name }) => name === "bytes" || name === "pages");
  return isStretch && typeof cellOf(info, row, "offset")?.value === "number";
}

export function leadsToContents(info: TableInfo, row: Row, column: string): boolean {
  if (info.name === IMAGE_TABLE) return column === "path";
  return LEADING_COLUMNS.has(column) && hasContents(info, row);
}

/** Where they are; undefined when there are none, or when they are not in one piece. */
export async function contentsOf(inspector: Inspector, info: TableInfo, row: Row, fileSizes: readonly number[]): Promise<Span | undefined> {
  if (info.name === IMAGE_TABLE) return { file: row.row, start: 0, end: fileSizes[row.row] ?? 0 };
  if (!hasContents(info, row)) return undefined;
  const origin = await inspector.locate(info.name, row.row, "offset");
  // Where the row's bytes cannot be told, its whole record is what the core answers with.
  return origin?.span.start === cellOf(info, row, "offset")?.value ? origin?.span : undefined;
}

/** A name for the saved file: that of the file whose contents they are, else of the table and the row. */
export function contentsName(info: TableInfo, row: Row): string {
  const path = cellOf(info, row, "path")?.text ?? "";
  const name = baseName(path.replace(/\/+$/, ""));
  return name === "" ? `${info.name}-${row.row + 1}.bin` : name;
}
