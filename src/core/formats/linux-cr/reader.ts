/**
 * Turns the records of an image into rows. The parser says which record stands where; handlers (one file per theme)
 * say what it means; this class holds what they share: the tables, the compiled reads, the objects and the coverage.
 */
import { span, type Span } from "../../bytes/span.ts";
import { Window } from "../../bytes/window.ts";
import type { Column } from "../../model/column.ts";
import type { Tables } from "../../model/checkpoint.ts";
import type { RowRef } from "../../model/diagnostic.ts";
import type { Diagnostics } from "../../model/diagnostics.ts";
import type { ProblemCode } from "../../model/problem-codes.ts";
import type { Table } from "../../model/table.ts";
import type { TableName } from "../../model/tables.ts";
import { findSlot, layoutOf, measure } from "../../schema/layout.ts";
import { compileNumber, intSlot, type ReadNumber } from "../../schema/scan.ts";
import { cString, decodeText } from "../../schema/show.ts";
import { CoverageCount, isPages } from "./coverage.ts";
import type { Dialect } from "./dialect.ts";
import { FILE_TYPE, OBJECT_CLASS } from "./enums.ts";
import type { Frame } from "./grammar.ts";
import { held } from "./held-reference.ts";
import type { Kind } from "./kinds.ts";
import { MAPPINGS } from "./mapping.ts";
import { SharedObjects } from "./objects.ts";
import { ordinal } from "./revisions.ts";
import { fileRows } from "./rows-files.ts";
import { headRows, type HeadFacts } from "./rows-head.ts";
import { memoryRows } from "./rows-memory.ts";
import { credentialRows } from "./rows-credentials.ts";
import { signalRows } from "./rows-signals.ts";
import { systemRows } from "./rows-system.ts";
import { taskRows } from "./rows-tasks.ts";

/** The record at hand. Handlers look at it and keep no reference: the next record may come in the same object. */
export interface RecordAt {
  kind: Kind;
  /** Row in the records table; set when the record is accepted. */
  row: number;
  /** File positions; the header stands at `start`. */
  start: number;
  end: number;
  /** Number in the header, or -1 for a block without one. */
  type: number;
  readonly window: Window;
}

export type Handler = (record: RecordAt, frame: Frame) => void;

/** A long array to be walked piece by piece. */
export interface StreamPlan {
  readonly start: number;
  readonly elementSize: number;
  readonly count: number;
  /** Elements [index, index + count), of which the first stands at `at` in the window. */
  readonly take: (window: Window, at: number, index: number, count: number) => void;
  readonly done?: () => void;
}

export type StreamMaker = (record: RecordAt, frame: Frame) => StreamPlan | undefined;

/** How a theme plugs in. */
export interface Handlers {
  readonly records: Readonly<Record<string, Handler>>;
  readonly streams?: Readonly<Record<string, StreamMaker>>;
  /** Called once when all records have passed. */
  readonly finish?: () => void;
}

/** File types whose records have members of their own. */
const FILE_VARIANTS: Readonly<Record<string, string>> = { PIPE: "pipe", FIFO: "pipe", SOCKET: "socket", TTY: "tty", EVENTFD: "eventfd" };

type Setter = (window: Window, record: number, row: number) => void;

export class Reader {
  readonly dialect: Dialect;
  readonly tables: Tables;
  readonly diagnostics: Diagnostics;
  readonly objects: SharedObjects;
  readonly head: HeadFacts;
  readonly coverage: CoverageCount;
  size = 0;
  /** The window of the parser; records that pass stand in it. */
  currentWindow = new Window({ size: 0, read: async () => new Uint8Array(0) });
  /** Kind and parameter of every record, beside the records table. */
  #kinds = new Uint16Array(1024);
  readonly params = new Map<number, number>();
  /** Row of the task whose records pass, or -1. */
  task = -1;
  lastFrame: Frame;
  cutInside = false;
  claimedLength = -1;
  complete = false;
  failed = false;
  readonly #records: Table;
  readonly #columns: { readonly offset: Column; readonly length: Column; readonly type: Column; readonly name: Column; readonly task: Column; readonly object: Column };
  readonly #nameIds: readonly number[];
  readonly #handlers = new Map<string, Handler>();
  readonly #streams = new Map<string, StreamMaker>();
  readonly #oddParents = new Set<string>();
  readonly #finish: (() => void)[] = [];
  readonly #setters = new Map<string, readonly Setter[]>();
  /** Compiled reads by path, for each kind. */
  readonly #reads: Map<string, ReadNumber | null>[] = [];

