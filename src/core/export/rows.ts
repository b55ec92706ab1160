/** Rows as text: CSV, JSON, NDJSON and aligned columns, written piece by piece. */
import type { CellValue, ExportFormat } from "../inspector.ts";

const PIECE = 64 * 1024;

/** A field of CSV (RFC 4180). Texts that a spreadsheet would run as a formula get a leading apostrophe. */
export function csvField(value: CellValue): string {
  if (value === null) return "";
  let text = String(value);
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** JSON of a value; 64-bit numbers that JSON cannot carry exactly become strings. */
export function jsonValue(value: CellValue): string {
  return typeof value === "bigint" ? `"${value}"` : JSON.stringify(value);
}

export function jsonRow(columns: readonly string[], values: readonly CellValue[]): string {
  return `{${columns.map((name, index) => `${JSON.stringify(name)}:${jsonValue(values[index] ?? null)}`).join(",")}}`;
}

export interface RowSource {
  readonly columns: readonly string[];
  readonly labels: readonly string[];
  readonly length: number;
  plain(index: number): readonly CellValue[];
  text(index: number): readonly string[];
}

export async function writeRows(
  source: RowSource,
  format: ExportFormat,
  write: (piece: string) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let piece = "";
  const flush = async (): Promise<void> => {
    if (piece !== "") await write(piece);
    piece = "";
    signal?.throwIfAborted();
  };
  const widths = format === "text" ? columnWidths(source) : [];
  if (format === "csv") piece += `${source.columns.map(csvField).join(",")}\r\n`;
  if (format === "json") piece += "[";
  if (format === "text") piece += `${aligned(source.labels, widths)}\n`;
  for (let index = 0; index < source.length; index++) {
    switch (format) {
      case "csv":
        piece += `${source.plain(index).map(csvField).join(",")}\r\n`;
        break;
      case "json":
        piece += `${index === 0 ? "\n" : ",\n"}${jsonRow(source.columns, source.plain(index))}`;
        break;
      case "ndjson":
        piece += `${jsonRow(source.columns, source.plain(index))}\n`;
        break;
      case "text":
        piece += `${aligned(source.text(index), widths)}\n`;
        break;
    }
    if (piece.length >= PIECE) await flush();
  }
  if (format === "json") piece += source.length === 0 ? "]\n" : "\n]\n";
  await flush();
}

const MOST_WIDTH = 100;
const SAMPLE = 1000;

/** Widths from the first rows: a later, wider value only shifts its own line. */
function columnWidths(source: RowSource): number[] {
  const widths = source.labels.map((label) => label.length);
  for (let index = 0; index < Math.min(source.length, SAMPLE); index++) {
    for (const [column, text] of source.text(index).entries()) widths[column] = Math.min(MOST_WIDTH, Math.max(widths[column]!, text.length));
  }
  return widths;
}

function aligned(texts: readonly string[], widths: readonly number[]): string {
  return texts.map((text, column) => (column === texts.length - 1 ? text : text.padEnd(widths[column]!))).join("  ").trimEnd();
}
