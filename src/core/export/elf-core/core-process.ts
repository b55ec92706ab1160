/** What a core tells of a process and its threads, out of the tables of the model. */
import type { CoreLayout } from "../../machine/core-layout.ts";
import { toBigint } from "../../machine/register-area.ts";
import type { AddressSpace } from "../../memory/address-space.ts";
import type { ThreadRegisters } from "../../memory-inspector.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { NO_INT } from "../../model/column.ts";
import { AUXV_NUMBERS } from "../../model/linux.ts";
import { ENDED_PROCESS, STOPPED_BY_DEBUGGER } from "../../model/signal-scope.ts";
import { signalName } from "../../schema/show.ts";
import type { CoreFile, CoreProcess, CoreSignal, CoreThread } from "./core-notes.ts";

const SIGNALS: ReadonlyMap<string, number> = new Map(Array.from({ length: 64 }, (_, index) => [signalName(index + 1), index + 1]));

/** Rows of the threads of a process, the leader first: a format may keep threads as tasks of one thread group. */
export function threadRows({ tables }: Checkpoint, task: number): readonly number[] {
  const tasks = tables.get("tasks");
  const threads = tables.get("threads");
  const group = tasks.number(task, "tgid");
  const space = tasks.number(task, "space");
  const belongs = (other: number): boolean => other === task || (other >= 0 && group !== NO_INT && tasks.number(other, "tgid") === group && tasks.number(other, "space") === space && space >= 0);
  const rows: number[] = [];
  for (let row = 0; row < threads.length; row++) if (belongs(threads.number(row, "task"))) rows.push(row);
  const leads = (row: number): boolean => tidOf(tables, row) === (group === NO_INT ? tasks.number(task, "pid") : group);
  return rows.toSorted((a, b) => Number(leads(b)) - Number(leads(a)) || a - b);
}

function tidOf(tables: Checkpoint["tables"], thread: number): number {
  const tid = tables.get("threads").number(thread, "tid");
  return tid === NO_INT ? tables.get("tasks").number(tables.get("threads").number(thread, "task"), "pid") : tid;
}

/** One after the other: the registers of thousands of threads are much more than their notes. */
export async function* coreThreads(checkpoint: Checkpoint, rows: readonly number[], layout: CoreLayout, registersOf: (thread: number) => Promise<ThreadRegisters | undefined>): AsyncGenerator<CoreThread> {
  const { tables } = checkpoint;
  const threads = tables.get("threads");
  const tasks = tables.get("tasks");
  const pending = pendingByThread(checkpoint);
  for (const row of rows) {
    const registers = await registersOf(row);
    const blocked = threads.column("blocked").value(row) ?? tasks.column("blocked").value(threads.number(row, "task"));
    const tls = threads.column("tls").value(row);
    const held = registers?.groups.flatMap((group) => group.registers).find(({ name }) => name === (layout.tls ?? "tls") || name === "tpidr");
    yield {
      tid: tidOf(tables, row),
      registers,
      blocked: typeof blocked === "bigint" ? blocked : 0n,
      pending: pending.get(tidOf(tables, row)) ?? 0n,
      tls: typeof tls === "bigint" ? tls : held === undefined ? undefined : toBigint(held.bytes),
    };
  }
}

/** Signals that wait for each thread. */
function pendingByThread({ tables }: Checkpoint): ReadonlyMap<number, bigint> {
  const pending = tables.get("pending_signals");
  const sets = new Map<number, bigint>();
  for (let row = 0; row < pending.length; row++) {
    const signal = SIGNALS.get(pending.text(row, "signal") ?? "");
    const tid = pending.number(row, "tid");
    const scope = pending.text(row, "scope");
    if (signal !== undefined && scope !== ENDED_PROCESS && scope !== STOPPED_BY_DEBUGGER) sets.set(tid, (sets.get(tid) ?? 0n) | (1n << BigInt(signal - 1)));
  }
  return sets;
}

export function coreProcess(checkpoint: Checkpoint, task: number, space: AddressSpace, args: Uint8Array): CoreProcess {
  const { tables } = checkpoint;
  const tasks = tables.get("tasks");
  const id = (column: string): number => Math.max(0, tasks.number(task, column) || 0);
  const credentials = tasks.number(task, "credentials");
  const owner = (column: string): number => (credentials < 0 ? 0 : tables.get("credentials").number(credentials, column) || 0);
  return {
    // Of a thread that is a task of its own, the process is its group.
    pid: id("tgid") || id("pid"),
    ppid: id("ppid"),
    pgrp: id("pgid"),
    sid: id("sid"),
    uid: owner("uid"),
    gid: owner("gid"),
    name: new TextEncoder().encode(tasks.text(task, "name") ?? ""),
    args,
    state: stateLetter(tasks.text(task, "state") ?? ""),
    signal: waitingSignal(checkpoint, task),
    auxv: auxvOf(checkpoint, space.row),
    files: mappedFiles(space),
  };
}

function stateLetter(state: string): string {
  if (state.includes("zombie") || state.includes("dead")) return "Z";
  return state.includes("stop") ? "T" : "R";
}

/** The first signal that waits for the task, or for the whole group: what `$_siginfo` shows. */
function waitingSignal({ tables }: Checkpoint, task: number): CoreSignal | undefined {
  const pending = tables.get("pending_signals");
  for (let row = 0; row < pending.length; row++) {
    const signo = SIGNALS.get(pending.text(row, "signal") ?? "");
    if (signo === undefined || pending.number(row, "task") !== task || pending.text(row, "scope") === STOPPED_BY_DEBUGGER) continue;
    const number = (column: string): number => {
      const value = pending.column(column).value(row);
      return typeof value === "number" ? value : 0;
    };
    const [address, sent] = [pending.column("address").value(row), pending.column("value").value(row)];
    return {
      signo, errno: number("errno"), code: number("code"), pid: number("sender"), uid: number("uid"), value: typeof sent === "bigint" ? sent : 0n,
      address: typeof address === "bigint" ? address : undefined,
      isEnd: pending.text(row, "scope") === ENDED_PROCESS,
    };
  }
  return undefined;
}

function auxvOf({ tables }: Checkpoint, space: number): readonly (readonly [number, bigint])[] {
  const auxv = tables.get("auxv");
  const pairs: (readonly [number, bigint])[] = [];
  for (let row = 0; row < auxv.length; row++) {
    if (auxv.number(row, "space") !== space) continue;
    const name = auxv.text(row, "type") ?? "";
    const type = AUXV_NUMBERS.get(name) ?? Number(/^AT_(\d+)$/.exec(name)?.[1] ?? NaN);
    if (type > 0) pairs.push([type, auxv.big(row, "value")]);
  }
  return pairs;
}

/** Regions with a path, in order of address. */
function mappedFiles({ cover }: AddressSpace): readonly CoreFile[] {
  const files: CoreFile[] = [];
  for (const { start, end, region } of cover) {
    if (region.path === undefined || !region.path.startsWith("/")) continue;
    files.push({ start, end, offset: region.offset + (start - region.start), path: region.path });
  }
  return files;
}
