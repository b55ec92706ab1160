/**
 * Records of the second generation (v15 to v23 and the 3.0 port), without their eight-byte header.
 * One description serves all revisions: a member says from when, until when and on which machines it exists.
 * Source of the facts: checkpoint_hdr.h and checkpoint/ of the posted series; see docs/formats.
 */
import {
  address, array, bytes, chars, count, flags, given, hex, ipv4, le16, limit, nanoseconds, nested, objref, octal, oneOf,
  padding, raw, s16, s32, s64, signals, size, sockaddr, struct, time, u16, u32, u64, u8, ulong, union,
} from "../../schema/define.ts";
import type { Field, Struct } from "../../schema/schema.ts";
import {
  ARCH_ID, EPOLL_EVENTS, F_MODE, FAMILY, FILE_TYPE, IPC_TYPE, NETDEV_TYPE, NS_FLAGS, OBJECT_CLASS, PROTOCOL, RESTART_BLOCK,
  SEGMENT, SIGACTION_FLAGS, SOCKET_STATE, SOCKET_TYPE, TASK_FLAGS, TASK_STATE, TTY_SUBTYPE, TTY_TYPE, UFLAGS, UNIX_FLAGS, VM, VMA_TYPE,
} from "./enums.ts";
import { before, ordinal, since } from "./revisions.ts";
import { mmFields, vmaFields, x86Registers, x86SelectorRegisters } from "./structs-cr.ts";

const between = (from: string, to: string, field: Field): Field => given({ from: ordinal(from), to: ordinal(to) }, field);

/** Record header, the first member of every struct since April 2009. */
export const header32 = struct("ckpt_hdr", { type: u32(undefined, "record type"), len: u32(size, "bytes of the record, this header included") });

/** v14: payload lengths without `parent`; the widths are inferred. */
export const header32Payload = struct("cr_hdr", { type: u32(undefined, "record type"), len: u32(size, "payload bytes") });

const constants = struct("ckpt_const", {
  task_comm_len: u16(size, "length of the comm STRING"),
  mm_saved_auxv_len: before("v19", u16(size, "bytes of the saved auxv")),
  at_vector_size: since("v19", u16(count("entry"), "entries of the saved auxv, each a u64")),
  signal_nsig: u16(count("signal")),
  uts_sysname_len: u16(size),
  uts_nodename_len: u16(size),
  uts_release_len: u16(size, "size of the first BUFFER"),
  uts_version_len: u16(size, "size of the second BUFFER"),
  uts_machine_len: u16(size, "size of the third BUFFER"),
  uts_domainname_len: u16(size),
  rlimit_nlimits: u16(count("limit")),
  n_tty_buf_size: u16(size),
  tty_termios_ncc: before("v23-rc1+termios", u16(count("control character"))),
  tty_termios_nccs: since("v23-rc1+termios", u16(count("control character"))),
}, 8);

export const header = struct("ckpt_hdr_header", {
  magic: u64(hex, "0x00feed0cc0a2d200"),
  arch_id: le16(oneOf(ARCH_ID), "architecture; little endian on every machine"),
  major: u16(undefined, "kernel version, first number"),
  minor: u16(undefined, "kernel version, second number"),
  patch: u16(undefined, "kernel version, third number"),
  rev: u16(undefined, "format revision (CHECKPOINT_VERSION)"),
  uts_release_len: before("v17", u16(size, "size of the first BUFFER")),
  uts_version_len: before("v17", u16(size, "size of the second BUFFER")),
  uts_machine_len: before("v17", u16(size, "size of the third BUFFER")),
  constants: since("v17", nested(constants)),
  time: u64(time, "when the image was written"),
  uflags: u64(flags(UFLAGS), "checkpoint(2) flags given by the caller"),
}, 8);

export const headerArchX86 = struct("ckpt_hdr_header_arch", {
  has_fxsr: u16(undefined, "1 = FXSR used"),
  has_xsave: u16(undefined, "1 = XSAVE used"),
  xstate_size: u16(size, "bytes of one FPU record"),
  _pading: u16(padding),
}, 8);
export const headerArchS390x = struct("ckpt_hdr_header_arch", {}, 8);
export const headerArchPowerpc = struct("ckpt_hdr_header_arch", { what: u32(hex, "always 0xdeadbeef") }, 8);
export const headerArchArm = struct("ckpt_hdr_header_arch", {
  cpu_architecture: u32(),
  mmu: u8(),
  aeabi: u8(),
  oabi_compat: u8(),
}, 8);

export const container = struct("ckpt_hdr_container", {}, 8);
export const lsmInfo = struct("ckpt_hdr_lsm_info", { info: chars("rest", "what the security module says of itself") });
export const objrefRecord = struct("ckpt_hdr_objref", {
  objtype: u32(oneOf(OBJECT_CLASS), "class of the shared object"),
  objref: s32(objref, "its id, unique in the image"),
}, 8);
export const security = struct("ckpt_lsm", {
  ptrref: s32(objref, "id by which later records refer to this label"),
  sectype: u8(undefined, "kind of object the label belongs to; numbers not known"),
}, 8);

