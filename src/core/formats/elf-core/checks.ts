/** Rules of ELF cores; those of every format (overlaps, order) run over the tables behind them. */
import { shapeOf, readXsaveLayout, XCR0_AT } from "../../machine/xsave-layout.ts";
import { formatHex, formatSize } from "../../schema/show.ts";
import { FILE, type Core } from "./core.ts";
import { MOST_HEADERS } from "./elf-file.ts";
import { pathCount } from "./file-note.ts";
import { PT_LOAD } from "./names.ts";
import { NT } from "../../machine/note-numbers.ts";
import { rangeAt, sortedByStart } from "./regions.ts";
import { descSpan, type MemoryRows } from "./rows-memory.ts";
import { tidText, type ProcessRows } from "./rows-tasks.ts";

export async function checkCore(core: Core, memory: MemoryRows, process: ProcessRows, signal?: AbortSignal): Promise<void> {
  checkHeaders(core);
  checkNotes(core);
  checkThreads(core, memory, process);
  checkRanges(core, memory);
  checkFiles(core, memory);
  checkAuxv(core);
  await checkXstate(core, signal);
}

function checkHeaders({ elf, reader }: Core): void {
  const { head, segments, announced, source, stride, entrySize } = elf;
  const header = reader.recordSpan(0);
  if (head.wrong.length > 0) reader.report("core.ident", `In the first 16 bytes ${head.wrong.join(", ")}.`, reader.fieldOf(0, "e_ident"));
  if (head.phentsize !== entrySize && (head.phnum > 0 || head.phentsize !== 0)) reader.report("core.header-size", `A program header is said to have ${head.phentsize} bytes, its class has ${entrySize}.`, reader.fieldOf(0, "e_phentsize"));
  if (announced === undefined) {
    reader.report("core.headers-cut", `The number of program headers stands at the end of the file, which is cut off; ${segments.count} fit before the data.`, reader.fieldOf(0, "e_shoff"));
  } else if (segments.count < announced) {
    const isLimit = segments.count === MOST_HEADERS;
    const end = head.phoff + announced * stride;
    if (isLimit) reader.report("limit.records", `The first ${MOST_HEADERS} program headers are read, of ${announced}.`);
    else reader.report("core.headers-cut", `${announced} program headers end at ${end}, the file at ${source.size}: ${segments.count} are there.`, header);
  }
}

function checkNotes(core: Core): void {
  const { notes, reader, files } = core;
  for (const { start, end, why } of notes.damage) reader.report(notes.isCapped && why.startsWith("only") ? "limit.records" : "core.note", `At ${formatHex(start)} ${why}.`, { file: FILE, start, end });
  if (notes.segments === 0 || notes.cutSegments > 0) {
    const isGone = notes.segments > 0 && notes.list.length === 0;
    const text = notes.segments === 0 ? "There is no segment with notes." : isGone ? "The file ends before the notes: threads, registers and signal are lost." : "The file ends inside the notes: some threads or tables are lost.";
    reader.report("core.notes-missing", text, reader.recordSpan(0));
  }
  if (notes.threads === 0) reader.report("core.no-threads", "There is no NT_PRSTATUS.", reader.recordSpan(0));
  if (notes.list.length === 0) return;
  const has = (number: number): boolean => notes.list.some((note) => note.owner === "CORE" && note.number === number);
  const missing = ([["NT_PRPSINFO", NT.PRPSINFO], ["NT_AUXV", NT.AUXV], ["NT_FILE", NT.FILE]] as const).filter(([, number]) => !has(number)).map(([name]) => name);
  if (missing.length > 0) reader.report("core.note-missing", `There is no ${missing.join(" and no ")}.`, reader.recordSpan(0));
  if (files === undefined && has(NT.FILE)) reader.report("core.files", "NT_FILE is too short for its counts.", descSpan(core, core.noteIndex("CORE", NT.FILE)));
}

function checkThreads(core: Core, { ranges }: MemoryRows, { threads }: ProcessRows): void {
  const { reader } = core;
  const { layout } = core.elf;
  const sorted = sortedByStart(ranges);
  const seen = new Set<number>();
  const table = reader.table("threads");
  for (const [row, thread] of threads.entries()) {
    const about = { table: "threads", row };
    const record = core.noteRecord(thread.note);
    const { tid, registers } = thread;
    if (tid === 0) reader.report("core.thread-id", `Thread ${row + 1} has the id 0.`, reader.fieldOf(record, "pr_pid"), about);
    else if (tid !== undefined && seen.has(tid)) reader.report("core.thread-id", `Two threads have the id ${tid}.`, reader.fieldOf(record, "pr_pid"), about);
    if (tid !== undefined) seen.add(tid);
    if (registers === undefined || layout === undefined || ranges.length === 0) continue;
    const { ip, sp } = layout.roles;
    const at = (name: string): ReturnType<typeof reader.fieldOf> => reader.fieldOf(record, `pr_reg.${name}`);
    const pc = table.big(row, "ip");
    if (rangeAt(sorted, pc) === undefined) reader.report("core.thread-address", () => `The instruction pointer of ${tidText(thread)} is ${formatHex(pc)}, outside every range.`, at(ip), about);
    const stack = table.big(row, "sp");
    const range = rangeAt(sorted, stack);
    if (range === undefined) reader.report("core.thread-address", () => `The stack pointer of ${tidText(thread)} is ${formatHex(stack)}, outside every range.`, at(sp), about);
    else if (range.prot !== undefined && (range.prot & 2) === 0) reader.report("core.thread-address", () => `The stack pointer of ${tidText(thread)} is ${formatHex(stack)}, where nothing can be written.`, at(sp), about);
  }
}

