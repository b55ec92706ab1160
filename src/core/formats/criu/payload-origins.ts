/** Where columns come from whose field no mapping can name: registers of any machine, and what follows a message. */
import type { CellOrigin } from "../../model/checkpoint.ts";
import type { CriuSet } from "./criu-set.ts";
import { registerPath } from "./rows/tasks.ts";

/** Columns that stand for the bytes of a message's text, not for a field. */
const OF_TEXT: ReadonlySet<string> = new Set(["offset", "bytes", "preview"]);
const FIELDS: ReadonlyMap<string, string> = new Map([["type", "mtype"], ["size", "msize"]]);

export function payloadOrigin(set: CriuSet, table: string, column: string): CellOrigin | undefined {
  const { reader } = set;
  const index = (row: number): number => reader.table(table as "messages").number(row, "index");
  switch (table) {
    case "registers":
      return column === "value" || column === "register" ? { recordColumn: "record", path: (row) => registerPath(set, row) } : undefined;
    case "messages": {
      if (OF_TEXT.has(column)) return undefined;
      const field = FIELDS.get(column);
      return { recordColumn: "record", path: (row) => `@message-${index(row)}${field === undefined ? "" : `.${field}`}`, ...(field === undefined ? { derived: "worked out from the message" } : {}) };
    }
    case "semaphores":
      return { recordColumn: "record", path: (row) => `values.${index(row)}`, ...(column === "value" ? {} : { derived: "worked out from the semaphore" }) };
    default:
      return undefined;
  }
}