export const tree = struct("ckpt_hdr_tree", { nr_tasks: s32(count("task"), "tasks that follow") }, 8);
export const treeTags = struct("ckpt_hdr_tree", { nr_tasks: u32(count("task"), "tasks that follow") }, 8);
export const pidTable = struct("ckpt_hdr_pids", {
  nr_pids: u32(count("pid"), "pid objects in the BUFFER that follows"),
  nr_vpids: u32(count("number"), "sum of all depths"),
  offset: u32(undefined, "objref of the first pid object; tag = offset + index"),
}, 8);
export const vpids = struct("ckpt_hdr_vpids", { nr_vpids: s32(count("number"), "sum of all depths") }, 8);

export const pidEntry = struct("ckpt_pids", {
  vpid: s32(undefined, "pid in the namespace of the root task"),
  vppid: s32(undefined, "parent; 0 = outside the tree"),
  vtgid: s32(undefined, "thread group"),
  vpgid: s32(undefined, "process group; 0 = outside"),
  vsid: s32(undefined, "session; 0 = outside"),
  _padding: before("v20-dev-vpids", u32(padding)),
  rsid: between("v20-dev-vpids", "v20-dev", s32(undefined, "session in the root namespace")),
  depth: since("v20-dev-vpids", s32(undefined, "nested pid namespaces below the root's")),
}, 8);
/** v23-rc2: the numbers are tags of pid objects. */
export const taskPids = struct("ckpt_task_pids", {
  vpid: s32(undefined, "tag of the pid object; index = tag - offset"),
  vppid: s32(undefined, "tag of the parent; 0 = outside the tree"),
  vtgid: s32(undefined, "tag of the thread group"),
  vpgid: s32(undefined, "tag of the process group; 0 = outside"),
  vsid: s32(undefined, "tag of the session; 0 = outside"),
  depth: u32(undefined, "nested pid namespaces below the root's"),
}, 8);

/** v23-rc2: the numbers of one pid object, outermost namespace first. */
export const pidObject = struct("ckpt_pids", {
  depth: u32(),
  numbers: array(s32(), { field: "depth", plus: 1 }, "one number for each namespace, outermost first"),
});

const taskEarly: Readonly<Record<string, Field>> = {
  state: u32(oneOf(TASK_STATE), "task state"),
  exit_state: u32(undefined, "0, or 16 for a zombie"),
  exit_code: u32(hex, "wait status: signal in the low 7 bits, status << 8"),
  exit_signal: u32(undefined, "signal sent to the parent; -1 for a thread that does not lead"),
};
const pdeath = u32(undefined, "signal sent when the parent dies");
const setChildTid = u64(address, "user address");
const clearChildTid = u64(address, "user address cleared when the thread ends");
const robust: Readonly<Record<string, Field>> = {
  compat_robust_futex_head_len: u32(size),
  compat_robust_futex_list: u32(address, "user address, 32 bit"),
  robust_futex_head_len: u32(size, "size given to set_robust_list"),
  robust_futex_list: u64(address, "user address"),
};
const sigaltstack: Readonly<Record<string, Field>> = {
  sas_ss_sp: u64(address, "alternate signal stack"),
  sas_ss_size: u32(size, "its size"),
};

export const taskV16 = struct("ckpt_hdr_task", { ...taskEarly, task_comm_len: u32(count("byte"), "length of the name that follows") }, 8);
export const taskV17 = struct("ckpt_hdr_task", {
  ...taskEarly,
  pdeath_signal: pdeath,
  set_child_tid: setChildTid,
  clear_child_tid: clearChildTid,
  ...robust,
}, 8);
export const taskV19 = struct("ckpt_hdr_task", {
  ...taskEarly,
  pdeath_signal: pdeath,
  ...robust,
  set_child_tid: setChildTid,
  clear_child_tid: clearChildTid,
  sas_ss_sp: since("v23-rc1", sigaltstack["sas_ss_sp"]!),
  sas_ss_size: since("v23-rc1", sigaltstack["sas_ss_size"]!),
}, 8);
export const taskV23 = struct("ckpt_hdr_task", {
  flags: u32(flags(TASK_FLAGS), "subset of PF_*"),
  ...taskEarly,
  pdeath_signal: pdeath,
  set_child_tid: setChildTid,
  clear_child_tid: clearChildTid,
  ...sigaltstack,
  ...robust,
}, 8);

export const taskNs = struct("ckpt_hdr_task_ns", { ns_objref: s32(objref, "namespace set") }, 8);
export const taskObjs = struct("ckpt_hdr_task_objs", {
  files_objref: s32(objref, "descriptor table; 0 in a dead task"),
  mm_objref: s32(objref, "memory"),
  fs_objref: since("v19-rc3", s32(objref, "working directory and root")),
  sem_undo_objref: since("v23-rc1", s32(objref, "semaphore undo list")),
  sighand_objref: since("v17", s32(objref, "signal handlers")),
  signal_objref: since("v18", s32(objref, "signals and limits shared by the thread group")),
}, 8);
export const taskCreds = struct("ckpt_hdr_task_creds", {
  cred_ref: s32(objref, "real credentials"),
  ecred_ref: s32(objref, "effective credentials"),
}, 8);

