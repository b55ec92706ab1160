/** The two laws on every real set: spans tile, and what tables show is what the field trees show. */
import { describe, expect, test } from "vitest";
import { explainedBytes } from "../../../../src/core/formats/linux-cr/coverage.ts";
import type { CellValue, ColumnInfo, FieldNode } from "../../../../src/core/inspector.ts";
import type { Checkpoint } from "../../../../src/core/model/checkpoint.ts";
import { expectTiles, openSample, type OpenedSet } from "../../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../../support/criu-samples.ts";

/** Page contents beyond this are not opened page by page: the pages of 15-python3 have 150 MB. */
const MOST_OPENED = 4 * 1024 * 1024;
/** Rows of each table whose cells are looked up in the bytes: the first, the last and some between. */
const LOOKED_UP = 16;

function extentOf(checkpoint: Checkpoint, record: number): { file: number; start: number; end: number } {
  const records = checkpoint.tables.get("records");
  const start = records.number(record, "offset");
  return { file: records.number(record, "file"), start, end: start + records.number(record, "length") };
}

/** Field trees by record, everything opened, with their nodes by path. */
class Trees {
  readonly #checkpoint: Checkpoint;
  readonly #known = new Map<number, { tree: FieldNode; nodes: Map<string, FieldNode> }>();

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
  }

  async of(record: number): Promise<{ tree: FieldNode; nodes: Map<string, FieldNode> }> {
    let known = this.#known.get(record);
    if (known === undefined) {
      const { start, end } = extentOf(this.#checkpoint, record);
      const tree = await this.#checkpoint.decoder.explain(record, () => end - start <= MOST_OPENED);
      const nodes = new Map<string, FieldNode>();
      collect(tree, nodes);
      known = { tree, nodes };
      this.#known.set(record, known);
    }
    return known;
  }
}

function collect(node: FieldNode, nodes: Map<string, FieldNode>): void {
  if (nodes.has(node.path)) throw new Error(`two fields have the path ${node.path}`);
  nodes.set(node.path, node);
  for (const child of node.children ?? []) collect(child, nodes);
}

/** What is wrong about columns: each once. */
class Wrong {
  readonly list: string[] = [];
  readonly #seen = new Set<string>();

