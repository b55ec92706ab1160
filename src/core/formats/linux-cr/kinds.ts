/**
 * What may stand in an image at a revision and on a machine: every record in every role, and the raw blocks.
 *
 * A kind is a record name with its role (`BUFFER:pages`) and the description of its bytes. The grammar names kinds, the
 * records table refers to them, and `explain`, the writer and the docs take the description from here.
 */
import type { Abi } from "../../schema/abi.ts";
import { nested, struct } from "../../schema/define.ts";
import { layoutOf, type Layout } from "../../schema/layout.ts";
import type { Struct } from "../../schema/schema.ts";
import { RECORD_NUMBERS } from "./numbers.ts";
import { atRevision, ordinal } from "./revisions.ts";
import * as cr from "./structs-cr.ts";
import * as ckpt from "./structs-ckpt.ts";

export interface Kind {
  readonly index: number;
  /** `VMA`, `BUFFER:pages`, `raw:pages`. */
  readonly key: string;
  /** Name of the record, or `raw` for a block without a header. */
  readonly record: string;
  /** For people: `BUFFER (pages)`. */
  readonly label: string;
  /** Header included. */
  readonly struct: Struct;
  /** Bytes of the record when every one has the same length, else -1. */
  readonly size: number;
  /** Least bytes that a whole record can have. */
  readonly minSize: number;
  readonly doc: string;
  /** The payload is one text or one run of bytes: whatever its length, a field accounts for it. */
  readonly allExplained: boolean;
}

type Pick = (abi: Abi) => Struct | undefined;

const history =
  (...changes: readonly (readonly [string, Struct | Pick | undefined])[]): Pick =>
  (abi) => {
    const found = atRevision(changes, abi.revision);
    return typeof found === "function" ? found(abi) : found;
  };

const byMachine =
  (machines: { readonly x86?: Struct | Pick; readonly s390x?: Struct; readonly powerpc?: Struct; readonly arm?: Struct }): Pick =>
  (abi) => {
    const found = abi.architecture.startsWith("x86")
      ? machines.x86
      : abi.architecture.startsWith("ppc")
        ? machines.powerpc
        : machines[abi.architecture as "s390x" | "arm"];
    return typeof found === "function" ? found(abi) : found;
  };

const x86Only = (inner: Struct | Pick): Pick => byMachine({ x86: inner });

const same = (inner: Struct): Pick => () => inner;

interface Entry {
  readonly key: string;
  readonly pick: Pick;
  readonly doc: string;
}

const entry = (key: string, pick: Pick | Struct, doc: string): Entry => ({
  key,
  pick: typeof pick === "function" ? pick : same(pick),
  doc,
});

