/** `icecore explain`: what one byte belongs to. */
import { formatCount, formatHex, type ByteOwner, type Explanation } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { chosenFile } from "../chosen-file.ts";
import { withImage } from "../open-image.ts";
import type { Command, Run } from "../run.ts";
import { printable, printableJson } from "../terminal.ts";
import { parseBytes } from "../values.ts";
import { counted, hexRange } from "../words.ts";
import { checkOffset } from "./hex.ts";

export const explain: Command = async (run) => {
  const given = run.options.text("offset");
  if (given === undefined) throw new CallError("icecore explain needs --offset N: which byte?");
  const offset = parseBytes(given, "offset");
  await withImage(run.words[0]!, run, async (image) => {
    const file = chosenFile(image, run);
    checkOffset(offset, image.summary.files[file]!.size);
    const owner = await image.inspector.ownerAt(file, offset);
    if (owner === undefined) throw new CallError(`nothing is known about the byte at ${formatHex(offset)}`);
    const record = await image.inspector.explain(owner.record);
    if (run.options.choice("format") === "json") await run.out.write(`${printableJson(json(offset, owner, record))}\n`);
    else await printText(offset, owner, record, run, image.summary.files.length > 1 ? image.summary.files[file]!.name : undefined);
  });
};

function problemsAt(offset: number, record: Explanation | undefined): Explanation["diagnostics"] {
  return (record?.diagnostics ?? []).filter(({ span }) => span !== undefined && offset >= span.start && offset < span.end);
}

function json(offset: number, { record, recordName, recordSpan, field, breadcrumb, rows }: ByteOwner, explanation: Explanation | undefined): string {
  const answer = { offset, breadcrumb, record, recordName, recordSpan, recordDoc: explanation?.doc ?? null, field, rows, problems: problemsAt(offset, explanation) };
  // JSON has no 64-bit numbers: like the tables, as text.
  return JSON.stringify(answer, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2);
}

async function printText(offset: number, owner: ByteOwner, record: Explanation | undefined, { out }: Run, fileName: string | undefined): Promise<void> {
  const { field, recordSpan } = owner;
  const line = async (label: string, text: string): Promise<void> => await out.line(`${out.paint("dim", label.padEnd(10))}${printable(text)}`);
  await line("byte", `${formatHex(offset)} (${formatCount(offset)})`);
  if (fileName !== undefined) await line("file", fileName);
  await line("path", owner.breadcrumb.join(" > "));
  await line("record", `${owner.recordName}, ${hexRange(recordSpan)} (${counted(recordSpan.end - recordSpan.start, "byte")})`);
  if (record?.doc !== undefined) await line("", record.doc);
  await line("field", `${field.name}, ${field.type}, ${hexRange(field.span)} (${counted(field.span.end - field.span.start, "byte")})`);
  if (field.doc !== undefined) await line("", field.doc);
  await line("value", field.text);
  if (field.role !== undefined) await line("role", field.role);
  for (const { table, label } of owner.rows) await line("row", `${table}: ${label}`);
  for (const { severity, code, message } of problemsAt(offset, record)) await line(severity, `${code} ${message}`);
}
