/** After the last record: references become row numbers, and what follows from several records is worked out. */
import { span, type Span } from "../../bytes/span.ts";
import type { Table } from "../../model/table.ts";
import { formatHex } from "../../schema/show.ts";
import { REFERENCES } from "./mapping.ts";
import { cellSpan } from "./origins.ts";
import { MINUS_ONE } from "./held-reference.ts";
import type { Reader } from "./reader.ts";

export function resolve(reader: Reader): void {
  resolveReferences(reader);
  resolveLoose(reader);
  linkTasks(reader);
  countUsers(reader);
  nameRegions(reader);
  reportUnused(reader);
}

/** Objects that live without a reference: pids, inodes of segments that nobody maps, devices of a namespace, labels. */
const UNREFERRED = new Set(["PID", "INODE", "NETDEV", "NET_NS", "SECURITY", "SECURITY_PTR"]);

function reportUnused(reader: Reader): void {
  if (!reader.complete) return;
  const objects = reader.table("objects");
  for (let row = 0; row < objects.length; row++) {
    const kind = objects.text(row, "kind") ?? "";
    if (objects.number(row, "references") !== 0 || UNREFERRED.has(kind)) continue;
    reader.report(
      "objref.unused",
      () => `Object #${objects.number(row, "objref")} (${kind}) is not used by any record.`,
      recordSpan(reader, objects.number(row, "record")),
      { table: "objects", row },
    );
  }
}

/** Bytes of a record by its row. */
export function recordSpan(reader: Reader, record: number): Span | undefined {
  if (record < 0) return undefined;
  const records = reader.table("records");
  const start = records.number(record, "offset");
  return span(0, start, start + records.number(record, "length"));
}

/** Row of the object that a reference names, or -1; reports references that lead nowhere. */
function follow(
  reader: Reader,
  objref: number,
  classes: readonly string[],
  what: () => string,
  where: () => Span | undefined,
  about: { table: string; row: number },
): number {
  if (objref === 0) return -1;
  const object = objref < 0 ? -1 : reader.objects.find(objref);
  if (object < 0) {
    // In a cut image the object may have come later.
    if (reader.complete || objref < 0) {
      reader.report("objref.dangling", () => `${what()} refers to object #${objref}, which is not in the image.`, where(), about);
    }
    return -1;
  }
  reader.objects.refer(object);
  const className = reader.objects.className(object);
  if (!classes.includes(className)) {
    reader.report("objref.wrong-class", () => `${what()} refers to object #${objref} as ${classes.join(" or ")}, but it is ${className}.`, where(), about);
    return -1;
  }
  return object;
}

function resolveReferences(reader: Reader): void {
  for (const { table: name, column, classes } of REFERENCES) {
    const table = reader.table(name);
    const data = table.column(column);
    const target = table.def.columns[column]!.ref!;
    const records = table.column("record");
    for (let row = 0; row < table.length; row++) {
      const objref = data.number(row);
      if (objref === -1 || objref === 0) {
        data.set(row, -1);
        continue;
      }
      const where = (): Span | undefined => cellSpan(reader, name, row, column) ?? recordSpan(reader, records.number(row));
      const object = follow(reader, objref === MINUS_ONE ? -1 : objref, classes, () => referenceText(reader, name, row, column), where, { table: name, row });
      data.set(row, object < 0 ? -1 : reader.objects.rowOf(object, target));
    }
  }
}

/** `Descriptor 1 of task 9`, or the column and the row. */
function referenceText(reader: Reader, name: string, row: number, column: string): string {
  if (name !== "fds") return `The ${column.replaceAll("_", " ")} in row ${row + 1} of ${name}`;
  const fds = reader.table("fds");
  const table = fds.number(row, "table");
  const tasks = reader.table("tasks");
  for (let task = 0; task < tasks.length; task++) {
    // Descriptor tables are resolved by now: tasks come first in the list of references.
    if (tasks.number(task, "descriptor_table") === table) return `Descriptor ${fds.number(row, "fd")} of task ${tasks.number(task, "pid")}`;
  }
  return `Descriptor ${fds.number(row, "fd")}`;
}

function resolveLoose(reader: Reader): void {
  for (const { objref, record } of reader.reservedFiles) {
    const at = recordSpan(reader, record);
    if (at !== undefined) reader.objects.use(objref, "FILE", record, at);
  }
  for (const { objref, classes, record, path } of reader.looseReferences) {
    const kind = reader.kindOf(record);
    const at = recordSpan(reader, record);
    const where = (): Span | undefined => (at === undefined ? undefined : reader.fieldSpan(kind, path, at.start, at.end));
    follow(reader, objref, classes, () => `${path} of ${kind.label} at ${formatHex(at?.start ?? 0)}`, where, { table: "records", row: record });
  }
}

/** Parents, and the first task of everything that tasks share. */
function linkTasks(reader: Reader): void {
  const tasks = reader.table("tasks");
  const pid = tasks.column("pid");
  const rowOfPid = new Map<number, number>();
  for (let row = 0; row < tasks.length; row++) if (!rowOfPid.has(pid.number(row))) rowOfPid.set(pid.number(row), row);
  const parent = tasks.column("parent");
  const ppid = tasks.column("ppid");
  const tgid = tasks.column("tgid");
  for (let row = 0; row < tasks.length; row++) {
    // A thread hangs under the leader of its group, a process under its parent.
    const group = tgid.number(row);
    const isThread = group > 0 && group !== pid.number(row);
    const above = rowOfPid.get(isThread ? group : ppid.number(row));
    parent.set(row, above === undefined || above === row ? -1 : above);
  }
  for (const [column, name] of [["space", "spaces"], ["descriptor_table", "fd_tables"]] as const) {
    const shared = reader.table(name);
    const owner = shared.column("task");
    const users = shared.column("users");
    for (let row = 0; row < shared.length; row++) users.set(row, 0);
    const use = tasks.column(column);
    for (let row = 0; row < tasks.length; row++) {
      const target = use.number(row);
      if (target < 0) continue;
      if (owner.number(target) < 0) owner.set(target, row);
      users.set(target, users.number(target) + 1);
    }
  }
}

