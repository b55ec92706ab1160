/** `icecore table`: the rows of a table, or which tables there are. */
import type { TableInfo } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { withImage, type Image } from "../open-image.ts";
import { findTable, printRows } from "../print-rows.ts";
import type { Command, Run } from "../run.ts";
import { printableJson } from "../terminal.ts";
import { TextTable } from "../text-table.ts";

const ROW_OPTIONS = ["columns", "all-columns", "filter", "search", "sort"];

export const table: Command = async (run) => {
  const [path, name] = run.words;
  const unused = name === undefined ? ROW_OPTIONS.find((option) => run.options.has(option)) : undefined;
  if (unused !== undefined) throw new CallError(`--${unused} needs the NAME of a table: icecore table PATH NAME`);
  await withImage(path!, run, async (image) => {
    if (name === undefined) await listTables(image, run);
    else await printRows(image, await findTable(image, name), run);
  });
};

async function listTables(image: Image, { out, options }: Run): Promise<void> {
  const tables = await image.inspector.tables();
  const json = tables.map((info) => printableJson(JSON.stringify(listed(info))));
  switch (options.choice("format")) {
    case "json":
      return await out.write(`[\n${json.join(",\n")}\n]\n`);
    case "ndjson":
      return await out.write(json.map((line) => `${line}\n`).join(""));
    case "csv":
      // Names, labels and sentences of our own: only the sentences can hold a comma, and none a quote.
      return await out.write(["name,rows,group,label,doc", ...tables.map(({ name, rowCount, group, label, doc }) => `${name},${rowCount},${group},${label},"${doc}"`), ""].join("\r\n"));
    default: {
      const text = new TextTable([{ label: "name", align: "left" }, { label: "rows", align: "right" }, { label: "a row is", align: "left" }], out);
      const style = (info: TableInfo): "dim" | undefined => (info.rowCount === 0 ? "dim" : undefined);
      await text.write(tables.map((info) => [info.name, String(info.rowCount), info.doc].map((cell) => ({ text: cell, style: style(info) }))));
    }
  }
}

function listed({ name, rowCount, group, label, doc, columns }: TableInfo): object {
  return { name, rows: rowCount, group, label, doc, columns: columns.map((column) => column.name) };
}
