/** Facts of Linux that every format shares: signal numbers, open flags, protections, families. Values of the generic ABI. */

/** Signal numbers of x86, arm, s390 and powerpc (mips, alpha and sparc differ and are not in these formats). */
export const SIGNALS: ReadonlyMap<number, string> = new Map(
  (
    "SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM " +
    "SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS"
  )
    .split(" ")
    .map((name, index) => [index + 1, name]),
);

const bits = (entries: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(entries).map(([name, value]) => [value, name]));

/** VM_* flags of 2.6.2x to 3.0 kernels (include/linux/mm.h). */
export const VM_FLAGS = bits({
  READ: 0x1,
  WRITE: 0x2,
  EXEC: 0x4,
  SHARED: 0x8,
  MAYREAD: 0x10,
  MAYWRITE: 0x20,
  MAYEXEC: 0x40,
  MAYSHARE: 0x80,
  GROWSDOWN: 0x100,
  GROWSUP: 0x200,
  PFNMAP: 0x400,
  DENYWRITE: 0x800,
  EXECUTABLE: 0x1000,
  LOCKED: 0x2000,
  IO: 0x4000,
  SEQ_READ: 0x8000,
  RAND_READ: 0x10000,
  DONTCOPY: 0x20000,
  DONTEXPAND: 0x40000,
  RESERVED: 0x80000,
  ACCOUNT: 0x100000,
  NORESERVE: 0x200000,
  HUGETLB: 0x400000,
  NONLINEAR: 0x800000,
  MAPPED_COPY: 0x1000000,
  INSERTPAGE: 0x2000000,
  ALWAYSDUMP: 0x4000000,
  CAN_NONLINEAR: 0x8000000,
  MIXEDMAP: 0x10000000,
  SAO: 0x20000000,
  PFN_AT_MMAP: 0x40000000,
  MERGEABLE: 0x80000000,
});

/** Open flags of the generic ABI (asm-generic/fcntl.h); O_ACCMODE is handled apart. */
export const OPEN_FLAGS = bits({
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_SYNC: 0o4010000,
  O_DSYNC: 0o10000,
  O_ASYNC: 0o20000,
  O_DIRECT: 0o40000,
  O_LARGEFILE: 0o100000,
  O_TMPFILE: 0o20200000,
  O_DIRECTORY: 0o200000,
  O_NOFOLLOW: 0o400000,
  O_NOATIME: 0o1000000,
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
});

/** powerpc numbers some of the open flags differently (arch/powerpc/include/uapi/asm/fcntl.h). */
const OPEN_FLAGS_POWERPC: ReadonlyMap<number, string> = new Map(
  [...OPEN_FLAGS].map(([bit, name]) => {
    if (name === "O_TMPFILE") return [0o20040000, name];
    if (name === "O_DIRECTORY") return [0o40000, name];
    if (name === "O_NOFOLLOW") return [0o100000, name];
    if (name === "O_DIRECT") return [0o400000, name];
    if (name === "O_LARGEFILE") return [0o200000, name];
    return [bit, name];
  }),
);

const ACCESS = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"];

/** `O_RDWR|O_APPEND`: the access mode, then the set bits, unknown bits as a hex rest. */
export function openFlags(value: number, architecture: string): string {
  const table = openFlagNames(architecture);
  const parts = [ACCESS[value & 3]!];
  let rest = value & ~3;
  for (const [bit, name] of [...table].sort((a, b) => b[0] - a[0])) {
    if ((rest & bit) === bit) {
      parts.push(name);
      rest &= ~bit;
    }
  }
  if (rest !== 0) parts.push(`0x${(rest >>> 0).toString(16)}`);
  return parts.join("|");
}

export const FMODE = bits({
  READ: 0x1,
  WRITE: 0x2,
  LSEEK: 0x4,
  PREAD: 0x8,
  PWRITE: 0x10,
  EXEC: 0x20,
  NDELAY: 0x40,
  EXCL: 0x80,
  WRITE_IOCTL: 0x100,
  "32BITHASH": 0x200,
  NOCMTIME: 0x800,
  RANDOM: 0x1000,
  UNSIGNED_OFFSET: 0x2000,
});

