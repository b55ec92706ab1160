/** The process, its threads with their general registers, and the signal that ended it. */
import { PRPSINFO_FIELDS, PRSTATUS_FIELDS, type CoreLayout } from "../../machine/core-layout.ts";
import { systemCallText } from "../../machine/system-calls.ts";
import { decodeText } from "../../schema/show.ts";
import { FILE, viewOf, type Core } from "./core.ts";
import { signalOn } from "./names.ts";
import { NT } from "../../machine/note-numbers.ts";
import { pendingRows, signalRows, type CoreSignal } from "./rows-signals.ts";
import { floatingPoint, systemCall, threadPointer } from "./thread-state.ts";
import type { Writer } from "./writer.ts";

/** Threads whose registers become rows. */
const MOST_REGISTER_THREADS = 20_000;

const STATES: ReadonlyMap<string, string> = new Map([["R", "R (running)"], ["S", "S (sleeping)"], ["D", "D (disk sleep)"], ["T", "T (stopped)"], ["t", "t (tracing stop)"], ["Z", "Z (zombie)"], ["X", "X (dead)"]]);

/** A thread as it was read. */
export interface CoreThread {
  readonly tid: number | undefined;
  readonly signal: number;
  /** Bytes of the general registers, in the file's byte order; undefined when their layout is not known. */
  readonly registers: ReadonlyMap<string, bigint> | undefined;
  readonly note: number;
}

/** NT_PRPSINFO. */
export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly sid: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of an id: those of 16 bits are cut. */
  readonly idSize: 2 | 4;
  readonly state: string;
  readonly name: string;
  readonly arguments: string;
}

export interface ProcessRows {
  /** Row of the task; -1 when nothing of a process is left. */
  readonly task: number;
  readonly threads: readonly CoreThread[];
  readonly info: ProcessInfo | undefined;
  readonly signals: readonly CoreSignal[];
}

function cText(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return decodeText(nul < 0 ? bytes : bytes.subarray(0, nul));
}

function readProcessInfo(desc: Uint8Array | undefined, { abi }: Core): ProcessInfo | undefined {
  const at = desc === undefined ? undefined : PRPSINFO_FIELDS.get(desc.length);
  if (desc === undefined || at === undefined || at.wordSize !== abi.longSize) return undefined;
  const view = viewOf(desc);
  const little = abi.endian === "little";
  const id = (offset: number): number => (at.idSize === 2 ? view.getUint16(offset, little) : view.getUint32(offset, little));
  const int = (offset: number): number => view.getInt32(offset, little);
  return {
    pid: int(at.pid), ppid: int(at.ppid), pgrp: int(at.pgrp), sid: int(at.sid), uid: id(at.uid), gid: id(at.gid), idSize: at.idSize,
    state: cText(desc.subarray(1, 2)), name: cText(desc.subarray(at.fname, at.psargs)), arguments: cText(desc.subarray(at.psargs, at.psargs + 80)),
  };
}

function registersOf(desc: Uint8Array, layout: CoreLayout, little: boolean): ReadonlyMap<string, bigint> {
  const view = viewOf(desc);
  const values = new Map<string, bigint>();
  for (const { name, offset, size } of layout.registers) {
    const at = layout.prstatus.registersAt + offset;
    values.set(name, size === 8 ? view.getBigUint64(at, little) : BigInt(size === 4 ? view.getUint32(at, little) : view.getUint16(at, little)));
  }
  return values;
}

