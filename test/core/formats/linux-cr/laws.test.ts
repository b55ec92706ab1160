/** The two laws: spans tile, and scan agrees with explain. On every sample, sound and damaged. */
import { describe, expect, test } from "vitest";
import type { FieldNode } from "../../../../src/core/inspector.ts";
import type { Checkpoint } from "../../../../src/core/model/checkpoint.ts";
import { explainedBytes } from "../../../../src/core/formats/linux-cr/coverage.ts";
import { openLinuxCr } from "../../../support/open.ts";
import { SAMPLES } from "../../../support/samples.ts";

function expectTiles(node: FieldNode, path: string): void {
  const { children } = node;
  if (children === undefined || children.length === 0) return;
  let position = node.span.start;
  for (const child of children) {
    if (child.span.start !== position) throw new Error(`${path}/${child.name} begins at ${child.span.start}, expected ${position}`);
    position = child.span.end;
    expectTiles(child, `${path}/${child.name}`);
  }
  if (position !== node.span.end) throw new Error(`the children of ${path} end at ${position}, the node at ${node.span.end}`);
}

/** Equal, or the same 32 bits: a column shows exit_signal as -1 where the format has an unsigned field. */
function same32(shown: number, value: number | bigint): boolean {
  return shown === Number(value) || (shown === Number(BigInt.asIntN(32, BigInt(value))) && Number(value) < 2 ** 32);
}

function extents(checkpoint: Checkpoint): { start: number; end: number }[] {
  const records = checkpoint.tables.get("records");
  return Array.from({ length: records.length }, (_, row) => {
    const start = records.number(row, "offset");
    return { start, end: start + records.number(row, "length") };
  });
}

describe.each(SAMPLES)("$name", ({ bytes }) => {
  test("records tile the image", async () => {
    const { checkpoint } = await openLinuxCr(bytes);
    let position = 0;
    for (const { start, end } of extents(checkpoint)) {
      expect(start).toBe(position);
      position = end;
    }
    expect(position).toBe(bytes.length);
  });

  test("fields tile records, and the coverage figure counts just what they explain", async () => {
    const { checkpoint } = await openLinuxCr(bytes);
    let explained = 0;
    for (const [row, { start, end }] of extents(checkpoint).entries()) {
      const tree = await checkpoint.decoder.explain(row, () => true);
      expect([tree.span.start, tree.span.end]).toEqual([start, end]);
      expectTiles(tree, `record ${row} ${tree.name}`);
      explained += explainedBytes(tree);
    }
    expect(explained).toBe(checkpoint.coverage.explained);
    const listed = checkpoint.unexplained.reduce((sum, run) => sum + run.end - run.start, 0);
    expect(explained + listed).toBe(bytes.length);
  });

  test("every cell that names a field shows the value that the field has", async () => {
    const { inspector } = await openLinuxCr(bytes);
    let compared = 0;
    for (const info of await inspector.tables()) {
      if (info.rowCount === 0 || info.name === "records" || info.name === "problems") continue;
      const view = await inspector.query(info.name, {});
      // Tables with thousands of rows hold the same few kinds: a sample of each is enough.
      const rows = await inspector.rows(view.id, 0, 60);
      for (const { row, cells } of rows) {
        for (const [index, column] of info.columns.entries()) {
          const cell = cells[index]!;
          const origin = await inspector.locate(info.name, row, column.name);
          if (origin === undefined) continue;
          expect(origin.span.start).toBeGreaterThanOrEqual(0);
          expect(origin.span.end).toBeLessThanOrEqual(bytes.length);
          if (origin.path === undefined || origin.derived !== undefined || column.ref !== undefined || cell.value === null) continue;
          const owner = await inspector.ownerAt(0, origin.span.start);
          const value = owner?.field.path === origin.path ? owner.field.value : undefined;
          if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "string") continue;
          const shown = cell.value;
          if (typeof shown === "boolean") expect(shown).toBe(value !== 0);
          else if (typeof value === "string") {
            if (column.name === "path" || column.name === "name" || column.name === "label") expect(shown).toBe(value);
          } else if (typeof shown === "number") expect(same32(shown, value)).toBe(true);
          else if (typeof shown === "string" && /^0x[0-9a-f]+$/.test(shown)) expect(BigInt(shown)).toBe(BigInt.asUintN(64, BigInt(value)));
          else continue;
          compared++;
        }
      }
    }
    if (bytes.length > 4096) expect(compared).toBeGreaterThan(50);
  });

  test("every byte leads to a field, and back to the record that holds it", async () => {
    const { inspector } = await openLinuxCr(bytes);
    for (let offset = 0; offset < bytes.length; offset += 977) {
      const owner = (await inspector.ownerAt(0, offset))!;
      expect(owner.field.span.start).toBeLessThanOrEqual(offset);
      expect(owner.field.span.end).toBeGreaterThan(offset);
      expect(owner.field.children).toBeUndefined();
      expect(owner.recordSpan.start).toBeLessThanOrEqual(owner.field.span.start);
    }
  });

  test("every problem lies inside the image", async () => {
    const { checkpoint } = await openLinuxCr(bytes);
    for (const { span, message } of checkpoint.diagnostics.list) {
      expect(message).not.toContain("undefined");
      expect(message).not.toContain("NaN");
      if (span === undefined) continue;
      expect(span.start).toBeGreaterThanOrEqual(0);
      expect(span.end).toBeLessThanOrEqual(bytes.length);
      expect(span.start).toBeLessThanOrEqual(span.end);
    }
  });
});
