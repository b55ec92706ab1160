/** Tasks and threads: the tree, states, ids, credentials, limits, timers, signals. */
import { systemCallText } from "../../../machine/system-calls.ts";
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import { PLAIN_ABI } from "../../../schema/abi.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { flagNames, formatWaitStatus } from "../../../schema/show.ts";
import type { CriuSet, KeptEntry } from "../criu-set.ts";
import { MEMBARRIER, POLICY, SECCOMP_FLAGS, signalText, TASK_STATE } from "../names.ts";
import { SECCOMP_MODE } from "../messages/enums.ts";
import { registerAt, registersOf, REGISTERS } from "../registers.ts";
import { credentialRow } from "./credentials.ts";
import { pathInProc } from "./remaps.ts";
import { signalRows } from "./signals.ts";
import { limitRows, timerRows } from "./timers.ts";

/** Zombies have 2; 6 is a constant that is not written. */
const DEAD = new Set([2, 6]);
const NO_USER = 0xffff_ffff;

const TREE = mapping("tasks", {
  pid: "pid",
  ppid: "ppid",
  tgid: worked("pid", "a task is its own thread group", (task) => task.number("pid")),
  pgid: "pgid",
  sid: "sid",
  threads: worked("threads", "length of the list", () => undefined),
});

const tc = (core: MessageValue): MessageValue | undefined => core.sub("tc");

/** Before 3.18 the task had one set for all threads, and before 3.10 one seccomp mode. */
const groupField = (set: CriuSet): string => (set.seen("thread_core_entry", "cg_set") ? "thread_core.cg_set" : "tc.cg_set");
const seccompField = (set: CriuSet, field: "mode" | "filter"): string => (set.seen("thread_core_entry", "seccomp_mode") ? `thread_core.seccomp_${field}` : `tc.old_seccomp_${field}`);

const CORE = (set: CriuSet): Mapping =>
  mapping(
    "tasks",
    {
      name: "tc.comm",
      state: worked("tc.task_state", "by name", (core) => stateText(tc(core))),
      exit: worked("tc.exit_code", "wait status in words", (core) => (isDead(tc(core)) ? formatWaitStatus(tc(core)!.number("exit_code")) : undefined)),
      exit_code: "tc.exit_code",
      flags: "tc.flags",
      personality: "tc.personality",
      blocked: "tc.blk_sigset",
      oom_score_adj: "tc.oom_score_adj",
      loginuid: worked("tc.loginuid", "4294967295 is not set", (core) => userText(tc(core))),
      membarrier: worked("tc.membarrier_registration_mask", "by name", (core) => membarrierText(tc(core))),
      subreaper: "tc.child_subreaper",
      stop_signal: worked("tc.stop_signo", "by name; 0 is none", (core) => signalOrNone(set, tc(core)?.number("stop_signo"))),
      pending: worked("tc.signals_s", "length of the queue", (core) => tc(core)?.sub("signals_s")?.list("signals").length),
      pdeath_signal: worked("thread_core.pdeath_sig", "by name; 0 is none", (core) => signalOrNone(set, core.sub("thread_core")?.number("pdeath_sig"))),
      signal_stack: "thread_core.sas.ss_sp",
      cgroup: worked(groupField(set), "set with this id", () => undefined),
      credentials: worked("thread_core.creds", "of the first thread", () => undefined),
      syscall: worked("thread_info.gpregs.orig_ax", "system call by its number", (core) => syscallText(core)),
    },
    { record: "core_record" },
  );

const NAMESPACES = ["pid", "net", "ipc", "uts", "mnt", "user", "cgroup", "time"] as const;

const IDS = mapping(
  "tasks",
  {
    descriptor_table: worked("files_id", "table with this id", () => undefined),
    space: worked("vm_id", "memory map of the task", () => undefined),
    ...Object.fromEntries(NAMESPACES.map((kind) => [`${kind}_ns`, worked(`${kind}_ns_id`, "namespace with this id", () => undefined)])),
  },
  { record: "objects_record" },
);

const FS = mapping(
  "tasks",
  {
    cwd: worked("cwd_id", "path of the file with this id", () => undefined),
    root: worked("root_id", "path of the file with this id", () => undefined),
    umask: "umask",
  },
  { record: "fs_record" },
);

function stateText(task: MessageValue | undefined): string | undefined {
  if (task === undefined) return undefined;
  const state = task.number("task_state");
  return TASK_STATE.at(PLAIN_ABI).get(state) ?? `state ${state}`;
}

