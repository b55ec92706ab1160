/** Tasks and threads: tree, core, ids, signals, limits, seccomp. Field numbers, labels and types as in CRIU 4.3; `since` is the first release that has the field. */
import { address, flags, hex, nanoseconds, octal, oneOf, signals, size, waitStatus } from "../../../schema/define.ts";
import { message, optional, repeated, required, type Message } from "../../../schema/message.ts";
import { credsEntry, rlimitEntry, rseqEntry, saEntry, signalQueueEntry, taskTimersEntry } from "./common.ts";
import { threadInfoAarch64, threadInfoArm, threadInfoLoongarch64, threadInfoMips, threadInfoPpc64, threadInfoRiscv64, threadInfoS390, threadInfoX86 } from "./registers.ts";
import { MARCH, SECCOMP_MODE } from "./enums.ts";
import { MEMBARRIER, PF, POLICY, SECCOMP_FLAGS, SIGNAL, SIGNAL_STACK, TASK_STATE } from "../names.ts";
import { sockFilters } from "../structs.ts";

export const aaPolicy: Message = message("aa_policy", {
  name: required(1, "string", "3.16"),
  blob: required(2, "bytes", "3.16"),
});

export const aaNamespace: Message = message("aa_namespace", {
  name: required(1, "string", "3.16"),
  policies: repeated(2, aaPolicy, "3.16"),
  namespaces: repeated(3, () => aaNamespace, "3.16"),
});

export const apparmorEntry: Message = message("apparmor_entry", {
  namespaces: repeated(1, aaNamespace, "3.16"),
});

export const taskRlimitsEntry: Message = message("task_rlimits_entry", {
  rlimits: repeated(1, rlimitEntry, "1.3"),
});

export const taskCoreEntry: Message = message("task_core_entry", {
  task_state: required(1, "uint32", "0.1", { show: oneOf(TASK_STATE), hint: { as: "dict", table: "gen" }, doc: "Zombies have 2; only their core file exists" }),
  exit_code: required(2, "uint32", "0.1", { show: waitStatus, doc: "Raw wait status" }),
  personality: required(3, "uint32", "0.1", { show: hex }),
  flags: required(4, "uint32", "0.1", { show: flags(PF), doc: "PF_* flags of the kernel" }),
  blk_sigset: required(5, "uint64", "0.1", { show: signals, hint: { as: "hex" }, doc: "Signal mask of the leader; bit n-1 = signal n" }),
  comm: required(6, "string", "0.1"),
  timers: optional(7, taskTimersEntry, "1.3"),
  rlimits: optional(8, taskRlimitsEntry, "1.3"),
  cg_set: optional(9, "uint32", "1.3", { doc: "Control group set; per thread since 3.18" }),
  signals_s: optional(10, signalQueueEntry, "1.3"),
  old_seccomp_mode: optional(11, SECCOMP_MODE, "1.7"),
  old_seccomp_filter: optional(12, "uint32", "1.8"),
  loginuid: optional(13, "uint32", "2.0", { doc: "4294967295 = not set" }),
  oom_score_adj: optional(14, "int32", "2.0"),
  sigactions: repeated(15, saEntry, "3.1", { doc: "62 actions for the signals 1 to 64 without SIGKILL and SIGSTOP" }),
  child_subreaper: optional(18, "bool", "3.13"),
  blk_sigset_extended: optional(20, "uint64", "3.15", { show: hex, hint: { as: "hex" } }),
  stop_signo: optional(21, "uint32", "3.18", { show: oneOf(SIGNAL) }),
  membarrier_registration_mask: optional(22, "uint32", "3.19", { show: flags(MEMBARRIER), hint: { as: "hex" } }),
}, "What the threads of a task share");

export const taskKobjIdsEntry: Message = message("task_kobj_ids_entry", {
  vm_id: required(1, "uint32", "0.1"),
  files_id: required(2, "uint32", "0.1", { doc: "Descriptor table: names the fdinfo file" }),
  fs_id: required(3, "uint32", "0.1"),
  sighand_id: required(4, "uint32", "0.1"),
  pid_ns_id: optional(5, "uint32", "0.4"),
  net_ns_id: optional(6, "uint32", "0.4"),
  ipc_ns_id: optional(7, "uint32", "0.4"),
  uts_ns_id: optional(8, "uint32", "0.4"),
  mnt_ns_id: optional(9, "uint32", "0.4"),
  user_ns_id: optional(10, "uint32", "1.4"),
  cgroup_ns_id: optional(11, "uint32", "2.0"),
  time_ns_id: optional(12, "uint32", "3.14"),
}, "Ids of what a task shares or may share: tables and namespaces");

