/**
 * Cut the file into records that tile it: header, program headers, notes, section headers, contents of segments, and what lies
 * between. Headers and notes come first where a damaged file lets segments overlap them.
 */
import type { FileAt } from "../../model/set-reader.ts";
import { isZero } from "../../schema/show.ts";
import { FILE, type Core } from "./core.ts";
import { PT_LOAD, PT_NOTE } from "./names.ts";

export type PieceKind = "head" | "header" | "note" | "no-note" | "sections" | "names" | "memory" | "gap" | "unknown";

export interface Piece {
  readonly kind: PieceKind;
  readonly start: number;
  readonly end: number;
  /** Program header, note or section. */
  readonly index: number;
}

/** Bytes between segments that are looked at, to tell padding from data: gaps, and bytes of one. */
const MOST_GAPS = 4096;
const MOST_GAP_BYTES = 128 * 1024;
const STRING_TABLE = 3;

/** Pieces of the file, ascending; the records of the file are the same in number and order. */
export async function frameCore(core: Core, { reader, source, signal }: FileAt): Promise<readonly Piece[]> {
  const pieces = await sortGaps(tile(core), core, signal);
  for (const { kind, start, end, index } of pieces) {
    const record = reader.add(FILE, start, end, reader.nameId(nameOf(core, kind, index)));
    if (kind === "head" && end < fullHead(core)) reader.leave(FILE, start, end);
    else if (kind === "header") {
      core.headerRecords[index] = record;
      if (end > start + core.elf.entrySize) reader.leave(FILE, start + core.elf.entrySize, end);
    } else if (kind === "note") {
      core.noteRecords[index] = record;
      const { type, descStart, descSize } = core.notes.list[index]!;
      if (type === undefined) reader.leave(FILE, descStart, descStart + descSize);
    } else if (kind === "memory" && core.segmentRecords[index]! < 0) core.segmentRecords[index] = record;
    else if (kind === "no-note" || kind === "unknown") reader.leave(FILE, start, end);
  }
  const last = pieces.at(-1);
  if (last !== undefined && (last.kind === "unknown" || last.kind === "gap") && last.end === source.size && pieces.length > 1) {
    reader.report("core.trailing", `${last.end - last.start} bytes follow the last segment.`, { file: FILE, start: last.start, end: last.end });
  }
  return pieces;
}

/** Bytes of a header that is not cut off. */
export function fullHead({ abi }: Core): number {
  return abi.longSize === 8 ? 64 : 52;
}

function nameOf({ elf, notes }: Core, kind: PieceKind, index: number): string {
  switch (kind) {
    case "head":
      return "ELF header";
    case "header":
      return elf.segments.type[index] === PT_LOAD ? "program header: memory" : elf.segments.type[index] === PT_NOTE ? "program header: notes" : "program header";
    case "note": {
      const { type, owner, number } = notes.list[index]!;
      return type?.name ?? `note ${owner.slice(0, 32)} ${number}`;
    }
    case "no-note":
      return "bytes that are no note";
    case "sections":
      return "section headers";
    case "names":
      return "section names";
    case "memory":
      return elf.segments.type[index] === PT_LOAD ? "memory" : "segment";
    case "gap":
      return "padding";
    case "unknown":
      return "bytes of no segment";
  }
}

/** Everything with a place of its own, ascending; of pieces that overlap the first one holds. */
function structure(core: Core): readonly Piece[] {
  const { elf, notes } = core;
  const { source, head, segments, sections, sectionStride, stride, headSize } = elf;
  const pieces: Piece[] = [];
  const add = (kind: PieceKind, start: number, end: number, index: number): void => {
    const to = Math.min(end, source.size);
    if (start >= 0 && start < to) pieces.push({ kind, start, end: to, index });
  };
  for (let index = 0; index < segments.count; index++) add("header", head.phoff + index * stride, head.phoff + (index + 1) * stride, index);
  for (const [index, { start, end }] of notes.list.entries()) add("note", start, end, index);
  for (const [index, { start, end }] of notes.damage.entries()) add("no-note", start, end, index);
  if (sections.length > 0) add("sections", head.shoff, head.shoff + sections.length * sectionStride, 0);
  for (const [index, { type, offset, size }] of sections.entries()) if (type === STRING_TABLE && offset > 0) add("names", offset, offset + size, index);
  // Notes follow the headers as a rule: then there is nothing to sort.
  if (pieces.some(({ start }, index) => index > 0 && start < pieces[index - 1]!.start)) pieces.sort((a, b) => a.start - b.start);
  const kept: Piece[] = [];
  let position = headSize;
  for (const piece of pieces) {
    if (piece.start < position) continue;
    kept.push(piece);
    position = piece.end;
  }
  return kept;
}

function tile(core: Core): Piece[] {
  const { source, segments, headSize } = core.elf;
  const order: number[] = [];
  for (let index = 0; index < segments.count; index++) {
    if (segments.type[index] !== PT_NOTE && segments.type[index] !== 0 && segments.filesz[index]! > 0 && segments.offset[index]! < source.size) order.push(index);
  }
  order.sort((a, b) => segments.offset[a]! - segments.offset[b]! || a - b);
  const pieces: Piece[] = [];
  if (headSize > 0) pieces.push({ kind: "head", start: 0, end: headSize, index: 0 });
  let next = 0;
  const fill = (start: number, end: number): void => {
    for (let at = start; at < end; ) {
      while (next < order.length && segments.offset[order[next]!]! + segments.filesz[order[next]!]! <= at) next++;
      const segment = order[next];
      const begin = segment === undefined ? Infinity : segments.offset[segment]!;
      const to = begin > at ? Math.min(end, begin) : Math.min(end, begin + segments.filesz[segment!]!);
      pieces.push(begin > at ? { kind: "gap", start: at, end: to, index: 0 } : { kind: "memory", start: at, end: to, index: segment! });
      at = to;
    }
  };
  let position = headSize;
  for (const piece of structure(core)) {
    fill(position, piece.start);
    pieces.push(piece);
    position = piece.end;
  }
  fill(position, source.size);
  return pieces;
}

/** Zeros that fill up to a border are padding; other bytes between the segments belong to nothing that is known. */
async function sortGaps(pieces: readonly Piece[], { elf: { source } }: Core, signal?: AbortSignal): Promise<readonly Piece[]> {
  if (!pieces.some(({ kind }) => kind === "gap")) return pieces;
  const sorted: Piece[] = [];
  let looked = 0;
  for (const piece of pieces) {
    if (piece.kind !== "gap") {
      sorted.push(piece);
      continue;
    }
    const { start, end } = piece;
    const isPadding = end - start <= MOST_GAP_BYTES && looked++ < MOST_GAPS && isZero(await source.read(start, end, signal));
    sorted.push(isPadding ? piece : { ...piece, kind: "unknown" });
  }
  return sorted;
}
