/**
 * What the readers of formats with many files share: files and their kinds, the records table, rows with their origins,
 * unexplained bytes. A file kind cuts a file into records and explains them; a format's rows say what they mean.
 */
import { RefusedBytes } from "../bytes/refused-bytes.ts";
import type { ByteSource } from "../bytes/source.ts";
import { span, type Span } from "../bytes/span.ts";
import type { FieldNode } from "../inspector.ts";
import type { MessageValue } from "../schema/decode-message.ts";
import { onTheWayTo } from "../schema/open-paths.ts";
import type { CellOrigin, RecordDecoder } from "./checkpoint.ts";
import { Tables, type OpenedFile } from "./checkpoint.ts";
import type { Column } from "./column.ts";
import type { RowRef } from "./diagnostic.ts";
import { Diagnostics } from "./diagnostics.ts";
import { fieldValue, type Mapping } from "./mapping.ts";
import type { ProblemCode } from "./problem-codes.ts";
import type { Table } from "./table.ts";
import type { TableName } from "./tables.ts";

/** Whether to decode the children of a folded node; see `explainStruct`. */
export type OpenNode = (path: string, start: number, end: number) => boolean;

/** A file of the set while it is read. */
export interface FileAt {
  /** Place in the list of files, and row in the images table. */
  readonly file: number;
  readonly name: string;
  readonly source: ByteSource;
  readonly reader: SetReader;
  readonly signal?: AbortSignal | undefined;
}

export interface FileKind {
  /** Shown in the images table. */
  readonly name: string;
  /** Cut the file into records that tile it. */
  frame(at: FileAt): Promise<void>;
  /** Field tree of the `index`th record of the file. Total on any bytes. */
  explain(at: FileAt, index: number, extent: Span, open: OpenNode): Promise<FieldNode>;
  /** One sentence about a record, or an empty text. */
  recordDoc(index: number): string;
}

/** Most separate runs of unexplained bytes that are listed. */
const MOST_RUNS = 100_000;
/** Most problems whose field is looked up in the image; the others point at their record. */
const MOST_PLACED = 2_000;

/** How columns that name no field of their own come from the element that their row was made of. */
const ELEMENT = "worked out from the element";

interface RowOrigin {
  /** Mapping of each row, by its number among `mappings`. */
  readonly mapping: Uint16List;
  /** Element of the mapping's list. */
  readonly index: Int32List;
}

export class SetReader {
  readonly files: readonly OpenedFile[];
  readonly tables = new Tables();
  readonly diagnostics = new Diagnostics();
  readonly kinds: FileKind[] = [];
  unexplainedBytes = 0;
  /** Problems that were counted instead of reported. */
  withheld = 0;
  readonly #unexplained: Span[] = [];
  /** Unexplained bytes of each file. */
  readonly #unexplainedIn = new Map<number, number>();
  readonly #records: Table;
  readonly #columns: { readonly file: Column; readonly offset: Column; readonly length: Column; readonly name: Column; readonly task: Column };
  /** First record of each file, and one past the last file's. */
  readonly #firstRecords: number[] = [];
  readonly #mappings: Mapping[] = [];
  readonly #mappingIds = new Map<Mapping, number>();
  readonly #origins = new Map<string, RowOrigin>();
  /** Mappings that fill columns of rows that another mapping made, by table and column. */
  readonly #additions = new Map<string, Mapping>();
  /** Which of several such mappings each row has, by table and column of the record. */
  readonly #extensions = new Map<string, Uint16List>();
  readonly #signal: AbortSignal | undefined;
  #withheldCodes: ReadonlySet<ProblemCode> = new Set();

