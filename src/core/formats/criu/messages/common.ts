/** Messages that others contain. Field numbers, labels and types as in CRIU 4.3; `since` is the first release that has the field. */
import { address, count, flags, hex, kernelDevice, limit, octal, oneOf, path, signals, size } from "../../../schema/define.ts";
import { message, optional, repeated, required, type Message } from "../../../schema/message.ts";
import { SYSCTL_TYPE } from "./enums.ts";
import { BUFFER_LOCK, CLOCK, OWNER_SIGNAL, OWNER_TYPE, SA, SECUREBITS, SIGEV, SIGNAL } from "../names.ts";
import { siginfo } from "../structs.ts";

export const credsEntry: Message = message("creds_entry", {
  uid: required(1, "uint32", "0.1"),
  gid: required(2, "uint32", "0.1"),
  euid: required(3, "uint32", "0.1"),
  egid: required(4, "uint32", "0.1"),
  suid: required(5, "uint32", "0.1"),
  sgid: required(6, "uint32", "0.1"),
  fsuid: required(7, "uint32", "0.1"),
  fsgid: required(8, "uint32", "0.1"),
  cap_inh: repeated(9, "uint32", "0.1", { show: hex }),
  cap_prm: repeated(10, "uint32", "0.1", { show: hex }),
  cap_eff: repeated(11, "uint32", "0.1", { show: hex, doc: "Two words: capabilities 0 to 31, 32 to 63" }),
  cap_bnd: repeated(12, "uint32", "0.1", { show: hex }),
  secbits: required(13, "uint32", "0.1", { show: flags(SECUREBITS) }),
  groups: repeated(14, "uint32", "0.3"),
  lsm_profile: optional(15, "string", "1.6"),
  lsm_sockcreate: optional(16, "string", "3.13"),
  apparmor_data: optional(17, "bytes", "3.16"),
  no_new_privs: optional(18, "uint32", "3.19"),
  cap_amb: repeated(19, "uint32", "4.1", { show: hex }),
}, "Ids and capabilities, as seen in the user namespace");

export const fhEntry: Message = message("fh_entry", {
  bytes: required(1, "uint32", "0.1"),
  type: required(2, "uint32", "0.1"),
  handle: repeated(3, "uint64", "0.1", { show: hex }),
  path: optional(4, "string", "1.2", { show: path }),
  mnt_id: optional(5, "uint32", "1.7.1"),
});

export const fownEntry: Message = message("fown_entry", {
  uid: required(1, "uint32", "0.1"),
  euid: required(2, "uint32", "0.1"),
  signum: required(3, "uint32", "0.1", { show: oneOf(OWNER_SIGNAL) }),
  pid_type: required(4, "uint32", "0.1", { show: oneOf(OWNER_TYPE) }),
  pid: required(5, "uint32", "0.1"),
}, "Who gets SIGIO");

export const ipcDescEntry: Message = message("ipc_desc_entry", {
  key: required(1, "uint32", "0.1", { show: hex }),
  uid: required(2, "uint32", "0.1"),
  gid: required(3, "uint32", "0.1"),
  cuid: required(4, "uint32", "0.1"),
  cgid: required(5, "uint32", "0.1"),
  mode: required(6, "uint32", "0.1", { show: octal }),
  id: required(7, "uint32", "0.1"),
});

export const irmapCacheEntry: Message = message("irmap_cache_entry", {
  dev: required(1, "uint32", "1.2", { show: kernelDevice, hint: { as: "odev" } }),
  inode: required(2, "uint64", "1.2"),
  path: required(3, "string", "1.2", { show: path }),
}, "Path of an inode, cached between pre-dump and dump");

export const itimerEntry: Message = message("itimer_entry", {
  isec: required(1, "uint64", "0.1"),
  iusec: required(2, "uint64", "0.1"),
  vsec: required(3, "uint64", "0.1"),
  vusec: required(4, "uint64", "0.1"),
}, "Interval timer: interval and time left");

export const posixTimerEntry: Message = message("posix_timer_entry", {
  it_id: required(1, "uint32", "0.6"),
  clock_id: required(2, "uint32", "0.6", { show: oneOf(CLOCK) }),
  si_signo: required(3, "uint32", "0.6", { show: oneOf(SIGNAL) }),
  it_sigev_notify: required(4, "uint32", "0.6", { show: oneOf(SIGEV) }),
  sival_ptr: required(5, "uint64", "0.6", { show: hex }),
  overrun: required(6, "uint32", "0.6"),
  isec: required(7, "uint64", "0.6"),
  insec: required(8, "uint64", "0.6"),
  vsec: required(9, "uint64", "0.6"),
  vnsec: required(10, "uint64", "0.6"),
  notify_thread_id: optional(11, "int32", "3.16"),
}, "POSIX timer: interval and time left");

