/** Walks over JSON documents that remember where each value stands. */
import type { SetReader } from "../../model/set-reader.ts";
import type { TableName } from "../../model/tables.ts";
import { childPaths, memberPath, textOf, type JsonText, type JsonValue } from "../../schema/json.ts";

/** A JSON file of the archive, or JSON inside a field of another file. */
export interface Document {
  readonly name: string;
  readonly file: number;
  readonly record: number;
  readonly root: JsonValue | undefined;
  /** Path of the field of the record that holds the JSON; empty for a file that is JSON. */
  readonly field: string;
}

/** A value with its path of keys from the top of its document. */
export interface At {
  readonly document: Document;
  readonly value: JsonValue;
  readonly path: string;
}

export function documentOf(name: string, text: JsonText, record: number, file: number, field = ""): Document {
  return { name, file, record, root: text.root, field };
}

export function topOf(document: Document | undefined): At | undefined {
  return document?.root === undefined ? undefined : { document, value: document.root, path: document.field };
}

/** Down a list of keys; undefined where one is missing. */
export function down(from: At | undefined, ...keys: readonly string[]): At | undefined {
  let at = from;
  for (const key of keys) {
    const value = at?.value.kind === "object" ? at.value.children.findLast((each) => each.key === key) : undefined;
    at = value === undefined ? undefined : { document: at!.document, value, path: memberPath(at!.path, key) };
  }
  return at;
}

/** Members of an object or array. */
export function children(from: At | undefined): readonly At[] {
  if (from === undefined) return [];
  const paths = childPaths(from.value, from.path);
  return from.value.children.map((value, index) => ({ document: from.document, value, path: paths[index]! }));
}

export function text(at: At | undefined): string | undefined {
  const found = textOf(at?.value);
  return found === "" ? undefined : found;
}

/** A limit that the kernel or an engine writes as all ones or -1: none. */
const NO_LIMIT: ReadonlySet<string> = new Set(["18446744073709551615", "-1"]);

/** A limit, or that there is none. */
export function limitText(at: At | undefined): string | undefined {
  const found = text(at);
  return found !== undefined && NO_LIMIT.has(found) ? "unlimited" : found;
}

/** Elements of a list as one text. */
export function listText(at: At | undefined, separator = " "): string | undefined {
  const parts = children(at).map((each) => text(each) ?? "");
  return parts.length === 0 ? undefined : parts.join(separator);
}

/** A row with the place that it came from, where there is one; `sourceColumn` names the file. */
export function jsonRow(reader: SetReader, table: TableName, at: At | undefined, values: Readonly<Record<string, string | number | undefined>>, sourceColumn: "source" | "says"): number {
  const target = reader.table(table);
  const row = target.add();
  for (const [column, value] of Object.entries(values)) target.set(row, column, value);
  if (at === undefined) return row;
  target.set(row, "base", at.path);
  target.set(row, "record", at.document.record);
  target.set(row, sourceColumn, at.document.file);
  return row;
}
