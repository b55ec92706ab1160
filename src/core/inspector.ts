/**
 * The one interface through which the page and the command line ask about an opened checkpoint.
 *
 * Everything here is plain data, so it crosses a message port unchanged. Positions in a file are `number`
 * (bytes, half-open ranges); values of the checkpointed task that may need 64 bits are `bigint`.
 * Text for people is made in the core (from the field's `show`), never in a component.
 */
import type { Diagnostic, ProblemInfo, Severity } from "./model/diagnostic.ts";
import type { Span } from "./bytes/span.ts";
import type { MemoryInspector } from "./memory-inspector.ts";

export type * from "./memory-inspector.ts";
export type { OnProgress, Progress } from "./progress.ts";

/** What a caller may say when opening, beyond the bytes themselves. All of it is optional. */
export interface OpenOptions {
  /** Revision to read as, in place of the one worked out from the image, e.g. `v19-rc2`. */
  readonly revision?: string;
  /** Architecture to read as, e.g. `x86_64`, in place of the one worked out from the image. */
  readonly architecture?: string;
  /** Most bytes that compressed data may inflate to. Default 16 GiB where there is scratch space, 1 GiB without. */
  readonly inflateLimit?: number;
  /** Compare every checksum that an archive records of its members, which reads all of it. Without it, those of members that are read in full anyway are. */
  readonly checksums?: boolean;
  /** Which of several checkpoints to show, by its name in the `checkpoints` table. */
  readonly checkpoint?: string;
}

/** One line of the Summary. `link` leads to the place that the line is about. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  /** More about the value: exact bytes, how it was worked out. */
  readonly title?: string;
  readonly link?: PlaceLink;
}

export type PlaceLink =
  | { readonly kind: "table"; readonly table: string }
  | { readonly kind: "row"; readonly table: string; readonly row: number }
  | { readonly kind: "span"; readonly span: Span };

export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

export interface SourceFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** One of several checkpoints in what was opened; `name` is what `OpenOptions.checkpoint` takes. */
export interface CheckpointChoice {
  readonly name: string;
  readonly detail: string;
  readonly shown: boolean;
  /** It is a part of another, such as the parent of an incremental dump. */
  readonly isPart: boolean;
  readonly files: number;
  /** Bytes. */
  readonly size: number;
}

export interface Coverage {
  /** Bytes of all files. */
  readonly total: number;
  /** Bytes that a named field, padding included, accounts for. */
  readonly explained: number;
}

/** What the format knows about the image as a whole. */
export interface Identity {
  /** Machine name of the format: `linux-cr`, or `unknown`. */
  readonly format: string;
  /** For people: `Linux-CR checkpoint image`. */
  readonly formatName: string;
  readonly revision: string | undefined;
  /** Revisions with the same layouts, between which the image does not decide. */
  readonly revisionAlternatives: readonly string[];
  readonly architecture: string | undefined;
  readonly byteOrder: "little" | "big";
  /** Page size of the checkpointed machine in bytes. */
  readonly pageSize: number;
  /** Why this format, revision and architecture: a sentence each. */
  readonly reasons: readonly string[];
  /** Values that `OpenOptions` accepts for this format; empty when nothing can be overridden. */
  readonly revisionChoices: readonly string[];
  readonly architectureChoices: readonly string[];
  /** True where `OpenOptions` decided rather than the image. */
  readonly overridden: { readonly revision: boolean; readonly architecture: boolean };
}

export interface Summary extends Identity {
  readonly files: readonly SourceFile[];
  /** Checkpoints that were found together with this one, itself included; empty when there is only one. */
  readonly choices: readonly CheckpointChoice[];
  readonly groups: readonly FactGroup[];
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: Readonly<Record<Severity, number>>;
  /** The most important diagnostics, worst first. */
  readonly worst: readonly Diagnostic[];
  readonly coverage: Coverage;
}

export type ColumnAlign = "left" | "right";

