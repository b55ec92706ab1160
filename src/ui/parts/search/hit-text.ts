/** A hit as it is shown and saved: its bytes with what stands before and behind, where it is, and whole lists as files. */
import { csvField, jsonRow, type CellValue, type SearchHit } from "../../../core/index.ts";
import { bytesView, memoryRangeView, tableView, type View } from "../../state/view.ts";
import { hexOfByte, printable } from "../byte-text.ts";
import { hexText } from "../words.ts";

/** Something found, with what stands around it. */
export interface Found {
  readonly before: string;
  readonly hit: string;
  readonly after: string;
}

/** Bytes shown in hex: so many before the hit, so many in all. */
const HEX_BEFORE = 4;
const HEX_ALL = 20;
/** Characters shown as text. */
const TEXT_BEFORE = 16;
const TEXT_ALL = 72;
/** A string fills its line, and no line is longer than this. */
export const STRING_ALL = 400;

/** Cuts the context so that the hit comes first, then what is before it, then what is behind it. */
function cut({ context, contextAt, length }: SearchHit, mostBefore: number, mostAll: number): readonly [before: Uint8Array, hit: Uint8Array, after: Uint8Array, isCut: boolean] {
  const start = Math.max(0, Math.min(contextAt, context.length));
  const stop = Math.max(start, Math.min(start + length, context.length));
  const before = Math.min(start, mostBefore);
  const shown = Math.min(stop - start, mostAll - before);
  const after = Math.max(0, Math.min(context.length - stop, mostAll - before - shown));
  return [context.subarray(start - before, start), context.subarray(start, start + shown), context.subarray(stop, stop + after), shown < length];
}

export function foundHex(hit: SearchHit): Found {
  const [before, found, after, isCut] = cut(hit, HEX_BEFORE, HEX_ALL);
  const text = (bytes: Uint8Array): string => Array.from(bytes, hexOfByte).join(" ");
  return { before: text(before), hit: text(found) + (isCut ? " …" : ""), after: isCut ? "" : text(after) };
}

/** At most `most` characters. Where the core read the hit as text (UTF-16, UTF-8 beyond ASCII), that text; else its bytes as ASCII. */
export function foundText(hit: SearchHit, most = TEXT_ALL): Found {
  const [before, found, after, isCut] = cut(hit, TEXT_BEFORE, most);
  const text = (bytes: Uint8Array): string => Array.from(bytes, printable).join("");
  if (hit.text === undefined) return { before: text(before), hit: text(found) + (isCut ? "…" : ""), after: isCut ? "" : text(after) };
  const shown = Array.from(hit.text, (character) => (/\p{C}/u.test(character) ? "." : character));
  const isLong = shown.length > most;
  return { before: text(before), hit: shown.slice(0, most).join("") + (isLong ? "…" : ""), after: isCut || isLong ? "" : text(after) };
}

/** Hits in address spaces are shown in memory, all others as bytes of their file. */
export function viewOfHit(hit: SearchHit): View {
  return hit.where === "space" && hit.space >= 0 ? memoryRangeView(hit.space, hit.address, hit.address + BigInt(hit.length)) : bytesView(hit.file, hit.offset, hit.offset + Math.max(1, hit.length));
}

/** The row that the hit belongs to; undefined when no row says so. */
export function rowOfHit(hit: SearchHit): View | undefined {
  if (hit.row !== undefined) return tableView(hit.row.table, hit.row.row);
  if (hit.where === "object" && hit.object >= 0) return tableView("memory_objects", hit.object);
  return hit.where === "space" && hit.region >= 0 ? tableView("regions", hit.region) : undefined;
}

const COLUMNS = ["where", "owner", "address", "length", "file", "offset", "text", "context", "context_at"] as const;

function savedCells(hit: SearchHit, fileNames: readonly string[]): readonly CellValue[] {
  const isInFile = hit.file >= 0;
  return [
    hit.where,
    hit.owner,
    hexText(hit.address),
    hit.length,
    isInFile ? (fileNames[hit.file] ?? null) : null,
    isInFile ? hit.offset : null,
    hit.text ?? null,
    Array.from(hit.context, hexOfByte).join(""),
    hit.contextAt,
  ];
}

/** The hits as a file, in pieces: one text of them all might be longer than a string can be. */
export function hitsAsFile(hits: readonly SearchHit[], format: "csv" | "json", fileNames: readonly string[]): string[] {
  if (format === "csv") return [`${COLUMNS.join(",")}\r\n`, ...hits.map((hit) => `${savedCells(hit, fileNames).map(csvField).join(",")}\r\n`)];
  return ["[\n", ...hits.map((hit, index) => `${jsonRow(COLUMNS, savedCells(hit, fileNames))}${index === hits.length - 1 ? "" : ","}\n`), "]\n"];
}
