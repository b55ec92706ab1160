/** The Summary of a core, line by line, each tied to what says so. */
import type { Fact, FactGroup } from "../../inspector.ts";
import type { TableName } from "../../model/tables.ts";
import { UNSAVED } from "../../model/page-place.ts";
import { escapeText, formatCount, formatSize } from "../../schema/show.ts";
import type { Core } from "./core.ts";
import { NT } from "../../machine/note-numbers.ts";
import { ABSENT, type MemoryRows } from "./rows-memory.ts";
import { tidText, type ProcessRows } from "./rows-tasks.ts";
import type { Writer } from "./writer.ts";

type Add = (label: string, text: string | undefined, link?: Fact["link"], title?: string) => void;

function group(title: string, fill: (add: Add) => void): FactGroup {
  const facts: Fact[] = [];
  fill((label, text, link, more) => {
    if (text !== undefined && text !== "") facts.push({ label, text, ...(link === undefined ? {} : { link }), ...(more === undefined ? {} : { title: more }) });
  });
  return { title, facts };
}

export function factsOf(core: Core, memory: MemoryRows, process: ProcessRows, writer: Writer): readonly FactGroup[] {
  return [origin(core, process, writer, memory), contents(core), left(core, memory, writer)].filter(({ facts }) => facts.length > 0);
}

function origin(core: Core, { info, signals, threads }: ProcessRows, writer: Writer, { files, space }: MemoryRows): FactGroup {
  const { reader } = core;
  const record = (note: number): Fact["link"] => (core.noteRecord(note) < 0 ? undefined : { kind: "row", table: "records", row: core.noteRecord(note) });
  return group("Origin", (add) => {
    const own = record(core.noteIndex("CORE", NT.PRPSINFO));
    add("Written by", writer.text, undefined, writer.reason);
    add("Command", info === undefined ? undefined : escapeText(info.arguments.trimEnd()), own);
    const exe = space < 0 ? -1 : reader.table("spaces").number(space, "exe_file");
    if (exe >= 0) add("Program", escapeText(reader.table("files").text(exe, "path") ?? ""), { kind: "row", table: "files", row: exe });
    if (exe >= 0) add("Build id", reader.table("files").text(exe, "build_id"), { kind: "row", table: "files", row: exe });
    const [first] = signals;
    const status = threads[0];
    if (first !== undefined) add("Signal", first.text, record(first.note), `si_code ${first.info.code}`);
    else if (status !== undefined && status.signal > 0 && writer.kind !== "gcore") add("Signal", reader.table("tasks").text(0, "exit") ?? undefined, record(status.note), "NT_PRSTATUS names the signal; why it was sent is not in the core.");
    if (first?.info.pid !== undefined && (first.info.form === "kill" || first.info.form === "queue")) add("Sender", first.info.pid === info?.pid ? `${first.info.pid}: the process itself` : String(first.info.pid), record(first.note));
    if (status !== undefined && writer.kind !== "gcore" && status.signal > 0) add("Signalled thread", tidText(status), { kind: "row", table: "threads", row: 0 }, "The kernel writes the thread that got the signal first.");
    const found = [...files.values()].filter((row) => reader.table("files").text(row, "build_id") !== undefined).length;
    add("Build ids", found === 0 ? undefined : `${found} of ${files.size} mapped files`, { kind: "table", table: "files" }, "Read from the first pages of the files that are in the core.");
  });
}

const COUNTED: readonly (readonly [label: string, table: TableName])[] = [
  ["Threads", "threads"], ["Memory ranges", "regions"], ["Mapped files", "files"], ["Auxiliary vector", "auxv"], ["Records", "records"],
];

function contents({ reader, notes, elf }: Core): FactGroup {
  return group("Contents", (add) => {
    for (const [label, table] of COUNTED) if (reader.table(table).length > 0) add(label, formatCount(reader.table(table).length), { kind: "table", table });
    add("Notes", formatCount(notes.list.length));
    add("Program headers", formatCount(elf.segments.count));
  });
}

/** What the dump has of the memory, and what it left out: by coredump_filter, by MADV_DONTDUMP, or because it was cut off. */
function left(core: Core, { ranges, bytes }: MemoryRows, writer: Writer): FactGroup {
  const regions = core.reader.table("regions");
  const sums = new Map<string, { ranges: number; bytes: number }>();
  let present = 0;
  let cut = 0;
  let headers = 0;
  let whole = 0;
  let text = 0;
  for (const [row, { start, end, file, prot, kind }] of ranges.entries()) {
    const size = Number(end - start);
    const own = { present: bytes.present[row]!, cut: bytes.cut[row]! };
    present += own.present;
    cut += own.cut;
    const rest = size - own.present - own.cut;
    if (rest > 0) {
      const why = regions.text(row, "unsaved") ?? ABSENT.left;
      const sum = sums.get(why) ?? { ranges: 0, bytes: 0 };
      sums.set(why, { ranges: sum.ranges + 1, bytes: sum.bytes + rest });
    }
    if (kind !== "file" || prot === undefined || (prot & 2) !== 0) continue;
    if (core.files?.offsets[file] === 0n && own.present > 0) headers++;
    if ((prot & 4) === 0) continue;
    text++;
    if (own.present >= size) whole++;
  }
  const table: Fact["link"] = { kind: "table", table: "regions" };
  return group("Memory", (add) => {
    add("In the core", present === 0 ? undefined : formatSize(present), { kind: "table", table: "extents" }, `${formatCount(present)} bytes`);
    for (const [why, sum] of sums) add(why === UNSAVED.file ? "Left to the files" : why === ABSENT.noAccess ? "No access" : "Left out", `${formatSize(sum.bytes)} in ${formatCount(sum.ranges)} ${sum.ranges === 1 ? "range" : "ranges"}`, table, why === UNSAVED.file ? "As in the mapped files, unless the program changed them." : `${why}.`);
    add("Cut off", cut === 0 ? undefined : formatSize(cut), { kind: "table", table: "problems" }, `${formatCount(cut)} bytes beyond the end of the file`);
    if (writer.kind !== "kernel" || text === 0) return;
    const filter = whole === text ? "with the text of programs and libraries" : headers > 0 ? "without text; first pages of ELF files" : "without text and without the first pages of ELF files";
    add("Dump filter", filter, table, "Worked out from what is in the core: the filter itself is not written.");
  });
}