function signalOrNone({ abi }: CriuSet, signal: number | undefined): string | undefined {
  return signal === undefined || signal === 0 ? undefined : signalText(abi, signal);
}

function userText(task: MessageValue | undefined): string | undefined {
  if (task?.has("loginuid") !== true) return undefined;
  const user = task.number("loginuid");
  return user === NO_USER ? "unset" : String(user);
}

function membarrierText(task: MessageValue | undefined): string | undefined {
  const mask = task?.number("membarrier_registration_mask") ?? 0;
  return mask === 0 ? undefined : flagNames(mask, MEMBARRIER.at(PLAIN_ABI));
}

function isDead(task: MessageValue | undefined): boolean {
  return task !== undefined && DEAD.has(task.number("task_state"));
}

/** `gpregs.mode` of tasks of 32 bits; absent in the others. */
const COMPAT = 2;

/** -1 in orig_ax: not in a system call. No other machine's registers say which call it was. */
function syscallText(core: MessageValue): string | undefined {
  const spec = registersOf(core);
  const registers = spec?.mtype === 1 ? core.sub(spec.part) : undefined;
  const value = registerAt(registers, "gpregs.orig_ax");
  if (value === undefined || BigInt.asIntN(64, value) < 0n || BigInt.asIntN(32, value) < 0n) return undefined;
  return systemCallText(registerAt(registers, "gpregs.mode") === BigInt(COMPAT) ? "i386" : "x86_64", value);
}

/** Task rows of each descriptor table, by its id. */
export type TableUsers = ReadonlyMap<number, readonly number[]>;

export function taskRows(set: CriuSet): TableUsers {
  const { reader, links } = set;
  const tasks = reader.table("tasks");
  const users = new Map<number, number[]>();
  const coreMapping = CORE(set);
  const perId = set.top.entry("INVENTORY")?.value.flag("fdinfo_per_id") ?? true;
  for (const { value, record } of set.top.entries("PSTREE")) {
    const row = reader.row(TREE, value, record);
    const pid = value.number("pid");
    const isAgain = links.tasks.has(pid);
    if (!isAgain) links.tasks.set(pid, row);
    reader.setTask(record, row);
    const core = set.top.entry("CORE", pid);
    if (core === undefined) {
      missing(set, "core", pid, `task ${pid}`, record, row);
      continue;
    }
    reader.extend(row, coreMapping, core.value, core.record);
    reader.setTask(core.record, row);
    const dead = isDead(tc(core.value));
    checkState(set, row, pid, core);
    // The list of a zombie is one number that nobody initialised.
    const ids = dead ? [] : value.numbers("threads").map(Number);
    tasks.set(row, "threads", ids.length);
    // The images of a task that is named twice are shown once.
    if (dead || isAgain) continue;
    idRows(set, row, pid, core, record, users, perId);
    fsRow(set, row, pid, record);
    threadRows(set, row, pid, ids, record);
    timerRows(set, row, pid, core);
    limitRows(set, row, pid, core);
  }
  countFilterUsers(set);
  for (let row = 0; row < tasks.length; row++) {
    const parent = links.tasks.get(tasks.number(row, "ppid"));
    if (parent !== undefined && parent !== row) tasks.set(row, "parent", parent);
  }
  return users;
}

function checkState(set: CriuSet, row: number, pid: number, { value, record }: KeptEntry): void {
  const task = tc(value);
  if (task === undefined) set.reader.report("record.missing", `core-${pid}.img has no data of the task.`, set.reader.recordSpan(record), { table: "tasks", row });
  if (task === undefined || TASK_STATE.at(PLAIN_ABI).has(task.number("task_state"))) return;
  set.reader.report("task.state", `Task ${pid} has the state ${task.number("task_state")}.`, set.reader.fieldOf(record, task.has("task_state") ? "tc.task_state" : "tc"), { table: "tasks", row });
}

function missing(set: CriuSet, kind: string, number: number, of: string, record: number, row: number): void {
  set.lost.push({ kind, name: `${kind}-${number}.img`, of, at: set.reader.fieldOf(record, "pid"), row: { table: "tasks", row }, image: set.top.image(kind.toUpperCase(), number) });
}