export const restartBlock = struct("ckpt_hdr_restart_block", {
  function_type: u64(oneOf(RESTART_BLOCK), "which interrupted call goes on"),
  arg_0: u64(hex, "nanosleep: clock; poll and futex: address"),
  arg_1: u64(hex, "nanosleep: address for the rest; poll: count; futex: value"),
  arg_2: u64(hex, "poll: has a timeout; futex: flags"),
  arg_3: u64(hex, "futex: bitset"),
  arg_4: u64(nanoseconds, "time left"),
}, 8);

export const threadV16 = struct("ckpt_hdr_thread", {
  gdt_entry_tls_entries: u16(undefined, "number of TLS slots"),
  sizeof_tls_array: u16(size, "bytes of the TLS array"),
  ntls: u16(undefined, "slots in use; THREAD_TLS follows when not 0"),
}, 8);
const tls: Readonly<Record<string, Field>> = {
  thread_info_flags: u32(hex, "TIF_* flags"),
  gdt_entry_tls_entries: u16(undefined, "number of TLS slots"),
  sizeof_tls_array: u16(size, "bytes of the TLS array"),
};
export const threadX86 = struct("ckpt_hdr_thread", {
  sysenter_return: since("v23-rc1", u64(address, "address of the sysenter return stub")),
  ...tls,
  tls_array: array(u64(hex), 3, "segment descriptors"),
}, 8);
export const threadS390x = struct("ckpt_hdr_thread", { thread_info_flags: u64(hex, "TIF_* flags") }, 8);
export const threadArm = struct("ckpt_hdr_thread", { syscall: u32(), tp_value: u32(address, "thread pointer"), thumbee_state: u32(hex) }, 8);

export const cpuV16 = struct("ckpt_hdr_cpu", {
  ...x86SelectorRegisters,
  debugreg6: u64(hex),
  debugreg7: u64(hex),
  uses_debug: u32(undefined, "1 = the debug registers are in use"),
  used_math: u32(undefined, "1 = CPU_FPU follows"),
}, 8);
const segment = (doc: string): Field => u16(oneOf(SEGMENT), doc);
export const cpuX86 = struct("ckpt_hdr_cpu", {
  ...x86Registers,
  sp: u64(address, "stack pointer"),
  flags: u64(hex),
  fs: u64(address, "FS base"),
  gs: u64(address, "GS base"),
  fsindex: segment("FS selector code"),
  gsindex: segment("GS selector code"),
  cs: segment("CS code"),
  ss: segment("SS code"),
  ds: segment("DS code"),
  es: segment("ES code"),
  used_math: u32(undefined, "1 = CPU_FPU follows"),
  debugreg0: before("v19-rc3", u64(hex)),
  debugreg1: before("v19-rc3", u64(hex)),
  debugreg2: before("v19-rc3", u64(hex)),
  debugreg3: before("v19-rc3", u64(hex)),
  debugreg6: before("v19-rc3", u64(hex)),
  debugreg7: before("v19-rc3", u64(hex)),
}, 8);
export const cpuS390x = struct("ckpt_hdr_cpu", {
  args: array(u64(hex), 1),
  gprs: array(u64(hex), 16, "general registers; 15 is the stack pointer"),
  orig_gpr2: u64(hex),
  svcnr: u16(undefined, "system call number"),
  ilc: u16(),
  acrs: array(u32(hex), 16, "access registers"),
  ieee_instruction_pointer: u64(address),
  psw_t_mask: u64(hex),
  psw_t_addr: u64(address, "instruction pointer"),
  fpc: u32(hex),
  fprs: array(u64(hex), 16, "floating point registers"),
  per_control_regs: array(u64(hex), 3),
  starting_addr: u64(address),
  ending_addr: u64(address),
  address: u64(address),
  perc_atmid: u16(),
  access_id: u8(),
  single_step: u8(),
  instruction_fetch: u8(),
}, 8);
/** Sizes depend on the configuration of the kernel; only the beginning is fixed. */
export const cpuPowerpc = struct("ckpt_hdr_cpu", {
  features_used: u32(hex, "bit 0 FP, 1 debug, 2 Altivec, 3 SPE, 4 VSX"),
  pt_regs_size: u32(size),
  fpr_size: u32(size),
  registers: bytes("rest", raw, "orig_gpr3, pt_regs, fpr and more; order as in the kernel source, offsets depend on its configuration"),
});
export const cpuArm = struct("ckpt_hdr_cpu", { uregs: array(u32(hex), 18, "r0 to r15, cpsr, orig_r0") }, 8);
export const cpuFpu = struct("ckpt_hdr_cpu_fpu", { fpu: bytes("rest", raw, "FPU state in the form of the processor") });
/** The legacy area that begins every FXSAVE and XSAVE image. */
export const fxsave = struct("i387_fxsave_struct", {
  cwd: u16(hex, "control word"),
  swd: u16(hex, "status word"),
  twd: u16(hex, "tag word"),
  fop: u16(hex, "last opcode"),
  rip: u64(address, "last instruction"),
  rdp: u64(address, "last operand"),
  mxcsr: u32(hex),
  mxcsr_mask: u32(hex),
  st: array(bytes(16), 8, "x87 or MMX registers, 80 bits each"),
  xmm: array(bytes(16), 16, "SSE registers"),
  reserved: bytes(96, raw),
  xsave: bytes("rest", raw, "XSAVE header and extended state"),
});

