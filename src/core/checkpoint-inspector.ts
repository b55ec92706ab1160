/** The Inspector over a checkpoint in memory: what runs behind the page's worker and in the command line. */
import { span, type Span } from "./bytes/span.ts";
import { writeRows } from "./export/rows.ts";
import type {
  ByteOwner, CheckpointChoice, Explanation, ExportFormat, FieldExtent, FieldNode, Inspector, Origin, Place, Query, RecordExtent, Row, Summary, TableInfo, View,
} from "./inspector.ts";
import { onTheWayTo } from "./schema/open-paths.ts";
import { CheckpointMemory } from "./checkpoint-memory.ts";
import type { MemoryInspector } from "./memory-inspector.ts";
import type { Checkpoint } from "./model/checkpoint.ts";
import type { Diagnostic, ProblemInfo, Severity } from "./model/diagnostic.ts";
import { problemCatalogue } from "./model/problem-codes.ts";
import type { Table } from "./model/table.ts";
import { CellMaker, ColumnReader, tableInfo } from "./view/cells.ts";
import { resolvePlace } from "./view/place.ts";
import { runQuery, type RowList } from "./view/query.ts";
import { rowsOfByte, type MadeRow } from "./view/byte-owners.ts";
import { RecordIndex } from "./view/record-index.ts";

/** Views that stay valid; see `View.id`. */
const MOST_VIEWS = 8;
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_EXTENTS = 4096;
const MOST_WORST = 8;
const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

export class CheckpointInspector implements Inspector {
  readonly #checkpoint: Checkpoint;
  readonly #cells: CellMaker;
  readonly #records: RecordIndex;
  readonly #views = new Map<number, RowList>();
  readonly #columns = new Map<string, ColumnReader>();
  readonly #problems: readonly Diagnostic[];
  readonly #severities = new Map<string, Severity>();
  #nextView = 1;
  readonly memory: MemoryInspector;

  readonly #onClose: () => Promise<void>;

  /** `onClose` releases what the bytes of the checkpoint stand on. */
  constructor(checkpoint: Checkpoint, onClose: () => Promise<void> = async () => {}) {
    this.#checkpoint = checkpoint;
    this.#onClose = onClose;
    const { architecture } = checkpoint.identity;
    const wide = architecture === undefined || architecture.endsWith("64") || architecture === "s390x";
    this.#cells = new CellMaker(checkpoint.tables, wide);
    this.#records = new RecordIndex(checkpoint.tables);
    this.memory = new CheckpointMemory(checkpoint, this.#cells);
    checkpoint.diagnostics.finish();
    this.#problems = checkpoint.diagnostics.list.toSorted(
      (a, b) => RANK[a.severity] - RANK[b.severity] || (a.span?.file ?? 0) - (b.span?.file ?? 0) || (a.span?.start ?? 0) - (b.span?.start ?? 0),
    );
    this.#fillImages();
    this.#fillProblems();
  }

