/** Tasks: state, registers, and the objects that they refer to. */
import { systemCallText } from "../../machine/system-calls.ts";
import { span } from "../../bytes/span.ts";
import { layoutOf } from "../../schema/layout.ts";
import { formatHex, formatNanoseconds, signalName } from "../../schema/show.ts";
import { RESTART_BLOCK } from "./enums.ts";
import { DEAD, NEW_SIGNAL, type Frame } from "./grammar.ts";
import { held } from "./held-reference.ts";
import type { Handlers, Reader, RecordAt } from "./reader.ts";
import { ordinal } from "./revisions.ts";

/** Registers are listed one by one up to this many tasks; beyond it they are seen in the record of each thread. */
const MOST_REGISTER_TASKS = 20_000;

/** The kernel's letters, as in /proc/PID/status. */
const STATES: ReadonlyMap<number, string> = new Map([
  [0, "R (running)"],
  [1, "S (sleeping)"],
  [2, "D (disk sleep)"],
  [4, "T (stopped)"],
  [8, "t (tracing stop)"],
]);

/**
 * Kernels with these patches gave the calls that make and restart checkpoints the next free numbers, which the kernels without
 * them gave to other calls: from those of 2.6.30 on a number has no certain name.
 */
const FIRST_UNSURE: ReadonlyMap<string, number> = new Map([["x86_64", 295], ["i386", 333]]);

/** Code segment of 32-bit tasks: its code in an image, and up to v16 the selector itself. */
const USER32_CS: ReadonlySet<number> = new Set([1, 0x23]);