export function processRows(core: Core, writer: Writer): ProcessRows {
  const { reader, notes, abi } = core;
  const { layout } = core.elf;
  const little = abi.endian === "little";
  const infoNote = core.noteIndex("CORE", NT.PRPSINFO);
  const info = readProcessInfo(notes.list[infoNote]?.desc, core);
  const infoRecord = core.noteRecord(infoNote);
  const at = PRSTATUS_FIELDS[abi.longSize];
  const threads = reader.table("threads");
  const registers = reader.table("registers");
  const read: CoreThread[] = [];
  const first = notes.list[core.threadNotes[0]?.[0] ?? -1];
  const head = first?.desc !== undefined && first.desc.length >= at.registers ? viewOf(first.desc) : undefined;
  const task = info === undefined && head === undefined ? -1 : taskRow();

  for (const [thread, own] of core.threadNotes.entries()) {
    const note = own[0]!;
    const desc = notes.list[note]!.desc;
    const row = threads.add();
    const record = core.noteRecord(note);
    threads.set(row, "task", task);
    threads.set(row, "record", record);
    const view = desc === undefined || desc.length < at.registers ? undefined : viewOf(desc);
    const isKnown = layout !== undefined && desc?.length === layout.prstatus.size;
    if (!isKnown && (layout !== undefined || view === undefined)) {
      const expected = layout === undefined ? `the registers of ${core.elf.machine} are not known` : `this machine has ${layout.prstatus.size}`;
      reader.report("core.registers", `NT_PRSTATUS of thread ${thread + 1} has ${notes.list[note]!.descSize} bytes; ${expected}.`, noteSpan(note), { table: "threads", row });
    }
    if (view === undefined || desc === undefined) {
      read.push({ tid: undefined, signal: 0, registers: undefined, note });
      continue;
    }
    const tid = view.getInt32(at.pid, little);
    threads.set(row, "tid", tid);
    threads.set(row, "blocked", abi.longSize === 8 ? view.getBigUint64(at.sighold, little) : BigInt(view.getUint32(at.sighold, little)));
    const values = isKnown ? registersOf(desc, layout, little) : undefined;
    read.push({ tid, signal: view.getInt16(at.cursig, little), registers: values, note });
    pendingRows(core, task, row, tid, abi.longSize === 8 ? view.getBigUint64(at.sigpend, little) : BigInt(view.getUint32(at.sigpend, little)), record);
    const fpu = floatingPoint(core, thread);
    if (fpu >= 0) {
      threads.set(row, "fpu", notes.list[fpu]!.descSize);
      threads.set(row, "fpu_record", core.noteRecord(fpu));
    }
    if (values === undefined || layout === undefined) continue;
    threads.set(row, "ip", values.get(layout.roles.ip)!);
    threads.set(row, "sp", values.get(layout.roles.sp)!);
    const tls = threadPointer(core, thread, layout, values);
    if (tls !== undefined) threads.set(row, "tls", tls);
    const call = systemCall(core, thread, layout, values);
    if (call !== undefined) {
      const text = systemCallText(layout.machine, call.number);
      threads.set(row, "syscall", text);
      if (call.restart !== undefined) threads.set(row, "restart", call.restart);
      if (thread === 0 && task >= 0) reader.table("tasks").set(task, "syscall", text);
    }
    if (thread >= MOST_REGISTER_THREADS) {
      reader.report("limit.records", `Registers are listed one by one for the first ${MOST_REGISTER_THREADS} threads only.`);
      continue;
    }
    for (const { name } of layout.registers) {
      const register = registers.add();
      registers.set(register, "register", name);
      registers.set(register, "value", values.get(name)!);
      registers.set(register, "task", task);
      registers.set(register, "thread", row);
      registers.set(register, "record", record);
    }
  }
  if (task >= 0 && threads.length > 0) reader.table("tasks").set(task, "thread", 0);
  return { task, threads: read, info, signals: signalRows(core, writer, task, read) };

  function noteSpan(note: number): { file: number; start: number; end: number } {
    const { descStart, descSize } = notes.list[note]!;
    return { file: FILE, start: descStart, end: descStart + descSize };
  }

  function taskRow(): number {
    const tasks = reader.table("tasks");
    const row = tasks.add();
    const record = info === undefined ? core.noteRecord(core.threadNotes[0]![0]!) : infoRecord;
    const int = (offset: number): number | undefined => head?.getInt32(offset, little);
    tasks.set(row, "record", record);
    tasks.set(row, "pid", info?.pid ?? int(at.pid));
    tasks.set(row, "tgid", info?.pid ?? int(at.pid));
    tasks.set(row, "ppid", info?.ppid ?? int(at.ppid));
    tasks.set(row, "pgid", info?.pgrp ?? int(at.pgrp));
    tasks.set(row, "sid", info?.sid ?? int(at.sid));
    if (info !== undefined) {
      tasks.set(row, "name", info.name);
      tasks.set(row, "state", STATES.get(info.state) ?? (info.state === "" ? "not saved" : info.state));
    }
    tasks.set(row, "threads", notes.threads);
    if (head === undefined) return row;
    tasks.set(row, "core_record", core.noteRecord(core.threadNotes[0]![0]!));
    tasks.set(row, "blocked", abi.longSize === 8 ? head.getBigUint64(at.sighold, little) : BigInt(head.getUint32(at.sighold, little)));
    tasks.set(row, "pending", 0);
    const signal = head.getInt16(at.cursig, little);
    // gdb writes the signal that stopped a process which goes on living.
    if (signal > 0 && writer.kind !== "gcore") tasks.set(row, "exit", `killed by ${signalOn(abi.architecture, signal)}, core dumped`);
    return row;
  }
}

export function tidText({ tid }: CoreThread): string {
  return tid === undefined ? "a thread without an id" : `thread ${tid}`;
}