export const ns = struct("ckpt_hdr_ns", {
  flags: before("v18", u32(flags(NS_FLAGS), "which namespaces are written here")),
  uts_objref: s32(objref, "UTS namespace"),
  ipc_objref: u32(objref, "IPC namespace"),
  net_objref: since("v20-dev", s32(objref, "network namespace")),
}, 8);
export const nsSigned = struct("ckpt_hdr_ns", { ...ns.fields, ipc_objref: s32(objref, "IPC namespace") }, 8);
export const utsNsV16 = struct("ckpt_hdr_utsns", { nodename_len: u32(size), domainname_len: u32(size) }, 8);
export const utsNs = struct("ckpt_hdr_utsns", {
  sysname: chars(65),
  nodename: chars(65, "host name"),
  release: chars(65),
  version: chars(65),
  machine: chars(65),
  domainname: chars(65),
}, 8);
export const ipcNs = struct("ckpt_hdr_ipcns", {
  shm_ctlmax: u64(size, "largest shared segment"),
  shm_ctlall: u64(count("page"), "all shared memory"),
  shm_ctlmni: s32(undefined, "most segments"),
  msg_ctlmax: s32(size, "largest message"),
  msg_ctlmnb: s32(size, "largest queue"),
  msg_ctlmni: s32(undefined, "most queues"),
  sem_ctl_msl: s32(),
  sem_ctl_mns: s32(),
  sem_ctl_opm: s32(),
  sem_ctl_mni: s32(),
}, 8);
export const userNs = struct("ckpt_hdr_user_ns", { creator_ref: s32(objref, "user that created the namespace; 0 = an ancestor") }, 8);
export const user = struct("ckpt_hdr_user_struct", { uid: u32(), userns_ref: s32(objref, "user namespace") }, 8);
/** The struct has one u32 of slack after the groups. */
export const groupinfo = struct("ckpt_hdr_groupinfo", {
  ngroups: u32(count("group")),
  groups: array(u32(), { field: "ngroups" }, "group ids, ascending"),
  _padding: bytes(4, padding),
});
const capabilities = struct("ckpt_capabilities", {
  cap_i_0: u32(hex, "inheritable, low half"),
  cap_i_1: u32(hex, "inheritable, high half"),
  cap_p_0: u32(hex, "permitted, low half"),
  cap_p_1: u32(hex, "permitted, high half"),
  cap_e_0: u32(hex, "effective, low half"),
  cap_e_1: u32(hex, "effective, high half"),
  cap_b_0: u32(hex, "bounding set, low half"),
  cap_b_1: u32(hex, "bounding set, high half"),
  securebits: u32(hex),
  padding: u32(padding),
}, 8);
export const cred = struct("ckpt_hdr_cred", {
  uid: u32(),
  suid: u32(),
  euid: u32(),
  fsuid: u32(),
  gid: u32(),
  sgid: u32(),
  egid: u32(),
  fsgid: u32(),
  user_ref: s32(objref, "user"),
  groupinfo_ref: s32(objref, "supplementary groups"),
  sec_ref: since("v19-rc1+lsm", s32(objref, "security label")),
  cap_s: nested(capabilities),
}, 8);

export const fileTable = struct("ckpt_hdr_file_table", { fdt_nfds: s32(count("descriptor"), "open descriptors that follow") }, 8);
export const fileDesc = struct("ckpt_hdr_file_desc", {
  fd_objref: s32(objref, "open file"),
  fd_descriptor: s32(undefined, "descriptor number"),
  fd_close_on_exec: u32(undefined, "1 = close on exec"),
}, 8);
const fileCommon = struct("ckpt_hdr_file", {
  f_type: u32(oneOf(FILE_TYPE), "what kind of open file"),
  f_mode: u32(flags(F_MODE), "FMODE_* bits"),
  f_flags: u32({ as: "hex" }, "open flags"),
  _padding: before("v18", u32(padding)),
  f_credref: since("v18", s32(objref, "credentials of the opener")),
  f_pos: u64(undefined, "file position in bytes"),
  f_version: u64(undefined, "file version"),
  f_secref: since("v19-rc1+lsm", s32(objref, "security label")),
}, 8);
const fileVariant = (name: string, rest: Readonly<Record<string, Field>>): Struct =>
  struct(name, { common: nested(fileCommon), ...rest }, 8);
export const fileGeneric = fileVariant("ckpt_hdr_file_generic", {});
export const filePipe = fileVariant("ckpt_hdr_file_pipe", { pipe_objref: s32(objref, "inode shared by both ends") });
export const fileSocket = fileVariant("ckpt_hdr_file_socket", { sock_objref: s32(objref, "socket") });
export const fileTty = fileVariant("ckpt_hdr_file_tty", { tty_objref: s32(objref, "terminal") });
export const fileEventfd = fileVariant("ckpt_hdr_file_eventfd", { count: u64(undefined, "counter"), flags: u32(hex, "open flags") });
export const pipeData = struct("ckpt_hdr_pipe", { pipe_len: s32(size, "bytes that follow without a header") }, 8);

