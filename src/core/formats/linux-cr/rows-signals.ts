/** Signals: handlers, blocked and pending sets, and what a thread group shares: limits and timers. */
import { span } from "../../bytes/span.ts";
import { RLIMITS } from "../../model/linux.ts";
import { codeName } from "../../model/signal-codes.ts";
import { layoutOf } from "../../schema/layout.ts";
import { readSignalSet, signalName } from "../../schema/show.ts";
import type { Frame } from "./grammar.ts";
import type { Handler, Handlers, Reader, RecordAt, StreamPlan } from "./reader.ts";
import { ordinal } from "./revisions.ts";

export function signalRows(reader: Reader): Handlers {
  const { dialect } = reader;
  const tasks = reader.table("tasks");

  function signalRecord(record: RecordAt, frame: Frame): void {
    const table = reader.table("thread_groups");
    const row = reader.fill(record, frame);
    const group = reader.newThreadGroup;
    if (group > 0) {
      table.set(row, "objref", group);
      const object = reader.objects.find(group);
      if (object >= 0) reader.objects.place(object, "thread_groups", row);
    }
    frame.row = row;
    table.set(row, "task", reader.task);
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
      const value = reader.big(record, `${prefix}_value`) ?? 0n;
      const interval = reader.big(record, `${prefix}_incr`) ?? 0n;
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
    (record, frame) => {
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
      frame.n = Math.min(queued, room);
    };

  /** Queued signals, however many. */
  const pendingStream =
    (shared: boolean) =>
    (record: RecordAt, frame: Frame): StreamPlan => {
      const table = reader.table("pending_signals");
      const size = dialect.index >= ordinal("v23-rc1") ? 88 : 48;
      const [task, from] = [reader.task, record.row];
      return {
        start: record.start + dialect.headerSize + 16,
        elementSize: size,
        count: Math.max(0, frame.n),
        take: (window, position, index, count) => {
          for (let step = 0; step < count; step++) {
            const at = position + step * size;
            const row = table.add();
            const signal = window.u32(at);
            table.set(row, "task", task);
            table.set(row, "signal", signalName(signal));
            table.set(row, "scope", shared ? "group" : "thread");
            table.set(row, "code", window.s32(at + 8));
            table.set(row, "code_name", codeName(signalName(signal), window.s32(at + 8), dialect.abi.architecture));
            table.set(row, "sender", window.u32(at + 12));
            table.set(row, "uid", window.u32(at + 16));
            table.set(row, "value", window.u32(at + (size === 88 ? 44 : 20)));
            table.set(row, "index", index + step);
            table.set(row, "record", from);
            if (signal < 1 || signal > 64) {
              reader.report("signal.invalid", `Queued signal ${index + step} has the number ${signal}.`, span(0, at, at + size), { table: "pending_signals", row });
            }
          }
        },
      };
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

  return {
    records: {
      SIGNAL: signalRecord,
      SIGHAND: signalHandlers,
      "SIGPENDING:shared": pending(true),
      "SIGPENDING:private": pending(false),
      SIGNAL_TASK: blocked,
    },
    streams: { "SIGPENDING:shared": pendingStream(true), "SIGPENDING:private": pendingStream(false) },
  };
}
