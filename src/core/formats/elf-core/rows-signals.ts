/** The signal that ended the process, and those that still waited. */
import { ENDED_PROCESS, STOPPED_BY_DEBUGGER } from "../../model/signal-scope.ts";
import { signalName } from "../../schema/show.ts";
import type { Core } from "./core.ts";
import { NT } from "../../machine/note-numbers.ts";
import type { CoreThread } from "./rows-tasks.ts";
import { readSiginfo, siginfoText, type Siginfo } from "./siginfo.ts";
import type { Writer } from "./writer.ts";

export interface CoreSignal {
  readonly info: Siginfo;
  /** `SIGSEGV: address not mapped, at 0xdead0000`. */
  readonly text: string;
  readonly note: number;
}

/** Signals of the thread's own queue: only which they are. */
export function pendingRows({ reader }: Core, task: number, row: number, tid: number, set: bigint, record: number): void {
  const pending = reader.table("pending_signals");
  for (let signal = 1; signal <= 64 && set >> BigInt(signal - 1) !== 0n; signal++) {
    if (((set >> BigInt(signal - 1)) & 1n) === 0n) continue;
    const at = pending.add();
    pending.set(at, "task", task);
    pending.set(at, "tid", tid);
    pending.set(at, "signal", signalName(signal));
    pending.set(at, "scope", "thread");
    pending.set(at, "index", signal);
    pending.set(at, "record", record);
    if (task >= 0 && row === 0) reader.table("tasks").set(task, "pending", reader.table("tasks").number(task, "pending") + 1);
  }
}

/** Rows of NT_SIGINFO: why the process ended, or what gdb found it stopped by. */
export function signalRows(core: Core, writer: Writer, task: number, threads: readonly CoreThread[]): readonly CoreSignal[] {
  const { reader, notes, abi } = core;
  const pending = reader.table("pending_signals");
  const found: CoreSignal[] = [];
  for (const [note, { owner, number, desc, thread }] of notes.list.entries()) {
    if (owner !== "CORE" || number !== NT.SIGINFO || desc === undefined) continue;
    const info = readSiginfo(desc, abi);
    if (info === undefined || info.signal === 0) continue;
    const isStop = writer.kind === "gcore" && info.code === 128;
    // The first thread says which signal it was; a core of a process that lived has none.
    const isEnd = threads.length === 0 || threads[0]!.signal === info.signal;
    const text = isStop ? `${info.name}: stopped by the debugger` : siginfoText(info);
    found.push({ info, text, note });
    const row = pending.add();
    const tid = threads[thread]?.tid;
    pending.set(row, "task", task);
    // The kernel puts the thread that got the signal first.
    const receiver = writer.kind === "gcore" ? tid : isEnd ? threads[0]?.tid : undefined;
    if (receiver !== undefined) pending.set(row, "tid", receiver);
    pending.set(row, "signal", info.name);
    pending.set(row, "scope", writer.kind === "gcore" ? (isStop ? STOPPED_BY_DEBUGGER : "thread") : isEnd ? ENDED_PROCESS : "the whole process");
    pending.set(row, "code", info.code);
    pending.set(row, "code_name", info.codeName);
    pending.set(row, "errno", info.errno);
    if (info.pid !== undefined) pending.set(row, "sender", info.pid);
    if (info.uid !== undefined) pending.set(row, "uid", info.uid);
    if (info.value !== undefined) pending.set(row, "value", info.value);
    if (info.address !== undefined && info.form === "fault") pending.set(row, "address", info.address);
    pending.set(row, "index", 0);
    pending.set(row, "record", core.noteRecord(note));
  }
  return found;
}