function countUsers(reader: Reader): void {
  const files = reader.table("files");
  const users = files.column("users");
  const add = (table: Table, column: string): void => {
    const refs = table.column(column);
    for (let row = 0; row < table.length; row++) {
      const file = refs.number(row);
      if (file >= 0) users.set(file, users.number(file) + 1);
    }
  };
  add(reader.table("fds"), "file");
  add(reader.table("regions"), "file");
  add(reader.table("spaces"), "exe_file");
  const pipes = reader.table("pipes");
  const ends = pipes.column("ends");
  const pipe = files.column("pipe");
  const path = files.column("path");
  for (let row = 0; row < files.length; row++) {
    const target = pipe.number(row);
    if (target < 0) continue;
    ends.set(target, ends.number(target) + 1);
    if (path.number(row) < 0) files.set(row, "path", `pipe:[#${pipes.number(target, "objref")}]`);
  }
  describeFiles(reader);
  sumQueues(reader);
}

/** What stands behind a descriptor that has no path. */
function describeFiles(reader: Reader): void {
  const files = reader.table("files");
  const sockets = reader.table("sockets");
  const terminals = reader.table("terminals");
  const pipes = reader.table("pipes");
  for (let row = 0; row < files.length; row++) {
    const socket = files.number(row, "socket");
    const terminal = files.number(row, "terminal");
    const pipe = files.number(row, "pipe");
    if (socket >= 0) {
      const parts = ["family", "type", "state", "local", "remote"].map((column) => sockets.text(socket, column));
      const [family, type, state, local, remote] = parts;
      files.set(row, "detail", `${family} ${type} ${state}${local === undefined ? "" : ` ${local}`}${remote === undefined ? "" : ` → ${remote}`}`);
    } else if (terminal >= 0) {
      files.set(row, "detail", `pty ${terminals.text(terminal, "end")} ${terminals.number(terminal, "index")}`);
    } else if (pipe >= 0) files.set(row, "detail", `${pipes.number(pipe, "bytes")} bytes wait in it`);
  }
  const watched = new Map<number, number>();
  const watches = reader.table("watches");
  for (let row = 0; row < watches.length; row++) watched.set(watches.number(row, "epoll"), (watched.get(watches.number(row, "epoll")) ?? 0) + 1);
  for (const [file, count] of watched) if (file >= 0) files.set(file, "detail", `watches ${count} descriptor${count === 1 ? "" : "s"}`);
}

function sumQueues(reader: Reader): void {
  const buffers = reader.table("socket_buffers");
  const sockets = reader.table("sockets");
  for (let row = 0; row < buffers.length; row++) {
    const socket = buffers.number(row, "socket");
    if (socket < 0) continue;
    const sum = sockets.column(buffers.text(row, "queue") === "send" ? "send" : "receive");
    sum.set(socket, sum.number(socket) + buffers.number(row, "bytes"));
  }
}

/** Paths of file regions, and the names that /proc/PID/maps gives to the others. */
function nameRegions(reader: Reader): void {
  const regions = reader.table("regions");
  const spaces = reader.table("spaces");
  const files = reader.table("files");
  const columns = {
    file: regions.column("file"),
    path: regions.column("path"),
    pathRecord: regions.column("path_record"),
    space: regions.column("space"),
    start: regions.column("start"),
    end: regions.column("end"),
    kind: regions.column("kind"),
    inode: regions.column("shared_inode"),
  };
  const filePath = files.column("path");
  const filePathRecord = files.column("path_record");
  const keys = segmentKeys(reader);
  const heaps = { start: spaces.column("start_brk"), end: spaces.column("brk"), stack: spaces.column("start_stack") };
  for (let row = 0; row < regions.length; row++) {
    const file = columns.file.number(row);
    if (file >= 0) {
      columns.path.set(row, filePath.number(file));
      columns.pathRecord.set(row, filePathRecord.number(file));
      continue;
    }
    if (columns.path.number(row) >= 0) continue;
    const kind = columns.kind.text(row);
    const key = keys.get(columns.inode.number(row));
    const space = columns.space.number(row);
    if (kind === "vdso") columns.path.setText(row, "[vdso]");
    else if (key !== undefined) columns.path.setText(row, `/SYSV${key.toString(16).padStart(8, "0")}`);
    else if (space >= 0 && kind === "anonymous") {
      const start = columns.start.big(row);
      const end = columns.end.big(row);
      const stack = heaps.stack.big(space);
      const heapStart = heaps.start.big(space);
      const heapEnd = heaps.end.big(space);
      // The rules of the kernel's show_map_vma.
      if (start <= heapEnd && end >= heapStart && heapEnd > heapStart) columns.path.setText(row, "[heap]");
      else if (start <= stack && end >= stack) columns.path.setText(row, "[stack]");
    }
  }
}

function segmentKeys(reader: Reader): ReadonlyMap<number, number> {
  const ipc = reader.table("ipc");
  const keys = new Map<number, number>();
  for (let row = 0; row < ipc.length; row++) {
    const inode = ipc.number(row, "shared_inode");
    if (!Number.isNaN(inode)) keys.set(inode, ipc.number(row, "key"));
  }
  return keys;
}