export const rlimitEntry: Message = message("rlimit_entry", {
  cur: required(1, "uint64", "0.4", { show: limit }),
  max: required(2, "uint64", "0.4", { show: limit }),
}, "A resource limit; 18446744073709551615 = unlimited");

export const rseqEntry: Message = message("rseq_entry", {
  rseq_abi_pointer: required(1, "uint64", "3.17", { show: address }),
  rseq_abi_size: required(2, "uint32", "3.17", { show: size }),
  signature: required(3, "uint32", "3.17", { show: hex }),
  rseq_cs_pointer: optional(4, "uint64", "3.17", { show: address }),
}, "Restartable sequences: the kernel rewrites this area whenever the thread runs");

export const saEntry: Message = message("sa_entry", {
  sigaction: required(1, "uint64", "0.1", { show: address, hint: { as: "hex" }, doc: "Address of the handler; 0 = default, 1 = ignore" }),
  flags: required(2, "uint64", "0.1", { show: flags(SA), hint: { as: "hex" } }),
  restorer: required(3, "uint64", "0.1", { show: address, hint: { as: "hex" } }),
  mask: required(4, "uint64", "0.1", { show: signals, hint: { as: "hex" } }),
  compat_sigaction: optional(5, "bool", "3.0"),
  mask_extended: optional(6, "uint64", "3.15", { show: signals, hint: { as: "hex" } }),
}, "Action of one signal");

export const siginfoEntry: Message = message("siginfo_entry", {
  siginfo: required(1, "bytes", "0.5", { holds: siginfo, doc: "siginfo_t of the kernel, 128 bytes" }),
}, "A queued signal");

export const signalQueueEntry: Message = message("signal_queue_entry", {
  signals: repeated(1, siginfoEntry, "1.3"),
});

export const skOptsEntry: Message = message("sk_opts_entry", {
  so_sndbuf: required(1, "uint32", "0.1", { show: size }),
  so_rcvbuf: required(2, "uint32", "0.1", { show: size }),
  so_snd_tmo_sec: required(3, "uint64", "0.1"),
  so_snd_tmo_usec: required(4, "uint64", "0.1"),
  so_rcv_tmo_sec: required(5, "uint64", "0.1"),
  so_rcv_tmo_usec: required(6, "uint64", "0.1"),
  reuseaddr: optional(7, "bool", "0.2"),
  so_priority: optional(8, "uint32", "0.3"),
  so_rcvlowat: optional(9, "uint32", "0.3"),
  so_mark: optional(10, "uint32", "0.3"),
  so_passcred: optional(11, "bool", "0.3"),
  so_passsec: optional(12, "bool", "0.3"),
  so_dontroute: optional(13, "bool", "0.3"),
  so_no_check: optional(14, "bool", "0.3"),
  so_bound_dev: optional(15, "string", "0.3"),
  so_filter: repeated(16, "fixed64", "0.3", { show: hex, doc: "Classic BPF: code in bits 48 to 63, jt 40 to 47, jf 32 to 39, k 0 to 31" }),
  so_reuseport: optional(17, "bool", "3.7"),
  so_broadcast: optional(18, "bool", "3.13"),
  so_keepalive: optional(19, "bool", "3.14"),
  tcp_keepcnt: optional(20, "uint32", "3.14"),
  tcp_keepidle: optional(21, "uint32", "3.14", { show: count("second") }),
  tcp_keepintvl: optional(22, "uint32", "3.14", { show: count("second") }),
  so_oobinline: optional(23, "uint32", "3.15"),
  so_linger: optional(24, "uint32", "3.15", { show: count("second") }),
  so_buf_lock: optional(25, "uint32", "3.17", { show: flags(BUFFER_LOCK) }),
});

export const sysctlEntry: Message = message("sysctl_entry", {
  type: required(1, SYSCTL_TYPE, "2.3"),
  iarg: optional(2, "int32", "2.3"),
  sarg: optional(3, "string", "2.3"),
});

export const taskTimersEntry: Message = message("task_timers_entry", {
  real: required(1, itimerEntry, "1.3"),
  virt: required(2, itimerEntry, "1.3"),
  prof: required(3, itimerEntry, "1.3"),
  posix: repeated(4, posixTimerEntry, "1.3"),
});

export const timeval: Message = message("timeval", {
  tv_sec: required(1, "uint64", "2.0"),
  tv_usec: required(2, "uint64", "2.0"),
});
