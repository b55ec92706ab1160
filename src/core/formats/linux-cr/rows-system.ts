/** Namespaces, SysV IPC and network devices. */
import { span, type Span } from "../../bytes/span.ts";
import { cString, formatIpv4 } from "../../schema/show.ts";
import { layoutOf } from "../../schema/layout.ts";
import { NETDEV_TYPE } from "./enums.ts";
import type { Frame } from "./grammar.ts";
import type { Handlers, Reader, RecordAt, StreamPlan } from "./reader.ts";
import { ordinal } from "./revisions.ts";

const CLONE_NEWUTS = 0x0400_0000;
const SHM_HUGETLB = 0o4000;
const CLONE_NEWIPC = 0x0800_0000;
/** IPC record types and the production each one announces. */
const IPC_ORDER = ["IPC_SHM", "IPC_MSG", "IPC_SEM"];

export function systemRows(reader: Reader): Handlers {
  const { dialect } = reader;
  const namespaces = reader.table("namespaces");
  const ipc = reader.table("ipc");
  const messages = reader.table("messages");
  const devices = reader.table("devices");
  const labels = new Map<number, number>();
  const messageLabels = new Map<number, number>();
  let undoSet = 0;
  let uts = -1;
  let set = -1;
  let left = 0;
  let message = -1;
  let index = 0;
  let device = -1;
  let addressCount = 0;
  let utsObject = 0;
  let ipcObject = 0;
  let messageLimit = 0;
  let queue: { row: number; at: Span | undefined; bytes: number; sum: number } = { row: -1, at: undefined, bytes: 0, sum: 0 };

  function namespaceRow(record: RecordAt, frame: Frame, kind: string): number {
    const row = reader.fill(record, frame);
    namespaces.set(row, "kind", kind);
    return row;
  }

  function ns(record: RecordAt, frame: Frame): void {
    namespaceRow(record, frame, "set");
    if (dialect.index >= ordinal("v18")) return;
    // In v16 the namespaces follow their set and take the next free ids without OBJREF records.
    const flags = reader.number(record, "flags");
    utsObject = reader.number(record, "uts_objref");
    ipcObject = reader.number(record, "ipc_objref");
    frame.n = (flags & CLONE_NEWUTS) === 0 ? 0 : 1;
    frame.m = (flags & CLONE_NEWIPC) === 0 ? 0 : 1;
    if (frame.n > 0) reader.objects.add(utsObject, "UTS_NS", record.row, record, false);
    if (frame.m > 0) reader.objects.add(ipcObject, "IPC_NS", record.row, record, false);
  }

  /** The object of a namespace of v16, which has no OBJREF record. */
  function placeUnannounced(row: number, objref: number): void {
    const object = reader.objects.find(objref);
    if (object < 0) return;
    namespaces.set(row, "objref", objref);
    reader.objects.place(object, "namespaces", row);
  }

  function utsNs(record: RecordAt, frame: Frame): void {
    uts = namespaceRow(record, frame, "uts");
    if (dialect.index < ordinal("v18")) {
      placeUnannounced(uts, utsObject);
      return;
    }
    const texts: string[] = [];
    for (const name of ["nodename", "domainname", "release", "machine"]) {
      const slot = layoutOf(record.kind.struct, dialect.abi).slots.find((candidate) => candidate.name === name);
      if (slot === undefined || record.start + slot.offset + slot.size > record.end) continue;
      const text = cString(record.window.slice(record.start + slot.offset, record.start + slot.offset + slot.size));
      if (name === "nodename" && !reader.head.texts.has("host")) reader.head.texts.set("host", { text, record: record.row });
      texts.push(`${name} ${text}`);
    }
    namespaces.set(uts, "detail", texts.join(", "));
  }

  function utsName(record: RecordAt, name: string): void {
    if (uts < 0) return;
    const text = reader.text(record);
    if (name === "nodename" && !reader.head.texts.has("host")) reader.head.texts.set("host", { text, record: record.row });
    const before = namespaces.text(uts, "detail");
    namespaces.set(uts, "detail", before === undefined ? `${name} ${text}` : `${before}, ${name} ${text}`);
  }

  function ipcNs(record: RecordAt, frame: Frame): void {
    const row = namespaceRow(record, frame, "ipc");
    if (dialect.index < ordinal("v18")) placeUnannounced(row, ipcObject);
    messageLimit = reader.number(record, "msg_ctlmax");
    namespaces.set(row, "detail", `shm up to ${reader.number(record, "shm_ctlmax")} bytes, messages up to ${messageLimit}`);
    frame.m = 0;
  }

  /** Announces entries of one sort; the three sorts come in a fixed order. */
  function ipcList(record: RecordAt, frame: Frame): void {
    reader.endSegment(record.start);
    finishQueue();
    const type = reader.number(record, "ipc_type");
    const count = reader.number(record, "ipc_count");
    const expected = dialect.kinds.typeOf(IPC_ORDER[frame.m] ?? "");
    frame.m++;
    frame.n = count;
    if (expected !== type) reader.report("ipc.type", `IPC entries of the type ${type} are announced where ${expected ?? "no further list"} is due.`, reader.spanOf(record));
    reader.checkCount(record, "ipc_count", count, 64, "IPC entries");
  }

  function ipcRow(record: RecordAt, frame: Frame, kind: string): number {
    const row = reader.fill(record, frame);
    ipc.set(row, "kind", kind);
    labels.set(row, reader.refer(record, "perms.sec_ref", "SECURITY_PTR", "SECURITY"));
    for (const path of ["perms.id", "shm_cprid", "shm_lprid", "q_lspid", "q_lrpid"]) {
      const value = reader.number(record, path);
      if (value < 0) reader.report("ipc.negative", `${path} of the ${kind} object is ${value}.`, reader.spanOf(record), { table: "ipc", row });
    }
    return row;
  }

  function segment(record: RecordAt, frame: Frame): void {
    set = ipcRow(record, frame, "shm");
    const inode = reader.number(record, "objref");
    if (inode > 0) reader.objects.add(inode, "INODE", record.row, record, false);
    else reader.report("objref.invalid", `The segment has the inode #${inode}.`, reader.spanOf(record), { table: "ipc", row: set });
    const object = reader.objects.find(inode);
    if (object >= 0) reader.objects.place(object, "ipc", set);
    const locked = reader.number(record, "mlock_uid");
    if ((reader.number(record, "flags") & SHM_HUGETLB) !== 0) {
      reader.report("ipc.locked", "The segment uses huge pages.", reader.spanOfField(record, "flags"), { table: "ipc", row: set });
    }
    if (locked !== 0xffff_ffff) reader.report("ipc.locked", `The segment is locked in memory by user ${locked}.`, reader.spanOf(record), { table: "ipc", row: set });
    reader.beginSegment(set, Math.max(1, inode), record.start);
  }

  function finishQueue(): void {
    if (queue.row >= 0 && queue.bytes !== queue.sum) {
      reader.report("ipc.sum", `The queue announces ${queue.bytes} bytes and its messages have ${queue.sum}.`, queue.at, { table: "ipc", row: queue.row });
    }
    queue = { row: -1, at: undefined, bytes: 0, sum: 0 };
  }

  function messageQueue(record: RecordAt, frame: Frame): void {
    finishQueue();
    set = ipcRow(record, frame, "msg");
    index = 0;
    frame.n = reader.number(record, "q_qnum");
    queue = { row: set, at: reader.spanOfField(record, "q_cbytes"), bytes: reader.number(record, "q_cbytes"), sum: 0 };
    reader.checkCount(record, "q_qnum", frame.n, 24, "messages");
  }

  function messageRecord(record: RecordAt, frame: Frame): void {
    message = reader.fill(record, frame);
    messages.set(message, "set", set);
    messages.set(message, "index", index++);
    messageLabels.set(message, reader.refer(record, "sec_ref", "SECURITY_PTR", "SECURITY"));
    const type = reader.number(record, "m_type");
    left = reader.number(record, "m_ts");
    queue.sum += left;
    // A message without text still has one BUFFER.
    frame.n = Math.max(1, left);
    if (type < 1 || (messageLimit > 0 && left > messageLimit)) {
      reader.report("ipc.message", `A message has the type ${type} and ${left} bytes; the namespace allows ${messageLimit}.`, reader.spanOf(record), { table: "messages", row: message });
    }
  }

  function messageText(record: RecordAt, frame: Frame): void {
    const length = record.end - record.start - dialect.headerSize;
    left -= length;
    frame.n = length === 0 ? 0 : left;
    if (message >= 0 && messages.text(message, "preview") === undefined) messages.set(message, "preview", reader.preview(record, dialect.headerSize));
    if (left < 0) reader.report("count.mismatch", `The pieces of a message have ${-left} bytes more than it announces.`, reader.spanOf(record), { table: "messages", row: message });
  }

  function semaphoreSet(record: RecordAt, frame: Frame): void {
    set = ipcRow(record, frame, "sem");
    frame.n = reader.number(record, "sem_nsems");
    reader.checkCount(record, "sem_nsems", frame.n, 8, "semaphores");
  }

  function semaphoreStream(record: RecordAt, frame: Frame): StreamPlan {
    const table = reader.table("semaphores");
    const start = record.start + dialect.headerSize;
    const payload = record.end - start;
    const size = record.kind.key === "BUFFER:sems24" ? 24 : record.kind.key === "BUFFER:sems16" ? 16 : 8;
    if (payload !== frame.n * size) {
      reader.report("count.mismatch", `${frame.n} semaphores are announced in ${payload} bytes.`, reader.spanOf(record), { table: "ipc", row: set });
    }
    return {
      start,
      elementSize: size,
      count: Math.max(0, Math.floor(payload / size)),
      take: (window, at, first, count) => {
        for (let step = 0; step < count; step++) {
          const row = table.add();
          table.set(row, "set", set);
          table.set(row, "index", first + step);
          table.set(row, "value", window.s32(at + step * size));
          const pid = window.s32(at + step * size + 4);
          table.set(row, "pid", pid);
          if (pid < 0) reader.report("ipc.negative", `The last pid of semaphore ${first + step} is ${pid}.`, span(0, at + step * size, at + (step + 1) * size), { table: "semaphores", row });
          table.set(row, "record", record.row);
        }
      },
    };
  }

  function adjustmentStream(record: RecordAt, frame: Frame): StreamPlan {
    const table = reader.table("adjustments");
    const start = record.start + dialect.headerSize;
    if (record.end - start !== frame.n * 2) {
      reader.report("count.mismatch", `${frame.n} adjustments are announced in ${record.end - start} bytes.`, reader.spanOf(record));
    }
    const [from, list, id] = [record.row, frame.objref, undoSet];
    return {
      start,
      elementSize: 2,
      count: Math.max(0, Math.floor((record.end - start) / 2)),
      take: (window, at, first, count) => {
        for (let step = 0; step < count; step++) {
          const row = table.add();
          table.set(row, "set", id);
          table.set(row, "index", first + step);
          table.set(row, "value", window.s16(at + step * 2));
          if (list > 0) table.set(row, "objref", list);
          table.set(row, "record", from);
        }
      },
    };
  }

  function netDevice(record: RecordAt, frame: Frame): void {
    device = reader.fill(record, frame);
    const type = reader.number(record, "type");
    devices.set(device, "type", NETDEV_TYPE.at(dialect.abi).get(type) ?? String(type));
    const slot = layoutOf(record.kind.struct, dialect.abi).slots.find((candidate) => candidate.name === "hwaddr");
    if (slot !== undefined && record.window.has(record.start + slot.offset, 6)) {
      const bytes = record.window.slice(record.start + slot.offset, record.start + slot.offset + 6);
      devices.set(device, "hwaddr", [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":"));
    }
    const peer = reader.number(record, "link.veth.peer_ref");
    if (type === 1) {
      devices.set(device, "link", `peer #${peer}`);
      reader.refer(record, "link.veth.this_ref", "NETDEV");
      reader.refer(record, "link.veth.peer_ref", "NETDEV");
    }
    if (type === 3) devices.set(device, "link", `mode ${reader.number(record, "link.macvlan.mode")}`);
    addressCount = reader.number(record, "inet_addrs");
  }

  function deviceAddresses(record: RecordAt): void {
    const texts: string[] = [];
    const payload = record.end - record.start - dialect.headerSize;
    if (payload !== addressCount * 24) reader.report("count.mismatch", `${addressCount} addresses are announced in ${payload} bytes.`, reader.spanOf(record));
    for (let at = record.start + dialect.headerSize; at + 24 <= Math.min(record.end, record.window.end); at += 24) {
      texts.push(`${formatIpv4(record.window.slice(at + 8, at + 12))}/${formatIpv4(record.window.slice(at + 16, at + 20))}`);
      if (texts.length >= 64) break;
    }
    if (device >= 0) devices.set(device, "addresses", texts.join(" "));
  }

  return {
    records: {
      NS: ns,
      UTS_NS: utsNs,
      "STRING:nodename": (record) => utsName(record, "nodename"),
      "STRING:domainname": (record) => utsName(record, "domainname"),
      IPC_NS: ipcNs,
      USER_NS: (record, frame) => {
        const row = namespaceRow(record, frame, "user");
        const creator = reader.refer(record, "creator_ref", "USER");
        namespaces.set(row, "detail", creator === 0 ? "created by an ancestor" : `created by user object #${creator}`);
      },
      NET_NS: (record, frame) => {
        const row = namespaceRow(record, frame, "net");
        namespaces.set(row, "detail", `id ${reader.number(record, "this_ref")}`);
      },
      IPC: ipcList,
      IPC_SHM: segment,
      IPC_MSG: messageQueue,
      IPC_MSG_MSG: messageRecord,
      "BUFFER:message": messageText,
      IPC_SEM: semaphoreSet,
      NETDEV: netDevice,
      "STRING:netdev": (record) => void (device >= 0 && devices.set(device, "name", reader.text(record))),
      "BUFFER:netdev_addrs": deviceAddresses,
      TASK_SEM_UNDO_LIST: (record, frame) => void (frame.n = reader.number(record, "count")),
      TASK_SEM_UNDO: (record, frame) => {
        frame.n = reader.number(record, "semadj_count");
        undoSet = reader.number(record, "semid");
      },
    },
    streams: { "BUFFER:semadj": adjustmentStream, "BUFFER:sems8": semaphoreStream, "BUFFER:sems16": semaphoreStream, "BUFFER:sems24": semaphoreStream },
    finish: () => {
      finishQueue();
      for (const [row, objref] of labels) if (objref > 0) ipc.set(row, "label", reader.labelTexts.get(objref));
      for (const [row, objref] of messageLabels) if (objref > 0) messages.set(row, "label", reader.labelTexts.get(objref));
    },
  };
}