export const CAPABILITIES: readonly string[] = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
  "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " +
  "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split(" ");

/** Capabilities by name; a set that holds all known ones is `all`. */
export function capabilityNames(set: bigint): string {
  if (set === 0n) return "none";
  if (set === 0xffff_ffff_ffff_ffffn) return "all";
  const parts: string[] = [];
  for (let bit = 0; bit < 64; bit++) if ((set >> BigInt(bit)) & 1n) parts.push(CAPABILITIES[bit] ?? `CAP_${bit}`);
  return parts.join(" ");
}

export const RLIMITS: readonly string[] = (
  "cpu fsize data stack core rss nproc nofile memlock as locks sigpending msgqueue nice rtprio rttime"
).split(" ");

export const SOCKET_FAMILIES: ReadonlyMap<number, string> = bits({
  unspec: 0,
  unix: 1,
  inet: 2,
  inet6: 10,
  netlink: 16,
  packet: 17,
});
export const SOCKET_TYPES: ReadonlyMap<number, string> = bits({ stream: 1, dgram: 2, raw: 3, rdm: 4, seqpacket: 5, packet: 10 });
export const TCP_STATES: ReadonlyMap<number, string> = bits({
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
});

export const AUXV: ReadonlyMap<number, string> = bits({
  AT_NULL: 0,
  AT_IGNORE: 1,
  AT_EXECFD: 2,
  AT_PHDR: 3,
  AT_PHENT: 4,
  AT_PHNUM: 5,
  AT_PAGESZ: 6,
  AT_BASE: 7,
  AT_FLAGS: 8,
  AT_ENTRY: 9,
  AT_NOTELF: 10,
  AT_UID: 11,
  AT_EUID: 12,
  AT_GID: 13,
  AT_EGID: 14,
  AT_PLATFORM: 15,
  AT_HWCAP: 16,
  AT_CLKTCK: 17,
  AT_SECURE: 23,
  AT_BASE_PLATFORM: 24,
  AT_RANDOM: 25,
  AT_HWCAP2: 26,
  AT_EXECFN: 31,
  AT_SYSINFO: 32,
  AT_SYSINFO_EHDR: 33,
  AT_DCACHEBSIZE: 19,
  AT_ICACHEBSIZE: 20,
  AT_UCACHEBSIZE: 21,
  AT_IGNOREPPC: 22,
  AT_RSEQ_FEATURE_SIZE: 27,
  AT_RSEQ_ALIGN: 28,
  AT_HWCAP3: 29,
  AT_HWCAP4: 30,
  AT_L1I_CACHESIZE: 40,
  AT_L1I_CACHEGEOMETRY: 41,
  AT_L1D_CACHESIZE: 42,
  AT_L1D_CACHEGEOMETRY: 43,
  AT_L2_CACHESIZE: 44,
  AT_L2_CACHEGEOMETRY: 45,
  AT_L3_CACHESIZE: 46,
  AT_L3_CACHEGEOMETRY: 47,
  AT_MINSIGSTKSZ: 51,
});

export const AUXV_NUMBERS: ReadonlyMap<string, number> = new Map([...AUXV].map(([type, name]) => [name, type]));

export const SA_FLAGS: ReadonlyMap<number, string> = bits({
  SA_NOCLDSTOP: 0x1,
  SA_NOCLDWAIT: 0x2,
  SA_SIGINFO: 0x4,
  SA_RESTORER: 0x4000000,
  SA_ONSTACK: 0x8000000,
  SA_RESTART: 0x10000000,
  SA_NODEFER: 0x40000000,
  SA_RESETHAND: 0x80000000,
});

export const POLL_EVENTS: ReadonlyMap<number, string> = bits({
  IN: 0x1,
  PRI: 0x2,
  OUT: 0x4,
  ERR: 0x8,
  HUP: 0x10,
  RDNORM: 0x40,
  RDBAND: 0x80,
  WRNORM: 0x100,
  WRBAND: 0x200,
  MSG: 0x400,
  NVAL: 0x20,
  RDHUP: 0x2000,
  EXCLUSIVE: 0x10000000,
  WAKEUP: 0x20000000,
  ONESHOT: 0x40000000,
  ET: 0x80000000,
});

