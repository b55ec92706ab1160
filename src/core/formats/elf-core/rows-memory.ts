/** The memory map: ranges, where their bytes stand, mapped files and the auxiliary vector. */
import type { Span } from "../../bytes/span.ts";
import type { Column } from "../../model/column.ts";
import { UNSAVED } from "../../model/page-place.ts";
import { decodeText } from "../../schema/show.ts";
import { FILE, type Core } from "./core.ts";
import { pathCount, pathOf } from "./file-note.ts";
import { AUXV } from "../../model/linux.ts";
import { NT } from "../../machine/note-numbers.ts";
import { programRange, rangeAt, sortedByStart, type Range } from "./regions.ts";

/** Why bytes are not here, besides those of mapped files. */
const PROT_WRITE = 2;

export const ABSENT = {
  noAccess: "not in the dump (no access)",
  left: "not in the dump",
  writable: "not in the dump: as in the mapped file, unless it was written",
  cut: "missing: the core is cut off",
} as const;

/** Bytes of each range by where they are. */
export interface RangeBytes {
  /** In the file. */
  readonly present: Float64Array;
  /** Announced, but beyond the end of the file. */
  readonly cut: Float64Array;
}

export interface MemoryRows {
  /** Row of the space; -1 without any range. */
  readonly space: number;
  /** Ranges in the order of the rows of the table. */
  readonly ranges: readonly Range[];
  readonly bytes: RangeBytes;
  /** Row of the mapped file of each path. */
  readonly files: ReadonlyMap<string, number>;
  /** First range of NT_FILE of each row of the files. */
  readonly fileRanges: readonly number[];
}

/** Bytes of a segment that the file announces, and those of them that it has. */
function announcedBytes({ elf: { segments } }: Core, segment: number): number {
  return segment < 0 ? 0 : Math.min(segments.filesz[segment]!, Number(segments.memsz[segment]!));
}

function presentBytes(core: Core, segment: number): number {
  return segment < 0 ? 0 : Math.max(0, Math.min(announcedBytes(core, segment), core.elf.source.size - core.elf.segments.offset[segment]!));
}

function bytesOf(core: Core, ranges: readonly Range[]): RangeBytes {
  const present = new Float64Array(ranges.length);
  const cut = new Float64Array(ranges.length);
  for (const [index, { segment }] of ranges.entries()) {
    present[index] = presentBytes(core, segment);
    cut[index] = announcedBytes(core, segment) - present[index]!;
  }
  return { present, cut };
}

export async function memoryRows(core: Core, ranges: readonly Range[], task: number, signal?: AbortSignal): Promise<MemoryRows> {
  const { reader, elf } = core;
  const { files, fileRanges } = fileRows(core);
  if (core.files === undefined) await programRow(core, ranges, files, signal);
  const bytes = bytesOf(core, ranges);
  if (ranges.length === 0 && core.auxv.length === 0) return { space: -1, ranges, bytes, files, fileRanges };
  const space = spaceRow(core, ranges, bytes, files, task);
  auxvRows(core, space);
  const regions = reader.table("regions");
  const extents = reader.table("extents");
  // By column: a core may have a million ranges.
  const column = (name: string): Column => regions.column(name);
  const [starts, ends, kinds, paths, pageSizes, pgoffs, prots, spaces, records] = ["start", "end", "kind", "path", "page_size", "pgoff", "prot_bits", "space", "record"].map(column) as [Column, Column, Column, Column, Column, Column, Column, Column, Column];
  const page = BigInt(core.abi.pageSize);
  const mapped = new Map<string, number>();
  const noteRecord = core.noteRecord(core.filesNote);
  for (const [index, range] of ranges.entries()) {
    const { start, end, segment, file, path, kind, prot } = range;
    const row = regions.add();
    const record = segment >= 0 ? core.headerRecords[segment]! : noteRecord;
    starts.setBig(row, start);
    ends.setBig(row, end);
    kinds.setText(row, kind);
    pageSizes.set(row, core.abi.pageSize);
    spaces.set(row, space);
    records.set(row, record);
    if (prot !== undefined) prots.set(row, prot);
    if (path !== undefined) paths.setText(row, path);
    if (file >= 0 && core.files !== undefined) {
      pgoffs.setBig(row, BigInt.asUintN(64, core.files.offsets[file]! + start - core.files.starts[file]!) / page);
      regions.set(row, "path_record", noteRecord);
    }
    const present = bytes.present[index]!;
    const cut = bytes.cut[index]!;
    if (present > 0) regions.set(row, "pages", Math.ceil(present / core.abi.pageSize));
    if (present + cut < Number(end - start)) regions.set(row, "unsaved", whyAbsent(range));
    else if (cut > 0) regions.set(row, "unsaved", ABSENT.cut);
    if (path !== undefined && file >= 0 && files.has(path)) {
      regions.set(row, "file", files.get(path)!);
      mapped.set(path, (mapped.get(path) ?? 0) + 1);
    }
    if (present > 0) extentRow(row, start, present, elf.segments.offset[segment]!, core.segmentRecords[segment]!);
    if (cut > 0) {
      const at = extentRow(row, start + BigInt(present), cut, undefined, record);
      extents.set(at, "where", ABSENT.cut);
    }
  }
  for (const [path, row] of files) reader.table("files").set(row, "users", mapped.get(path) ?? 0);
  return { space, ranges, bytes, files, fileRanges };

  /** A run is as long as the dump says, to the byte: where that is no number of pages, it is one page of that size. */
  function extentRow(region: number, start: bigint, length: number, offset: number | undefined, record: number): number {
    const row = extents.add();
    const isWhole = length % core.abi.pageSize === 0;
    extents.set(row, "start", start);
    extents.set(row, "pages", isWhole ? length / core.abi.pageSize : 1);
    extents.set(row, "page_size", isWhole ? core.abi.pageSize : length);
    if (offset !== undefined) {
      extents.set(row, "offset", offset);
      extents.set(row, "image", FILE);
    }
    extents.set(row, "space", space);
    extents.set(row, "region", region);
    extents.set(row, "record", record);
    return row;
  }
}