function idRows(set: CriuSet, row: number, pid: number, core: KeptEntry, tree: number, users: Map<number, number[]>, perId: boolean): void {
  const { reader, links } = set;
  const own = set.top.entry("IDS", pid);
  const ids = own?.value ?? core.value.sub("ids");
  const tasks = reader.table("tasks");
  if (ids === undefined) missing(set, "ids", pid, `task ${pid}`, tree, row);
  else if (own !== undefined) {
    reader.extend(row, IDS, own.value, own.record);
    reader.setTask(own.record, row);
  }
  const table = perId && ids !== undefined ? ids.number("files_id") : pid;
  const list = users.get(table);
  if (list === undefined) users.set(table, [row]);
  else list.push(row);
  for (const kind of NAMESPACES) {
    const id = ids?.number(`${kind}_ns_id`) ?? 0;
    const namespace = links.namespaces.get(`${kind}/${id}`);
    if (namespace !== undefined) tasks.set(row, `${kind}_ns`, namespace);
  }
}

function fsRow(set: CriuSet, row: number, pid: number, tree: number): void {
  const { reader } = set;
  const entry = set.top.entry("FS", pid);
  if (entry === undefined) return missing(set, "fs", pid, `task ${pid}`, tree, row);
  reader.extend(row, FS, entry.value, entry.record);
  reader.setTask(entry.record, row);
  const tasks = reader.table("tasks");
  for (const [column, field] of [["cwd", "cwd_id"], ["root", "root_id"]] as const) {
    const id = entry.value.number(field);
    const path = pathInProc(set, id);
    if (path !== undefined) tasks.set(row, column, path);
    else reader.report("file.dangling", `The ${column === "cwd" ? "working directory" : "root"} of task ${pid} is the open file ${id}, which is not in the set.`, reader.fieldOf(entry.record, field), { table: "tasks", row });
  }
}

// ---- threads

/** How a core becomes a thread: depends on the machine, and on whether its mask of blocked signals stands with the task's data. */
function threadMapping(set: CriuSet, core: MessageValue): Mapping {
  const spec = registersOf(core);
  const isOwn = core.sub("thread_core")?.has("blk_sigset") === true;
  return set.mapping(`threads/${spec?.mtype ?? 0}/${isOwn}`, () => makeThreadMapping(set, spec, isOwn ? "thread_core.blk_sigset" : "tc.blk_sigset"));
}

function makeThreadMapping(set: CriuSet, spec: (typeof REGISTERS)[number] | undefined, mask: string): Mapping {
  const thread = (core: MessageValue): MessageValue | undefined => core.sub("thread_core");
  const registers: Mapping["columns"] =
    spec === undefined
      ? {}
      : {
          ip: worked(`${spec.part}.gpregs.${spec.ip}`, "the register", (core) => registerAt(core.sub(spec.part), `gpregs.${spec.ip}`)),
          sp: worked(`${spec.part}.gpregs.${spec.sp}`, "the register", (core) => registerAt(core.sub(spec.part), `gpregs.${spec.sp}`)),
          clear_tid: `${spec.part}.clear_tid_addr`,
          fpu: worked(`${spec.part}.${spec.fpu}`, "bytes of the message", (core) => fpuBytes(core, spec.part, spec.fpu)),
          ...(spec.mtype === 1 ? { syscall: worked(`${spec.part}.gpregs.orig_ax`, "system call by its number", syscallText) } : {}),
          ...(spec.tls === undefined ? {} : { tls: worked(`${spec.part}.${spec.tls}`, "thread pointer", (core) => registerAt(core.sub(spec.part), spec.tls!)) }),
        };
  return mapping("threads", {
    ...registers,
    tid: worked("", "number in the name of the image", () => undefined),
    thread_name: "thread_core.comm",
    policy: worked("thread_core.sched_policy", "by name", (core) => policyText(thread(core))),
    nice: "thread_core.sched_nice",
    priority: worked("thread_core.sched_prio", "only of real-time policies", (core) => (thread(core)?.number("sched_prio") || undefined)),
    seccomp: worked(seccompField(set, "mode"), "by name", (core) => modeText(core)),
    filter: worked(seccompField(set, "filter"), "filter with this index", () => undefined),
    blocked: mask,
    signal_stack: "thread_core.sas.ss_sp",
    timer_slack: "thread_core.timerslack_ns",
    rseq: worked("thread_core.rseq_entry", "0 is none", (core) => thread(core)?.sub("rseq_entry")?.big("rseq_abi_pointer") || undefined),
    robust_list: worked("thread_core.futex_rla", "0 is none", (core) => thread(core)?.big("futex_rla") || undefined),
    death_signal: worked("thread_core.pdeath_sig", "by name; 0 is none", (core) => signalOrNone(set, thread(core)?.number("pdeath_sig"))),
    credentials: worked("thread_core.creds", "credentials of the thread", () => undefined),
    cgroup: worked(groupField(set), "set with this id", () => undefined),
  });
}

