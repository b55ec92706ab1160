/** Numbers of the format and their names, with the revisions in which they hold. */
import { names, namesBy } from "../../schema/define.ts";
import type { Abi } from "../../schema/abi.ts";
import { FMODE, POLL_EVENTS, SA_FLAGS, SOCKET_FAMILIES, SOCKET_TYPES, TCP_STATES, VM_FLAGS } from "../../model/linux.ts";
import { IP_PROTOCOLS } from "../../model/protocol-names.ts";
import type { NameTable } from "../../schema/schema.ts";
import { atRevision, ordinal } from "./revisions.ts";

type Changes = readonly (readonly [string, number | undefined])[];

const HEAD_MAGIC = 0x00feed0cc0a2d200n;
const TAIL_MAGIC = 0x002d2a0cc0deef00n;
export const MAGIC = { head: HEAD_MAGIC, tail: TAIL_MAGIC, headV1: 0x00a2d200 } as const;

/** Names of a table of changes as they hold for a revision. */
function byRevision(title: string, entries: Readonly<Record<string, Changes>>): NameTable {
  return namesBy(title, (abi: Abi) => {
    const map = new Map<number, string>();
    for (const [name, changes] of Object.entries(entries)) {
      const value = atRevision(changes, abi.revision);
      if (value !== undefined) map.set(value, name);
    }
    return map;
  });
}

const always = (value: number): Changes => [["v0", value]];
const from = (...changes: Changes): Changes => changes;

export const OBJECT_CLASSES: Readonly<Record<string, Changes>> = {
  IGNORE: always(0),
  PID: from(["v23-rc2-pre", 1]),
  INODE: from(["v15", 1], ["v23-rc2-pre", 2]),
  FILE_TABLE: from(["v15", 2], ["v23-rc2-pre", 3]),
  FILE: from(["v15", 3], ["v23-rc2-pre", 4]),
  MM: from(["v15", 4], ["v23-rc2-pre", 5]),
  FS: from(["v19-rc3", 5], ["v23-rc2-pre", 6]),
  SIGHAND: from(["v18", 5], ["v19-rc3", 6], ["v23-rc2-pre", 7]),
  SIGNAL: from(["v18", 6], ["v19-rc3", 7], ["v23-rc2-pre", 8]),
  NS: from(["v15", 5], ["v18", 7], ["v19-rc3", 8], ["v23-rc2-pre", 9]),
  UTS_NS: from(["v15", 6], ["v18", 8], ["v19-rc3", 9], ["v23-rc2-pre", 10]),
  IPC_NS: from(["v15", 7], ["v18", 9], ["v19-rc3", 10], ["v23-rc2-pre", 11]),
  MNT_NS: from(["v19-rc3", 11], ["v23-rc2-pre", 12]),
  USER_NS: from(["v18", 10], ["v19-rc3", 12], ["v23-rc2-pre", 13]),
  CRED: from(["v18", 11], ["v19-rc3", 13], ["v23-rc2-pre", 14]),
  USER: from(["v18", 12], ["v19-rc3", 14], ["v23-rc2-pre", 15]),
  GROUPINFO: from(["v18", 13], ["v19-rc3", 15], ["v23-rc2-pre", 16]),
  SOCK: from(["v18", 14], ["v19-rc3", 16], ["v23-rc2-pre", 17]),
  TTY: from(["v18", 15], ["v19-rc3", 17], ["v23-rc2-pre", 18]),
  SECURITY_PTR: from(["v19-rc1+lsm", 16], ["v19-rc3", 18], ["v23-rc2-pre", 19]),
  SECURITY: from(["v19-rc1+lsm", 17], ["v19-rc3", 19], ["v23-rc2-pre", 20]),
  NET_NS: from(["v20-dev", 20], ["v23-rc2-pre", 21]),
  NETDEV: from(["v20-dev", 21], ["v23-rc2-pre", 22]),
  SEM_UNDO: from(["v23-rc1", 22], ["v23-rc2-pre", 23]),
};
export const OBJECT_CLASS = byRevision("object class", OBJECT_CLASSES);

export const FILE_TYPE = byRevision("file type", {
  IGNORE: from(["v15", 0]),
  GENERIC: from(["v15", 1]),
  PIPE: from(["v15", 2]),
  FIFO: from(["v18", 3]),
  SOCKET: from(["v18", 4]),
  TTY: from(["v18", 5]),
  EPOLL: from(["v19-rc1", 6]),
  EVENTFD: from(["v19-rc1", 7]),
});

export const FD_TYPE = byRevision("descriptor type", { FILE: always(1), DIR: always(2), LINK: from(["v2", 3], ["v9", undefined]) });

