/** Golden results: for each sample, what the product says about it. `npx vitest run test/core/golden.test.ts -u` writes them anew. */
import { expect, test } from "vitest";
import { memorySource, openCheckpoint, type Inspector, type View } from "../../src/core/index.ts";
import { SAMPLES } from "../support/samples.ts";

const TABLES = ["tasks", "threads", "spaces", "regions", "extents", "fds", "files", "pipes", "sockets", "ipc", "namespaces", "credentials", "objects", "failures", "problems"];

/** Columns in which any row has a value: the others say nothing about the sample. */
async function filled(inspector: Inspector, table: string, view: View): Promise<readonly string[]> {
  const { columns } = (await inspector.tables()).find(({ name }) => name === table)!;
  const rows = await inspector.rows(view.id, 0, view.matching);
  return columns.filter((_, index) => rows.some(({ cells }) => cells[index]!.value !== null)).map(({ name }) => name);
}

test.each(SAMPLES)("$name", async ({ name, bytes }) => {
  const inspector = await openCheckpoint([{ name: `${name}.img`, source: memorySource(bytes) }]);
  const { groups, counts, problems, coverage, reasons, revision, revisionAlternatives, architecture, byteOrder, pageSize } = await inspector.summary();
  const shown = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  let text = `${JSON.stringify({ revision, revisionAlternatives, architecture, byteOrder, pageSize, coverage, problems, counts: shown, reasons }, null, 1)}\n`;
  for (const { title, facts } of groups) text += `\n${title}\n${facts.map(({ label, text: value }) => `  ${label}: ${value}`).join("\n")}\n`;
  for (const table of TABLES) {
    if ((counts[table] ?? 0) === 0) continue;
    const view = await inspector.query(table, {});
    text += `\n== ${table}\n`;
    await inspector.exportView(view.id, "text", await filled(inspector, table, view), (piece) => void (text += piece));
  }
  await expect(text).toMatchFileSnapshot(`../golden/${name}.txt`);
});
