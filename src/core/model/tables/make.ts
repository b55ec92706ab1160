/** Short words for describing tables. */
import type { ColumnType } from "../column.ts";
import type { ColumnDef, Presentation, RowReader, Raw, TableDef } from "../table.ts";

type Extra = Partial<Pick<ColumnDef, "shown" | "width" | "absent">>;

const WIDTHS: Partial<Record<Presentation, number>> = {
  address: 18, hex: 14, size: 12, path: 32, text: 18, time: 20, offset: 12, protection: 6, "vm-flags": 24, "page-flags": 14, nanoseconds: 14,
  "action-flags": 24, "task-flags": 24, securebits: 24, personality: 20, handler: 18,
  capabilities: 24, signals: 18, yes: 6, limit: 12, severity: 9,
};

function make(type: ColumnType, as: Presentation, label: string, doc: string, extra: Extra = {}): ColumnDef {
  return { type, as, label, doc, shown: true, width: Math.max(WIDTHS[as] ?? 8, label.length + 3), ...extra };
}

export const hidden: Extra = { shown: false };
/** Shown when at least one row has a value: what only some formats or revisions save. */
export const some: Extra = { shown: "some" };
export const int = (label: string, doc: string, extra?: Extra): ColumnDef => make("int", "number", label, doc, extra);
export const number = (label: string, doc: string, as: Presentation = "number", extra?: Extra): ColumnDef => make("number", as, label, doc, extra);
export const u64 = (label: string, doc: string, as: Presentation = "address", extra?: Extra): ColumnDef => make("u64", as, label, doc, extra);
export const text = (label: string, doc: string, as: Presentation = "text", extra?: Extra): ColumnDef => make("text", as, label, doc, extra);
export const yes = (label: string, doc: string, extra?: Extra): ColumnDef => make("bool", "yes", label, doc, extra);
export const ref = (table: string, label: string, doc: string, extra?: Extra): ColumnDef => ({
  ...make("ref", "number", label, doc, { width: 14, ...extra }),
  ref: table,
});
export const record = ref("records", "record", "Record that the row was made from", hidden);
export const extraRecord = (doc: string): ColumnDef => ref("records", "record", doc, hidden);
export const objectId = int("objref", "Id of the shared object in the image", { absent: "not a shared object" });

export function via(definition: ColumnDef, refColumn: string, column: string): ColumnDef {
  return { ...definition, via: { ref: refColumn, column } };
}
export function derived(definition: ColumnDef, how: string, from: (row: RowReader) => Raw): ColumnDef {
  return { ...definition, derive: { how, from } };
}

/** A stretch of bytes that a row stands for; `image` names the file where it is not the record's own. */
export const span = {
  offset: number("offset", "Where the bytes begin in the file", "offset"),
  bytes: number("bytes", "How many bytes", "size"),
  image: ref("images", "in file", "File of the image that holds the bytes, where it is not the record's own", { ...some, absent: "the record's own" }),
};

export const table = (
  label: string,
  group: string,
  doc: string,
  empty: string,
  identity: readonly string[],
  columns: Readonly<Record<string, ColumnDef>>,
): TableDef => ({ label, group, doc, empty, identity, columns });


export const NO_TASK = "no task uses it";