const termios = (controlCharacters: number): Struct => struct("termio", {
  c_iflag: u16(hex),
  c_oflag: u16(hex),
  c_cflag: u16(hex),
  c_lflag: u16(hex),
  c_line: u8(),
  c_cc: bytes(controlCharacters),
}, 8);
const termiosWide = struct("termios", {
  c_iflag: u32(hex),
  c_oflag: u32(hex),
  c_cflag: u32(hex),
  c_lflag: u32(hex),
  c_ispeed: u32(),
  c_ospeed: u32(),
  c_line: u8(),
  c_cc: bytes(19),
}, 8);
const winsize = struct("winsize", { ws_row: u16(), ws_col: u16(), ws_xpixel: u16(), ws_ypixel: u16() }, 8);
const ttyStruct = (inner: Struct): Struct => struct("ckpt_hdr_tty", {
  driver_type: u16(oneOf(TTY_TYPE)),
  driver_subtype: u16(oneOf(TTY_SUBTYPE)),
  link_objref: s32(objref, "slave: the master's terminal"),
  file_objref: s32(objref, "master: its open file"),
  _padding: u32(padding),
  index: u32(undefined, "/dev/pts number"),
  ldisc: u32(undefined, "line discipline; 0 = N_TTY"),
  flags: u64(hex),
  termios: nested(inner),
  winsize: nested(winsize),
}, 8);
export const tty = ttyStruct(termios(8));
export const ttyPowerpc = ttyStruct(termios(10));
export const ttyWide = ttyStruct(termiosWide);
export const ttyLdisc = struct("ckpt_hdr_ldisc_n_tty", {
  column: u32(),
  datalen: u32(size, "bytes of the BUFFER that follows"),
  canon_column: u32(),
  canon_datalen: u32(size),
  canon_data: u32(),
  minimum_to_wake: u16(),
  stopped: u8(),
  hw_stopped: u8(),
  flow_stopped: u8(),
  packet: u8(),
  ctrl_status: u8(),
  lnext: u8(),
  erasing: u8(),
  raw: u8(),
  real_raw: u8(),
  icanon: u8(),
  closing: u8(),
  padding: bytes(3, padding),
  read_flags: bytes(512),
}, 8);
export const epollItems = struct("ckpt_hdr_eventpoll_items", {
  epfile_objref: s32(objref, "the epoll file"),
  num_items: u32(count("item"), "items in the BUFFER that follows"),
}, 8);
export const epollItem = struct("ckpt_eventpoll_item", {
  data: u64(hex, "user data"),
  fd: u32(undefined, "descriptor number"),
  file_objref: s32(objref, "watched file"),
  events: u32(flags(EPOLL_EVENTS)),
}, 8);

export const mm = struct("ckpt_hdr_mm", {
  map_count: u32(count("region"), "VMA records that follow"),
  exe_objref: s32(objref, "open file of the executable"),
  def_flags: since("v17", u64(flags(VM), "default VM_* flags")),
  flags: since("v17", u64(hex, "dumpable bits and the core dump filter")),
  ...mmFields,
}, 8);
export const vma = struct("ckpt_hdr_vma", {
  vma_type: u32(oneOf(VMA_TYPE), "what kind of area"),
  vma_objref: s32(objref, "open file that backs the area"),
  ino_objref: s32(objref, "inode of shared memory"),
  _padding: u32(padding),
  ino_size: u64(size, "size of the shared inode"),
  ...vmaFields,
  hugetlb_shift: since("v23-rc2", u16(undefined, "log2 of the huge page size")),
}, 8);
export const pgarr = struct("ckpt_hdr_pgarr", { nr_pages: u64(count("page"), "pages in the BUFFER that follows; 0 ends the area") }, 8);
export const hpage = struct("ckpt_hdr_hpage", {
  vaddr: u64(address, "virtual address, or the index in a shared object"),
  shift: u16(undefined, "log2 of the huge page size"),
}, 8);
export const mmContextX86 = struct("ckpt_hdr_mm_context", {
  vdso: u64(address, "address of the vdso, or 0"),
  ldt_entry_size: u32(size),
  nldt: u32(undefined, "LDT entries"),
}, 8);
export const mmContextS390x = struct("ckpt_hdr_mm_context", {
  vdso_base: u64(address),
  noexec: s32(),
  has_pgste: s32(),
  alloc_pgste: s32(),
  asce_bits: u64(hex),
  asce_limit: u64(hex),
}, 8);
export const mmContextArm = struct("ckpt_hdr_mm_context", { end_brk: u32(address) }, 8);
export const fs = struct("ckpt_hdr_fs", { umask: since("v23-rc1", u32(octal, "file mode creation mask")) }, 8);

