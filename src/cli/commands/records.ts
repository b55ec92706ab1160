/** `icecore records`: the raw stream, with the fields of each record if wanted. */
import type { FieldNode, Row } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { withImage, type Image } from "../open-image.ts";
import { findTable, printRows, queryOf } from "../print-rows.ts";
import type { Command, Run } from "../run.ts";
import { printable } from "../terminal.ts";
import { hexRange } from "../words.ts";

const PAGE = 1000;

export const records: Command = async (run) => {
  const fields = run.options.has("fields");
  if (fields && run.options.choice("format") !== "text") throw new CallError("--fields prints text only; leave --format out");
  await withImage(run.words[0]!, run, async (image) => {
    const table = await findTable(image, "records");
    if (!fields) return await printRows(image, table, run);
    const view = await image.inspector.query("records", queryOf(table, run.options));
    for (let from = 0; from < view.matching; from += PAGE) {
      for (const row of await image.inspector.rows(view.id, from, from + PAGE, [])) await printRecord(image, row, run);
    }
  });
};

async function printRecord(image: Image, { row }: Row, { out }: Run): Promise<void> {
  const record = await image.inspector.explain(row);
  if (record === undefined) return;
  await out.line(out.paint("bold", `${hexRange(record.span)} ${printable(record.name)}`));
  const print = async (node: FieldNode, depth: number): Promise<void> => {
    const name = `${"  ".repeat(depth)}${node.name}`.padEnd(28);
    const more = node.more === true ? " ..." : "";
    const style = node.role === undefined ? undefined : node.role === "padding" || node.role === "frame" ? "dim" : "warning";
    await out.line(out.paint(style, printable(`${hexRange(node.span)} ${name} ${node.type.padEnd(12)} ${node.text}${more}`.trimEnd())));
    for (const child of node.children ?? []) await print(child, depth + 1);
  };
  if (record.root.children === undefined) await print(record.root, 1);
  for (const child of record.root.children ?? []) await print(child, 1);
}
