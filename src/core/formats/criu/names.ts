/** Names for the numbers in CRIU's messages: tables of Linux that its images use, and its own. */
import type { Abi } from "../../schema/abi.ts";
import type { NameTable } from "../../schema/schema.ts";
import { names, namesBy } from "../../schema/define.ts";
import { signalName } from "../../schema/show.ts";
import { FANOTIFY_EVENTS, IFF_FLAGS, INOTIFY_EVENTS, MOUNT_FLAGS, NAMESPACE_FLAGS, POLL_EVENTS, SA_FLAGS, SECUREBITS as SECURE_BITS, SIGNALS_MIPS, TASK_FLAGS } from "../../model/linux.ts";
import { PAGE_FLAGS } from "../../model/page-place.ts";
import { ETHERTYPES, IP_PROTOCOLS, NETLINK_PROTOCOLS } from "../../model/protocol-names.ts";

const constant = (title: string, map: ReadonlyMap<number, string>): NameTable => ({ title, at: () => map });

export const PROT = names("PROT_* bits", { READ: 1, WRITE: 2, EXEC: 4 });

const MAP_COMMON = { SHARED: 1, PRIVATE: 2, DROPPABLE: 8, FIXED: 0x10 };
const MAP_GENERIC = {
  ...MAP_COMMON, ANON: 0x20, "32BIT": 0x40, GROWSDOWN: 0x100, DENYWRITE: 0x800, EXECUTABLE: 0x1000, LOCKED: 0x2000, NORESERVE: 0x4000, POPULATE: 0x8000,
  NONBLOCK: 0x10000, STACK: 0x20000, HUGETLB: 0x40000, SYNC: 0x80000,
};
const MAP_POWERPC = { ...MAP_COMMON, ANON: 0x20, NORESERVE: 0x40, LOCKED: 0x80, GROWSDOWN: 0x100, DENYWRITE: 0x800, EXECUTABLE: 0x1000, POPULATE: 0x8000, HUGETLB: 0x40000 };
const MAP_MIPS = {
  ...MAP_COMMON, NORESERVE: 0x400, ANON: 0x800, GROWSDOWN: 0x1000, DENYWRITE: 0x2000, EXECUTABLE: 0x4000, LOCKED: 0x8000, POPULATE: 0x10000, STACK: 0x40000,
  HUGETLB: 0x80000,
};

function byBits(entries: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(entries).map(([name, bit]) => [bit, name]));
}

export const MAP_FLAGS = namesBy("MAP_* flags", ({ architecture }) =>
  byBits(architecture === "ppc64" ? MAP_POWERPC : architecture.startsWith("mips") ? MAP_MIPS : MAP_GENERIC),
);
/** Bit that marks private anonymous memory backed by huge pages; the size is in bits 26 to 31. */
export function isHuge(flags: number, { architecture }: Abi): boolean {
  return (flags & (architecture.startsWith("mips") ? 0x80000 : 0x40000)) !== 0;
}

/** Since 3.14 anonymous shared memory goes through a memfd with the name that the kernel gives to its file: that of huge pages has another. */
export const HUGE_NAME = "/anon_hugepage";
export const ANONYMOUS_NAMES: ReadonlySet<string> = new Set(["/dev/zero", HUGE_NAME]);

/** `vma_entry.status`: what the dump knew about a region (criu/include/image.h). */
export const VMA = {
  REGULAR: 1, STACK: 2, VSYSCALL: 4, VDSO: 8, FORCE_READ: 0x10, HEAP: 0x20, FILE_PRIVATE: 0x40, FILE_SHARED: 0x80, ANON_SHARED: 0x100, ANON_PRIVATE: 0x200,
  SYSVIPC: 0x400, SOCKET: 0x800, VVAR: 0x1000, AIORING: 0x2000, MEMFD: 0x4000, SHSTK: 0x8000, GUARD: 0x10000, UPROBES: 0x20000, NOT_ACCOUNTABLE: 0x40000, EXT_PLUGIN: 0x8000000,
  CLOSE: 0x10000000, NO_PROT_WRITE: 0x20000000, PREMMAPED: 0x40000000, UNSUPP: 0x80000000,
} as const;
export const VMA_STATUS = names("VMA status", VMA);

