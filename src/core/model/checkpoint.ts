/** What a checkpoint is, whatever format it came in: tables, diagnostics and where the bytes are. */
import type { ByteSource } from "../bytes/source.ts";
import type { Span } from "../bytes/span.ts";
import type { Coverage, Fact, FactGroup, FieldNode, Identity } from "../inspector.ts";
import type { ThreadRegisters } from "../memory-inspector.ts";
import type { ProblemCode } from "./problem-codes.ts";
import type { Diagnostics } from "./diagnostics.ts";
import { StringPool } from "./string-pool.ts";
import { Table } from "./table.ts";
import { TABLES, type TableName } from "./tables.ts";

/** One file of the opened set. Its place in the list is the `file` of spans. */
export interface OpenedFile {
  /** Path in the set: a label that is never used to reach for anything. */
  readonly name: string;
  readonly source: ByteSource;
}

/** Where a column's value stands: a record (named by a `ref` column of the row) and a field path in it. */
export interface CellOrigin {
  readonly recordColumn: string;
  readonly path: string | ((row: number) => string);
  /** How the value is worked out from the field, when it is not the field's own. */
  readonly derived?: string | ((row: number) => string | undefined);
}

/** The half of a checkpoint that only its format can answer. */
export interface RecordDecoder {
  /** Field tree of a record; `open` says which folded nodes to open. */
  explain(record: number, open: (path: string, start: number, end: number) => boolean): Promise<FieldNode>;
  /** Origin of a column's value, or undefined when it is worked out. */
  origin(table: string, column: string): CellOrigin | undefined;
  /** Bytes of the field behind a column, or of the whole record; undefined when the row has none. */
  fieldSpan(table: string, row: number, column: string): Span | undefined;
  /** What the format calls the kind of a record, for its writer. */
  kindKey?(record: number): string;
  /** Registers of a row of the threads table, decoded; undefined when none were saved. */
  registers?(thread: number): Promise<ThreadRegisters | undefined>;
  /** One sentence about a record. */
  recordDoc(record: number): string;
}

export class Tables {
  readonly strings = new StringPool();
  readonly #tables = new Map<string, Table>();

  constructor() {
    for (const [name, def] of Object.entries(TABLES)) this.#tables.set(name, new Table(name, def, this.strings));
  }

  get(name: TableName): Table {
    return this.#tables.get(name)!;
  }

  /** By a name from outside. */
  find(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  all(): IterableIterator<Table> {
    return this.#tables.values();
  }
}

export interface ScatteredPiece {
  readonly table: TableName;
  readonly row: number;
  readonly at: number;
  readonly span: Span;
}

export interface Checkpoint {
  readonly files: readonly OpenedFile[];
  readonly identity: Identity;
  readonly facts: readonly FactGroup[];
  readonly tables: Tables;
  readonly diagnostics: Diagnostics;
  readonly coverage: Coverage;
  /** Runs of bytes that nothing explains: ascending by file and start, not overlapping; capped. */
  readonly unexplained: readonly Span[];
  readonly decoder: RecordDecoder;
  /** Contents of rows that are not in one piece, such as those of a file with holes: in order of rows and of `at`, the place in the contents. */
  readonly scattered?: readonly ScatteredPiece[];
  /** By table: why this image has no rows in it, where the format knows better than the table. */
  readonly empty?: ReadonlyMap<string, string>;
  /** Rules for every format that stricter rules of this one replace. */
  readonly ownRules?: ReadonlySet<ProblemCode>;
}

export type { Fact, FactGroup };
