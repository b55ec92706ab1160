/** Interval timers, POSIX timers and resource limits of a task. */
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import { PLAIN_ABI } from "../../../schema/abi.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import type { CriuSet, KeptEntry } from "../criu-set.ts";
import { CLOCK, SIGEV, signalText } from "../names.ts";
import { limitNames } from "./limit-names.ts";

const MICRO = 1_000_000n;
const NANO = 1_000_000_000n;

const intervalMapping = (within: string): Mapping => {
  const at = (field: string): string => (within === "" ? field : `${within}.${field}`);
  const inside = (message: MessageValue): MessageValue => {
    let current: MessageValue | undefined = message;
    for (const step of within === "" ? [] : within.split(".")) current = current?.sub(step);
    return current ?? message;
  };
  return mapping("timers", {
    value: worked(at("vsec"), "seconds and microseconds", (message) => (inside(message).big("vsec") ?? 0n) * MICRO + (inside(message).big("vusec") ?? 0n)),
    interval: worked(at("isec"), "seconds and microseconds", (message) => (inside(message).big("isec") ?? 0n) * MICRO + (inside(message).big("iusec") ?? 0n)),
    timer: worked(within, "which of the three", () => undefined),
  });
};

const KINDS = ["real", "virt", "prof"] as const;
const OF_CORE = new Map(KINDS.map((kind) => [kind, intervalMapping(`tc.timers.${kind}`)]));
const OF_IMAGE = intervalMapping("");

const posixMapping = (set: CriuSet, list: string): Mapping =>
  mapping(
    "timers",
    {
      timer: worked("it_id", "number of the timer", (timer) => `posix ${timer.number("it_id")}`),
      clock: worked("clock_id", "by name", (timer) => CLOCK.at(PLAIN_ABI).get(timer.number("clock_id")) ?? `clock ${timer.number("clock_id")}`),
      notify: worked("it_sigev_notify", "what happens", (timer) => notifyText(set, timer)),
      overrun: "overrun",
      value: worked("vsec", "seconds and nanoseconds", (timer) => (timer.big("vsec") ?? 0n) * NANO + (timer.big("vnsec") ?? 0n)),
      interval: worked("isec", "seconds and nanoseconds", (timer) => (timer.big("isec") ?? 0n) * NANO + (timer.big("insec") ?? 0n)),
      unit: worked("", "unit of the fields together", () => "ns"),
    },
    { list },
  );

function notifyText(set: CriuSet, timer: MessageValue): string {
  const notify = timer.number("it_sigev_notify");
  const signal = signalText(set.abi, timer.number("si_signo"));
  if (notify === 1) return "none";
  if (notify === 4) return `${signal} to thread ${timer.number("notify_thread_id")}`;
  return notify === 0 ? signal : `${SIGEV.at(PLAIN_ABI).get(notify)?.toLowerCase() ?? notify}, ${signal}`;
}

export function timerRows(set: CriuSet, task: number, pid: number, core: KeptEntry): void {
  const { reader } = set;
  const table = reader.table("timers");
  const add = (columns: Mapping, timer: MessageValue, record: number, name: string, path: string): void => {
    check(set, timer, record, path, "usec", MICRO, task, `The ${name} timer of task ${pid}`);
    if (timer.number("vsec") + timer.number("vusec") + timer.number("isec") + timer.number("iusec") === 0) return;
    const row = reader.row(columns, columns === OF_IMAGE ? timer : core.value, record);
    table.set(row, "timer", name);
    table.set(row, "unit", "µs");
    table.set(row, "task", task);
  };
  const timers = core.value.sub("tc")?.sub("timers");
  for (const [index, kind] of KINDS.entries()) {
    const inCore = timers?.sub(kind);
    const inImage = set.top.entries("ITIMERS", pid)[index];
    if (inCore !== undefined) add(OF_CORE.get(kind)!, inCore, core.record, kind, `tc.timers.${kind}`);
    else if (inImage !== undefined) add(OF_IMAGE, inImage.value, inImage.record, kind, "");
  }
  const posix = (list: string, timer: MessageValue, record: number, index: number): void => {
    const row = reader.row(set.mapping(`posix/${list}`, () => posixMapping(set, list)), timer, record, index);
    table.set(row, "task", task);
    check(set, timer, record, index < 0 ? "" : `${list}.${index}`, "nsec", NANO, task, `POSIX timer ${timer.number("it_id")} of task ${pid}`);
  };
  for (const [index, timer] of (timers?.list("posix") ?? []).entries()) posix("tc.timers.posix", timer, core.record, index);
  for (const { value, record } of set.top.entries("POSIX_TIMERS", pid)) posix("", value, record, -1);
}

/** Parts of a second below a whole one; seconds that fit a signed word. */
function check(set: CriuSet, timer: MessageValue, record: number, path: string, part: "usec" | "nsec", unit: bigint, task: number, what: string): void {
  for (const prefix of ["v", "i"]) {
    const fraction = timer.big(prefix + part) ?? 0n;
    const seconds = BigInt.asIntN(64, timer.big(`${prefix}sec`) ?? 0n);
    if (fraction < unit && seconds >= 0n) continue;
    const field = fraction < unit ? `${prefix}sec` : prefix + part;
    set.reader.report("timer.value", `${what} has ${seconds} s and ${fraction} ${part === "usec" ? "µs" : "ns"}.`, set.reader.fieldOf(record, path === "" ? field : `${path}.${field}`), { table: "tasks", row: task });
  }
}

const limitMapping = (list: string): Mapping =>
  mapping("limits", { soft: "cur", hard: "max", resource: worked("", "place in the list", () => undefined) }, { list });
const LIMITS_OF_CORE = limitMapping("tc.rlimits.rlimits");
const LIMITS_OF_IMAGE = limitMapping("");

export function limitRows(set: CriuSet, task: number, pid: number, core: KeptEntry): void {
  const { reader } = set;
  const table = reader.table("limits");
  const names = limitNames(set.abi.architecture);
  const inCore = core.value.sub("tc")?.sub("rlimits")?.list("rlimits") ?? [];
  const list = inCore.length > 0 ? inCore.map((value, index) => ({ value, record: core.record, index })) : set.top.entries("RLIMIT", pid).map(({ value, record }) => ({ value, record, index: -1 }));
  if (list.length > names.length) {
    const [first] = list.slice(names.length);
    reader.report("core.count", `Task ${pid} has ${list.length} resource limits; Linux has ${names.length}.`, first!.index < 0 ? reader.recordSpan(first!.record) : reader.fieldOf(first!.record, `tc.rlimits.rlimits.${first!.index}`), { table: "tasks", row: task });
  }
  for (const [place, { value, record, index }] of list.entries()) {
    const row = reader.row(index < 0 ? LIMITS_OF_IMAGE : LIMITS_OF_CORE, value, record, index);
    table.set(row, "resource", names[place] ?? `limit ${place}`);
    table.set(row, "index", place);
    table.set(row, "task", task);
  }
}