export const ipc = struct("ckpt_hdr_ipc", {
  ipc_type: u32(oneOf(IPC_TYPE), "record type of the entries that follow"),
  ipc_count: u32(count("entry")),
}, 8);
/** Carries an unused record header of its own. */
const ipcPerms = struct("ckpt_hdr_ipc_perms", {
  h: nested(header32, "not filled in"),
  id: s32(undefined, "IPC id"),
  key: u32(hex, "IPC key"),
  uid: u32(undefined, "owner"),
  gid: u32(undefined, "group of the owner"),
  cuid: u32(undefined, "creator"),
  cgid: u32(undefined, "group of the creator"),
  mode: u32(octal, "permission bits"),
  _padding: u32(padding),
  seq: u64(),
  sec_ref: since("v19-rc1+lsm", s32(objref, "security label")),
}, 8);
export const ipcShm = struct("ckpt_hdr_ipc_shm", {
  perms: nested(ipcPerms),
  shm_segsz: u64(size, "segment size"),
  shm_atim: u64(time, "last attach"),
  shm_dtim: u64(time, "last detach"),
  shm_ctim: u64(time, "last change"),
  shm_cprid: s32(undefined, "creator pid"),
  shm_lprid: s32(undefined, "pid of the last operation"),
  mlock_uid: u32(undefined, "4294967295 = not locked"),
  flags: u32(hex),
  objref: u32(objref, "inode of the segment"),
  shift: since("v23-rc2", u16(undefined, "log2 of the huge page size")),
}, 8);
export const ipcMsg = struct("ckpt_hdr_ipc_msg", {
  perms: nested(ipcPerms),
  q_stime: u64(time, "last send"),
  q_rtime: u64(time, "last receive"),
  q_ctime: u64(time, "last change"),
  q_cbytes: u64(size, "bytes in the queue"),
  q_qnum: u64(count("message"), "messages that follow"),
  q_qbytes: u64(size, "most bytes in the queue"),
  q_lspid: s32(undefined, "pid of the last sender"),
  q_lrpid: s32(undefined, "pid of the last receiver"),
}, 8);
export const ipcMsgMsg = struct("ckpt_hdr_ipc_msg_msg", {
  m_type: s32(undefined, "message type, 1 or more"),
  m_ts: u32(size, "message bytes"),
  sec_ref: since("v19-rc1+lsm", s32(objref, "security label")),
}, 8);
export const ipcMsgMsgWide = struct("ckpt_hdr_ipc_msg_msg", {
  m_type: s64(undefined, "message type, 1 or more"),
  m_ts: u32(size, "message bytes"),
  sec_ref: s32(objref, "security label"),
}, 8);
export const ipcSem = struct("ckpt_hdr_ipc_sem", {
  perms: nested(ipcPerms),
  sem_otime: u64(time, "last operation"),
  sem_ctime: u64(time, "last change"),
  sem_nsems: u32(count("semaphore"), "semaphores in the BUFFER that follows"),
}, 8);
export const semUndoList = struct("ckpt_hdr_task_sem_undo_list", { count: u32(count("entry")) }, 8);
export const semUndo = struct("ckpt_hdr_task_sem_undo", { semid: u32(undefined, "IPC id"), semadj_count: u32(count("adjustment")) }, 8);

const sigset = struct("ckpt_sigset", { sigset: bytes(8, signals) }, 8);
const sigaction = struct("ckpt_sigaction", {
  _sa_handler: u64(address, "handler; 0 = default, 1 = ignore"),
  sa_flags: u64(flags(SIGACTION_FLAGS)),
  sa_restorer: u64(address),
  sa_mask: nested(sigset),
}, 8);
export const sighand = struct("ckpt_hdr_sighand", { action: array(nested(sigaction), 64, "one entry for each signal from 1 on") }, 8);
const rlimit = struct("ckpt_rlimit", { rlim_cur: u64(limit, "soft limit"), rlim_max: u64(limit, "hard limit") }, 8);
export const signal = struct("ckpt_hdr_signal", {
  rlim: array(nested(rlimit), 16, "resource limits in the order of RLIMIT_*"),
  it_real_value: u64(nanoseconds, "ITIMER_REAL: time left"),
  it_real_incr: u64(nanoseconds, "ITIMER_REAL: interval"),
  it_virt_value: u64(undefined, "ITIMER_VIRTUAL: time left in clock ticks"),
  it_virt_incr: u64(undefined, "ITIMER_VIRTUAL: interval in clock ticks"),
  it_prof_value: u64(undefined, "ITIMER_PROF: time left in clock ticks"),
  it_prof_incr: u64(undefined, "ITIMER_PROF: interval in clock ticks"),
  tty_objref: s32(objref, "controlling terminal"),
  tty_pgrp: s32(undefined, "foreground process group"),
  tty_old_pgrp: s32(),
}, 8);
export const signalTask = struct("ckpt_hdr_signal_task", { blocked: nested(sigset, "blocked signals") }, 8);
export const siginfo = struct("ckpt_siginfo", {
  signo: u32(),
  _errno: u32(),
  code: u32(),
  pid: u32(),
  uid: s32(),
  sigval_int: u32(),
  sigval_ptr: u64(address),
  utime: u64(),
  stime: u64(),
}, 8);
export const siginfoWide = struct("ckpt_siginfo", {
  csi_signo: u32(),
  csi_errno: s32(),
  csi_code: s32(),
  csi_pid: u32(),
  csi_uid: u32(),
  csi_fd: s32(),
  csi_tid: u32(),
  csi_band: u32(),
  csi_overrun: u32(),
  csi_trapno: u32(),
  csi_status: s32(),
  csi_int: s32(),
  csi_ptr: u64(address),
  csi_utime: u64(),
  csi_stime: u64(),
  csi_addr: u64(address),
  csi_sys_private: s32(),
}, 8);
const pendingStruct = (info: Struct): Struct => struct("ckpt_hdr_sigpending", {
  nr_pending: u32(count("signal"), "queued signals"),
  signal: nested(sigset, "pending signals"),
  siginfo: array(nested(info), { field: "nr_pending" }, "queued signals, oldest first"),
});
export const sigpending = pendingStruct(siginfo);
export const sigpendingWide = pendingStruct(siginfoWide);