function fpuBytes(core: MessageValue, part: string, field: string): number | undefined {
  const state = core.sub(part)?.sub(field);
  return state === undefined ? undefined : state.end - state.start;
}

function policyText(thread: MessageValue | undefined): string | undefined {
  if (thread?.has("sched_policy") !== true) return undefined;
  // Bit 30: children do not inherit it.
  const policy = thread.number("sched_policy");
  const name = POLICY.at(PLAIN_ABI).get(policy & ~0x4000_0000) ?? String(policy);
  return (policy & 0x4000_0000) === 0 ? name : `${name}, reset on fork`;
}

function modeText(core: MessageValue): string | undefined {
  const thread = core.sub("thread_core");
  if (thread?.has("seccomp_mode") === true) return SECCOMP_MODE.at(PLAIN_ABI).get(thread.number("seccomp_mode"));
  const task = tc(core);
  return task?.has("old_seccomp_mode") === true ? SECCOMP_MODE.at(PLAIN_ABI).get(task.number("old_seccomp_mode")) : undefined;
}

function threadRows(set: CriuSet, task: number, pid: number, ids: readonly number[], tree: number): void {
  const { reader, links } = set;
  const tasks = reader.table("tasks");
  const threads = reader.table("threads");
  for (const tid of ids) {
    if (links.threads.has(tid)) continue;
    const core = set.top.entry("CORE", tid);
    if (core === undefined) {
      missing(set, "core", tid, `thread ${tid} of task ${pid}`, tree, task);
      continue;
    }
    const { value, record } = core;
    const row = reader.row(threadMapping(set, value), value, record);
    if (!REGISTERS.some(({ part }) => value.has(part))) reader.report("set.machine", `core-${tid}.img has no registers.`, reader.recordSpan(record), { table: "threads", row });
    threads.set(row, "task", task);
    threads.set(row, "tid", tid);
    reader.setTask(record, task);
    if (!links.threads.has(tid)) links.threads.set(tid, row);
    if (tid === pid) tasks.set(task, "thread", row);
    const credentials = credentialRow(set, value, record, tid, pid);
    if (credentials >= 0) {
      threads.set(row, "credentials", credentials);
      if (tid === pid) {
        tasks.set(task, "credentials", credentials);
        tasks.set(task, "real_credentials", credentials);
      }
    }
    cgroupOf(set, row, task, tid === pid, value, record);
    filterOf(set, row, value, record, tid);
    registerRows(set, row, task, value, record);
    signalRows(set, task, pid, tid, core);
  }
}

function cgroupOf(set: CriuSet, thread: number, task: number, isLeader: boolean, core: MessageValue, record: number): void {
  const { reader, links } = set;
  const own = core.sub("thread_core");
  const id = own?.has("cg_set") === true ? own.number("cg_set") : core.sub("tc")?.has("cg_set") === true ? core.sub("tc")!.number("cg_set") : undefined;
  if (id === undefined) return;
  const group = links.cgroupSets.get(id);
  if (group === undefined) {
    // Without control group management the sets are not saved, and the number says nothing. The set of the dumping process is
    // never among them: a task in it is restored into that of the restoring process.
    const isOutside = set.top.entry("INVENTORY")?.value.number("root_cg_set") === id;
    if (set.top.image("CGROUP") !== undefined && !isOutside) reader.report("cgroup.set", `A thread is in the control group set ${id}, which is not in cgroup.img.`, reader.fieldOf(record, own?.has("cg_set") === true ? "thread_core.cg_set" : "tc.cg_set"), { table: "threads", row: thread });
    return;
  }
  reader.table("threads").set(thread, "cgroup", group);
  if (isLeader) reader.table("tasks").set(task, "cgroup", group);
  const groups = reader.table("cgroup_sets");
  const members = groups.number(group, "members");
  groups.set(group, "members", (Number.isNaN(members) ? 0 : members) + 1);
}

const FILTERED = 2;