  constructor(files: readonly OpenedFile[], signal?: AbortSignal) {
    this.files = files;
    this.#signal = signal;
    const records = this.tables.get("records");
    this.#records = records;
    this.#columns = {
      file: records.column("file"), offset: records.column("offset"), length: records.column("length"), name: records.column("name"), task: records.column("task"),
    };
  }

  table(name: TableName): Table {
    return this.tables.get(name);
  }

  fileAt(file: number): FileAt {
    const { name, source } = this.files[file]!;
    return { file, name, source, reader: this, signal: this.#signal };
  }

  // ---- files and records

  /** Cut the next file into records; files are framed in their order. */
  async frame(kind: FileKind): Promise<void> {
    const file = this.kinds.length;
    this.kinds.push(kind);
    this.#firstRecords.push(this.#records.length);
    try {
      await kind.frame(this.fileAt(file));
    } catch (error) {
      if (!(error instanceof RefusedBytes)) throw error;
    }
    this.#leaveRest(file);
  }

  /** Bytes of a file, fewer where the file ends, none where they were not kept. */
  async bytes(file: number, start: number, end: number): Promise<Uint8Array> {
    try {
      return await this.files[file]!.source.read(start, end, this.#signal);
    } catch (error) {
      if (!(error instanceof RefusedBytes)) throw error;
      return new Uint8Array(0);
    }
  }

  /** Behind the records that there are: bytes that were not kept, or did not come out of a damaged archive, which is reported with it. */
  #leaveRest(file: number): void {
    const last = this.#records.length - 1;
    const start = this.recordCount(file) === 0 ? 0 : this.#columns.offset.number(last) + this.#columns.length.number(last);
    const { size } = this.files[file]!.source;
    if (start >= size) return;
    this.add(file, start, size, this.nameId("bytes that are not there"));
    this.leave(file, start, size);
  }

  /** A record of the file that is being framed; its row. Records of a file come in the order of its bytes. */
  add(file: number, start: number, end: number, nameId: number): number {
    const row = this.#records.add();
    const columns = this.#columns;
    columns.file.set(row, file);
    columns.offset.set(row, start);
    columns.length.set(row, end - start);
    columns.name.set(row, nameId);
    return row;
  }

  /** Id of a record name, for `add`. */
  nameId(name: string): number {
    return this.tables.strings.add(name);
  }

  firstRecord(file: number): number {
    return this.#firstRecords[file] ?? this.#records.length;
  }

  recordCount(file: number): number {
    return this.firstRecord(file + 1) - this.firstRecord(file);
  }

  fileOf(record: number): number {
    return this.#columns.file.number(record);
  }

  setTask(record: number, task: number): void {
    this.#columns.task.set(record, task);
  }

  recordSpan(record: number): Span {
    const start = this.#columns.offset.number(record);
    return span(this.fileOf(record), start, start + this.#columns.length.number(record));
  }

  /** Bytes that nothing explains. */
  leave(file: number, start: number, end: number): void {
    if (end <= start) return;
    this.unexplainedBytes += end - start;
    this.#unexplainedIn.set(file, this.unexplainedIn(file) + end - start);
    const last = this.#unexplained.at(-1);
    if (last !== undefined && last.file === file && last.end === start) this.#unexplained[this.#unexplained.length - 1] = span(file, last.start, end);
    else if (this.#unexplained.length < MOST_RUNS) this.#unexplained.push(span(file, start, end));
  }

  unexplained(): readonly Span[] {
    return this.#unexplained.toSorted((a, b) => a.file - b.file || a.start - b.start);
  }

  unexplainedIn(file: number): number {
    return this.#unexplainedIn.get(file) ?? 0;
  }

  // ---- problems

  report(code: ProblemCode, message: string | (() => string), where?: Span, row?: RowRef): void {
    if (this.#withheldCodes.has(code)) {
      this.withheld++;
      return;
    }
    this.diagnostics.report(code, message, where, row);
  }

  /** Problems of these codes are counted from now on, and not reported. */
  withhold(codes: ReadonlySet<ProblemCode>): void {
    this.#withheldCodes = codes;
  }

  /** Place of a field: the record's bytes now, those of the field itself once everything is read. */
  fieldOf(record: number, path: string): Span | undefined {
    if (record < 0) return undefined;
    return new FieldSpan(this.recordSpan(record), record, path);
  }

  /** Put problems at the fields that they are about. Call once, when all rules have run. */
  async placeProblems(): Promise<void> {
    const { list } = this.diagnostics;
    /** By record: its problems, by the path of the field. Each record is explained once. */
    const wanted = new Map<number, Map<string, number[]>>();
    for (let index = 0, placed = 0; index < list.length && placed < MOST_PLACED; index++) {
      const { span: at } = list[index]!;
      const field = FieldSpan.of(at);
      if (field === undefined || field.path === "") continue;
      placed++;
      const paths = wanted.get(field.record) ?? new Map<string, number[]>();
      wanted.set(field.record, paths);
      paths.set(field.path, [...(paths.get(field.path) ?? []), index]);
    }
    const decoder = this.decoder();
    for (const [record, paths] of wanted) {
      const tree = await decoder.explain(record, onTheWayTo([...paths.keys()]));
      for (const [path, node] of nodesAt(tree, paths)) for (const index of paths.get(path)!) list[index] = { ...list[index]!, span: node.span };
    }
  }

  // ---- rows

  /** A row made from a message, with the columns of the mapping. `index` is the element of the mapping's list. */
  row(mapping: Mapping, message: MessageValue, record: number, index = -1): number {
    const table = this.tables.get(mapping.table);
    const row = table.add();
    const origin = this.#originsOf(mapping.table);
    origin.mapping.set(row, this.#idOf(mapping));
    origin.index.set(row, index);
    if (index >= 0 && table.columns.has("index")) table.set(row, "index", index);
    this.#fill(table, row, mapping, message, record);
    return row;
  }

  /** Columns of a row that another message fills. */
  extend(row: number, mapping: Mapping, message: MessageValue, record: number): void {
    this.assume(mapping);
    const key = `${mapping.table}/${mapping.recordColumn}`;
    let chosen = this.#extensions.get(key);
    if (chosen === undefined) {
      chosen = new Uint16List();
      this.#extensions.set(key, chosen);
    }
    chosen.set(row, this.#idOf(mapping));
    this.#fill(this.tables.get(mapping.table), row, mapping, message, record);
  }

  /** Where the columns of rows come from that are filled in bulk, by the column's own writer. */
  assume(mapping: Mapping): void {
    for (const column of Object.keys(mapping.columns)) this.#additions.set(`${mapping.table}/${column}`, mapping);
  }

  #fill(table: Table, row: number, mapping: Mapping, message: MessageValue, record: number): void {
    table.set(row, mapping.recordColumn, record);
    for (const [column, source] of Object.entries(mapping.columns)) {
      const value = typeof source === "string" ? fieldValue(message, source) : source.value(message);
      if (value !== undefined && value !== null) table.set(row, column, value);
    }
  }

  #idOf(mapping: Mapping): number {
    let id = this.#mappingIds.get(mapping);
    if (id === undefined) {
      id = this.#mappings.push(mapping);
      this.#mappingIds.set(mapping, id);
    }
    return id;
  }

  #originsOf(table: string): RowOrigin {
    let origin = this.#origins.get(table);
    if (origin === undefined) {
      origin = { mapping: new Uint16List(), index: new Int32List() };
      this.#origins.set(table, origin);
    }
    return origin;
  }

  /** Field path behind a column of a row, from the record's top; undefined when no mapping fills it. */
  #pathOf(tableName: string, row: number, column: string): { readonly mapping: Mapping; readonly path: string; readonly how?: string } | undefined {
    const origin = this.#origins.get(tableName);
    const id = origin?.mapping.get(row) ?? 0;
    const own = id === 0 ? undefined : this.#mappings[id - 1]!;
    const mapping = own?.columns[column] !== undefined ? own : (this.#additionTo(tableName, row, column) ?? own);
    if (mapping === undefined) return undefined;
    const source = mapping.columns[column];
    const index = mapping === own ? (origin?.index.get(row) ?? -1) : -1;
    const behind = typeof source === "object" ? (source.behind ?? 0) : 0;
    const base = this.#baseOf(tableName, row) ?? (mapping.list === "" || index < 0 ? "" : `${mapping.list}.${index + behind}`);
    if (source === undefined) return base === "" ? undefined : { mapping, path: base, how: ELEMENT };
    const field = typeof source === "string" ? source : source.from;
    const path = field === "" ? base : base === "" ? field : `${base}.${field}`;
    return { mapping, path, ...(typeof source === "string" ? {} : { how: source.how }) };
  }

  #additionTo(tableName: string, row: number, column: string): Mapping | undefined {
    const addition = this.#additions.get(`${tableName}/${column}`);
    if (addition === undefined) return undefined;
    const id = this.#extensions.get(`${tableName}/${addition.recordColumn}`)?.get(row) ?? 0;
    return id === 0 ? addition : this.#mappings[id - 1]!;
  }

  /** Rows of trees carry the path of what they were made from. */
  #baseOf(tableName: string, row: number): string | undefined {
    const table = this.tables.find(tableName);
    return table?.columns.has("base") === true ? table.text(row, "base") : undefined;
  }

  origin(tableName: string, column: string): CellOrigin | undefined {
    if (this.tables.find(tableName) === undefined) return undefined;
    const addition = this.#additions.get(`${tableName}/${column}`);
    return {
      recordColumn: addition?.recordColumn ?? "record",
      path: (row) => this.#pathOf(tableName, row, column)?.path ?? this.#baseOf(tableName, row) ?? "",
      derived: (row) => {
        const found = this.#pathOf(tableName, row, column);
        return found === undefined && this.#baseOf(tableName, row) !== undefined ? ELEMENT : found?.how;
      },
    };
  }

  decoder(): RecordDecoder {
    return {
      explain: async (record, open) => {
        const extent = this.recordSpan(record);
        return await this.kinds[extent.file]!.explain(this.fileAt(extent.file), record - this.firstRecord(extent.file), extent, open);
      },
      origin: (table, column) => this.origin(table, column),
      fieldSpan: (tableName, row, column) => {
        const table = this.tables.find(tableName);
        const origin = this.origin(tableName, column);
        if (table === undefined || origin === undefined || !table.columns.has(origin.recordColumn)) return undefined;
        return this.fieldOf(table.number(row, origin.recordColumn), typeof origin.path === "string" ? origin.path : origin.path(row));
      },
      recordDoc: (record) => {
        const file = this.fileOf(record);
        return this.kinds[file]!.recordDoc(record - this.firstRecord(file));
      },
    };
  }
}