/** Every kind, in the order of an image. */
export const KINDS: readonly Entry[] = [
  entry("HEAD", history(["v0", cr.headV1], ["v2", cr.head], ["v14", cr.headV14]), "First record: magic, kernel version, revision, time."),
  entry("HEADER", ckpt.header, "First record: magic, architecture, kernel version, revision, constants, time."),
  entry("BUFFER:release", cr.textPayload, "Kernel release, as uname -r says."),
  entry("BUFFER:version", cr.textPayload, "Kernel build, as uname -v says."),
  entry("BUFFER:machine", cr.textPayload, "Machine, as uname -m says."),
  entry("HEAD_ARCH", cr.headArch, "Floating point abilities of the processor."),
  entry(
    "HEADER_ARCH",
    byMachine({ x86: ckpt.headerArchX86, s390x: ckpt.headerArchS390x, powerpc: ckpt.headerArchPowerpc, arm: ckpt.headerArchArm }),
    "What the processor can do, as far as a restart depends on it.",
  ),
  entry("CONTAINER", ckpt.container, "Begins the state that belongs to the whole container."),
  entry("BUFFER:lsm", cr.textPayload, "Name of the security module."),
  entry("LSM_INFO", ckpt.lsmInfo, "What the security module says of itself."),
  entry("PIDS", ckpt.pidTable, "How many pid objects there are."),
  entry("BUFFER:pid_objects", ckpt.pidObjects, "The numbers of every pid object in each of its namespaces."),
  entry("TREE", history(["v9", cr.tree], ["v14", ckpt.tree], ["v23-rc2-pre", ckpt.treeTags]), "How many tasks there are."),
  entry("raw:pids", cr.pidsV9Array, "Pid entries of all tasks, without a record header."),
  entry("BUFFER:pids", history(["v15", ckpt.pidEntries], ["v23-rc2-pre", ckpt.taskPidEntries]), "Pid entries of all tasks."),
  entry("VPIDS", ckpt.vpids, "How many numbers in nested pid namespaces there are."),
  entry("BUFFER:vpids", ckpt.vpidNumbers, "Numbers of the tasks in nested pid namespaces."),
  entry(
    "TASK",
    history(["v0", cr.opaque], ["v2", cr.task], ["v15", ckpt.taskV16], ["v17", ckpt.taskV17], ["v19", ckpt.taskV19], ["v23-rc2", ckpt.taskV23]),
    "One task: its state and how it ends.",
  ),
  entry("STRING:comm", cr.textPayload, "Name of the task (comm): text up to the first NUL, what follows is left from earlier names."),
  entry(
    "THREAD",
    history(
      ["v0", cr.opaque],
      ["v2", cr.thread],
      ["v15", byMachine({ x86: ckpt.threadV16, s390x: ckpt.threadS390x })],
      ["v17", byMachine({ x86: ckpt.threadX86, s390x: ckpt.threadS390x, arm: ckpt.threadArm })],
    ),
    "State of the thread that the processor needs: TLS descriptors, thread flags.",
  ),
  entry("raw:tls", cr.tlsPayload, "TLS descriptors, without a record header."),
  entry("THREAD_TLS", cr.tlsPayload, "TLS descriptors."),
  entry("RESTART_BLOCK", ckpt.restartBlock, "How an interrupted system call goes on."),
  entry(
    "CPU",
    history(
      ["v0", cr.opaque],
      ["v2", cr.cpuV2],
      ["v9", cr.cpu],
      ["v15", byMachine({ x86: ckpt.cpuV16, s390x: ckpt.cpuS390x, powerpc: ckpt.cpuPowerpc })],
      ["v17", byMachine({ x86: ckpt.cpuX86, s390x: ckpt.cpuS390x, powerpc: ckpt.cpuPowerpc, arm: ckpt.cpuArm })],
    ),
    "Processor registers of the thread.",
  ),
  entry("raw:fpu", ckpt.cpuFpu, "FPU state, without a record header."),
  entry("CPU_FPU", x86Only(ckpt.cpuFpu), "FPU state of the thread."),
  entry("CPU_FPU:fxsave", x86Only(ckpt.fxsave), "FPU state of the thread, as FXSAVE stores it."),
  entry("OBJREF", ckpt.objrefRecord, "Announces a shared object: its class and id. The records of the object follow."),
  entry("TASK_CREDS", ckpt.taskCreds, "Credentials of the task."),
  entry("TASK_NS", ckpt.taskNs, "Namespaces of the task."),
  entry("TASK_OBJS", ckpt.taskObjs, "Objects of the task: descriptors, memory, signal handlers."),
  entry("NS", history(["v15", ckpt.ns], ["v19-rc3", ckpt.nsSigned]), "A set of namespaces."),
  entry("UTS_NS", history(["v15", ckpt.utsNsV16], ["v18", ckpt.utsNs]), "Host and domain name."),
  entry("STRING:nodename", cr.textPayload, "Host name; bytes after the first NUL are left from earlier names."),
  entry("STRING:domainname", cr.textPayload, "Domain name; bytes after the first NUL are left from earlier names."),
  entry("IPC_NS", ckpt.ipcNs, "Limits of a SysV IPC namespace."),
  entry("NET_NS", ckpt.netNs, "A network namespace."),
  entry("NETDEV", ckpt.netdev, "A network device."),
  entry("STRING:netdev", cr.textPayload, "Name of the network device."),
  entry("BUFFER:netdev_addrs", ckpt.netdevAddrs, "Addresses of the network device."),
  entry("NETDEV_ADDR", cr.bytesPayload, "Numbered, but no writer is known."),
  entry("MNT_NS", cr.bytesPayload, "Numbered, but no writer is known."),
  entry("CAPABILITIES", cr.bytesPayload, "Numbered, but no writer is known."),
  entry("USER_NS", ckpt.userNs, "A user namespace."),
  entry("USER", ckpt.user, "A user of a user namespace."),
  entry("GROUPINFO", ckpt.groupinfo, "Supplementary groups."),
  entry("CRED", ckpt.cred, "User and group ids, capabilities."),
  entry("SECURITY", ckpt.security, "Announces a label of the security module."),
  entry("STRING:label", cr.textPayload, "The label."),
  entry("FILES", cr.files, "The descriptor table of a task."),
  entry("FILE_TABLE", ckpt.fileTable, "A descriptor table."),
  entry("FD_TABLE", ckpt.fileTable, "A descriptor table."),
  entry("FD_ENT", history(["v2", cr.fdEntV2], ["v5", cr.fdEnt], ["v15", ckpt.fileDesc]), "One descriptor."),
  entry("FILE_DESC", ckpt.fileDesc, "One descriptor."),
  entry("FD_DATA", cr.fdData, "An open file: flags, mode and position."),
  entry("FNAME", cr.pathPayload, "Path of the file."),
  entry("FILE", ckpt.fileGeneric, "An open file: flags, mode and position."),
  entry("FILE:pipe", ckpt.filePipe, "One end of a pipe or FIFO."),
  entry("FILE:socket", ckpt.fileSocket, "A descriptor of a socket."),
  entry("FILE:tty", ckpt.fileTty, "A descriptor of a terminal."),
  entry("FILE:eventfd", ckpt.fileEventfd, "An eventfd and its counter."),
  entry("FILE_NAME", cr.pathPayload, "Path of the file."),
  entry("FILE_NAME:cwd", cr.pathPayload, "Working directory."),
  entry("FILE_NAME:root", cr.pathPayload, "Root directory."),
  entry("FILE_PIPE", ckpt.pipeData, "How many bytes wait in the pipe."),
  entry("raw:pipe", cr.bytesPayload, "Bytes that wait in the pipe, without a record header."),
  entry("PIPE_BUF", cr.bytesPayload, "Bytes that wait in the pipe."),
  entry("SOCKET", ckpt.socket, "A socket."),
  entry("SOCKET_UNIX", history(["v18", ckpt.socketUnixV18], ["v23-rc1", ckpt.socketUnix]), "Addresses and peer of a UNIX socket."),
  entry("STRING:socket_cwd", cr.pathPayload, "Directory to which the path of the socket is relative."),
  entry("SOCKET_INET", history(["v18", ckpt.socketInetV18], ["v19-rc2", ckpt.socketInet]), "Addresses and TCP state of an internet socket."),
  entry("SOCKET_QUEUE", ckpt.socketQueue, "Buffers that wait in a socket."),
  entry("SOCKET_BUFFER", history(["v18", ckpt.socketBufferV18], ["v19-rc2", ckpt.socketBuffer]), "One buffer of a socket queue."),
  entry("BUFFER:skb", cr.bytesPayload, "Bytes of the socket buffer."),
  entry("SOCKET_FRAG", ckpt.socketFrag, "A fragment of a socket buffer; a raw page follows."),
  entry("raw:frag", cr.bytesPayload, "Page of a socket buffer fragment, without a record header."),
  entry(
    "TTY",
    (abi) =>
      abi.revision >= ordinal("v23-rc1+termios") ? ckpt.ttyWide : abi.architecture.startsWith("ppc") ? ckpt.ttyPowerpc : ckpt.tty,
    "One end of a pseudo terminal.",
  ),
  entry("TTY_LDISC", ckpt.ttyLdisc, "State of the line discipline."),
  entry("BUFFER:tty", cr.bytesPayload, "Input that waits in the terminal."),
  entry("EPOLL_ITEMS", ckpt.epollItems, "What an epoll file watches."),
  entry("BUFFER:epoll", ckpt.epollItemList, "The watched descriptors."),
  entry(
    "MM",
    history(["v0", cr.mmV0], ["v2", cr.mm], ["v15", ckpt.mm]),
    "The memory of one or more tasks: limits of its parts and the number of regions.",
  ),
  entry("BUFFER:auxv", history(["v15", ckpt.auxvNative], ["v19", ckpt.auxvV19]), "Auxiliary vector, as the kernel gave it to the program."),
  entry("VMA", history(["v0", cr.vmaV0], ["v2", cr.vma], ["v15", ckpt.vma]), "One region of memory (VMA)."),
  entry("STR", cr.pathPayload, "Path of the mapped file."),
  entry("PGARR", history(["v5", cr.pgarr], ["v15", ckpt.pgarr]), "How many pages the next chunk has; 0 ends the region."),
  entry("raw:pages", cr.pagesPayload, "Page addresses and page contents, without a record header."),
  entry("BUFFER:pages", cr.pagesPayload, "Page addresses and page contents."),
  entry("HPAGE", ckpt.hpage, "A huge page; its contents follow."),
  entry("raw:hpage", cr.bytesPayload, "Contents of a huge page, without a record header."),
  entry(
    "MM_CONTEXT",
    history(
      ["v0", cr.mmContext],
      ["v2", cr.mmContextV2],
      ["v15", byMachine({ x86: ckpt.mmContextX86, s390x: ckpt.mmContextS390x, arm: ckpt.mmContextArm })],
    ),
    "Memory state of the processor: vdso, LDT.",
  ),
  entry("raw:ldt", cr.ldtPayload, "LDT descriptors, without a record header."),
  entry("MM_CONTEXT_LDT", x86Only(cr.ldtPayload), "LDT descriptors."),
  entry("FS", ckpt.fs, "File-system state: working directory, root, umask."),
  entry("IPC", ckpt.ipc, "How many IPC objects of one sort follow."),
  entry("IPC_SHM", ckpt.ipcShm, "A SysV shared memory segment."),
  entry("IPC_MSG", ckpt.ipcMsg, "A SysV message queue."),
  entry("IPC_MSG_MSG", history(["v15", ckpt.ipcMsgMsg], ["v19-rc3", ckpt.ipcMsgMsgWide]), "A message in a queue."),
  entry("BUFFER:message", cr.bytesPayload, "Text of the message, cut as the kernel stores it."),
  entry("IPC_SEM", ckpt.ipcSem, "A SysV semaphore set."),
  entry("BUFFER:sems8", ckpt.semaphores[8], "The semaphores of the set."),
  entry("BUFFER:sems16", ckpt.semaphores[16], "The semaphores of the set, with two kernel pointers each."),
  entry("BUFFER:sems24", ckpt.semaphores[24], "The semaphores of the set, with two kernel pointers each."),
  entry("TASK_SEM_UNDO_LIST", ckpt.semUndoList, "Semaphore adjustments made when the task ends."),
  entry("TASK_SEM_UNDO", ckpt.semUndo, "Adjustments for one semaphore set."),
  entry("BUFFER:semadj", ckpt.semAdjustments, "The adjustments."),
  entry("SIGHAND", ckpt.sighand, "What the thread group does at each signal."),
  entry("SIGNAL", ckpt.signal, "Limits, timers and terminal of a thread group."),
  entry("SIGPENDING:shared", history(["v15", ckpt.sigpending], ["v23-rc1", ckpt.sigpendingWide]), "Signals that wait for the thread group."),
  entry("SIGPENDING:private", history(["v15", ckpt.sigpending], ["v23-rc1", ckpt.sigpendingWide]), "Signals that wait for the thread."),
  entry("SIGNAL_TASK", ckpt.signalTask, "Signals that the thread blocks."),
  entry("TAIL", history(["v2", cr.tail], ["v15", cr.tail]), "Last record: the image is complete."),
  entry("ERROR", ckpt.errorRecord, "The checkpoint failed here; the reason follows."),
  entry("STRING:error", ckpt.errorText, "Why the checkpoint failed."),
  entry("STRING", cr.textPayload, "A string whose place says nothing about its meaning."),
  entry("BUFFER", cr.bytesPayload, "Bytes whose place says nothing about their meaning."),
  entry("SIGPENDING", history(["v15", ckpt.sigpending], ["v23-rc1", ckpt.sigpendingWide]), "Signals that wait, out of place."),
];

