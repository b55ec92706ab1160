/** Tasks: state, registers, credentials, signals, limits and timers. */
import { span } from "../../bytes/span.ts";
import type { Table } from "../../model/table.ts";
import { RLIMITS } from "../../model/linux.ts";
import { layoutOf } from "../../schema/layout.ts";
import { formatHex, formatNanoseconds, readSignalSet, signalName } from "../../schema/show.ts";
import { RESTART_BLOCK } from "./enums.ts";
import { DEAD, NEW_SIGNAL, type Frame } from "./grammar.ts";
import type { Handler, Handlers, Reader, RecordAt } from "./reader.ts";
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

export function taskHandlers(reader: Reader): Handlers {
  const { dialect } = reader;
  const tasks = reader.table("tasks");
  /** Entry i of the pid array belongs to the i-th TASK record. */
  const entries = reader.table("pids");
  const threads = reader.table("threads");
  const registers = reader.table("registers");
  const credentials = reader.table("credentials");
  let count = 0;
  let thread = -1;
  let group = -1;
  const groupsOfCred = new Map<number, number>();
  const groupTexts = new Map<number, string>();
  const labelTexts = new Map<number, string>();
  const labelOfCred = new Map<number, number>();
  const fileSystemOfTask = new Map<number, number>();
  const directories = new Map<number, { cwd: string; root: string }>();
  let directory = { cwd: "", root: "" };
  let label = 0;

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
    if (!dead && (exitSignal < -1 || exitSignal > 64)) {
      reader.report("task.exit-signal", `Task ${row + 1} has the exit signal ${exitSignal}.`, at, about);
    }
    const deathSignal = reader.number(record, "pdeath_signal");
    if (!dead && deathSignal > 64) reader.report("task.death-signal", `Task ${row + 1} has the parent-death signal ${deathSignal}.`, at, about);
    const length = reader.number(record, "task_comm_len", 16);
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
        reader.report("cpu.tls", `TLS descriptor ${index} (${formatHex(record.window.u64(at))}) is no data segment of user level.`, span(0, at, at + 8));
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
    const big = (path: string): bigint | undefined => {
      const found = readUnsigned(record, path);
      return found;
    };
    if (machine.startsWith("x86")) {
      threads.set(row, "ip", big("ip"));
      threads.set(row, "sp", big("sp"));
      const call = Number(BigInt.asIntN(32, big("orig_ax") ?? -1n));
      if (call >= 0) setSystemCall(row, call);
      checkX86(record, row);
    } else if (machine === "s390x") {
      threads.set(row, "ip", big("psw_t_addr"));
      threads.set(row, "sp", element(record, "gprs", 15, 8));
      const call = reader.number(record, "svcnr");
      if (call !== 0) setSystemCall(row, call);
    } else if (machine === "arm") {
      threads.set(row, "ip", element(record, "uregs", 15, 4));
      threads.set(row, "sp", element(record, "uregs", 13, 4));
    }
    if (threads.length <= MOST_REGISTER_TASKS) listRegisters(record);
    else reader.report("limit.records", `Registers are listed one by one for the first ${MOST_REGISTER_TASKS} tasks only.`);
  }

  function setSystemCall(row: number, call: number): void {
    const text = `#${call}`;
    threads.set(row, "syscall", text);
    if (reader.task >= 0) tasks.set(reader.task, "syscall", text);
  }

  function readUnsigned(record: RecordAt, path: string): bigint | undefined {
    const slot = layoutOf(record.kind.struct, dialect.abi).slots.find((candidate) => candidate.name === path);
    if (slot === undefined || record.start + slot.offset + slot.size > record.end) return undefined;
    return slot.size === 8 ? record.window.u64(record.start + slot.offset) : BigInt(reader.number(record, path));
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
      const sound = code <= 4 || (code >= 0x4000 && code <= 0x4002) || (code >= 0x8000 && code <= 0x9fff);
      if (!sound || (name === "cs" && code === 0)) {
        reader.report("cpu.segment", `The segment code ${formatHex(code)} of ${name} cannot be restored.`, reader.spanOf(record), about);
      }
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

  function taskObjects(record: RecordAt, frame: Frame): void {
    if (reader.task >= 0) {
      tasks.set(reader.task, "space", reader.number(record, "mm_objref"));
      tasks.set(reader.task, "descriptor_table", reader.number(record, "files_objref"));
      tasks.set(reader.task, "signal_handlers", reader.number(record, "sighand_objref", -1));
      tasks.set(reader.task, "thread_group", reader.number(record, "signal_objref", -1));
      fileSystemOfTask.set(reader.task, reader.refer(record, "fs_objref", "FS"));
      reader.refer(record, "sem_undo_objref", "SEM_UNDO");
    }
    const signal = reader.number(record, "signal_objref");
    frame.mark = 0;
    if (signal > 0 && !reader.objects.has(signal)) {
      // Signal state is numbered but has no OBJREF record.
      reader.objects.use(signal, "SIGNAL", record.row, record);
      frame.mark = NEW_SIGNAL;
      group = signal;
    }
  }

  function signalRecord(record: RecordAt, frame: Frame): void {
    const table = reader.table("thread_groups");
    const row = reader.fill(record, frame);
    if (group > 0) {
      table.set(row, "objref", group);
      const object = reader.objects.find(group);
      if (object >= 0) reader.objects.place(object, "thread_groups", row);
    }
    frame.row = row;
    table.set(row, "task", reader.task);
    reader.refer(record, "tty_objref", "TTY");
    limitRows(record);
    timerRows(record);
  }

  function limitRows(record: RecordAt): void {
    const limits = reader.table("limits");
    const slot = layoutOf(record.kind.struct, dialect.abi).slots.find((candidate) => candidate.name === "rlim");
    if (slot === undefined) return;
    for (const [index, resource] of RLIMITS.entries()) {
      const at = record.start + slot.offset + index * 16;
      const row = limits.add();
      limits.set(row, "task", reader.task);
      limits.set(row, "resource", resource);
      limits.set(row, "soft", record.window.u64(at));
      limits.set(row, "hard", record.window.u64(at + 8));
      limits.set(row, "index", index);
      limits.set(row, "record", record.row);
    }
  }

  function timerRows(record: RecordAt): void {
    const timers = reader.table("timers");
    for (const [name, prefix, unit] of [["ITIMER_REAL", "it_real", "ns"], ["ITIMER_VIRTUAL", "it_virt", "ticks"], ["ITIMER_PROF", "it_prof", "ticks"]] as const) {
      const value = readUnsigned(record, `${prefix}_value`) ?? 0n;
      const interval = readUnsigned(record, `${prefix}_incr`) ?? 0n;
      if (value === 0n && interval === 0n) continue;
      const row = timers.add();
      timers.set(row, "task", reader.task);
      timers.set(row, "timer", name);
      timers.set(row, "value", value);
      timers.set(row, "interval", interval);
      timers.set(row, "unit", unit);
      timers.set(row, "record", record.row);
    }
  }

  const pending =
    (shared: boolean): Handler =>
    (record) => {
      const queued = reader.number(record, "nr_pending");
      const header = dialect.headerSize + 16;
      const size = dialect.index >= ordinal("v23-rc1") ? 88 : 48;
      const room = Math.max(0, Math.floor((record.end - record.start - header) / size));
      const groups = reader.table("thread_groups");
      if (shared && groups.length > 0) {
        groups.set(groups.length - 1, "pending", queued);
        groups.set(groups.length - 1, "pending_set", signalSet(record, dialect.headerSize + 8));
      }
      if (!shared && reader.task >= 0) tasks.set(reader.task, "pending", queued);
      if (record.end - record.start !== header + queued * size) {
        reader.report("signal.count", `${queued} queued signals do not fit a record of ${record.end - record.start} bytes.`, reader.spanOf(record));
      }
      const table = reader.table("pending_signals");
      for (let index = 0; index < Math.min(queued, room); index++) {
        const at = record.start + header + index * size;
        if (!record.window.has(at, size)) break;
        const row = table.add();
        const signal = record.window.u32(at);
        table.set(row, "task", reader.task);
        table.set(row, "signal", signalName(signal));
        table.set(row, "scope", shared ? "group" : "thread");
        table.set(row, "code", record.window.s32(at + 8));
        table.set(row, "sender", record.window.u32(at + 12));
        table.set(row, "uid", record.window.u32(at + 16));
        table.set(row, "value", record.window.u32(at + (size === 88 ? 44 : 20)));
        table.set(row, "index", index);
        table.set(row, "record", record.row);
        if (signal < 1 || signal > 64) {
          reader.report("signal.invalid", `Queued signal ${index} has the number ${signal}.`, span(0, at, at + size), { table: "pending_signals", row });
        }
      }
    };

  function signalSet(record: RecordAt, offset: number): bigint {
    const at = record.start + offset;
    return record.window.has(at, 8) ? readSignalSet(record.window.slice(at, at + 8), dialect.abi) : 0n;
  }

  function signalHandlers(record: RecordAt, frame: Frame): void {
    const table = reader.table("signal_handlers");
    const actions = reader.table("signal_actions");
    const row = reader.fill(record, frame);
    let handled = 0;
    let ignored = 0;
    for (let index = 0; index < 64; index++) {
      const at = record.start + dialect.headerSize + index * 32;
      if (!record.window.has(at, 32) || at + 32 > record.end) break;
      const handler = record.window.u64(at);
      const flags = record.window.u64(at + 8);
      if (handler === 1n) ignored++;
      else if (handler !== 0n) handled++;
      if (handler === 0n && flags === 0n) continue;
      const action = actions.add();
      actions.set(action, "handlers", row);
      actions.set(action, "signal", signalName(index + 1));
      actions.set(action, "handler", handler);
      actions.set(action, "flags", flags);
      actions.set(action, "restorer", record.window.u64(at + 16));
      actions.set(action, "mask", signalSet(record, dialect.headerSize + index * 32 + 24));
      actions.set(action, "index", index + 1);
      actions.set(action, "record", record.row);
    }
    table.set(row, "handled", handled);
    table.set(row, "ignored", ignored);
  }

  function blocked(record: RecordAt): void {
    const set = signalSet(record, dialect.headerSize);
    if (reader.task >= 0) tasks.set(reader.task, "blocked", set);
    if ((set & ((1n << 8n) | (1n << 18n))) !== 0n) {
      reader.report("signal.blocked", "SIGKILL or SIGSTOP is marked as blocked.", reader.spanOf(record), { table: "tasks", row: reader.task });
    }
  }

  // ---- credentials

  function cred(record: RecordAt, frame: Frame): void {
    const row = reader.fill(record, frame);
    for (const [column, letter] of [["effective", "e"], ["permitted", "p"], ["inheritable", "i"], ["bounding", "b"]] as const) {
      const low = reader.number(record, `cap_s.cap_${letter}_0`);
      const high = reader.number(record, `cap_s.cap_${letter}_1`);
      credentials.set(row, column, (BigInt(high) << 32n) | BigInt(low));
    }
    groupsOfCred.set(row, reader.refer(record, "groupinfo_ref", "GROUPINFO"));
    labelOfCred.set(row, reader.refer(record, "sec_ref", "SECURITY_PTR", "SECURITY"));
  }

  function groupInfo(record: RecordAt, frame: Frame): void {
    const announced = reader.number(record, "ngroups");
    const first = record.start + dialect.headerSize + 4;
    const room = Math.max(0, Math.floor((record.end - first - 4) / 4));
    const groups: number[] = [];
    let ascending = true;
    for (let index = 0; index < Math.min(announced, room) && record.window.has(first + index * 4, 4); index++) {
      const id = record.window.u32(first + index * 4);
      if (index > 0 && id <= groups[index - 1]!) ascending = false;
      groups.push(id);
    }
    if (announced > room) reader.report("count.too-large", `${announced} groups are announced in a record of ${record.end - record.start} bytes.`, reader.spanOf(record));
    else if (record.end - record.start !== dialect.headerSize + 8 + announced * 4) {
      reader.report("count.mismatch", `A record of ${record.end - record.start} bytes does not hold ${announced} groups.`, reader.spanOf(record));
    }
    if (!ascending || announced > 65536) reader.report("cred.groups", `The ${announced} supplementary groups are not in ascending order, or too many.`, reader.spanOf(record));
    if (frame.objref > 0) groupTexts.set(frame.objref, groups.join(" "));
  }

  const finish = (): void => {
    for (const [row, objref] of groupsOfCred) credentials.set(row, "groups", groupTexts.get(objref));
    for (const [row, objref] of labelOfCred) credentials.set(row, "label", labelTexts.get(objref));
    for (const [row, objref] of fileSystemOfTask) {
      const found = directories.get(objref);
      if (found === undefined) continue;
      tasks.set(row, "cwd", found.cwd);
      tasks.set(row, "root", found.root);
    }
    if (count !== facts().announcedTasks && reader.complete) {
      reader.report("task.count", `The image announces ${facts().announcedTasks} tasks and holds ${count}.`);
    }
  };
  const facts = (): { announcedTasks: number } => reader.head;

  return {
    records: {
      TASK: task,
      "STRING:comm": (record) => {
        if (reader.task < 0) return;
        tasks.set(reader.task, "name", reader.text(record));
        tasks.set(reader.task, "name_record", record.row);
      },
      THREAD: threadRecord,
      RESTART_BLOCK: restartBlock,
      CPU: cpu,
      "raw:fpu": (record) => floatingPoint(record, 0),
      CPU_FPU: (record) => floatingPoint(record, dialect.headerSize),
      "CPU_FPU:fxsave": (record) => floatingPoint(record, dialect.headerSize),
      TASK_CREDS: (record) => {
        if (reader.task >= 0) tasks.set(reader.task, "credentials", reader.number(record, "ecred_ref"));
        reader.refer(record, "cred_ref", "CRED");
      },
      TASK_NS: (record) => {
        if (reader.task >= 0) tasks.set(reader.task, "namespaces", reader.number(record, "ns_objref"));
      },
      TASK_OBJS: taskObjects,
      SIGNAL: signalRecord,
      SIGHAND: signalHandlers,
      "SIGPENDING:shared": pending(true),
      "SIGPENDING:private": pending(false),
      SIGNAL_TASK: blocked,
      CRED: cred,
      GROUPINFO: groupInfo,
      USER: (record, frame) => void reader.fill(record, frame),
      SECURITY: (record) => {
        label = reader.number(record, "ptrref");
        reader.objects.use(label, "SECURITY_PTR", record.row, record);
      },
      "STRING:label": (record, frame) => {
        const table: Table = reader.table("labels");
        const row = table.add();
        table.set(row, "objref", frame.objref > 0 ? frame.objref : label);
        table.set(row, "label", reader.text(record));
        if (record.end - record.start - dialect.headerSize > 1024) {
          reader.report("label.too-long", `The label has ${record.end - record.start - dialect.headerSize} bytes.`, reader.spanOf(record), { table: "labels", row });
        }
        table.set(row, "record", record.row);
        labelTexts.set(label, reader.text(record));
        if (frame.objref > 0) labelTexts.set(frame.objref, reader.text(record));
      },
      "FILE_NAME:cwd": (record) => void (directory = { cwd: reader.text(record), root: "" }),
      "FILE_NAME:root": (record, frame) => {
        directory.root = reader.text(record);
        if (frame.objref > 0) directories.set(frame.objref, directory);
      },
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
