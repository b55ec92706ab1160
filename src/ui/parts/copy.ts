/** Text to the clipboard, rows as text, and files to the disk. */
import type { Cell, ColumnInfo, Row } from "../../core/index.ts";
import { announce } from "../state/selection.ts";

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(`Copied ${what}.`);
  } catch {
    // Pages served over plain HTTP have no clipboard interface; the old way still works there.
    announce(copyBySelection(text) ? `Copied ${what}.` : `The browser did not let the page copy ${what}.`);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  area.className = "visually-hidden";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}

/** A cell for the clipboard: the whole value, however it was cut on the screen. */
export function cellText(cell: Cell): string {
  return cell.text;
}

/** One row, tab-separated, in the order of the columns on screen. */
export function rowAsText(row: Row, columns: readonly ColumnInfo[], all: readonly ColumnInfo[]): string {
  return columns.map((column) => row.cells[all.indexOf(column)]?.text ?? "").join("\t");
}

/** One row as an object with every column; 64-bit values beyond 2^53 as text, which JSON readers keep whole. */
export function rowAsJson(row: Row, columns: readonly ColumnInfo[]): string {
  const entries = columns.map((column, index) => [column.name, row.cells[index]?.value ?? null] as const);
  return JSON.stringify(Object.fromEntries(entries), jsonValue, 2);
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= -BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}

/** Offers a blob as a download under a name; characters that file systems refuse become underscores. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name.replace(/[^\w.()+-]+/g, "_");
  anchor.click();
  // The browser reads the blob after the click returns; a minute is ample and the memory is not kept for ever.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
