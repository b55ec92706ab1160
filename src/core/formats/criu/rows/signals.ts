/** Signals: actions, and those that wait. */
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
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
  const { little } = set;
  const word = (message: MessageValue, at: number): number | undefined => {
    const bytes = message.bytes("siginfo");
    return bytes.length >= at + 4 ? new DataView(bytes.buffer, bytes.byteOffset + at, 4).getInt32(0, little) : undefined;
  };
  // MIPS has code before errno.
  const [errno, code] = set.abi.architecture.startsWith("mips") ? [8, 4] : [4, 8];
  const sent = (message: MessageValue): boolean => {
    const how = word(message, code) ?? 1;
    return how <= 0 ? !NOBODY.has(how) : signalText(set.abi, word(message, 0) ?? 0) === "SIGCHLD";
  };
  return mapping(
    "pending_signals",
    {
      signal: worked("siginfo.si_signo", "by name", (message) => (word(message, 0) === undefined ? undefined : signalText(set.abi, word(message, 0)!))),
      code: worked("siginfo.si_code", "the word", (message) => word(message, code)),
      errno: worked("siginfo.si_errno", "the word", (message) => word(message, errno)),
      sender: worked("siginfo.fields", "where the signal was sent by a task", (message) => (sent(message) ? word(message, 16) : undefined)),
      uid: worked("siginfo.fields", "where the signal was sent by a task", (message) => (sent(message) ? word(message, 20) : undefined)),
      value: worked("siginfo.fields", "of queued signals", (message) => valueOf(message, code, little)),
      scope: worked("", "which queue", () => undefined),
    },
    { list },
  );
}

/** Codes of signals that no task sent: those of timers (SI_TIMER) and of descriptors (SI_SIGIO). */
const NOBODY = new Set([-2, -5]);

/** sigqueue and timers send a value. */
function valueOf(message: MessageValue, at: number, little: boolean): number | undefined {
  const bytes = message.bytes("siginfo");
  if (bytes.length < 32) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const code = view.getInt32(at, little);
  return code === -1 || code === -2 || code === -3 ? Number(view.getBigUint64(24, little)) : undefined;
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