/** PF_* of include/linux/sched.h that a checkpoint may hold. */
export const TASK_FLAGS: ReadonlyMap<number, string> = bits({
  IDLE: 0x2,
  EXITING: 0x4,
  FORKNOEXEC: 0x40,
  SUPERPRIV: 0x100,
  DUMPCORE: 0x200,
  SIGNALED: 0x400,
  MEMALLOC: 0x800,
  NPROC_EXCEEDED: 0x1000,
  KTHREAD: 0x200000,
  RANDOMIZE: 0x400000,
  NO_SETAFFINITY: 0x4000000,
});

/** SECBIT_* of include/uapi/linux/securebits.h. */
export const SECUREBITS: ReadonlyMap<number, string> = bits({
  NOROOT: 0x1,
  NOROOT_LOCKED: 0x2,
  NO_SETUID_FIXUP: 0x4,
  NO_SETUID_FIXUP_LOCKED: 0x8,
  KEEP_CAPS: 0x10,
  KEEP_CAPS_LOCKED: 0x20,
  NO_CAP_AMBIENT_RAISE: 0x40,
  NO_CAP_AMBIENT_RAISE_LOCKED: 0x80,
});

/** Flags of the personality (include/uapi/linux/personality.h); its low byte is the execution domain. */
export const PERSONALITY_FLAGS: ReadonlyMap<number, string> = bits({
  UNAME26: 0x20000,
  ADDR_NO_RANDOMIZE: 0x40000,
  FDPIC_FUNCPTRS: 0x80000,
  MMAP_PAGE_ZERO: 0x100000,
  ADDR_COMPAT_LAYOUT: 0x200000,
  READ_IMPLIES_EXEC: 0x400000,
  ADDR_LIMIT_32BIT: 0x800000,
  SHORT_INODE: 0x1000000,
  WHOLE_SECONDS: 0x2000000,
  STICKY_TIMEOUTS: 0x4000000,
  ADDR_LIMIT_3GB: 0x8000000,
});

export const MM_FLAGS_NOTE = "bits 0 and 1: dumpable; from bit 2: which kinds of areas a core dump includes";

/** Signal numbers of MIPS, where they differ from the others' from 7 on. */
export const SIGNALS_MIPS: ReadonlyMap<number, string> = new Map(
  (
    "SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGEMT SIGFPE SIGKILL SIGBUS SIGSEGV SIGSYS SIGPIPE SIGALRM SIGTERM " +
    "SIGUSR1 SIGUSR2 SIGCHLD SIGPWR SIGWINCH SIGURG SIGIO SIGSTOP SIGTSTP SIGCONT SIGTTIN SIGTTOU SIGVTALRM SIGPROF SIGXCPU SIGXFSZ"
  )
    .split(" ")
    .map((name, index) => [index + 1, name]),
);

/** CLONE_NEW* flags (include/uapi/linux/sched.h). */
export const NAMESPACE_FLAGS = bits({
  NEWTIME: 0x80,
  NEWNS: 0x20000,
  NEWCGROUP: 0x2000000,
  NEWUTS: 0x4000000,
  NEWIPC: 0x8000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
});

/** MS_* flags (include/uapi/linux/mount.h). */
export const MOUNT_FLAGS = bits({
  RDONLY: 0x1, NOSUID: 0x2, NODEV: 0x4, NOEXEC: 0x8, SYNCHRONOUS: 0x10, REMOUNT: 0x20, MANDLOCK: 0x40, DIRSYNC: 0x80, NOSYMFOLLOW: 0x100, NOATIME: 0x400,
  NODIRATIME: 0x800, BIND: 0x1000, REC: 0x4000, SILENT: 0x8000, POSIXACL: 0x10000, UNBINDABLE: 0x20000, PRIVATE: 0x40000, SLAVE: 0x80000, SHARED: 0x100000,
  RELATIME: 0x200000, I_VERSION: 0x800000, STRICTATIME: 0x1000000, LAZYTIME: 0x2000000,
});