export interface ColumnInfo {
  readonly name: string;
  readonly label: string;
  /** One sentence; the tooltip of the header. */
  readonly doc: string;
  readonly align: ColumnAlign;
  /** True for numbers, addresses, offsets and bytes. */
  readonly mono: boolean;
  /** Shown before the user chooses. */
  readonly shown: boolean;
  /** Width to start with, in characters. */
  readonly width: number;
  /** Table that the values are rows of. */
  readonly ref?: string;
  /** How a column filter is understood: text contains; number takes 12, 0x1f, >5, <5, 2..9, !x; see `Query`. */
  readonly filter: "text" | "number";
}

export interface TableInfo {
  readonly name: string;
  readonly label: string;
  /** One sentence: what a row is. */
  readonly doc: string;
  /** Navigation heading under which the table stands: `Overview`, `Tasks`, `Memory`, `Files`, `System`, `Image`. */
  readonly group: string;
  readonly rowCount: number;
  /** Why the table is empty, and what there is instead. Only when `rowCount` is 0. */
  readonly empty?: string;
  readonly columns: readonly ColumnInfo[];
  /** Column that holds the parent row, for tables that are trees. */
  readonly tree?: string;
}

export type CellValue = string | number | bigint | boolean | null;

export interface Cell {
  /** As a person reads it; empty when absent. */
  readonly text: string;
  /** For copy, JSON and comparison; null when absent. */
  readonly value: CellValue;
  /** Why there is no value. Only when `value` is null. */
  readonly absent?: string;
  /** More than fits: the exact count behind a size, all names behind flags. */
  readonly title?: string;
  /** Row that this cell refers to. */
  readonly link?: { readonly table: string; readonly row: number };
  /** Meaning by colour: severity of a problem. */
  readonly tone?: Severity;
}