/** What bytes are that the dump leaves out. */
function whyAbsent({ kind, prot, file }: Range): string {
  // What a program may have written is not as in the file, unless nobody did.
  if (file >= 0 && kind === "file") return ((prot ?? 0) & PROT_WRITE) === 0 ? UNSAVED.file : ABSENT.writable;
  return prot === 0 ? ABSENT.noAccess : ABSENT.left;
}

const AT = { EXECFN: 31, SYSINFO_EHDR: 33 } as const;

function spaceRow(core: Core, ranges: readonly Range[], bytes: RangeBytes, files: ReadonlyMap<string, number>, task: number): number {
  const { reader, abi } = core;
  const spaces = reader.table("spaces");
  const row = spaces.add();
  const stored = bytes.present.reduce((sum, present) => sum + present, 0);
  spaces.set(row, "task", task);
  spaces.set(row, "users", task < 0 ? 0 : 1);
  spaces.set(row, "regions", ranges.length);
  spaces.set(row, "pages", Math.ceil(stored / abi.pageSize));
  spaces.set(row, "stored", stored);
  const vdso = core.auxvValue(AT.SYSINFO_EHDR);
  if (vdso !== undefined && vdso !== 0n) spaces.set(row, "vdso", vdso);
  const program = programRange(core, sortedByStart(ranges))?.path;
  // Without NT_FILE the one file that is known is the program.
  const file = core.files === undefined ? files.values().next().value : program === undefined ? undefined : files.get(program);
  if (file !== undefined) spaces.set(row, "exe_file", file);
  const auxv = core.noteIndex("CORE", NT.AUXV);
  const first = ranges.find(({ segment }) => segment >= 0);
  spaces.set(row, "record", auxv >= 0 ? core.noteRecord(auxv) : first === undefined ? core.noteRecord(core.filesNote) : core.headerRecords[first.segment]!);
  if (task >= 0) reader.table("tasks").set(task, "space", row);
  return row;
}

function auxvRows(core: Core, space: number): void {
  const table = core.reader.table("auxv");
  const record = core.noteRecord(core.noteIndex("CORE", NT.AUXV));
  for (const [index, { type, value }] of core.auxv.entries()) {
    const row = table.add();
    table.set(row, "type", AUXV.get(type) ?? `AT_${type}`);
    table.set(row, "value", value);
    table.set(row, "space", space);
    table.set(row, "index", index);
    table.set(row, "record", record);
  }
}

/** A row for each path, with its first range. */
function fileRows(core: Core): { readonly files: Map<string, number>; readonly fileRanges: number[] } {
  const files = new Map<string, number>();
  const fileRanges: number[] = [];
  const desc = core.notes.list[core.filesNote]?.desc;
  if (core.files === undefined || desc === undefined) return { files, fileRanges };
  const table = core.reader.table("files");
  for (let range = 0; range < pathCount(core.files); range++) {
    const path = pathOf(core.files, desc, range)!;
    if (files.has(path)) continue;
    const row = table.add();
    table.set(row, "kind", "mapped file");
    table.set(row, "path", path);
    table.set(row, "record", core.noteRecord(core.filesNote));
    files.set(path, row);
    fileRanges.push(range);
  }
  return { files, fileRanges };
}

/** Bytes of a path that are read. */
const MOST_PATH = 4096;

/** Without NT_FILE the program's path is in its memory, at the address that AT_EXECFN names. */
async function programRow(core: Core, ranges: readonly Range[], files: Map<string, number>, signal?: AbortSignal): Promise<void> {
  const address = core.auxvValue(AT.EXECFN);
  const range = address === undefined ? undefined : rangeAt(sortedByStart(ranges), address);
  if (address === undefined || range === undefined || range.segment < 0) return;
  const into = Number(address - range.start);
  const from = core.elf.segments.offset[range.segment]! + into;
  const bytes = await core.elf.source.read(from, from + Math.min(MOST_PATH, Math.max(0, presentBytes(core, range.segment) - into)), signal);
  const nul = bytes.indexOf(0);
  if (nul <= 0) return;
  const table = core.reader.table("files");
  const row = table.add();
  const path = decodeText(bytes.subarray(0, nul));
  table.set(row, "kind", "program");
  table.set(row, "path", path);
  table.set(row, "detail", "path by which it was started (AT_EXECFN)");
  table.set(row, "record", core.segmentRecords[range.segment]!);
  files.set(path, row);
}

/** Where the description of a note stands. */
export function descSpan(core: Core, note: number): Span | undefined {
  const found = core.notes.list[note];
  return found === undefined ? undefined : { file: FILE, start: found.descStart, end: found.descStart + found.descSize };
}

