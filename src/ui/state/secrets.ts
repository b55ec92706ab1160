/**
 * Values that may be secrets: environment variables of a container, which often hold passwords and tokens. They are hidden
 * until the user asks for them, so that a shared screen shows none by accident.
 */
import type { ColumnInfo, Row, TableInfo } from "../../core/index.ts";
import { createStore } from "./store.ts";

/** Whether the user asked for them. Never kept: each visit begins with hidden ones. */
export const secretsShown = createStore(false);

/** Copies and downloads take hidden values along; whoever was told once knows. */
export const secretsWarned = createStore(false);

export const HIDDEN_TEXT = "••••••••";
export const HIDDEN_WHY = "An environment variable may be a secret. It is hidden until you ask for it.";

const SECRET_TABLE = "process_spec";
const SECRET_COLUMN = "value";
const SECRET_KIND = "environment";

export function mayHoldSecrets(info: TableInfo): boolean {
  return info.name === SECRET_TABLE && info.rowCount > 0;
}

export function isSecretRow(info: TableInfo, row: Row): boolean {
  return info.name === SECRET_TABLE && row.cells[info.columns.findIndex(({ name }) => name === "kind")]?.text === SECRET_KIND;
}

export function isSecretCell(info: TableInfo, row: Row, column: ColumnInfo): boolean {
  return column.name === SECRET_COLUMN && isSecretRow(info, row);
}

/** Field of a runtime specification or configuration that holds an environment variable, by its path: `process.env.3`. */
export function isSecretField(path: string): boolean {
  return /(^|\.)(env|environment)\.(\d+-\d+\.)?\d+$/i.test(path);
}
