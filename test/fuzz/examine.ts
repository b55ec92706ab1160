/** What must hold for any bytes at all: open them, look at everything, and check the laws. Throws on a breach. */
import { examineMemory } from "./examine-memory.ts";
import type { FieldNode } from "../../src/core/inspector.ts";
import { explainedBytes } from "../../src/core/formats/linux-cr/coverage.ts";
import { openLinuxCr } from "../support/open.ts";

function tiles(node: FieldNode): void {
  let position = node.span.start;
  if (node.children === undefined || node.children.length === 0) return;
  for (const child of node.children) {
    if (child.span.start !== position) throw new Error(`gap before ${child.path} at ${position}`);
    position = child.span.end;
    tiles(child);
  }
  if (position !== node.span.end) throw new Error(`${node.path} is not tiled: ${position} of ${node.span.end}`);
}

export interface Verdict {
  readonly records: number;
  readonly problems: number;
}

export async function examine(bytes: Uint8Array): Promise<Verdict> {
  const { checkpoint, inspector } = await openLinuxCr(bytes);
  const summary = await inspector.summary();
  const records = checkpoint.tables.get("records");
  let position = 0;
  let explained = 0;
  for (let row = 0; row < records.length; row++) {
    const start = records.number(row, "offset");
    if (start !== position) throw new Error(`record ${row} begins at ${start}, expected ${position}`);
    position = start + records.number(row, "length");
    const tree = await checkpoint.decoder.explain(row, () => true);
    tiles(tree);
    if (tree.span.start !== start || tree.span.end !== position) throw new Error(`record ${row} is explained from ${tree.span.start} to ${tree.span.end}`);
    const part = explainedBytes(tree);
    explained += part;
    const left = checkpoint.unexplained.reduce((sum, run) => sum + Math.max(0, Math.min(run.end, position) - Math.max(run.start, start)), 0);
    if (left !== position - start - part) {
      throw new Error(`record ${row} ${tree.name} at ${start}, ${position - start} bytes: fields leave ${position - start - part} unexplained, the coverage ${left}`);
    }
  }
  if (position !== bytes.length) throw new Error(`records end at ${position} of ${bytes.length}`);
  if (explained !== summary.coverage.explained) throw new Error(`fields explain ${explained} bytes, the coverage says ${summary.coverage.explained}`);
  for (const { span, message, code } of checkpoint.diagnostics.list) {
    if (/undefined|NaN|\[object/.test(message)) throw new Error(`message of ${code}: ${message}`);
    if (span !== undefined && !(span.start >= 0 && span.start <= span.end && span.end <= bytes.length)) throw new Error(`${code} points outside: ${span.start} to ${span.end} of ${bytes.length}`);
  }
  for (const info of await inspector.tables()) {
    if (info.rowCount === 0) continue;
    const view = await inspector.query(info.name, {});
    const rows = await inspector.rows(view.id, Math.max(0, view.matching - 5), view.matching);
    for (const { row, cells } of rows) {
      for (const [index, { text }] of cells.entries()) {
        if (/undefined|\bNaN\b|\[object/.test(text)) throw new Error(`${info.name}.${info.columns[index]!.name} of row ${row} reads: ${text}`);
      }
      for (const column of info.columns) {
        const origin = await inspector.locate(info.name, row, column.name);
        if (origin !== undefined && !(origin.span.start >= 0 && origin.span.end <= bytes.length)) throw new Error(`${info.name}.${column.name} points outside`);
      }
    }
  }
  for (let offset = 0; offset < bytes.length; offset += Math.max(1, Math.floor(bytes.length / 7))) {
    if ((await inspector.ownerAt(0, offset)) === undefined) throw new Error(`no owner of byte ${offset}`);
  }
  await inspector.fieldsIn(0, 0, Math.min(bytes.length, 4096));
  await examineMemory(inspector);
  return { records: records.length, problems: checkpoint.diagnostics.list.length };
}
