/**
 * The order of records, as data: what section by section of the series' documentation says in prose.
 *
 * A production is a list of steps. OBJREF may stand before any record and opens the production of its class, so no
 * step mentions it; ERROR may cut the stream anywhere. A step may depend on values of the records before it, which the
 * handlers leave in the frame: `n` counts what follows, `mark` says which variant was met.
 */
import { ordinal } from "./revisions.ts";
import type { Dialect } from "./dialect.ts";

/** State of one production while its records come by. */
export interface Frame {
  readonly production: Production;
  step: number;
  /** Repetitions left of the current step; -1 when it has not begun. */
  left: number;
  /** A count that a record announced. */
  n: number;
  /** Variant that a record announced; 0 = none. */
  mark: number;
  /** Second count. */
  m: number;
  /** Row that the production made in its table, or -1. */
  row: number;
  /** Id of the shared object whose production this is, or 0. */
  objref: number;
  /** Its row in the objects table, or -1. */
  object: number;
}

type When = (frame: Frame) => boolean;

export type Step =
  /** One of these kinds, chosen by record name. */
  | { readonly step: "record"; readonly kinds: readonly string[]; readonly optional: boolean; readonly when?: When }
  /** The kind, `n` times. */
  | { readonly step: "many"; readonly kinds: readonly string[] }
  /** A block without a header, of a length that the reader works out. */
  | { readonly step: "raw"; readonly kind: string; readonly when?: When }
  /** Another production, so many times. */
  | { readonly step: "use"; readonly production: string; readonly times: (frame: Frame) => number }
  /** Any number of productions, as long as one begins with the record at hand. */
  | { readonly step: "any"; readonly productions: readonly string[] }
  /** The production ends here. */
  | { readonly step: "stop"; readonly when: When }
  /** Go on from this step. */
  | { readonly step: "back"; readonly to: number; readonly when?: When };

export interface Production {
  readonly name: string;
  readonly steps: readonly Step[];
}

export type Grammar = ReadonlyMap<string, Production>;

export const DEAD = 1;
export const PIPE_IS_NEW = 1;
export const HAS_PATH = 2;
export const NEW_SIGNAL = 1;
export const HAS_CONTENTS = 1;
export const HUGE = 2;

const one = (...kinds: string[]): Step => ({ step: "record", kinds, optional: false });
const maybe = (...kinds: string[]): Step => ({ step: "record", kinds, optional: true });
const oneWhen = (when: When, ...kinds: string[]): Step => ({ step: "record", kinds, optional: false, when });
const many = (...kinds: string[]): Step => ({ step: "many", kinds });
const raw = (kind: string, when?: When): Step => (when === undefined ? { step: "raw", kind } : { step: "raw", kind, when });
const use = (production: string, times: (frame: Frame) => number = () => 1): Step => ({ step: "use", production, times });
const any = (...productions: string[]): Step => ({ step: "any", productions });
const stop = (when: When): Step => ({ step: "stop", when });
const back = (to: number, when?: When): Step => (when === undefined ? { step: "back", to } : { step: "back", to, when });

const announced = (frame: Frame): number => frame.n;
const hasCount = (frame: Frame): boolean => frame.n > 0;
const noCount = (frame: Frame): boolean => frame.n <= 0;
const marked =
  (bit: number): When =>
  (frame) =>
    (frame.mark & bit) !== 0;

/** The grammar of a revision on a machine. */
export function grammarOf(dialect: Dialect): Grammar {
  const productions = dialect.index < ordinal("v15") ? firstGeneration(dialect) : secondGeneration(dialect);
  return new Map(Object.entries(productions).map(([name, steps]) => [name, { name, steps }]));
}