export const threadSasEntry: Message = message("thread_sas_entry", {
  ss_sp: required(1, "uint64", "0.7", { show: address }),
  ss_size: required(2, "uint64", "0.7", { show: size }),
  ss_flags: required(3, "uint32", "0.7", { show: flags(SIGNAL_STACK) }),
});

export const threadCoreEntry: Message = message("thread_core_entry", {
  futex_rla: required(1, "uint64", "0.2", { show: address, doc: "Head of the robust futex list" }),
  futex_rla_len: required(2, "uint32", "0.2", { show: size }),
  sched_nice: optional(3, "sint32", "0.3"),
  sched_policy: optional(4, "uint32", "0.3", { show: oneOf(POLICY) }),
  sched_prio: optional(5, "uint32", "0.3", { doc: "Only for FIFO and RR" }),
  blk_sigset: optional(6, "uint64", "0.3", { show: signals }),
  sas: optional(7, threadSasEntry, "0.7"),
  pdeath_sig: optional(8, "uint32", "1.3", { show: oneOf(SIGNAL) }),
  signals_p: optional(9, signalQueueEntry, "1.3"),
  creds: optional(10, credsEntry, "2.0"),
  seccomp_mode: optional(11, SECCOMP_MODE, "3.10"),
  seccomp_filter: optional(12, "uint32", "3.10", { doc: "Index of the newest filter in seccomp.img" }),
  comm: optional(13, "string", "3.11", { doc: "Per thread since 3.11" }),
  blk_sigset_extended: optional(14, "uint64", "3.15"),
  rseq_entry: optional(15, rseqEntry, "3.17"),
  cg_set: optional(16, "uint32", "3.18"),
  timerslack_ns: optional(17, "uint64", "4.3", { show: nanoseconds, doc: "PR_SET_TIMERSLACK" }),
}, "Scheduling, signals, credentials and filters of a thread");

export const coreEntry: Message = message("core_entry", {
  mtype: required(1, MARCH, "0.1", { doc: "Machine; decides which of the register messages is filled" }),
  thread_info: optional(2, threadInfoX86, "0.1"),
  tc: optional(3, taskCoreEntry, "0.1", { doc: "Only in the file of the thread group leader" }),
  ids: optional(4, taskKobjIdsEntry, "0.1", { doc: "Old place of the ids, which have a file of their own" }),
  thread_core: optional(5, threadCoreEntry, "0.2"),
  ti_arm: optional(6, threadInfoArm, "0.4"),
  ti_aarch64: optional(8, threadInfoAarch64, "1.3"),
  ti_ppc64: optional(9, threadInfoPpc64, "1.6"),
  ti_s390: optional(10, threadInfoS390, "3.4"),
  ti_mips: optional(11, threadInfoMips, "3.15"),
  ti_loongarch64: optional(12, threadInfoLoongarch64, "3.19"),
  ti_riscv64: optional(13, threadInfoRiscv64, "4.1"),
}, "A thread: registers, scheduling, credentials; of a leader also the task's data");

export const fsEntry: Message = message("fs_entry", {
  cwd_id: required(1, "uint32", "0.1"),
  root_id: required(2, "uint32", "0.1"),
  umask: optional(3, "uint32", "0.4", { show: octal }),
});

export const pstreeEntry: Message = message("pstree_entry", {
  pid: required(1, "uint32", "0.1", { doc: "In the pid namespace of the root task" }),
  ppid: required(2, "uint32", "0.1"),
  pgid: required(3, "uint32", "0.1"),
  sid: required(4, "uint32", "0.1"),
  threads: repeated(5, "uint32", "0.1", { doc: "Thread ids; the first is the task itself. Garbage for zombies" }),
}, "One task. Parents stand before their children; one task has the parent 0");

export const seccompFilter: Message = message("seccomp_filter", {
  filter: required(1, "bytes", "1.8", { holds: sockFilters, doc: "Classic BPF program" }),
  prev: optional(2, "uint32", "1.8", { doc: "Index of the filter that was installed before; absent for the oldest" }),
  flags: optional(3, "uint32", "3.10", { show: flags(SECCOMP_FLAGS) }),
});

export const seccompEntry: Message = message("seccomp_entry", {
  seccomp_filters: repeated(1, seccompFilter, "1.8"),
}, "All filters, each chain as a run of entries");