/**
 * Span of a record that stands for a field of it, until the field is looked up. Rules ask for millions of them in a damaged set,
 * most of which are dropped at once: a map from spans to fields would cost more than the rules.
 */
class FieldSpan implements Span {
  readonly file: number;
  readonly start: number;
  readonly end: number;
  readonly #field: { readonly record: number; readonly path: string };

  constructor({ file, start, end }: Span, record: number, path: string) {
    this.file = file;
    this.start = start;
    this.end = end;
    this.#field = { record, path };
  }

  static of(at: Span | undefined): { readonly record: number; readonly path: string } | undefined {
    return at instanceof FieldSpan ? at.#field : undefined;
  }
}

/** Nodes of a tree that have one of the paths. */
function nodesAt(root: FieldNode, paths: ReadonlyMap<string, unknown>): Map<string, FieldNode> {
  const found = new Map<string, FieldNode>();
  const visit = (node: FieldNode): void => {
    if (paths.has(node.path) && !found.has(node.path)) found.set(node.path, node);
    for (const child of node.children ?? []) visit(child);
  };
  visit(root);
  return found;
}

/** Growing list of small numbers, 0 where nothing was set. */
class Uint16List {
  #items = new Uint16Array(64);

  set(index: number, value: number): void {
    if (index >= this.#items.length) {
      const grown = new Uint16Array(Math.max(index + 1, this.#items.length * 2));
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[index] = value;
  }

  get(index: number): number {
    return this.#items[index] ?? 0;
  }
}

/** Growing list of element numbers, -1 where nothing was set. */
class Int32List {
  #items = new Int32Array(64).fill(-1);

  set(index: number, value: number): void {
    if (index >= this.#items.length) {
      const grown = new Int32Array(Math.max(index + 1, this.#items.length * 2)).fill(-1);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[index] = value;
  }

  get(index: number): number {
    return this.#items[index] ?? -1;
  }
}
