/** Signals: actions, and those that wait. */
import { siginfoFields } from "../../../machine/core-layout.ts";
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import { codeName, FAULTS } from "../../../model/signal-codes.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import type { CriuSet, KeptEntry } from "../criu-set.ts";
import { signalText } from "../names.ts";

const SIGKILL = 9;
const ACTIONS = 62;
const IGNORE = 1n;

/** Signals 1 to 64 without SIGKILL and SIGSTOP, in the order in which their actions are stored. */
function actionSignals(architecture: string): readonly number[] {
  const stop = architecture.startsWith("mips") ? 23 : 19;
  return Array.from({ length: 64 }, (_, index) => index + 1).filter((signal) => signal !== SIGKILL && signal !== stop);
}

const actionMapping = (list: string): Mapping =>
  mapping(
    "signal_actions",
    {
      signal: worked("", "place in the list: the signals 1 to 64 without SIGKILL and SIGSTOP", () => undefined),
      handler: "sigaction",
      flags: "flags",
      mask: "mask",
      restorer: "restorer",
    },
    { list },
  );

const OF_CORE = actionMapping("tc.sigactions");
const OF_IMAGE = actionMapping("");
const handlersMapping = (list: string): Mapping =>
  mapping("signal_handlers", { handled: worked(list, "actions with a handler", () => undefined), ignored: worked(list, "actions that ignore", () => undefined) });
const HANDLERS_OF_CORE = handlersMapping("tc.sigactions");
const HANDLERS_OF_IMAGE = handlersMapping("");

function infoMapping(set: CriuSet, list: string): Mapping {
  const { abi, little } = set;
  const viewOf = (message: MessageValue, size: number): DataView | undefined => {
    const bytes = message.bytes("siginfo");
    return bytes.length >= size ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) : undefined;
  };
  const word = (message: MessageValue, at: number): number | undefined => viewOf(message, at + 4)?.getInt32(at, little);
  const wide = abi.longSize === 8;
  const { errno, code, union } = siginfoFields(abi.architecture, wide ? 8 : 4);
  const long = (message: MessageValue, at: number): bigint | undefined => (wide ? viewOf(message, at + 8)?.getBigUint64(at, little) : bigOf(viewOf(message, at + 4)?.getUint32(at, little)));
  const signal = (message: MessageValue): string | undefined => {
    const number = word(message, 0);
    return number === undefined ? undefined : signalText(abi, number);
  };
  const how = (message: MessageValue): string | undefined => codeName(signal(message) ?? "", word(message, code) ?? Number.NaN, abi.architecture);
  const sent = (message: MessageValue): boolean => {
    const number = word(message, code) ?? 1;
    return number <= 0 ? !NOBODY.has(how(message) ?? "") : signal(message) === "SIGCHLD";
  };
  const isFault = (message: MessageValue): boolean => {
    const number = word(message, code) ?? 0;
    return number > 0 && number < 128 && FAULTS.has(signal(message) ?? "");
  };
  return mapping(
    "pending_signals",
    {
      signal: worked("siginfo.si_signo", "by name", signal),
      code_name: worked("siginfo.si_code", "by name", how),
      code: worked("siginfo.si_code", "the word", (message) => word(message, code)),
      errno: worked("siginfo.si_errno", "the word", (message) => word(message, errno)),
      sender: worked("siginfo.fields", "where the signal was sent by a task", (message) => (sent(message) ? word(message, union) : undefined)),
      uid: worked("siginfo.fields", "where the signal was sent by a task", (message) => (sent(message) ? viewOf(message, union + 8)?.getUint32(union + 4, little) : undefined)),
      value: worked("siginfo.fields", "of queued signals", (message) => (WITH_VALUE.has(how(message) ?? "") ? long(message, union + 8) : undefined)),
      address: worked("siginfo.fields", "where the signal is a fault", (message) => (isFault(message) ? long(message, union) : undefined)),
      scope: worked("", "which queue", () => undefined),
    },
    { list },
  );
}

/** Codes of signals that no task sent: those of timers and of descriptors. */
const NOBODY = new Set(["SI_TIMER", "SI_SIGIO"]);
/** sigqueue, timers and message queues send a value. */
const WITH_VALUE = new Set(["SI_QUEUE", "SI_TIMER", "SI_MESGQ"]);

function bigOf(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}

export function signalRows(set: CriuSet, task: number, pid: number, tid: number, core: KeptEntry): void {
  if (tid === pid) actions(set, task, pid, core);
  const add = (list: string, message: MessageValue, record: number, index: number, scope: string): void => {
    const table = set.reader.table("pending_signals");
    const row = set.reader.row(set.mapping(`pending/${list}`, () => infoMapping(set, list)), message, record, index);
    table.set(row, "task", task);
    table.set(row, "tid", tid);
    table.set(row, "scope", scope);
  };
  if (tid === pid) {
    const shared = core.value.sub("tc")?.sub("signals_s")?.list("signals") ?? [];
    for (const [index, message] of shared.entries()) add("tc.signals_s.signals", message, core.record, index, "group");
    const inImage = set.top.entries("SIGNAL", pid);
    for (const { value, record } of inImage) add("", value, record, -1, "group");
    if (inImage.length > 0) set.reader.table("tasks").set(task, "pending", shared.length + inImage.length);
  }
  const own = core.value.sub("thread_core")?.sub("signals_p")?.list("signals") ?? [];
  for (const [index, message] of own.entries()) add("thread_core.signals_p.signals", message, core.record, index, "thread");
  for (const { value, record } of set.top.entries("PSIGNAL", tid)) add("", value, record, -1, "thread");
}

/** Actions that are not the default, and how many there are. */
function actions(set: CriuSet, task: number, pid: number, core: KeptEntry): void {
  const { reader } = set;
  const inCore = core.value.sub("tc")?.list("sigactions") ?? [];
  const inImage = set.top.entries("SIGACT", pid);
  const list = inCore.length > 0 ? inCore.map((message, index) => ({ message, record: core.record, index })) : inImage.map(({ value, record }) => ({ message: value, record, index: -1 }));
  if (list.length === 0) return;
  if (list.length !== ACTIONS) {
    reader.report("core.count", `Task ${pid} has the actions of ${list.length} signals instead of ${ACTIONS}.`, inCore.length > 0 ? reader.fieldOf(core.record, "tc.sigactions") : reader.recordSpan(inImage[0]!.record), { table: "tasks", row: task });
  }
  const signals = actionSignals(set.abi.architecture);
  const handlers = reader.row(inCore.length > 0 ? HANDLERS_OF_CORE : HANDLERS_OF_IMAGE, list[0]!.message, list[0]!.record);
  const table = reader.table("signal_handlers");
  const rows = reader.table("signal_actions");
  let handled = 0;
  let ignored = 0;
  for (const [place, { message, record, index }] of list.entries()) {
    const handler = message.big("sigaction") ?? 0n;
    if (handler === 0n) continue;
    if (handler === IGNORE) ignored++;
    else handled++;
    const row = reader.row(index < 0 ? OF_IMAGE : OF_CORE, message, record, index);
    const signal = signals[place] ?? place + 1;
    rows.set(row, "signal", signalText(set.abi, signal));
    rows.set(row, "handlers", handlers);
    rows.set(row, "index", index < 0 ? signal : index);
  }
  table.set(handlers, "handled", handled);
  table.set(handlers, "ignored", ignored);
  table.set(handlers, "task", task);
  reader.table("tasks").set(task, "signal_handlers", handlers);
}
