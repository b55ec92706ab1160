/** Rows of one table, filtered and sorted by the options, in any format. */
import type { ColumnInfo, Query, Row, TableInfo } from "../core/index.ts";
import type { Options } from "./arguments.ts";
import { CallError } from "./call-error.ts";
import { suggestion } from "./near-match.ts";
import type { Image } from "./open-image.ts";
import type { Run } from "./run.ts";
import { printable, printableJson } from "./terminal.ts";
import { TextTable } from "./text-table.ts";

/** Rows that are asked for at once. */
const PAGE = 1000;

export async function findTable(image: Image, name: string): Promise<TableInfo> {
  const tables = await image.inspector.tables();
  const table = tables.find((candidate) => candidate.name === name);
  if (table !== undefined) return table;
  const names = tables.map((candidate) => candidate.name);
  throw new CallError(`there is no table ${name}${suggestion(name, names, `icecore table ${image.name} lists them`)}`);
}

function checkColumn(table: TableInfo, name: string): string {
  const names = table.columns.map((column) => column.name);
  if (names.includes(name)) return name;
  throw new CallError(`the table ${table.name} has no column ${name}${suggestion(name, names, `it has ${names.join(", ")}`)}`);
}

export function queryOf(table: TableInfo, options: Options): Query {
  const filters = new Map<string, string>();
  for (const text of options.all("filter")) {
    const at = text.indexOf("=");
    if (at < 1) throw new CallError(`--filter takes COL=EXPR, such as pid=12 or pid=>5, not "${text}"`);
    const column = checkColumn(table, text.slice(0, at));
    if (filters.has(column)) throw new CallError(`the column ${column} is filtered twice`);
    filters.set(column, text.slice(at + 1));
  }
  const sort = options.all("sort").map((text) => {
    const [column = "", order = "asc", ...more] = text.split(":");
    if (more.length > 0 || (order !== "asc" && order !== "desc")) throw new CallError(`--sort takes COL, COL:asc or COL:desc, not "${text}"`);
    return { column: checkColumn(table, column), descending: order === "desc" };
  });
  return { search: options.text("search") ?? "", filters: Object.fromEntries(filters), sort };
}

/** Columns to print, by name. */
function columnsOf(table: TableInfo, options: Options): readonly ColumnInfo[] {
  const chosen = options.text("columns");
  if (chosen !== undefined) {
    const names = chosen.split(",").map((name) => checkColumn(table, name.trim()));
    return names.map((name) => table.columns.find((column) => column.name === name)!);
  }
  const whole = options.choice("format") !== "text" || options.has("all-columns");
  return whole ? table.columns : table.columns.filter((column) => column.shown);
}

export async function printRows(image: Image, table: TableInfo, run: Run): Promise<void> {
  const { out, options } = run;
  const columns = columnsOf(table, options);
  const view = await image.inspector.query(table.name, queryOf(table, options));
  const names = columns.map(({ name }) => name);
  switch (options.choice("format")) {
    case "json":
      return await image.inspector.exportView(view.id, "json", names, (piece) => out.write(printableJson(piece)));
    case "ndjson":
      return await image.inspector.exportView(view.id, "ndjson", names, (piece) => out.write(printableJson(piece)));
    case "csv":
      // In a file the characters of the image are data; a terminal would obey them.
      return await image.inspector.exportView(view.id, "csv", names, (piece) => out.write(out.isTerminal ? printableLines(piece) : piece));
    default:
      if (view.matching === 0) return await out.line(printable(table.empty ?? `None of the ${view.total} rows fits.`));
      await printText(image, view.id, view.matching, columns, run);
  }
}

function printableLines(text: string): string {
  return text.split("\r\n").map(printable).join("\r\n");
}

async function printText(image: Image, view: number, count: number, columns: readonly ColumnInfo[], { out }: Run): Promise<void> {
  const names = columns.map(({ name }) => name);
  const indented = Math.max(0, names.indexOf("name"));
  const text = new TextTable(columns.map(({ name, align }) => ({ label: name, align })), out);
  const cellsOf = ({ cells, depth = 0 }: Row): readonly { text: string; style: "error" | "warning" | "note" | undefined }[] =>
    cells.map((cell, index) => ({ text: index === indented && cell.text !== "" ? `${"  ".repeat(depth)}${cell.text}` : cell.text, style: cell.tone }));
  for (let from = 0; from < count; from += PAGE) {
    const rows = await image.inspector.rows(view, from, from + PAGE, names);
    await text.write(rows.map(cellsOf));
  }
}