/** v0 to v14. */
function firstGeneration(dialect: Dialect): Record<string, Step[]> {
  const at = dialect.index;
  const since = (id: string, ...steps: Step[]): Step[] => (at >= ordinal(id) ? steps : []);
  const until = (id: string, ...steps: Step[]): Step[] => (at < ordinal(id) ? steps : []);
  const path = at < ordinal("v2") ? "STR" : "FNAME";
  return {
    image: [
      one("HEAD"),
      ...since("v14", one("BUFFER:release"), one("BUFFER:version"), one("BUFFER:machine")),
      ...since("v9", one("HEAD_ARCH"), one("TREE"), raw("raw:pids")),
      use("task", at >= ordinal("v9") ? announced : () => 1),
      // The number of TAIL in v0 and v1 is not known.
      ...since("v2", one("TAIL")),
    ],
    task: [
      one("TASK"),
      ...since("v2", one("STRING:comm")),
      use("mm"),
      ...since("v2", use("files")),
      one("THREAD"),
      ...since("v2", raw("raw:tls", at < ordinal("v9") ? undefined : hasCount)),
      one("CPU"),
      ...since("v9", raw("raw:fpu", hasCount)),
    ],
    mm: [one("MM"), stop(noCount), use("area", (frame) => frame.m), one("MM_CONTEXT"), raw("raw:ldt")],
    area: [
      one("VMA"),
      oneWhen(marked(HAS_PATH), path),
      ...until("v5", raw("raw:pages")),
      ...since("v5", use("pages")),
    ],
    pages: [one("PGARR"), stop(noCount), raw("raw:pages"), back(0)],
    files: [one("FILES"), use("fd", announced)],
    fd: [one("FD_ENT"), stop(noCount), one("FD_DATA"), one("FNAME")],
  };
}