const socketLinger = struct("ckpt_linger", { l_onoff: s32(), l_linger: s32() }, 8);
const socketSocket = struct("socket", { flags: u64(hex), state: u8(undefined, "0 free, 1 unconnected, 2 connecting, 3 connected, 4 disconnecting") }, 8);
const sockCommon: Readonly<Record<string, Field>> = {
  sock_bound_dev_if: u32(),
  sock_reuse: u32(),
  sock_family: u16(oneOf(FAMILY)),
  sock_state: u8(oneOf(SOCKET_STATE)),
};
const sock = struct("sock", {
  rcvlowat: s64(),
  flags: u64(hex),
  rcvtimeo: s64(),
  sndtimeo: s64(),
  err: u32(),
  err_soft: u32(),
  priority: u32(),
  rcvbuf: s32(size),
  sndbuf: s32(size),
  type: u16(oneOf(SOCKET_TYPE)),
  backlog: s16(),
  protocol: u8(oneOf(PROTOCOL)),
  state: u8(oneOf(SOCKET_STATE)),
  shutdown: u8(),
  userlocks: u8(),
  no_check: u8(),
  linger: nested(socketLinger),
}, 8);
export const socket = struct("ckpt_hdr_socket", {
  has_buffers: since("v23-rc1", u8(undefined, "1 = queues follow later")),
  socket: nested(socketSocket),
  ...sockCommon,
  sock: nested(sock),
}, 8);
export const socketQueue = struct("ckpt_hdr_socket_queue", {
  skb_count: u32(count("buffer")),
  total_bytes: u32(size, "sum of the lengths"),
}, 8);
export const socketBufferV18 = struct("ckpt_hdr_socket_buffer", { sk_objref: s32(objref, "socket"), pr_objref: s32(objref, "peer") }, 8);
export const socketBuffer = struct("ckpt_hdr_socket_buffer", {
  transport_header: u32(),
  network_header: u32(),
  mac_header: u32(),
  lin_len: u32(size, "bytes of the linear part"),
  frg_len: u32(size, "bytes in fragments"),
  skb_len: u32(size, "all bytes"),
  hdr_len: u32(size),
  mac_len: u32(size),
  data_offset: u32(),
  sk_objref: s32(objref, "socket"),
  pr_objref: s32(objref, "peer"),
  protocol: u16(),
  nr_frags: u16(count("fragment")),
  cb: bytes(48),
}, 8);
export const socketFrag = struct("ckpt_hdr_socket_buffer_frag", { size: u32(size, "bytes used"), offset: u32(size, "where they begin in the page that follows") }, 8);
const unixAddresses: Readonly<Record<string, Field>> = {
  flags: u32(flags(UNIX_FLAGS)),
  laddr_len: u32(size),
  raddr_len: u32(size),
  laddr: bytes(110, sockaddr, "local address"),
  raddr: bytes(110, sockaddr, "peer address"),
};
export const socketUnixV18 = struct("ckpt_hdr_socket_unix", {
  this: s32(objref, "this socket"),
  peer: s32(objref, "the peer, or 0"),
  peercred_uid: u32(),
  peercred_gid: u32(),
  ...unixAddresses,
}, 8);
export const socketUnix = struct("ckpt_hdr_socket_unix", {
  this: s32(objref, "this socket"),
  peer: s32(objref, "the peer, or 0"),
  peercred: s32(objref, "credentials of the peer"),
  ...unixAddresses,
}, 8);
const inetAddresses: Readonly<Record<string, Field>> = {
  laddr_len: u32(size),
  raddr_len: u32(size),
  laddr: bytes(16, sockaddr, "local address"),
  raddr: bytes(16, sockaddr, "remote address"),
};
export const socketInetV18 = struct("ckpt_hdr_socket_inet", inetAddresses, 8);
const tcpWords = (words: string): Readonly<Record<string, Field>> => Object.fromEntries(words.split(" ").map((name) => [name, u32()]));
const tcp = struct("ckpt_tcp", {
  ...tcpWords(
    "rcv_nxt copied_seq rcv_wup snd_nxt snd_una snd_sml rcv_tstamp lsndtime snd_wl1 snd_wnd max_window mss_cache window_clamp " +
      "rcv_ssthresh frto_highmark srtt mdev mdev_max rttvar rtt_seq packets_out retrans_out snd_up rcv_wnd write_seq pushed_seq " +
      "lost_out sacked_out fackets_out tso_deferred bytes_acked",
  ),
  lost_cnt_hint: s32(),
  ...tcpWords("retransmit_high lost_retrans_low prior_ssthresh high_seq retrans_stamp undo_marker"),
  undo_retrans: s32(),
  ...tcpWords("total_retrans urg_seq keepalive_time keepalive_intvl"),
  urg_data: u16(),
  advmss: u16(),
  frto_counter: u8(),
  nonagle: u8(),
  ecn_flags: u8(),
  reordering: u8(),
  keepalive_probes: u8(),
}, 8);
const icskAck = struct("ckpt_icsk_ack", {
  timeout: u64(),
  ato: u32(),
  lrcvtime: u32(),
  last_seg_size: u16(),
  rcv_mss: u16(),
  pending: u8(),
  quick: u8(),
  pingpong: u8(),
  blocked: u8(),
}, 8);
const inet6 = struct("ckpt_inet6", { saddr: bytes(16), rcv_saddr: bytes(16), daddr: bytes(16) }, 8);
export const socketInet = struct("ckpt_hdr_socket_inet", {
  daddr: u32(hex, "remote address, as stored"),
  rcv_saddr: u32(hex),
  saddr: u32(hex),
  dport: u16(undefined, "remote port, as stored"),
  num: u16(),
  sport: u16(undefined, "local port, as stored"),
  uc_ttl: s16(),
  cmsg_flags: u16(),
  icsk_ack: nested(icskAck),
  tcp: nested(tcp),
  inet6: nested(inet6),
  ...inetAddresses,
}, 8);
export const netNs = struct("ckpt_hdr_netns", { this_ref: s32(objref) }, 8);
export const netdev = struct("ckpt_hdr_netdev", {
  netns_ref: s32(objref, "network namespace"),
  link: union("type", { 3: "macvlan" }, "veth", {
    veth: struct("veth", { this_ref: s32(objref, "this end"), peer_ref: s32(objref, "the other end") }),
    macvlan: struct("macvlan", { mode: u32() }),
  }),
  inet_addrs: u32(count("address")),
  type: u16(oneOf(NETDEV_TYPE)),
  flags: u16(hex),
  hwaddr: bytes(6),
}, 8);
export const netdevAddr = struct("ckpt_netdev_addr", {
  type: u16(undefined, "0 = IPv4"),
  _padding: bytes(6, padding),
  inet4_local: bytes(4, ipv4),
  inet4_address: bytes(4, ipv4),
  inet4_mask: bytes(4, ipv4),
  inet4_broadcast: bytes(4, ipv4),
});

