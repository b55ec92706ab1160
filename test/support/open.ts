/** Open bytes the way the product does, with the checkpoint itself at hand for laws that look inside. */
import { blockCache } from "../../src/core/bytes/block-cache.ts";
import { memorySource } from "../../src/core/bytes/source.ts";
import { CheckpointInspector } from "../../src/core/checkpoint-inspector.ts";
import { openLinuxCr as openImage } from "../../src/core/formats/linux-cr/index.ts";
import type { Cell, Inspector, OpenOptions } from "../../src/core/inspector.ts";
import type { Checkpoint } from "../../src/core/model/checkpoint.ts";

export async function openLinuxCr(bytes: Uint8Array, options: OpenOptions = {}): Promise<{ checkpoint: Checkpoint; inspector: Inspector }> {
  const source = blockCache(memorySource(bytes));
  const checkpoint = await openImage([{ name: "image", source }], options, () => {});
  return { checkpoint, inspector: new CheckpointInspector(checkpoint) };
}

/** A whole table as objects of plain values. */
export async function tableRows(inspector: Inspector, name: string): Promise<Record<string, Cell["value"]>[]> {
  const info = (await inspector.tables()).find((table) => table.name === name);
  if (info === undefined) throw new Error(`no table ${name}`);
  const view = await inspector.query(name, {});
  const rows = await inspector.rows(view.id, 0, view.matching);
  return rows
    .toSorted((a, b) => a.row - b.row)
    .map((row) => Object.fromEntries(info.columns.map((column, index) => [column.name, row.cells[index]!.value])));
}
