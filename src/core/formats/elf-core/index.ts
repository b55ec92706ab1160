/** ELF core dumps: of the Linux kernel, of gdb's gcore, of qemu-user. */
import { headsOf, type FileSet, type SetFile } from "../../archive/file-set.ts";
import { runChecks } from "../../checks/index.ts";
import type { OnProgress } from "../../inspector.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { SetReader, type FileKind } from "../../model/set-reader.ts";
import { PLAIN_ABI } from "../../schema/abi.ts";
import type { Candidate, Format, Found } from "../format.ts";
import { findBuildIds } from "./build-id.ts";
import { checkCore } from "./checks.ts";
import { Core, FILE } from "./core.ts";
import { HEAD_BYTES, isElf, readElf, readHead, type ElfHead } from "./elf-file.ts";
import { explainPiece } from "./explain.ts";
import { factsOf } from "./facts.ts";
import { frameCore, type Piece } from "./frame.ts";
import { ET_CORE, FILE_TYPE } from "./names.ts";
import { readNotes } from "./notes.ts";
import { makeOrigins } from "./origins.ts";
import { makeRanges, nameStacks } from "./regions.ts";
import { threadRegisters } from "./registers.ts";
import { credentialRows } from "./rows-credentials.ts";
import { memoryRows } from "./rows-memory.ts";
import { processRows } from "./rows-tasks.ts";
import { writerOf, type Writer } from "./writer.ts";

/** Files of a set that are looked at. */
const MOST_FILES = 20_000;

async function find({ files }: FileSet, onProgress: OnProgress, signal?: AbortSignal): Promise<Found> {
  const looked = files.slice(0, MOST_FILES).filter(({ link, source }) => link === undefined && source.size > 0);
  const heads = await headsOf(looked, HEAD_BYTES, (done) => onProgress({ phase: "recognising", done, total: looked.length, unit: "files" }), signal);
  const candidates: Candidate[] = [];
  let reason = "no file has the magic number of ELF";
  for (const [index, file] of looked.entries()) {
    const head = readHead(heads[index]!);
    if (head === undefined || head.type !== ET_CORE) {
      if (isElf(heads[index]!)) reason = `ELF, but no core (its type is ${head === undefined ? "cut off" : (FILE_TYPE.at(PLAIN_ABI).get(head.type) ?? head.type)})`;
      else if (heads[index]![0] === 0x4d && heads[index]![1] === 0x44 && heads[index]![2] === 0x4d && heads[index]![3] === 0x50) reason = "a minidump of Windows or breakpad, which is another format";
      continue;
    }
    candidates.push({
      name: file.path,
      detail: detailOf(head),
      score: head.wrong.length === 0 ? 1 : 0.6,
      files: 1,
      size: file.source.size,
      isPart: false,
      open: async (_options, progress, stop) => await openCore(file, head, progress, stop),
    });
  }
  return { candidates, reason: candidates.length === 0 ? reason : candidates.length === 1 ? "an ELF core" : `${candidates.length} ELF cores` };
}

function detailOf({ wordSize, endian }: ElfHead): string {
  return `ELF${wordSize * 8} core, ${endian} endian`;
}

async function openCore({ path, source }: Pick<SetFile, "path" | "source">, head: ElfHead, onProgress: OnProgress, signal?: AbortSignal): Promise<Checkpoint> {
  onProgress({ phase: "reading", done: 0, total: source.size });
  const elf = (await readElf(source, signal))!;
  const notes = await readNotes(elf, signal);
  const files = [{ name: path, source }];
  const reader = new SetReader(files, signal);
  const core = new Core(elf, notes, reader);
  await reader.frame(coreKind(core));
  const writer = writerOf(core);
  const process = processRows(core, writer);
  const ranges = makeRanges(core);
  nameStacks(ranges, process.threads, elf.layout?.roles.sp);
  const memory = await memoryRows(core, ranges, process.task, signal);
  credentialRows(core, process.info, process.task);
  await findBuildIds(core, memory, signal);
  imageRow(core, path);
  await checkCore(core, memory, process, signal);
  const decoder = reader.decoder();
  const origin = makeOrigins(core, memory, process);
  const checkpoint: Checkpoint = {
    files,
    identity: {
      format: "elf-core",
      formatName: "ELF core dump",
      revision: undefined,
      revisionAlternatives: [],
      architecture: elf.machine,
      byteOrder: head.endian,
      pageSize: core.abi.pageSize,
      reasons: reasonsOf(core, writer),
      revisionChoices: [],
      architectureChoices: [],
      overridden: { revision: false, architecture: false },
    },
    facts: factsOf(core, memory, process, writer),
    tables: reader.tables,
    diagnostics: reader.diagnostics,
    coverage: { total: source.size, explained: source.size - reader.unexplainedBytes },
    unexplained: reader.unexplained(),
    decoder: {
      ...decoder,
      origin,
      fieldSpan: (tableName, row, column) => {
        const table = reader.tables.find(tableName);
        const found = origin(tableName, column);
        if (table === undefined || found === undefined || !table.columns.has(found.recordColumn)) return undefined;
        return reader.fieldOf(table.number(row, found.recordColumn), typeof found.path === "string" ? found.path : found.path(row));
      },
      registers: async (thread) => await threadRegisters(core, process.threads, thread),
    },
    empty: emptyReasons(core),
  };
  runChecks(checkpoint);
  await reader.placeProblems();
  return checkpoint;
}