/** v15 to v23 and the 3.0 port. */
function secondGeneration(dialect: Dialect): Record<string, Step[]> {
  const at = dialect.index;
  const since = (id: string, ...steps: Step[]): Step[] => (at >= ordinal(id) ? steps : []);
  const until = (id: string, ...steps: Step[]): Step[] => (at < ordinal(id) ? steps : []);
  const isX86 = dialect.architecture.startsWith("x86");
  const isPowerpc = dialect.architecture.startsWith("ppc");
  const x86 = (...steps: Step[]): Step[] => (isX86 ? steps : []);
  const notPowerpc = (...steps: Step[]): Step[] => (isPowerpc ? [] : steps);

  const processor: Step[] = [
    // Whether s390x wrote THREAD before v18 is not known.
    ...(dialect.architecture === "s390x" && at < ordinal("v18") ? [maybe("THREAD")] : notPowerpc(one("THREAD"))),
    ...(at < ordinal("v17") ? x86(oneWhen(hasCount, "THREAD_TLS")) : []),
    one("RESTART_BLOCK"),
    one("CPU"),
    ...x86(oneWhen(hasCount, "CPU_FPU")),
  ];
  const objects: Step[] = [
    ...since("v17", one("TASK_CREDS")),
    one("TASK_NS"),
    one("TASK_OBJS"),
    ...since("v18", use("signal", (frame) => (frame.mark === NEW_SIGNAL ? 1 : 0))),
  ];
  const body =
    at < ordinal("v18")
      ? [...objects, ...processor]
      : [
          ...(at < ordinal("v19-rc1-pre") ? [...objects, ...processor] : [...processor, ...objects]),
          one("SIGPENDING:private"),
          one("SIGNAL_TASK"),
        ];
  const pipe: Step[] =
    at < ordinal("v18")
      ? [oneWhen(marked(PIPE_IS_NEW), "FILE_PIPE"), raw("raw:pipe", marked(PIPE_IS_NEW))]
      : [oneWhen(marked(PIPE_IS_NEW), "PIPE_BUF")];
  const path = at < ordinal("v16") ? "FNAME" : "FILE_NAME";
  const descriptors = at < ordinal("v16") ? ["FD_TABLE", "FD_ENT"] : ["FILE_TABLE", "FILE_DESC"];

  return {
    image: [
      one("HEADER"),
      one("BUFFER:release"),
      one("BUFFER:version"),
      one("BUFFER:machine"),
      one("HEADER_ARCH"),
      ...since("v19-rc1-pre", maybe("CONTAINER")),
      ...since("v19-rc1+lsm", maybe("BUFFER:lsm"), maybe("LSM_INFO")),
      ...since("v23-rc2-pre", one("PIDS"), one("BUFFER:pid_objects")),
      one("TREE"),
      one("BUFFER:pids"),
      ...(at >= ordinal("v20-dev-vpids") && at < ordinal("v21") ? [maybe("VPIDS")] : []),
      ...(at >= ordinal("v20-dev-vpids") && at < ordinal("v23-rc2-pre") ? [maybe("BUFFER:vpids")] : []),
      use("task", announced),
      one("TAIL"),
    ],
    task: [one("TASK"), one("STRING:comm"), stop((frame) => frame.mark === DEAD), ...body],
    signal: [one("SIGNAL"), one("SIGPENDING:shared")],
    CRED: [one("CRED")],
    GROUPINFO: [one("GROUPINFO")],
    USER: [one("USER")],
    USER_NS: [one("USER_NS")],
    SECURITY: [one("SECURITY"), one("STRING:label")],
    SECURITY_PTR: [one("SECURITY"), one("STRING:label")],
    NS: [
      one("NS"),
      ...until("v18", use("uts", (frame) => (frame.n > 0 ? 1 : 0)), use("IPC_NS", (frame) => (frame.m > 0 ? 1 : 0))),
    ],
    uts: [one("UTS_NS"), one("STRING:nodename"), one("STRING:domainname")],
    UTS_NS: [one("UTS_NS")],
    IPC_NS: [
      one("IPC_NS"),
      one("IPC"),
      use("shm", announced),
      one("IPC"),
      use("msg", announced),
      one("IPC"),
      use("sem", announced),
    ],
    shm: [one("IPC_SHM"), use("pages")],
    msg: [one("IPC_MSG"), use("message", announced)],
    message: [one("IPC_MSG_MSG"), stop(noCount), one("BUFFER:message"), back(1)],
    sem: [one("IPC_SEM"), oneWhen(hasCount, "BUFFER:sems")],
    NET_NS: [one("NET_NS")],
    NETDEV: [one("NETDEV"), maybe("STRING:netdev"), maybe("BUFFER:netdev_addrs")],
    FILE_TABLE: [one(descriptors[0]!), many(descriptors[1]!), any("epoll", "queue")],
    epoll: [one("EPOLL_ITEMS"), oneWhen(hasCount, "BUFFER:epoll")],
    queue: [one("SOCKET_QUEUE"), use("skb", announced)],
    skb: [one("SOCKET_BUFFER"), one("BUFFER:skb"), use("frag", announced)],
    frag: [one("SOCKET_FRAG"), raw("raw:frag")],
    FILE: [one("FILE"), oneWhen(marked(HAS_PATH), path), ...pipe],
    MM: [
      one("MM"),
      ...since("v17", one("BUFFER:auxv")),
      use("area", announced),
      ...notPowerpc(one("MM_CONTEXT")),
      ...x86(one("MM_CONTEXT_LDT")),
    ],
    area: [one("VMA"), use("pages", (frame) => (frame.mark === HAS_CONTENTS ? 1 : 0))],
    pages: [
      ...(at < ordinal("v23-rc2") ? [one("PGARR")] : [one("PGARR", "HPAGE")]),
      raw("raw:hpage", marked(HUGE)),
      stop((frame) => frame.n <= 0 && frame.mark !== HUGE),
      oneWhen((frame) => frame.mark !== HUGE, "BUFFER:pages"),
      back(0),
    ],
    FS: [one("FS"), one("FILE_NAME:cwd"), one("FILE_NAME:root")],
    SIGHAND: [one("SIGHAND")],
    SEM_UNDO: [one("TASK_SEM_UNDO_LIST"), use("undo", announced)],
    undo: [one("TASK_SEM_UNDO"), oneWhen(hasCount, "BUFFER:semadj")],
    SOCK: [one("SOCKET"), oneWhen(hasCount, "SOCKET_UNIX", "SOCKET_INET"), maybe("STRING:socket_cwd")],
    TTY: [one("TTY"), maybe("TTY_LDISC"), oneWhen(hasCount, "BUFFER:tty")],
  };
}