const VMA_TYPES: Readonly<Record<string, Changes>> = {
  IGNORE: from(["v15", 0]),
  VDSO: from(["v15", 1]),
  ANON: from(["v0", 1], ["v15", 2]),
  FILE: from(["v0", 2], ["v15", 3]),
  SHM_ANON: from(["v15", 4]),
  SHM_ANON_SKIP: from(["v15", 5]),
  SHM_FILE: from(["v15", 6]),
  SHM_IPC: from(["v15", 7]),
  SHM_IPC_SKIP: from(["v15", 8]),
  HUGETLB: from(["v23-rc2", 9]),
  HUGETLB_SKIP: from(["v23-rc2", 10]),
};
export const VMA_TYPE = byRevision("VMA type", VMA_TYPES);

export const ARCH_IDS: Readonly<Record<string, Changes>> = {
  X86_32: from(["v15", 1]),
  X86_64: from(["v19-rc2+x86_64", 5], ["v19-rc3", 2]),
  S390X: from(["v15", 2], ["v19-rc3", 3]),
  ARM: from(["v22", 6], ["v23-rc1", undefined], ["v23-samsung-3.0", 4]),
  PPC32: from(["v18", 3], ["v19-rc3", 4], ["v23-rc1+termios", undefined]),
  PPC64: from(["v18", 4], ["v19-rc3", 5], ["v23-rc1+termios", undefined]),
};
export const ARCH_ID = byRevision("architecture id", ARCH_IDS);

/** Architecture ids that stand for a machine at a revision. */
export function archIds(index: number): ReadonlyMap<number, string> {
  const map = new Map<number, string>();
  for (const [name, changes] of Object.entries(ARCH_IDS)) {
    const value = atRevision(changes, index);
    if (value !== undefined) map.set(value, name.toLowerCase());
  }
  return map;
}

export const RESTART_BLOCK = names("restart block", {
  NONE: 1,
  HRTIMER_NANOSLEEP: 2,
  POSIX_CPU_NANOSLEEP: 3,
  COMPAT_NANOSLEEP: 4,
  COMPAT_CLOCK_NANOSLEEP: 5,
  POLL: 6,
  FUTEX: 7,
});
export const UFLAGS = names("checkpoint flags", { SUBTREE: 1, NETNS: 2 });
export const NETDEV_TYPE = names("network device type", { LO: 0, VETH: 1, SIT: 2, MACVLAN: 3 });
export const TASK_STATE = names("task state", {
  RUNNING: 0,
  INTERRUPTIBLE: 1,
  UNINTERRUPTIBLE: 2,
  STOPPED: 4,
  TRACED: 8,
  ZOMBIE: 16,
  EXIT_DEAD: 32,
  DEAD: 64,
});
export const TASK_FLAGS = names("task flags", { FORKNOEXEC: 1, SUPERPRIV: 2 });
export const NS_FLAGS = names("namespaces written here", { NEWUTS: 0x04000000, NEWIPC: 0x08000000 });
export const UNIX_FLAGS = names("unix socket flags", { LINKED: 1 });
export const TTY_TYPE = names("tty driver", { SYSTEM: 1, CONSOLE: 2, SERIAL: 3, PTY: 4 });
export const TTY_SUBTYPE = names("pty end", { MASTER: 1, SLAVE: 2 });
/** Segment codes of x86 CPU records; TLS and LDT carry a number in their low bits. */
export const SEGMENT = names("segment", {
  NULL: 0,
  USER32_CS: 1,
  USER32_DS: 2,
  USER64_CS: 3,
  USER64_DS: 4,
  TLS_0: 0x4000,
  TLS_1: 0x4001,
  TLS_2: 0x4002,
});
export const IPC_TYPE = names("entries that follow", { IPC_SHM: 502, IPC_MSG: 503, IPC_SEM: 505 });

const constant = (title: string, map: ReadonlyMap<number, string>): NameTable => ({ title, at: () => map });
export const VM = constant("VM_* flags", VM_FLAGS);
export const F_MODE = constant("FMODE_* bits", FMODE);
export const FAMILY = constant("address family", SOCKET_FAMILIES);
export const SOCKET_TYPE = constant("socket type", SOCKET_TYPES);
export const SOCKET_STATE = constant("socket state", TCP_STATES);
export const PROTOCOL = constant("protocol", IP_PROTOCOLS);
export const SIGACTION_FLAGS = constant("SA_* flags", SA_FLAGS);
export const EPOLL_EVENTS = constant("EPOLL* events", POLL_EVENTS);

/** First revision with objects that carry their own OBJREF record. */
export const FIRST_CKPT = ordinal("v15");