  constructor(dialect: Dialect, tables: Tables, diagnostics: Diagnostics) {
    this.dialect = dialect;
    this.tables = tables;
    this.diagnostics = diagnostics;
    this.coverage = new CoverageCount(dialect);
    this.objects = new SharedObjects(tables.get("objects"), diagnostics);
    this.lastFrame = { production: { name: "none", steps: [] }, step: 0, left: -1, n: 0, m: 0, mark: 0, row: -1, objref: 0, object: -1 };
    const records = tables.get("records");
    this.#records = records;
    this.#columns = {
      offset: records.column("offset"),
      length: records.column("length"),
      type: records.column("type"),
      name: records.column("name"),
      task: records.column("task"),
      object: records.column("object"),
    };
    this.#nameIds = dialect.kinds.all.map((kind) => tables.strings.add(kind.label));
    const head = headRows(this);
    this.head = head.facts;
    for (const theme of [head, taskRows(this), credentialRows(this), signalRows(this), memoryRows(this), fileRows(this), systemRows(this)]) {
      for (const [key, handler] of Object.entries(theme.records)) this.#handlers.set(key, handler);
      for (const [key, maker] of Object.entries(theme.streams ?? {})) this.#streams.set(key, maker);
      if (theme.finish !== undefined) this.#finish.push(theme.finish);
    }
  }

  begin(window: Window, size: number): void {
    this.currentWindow = window;
    this.size = size;
  }

  table(name: TableName): Table {
    return this.tables.get(name);
  }

  report(code: ProblemCode, message: string | (() => string), where?: Span, row?: RowRef): void {
    this.diagnostics.report(code, message, where, row);
  }

  spanOf(record: RecordAt): Span {
    return span(0, record.start, record.end);
  }

  // ---- compiled reads

  /** Number in a field of a kind; `fallback` where this machine or revision has no such field. */
  number(record: RecordAt, path: string, fallback = 0): number {
    const reads = (this.#reads[record.kind.index] ??= new Map<string, ReadNumber | null>());
    let read = reads.get(path);
    if (read === undefined) {
      const slot = intSlot(record.kind.struct, this.dialect.abi, path);
      read = slot === undefined ? null : compileNumber(slot);
      reads.set(path, read);
    }
    // A record that is shorter than its type has no field at the end of it.
    return read === null || !this.#whole(record) ? fallback : read(record.window, record.start);
  }

  #whole(record: RecordAt): boolean {
    return record.window.has(record.start, record.kind.minSize) && record.start + record.kind.minSize <= record.end;
  }

  /** Unsigned value of a field in full width; undefined when the record is too short for it or has none. */
  big(record: RecordAt, path: string): bigint | undefined {
    const slot = layoutOf(record.kind.struct, this.dialect.abi).slots.find((candidate) => candidate.name === path);
    if (slot === undefined || record.start + slot.offset + slot.size > record.end) return undefined;
    return slot.size === 8 ? record.window.u64(record.start + slot.offset) : BigInt(this.number(record, path));
  }

  /** Payload as text up to the first NUL; `from` counts from the record's start. */
  text(record: RecordAt, from = this.dialect.headerSize): string {
    const start = record.start + from;
    const end = Math.min(record.end, start + 8192, record.window.end);
    return start >= end ? "" : cString(record.window.slice(start, end));
  }

  /** Beginning of a payload for a table cell. */
  preview(record: RecordAt, from: number, most = 64): string {
    const start = record.start + from;
    const end = Math.min(record.end, start + most, record.window.end);
    if (start >= end) return "";
    const text = decodeText(record.window.slice(start, end));
    return record.end > end ? `${text}…` : text;
  }

  // ---- references that no column holds

  readonly looseReferences: {
    readonly objref: number;
    readonly classes: readonly string[];
    readonly record: number;
    /** Field that holds the number. */
    readonly path: string;
  }[] = [];
  /** Ids of open files that terminals reserve without a record of their own. */
  readonly reservedFiles: { readonly objref: number; readonly record: number }[] = [];

  /** The field refers to an object; checked when all objects are known. */
  refer(record: RecordAt, path: string, ...classes: string[]): number {
    const objref = this.number(record, path);
    if (objref !== 0) this.looseReferences.push({ objref, classes, record: record.row, path });
    return objref;
  }

  /** Bytes of a field of the record at hand. */
  spanOfField(record: RecordAt, path: string): Span {
    return this.fieldSpan(record.kind, path, record.start, record.end);
  }

  /** Bytes of a field of any record; of the whole record where the place depends on its data. */
  fieldSpan(kind: Kind, path: string, start: number, end: number): Span {
    const slot = findSlot(kind.struct, this.dialect.abi, path);
    const size = slot === undefined ? -1 : measure(slot.field.type, this.dialect.abi).size;
    if (slot === undefined || size <= 0 || start + slot.offset + size > end) return span(0, start, end);
    return span(0, start + slot.offset, start + slot.offset + size);
  }

  /** Reported by those who know a count and the least bytes of what it counts. Small counts may be right in a cut image. */
  checkCount(record: RecordAt, path: string, count: number, bytesEach: number, what: string, row?: RowRef): void {
    const left = this.size - record.end;
    if (count <= 65_536 || count * bytesEach <= left) return;
    this.report("count.too-large", `${count} ${what} are announced, with ${left} bytes left in the file.`, this.spanOfField(record, path), row);
  }

  // ---- rows

  /** A new row in the kind's table, with the mapped columns, the record and the shared object's id. */
  fill(record: RecordAt, frame: Frame, existing = -1): number {
    const mapping = MAPPINGS[record.kind.key];
    if (mapping === undefined) throw new Error(`no mapping for ${record.kind.key}`);
    const table = this.tables.get(mapping.table);
    const row = existing >= 0 ? existing : table.add();
    table.set(row, "record", record.row);
    if (this.#whole(record)) {
      let setters = this.#setters.get(record.kind.key);
      if (setters === undefined) {
        setters = this.#compile(record.kind, table, mapping.columns);
        this.#setters.set(record.kind.key, setters);
      }
      for (const setter of setters) setter(record.window, record.start, row);
    }
    if (frame.object >= 0 && frame.row < 0) {
      if (table.columns.has("objref")) table.set(row, "objref", frame.objref);
      frame.row = row;
      this.objects.place(frame.object, mapping.table, row);
    }
    return row;
  }

  #compile(kind: Kind, table: Table, columns: Readonly<Record<string, string>>): readonly Setter[] {
    const setters: Setter[] = [];
    for (const [name, path] of Object.entries(columns)) {
      const slot = intSlot(kind.struct, this.dialect.abi, presentPath(kind, this.dialect, path));
      if (slot === undefined) continue;
      const column = table.column(name);
      const { offset } = slot;
      if (column.type === "u64" && slot.bytes === 8) {
        setters.push((window, record, row) => column.setHalves(row, window.low32(record + offset), window.high32(record + offset)));
      } else {
        const read = compileNumber(slot);
        if (column.type === "u64") setters.push((window, record, row) => column.setHalves(row, read(window, record) >>> 0, 0));
        else if (column.type === "bool") setters.push((window, record, row) => column.set(row, read(window, record) === 0 ? 0 : 1));
        else if (column.type === "ref") setters.push((window, record, row) => column.set(row, held(read(window, record))));
        else setters.push((window, record, row) => column.set(row, read(window, record)));
      }
    }
    return setters;
  }

  // ---- records

  /** A row in the records table. `explained` counts the bytes that fields account for. */
  add(kind: Kind, start: number, length: number, type: number, objref: number, explained: number): number {
    const row = this.#records.add();
    const columns = this.#columns;
    columns.offset.set(row, start);
    columns.length.set(row, length);
    if (type >= 0) columns.type.set(row, type | 0);
    columns.name.set(row, this.#nameIds[kind.index]!);
    columns.task.set(row, this.task);
    if (objref > 0) columns.object.set(row, objref);
    if (row >= this.#kinds.length) {
      const grown = new Uint16Array(row * 2);
      grown.set(this.#kinds);
      this.#kinds = grown;
    }
    this.#kinds[row] = kind.index;
    this.coverage.add(start, length, explained);
    return row;
  }

  kindOf(record: number): Kind {
    return this.dialect.kinds.all[this.#kinds[record]!]!;
  }

  /** A record in its place (or out of it): note it, check its length, let its handler read it. */
  accept(record: RecordAt, frame: Frame, inPlace: boolean): void {
    const { kind, start, end } = record;
    const own = inPlace ? frame : { ...this.lastFrame };
    this.lastFrame = own;
    const param = this.#param(kind, start, end, own);
    const length = end - start;
    record.row = this.add(kind, start, length, record.type, own.objref, this.coverage.ofRecord(record, param));
    if (param !== 0) this.params.set(record.row, param);
    if (this.claimedLength < 0 && kind.size >= 0 && length !== kind.size) {
      this.report(
        "record.length-mismatch",
        `${kind.label} at 0x${start.toString(16)} has ${length} bytes; in ${this.dialect.revision.id} on ${this.dialect.architecture} it has ${kind.size}.`,
        this.spanOf(record),
        { table: "records", row: record.row },
      );
    }
    this.claimedLength = -1;
    if (length > 0x8000_0000) {
      this.report("frame.too-long", `${kind.label} at 0x${start.toString(16)} has ${length} bytes.`, this.spanOf(record), { table: "records", row: record.row });
    }
    if (kind.record === "STRING" || kind.record === "FNAME") this.#checkNul(record);
    if (kind.minSize > length && !kind.key.startsWith("raw")) return;
    this.#handlers.get(kind.key)?.(record, own);
  }

  /** Strings end with a NUL; a path's inner NUL is looked at with the path. */
  #checkNul(record: RecordAt): void {
    const end = Math.min(record.end, record.window.end);
    if (end !== record.end || !record.window.has(record.start, record.end - record.start)) return;
    const first = record.start + this.dialect.headerSize + (record.kind.key === "STRING:error" ? 1 : 0);
    if (first < end && record.window.slice(first, end).includes(0)) return;
    // v19 and later may store the text of an error without a NUL after it.
    if (record.kind.key === "STRING:error") return;
    this.report("string.no-nul", `${record.kind.label} at 0x${record.start.toString(16)} has no NUL.`, this.spanOf(record), { table: "records", row: record.row });
  }

  /** First generation: the header names what the record belongs to. */
  checkParent(record: RecordAt, expected: number): void {
    if (!this.dialect.narrow || this.dialect.index < ordinal("v2") || expected <= 0) return;
    const parent = record.window.u32(record.start + 4);
    if (parent === expected || this.#oddParents.has(`${expected}/${parent}`)) return;
    // The records of one task repeat the same number: once is enough.
    if (this.#oddParents.size < 1000) this.#oddParents.add(`${expected}/${parent}`);
    this.report(
      "record.parent",
      `${record.kind.label} at 0x${record.start.toString(16)} belongs to ${expected}, but its header says ${parent}.`,
      span(0, record.start + 4, record.start + 8),
      { table: "records", row: record.row },
    );
  }

  /** pid of the task whose records pass, or 0. */
  currentPid(): number {
    return this.task < 0 ? 0 : Math.max(0, this.table("tasks").number(this.task, "pid"));
  }

  /** What the grammar knows about a record beyond its bytes (see `Params`). */
  #param(kind: Kind, start: number, end: number, frame: Frame): number {
    if (!isPages(kind)) return 0;
    const { longSize, pageSize } = this.dialect.abi;
    const room = end - start - layoutOf(kind.struct, this.dialect.abi).fixedSize;
    const fit = Math.max(0, Math.floor(room / (longSize + pageSize)));
    // The addresses of a cut chunk are all there before its first page, so the announced count says where pages begin.
    const cut = end === this.size && frame.n > fit && frame.n * longSize <= room;
    return cut ? frame.n : Math.min(Math.max(0, frame.n), fit);
  }

  /** A record that the end of the file cuts off: whole fields and elements count, the one that is cut does not. */
  truncated(start: number, length: number, kind: Kind, frame: Frame | undefined): RecordAt {
    const param = frame === undefined ? 0 : this.#param(kind, start, start + length, frame);
    const explained = this.coverage.ofCut(kind, length, param);
    const record: RecordAt = { kind, row: -1, start, end: start + length, type: -1, window: this.currentWindow };
    record.row = this.add(kind, start, length, -1, frame?.objref ?? 0, explained);
    if (param !== 0) this.params.set(record.row, param);
    return record;
  }

  /** A record of a type that this revision does not have. */
  unknown(start: number, length: number, type: number): void {
    const row = this.add(this.dialect.kinds.unknown, start, length, type, 0, this.dialect.headerSize);
    this.report(
      "record.unknown-type",
      `The record at 0x${start.toString(16)} has the type ${type}, which ${this.dialect.revision.id} does not have.`,
      span(0, start, start + length),
      { table: "records", row },
    );
  }

  objref(start: number, length: number, type: number): { object: number; objref: number; className: string | undefined } {
    const kind = this.dialect.kinds.get("OBJREF")!;
    const record: RecordAt = { kind, row: -1, start, end: start + length, type, window: this.currentWindow };
    const objtype = this.number(record, "objtype", -1);
    const objref = this.number(record, "objref");
    const className = OBJECT_CLASS.at(this.dialect.abi).get(objtype);
    record.row = this.add(kind, start, length, type, objref, length < kind.size ? this.coverage.ofCut(kind, length, 0) : kind.size);
    if (length !== kind.size) this.report("record.length-mismatch", `OBJREF at 0x${start.toString(16)} has ${length} bytes instead of ${kind.size}.`, this.spanOf(record));
    if (length < kind.size) return { object: -1, objref: 0, className: undefined };
    const object = this.objects.add(objref, className ?? `class ${objtype}`, record.row, record, true);
    if (className === undefined || className === "IGNORE") {
      this.report("objref.class", `Object #${objref} at 0x${start.toString(16)} has the class ${objtype}, which ${this.dialect.revision.id} does not have.`, this.spanOf(record));
      return { object: -1, objref, className: undefined };
    }
    return { object, objref, className };
  }

  error(start: number, length: number, type: number): void {
    this.failed = true;
    const kind = this.dialect.kinds.get("ERROR")!;
    const record: RecordAt = { kind, row: -1, start, end: start + length, type, window: this.currentWindow };
    this.accept(record, { ...this.lastFrame, row: -1, objref: 0, object: -1 }, true);
  }

  // ---- kinds

  isStream(kind: Kind): boolean {
    return this.#streams.has(kind.key);
  }

  streamPlan(record: RecordAt, frame: Frame): StreamPlan | undefined {
    return this.#streams.get(record.kind.key)?.(record, frame);
  }

  /** Sharpen a kind by what the record says of itself. */
  refine(key: string, start: number, length: number, frame: Frame): Kind | undefined {
    const kinds = this.dialect.kinds;
    if (key === "FILE") return this.fileKind(start, length);
    if (key === "BUFFER:sems") {
      const stride = frame.n > 0 ? (length - this.dialect.headerSize) / frame.n : 0;
      return kinds.get(stride === 24 ? "BUFFER:sems24" : stride === 16 ? "BUFFER:sems16" : "BUFFER:sems8");
    }
    if (key === "CPU_FPU") return kinds.get(length >= this.dialect.headerSize + 512 ? "CPU_FPU:fxsave" : "CPU_FPU");
    return kinds.get(key);
  }

  /** Texts of security labels, by ptrref and by the objref of their object. */
  readonly labelTexts = new Map<number, string>();
  /** What must hold for any path. */
  checkPath: (record: RecordAt, text: string, about: RowRef | undefined) => void = () => {};
  /** Thread group whose shared state comes next. */
  newThreadGroup = 0;
  /** FS object of each task. */
  readonly fileSystems = new Map<number, number>();
  /** Set by the themes that own the matter; others call them. */
  filePath: Handler = () => {};
  /** `at`: where in the image. */
  beginSegment: (row: number, inode: number, at: number) => void = () => {};
  endSegment: (at: number) => void = () => {};
  /** Variant of a FILE record, which its type field names. */
  fileKind(start: number, length: number): Kind | undefined {
    const { kinds, headerSize, abi } = this.dialect;
    const typeAt = start + headerSize;
    if (length < headerSize + 4 || !this.currentWindow.has(typeAt, 4)) return kinds.get("FILE");
    const name = FILE_TYPE.at(abi).get(this.currentWindow.u32(typeAt));
    const variant = name === undefined ? undefined : FILE_VARIANTS[name];
    return kinds.get(variant === undefined ? "FILE" : `FILE:${variant}`);
  }

  // ---- the end

  end(open: boolean, expected: string): void {
    if (open && !this.complete && !this.cutInside) {
      if (this.size === 0) this.report("image.empty", "The file is empty.");
      else {
        this.report(
          "image.cut",
          `The image ends at 0x${this.size.toString(16)}, after a whole record, where ${expected} was expected: no error record and no TAIL.`,
          span(0, this.size, this.size),
        );
      }
    } else if (open && this.cutInside && !this.complete) {
      this.report("image.truncated", `The image ends at 0x${this.size.toString(16)} inside a record.`, span(0, this.size, this.size));
    }
    if (this.coverage.unlisted > 0) {
      this.report("limit.records", `${this.coverage.unlisted} more runs of unexplained bytes are counted but not listed.`);
    }
    for (const finish of this.#finish) finish();
  }
}

/** The path that exists in this revision, of `a|b`. */
export function presentPath(kind: Kind, dialect: Dialect, path: string): string {
  if (!path.includes("|")) return path;
  const paths = path.split("|");
  return paths.find((candidate) => findSlot(kind.struct, dialect.abi, candidate) !== undefined) ?? paths[0]!;
}
