/** What must hold for any files at all that are opened as a set: look at everything, and check the laws. Throws on a breach. */
import { explainedBytes } from "../../src/core/formats/linux-cr/coverage.ts";
import { expectTiles, openSet, type InputFile, type OpenedSet } from "../support/criu-open.ts";
import type { Verdict } from "./examine.ts";
import { examineMemory } from "./examine-memory.ts";

/** Records whose fields are looked at: all of a real set, a sample of a huge one. */
const MOST_RECORDS = 4000;
/** Records whose fields are opened to the last: larger ones are page contents. */
const MOST_OPENED = 512 * 1024;
/** Milliseconds that opening may take, and a single question. */
const SLOW_TO_OPEN = 5000;
const SLOW_TO_ANSWER = 2000;
/** Rows of each table, at either end, whose cells are looked up; of large records only one cell. */
const LOOKED_UP = 1;
const LARGE_RECORD = 16 * 1024;
const BAD = /\bundefined\b|\bNaN\b|\[object/;

/** `open`: as which format the files are opened. */
export async function examineSet(inputs: readonly InputFile[], name?: string, open: typeof openSet = openSet): Promise<Verdict> {
  const opened = await timed("opening", SLOW_TO_OPEN, async () => await open(inputs, name));
  if (opened === undefined) return { records: 0, problems: 0 };
  const { checkpoint, inspector } = opened;
  await expectRecords(opened);
  for (const { span, message, code } of checkpoint.diagnostics.list) {
    // Messages quote the log, which may say anything.
    if (!code.startsWith("log.") && BAD.test(message)) throw new Error(`message of ${code}: ${message}`);
    if (message.length > 200_000) throw new Error(`message of ${code} has ${message.length} characters`);
    if (span === undefined) continue;
    const size = checkpoint.files[span.file]?.source.size ?? -1;
    if (!(span.start >= 0 && span.start <= span.end && span.end <= size)) throw new Error(`${code} points to ${span.start} to ${span.end} of ${size} in file ${span.file}: ${message}`);
  }
  await expectTables(opened);
  for (const [file, { source }] of checkpoint.files.entries()) {
    if (source.size === 0) continue;
    for (const offset of [0, source.size >> 1, source.size - 1]) if ((await inspector.ownerAt(file, offset)) === undefined) throw new Error(`no owner of byte ${offset} of file ${file}`);
  }
  await inspector.fieldsIn(0, 0, 4096);
  const summary = await inspector.summary();
  for (const { facts } of summary.groups) for (const { label, text } of facts) if (BAD.test(`${label} ${text}`)) throw new Error(`the summary says ${label}: ${text}`);
  await examineMemory(inspector);
  await inspector.close();
  return { records: checkpoint.tables.get("records").length, problems: checkpoint.diagnostics.list.length };
}

async function timed<T>(what: string, most: number, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await run();
  const took = performance.now() - began;
  if (took > most) throw new Error(`${what} took ${Math.round(took)} ms`);
  return result;
}

async function expectRecords({ checkpoint, inspector }: OpenedSet): Promise<void> {
  const records = checkpoint.tables.get("records");
  const positions = checkpoint.files.map(() => 0);
  const unexplained = checkpoint.files.map(() => [] as { start: number; end: number }[]);
  for (const run of checkpoint.unexplained) {
    const before = unexplained[run.file]!.at(-1);
    if (before !== undefined && before.end > run.start) throw new Error(`unexplained runs of file ${run.file} overlap at ${run.start}`);
    if (run.start >= run.end || run.end > checkpoint.files[run.file]!.source.size) throw new Error(`an unexplained run of file ${run.file} is ${run.start} to ${run.end}`);
    unexplained[run.file]!.push(run);
  }
  const listed = checkpoint.unexplained.reduce((sum, { start, end }) => sum + end - start, 0);
  const { coverage } = await inspector.summary();
  if (checkpoint.unexplained.length < 100_000 && coverage.total - coverage.explained !== listed) throw new Error(`the coverage leaves ${coverage.total - coverage.explained} bytes, the list has ${listed}`);
  const step = Math.max(1, Math.floor(records.length / MOST_RECORDS));
  for (let row = 0; row < records.length; row++) {
    const file = records.number(row, "file");
    const start = records.number(row, "offset");
    const end = start + records.number(row, "length");
    if (start !== positions[file] || end <= start) throw new Error(`record ${row} of file ${file} is ${start} to ${end}, expected from ${positions[file]}`);
    positions[file] = end;
    if (row % step !== 0) continue;
    const isOpen = end - start <= MOST_OPENED;
    const tree = await timed(`explaining record ${row}`, SLOW_TO_ANSWER, async () => await checkpoint.decoder.explain(row, () => isOpen));
    if (tree.span.file !== file || tree.span.start !== start || tree.span.end !== end) throw new Error(`record ${row} is explained as ${tree.span.start} to ${tree.span.end} of file ${tree.span.file}, is ${start} to ${end} of ${file}`);
    expectTiles(tree, `${checkpoint.files[file]!.name} record ${row} ${tree.name}`);
    if (!isOpen) continue;
    const left = unexplained[file]!.reduce((sum, run) => sum + Math.max(0, Math.min(run.end, end) - Math.max(run.start, start)), 0);
    const found = end - start - explainedBytes(tree);
    if (left !== found) throw new Error(`${checkpoint.files[file]!.name} record ${row} ${tree.name} at ${start}: fields leave ${found} of ${end - start} bytes, the coverage ${left}`);
  }
  for (const [file, { source, name }] of checkpoint.files.entries()) if (positions[file] !== source.size) throw new Error(`records of ${name} end at ${positions[file]} of ${source.size}`);
}

async function expectTables({ checkpoint, inspector }: OpenedSet): Promise<void> {
  const tables = await inspector.tables();
  const counts = new Map(tables.map(({ name, rowCount }) => [name, rowCount]));
  for (const { name, columns, rowCount, tree } of tables) {
    if (rowCount === 0) continue;
    const records = checkpoint.tables.get("records");
    const sizeOf = (row: number): number => {
      const table = checkpoint.tables.find(name)!;
      const record = table.columns.has("record") ? table.number(row, "record") : -1;
      return record < 0 ? 0 : records.number(record, "length");
    };
    const views = [await inspector.query(name, {}), await inspector.query(name, { sort: [{ column: columns[0]!.name, descending: true }] })];
    if (tree !== undefined && views[0]!.matching !== rowCount) throw new Error(`the tree of ${name} has ${views[0]!.matching} of ${rowCount} rows`);
    for (const [index, { id, matching }] of views.entries()) {
      for (const { row, cells } of [...(await inspector.rows(id, 0, 4)), ...(await inspector.rows(id, matching - 4, matching))]) {
        for (const [at, { text, title, link }] of cells.entries()) {
          const where = `${name}.${columns[at]!.name} of row ${row}`;
          if (!["preview", "message", "value"].includes(columns[at]!.name) && BAD.test(`${text} ${title ?? ""}`)) throw new Error(`${where} reads: ${text}`);
          if (link !== undefined && !(link.row >= 0 && link.row < (counts.get(link.table) ?? 0))) throw new Error(`${where} leads to row ${link.row} of ${link.table}`);
          if (index > 0 || (row >= LOOKED_UP && row < rowCount - LOOKED_UP) || (sizeOf(row) > LARGE_RECORD && at > 0)) continue;
          const origin = await timed(`locating ${where}`, SLOW_TO_ANSWER, async () => await inspector.locate(name, row, columns[at]!.name));
          if (origin === undefined) continue;
          const size = checkpoint.files[origin.span.file]?.source.size ?? -1;
          if (!(origin.span.start >= 0 && origin.span.start <= origin.span.end && origin.span.end <= size)) throw new Error(`${where} points to ${origin.span.start} to ${origin.span.end} of ${size} in file ${origin.span.file}`);
        }
      }
    }
  }
}