function filterOf(set: CriuSet, row: number, core: MessageValue, record: number, tid: number): void {
  const own = core.sub("thread_core");
  const old = core.sub("tc");
  const isOwn = own?.has("seccomp_mode") === true;
  const mode = isOwn ? own.number("seccomp_mode") : (old?.number("old_seccomp_mode") ?? 0);
  const holder = isOwn ? own : old;
  const field = isOwn ? "seccomp_filter" : "old_seccomp_filter";
  if (mode !== FILTERED || holder?.has(field) !== true) return;
  const { links, reader } = set;
  const index = holder.number(field);
  const filter = links.filters[index];
  if (filter === undefined && set.top.entry("SECCOMP") === undefined) {
    if (!set.lacksFilters) set.lost.push({ kind: "seccomp", name: "seccomp.img", of: "all threads with filters", at: reader.fieldOf(record, `${isOwn ? "thread_core" : "tc"}.${field}`), row: { table: "threads", row }, image: set.top.image("SECCOMP") });
    set.lacksFilters = true;
    return;
  }
  if (filter === undefined) {
    reader.report("seccomp.chain", `The newest seccomp filter of thread ${tid} is number ${index} of ${links.filters.length} filters.`, reader.fieldOf(record, `${isOwn ? "thread_core" : "tc"}.${field}`), { table: "threads", row });
    return;
  }
  reader.table("threads").set(row, "filter", filter);
  const filters = reader.table("seccomp_filters");
  filters.set(filter, "users", filters.number(filter, "users") + 1);
}

/** A thread is subject to the whole chain: its newest filter, and all those before it. Call when all threads are there. */
function countFilterUsers({ reader, links }: CriuSet): void {
  const filters = reader.table("seccomp_filters");
  // Indexes fall along a chain: from the last one on, the users of each filter are complete when it is passed.
  for (const filter of links.filters.toReversed()) {
    const previous = filters.number(filter, "previous");
    if (previous >= 0) filters.set(previous, "users", filters.number(previous, "users") + filters.number(filter, "users"));
  }
}

const FILTER = mapping(
  "seccomp_filters",
  {
    bytes: worked("filter", "length", (filter) => filter.bytes("filter").length),
    instructions: worked("filter", "eight bytes each", (filter) => Math.floor(filter.bytes("filter").length / 8)),
    flags: worked("flags", "by name", (filter) => (filter.number("flags") === 0 ? undefined : flagNames(filter.number("flags"), SECCOMP_FLAGS.at(PLAIN_ABI)))),
    previous: worked("prev", "filter with this index", () => undefined),
  },
  { list: "seccomp_filters" },
);

/** Filters first: threads refer to them. */
export function filterRows(set: CriuSet): void {
  const { reader, links } = set;
  const entry = set.top.entry("SECCOMP");
  if (entry === undefined) return;
  const table = reader.table("seccomp_filters");
  for (const [index, filter] of entry.value.list("seccomp_filters").entries()) {
    const row = reader.row(FILTER, filter, entry.record, index);
    links.filters.push(row);
    table.set(row, "users", 0);
    if (!filter.has("prev")) continue;
    const previous = filter.number("prev");
    if (previous < index) table.set(row, "previous", links.filters[previous]!);
    else reader.report("seccomp.chain", `Seccomp filter ${index} names number ${previous} as the one before it.`, reader.fieldOf(entry.record, `seccomp_filters.${index}.prev`), { table: "seccomp_filters", row });
  }
}

/** Threads whose registers become rows; beyond, they are in the records. */
const MOST_REGISTER_THREADS = 20_000;

const VALUE = mapping("registers", { register: worked("", "name of the field", () => undefined), value: worked("", "the register", () => undefined) });

function registerRows(set: CriuSet, thread: number, task: number, core: MessageValue, record: number): void {
  const spec = registersOf(core);
  const registers = spec === undefined ? undefined : core.sub(spec.part)?.sub("gpregs");
  if (registers === undefined || thread >= MOST_REGISTER_THREADS) return;
  const { reader } = set;
  const table = reader.table("registers");
  const add = (name: string, value: number | bigint): void => {
    const row = reader.row(VALUE, core, record);
    table.set(row, "register", name);
    table.set(row, "value", BigInt.asUintN(64, BigInt(value)));
    table.set(row, "task", task);
    table.set(row, "thread", thread);
  };
  for (const field of registers.message.fields) {
    if (field.type === "enum" || !registers.has(field.name)) continue;
    if (field.label === "repeated") for (const [index, value] of registers.numbers(field.name).entries()) add(`${field.name}[${index}]`, value);
    else add(field.name, registers.big(field.name) ?? 0n);
  }
}

/** Field of a register's row. */
export function registerPath(set: CriuSet, row: number): string {
  const table = set.reader.table("registers");
  const core = set.coreOf(table.number(row, "record"));
  const spec = core === undefined ? undefined : registersOf(core);
  return spec === undefined ? "" : `${spec.part}.gpregs.${(table.text(row, "register") ?? "").replace(/\[(\d+)\]$/, ".$1")}`;
}
