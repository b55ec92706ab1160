/** Descriptor tables, descriptors, and who holds which open file. */
import { mapping, worked } from "../../../model/mapping.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import type { CriuSet } from "../criu-set.ts";
import { FD } from "../links.ts";

const FDINFO = mapping("fds", {
  fd: "fd",
  cloexec: worked("flags", "bit 0", (message) => (message.number("flags") & 1) !== 0),
  file: worked("id", "open file with this type and id", () => undefined),
});

const TABLE = mapping("fd_tables", { objref: worked("", "number in the name of the image", () => undefined) });

export interface Descriptors {
  /** Open files by descriptor, for each table that holds a file, by the file's row. */
  readonly tablesOf: ReadonlyMap<number, readonly ReadonlyMap<number, number>[]>;
  /** Open file of a task's descriptor, or -1. */
  fileOf(pid: number, fd: number): number;
}

/** `usersOf` gives the task rows of each descriptor table, by its id. */
export function fdRows(set: CriuSet, usersOf: ReadonlyMap<number, readonly number[]>): Descriptors {
  const { reader, links } = set;
  const tables = reader.table("fd_tables");
  const fds = reader.table("fds");
  const tasks = reader.table("tasks");
  const tablesOf = new Map<number, ReadonlyMap<number, number>[]>();
  const contents = new Map<number, ReadonlyMap<number, number>>();
  for (const image of set.top.all("FDINFO")) {
    const first = image.entries[0];
    if (first === undefined) continue;
    const table = reader.row(TABLE, first.value, first.record);
    links.fdTables.set(image.number, table);
    if (image.number >= 0) tables.set(table, "objref", image.number);
    tables.set(table, "descriptors", image.entries.length);
    const users = usersOf.get(image.number) ?? [];
    tables.set(table, "users", users.length);
    if (users[0] !== undefined) tables.set(table, "task", users[0]);
    const files = new Map<number, number>();
    for (const { value, record } of image.entries) {
      const row = reader.row(FDINFO, value, record);
      fds.set(row, "table", table);
      if (users[0] !== undefined) reader.setTask(record, users[0]);
      const file = links.file(value.number("type"), value.number("id"));
      if (file < 0) {
        const where = users[0] === undefined ? "" : ` of task ${tasks.number(users[0], "pid")}`;
        reader.report("file.dangling", `Descriptor ${value.number("fd")}${where} refers to the open file ${value.number("id")} of type ${value.number("type")}, which is not in the set.`, reader.fieldOf(record, "id"), { table: "fds", row });
        continue;
      }
      fds.set(row, "file", file);
      files.set(value.number("fd"), file);
    }
    contents.set(image.number, files);
    for (const file of new Set(files.values())) {
      const list = tablesOf.get(file);
      if (list === undefined) tablesOf.set(file, [files]);
      else list.push(files);
    }
  }
  for (const [id, users] of usersOf) for (const user of users) {
    const table = links.fdTables.get(id);
    if (table !== undefined) tasks.set(user, "descriptor_table", table);
  }
  holders(set, usersOf, contents);
  const tableOfPid = new Map([...usersOf].flatMap(([id, users]) => users.map((user) => [tasks.number(user, "pid"), contents.get(id)] as const)));
  return { tablesOf, fileOf: (pid, fd) => tableOfPid.get(pid)?.get(fd) ?? -1 };
}

/** Holders that are named; the rest is counted. */
const MOST_NAMED = 12;

/** `12 fd 3, 13 fd 3` beside each open file, pipe end, socket and terminal. */
function holders(set: CriuSet, usersOf: ReadonlyMap<number, readonly number[]>, contents: ReadonlyMap<number, ReadonlyMap<number, number>>): void {
  const { reader } = set;
  const tasks = reader.table("tasks");
  const files = reader.table("files");
  const sockets = reader.table("sockets");
  const byFile = new Map<number, string[]>();
  const firstTask = new Map<number, number>();
  for (const [id, descriptors] of contents) {
    for (const user of usersOf.get(id) ?? []) {
      const pid = tasks.number(user, "pid");
      for (const [fd, file] of descriptors) {
        const list = byFile.get(file);
        if (list === undefined) byFile.set(file, [`${pid} fd ${fd}`]);
        else list.push(`${pid} fd ${fd}`);
        if (!firstTask.has(file)) firstTask.set(file, user);
      }
    }
  }
  const named = (list: readonly string[]): string => (list.length > MOST_NAMED ? `${list.slice(0, MOST_NAMED).join(", ")} and ${list.length - MOST_NAMED} more` : list.join(", "));
  const ofRow = new Map<string, string[]>();
  const collect = (key: string, list: readonly string[]): void => {
    const known = ofRow.get(key);
    if (known === undefined) ofRow.set(key, [...list]);
    else for (const each of list) known.push(each);
  };
  for (const { row, type, file } of set.openFiles) {
    const list = byFile.get(row);
    if (list === undefined) continue;
    files.set(row, "holders", named(list));
    const socket = files.number(row, "socket");
    if (socket >= 0) {
      sockets.set(socket, "holders", named(list));
      sockets.set(socket, "task", firstTask.get(row)!);
    }
    const terminal = files.number(row, "terminal");
    if (terminal >= 0) collect(`terminals/${terminal}/holders`, list);
    const pipe = files.number(row, "pipe");
    if (pipe < 0) continue;
    // The access mode of a FIFO stands with the regular file that it was opened as.
    const access = type === FD.FIFO ? fifoAccess(set, file) : file.number("flags") & 3;
    if (access !== 1) collect(`pipes/${pipe}/readers`, list);
    if (access !== 0) collect(`pipes/${pipe}/writers`, list);
  }
  for (const [key, list] of ofRow) {
    const [table, row, column] = key.split("/") as ["pipes" | "terminals", string, string];
    reader.table(table).set(Number(row), column, named(list));
  }
}

function fifoAccess({ links }: CriuSet, file: MessageValue): number {
  const regular = links.regular.get(file.number(file.has("regf_id") ? "regf_id" : "id"));
  return regular === undefined ? 2 : regular.number("flags") & 3;
}