function coreKind(core: Core): FileKind {
  let pieces: readonly Piece[] = [];
  return {
    name: "ELF core",
    async frame(at) {
      pieces = await frameCore(core, at);
    },
    explain: async (at, index, extent, open) => await explainPiece(core, pieces[index]!, at, extent, open),
    recordDoc: (index) => docOf(core, pieces[index]!),
  };
}

function docOf({ notes }: Core, { kind, index }: Piece): string {
  switch (kind) {
    case "head":
      return "What the file is, and where the program headers stand.";
    case "header":
      return "A stretch of memory or of notes: its address and rights, and where its bytes stand in the file.";
    case "note": {
      const { type, owner } = notes.list[index]!;
      return type === undefined ? `A note of ${owner === "" ? "no owner" : owner.slice(0, 64)} that is not known.` : `${type.doc}.`;
    }
    case "no-note":
      return "Bytes of a note segment that cannot be read as notes.";
    case "sections":
      return "Section headers: gdb writes them, and the kernel one where there are too many program headers to count in the ELF header.";
    case "names":
      return "Names of the sections.";
    case "memory":
      return "Contents of memory, page by page.";
    case "gap":
      return "Zeros up to the next border.";
    case "unknown":
      return "Bytes that no header mentions.";
  }
}

function imageRow({ reader, elf: { source } }: Core, path: string): void {
  const images = reader.table("images");
  const row = images.add();
  images.set(row, "path", path);
  images.set(row, "kind", "ELF core");
  images.set(row, "size", source.size);
  images.set(row, "records", reader.recordCount(FILE));
  images.set(row, "unexplained", reader.unexplainedBytes);
}

function reasonsOf({ elf, notes, abi }: Core, writer: Writer): readonly string[] {
  return [
    `The file begins with the magic number of ELF and has the type ET_CORE: ELF${abi.longSize * 8}, ${abi.endian} endian.`,
    elf.layout === undefined ? `e_machine is ${elf.head.machine}: the registers of this machine are shown as words.` : `e_machine is ${elf.head.machine}: ${elf.machine}.`,
    writer.kind === undefined ? `Nothing says who wrote it: ${notes.list.length} notes in an order that is not known.` : `It looks as if ${writer.text} wrote it. ${writer.reason}`,
  ];
}

function emptyReasons({ notes, files }: Core): ReadonlyMap<string, string> {
  const gone = notes.list.length === 0 ? "The notes are missing: the file ends before them." : "A core has no such thing.";
  const empty = new Map<string, string>();
  for (const table of ["tasks", "threads", "registers", "credentials", "auxv", "pending_signals"]) empty.set(table, notes.list.length === 0 ? gone : "The core has no note of this.");
  empty.set("files", files === undefined ? "The core does not name the mapped files (no NT_FILE)." : "No file was mapped.");
  for (const table of ["fds", "fd_tables", "pipes", "sockets", "socket_buffers", "terminals", "namespaces", "mounts", "limits", "timers", "signal_handlers", "signal_actions", "thread_groups"]) empty.set(table, "A core holds memory and registers only.");
  return empty;
}

export const elfCore: Format = { name: "elf-core", title: "ELF core dump", find };