/** `vma_entry.madv` has bit n for advice n. */
export const MADV = names("MADV_* advice", {
  RANDOM: 1 << 1, SEQUENTIAL: 1 << 2, DONTFORK: 1 << 10, MERGEABLE: 1 << 12, HUGEPAGE: 1 << 14, NOHUGEPAGE: 1 << 15, DONTDUMP: 1 << 16, WIPEONFORK: 1 << 18,
});

export const PE = { PARENT: 1, LAZY: 2, PRESENT: 4, PAYLOAD_ALIGNED: 8 } as const;
export const PAGEMAP_FLAGS = constant("pagemap flags", PAGE_FLAGS);

export const SEALS = names("F_SEAL_*", { SEAL: 1, SHRINK: 2, GROW: 4, WRITE: 8, FUTURE_WRITE: 0x10, EXEC: 0x20 });
export const CLONE = constant("CLONE_NEW* flags", NAMESPACE_FLAGS);
export const MOUNT = constant("mount flags", MOUNT_FLAGS);
export const EPOLL = constant("EPOLL* events", POLL_EVENTS);
export const INOTIFY = constant("IN_* events", INOTIFY_EVENTS);
export const FANOTIFY = constant("FAN_* events", FANOTIFY_EVENTS);
export const FANOTIFY_INIT = names("fanotify flags", {
  CLOEXEC: 1, NONBLOCK: 2, CLASS_CONTENT: 4, CLASS_PRE_CONTENT: 8, UNLIMITED_QUEUE: 0x10, UNLIMITED_MARKS: 0x20, REPORT_FID: 0x200,
});
export const IFF = constant("IFF_* flags", IFF_FLAGS);
export const SA = constant("SA_* flags", SA_FLAGS);

/** Signals 1 to 64, real-time ones among them; 0 is no signal. */
export const SIGNAL = namesBy("signal", ({ architecture }) => {
  const all = Array.from({ length: 64 }, (_, index): [number, string] => [index + 1, signalName(index + 1)]);
  return new Map([[0, "none"], ...all, ...(architecture.startsWith("mips") ? SIGNALS_MIPS : [])]);
});
/** Without a signal of its own (F_SETSIG) an open file sends SIGIO. */
export const OWNER_SIGNAL = namesBy("signal of an open file", (abi) => new Map([...SIGNAL.at(abi), [0, "none set: SIGIO"]]));
/** Name of a signal on a machine; real-time signals as SIGRT+n. */
export function signalText(abi: Abi, signal: number): string {
  return SIGNAL.at(abi).get(signal) ?? signalName(signal);
}

export const FAMILY = names("address family", { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17 });
export const SOCKET_TYPE = names("socket type", { STREAM: 1, DGRAM: 2, RAW: 3, SEQPACKET: 5, PACKET: 10 });
export const PROTOCOL = constant("protocol", IP_PROTOCOLS);
export const SOCKET_STATE = names("socket state", {
  ESTABLISHED: 1, SYN_SENT: 2, SYN_RECV: 3, FIN_WAIT1: 4, FIN_WAIT2: 5, TIME_WAIT: 6, CLOSE: 7, CLOSE_WAIT: 8, LAST_ACK: 9, LISTEN: 10, CLOSING: 11, NEW_SYN_RECV: 12,
});
export const UNIX_FLAGS = names("unix socket flags", { EXTERN: 1, SERVICE: 2, CALLBACK: 4, INHERIT: 8 });
export const TCP_OPTIONS = names("TCP options", { TIMESTAMPS: 1, SACK: 2, WSCALE: 4, ECN: 8, ECN_SEEN: 16, SYN_DATA: 32 });
export const NETLINK_PROTOCOL = constant("netlink protocol", NETLINK_PROTOCOLS);
const ETHERTYPES_SWAPPED: ReadonlyMap<number, string> = new Map([...ETHERTYPES].map(([type, name]) => [((type & 0xff) << 8) | (type >>> 8), name]));
/** Ethertypes in network order, as a machine of either byte order reads them. */
export const ETHERTYPE: NameTable = { title: "ethertype", at: ({ endian }) => (endian === "little" ? ETHERTYPES_SWAPPED : ETHERTYPES) };
export const PACKET_VERSION = names("packet ring version", { TPACKET_V1: 0, TPACKET_V2: 1, TPACKET_V3: 2 });
/** PACKET_MR_* and SOF_TIMESTAMPING_* (include/uapi/linux/if_packet.h, net_tstamp.h). */
export const PACKET_MEMBERSHIP = names("packet membership", { MULTICAST: 0, PROMISC: 1, ALLMULTI: 2, UNICAST: 3 });
export const TIMESTAMPING = names("timestamping flags", { TX_HARDWARE: 1, TX_SOFTWARE: 2, RX_HARDWARE: 4, RX_SOFTWARE: 8, SOFTWARE: 0x10, SYS_HARDWARE: 0x20, RAW_HARDWARE: 0x40 });
export const FANOUT_KIND = names("PACKET_FANOUT_*", { HASH: 0, LB: 1, CPU: 2, ROLLOVER: 3, RND: 4, QM: 5, CBPF: 6, EBPF: 7 });
export const SCM_TYPE = names("control message", { SCM_RIGHTS: 1 });
export const BUFFER_LOCK = names("locked buffers", { SEND: 1, RECEIVE: 2 });