  add(column: string, row: number, what: string): void {
    if (this.#seen.has(column)) return;
    this.#seen.add(column);
    this.list.push(`${column} of row ${row} ${what}`);
  }
}

/** `undefined` where the two cannot be compared: a text beside a number with a name. */
function agrees(shown: CellValue, value: CellValue, text: string, column: ColumnInfo): boolean | undefined {
  if (shown === null || value === null) return undefined;
  if (typeof shown === "boolean") return shown === (value === true || (typeof value !== "boolean" && typeof value !== "string" && Number(value) !== 0));
  if (typeof value === "string") return typeof shown === "string" ? shown === value : undefined;
  if (typeof value === "boolean") return undefined;
  if (typeof shown === "string") {
    if (/^0[0-7]+$/.test(shown)) return Number.parseInt(shown, 8) === Number(value);
    if (/^0x[0-9a-f]+$/.test(shown)) return BigInt.asUintN(64, BigInt(shown)) === BigInt.asUintN(64, BigInt(value));
    return shown === String(value) || shown === text || column.mono === false ? undefined : shown === String(value);
  }
  if (typeof shown === "bigint" || typeof value === "bigint") return BigInt.asUintN(64, BigInt(shown)) === BigInt.asUintN(64, BigInt(value));
  return shown === value || shown === (value | 0);
}

describe.each(CRIU_SAMPLES)("$name", ({ name }) => {
  let opened: Promise<{ set: OpenedSet; trees: Trees }> | undefined;
  const open = async () => await (opened ??= openSample(name).then((set) => ({ set, trees: new Trees(set.checkpoint) })));

  test("records tile every file", async () => {
    const { set: { checkpoint } } = await open();
    const positions = checkpoint.files.map(() => 0);
    let file = 0;
    for (let record = 0; record < checkpoint.tables.get("records").length; record++) {
      const extent = extentOf(checkpoint, record);
      expect(extent.file).toBeGreaterThanOrEqual(file);
      file = extent.file;
      expect(extent.start).toBe(positions[file]);
      expect(extent.end).toBeGreaterThan(extent.start);
      positions[file] = extent.end;
    }
    expect(positions).toEqual(checkpoint.files.map(({ source }) => source.size));
  });

  test("fields tile records, and the coverage counts just what they explain", async () => {
    const { set: { checkpoint }, trees } = await open();
    let explained = 0;
    for (let record = 0; record < checkpoint.tables.get("records").length; record++) {
      const { tree } = await trees.of(record);
      expect(tree.span).toEqual(extentOf(checkpoint, record));
      expectTiles(tree);
      explained += explainedBytes(tree);
    }
    expect(explained).toBe(checkpoint.coverage.explained);
  });

  test("no cell shows what a program means, and every reference leads to a row", async () => {
    const { set: { inspector } } = await open();
    const tables = await inspector.tables();
    const counts = new Map(tables.map((table) => [table.name, table.rowCount]));
    for (const { name: table, columns } of tables) {
      const view = await inspector.query(table, {});
      for (let from = 0; from < view.matching; from += 5000) {
        for (const { row, cells } of await inspector.rows(view.id, from, from + 5000)) {
          for (const [index, { text, title, link, value }] of cells.entries()) {
            const where = `${table}.${columns[index]!.name} of row ${row}`;
            // Contents of tasks and logs may say anything.
            if (!["preview", "message"].includes(columns[index]!.name) && /\bundefined\b|\bNaN\b|\[object/.test(`${text} ${title ?? ""}`)) throw new Error(`${where} reads ${text}`);
            if (columns[index]!.ref !== undefined && value !== null && link === undefined) throw new Error(`${where} names a row and does not lead there`);
            if (link !== undefined && !(link.row >= 0 && link.row < counts.get(link.table)!)) throw new Error(`${where} leads to row ${link.row} of ${link.table}`);
          }
        }
      }
    }
  });

  test("every cell leads to bytes, and those that name a field show what stands there", async () => {
    const { set: { checkpoint, inspector }, trees } = await open();
    const wrong = new Wrong();
    let compared = 0;
    for (const { name: table, columns, rowCount } of await inspector.tables()) {
      if (table === "records" || table === "problems" || rowCount === 0) continue;
      const step = Math.max(1, Math.floor(rowCount / LOOKED_UP));
      for (let row = 0; row < rowCount; row += step) {
        const { cells } = (await inspector.row(table, row))!;
        for (const [index, column] of columns.entries()) {
          const where = `${table}.${column.name}`;
          const origin = await inspector.locate(table, row, column.name);
          if (origin === undefined) {
            if (table !== "images" && table !== "parts") wrong.add(where, row, "leads nowhere");
            continue;
          }
          const { size } = checkpoint.files[origin.span.file]!.source;
          if (!(origin.span.start >= 0 && origin.span.start <= origin.span.end && origin.span.end <= size)) wrong.add(where, row, `leads to ${origin.span.start} to ${origin.span.end} of ${size}`);
          if (origin.path === undefined) continue;
          const node = (await trees.of(origin.record)).nodes.get(origin.path);
          if (node === undefined) {
            wrong.add(where, row, `names the field ${origin.path}, which record ${origin.record} has not`);
            continue;
          }
          if (node.span.start !== origin.span.start || node.span.end !== origin.span.end) wrong.add(where, row, `the span is not that of ${origin.path}`);
          if (origin.derived !== undefined || column.ref !== undefined) continue;
          const verdict = agrees(cells[index]!.value, node.value, node.text, column);
          if (verdict === undefined) continue;
          if (!verdict) wrong.add(where, row, `shows ${cells[index]!.value}, the field ${origin.path} ${node.value}`);
          compared++;
        }
      }
    }
    expect(wrong.list).toEqual([]);
    expect(compared).toBeGreaterThan(120);
  });

  test("a declared field is found wherever its message has it", async () => {
    const { set: { checkpoint }, trees } = await open();
    const wrong = new Wrong();
    for (const table of checkpoint.tables.all()) {
      for (const column of table.columns.keys()) {
        const origin = checkpoint.decoder.origin(table.name, column);
        if (origin === undefined || table.name === "records" || !table.columns.has(origin.recordColumn)) continue;
        const step = Math.max(1, Math.floor(table.length / LOOKED_UP));
        for (let row = 0; row < table.length; row += step) {
          const record = table.number(row, origin.recordColumn);
          const path = typeof origin.path === "string" ? origin.path : origin.path(row);
          const value = table.column(column).value(row);
          // A column without a value names a field that may be absent; in a big file fields stay folded.
          if (record < 0 || path === "" || value === null || value === 0 || value === 0n) continue;
          const { nodes } = await trees.of(record);
          if (!nodes.has(path)) wrong.add(`${table.name}.${column}`, row, `says ${value} and names ${path}, which is not in the record`);
        }
      }
    }
    expect(wrong.list).toEqual([]);
  });

  test("links go there and back", async () => {
    const { set: { checkpoint } } = await open();
    const { tables } = checkpoint;
    const tasks = tables.get("tasks");
    for (let task = 0; task < tasks.length; task++) {
      const space = tasks.number(task, "space");
      const thread = tasks.number(task, "thread");
      const descriptors = tasks.number(task, "descriptor_table");
      if (space >= 0) expect(tables.get("spaces").number(space, "task")).toBe(task);
      if (thread >= 0) expect(tables.get("threads").number(thread, "task")).toBe(task);
      if (descriptors >= 0) expect(tables.get("fd_tables").number(descriptors, "task")).toBeLessThanOrEqual(task);
      const parent = tasks.number(task, "parent");
      if (parent >= 0) expect(tasks.number(parent, "pid")).toBe(tasks.number(task, "ppid"));
    }
    const files = tables.get("files");
    for (const [column, kind] of [["socket", "sockets"], ["pipe", "pipes"], ["terminal", "terminals"], ["remap", "remaps"]] as const) {
      const seen = new Set<number>();
      for (let file = 0; file < files.length; file++) if (files.number(file, column) >= 0) seen.add(files.number(file, column));
      if (kind === "sockets" || kind === "pipes" || kind === "remaps") expect(seen.size).toBe(tables.get(kind).length);
    }
    const sockets = tables.get("sockets");
    for (let socket = 0; socket < sockets.length; socket++) {
      const peer = sockets.number(socket, "peer");
      if (peer >= 0 && sockets.number(peer, "peer") >= 0) expect(sockets.number(peer, "peer")).toBe(socket);
    }
    const remaps = tables.get("remaps");
    for (let remap = 0; remap < remaps.length; remap++) expect(files.number(remaps.number(remap, "file"), "remap")).toBe(remap);
    const extents = tables.get("extents");
    for (let extent = 0; extent < extents.length; extent++) {
      const region = extents.number(extent, "region");
      if (region < 0) continue;
      const regions = tables.get("regions");
      expect(regions.number(region, "space")).toBe(extents.number(extent, "space"));
      const start = extents.big(extent, "start");
      expect(start >= regions.big(region, "start") && start < regions.big(region, "end")).toBe(true);
    }
  });

  test("every byte leads to a field, and back to the record that holds it", async () => {
    const { set: { checkpoint, inspector } } = await open();
    for (const [file, { source }] of checkpoint.files.entries()) {
      for (let offset = 0; offset < source.size; offset += Math.max(1, Math.ceil(source.size / 7))) {
        const owner = (await inspector.ownerAt(file, offset))!;
        expect(owner.field.span.start).toBeLessThanOrEqual(offset);
        expect(owner.field.span.end).toBeGreaterThan(offset);
        expect(owner.recordSpan.file).toBe(file);
        expect(owner.field.role === "unknown" || owner.field.role === "truncated").toBe(false);
      }
    }
  });
});
