/** Enums of CRIU's messages: crit prints these names. */
import { names } from "../../../schema/define.ts";

export const SYSCTL_TYPE = names("SysctlType", { CTL_STR: 5, CTL_32: 6 });
export const TTY_TYPE = names("TtyType", { UNKNOWN: 0, PTY: 1, CONSOLE: 2, VT: 3, CTTY: 4, EXT_TTY: 5, SERIAL: 6 });
export const MARCH = names("core_entry.march", { UNKNOWN: 0, X86_64: 1, ARM: 2, AARCH64: 3, PPC64: 4, S390: 5, MIPS: 6, LOONGARCH64: 7, RISCV64: 8 });
export const PPC_ENDIANNESS = names("cpuinfo_ppc64_entry.endianness", { BIGENDIAN: 0, LITTLEENDIAN: 1 });
export const CPU_VENDOR = names("cpuinfo_x86_entry.vendor", { UNKNOWN: 0, INTEL: 1, AMD: 2 });
export const FD_TYPE = names("fd_types", {
  UND: 0, REG: 1, PIPE: 2, FIFO: 3, INETSK: 4, UNIXSK: 5, EVENTFD: 6, EVENTPOLL: 7, INOTIFY: 8, SIGNALFD: 9, PACKETSK: 10, TTY: 11, FANOTIFY: 12,
  NETLINKSK: 13, NS: 14, TUNF: 15, EXT: 16, TIMERFD: 17, MEMFD: 18, BPFMAP: 19, PIDFD: 20, CTL_TTY: 65534, AUTOFS_PIPE: 65535,
});
export const FSTYPE = names("fstype", {
  UNSUPPORTED: 0, PROC: 1, SYSFS: 2, DEVTMPFS: 3, BINFMT_MISC: 4, TMPFS: 5, DEVPTS: 6, SIMFS: 7, PSTORE: 8, SECURITYFS: 9, FUSECTL: 10, DEBUGFS: 11,
  CGROUP: 12, AUFS: 13, MQUEUE: 14, FUSE: 15, AUTO: 16, OVERLAYFS: 17, AUTOFS: 18, TRACEFS: 19, CGROUP2: 23,
});
export const LSM_TYPE = names("lsmtype", { NO_LSM: 0, SELINUX: 1, APPARMOR: 2 });
export const MARK_TYPE = names("mark_type", { INODE: 1, MOUNT: 2 });
export const ND_TYPE = names("nd_type", { LOOPBACK: 1, VETH: 2, TUN: 3, EXTLINK: 4, VENET: 5, BRIDGE: 6, MACVLAN: 7, SIT: 8 });
export const REMAP_TYPE = names("remap_type", { LINKED: 0, GHOST: 1, PROCFS: 2 });
export const SECCOMP_MODE = names("seccomp_mode", { disabled: 0, strict: 1, filter: 2 });
export const SK_SHUTDOWN = names("sk_shutdown", { NONE: 0, READ: 1, WRITE: 2, BOTH: 3 });
export const X86_MODE = names("user_x86_regs_mode", { NATIVE: 1, COMPAT: 2 });