  /** Formats of many files make these rows themselves. */
  #fillImages(): void {
    const { tables, files, identity, coverage } = this.#checkpoint;
    const images = tables.get("images");
    if (images.length > 0) return;
    for (const [index, { name, source }] of files.entries()) {
      const row = images.add();
      images.set(row, "path", name);
      images.set(row, "kind", identity.format);
      images.set(row, "size", source.size);
      if (index > 0) continue;
      images.set(row, "records", tables.get("records").length);
      images.set(row, "unexplained", coverage.total - coverage.explained);
    }
  }

  #fillProblems(): void {
    const table = this.#checkpoint.tables.get("problems");
    for (const problem of this.#problems) {
      const row = table.add();
      table.set(row, "severity", problem.severity);
      table.set(row, "code", problem.code);
      table.set(row, "message", problem.message);
      table.set(row, "file", this.#checkpoint.files[problem.span?.file ?? 0]?.name ?? "");
      table.set(row, "start", problem.span?.start);
      table.set(row, "end", problem.span?.end);
      table.set(row, "table", problem.row?.table);
      table.set(row, "row", problem.row?.row);
      if (problem.row !== undefined) {
        const key = `${problem.row.table}/${problem.row.row}`;
        const known = this.#severities.get(key);
        if (known === undefined || RANK[problem.severity] < RANK[known]) this.#severities.set(key, problem.severity);
      }
    }
  }

  async summary(): Promise<Summary> {
    const { identity, files, facts, coverage, tables } = this.#checkpoint;
    const counts: Record<string, number> = {};
    for (const table of tables.all()) counts[table.name] = table.length;
    const problems: Record<Severity, number> = { error: 0, warning: 0, note: 0 };
    for (const { severity } of this.#problems) problems[severity]++;
    return {
      ...identity,
      files: files.map(({ name, source }) => ({ name, size: source.size })),
      choices: this.#choices(),
      groups: facts,
      counts,
      problems,
      worst: this.#problems.slice(0, MOST_WORST),
      coverage,
    };
  }

  #choices(): CheckpointChoice[] {
    const table = this.#checkpoint.tables.get("checkpoints");
    return Array.from({ length: table.length }, (_, row) => ({
      name: table.text(row, "name") ?? "",
      detail: table.text(row, "detail") ?? "",
      shown: table.number(row, "shown") === 1,
      isPart: table.number(row, "part") === 1,
      files: table.number(row, "files"),
      size: table.number(row, "size"),
    }));
  }

  async tables(): Promise<readonly TableInfo[]> {
    const { tables, empty } = this.#checkpoint;
    return [...tables.all()].map((table) => tableInfo(tables, table, empty?.get(table.name)));
  }

  async query(name: string, query: Query, signal?: AbortSignal): Promise<View> {
    const table = this.#checkpoint.tables.find(name);
    if (table === undefined) throw new RangeError(`There is no table ${name}.`);
    const list = await runQuery(this.#checkpoint.tables, table, query, this.#cells, signal);
    const id = this.#nextView++;
    this.#views.set(id, list);
    if (this.#views.size > MOST_VIEWS) {
      for (const oldest of this.#views.keys()) {
        this.#views.delete(oldest);
        break;
      }
    }
    return { id, total: table.length, matching: list.length };
  }

  #column(table: Table, name: string): ColumnReader {
    const key = `${table.name}/${name}`;
    let column = this.#columns.get(key);
    if (column === undefined) {
      column = new ColumnReader(this.#checkpoint.tables, table, name);
      this.#columns.set(key, column);
    }
    return column;
  }

  #readers(table: Table, columns: readonly string[] | undefined): ColumnReader[] {
    const names = columns?.filter((name) => table.def.columns[name] !== undefined) ?? Object.keys(table.def.columns);
    return names.map((name) => this.#column(table, name));
  }

  #view(id: number): RowList {
    const list = this.#views.get(id);
    if (list === undefined) throw new RangeError("This view is no longer valid: query the table again.");
    return list;
  }

  #row(table: Table, row: number, readers: readonly ColumnReader[], depth?: number): Row {
    const severity = this.#severities.get(`${table.name}/${row}`);
    return {
      row,
      cells: readers.map((column) => this.#cells.cell(column, row)),
      ...(severity === undefined ? {} : { severity }),
      ...(depth === undefined ? {} : { depth }),
    };
  }

  async rows(view: number, from: number, to: number, columns?: readonly string[]): Promise<readonly Row[]> {
    const { table, rows, length, depths } = this.#view(view);
    const readers = this.#readers(table, columns);
    const result: Row[] = [];
    const end = Math.min(to, length);
    for (let index = Math.max(0, from); index < end; index++) {
      const row = rows === undefined ? index : rows[index]!;
      result.push(this.#row(table, row, readers, depths?.[row]));
    }
    return result;
  }

  async row(name: string, row: number): Promise<Row | undefined> {
    const table = this.#checkpoint.tables.find(name);
    if (table === undefined || !(row >= 0 && row < table.length)) return undefined;
    return this.#row(table, row, this.#readers(table, undefined));
  }

  async indexOf(view: number, row: number): Promise<number> {
    const { rows, length } = this.#view(view);
    if (rows !== undefined) return rows.indexOf(row);
    return row >= 0 && row < length ? row : -1;
  }

  async explain(record: number, expand: readonly string[] = []): Promise<Explanation | undefined> {
    const extent = this.#records.extent(record);
    if (extent === undefined) return undefined;
    const root = await this.#checkpoint.decoder.explain(record, onTheWayTo(expand));
    const doc = this.#checkpoint.decoder.recordDoc(record);
    return {
      record,
      name: this.#records.name(record),
      span: extent,
      root: this.#linked(record, root),
      rows: this.#labelled(this.#records.rowsOf(record)),
      diagnostics: this.#problems.filter(({ span: at }) => at !== undefined && touches(at, extent) && at.end - at.start <= (extent.end - extent.start) * 2),
      doc,
    };
  }

  /** References in a field tree lead to the object's row. */
  #linked(record: number, node: FieldNode): FieldNode {
    const children = node.children?.map((child) => this.#linked(record, child));
    const isReference = node.text.startsWith("#") && typeof node.value === "number" && node.value > 0;
    const object = isReference ? this.#records.objectRow(Number(node.value)) : undefined;
    return { ...node, ...(children === undefined ? {} : { children }), ...(object === undefined ? {} : { link: object }) };
  }

  #labelled(rows: readonly MadeRow[]): { table: string; row: number; label: string }[] {
    return rows.map(({ table, row }) => ({ table, row, label: this.#cells.rowLabel(table, row) }));
  }

  async locate(name: string, row: number, columnName?: string): Promise<Origin | undefined> {
    const table = this.#checkpoint.tables.find(name);
    if (table === undefined || !(row >= 0 && row < table.length)) return undefined;
    if (name === "records") return this.#whole(row);
    if (name === "problems") return this.#problemOrigin(row);
    if (columnName === undefined || table.def.columns[columnName] === undefined) return this.#wholeRow(table, row);
    const column = this.#column(table, columnName);
    const at = column.origin.row(row);
    if (at < 0) return this.#wholeRow(table, row);
    const source = column.origin.table;
    const origin = this.#checkpoint.decoder.origin(source.name, column.origin.column);
    const derived = column.def.derive?.how ?? (typeof origin?.derived === "function" ? origin.derived(at) : origin?.derived);
    const record = origin === undefined || !source.columns.has(origin.recordColumn) ? -1 : source.number(at, origin.recordColumn);
    const path = origin === undefined ? "" : typeof origin.path === "string" ? origin.path : origin.path(at);
    if (record < 0) return this.#wholeRow(source, at);
    const whole = this.#whole(record);
    if (whole === undefined) return undefined;
    if (path === "") return this.#contents(source, at, columnName) ?? { ...whole, derived: derived ?? "worked out from the record" };
    const node = await this.#find(record, path);
    if (node === undefined) return whole;
    return { span: node.span, record, path: node.path, ...(derived === undefined ? {} : { derived }) };
  }

  /** Bytes that a row itself says it stands for: contents of a pipe, a run of pages. */
  #contents(table: Table, row: number, column: string): Origin | undefined {
    if (!table.columns.has("offset") || !["offset", "bytes", "preview", "size", "start", "pages"].includes(column)) return undefined;
    const start = table.number(row, "offset");
    const bytes = table.columns.has("bytes") ? table.number(row, "bytes") : table.number(row, "pages") * table.number(row, "page_size");
    if (Number.isNaN(start) || Number.isNaN(bytes)) return undefined;
    const record = table.number(row, "record");
    const image = table.columns.has("image") ? table.number(row, "image") : -1;
    return { span: span(image >= 0 ? image : this.#records.fileOf(record), start, start + bytes), record };
  }

  #whole(record: number): Origin | undefined {
    const extent = this.#records.extent(record);
    return extent === undefined ? undefined : { span: extent, record };
  }

  #wholeRow(table: Table, row: number): Origin | undefined {
    for (const column of ["record", "pids_record"]) {
      const record = table.columns.has(column) ? table.number(row, column) : -1;
      if (record >= 0) return this.#whole(record);
    }
    return undefined;
  }

  #problemOrigin(row: number): Origin | undefined {
    const problem = this.#problems[row];
    if (problem?.span === undefined) return undefined;
    const { file, start } = problem.span;
    const record = this.#records.at(file, Math.min(start, Math.max(0, this.#checkpoint.files[file]!.source.size - 1)));
    return { span: problem.span, record };
  }

  /** Node of a record by its path, opening folded arrays on the way to it. */
  async #find(record: number, path: string): Promise<FieldNode | undefined> {
    const steps = path.split(".");
    const prefixes = new Set(steps.map((_, index) => steps.slice(0, index + 1).join(".")));
    const root = await this.#checkpoint.decoder.explain(record, (candidate) => {
      const plain = ungrouped(candidate);
      const group = GROUP.exec(candidate);
      if (group === null) return prefixes.has(plain);
      // A folded group `first-last` is opened when it holds the element that the path goes through.
      if (plain !== "" && !prefixes.has(plain)) return false;
      const index = Number(steps[plain === "" ? 0 : plain.split(".").length] ?? NaN);
      return index >= Number(group[1]) && index <= Number(group[2]);
    });
    const match = (node: FieldNode): FieldNode | undefined => {
      if (ungrouped(node.path) === path || ungrouped(node.path) === `common.${path}`) return node;
      for (const child of node.children ?? []) {
        const found = match(child);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return match(root);
  }

  async ownerAt(file: number, offset: number): Promise<ByteOwner | undefined> {
    const record = this.#records.at(file, offset);
    const extent = record < 0 ? undefined : this.#records.extent(record);
    if (extent === undefined) return undefined;
    const root = this.#linked(record, await this.#checkpoint.decoder.explain(record, (_path, start, end) => offset >= start && offset < end));
    const nodes = [root];
    let field = root;
    for (;;) {
      const inner: FieldNode | undefined = field.children?.find((child) => offset >= child.span.start && offset < child.span.end);
      if (inner === undefined) break;
      nodes.push(inner);
      field = inner;
    }
    const { children: _children, ...flat } = field;
    return {
      record,
      recordName: root.name,
      recordSpan: extent,
      field: flat,
      breadcrumb: nodes.map(({ name }) => name),
      rows: this.#labelled(rowsOfByte(this.#checkpoint.tables, this.#checkpoint.decoder, this.#records, { record, file, offset, nodes })),
    };
  }

  async bytes(file: number, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    const source = this.#checkpoint.files[file]?.source;
    if (source === undefined) return new Uint8Array(0);
    return await source.read(start, Math.min(end, start + MOST_BYTES), signal);
  }

  async nextUnexplained(file: number, offset: number, direction: 1 | -1): Promise<Span | undefined> {
    const runs = this.#checkpoint.unexplained;
    const isAfter = (run: Span): boolean => run.file > file || (run.file === file && run.start > offset);
    const isBefore = (run: Span): boolean => run.file < file || (run.file === file && run.start < offset);
    return direction > 0 ? (runs.find(isAfter) ?? runs[0]) : (runs.findLast(isBefore) ?? runs.at(-1));
  }

  async recordsIn(file: number, start: number, end: number): Promise<readonly RecordExtent[]> {
    const result: RecordExtent[] = [];
    const first = this.#records.at(file, start);
    for (let record = first < 0 ? this.#records.firstOf(file) : first; result.length < MOST_EXTENTS; record++) {
      const extent = this.#records.extent(record);
      if (extent === undefined || extent.file !== file || extent.start >= end) break;
      if (extent.end <= start) continue;
      result.push({ record, name: this.#records.name(record), start: extent.start, end: extent.end, known: this.#isKnown(extent) });
    }
    return result;
  }

  #isKnown(extent: Span): boolean {
    return !this.#checkpoint.unexplained.some((run) => touches(run, extent));
  }

  async fieldsIn(file: number, start: number, end: number): Promise<readonly FieldExtent[]> {
    const result: FieldExtent[] = [];
    for (const { record, name } of await this.recordsIn(file, start, end)) {
      const root = await this.#checkpoint.decoder.explain(record, (_path, from, to) => from < end && to > start);
      const visit = (node: FieldNode, depth: number): void => {
        if (node.span.start >= end || node.span.end <= start || result.length >= MOST_EXTENTS) return;
        if (node.children !== undefined && node.children.length > 0) {
          for (const child of node.children) visit(child, depth + 1);
          return;
        }
        result.push({
          record, recordName: name, path: node.path, text: node.text, start: node.span.start, end: node.span.end, depth,
          ...(node.role === undefined ? {} : { role: node.role }),
        });
      };
      visit(root, 0);
      if (result.length >= MOST_EXTENTS) break;
    }
    return result;
  }

  async exportView(
    view: number,
    format: ExportFormat,
    columns: readonly string[] | undefined,
    write: (piece: string) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    const { table, rows, length } = this.#view(view);
    const readers = this.#readers(table, columns);
    const rowAt = (index: number): number => (rows === undefined ? index : rows[index]!);
    await writeRows(
      {
        columns: readers.map(({ name }) => name),
        labels: readers.map(({ def }) => def.label),
        length,
        plain: (index) => readers.map((column) => this.#cells.plain(column, rowAt(index))),
        text: (index) => readers.map((column) => this.#cells.text(column, rowAt(index)) || "-"),
      },
      format,
      write,
      signal,
    );
  }

  async problemCatalogue(): Promise<readonly ProblemInfo[]> {
    return problemCatalogue();
  }

  async resolvePlace(text: string, from?: { readonly file: number; readonly offset: number }): Promise<Place> {
    return resolvePlace(text, from, this.#checkpoint, this.#cells);
  }

  async close(): Promise<void> {
    this.#views.clear();
    this.#columns.clear();
    await this.#onClose();
  }
}

function touches(a: Span, b: Span): boolean {
  return a.file === b.file && a.start < b.end && a.end > b.start;
}

/** A folded group of elements of a long array, at the end of a path. */
const GROUP = /(?:^|\.)(\d+)-(\d+)$/;

/** Path without the folded groups of long arrays. */
function ungrouped(path: string): string {
  return path
    .split(".")
    .filter((step) => !/^\d+-\d+$/.test(step))
    .join(".");
}