export interface Row {
  /** Row number in the table, stable under sort and filter. */
  readonly row: number;
  /** Worst problem about this row. */
  readonly severity?: Severity;
  /** Depth in the tree (0 = root); only in tree order of a tree table. */
  readonly depth?: number;
  readonly cells: readonly Cell[];
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

/**
 * Which rows, in which order.
 * Text filters are substrings without regard to case; a leading `!` negates, a leading `=` asks for the whole value.
 * Number filters take a decimal or 0x number, `>n`, `>=n`, `<n`, `<=n`, `a..b` (both ends in) and `!n`; anything else is a
 * substring of the shown text. `-` asks for rows without a value, `!-` for rows with one.
 */
export interface Query {
  /** Substring of any column. */
  readonly search?: string;
  /** By column name. */
  readonly filters?: Readonly<Record<string, string>>;
  /** First entry decides first. Empty: the order of the image (tree order in tree tables). */
  readonly sort?: readonly Sort[];
}

export interface View {
  /** Handle for `rows` and `indexOf`; stays valid until the next 8 queries. */
  readonly id: number;
  readonly total: number;
  readonly matching: number;
}

/** A field of a decoded record: a node of the field tree. Children tile their parent. */
export interface FieldNode {
  readonly name: string;
  /** Names from the record down, e.g. `constants.task_comm_len` or `groups.2`. Unique in the record. */
  readonly path: string;
  readonly span: Span;
  /** Type in the words of the format: `u32`, `char[16]`, `ckpt_hdr_vma`. */
  readonly type: string;
  /** As a person reads it. */
  readonly text: string;
  readonly value: CellValue;
  readonly doc?: string;
  /**
   * Role beyond an ordinary value: padding, tags and lengths between values (`frame`), bytes that nothing explains, a field
   * cut off by the end of the data.
   */
  readonly role?: "padding" | "frame" | "unknown" | "truncated";
  readonly link?: { readonly table: string; readonly row: number };
  readonly children?: readonly FieldNode[];
  /** Children exist but were not decoded: ask `explain` with this node's path in `expand`. */
  readonly more?: boolean;
}

export interface Explanation {
  /** Row in the `records` table. */
  readonly record: number;
  readonly name: string;
  readonly span: Span;
  readonly root: FieldNode;
  /** Rows of other tables that were made from this record. */
  readonly rows: readonly { readonly table: string; readonly row: number; readonly label: string }[];
  readonly diagnostics: readonly Diagnostic[];
  readonly doc?: string;
}

/** What stands behind one byte. */
export interface ByteOwner {
  readonly record: number;
  readonly recordName: string;
  readonly recordSpan: Span;
  /** Innermost field; its span holds the byte. */
  readonly field: FieldNode;
  /** Record name, then the field names down to the innermost. */
  readonly breadcrumb: readonly string[];
  /** Rows that show this field or stand for the byte; where there are none, those that the whole record became. */
  readonly rows: readonly { readonly table: string; readonly row: number; readonly label: string }[];
}

/** Where a cell's value comes from. */
export interface Origin {
  readonly span: Span;
  readonly record: number;
  /** Path of the field in the record; absent when the whole record stands behind the value. */
  readonly path?: string;
  /** How the value was worked out, when it does not stand in the image as it is. */
  readonly derived?: string;
}

export type ExportFormat = "csv" | "json" | "ndjson" | "text";

export interface Inspector {
  summary(): Promise<Summary>;
  tables(): Promise<readonly TableInfo[]>;
  /** Filter and sort a table. Unknown column names are ignored. */
  query(table: string, query: Query, signal?: AbortSignal): Promise<View>;
  /** Rows [from, to) of a view, clamped, with cells in the order of `columns` (all columns when left out). */
  rows(view: number, from: number, to: number, columns?: readonly string[]): Promise<readonly Row[]>;
  /** One row by its number in the table, with all columns. */
  row(table: string, row: number): Promise<Row | undefined>;
  /** Position of a table row in a view, or -1 when it is filtered out. */
  indexOf(view: number, row: number): Promise<number>;
  /** Field tree of a record; nodes whose path is in `expand` (and all their ancestors) are opened. */
  explain(record: number, expand?: readonly string[]): Promise<Explanation | undefined>;
  /** Bytes behind a cell; the whole row's record when `column` is left out. */
  locate(table: string, row: number, column?: string): Promise<Origin | undefined>;
  /** What a byte belongs to. Undefined past the end. */
  ownerAt(file: number, offset: number): Promise<ByteOwner | undefined>;
  /** Bytes [start, end) of a file, clamped. At most 16 MiB a call. */
  bytes(file: number, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Next (direction 1) or previous (-1) run of bytes that nothing explains, from `offset`; wraps round. */
  nextUnexplained(file: number, offset: number, direction: 1 | -1): Promise<Span | undefined>;
  /** Record boundaries that touch [start, end): for tinting a hex view. At most 4096. */
  recordsIn(file: number, start: number, end: number): Promise<readonly RecordExtent[]>;
  /** Leaf fields of the records that touch [start, end), in order: for tinting and hover. At most 4096. */
  fieldsIn(file: number, start: number, end: number): Promise<readonly FieldExtent[]>;
  /** A whole view as text, in pieces of about 64 KiB. `columns` in the order wanted. */
  exportView(
    view: number,
    format: ExportFormat,
    columns: readonly string[] | undefined,
    write: (piece: string) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Every problem code with its meaning: the catalogue. */
  problemCatalogue(): Promise<readonly ProblemInfo[]>;
  /** Everything about addresses and the bytes behind them. */
  readonly memory: MemoryInspector;
  /** Where an address typed by the user leads: offsets, pids, objects, rows, addresses, names. */
  resolvePlace(text: string, from?: { readonly file: number; readonly offset: number }): Promise<Place>;
  close(): Promise<void>;
}

export interface RecordExtent {
  readonly record: number;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly known: boolean;
}

export interface FieldExtent {
  readonly record: number;
  readonly recordName: string;
  readonly path: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Depth in the field tree, 1 for a direct child of the record. */
  readonly depth: number;
  readonly role?: FieldNode["role"];
}

/** The answer to something typed into the address bar. */
export type Place =
  | { readonly kind: "offset"; readonly file: number; readonly offset: number }
  | { readonly kind: "row"; readonly table: string; readonly row: number; readonly label: string }
  | {
      readonly kind: "choices";
      readonly choices: readonly { readonly label: string; readonly table: string; readonly row: number }[];
    }
  | { readonly kind: "nowhere"; readonly why: string };