function endsInBytes(layout: Layout): boolean {
  const last = layout.slots[layout.slots.length - 1];
  const type = last?.field.type;
  return last !== undefined && last.offset >= 0 && type !== undefined && (type.kind === "text" || type.kind === "bytes") && type.count === "rest";
}

const UNKNOWN_PAYLOAD = struct("unknown", {});

/** Kinds of one revision on one machine. */
export class KindTable {
  readonly all: readonly Kind[];
  readonly unknown: Kind;
  /** Bytes that could not be framed at all. */
  readonly unreadable: Kind;
  readonly #byKey = new Map<string, Kind>();
  readonly #byRecord = new Map<string, Kind[]>();
  readonly #sizes = new Map<string, number>();
  readonly #nameByType = new Map<number, string>();
  readonly #typeByName = new Map<string, number>();

  constructor(abi: Abi, header: Struct) {
    const all: Kind[] = [];
    const headerSize = layoutOf(header, abi).size;
    const add = (key: string, payload: Struct, doc: string): Kind => {
      const [record = key, role] = key.split(":");
      const raw = record === "raw";
      const whole = raw ? payload : struct(payload.name, { h: nested(header), ...payload.fields }, payload.align);
      const layout = layoutOf(whole, abi);
      const label = role === undefined ? record : `${record} (${role.replace("_", " ").replace(/\d+$/, "")})`;
      const minSize = Math.max(raw ? 0 : headerSize, layout.fixedSize);
      const kind: Kind = { index: all.length, key, record, label, struct: whole, size: layout.size, minSize, doc, allExplained: endsInBytes(layout) };
      all.push(kind);
      this.#byKey.set(key, kind);
      const siblings = this.#byRecord.get(record);
      if (siblings === undefined) this.#byRecord.set(record, [kind]);
      else siblings.push(kind);
      return kind;
    };
    for (const [name, changes] of Object.entries(RECORD_NUMBERS)) {
      const type = atRevision(changes, abi.revision);
      if (type === undefined) continue;
      this.#nameByType.set(type, name);
      this.#typeByName.set(name, type);
    }
    for (const { key, pick, doc } of KINDS) {
      const record = key.split(":")[0]!;
      if (record !== "raw" && !this.#typeByName.has(record)) continue;
      const payload = pick(abi);
      if (payload !== undefined) add(key, payload, doc);
    }
    for (const [record, kinds] of this.#byRecord) {
      const size = kinds[0]!.size;
      this.#sizes.set(record, kinds.every((kind) => kind.size === size) ? size : -1);
    }
    this.unknown = add("unknown", UNKNOWN_PAYLOAD, "A record of a type that this revision does not have.");
    this.unreadable = add("raw:unreadable", UNKNOWN_PAYLOAD, "Bytes between two places where records could be read.");
    this.all = all;
  }

  get(key: string): Kind | undefined {
    return this.#byKey.get(key);
  }

  /** Bytes of a record of this name when all its kinds have one fixed length, else -1. */
  sizeOf(record: string): number {
    return this.#sizes.get(record) ?? -1;
  }

  /** Whether some kind of this record can have this length. */
  hasSize(record: string, length: number): boolean {
    const kinds = this.#byRecord.get(record);
    if (kinds === undefined) return true;
    return kinds.some((kind) => (kind.size >= 0 ? kind.size === length : length >= kind.minSize));
  }

  /** Kind of a record whose place says nothing. */
  plainKind(record: string): Kind | undefined {
    return this.#byKey.get(record) ?? this.#byRecord.get(record)?.[0];
  }

  /** Name of the record with this number. */
  nameOf(type: number): string | undefined {
    return this.#nameByType.get(type);
  }

  typeOf(name: string): number | undefined {
    return this.#typeByName.get(name);
  }
}