export function taskRows(reader: Reader): Handlers {
  const { dialect } = reader;
  const tasks = reader.table("tasks");
  /** Entry i of the pid array belongs to the i-th TASK record. */
  const entries = reader.table("pids");
  const threads = reader.table("threads");
  const registers = reader.table("registers");
  let count = 0;
  let thread = -1;
  /** Announced bytes of the name that comes next. */
  let commLength = 16;

  function nextTask(): number {
    const row = tasks.add();
    const entry = count++;
    reader.task = row;
    thread = -1;
    if (entry >= entries.length) return row;
    for (const name of ["pid", "ppid", "tgid", "pgid", "sid"]) tasks.column(name).set(row, entries.number(entry, name));
    tasks.set(row, "nspid", entries.text(entry, "nspid"));
    tasks.set(row, "pids_record", entries.number(entry, "record"));
    entries.set(entry, "task", row);
    return row;
  }

  function task(record: RecordAt, frame: Frame): void {
    const row = nextTask();
    reader.fill(record, frame, row);
    const state = reader.number(record, "state");
    const exitState = reader.number(record, "exit_state");
    const exitCode = reader.number(record, "exit_code");
    const at = reader.spanOf(record);
    const about = { table: "tasks", row };
    const dead = state === 64 || exitState !== 0;
    const letter = dead ? (exitState === 32 ? "X (dead)" : "Z (zombie)") : (STATES.get(state) ?? `state ${state}`);
    tasks.set(row, "state", letter);
    if (dialect.index >= ordinal("v17") && dead) {
      frame.mark = DEAD;
      tasks.set(row, "exit", exitText(exitCode));
      if (exitState !== 16) reader.report("task.dead-state", `Dead task ${row + 1} has the exit state ${exitState} instead of 16.`, at, about);
      if ((exitCode & ~0xffff) !== 0) reader.report("task.exit-code", `Dead task ${row + 1} has the exit code ${formatHex(exitCode >>> 0)}.`, at, about);
    } else if (exitCode !== 0) {
      reader.report("task.live-exit-code", `Task ${row + 1} is alive but has the exit code ${formatHex(exitCode)}.`, at, about);
    }
    const exitSignal = reader.number(record, "exit_signal") | 0;
    const [pid, group] = [tasks.number(row, "pid"), tasks.number(row, "tgid")];
    const isThread = group > 0 && pid !== group;
    // The leader tells its parent with a signal, a thread tells nobody.
    const isWrong = isThread ? exitSignal !== -1 : exitSignal < 0 || exitSignal > 64;
    if (!dead && (dialect.index >= ordinal("v17") ? isWrong : exitSignal < -1 || exitSignal > 64)) {
      reader.report("task.exit-signal", `${isThread ? "Thread" : "Task"} ${pid} has the exit signal ${exitSignal}.`, reader.spanOfField(record, "exit_signal"), about);
    }
    if (exitSignal !== 0) tasks.set(row, "exit_signal", exitSignal === -1 ? "none: a thread" : signalName(exitSignal));
    const deathSignal = reader.number(record, "pdeath_signal");
    if (deathSignal !== 0) tasks.set(row, "pdeath_signal", signalName(deathSignal));
    if (!dead && deathSignal > 64) reader.report("task.death-signal", `Task ${row + 1} has the parent-death signal ${deathSignal}.`, at, about);
    const length = reader.number(record, "task_comm_len", reader.head.commLength);
    commLength = length;
    if (length <= 0 || length > 4096) reader.report("task.comm-length", `Task ${row + 1} announces a name of ${length} bytes.`, at, about);
  }

  /** Before v2 and up to v8 there is one task, whose pid stands in the headers of its records. */
  function pidFromHeader(record: RecordAt): void {
    if (dialect.index >= ordinal("v9") || reader.task < 0) return;
    const pid = record.window.u32(record.start + 4);
    if (pid === 0) return;
    tasks.set(reader.task, "pid", pid);
    tasks.set(reader.task, "tgid", pid);
    tasks.set(reader.task, "pids_record", record.row);
  }

  function currentThread(): number {
    if (thread < 0) {
      thread = threads.add();
      threads.set(thread, "task", reader.task);
      if (reader.task >= 0) tasks.set(reader.task, "thread", thread);
    }
    return thread;
  }

  /** Slots in use hold data segments of user level (DPL 3), as set_thread_area makes them. */
  function checkTls(record: RecordAt): void {
    const slot = layoutOf(record.kind.struct, dialect.abi).slots.find((candidate) => candidate.name === "tls_array");
    if (slot === undefined) return;
    for (let index = 0; index < 3; index++) {
      const at = record.start + slot.offset + index * 8;
      if (at + 8 > record.end || record.window.u64(at) === 0n) continue;
      const access = Number((record.window.u64(at) >> 40n) & 0xffn);
      // S = 1 and DPL = 3; bit 3 set would be a code segment.
      if ((access & 0x70) !== 0x70 || (access & 0x08) !== 0) {
        reader.report("cpu.tls-segment", `TLS descriptor ${index} (${formatHex(record.window.u64(at))}) is no data segment of user level.`, span(0, at, at + 8));
      }
    }
  }

  function threadRecord(record: RecordAt, frame: Frame): void {
    pidFromHeader(record);
    reader.checkParent(record, reader.currentPid());
    checkTls(record);
    const row = currentThread();
    threads.set(row, "record", record.row);
    const used = reader.number(record, "ntls");
    const bytes = reader.number(record, "sizeof_tls_array", 24);
    frame.n = used;
    frame.m = Math.max(0, bytes);
    if (record.kind.size >= 0 && reader.number(record, "gdt_entry_tls_entries", 3) * 8 !== bytes) {
      reader.report("cpu.tls", `The TLS array has ${bytes} bytes for ${reader.number(record, "gdt_entry_tls_entries", 3)} descriptors.`, reader.spanOf(record));
    }
    if (dialect.architecture === "arm") threads.set(row, "tls", reader.number(record, "tp_value"));
    // Only the production `task` reads counts of THREAD; v9 and later ask for the TLS block when slots are in use.
  }

  function restartBlock(record: RecordAt): void {
    const row = currentThread();
    threads.set(row, "restart_record", record.row);
    const type = reader.number(record, "function_type");
    const name = RESTART_BLOCK.at(dialect.abi).get(type) ?? `type ${type}`;
    if (type === 1) return;
    const left = BigInt(Math.max(0, reader.number(record, "arg_4")));
    threads.set(row, "remaining", left);
    threads.set(row, "restart", `${name}, ${formatNanoseconds(left)} left`);
  }

  function cpu(record: RecordAt, frame: Frame): void {
    const row = currentThread();
    reader.checkParent(record, reader.currentPid());
    threads.set(row, "record", record.row);
    frame.n = reader.number(record, "used_math");
    frame.m = 0;
    const machine = dialect.architecture;
    if (machine.startsWith("x86")) {
      threads.set(row, "ip", reader.big(record, "ip"));
      threads.set(row, "sp", reader.big(record, "sp"));
      const call = Number(BigInt.asIntN(32, reader.big(record, "orig_ax") ?? -1n));
      if (call >= 0) setSystemCall(row, machine === "x86_64" && !USER32_CS.has(reader.number(record, "cs")) ? "x86_64" : "i386", call);
      checkX86(record, row);
    } else if (machine === "s390x") {
      threads.set(row, "ip", reader.big(record, "psw_t_addr"));
      threads.set(row, "sp", element(record, "gprs", 15, 8));
      const call = reader.number(record, "svcnr");
      if (call !== 0) setSystemCall(row, machine, call);
    } else if (machine === "arm") {
      threads.set(row, "ip", element(record, "uregs", 15, 4));
      threads.set(row, "sp", element(record, "uregs", 13, 4));
    }
    if (threads.length <= MOST_REGISTER_TASKS) listRegisters(record);
    else reader.report("limit.records", `Registers are listed one by one for the first ${MOST_REGISTER_TASKS} tasks only.`);
  }

  function setSystemCall(row: number, machine: string, call: number): void {
    const text = call < (FIRST_UNSURE.get(machine) ?? 0) ? systemCallText(machine, call) : `#${call}`;
    threads.set(row, "syscall", text);
    if (reader.task >= 0) tasks.set(reader.task, "syscall", text);
  }

  function element(record: RecordAt, path: string, index: number, size: number): bigint | undefined {
    const slot = layoutOf(record.kind.struct, dialect.abi).slots.find((candidate) => candidate.name === path);
    if (slot === undefined) return undefined;
    const at = record.start + slot.offset + index * size;
    if (at + size > record.end) return undefined;
    return size === 8 ? record.window.u64(at) : BigInt(record.window.u32(at));
  }

  function listRegisters(record: RecordAt): void {
    for (const slot of layoutOf(record.kind.struct, dialect.abi).slots) {
      const type = slot.field.type;
      const inner = type.kind === "array" ? type.of.type : type;
      if (inner.kind !== "int" || slot.field.show.as === "padding" || slot.offset < 0) continue;
      const elements = type.kind === "array" && typeof type.count === "number" ? type.count : 1;
      for (let index = 0; index < elements; index++) {
        const at = record.start + slot.offset + index * inner.bytes;
        if (at + inner.bytes > record.end) return;
        const row = registers.add();
        registers.set(row, "task", reader.task);
        registers.set(row, "register", elements > 1 ? `${slot.name}[${index}]` : slot.name);
        const { window } = record;
        registers.set(row, "value", inner.bytes === 8 ? window.u64(at) : inner.bytes === 4 ? window.u32(at) : inner.bytes === 2 ? window.u16(at) : window.u8(at));
        registers.set(row, "record", record.row);
      }
    }
  }

  /** Segment codes and fixed flag bits, which a restart compares (x86, v17 and later: codes; before: selectors). */
  function checkX86(record: RecordAt, row: number): void {
    const about = { table: "threads", row };
    const flags = reader.number(record, "flags");
    if ((flags & 2) === 0) reader.report("cpu.flags", `The flags register ${formatHex(flags)} lacks bit 1.`, reader.spanOf(record), about);
    if (dialect.index < ordinal("v17")) return;
    for (const name of ["cs", "ss", "ds", "es", "fsindex", "gsindex"]) {
      const code = reader.number(record, name);
      const isTable = (code >= 0x4000 && code <= 0x4002) || (code >= 0x8000 && code <= 0x9fff);
      // 1 and 3 are code segments, 2 and 4 data segments, 0 is none.
      const sound = isTable || (name === "cs" ? code === 1 || code === 3 : code === 0 || code === 2 || code === 4);
      if (!sound) reader.report("cpu.segment", `The segment code ${formatHex(code)} of ${name} cannot be restored.`, reader.spanOfField(record, name), about);
    }
  }

  function floatingPoint(record: RecordAt, header: number): void {
    const row = currentThread();
    const size = record.end - record.start - header;
    threads.set(row, "fpu", size);
    threads.set(row, "fpu_record", record.row);
    if (size !== reader.head.xstateSize) {
      reader.report("cpu.fpu-size", `The FPU state has ${size} bytes; the header announces ${reader.head.xstateSize}.`, reader.spanOf(record), { table: "threads", row });
    }
  }

  // ---- objects of the task

  /** A reference of the task; 0 where a live task must have an object is an error. */
  function setReference(record: RecordAt, column: string, path: string, needed: boolean): void {
    const objref = reader.number(record, path);
    tasks.set(reader.task, column, held(objref));
    if (needed && objref === 0) {
      reader.report("objref.none", `${path} of task ${reader.currentPid()} is 0.`, reader.spanOfField(record, path), { table: "tasks", row: reader.task });
    }
  }

  function taskObjects(record: RecordAt, frame: Frame): void {
    if (reader.task >= 0) {
      tasks.set(reader.task, "objects_record", record.row);
      setReference(record, "space", "mm_objref", true);
      setReference(record, "descriptor_table", "files_objref", true);
      setReference(record, "signal_handlers", "sighand_objref", dialect.index >= ordinal("v18"));
      setReference(record, "thread_group", "signal_objref", dialect.index >= ordinal("v18"));
      reader.fileSystems.set(reader.task, reader.refer(record, "fs_objref", "FS"));
      reader.refer(record, "sem_undo_objref", "SEM_UNDO");
    }
    const signal = reader.number(record, "signal_objref");
    frame.mark = 0;
    if (signal > 0 && !reader.objects.has(signal)) {
      // Signal state is numbered but has no OBJREF record.
      reader.objects.use(signal, "SIGNAL", record.row, record);
      frame.mark = NEW_SIGNAL;
      reader.newThreadGroup = signal;
    }
  }

  const finish = (): void => {
    const { announcedTasks } = reader.head;
    if (count !== announcedTasks && reader.complete) {
      reader.report("task.count", `The image announces ${announcedTasks} tasks and holds ${count}.`);
    }
  };

  return {
    records: {
      TASK: task,
      "STRING:comm": (record) => {
        if (reader.task < 0) return;
        tasks.set(reader.task, "name", reader.text(record));
        const length = record.end - record.start - dialect.headerSize;
        if (length !== commLength) {
          reader.report("count.mismatch", `The name of task ${reader.currentPid()} has ${length} bytes; ${commLength} are announced.`, reader.spanOf(record), { table: "tasks", row: reader.task });
        }
        tasks.set(reader.task, "name_record", record.row);
      },
      THREAD: threadRecord,
      RESTART_BLOCK: restartBlock,
      CPU: cpu,
      "raw:fpu": (record) => floatingPoint(record, 0),
      CPU_FPU: (record) => floatingPoint(record, dialect.headerSize),
      "CPU_FPU:fxsave": (record) => floatingPoint(record, dialect.headerSize),
      TASK_CREDS: (record) => {
        if (reader.task < 0) return;
        tasks.set(reader.task, "credentials_record", record.row);
        setReference(record, "credentials", "ecred_ref", dialect.index >= ordinal("v18"));
        setReference(record, "real_credentials", "cred_ref", dialect.index >= ordinal("v18"));
      },
      TASK_NS: (record) => {
        if (reader.task < 0) return;
        tasks.set(reader.task, "namespaces_record", record.row);
        setReference(record, "namespaces", "ns_objref", true);
      },
      TASK_OBJS: taskObjects,
    },
    finish,
  };
}

/** A wait status in words. */
export function exitText(code: number): string {
  const signal = code & 0x7f;
  if (signal === 0) return `exited with ${(code >> 8) & 0xff}`;
  return `killed by ${signalName(signal)}${(code & 0x80) === 0 ? "" : " (core dumped)"}`;
}