/** `task_core_entry.task_state`: zombies have 2; 6 exists as a constant and is not written. */
export const TASK_STATE = names("task state", { alive: 1, "dead (zombie)": 2, stopped: 3, zombie: 6 });
/** Commands that a task registered for (include/uapi/linux/membarrier.h). */
export const MEMBARRIER = names("membarrier commands", {
  GLOBAL: 1, GLOBAL_EXPEDITED: 2, REGISTER_GLOBAL_EXPEDITED: 4, PRIVATE_EXPEDITED: 8, REGISTER_PRIVATE_EXPEDITED: 0x10, PRIVATE_EXPEDITED_SYNC_CORE: 0x20,
  REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: 0x40, PRIVATE_EXPEDITED_RSEQ: 0x80, REGISTER_PRIVATE_EXPEDITED_RSEQ: 0x100, GET_REGISTRATIONS: 0x200,
});
export const POLICY = names("scheduling policy", { OTHER: 0, FIFO: 1, RR: 2, BATCH: 3, IDLE: 5, DEADLINE: 6 });
/** The kernel keeps the CPU clocks of a timer's own process and thread as -6 and -2 (kernel/time/posix-cpu-timers.c). */
export const CLOCK = names("clock", {
  REALTIME: 0, MONOTONIC: 1, PROCESS_CPUTIME_ID: 2, THREAD_CPUTIME_ID: 3, MONOTONIC_RAW: 4, REALTIME_COARSE: 5, MONOTONIC_COARSE: 6, BOOTTIME: 7, REALTIME_ALARM: 8,
  BOOTTIME_ALARM: 9, TAI: 11, PROCESS_CPUTIME: 0xfffffffa, THREAD_CPUTIME: 0xfffffffe,
});
export const SIGEV = names("notification", { SIGNAL: 0, NONE: 1, THREAD: 2, THREAD_ID: 4 });
export const PF = constant("PF_* flags", TASK_FLAGS);
export const SECUREBITS = constant("securebits", SECURE_BITS);
export const SECCOMP_FLAGS = names("seccomp filter flags", { TSYNC: 1, LOG: 2, SPEC_ALLOW: 4 });
export const DUMPABLE = names("dumpable", { no: 0, yes: 1, "root only": 2 });
export const LOCK_KIND = names("lock kind", { POSIX: 1, FLOCK: 2, OFD: 4, LEASE: 8 });
export const OWNER_TYPE = names("SIGIO owner", { thread: 0, process: 1, "process group": 2 });
export const MACVLAN_MODE = names("macvlan mode", { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 });
export const NETWORK_LOCK = names("network lock", { iptables: 0, nftables: 1, skip: 2 });
export const PRE_DUMP_MODE = names("pre-dump mode", { splice: 1, process_vm_readv: 2 });
export const SIGNAL_STACK = names("signal stack flags", { ONSTACK: 1, DISABLE: 2, AUTODISARM: 0x80000000 });
export const BPF_MAP = names("BPF map type", { HASH: 1, ARRAY: 2 });
