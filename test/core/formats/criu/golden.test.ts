/** Golden results: for each set, what the product says about it. `npx vitest run test/core/formats/criu/golden.test.ts -u` writes them anew. */
import { expect, test } from "vitest";
import type { Inspector } from "../../../../src/core/inspector.ts";
import { openSample } from "../../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../../support/criu-samples.ts";

/** Tables with the columns that say nothing new left out: ways to records and rows, and what other tables show. */
const LEFT_OUT = new Set(["records", "log", "statistics", "registers", "limits", "auxv", "settings", "signal_actions", "members", "parts"]);
/** Rows of tables that grow with the program rather than with what it does. */
const MOST: Readonly<Record<string, number>> = { regions: 40, extents: 40, fds: 50, files: 50, images: 50, threads: 40, mounts: 40, memory_objects: 40, cgroup_dirs: 20, cgroup_properties: 20, process_spec: 15, spec_mounts: 10, container_facts: 60, annotations: 20 };
const MOST_ROWS = 30;
const HIDDEN = /_record$|^record$|^index$|_bits$|^page_size$|^base$|^preview$|^modified$/;
/** Longest text that is kept of a cell's column. */
const MOST_WIDTH = 60;

async function section(inspector: Inspector, name: string, rowCount: number): Promise<string> {
  const { columns } = (await inspector.tables()).find((table) => table.name === name)!;
  const view = await inspector.query(name, {});
  const rows = await inspector.rows(view.id, 0, MOST[name] ?? MOST_ROWS);
  const filled = columns.flatMap((column, index) => (!HIDDEN.test(column.name) && rows.some(({ cells }) => cells[index]!.value !== null) ? [{ column, index }] : []));
  // Ends of lines keep no spaces, long texts are cut: the numbers before them are what matters.
  const lines = rows.map(({ cells, depth }) => `${"  ".repeat(depth ?? 0)}${filled.map(({ index }) => cut(cells[index]!.text)).join(" | ")}`.trimEnd());
  const more = rowCount > rows.length ? [`... ${rowCount - rows.length} more`] : [];
  return [`== ${name}: ${filled.map(({ column }) => column.name).join(" | ")}`, ...lines, ...more, ""].join("\n");
}

function cut(text: string): string {
  return text === "" ? "-" : text.length > MOST_WIDTH ? `${text.slice(0, MOST_WIDTH)}...` : text;
}

test.each(CRIU_SAMPLES)("$name", async ({ name }) => {
  const { inspector } = await openSample(name);
  const { groups, counts, problems, coverage, reasons, formatName, revision, architecture, byteOrder, pageSize, choices } = await inspector.summary();
  const shown = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  let text = `${JSON.stringify({ formatName, revision, architecture, byteOrder, pageSize, coverage, problems, counts: shown, choices, reasons }, null, 1)}\n`;
  for (const { title, facts } of groups) text += `\n${title}\n${facts.map(({ label, text: value }) => `  ${label}: ${value}`).join("\n")}\n`;
  for (const { name: table, rowCount } of await inspector.tables()) if (rowCount > 0 && !LEFT_OUT.has(table)) text += `\n${await section(inspector, table, rowCount)}`;
  expect(text.length).toBeLessThan(60_000);
  await expect(text).toMatchFileSnapshot(`../../../golden/criu/${name}.txt`);
});
