/**
 * Mappings: which field of a message fills which column. Each does three jobs: it says what to read, fills the column, and
 * remembers where the value came from, so that a click on a cell lights the bytes of that very field.
 */
import type { MessageValue } from "../schema/decode-message.ts";
import type { Raw } from "./table.ts";
import type { TableName } from "./tables.ts";

/** A column that is worked out from fields: `from` names the field whose bytes say so, `how` the way from it to the value. */
export interface Worked {
  readonly from: string;
  readonly how: string;
  readonly value: (message: MessageValue) => Raw | undefined;
  /** How many elements of the mapping's list behind the row's own the field stands; 0 when left out. */
  readonly behind?: number;
}

export interface Mapping {
  readonly table: TableName;
  /** Column of the table with the record that the fields stand in. */
  readonly recordColumn: string;
  /** Repeated field of the record whose elements the rows are made of; empty when the row is the record. */
  readonly list: string;
  /** By column: name of a field (a path of names for fields of messages inside), or how the value follows from one. */
  readonly columns: Readonly<Record<string, string | Worked>>;
}

interface Extra {
  readonly list?: string;
  readonly record?: string;
}

export function mapping(table: TableName, columns: Mapping["columns"], { list = "", record = "record" }: Extra = {}): Mapping {
  return { table, recordColumn: record, list, columns };
}

export function worked(from: string, how: string, value: Worked["value"], behind = 0): Worked {
  return { from, how, value, behind };
}

/** Value of a field path such as `reg.fown.pid` for a column; undefined when it is absent. */
export function fieldValue(message: MessageValue, path: string): Raw | undefined {
  const steps = path.split(".");
  let current: MessageValue | undefined = message;
  for (const step of steps.slice(0, -1)) current = current?.sub(step);
  const name = steps.at(-1)!;
  const value = current?.raw(name);
  if (value === undefined) return undefined;
  if (value instanceof Uint8Array) return current!.text(name);
  return typeof value === "object" ? undefined : value;
}