/** Interface flags (include/uapi/linux/if.h). */
export const IFF_FLAGS = bits({
  UP: 0x1, BROADCAST: 0x2, DEBUG: 0x4, LOOPBACK: 0x8, POINTOPOINT: 0x10, RUNNING: 0x40, NOARP: 0x80, PROMISC: 0x100, ALLMULTI: 0x200, MASTER: 0x400,
  SLAVE: 0x800, MULTICAST: 0x1000, LOWER_UP: 0x10000, DORMANT: 0x20000,
});

/** Events of inotify (include/uapi/linux/inotify.h). */
export const INOTIFY_EVENTS = bits({
  ACCESS: 0x1, MODIFY: 0x2, ATTRIB: 0x4, CLOSE_WRITE: 0x8, CLOSE_NOWRITE: 0x10, OPEN: 0x20, MOVED_FROM: 0x40, MOVED_TO: 0x80, CREATE: 0x100, DELETE: 0x200,
  DELETE_SELF: 0x400, MOVE_SELF: 0x800, UNMOUNT: 0x2000, Q_OVERFLOW: 0x4000, IGNORED: 0x8000, ONLYDIR: 0x1000000, DONT_FOLLOW: 0x2000000,
  EXCL_UNLINK: 0x4000000, MASK_ADD: 0x20000000, ISDIR: 0x40000000, ONESHOT: 0x80000000,
});

/** Events of fanotify (include/uapi/linux/fanotify.h). */
export const FANOTIFY_EVENTS = bits({
  ACCESS: 0x1, MODIFY: 0x2, ATTRIB: 0x4, CLOSE_WRITE: 0x8, CLOSE_NOWRITE: 0x10, OPEN: 0x20, MOVED_FROM: 0x40, MOVED_TO: 0x80, CREATE: 0x100, DELETE: 0x200,
  DELETE_SELF: 0x400, MOVE_SELF: 0x800, OPEN_EXEC: 0x1000, Q_OVERFLOW: 0x4000, OPEN_PERM: 0x10000, ACCESS_PERM: 0x20000, OPEN_EXEC_PERM: 0x40000,
  EVENT_ON_CHILD: 0x8000000, ONDIR: 0x40000000,
});

/** Open flags of MIPS, which numbers most of them its own way (arch/mips/include/uapi/asm/fcntl.h). */
const OPEN_FLAGS_MIPS = bits({
  O_APPEND: 0x8, O_DSYNC: 0x10, O_NONBLOCK: 0x80, O_CREAT: 0x100, O_TRUNC: 0x200, O_EXCL: 0x400, O_NOCTTY: 0x800, O_ASYNC: 0x1000, O_LARGEFILE: 0x2000,
  O_SYNC: 0x4010, O_DIRECT: 0x8000, O_TMPFILE: 0x410000, O_DIRECTORY: 0x10000, O_NOFOLLOW: 0x20000, O_NOATIME: 0x40000, O_CLOEXEC: 0x80000, O_PATH: 0x200000,
});

/** arm and aarch64 have O_DIRECT and O_LARGEFILE the other way round (arch/arm/include/uapi/asm/fcntl.h). */
const OPEN_FLAGS_ARM: ReadonlyMap<number, string> = new Map(
  [...OPEN_FLAGS_POWERPC].map(([bit, name]) => {
    if (name === "O_DIRECT") return [0o200000, name];
    if (name === "O_LARGEFILE") return [0o400000, name];
    return [bit, name];
  }),
);

/** Names of the open flags of a machine, without the access mode. */
export function openFlagNames(architecture: string): ReadonlyMap<number, string> {
  if (architecture === "arm" || architecture === "aarch64") return OPEN_FLAGS_ARM;
  if (architecture.startsWith("p")) return OPEN_FLAGS_POWERPC;
  return architecture.startsWith("mips") ? OPEN_FLAGS_MIPS : OPEN_FLAGS;
}