/** Ranges that end at 2^64, or beyond it. */
const LAST = 0xffff_ffff_ffff_ffffn;

function checkRanges(core: Core, { ranges, bytes }: MemoryRows): void {
  const { reader } = core;
  const { segments, source } = core.elf;
  let cut = 0;
  let missing = 0;
  let first = -1;
  const top = 1n << BigInt(core.abi.longSize * 8);
  for (const [row, { segment, start, end }] of ranges.entries()) {
    if (segment < 0) continue;
    const record = core.headerRecords[segment]!;
    const about = { table: "regions", row };
    if (end === start) reader.report("vma.empty", () => `The range at ${formatHex(start)} is empty.`, reader.fieldOf(record, "p_memsz"), about);
    // The end of a range beyond the last address was cut there.
    if ((end === LAST || core.abi.longSize === 4) && start + segments.memsz[segment]! > top) reader.report("vma.range", () => `The range at ${formatHex(start)} goes beyond the address space.`, reader.fieldOf(record, "p_memsz"), about);
    if (segments.filesz[segment]! > Number(segments.memsz[segment]!)) {
      reader.report("core.file-size", () => `The range at ${formatHex(start)} has ${segments.filesz[segment]} bytes in the file and ${segments.memsz[segment]} in memory.`, reader.fieldOf(record, "p_filesz"), about);
    }
    if (bytes.cut[row] === 0) continue;
    if (first < 0) first = row;
    cut++;
    missing += bytes.cut[row]!;
  }
  if (cut > 0) {
    const all = segments.type.reduce((sum, type) => sum + Number(type === PT_LOAD), 0);
    reader.report("core.cut", `The file ends at ${formatHex(source.size)}: ${formatSize(missing)} in ${cut} of ${all} ranges are missing.`, reader.fieldOf(core.headerRecords[ranges[first]!.segment]!, "p_filesz"), { table: "regions", row: first });
  }
}

function checkFiles(core: Core, { ranges }: MemoryRows): void {
  const { files, reader, filesNote } = core;
  if (files === undefined) return;
  const record = core.noteRecord(filesNote);
  const at = (path: string): ReturnType<typeof reader.fieldOf> => reader.fieldOf(record, path);
  const { announced, count, starts, ends, offsets } = files;
  if (announced !== BigInt(count)) reader.report("core.files", `NT_FILE announces ${announced} ranges, ${count} fit.`, at("count"));
  if (pathCount(files) < count) reader.report("core.files", `NT_FILE has ${count} ranges and ${pathCount(files)} paths.`, at("count"));
  const page = BigInt(core.abi.pageSize);
  for (let index = 0; index < count; index++) {
    const range = (): string => `Range ${index} of NT_FILE, ${formatHex(starts[index]!)} to ${formatHex(ends[index]!)},`;
    if (ends[index]! <= starts[index]!) reader.report("core.files", () => `${range()} ends before it begins.`, at(`ranges.${index}`));
    else if (index > 0 && starts[index]! < ends[index - 1]!) reader.report("core.files", () => `${range()} begins before the one before it ends.`, at(`ranges.${index}`));
    if (offsets[index]! % page !== 0n) reader.report("core.files", () => `${range()} begins at byte ${offsets[index]} of its file, which is no multiple of ${page}.`, at(`ranges.${index}`));
  }
  const alone = ranges.flatMap(({ segment, file }, row) => (segment < 0 ? [{ file, row }] : []));
  for (const { file, row } of alone) reader.report("core.file-range", () => `No program header has the range ${formatHex(starts[file]!)} to ${formatHex(ends[file]!)} of ${ranges[row]!.path ?? "a file without a path"}.`, at(`ranges.${file}`), { table: "regions", row });
}

function checkAuxv(core: Core): void {
  const index = core.noteIndex("CORE", NT.AUXV);
  const size = core.notes.list[index]?.descSize ?? 0;
  if (index >= 0 && (core.auxv.length + 1) * 2 * core.abi.longSize > size) core.reader.report("core.auxv", `The auxiliary vector has ${core.auxv.length} entries and no end mark.`, descSpan(core, index));
}

/** Threads whose XSAVE areas are looked at: all areas of a core have one form. */
const MOST_AREAS = 64;

async function checkXstate(core: Core, signal?: AbortSignal): Promise<void> {
  const { notes, reader, elf } = core;
  const told = core.note("LINUX", NT.XSAVE_LAYOUT)?.desc;
  const explicit = told === undefined ? undefined : readXsaveLayout(told);
  for (let thread = 0; thread < Math.min(MOST_AREAS, core.threadNotes.length); thread++) {
    const note = core.threadNote(thread, "LINUX", NT.XSTATE);
    const found = notes.list[note];
    if (found === undefined) continue;
    const bytes = await elf.source.read(found.descStart, found.descStart + Math.min(found.descSize, 64 * 1024), signal);
    if (bytes.length < XCR0_AT + 8 || (bytes.length >= 576 && shapeOf(bytes, explicit).layout === undefined && shapeOf(bytes).parts > 7n)) {
      reader.report("core.xstate", `The XSAVE area of thread ${thread + 1} has ${found.descSize} bytes, which no known arrangement of its parts has.`, descSpan(core, note), { table: "threads", row: thread });
    }
    const needed = [...(explicit ?? [])].reduce((end, [, { offset, size }]) => Math.max(end, offset + size), 0);
    if (needed > found.descSize) reader.report("core.xstate", `The XSAVE area of thread ${thread + 1} has ${found.descSize} bytes, NT_X86_XSAVE_LAYOUT asks for ${needed}.`, descSpan(core, note), { table: "threads", row: thread });
  }
}