/** Payloads of BUFFER, by the place where it stands. */
export const taskPidEntries = struct("pids", { pids: array(nested(taskPids), "rest", "one entry for each task, in the order of the task records") });
export const pidEntries = struct("pids", { pids: array(nested(pidEntry), "rest", "one entry for each task, in the order of the task records") });
export const pidObjects = struct("pid_objects", { pids: array(nested(pidObject), "rest", "pid objects; the tag of entry i is offset + i") });
export const vpidNumbers = struct("vpids", { vpids: array(s32(), "rest", "numbers in nested pid namespaces, task by task, outer namespaces first") });
export const auxvV19 = struct("auxv", { auxv: array(u64(hex), "rest", "pairs of type and value") });
export const auxvNative = struct("auxv", { auxv: array(ulong(hex), "rest", "pairs of type and value") });
export const epollItemList = struct("epoll_items", { items: array(nested(epollItem), "rest") });
export const semAdjustments = struct("semadj", { semadj: array(s16(), "rest", "adjustment of each semaphore") });
export const netdevAddrs = struct("netdev_addrs", { addresses: array(nested(netdevAddr), "rest") });
const semaphoreEntry = (size: number): Struct => struct(`sem[${size}]`, {
  semval: s32(undefined, "value"),
  sempid: s32(undefined, "pid of the last operation"),
  ...(size > 8 ? { pointers: bytes(size - 8, raw, "kernel pointers, without meaning outside the kernel that wrote them") } : {}),
});
/** The kernel's array as it stands: 8 bytes an entry up to 2.6.32, with two pointers after it from 2.6.33 on. */
export const semaphores: Readonly<Record<8 | 16 | 24, Struct>> = {
  8: struct("semaphores", { sems: array(nested(semaphoreEntry(8)), "rest") }),
  16: struct("semaphores", { sems: array(nested(semaphoreEntry(16)), "rest") }),
  24: struct("semaphores", { sems: array(nested(semaphoreEntry(24)), "rest") }),
};
export const errorRecord = struct("ckpt_hdr_err", {}, 8);
export const errorText = struct("error", { nul: u8(padding, "the text begins after a NUL"), text: chars("rest", "what the kernel said") });
