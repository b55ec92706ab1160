/** Which field of which record stands behind each column, so that a cell leads to its bytes. */
import type { CellOrigin } from "../../model/checkpoint.ts";
import type { Core } from "./core.ts";
import type { MemoryRows } from "./rows-memory.ts";
import type { ProcessRows } from "./rows-tasks.ts";

interface Source {
  /** Column with the record. */
  readonly record?: string;
  readonly path: string | ((row: number) => string);
  /** How the value follows from the field. */
  readonly how?: string;
}

type Sources = Readonly<Record<string, Readonly<Record<string, Source>>>>;

const field = (path: Source["path"], how?: string, record?: string): Source => ({ path, ...(how === undefined ? {} : { how }), ...(record === undefined ? {} : { record }) });
const IN_STATUS = "core_record";

export function makeOrigins(core: Core, memory: MemoryRows, process: ProcessRows): (table: string, column: string) => CellOrigin | undefined {
  const { reader } = core;
  const { layout } = core.elf;
  const file = (row: number): number => memory.ranges[row]?.file ?? -1;
  /** Where a value of a range stands: in its program header, or in NT_FILE where there is none. */
  const either = (header: string, note: string) => (row: number): string => ((memory.ranges[row]?.segment ?? -1) >= 0 ? header : `ranges.${file(row)}.${note}`);
  const ofFile = (name: string) => (row: number): string => (file(row) < 0 ? "" : `ranges.${file(row)}.${name}`);
  const auxv = (name: string) => (row: number): string => `auxv.${reader.table("auxv").number(row, "index")}.${name}`;
  /** The auxiliary vector gives the ids where it agrees with NT_PRPSINFO. */
  const idOf = (type: number, name: string) => (row: number): string => {
    const entry = core.auxv.findIndex((candidate) => candidate.type === type);
    return reader.table("credentials").column("euid").value(row) === null ? name : `auxv.${entry}.a_val`;
  };
  const status = (name: string) => (row: number): string => (process.threads[row]?.registers === undefined ? "" : `pr_reg.${name}`);
  const call = layout?.call?.number;
  const fromInfo = process.info !== undefined;

  const sources: Sources = {
    tasks: {
      pid: field("pr_pid"),
      tgid: field("pr_pid", "the process itself"),
      ppid: field("pr_ppid"),
      pgid: field("pr_pgrp"),
      sid: field("pr_sid"),
      ...(fromInfo ? { name: field("pr_fname"), state: field("pr_sname", "by name") } : {}),
      blocked: field("pr_sighold", undefined, IN_STATUS),
      pending: field("pr_sigpend", "how many", IN_STATUS),
      exit: field("pr_cursig", "signal that ended the process", IN_STATUS),
      ...(call === undefined ? {} : { syscall: field(`pr_reg.${call}`, "system call number", IN_STATUS) }),
    },
    threads: {
      tid: field("pr_pid"),
      blocked: field("pr_sighold"),
      ...(layout === undefined ? {} : { ip: field(status(layout.roles.ip)), sp: field(status(layout.roles.sp)) }),
      ...(layout?.tls === undefined ? {} : { tls: field(status(layout.tls)) }),
      ...(call === undefined ? {} : { syscall: field(status(call), "system call number"), restart: field(status(layout!.call!.result), "result of a call that begins again") }),
      fpu: field("n_descsz", "bytes of the note", "fpu_record"),
    },
    registers: {
      register: field((row) => `pr_reg.${reader.table("registers").text(row, "register")}`, "name of the field"),
      value: field((row) => `pr_reg.${reader.table("registers").text(row, "register")}`),
    },
    credentials: { uid: field(idOf(11, "pr_uid")), gid: field(idOf(13, "pr_gid")), euid: field(idOf(12, "")), egid: field(idOf(14, "")) },
    regions: {
      start: field(either("p_vaddr", "start")),
      end: field(either("p_memsz", "end"), "start and size"),
      prot_bits: field(either("p_flags", "start"), "in the order of /proc/PID/maps"),
      prot: field(either("p_flags", "start"), "in the order of /proc/PID/maps"),
      pages: field(either("p_filesz", "start"), "bytes in the file, divided by the page size"),
      unsaved: field(either("p_filesz", "start"), "less than p_memsz"),
      path: field((row) => (file(row) < 0 ? "" : `paths.${file(row)}`), "range that holds the first address", "path_record"),
      file: field((row) => (file(row) < 0 ? "" : `paths.${file(row)}`), "file with this path", "path_record"),
      pgoff: field(ofFile("file_ofs"), "in pages", "path_record"),
    },
    files: { path: field((row) => (memory.fileRanges[row] === undefined ? "" : `paths.${memory.fileRanges[row]}`)) },
    auxv: { type: field(auxv("a_type"), "by name"), value: field(auxv("a_val")) },
    pending_signals: {
      signal: field((row) => (isBit(row) ? "pr_sigpend" : "si_signo"), "by name"),
      code: field((row) => (isBit(row) ? "" : "si_code")),
      code_name: field((row) => (isBit(row) ? "" : "si_code"), "by name"),
      errno: field((row) => (isBit(row) ? "" : "si_errno")),
      sender: field((row) => (isBit(row) ? "" : "si_pid")),
      uid: field((row) => (isBit(row) ? "" : "si_uid")),
      value: field((row) => (isBit(row) ? "" : "si_value")),
      address: field((row) => (isBit(row) ? "" : "si_addr")),
    },
  };

  /** A signal that is only a bit of a set. */
  function isBit(row: number): boolean {
    return reader.table("pending_signals").number(row, "index") > 0;
  }

  return (table, column) => {
    if (reader.tables.find(table) === undefined) return undefined;
    const source = sources[table]?.[column];
    if (source === undefined) return { recordColumn: "record", path: "" };
    return { recordColumn: source.record ?? "record", path: source.path, ...(source.how === undefined ? {} : { derived: source.how }) };
  };
}
