/** Descriptor tables, descriptors, and who holds which open file. */
import { mapping, worked } from "../../../model/mapping.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import type { Table } from "../../../model/table.ts";
import type { CriuSet } from "../criu-set.ts";
import { FD } from "../links.ts";

const FDINFO = mapping("fds", {
  fd: "fd",
  cloexec: worked("flags", "bit 0", (message) => (message.number("flags") & 1) !== 0),
  file: worked("id", "open file with this type and id", () => undefined),
});

const TABLE = mapping("fd_tables", { objref: worked("", "number in the name of the image", () => undefined) });

export interface Descriptors {
  /** What a descriptor is in a table that holds an open file; undefined when no such table has it, -1 when none holds the file. Files are rows. */
  inTableOf(file: number, fd: number): number | undefined;
  /** Open file of a task's descriptor, or -1. */
  fileOf(pid: number, fd: number): number;
}

/** `usersOf` gives the task rows of each descriptor table, by its id. */
export function fdRows(set: CriuSet, usersOf: ReadonlyMap<number, readonly number[]>): Descriptors {
  const { reader, links } = set;
  const tables = reader.table("fd_tables");
  const fds = reader.table("fds");
  const tasks = reader.table("tasks");
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
  }
  for (const [id, users] of usersOf) for (const user of users) {
    const table = links.fdTables.get(id);
    if (table !== undefined) tasks.set(user, "descriptor_table", table);
  }
  holders(set, usersOf, contents);
  const tableOfPid = new Map([...usersOf].flatMap(([id, users]) => users.map((user) => [tasks.number(user, "pid"), contents.get(id)] as const)));
  return { inTableOf: lookUp([...contents.values()]), fileOf: (pid, fd) => tableOfPid.get(pid)?.get(fd) ?? -1 };
}

/**
 * Which file a descriptor is beside another file: the first table that has both decides. Whichever of the two is in fewer
 * tables says where to look, and what was found is kept: a file may be in all tables, and a descriptor number too.
 */
function lookUp(tables: readonly ReadonlyMap<number, number>[]): Descriptors["inTableOf"] {
  const holding = new Map<number, Set<number>>();
  const having = new Map<number, number[]>();
  for (const [table, files] of tables.entries()) {
    for (const [fd, file] of files) {
      const holders = holding.get(file);
      if (holders === undefined) holding.set(file, new Set([table]));
      else holders.add(table);
      const beside = having.get(fd);
      if (beside === undefined) having.set(fd, [table]);
      else beside.push(table);
    }
  }
  const known = new Map<string, number | undefined>();
  return (file, fd) => {
    const holders = holding.get(file);
    if (holders === undefined) return -1;
    const key = `${file}/${fd}`;
    if (known.has(key)) return known.get(key);
    const others = having.get(fd) ?? [];
    let found: number | undefined;
    if (others.length < holders.size) found = others.find((table) => holders.has(table));
    else for (const table of holders) if (found === undefined && tables[table]!.has(fd)) found = table;
    const result = found === undefined ? undefined : tables[found]!.get(fd);
    known.set(key, result);
    return result;
  };
}

/** Holders that are named; the rest is counted. */
const MOST_NAMED = 12;

/** Descriptors of one table that are one open file, held by each task that has the table. */
interface Group {
  /** Rows of the tasks. */
  readonly users: readonly number[];
  readonly fds: number[];
}

/** `12 fd 3, 13 fd 3` beside each open file, pipe end, socket and terminal. */
function holders(set: CriuSet, usersOf: ReadonlyMap<number, readonly number[]>, contents: ReadonlyMap<number, ReadonlyMap<number, number>>): void {
  const { reader } = set;
  const files = reader.table("files");
  const sockets = reader.table("sockets");
  const byFile = groupsByFile(usersOf, contents);
  const named = (groups: readonly Group[]): string => namedHolders(reader.table("tasks"), groups);
  const ofRow = new Map<string, Group[]>();
  const collect = (key: string, groups: readonly Group[]): void => {
    const known = ofRow.get(key);
    if (known === undefined) ofRow.set(key, [...groups]);
    else for (const group of groups) known.push(group);
  };
  for (const { row, type, file } of set.openFiles) {
    const groups = byFile.get(row);
    if (groups === undefined) continue;
    files.set(row, "holders", named(groups));
    const socket = files.number(row, "socket");
    if (socket >= 0) {
      sockets.set(socket, "holders", named(groups));
      sockets.set(socket, "task", groups[0]!.users[0]!);
    }
    const terminal = files.number(row, "terminal");
    if (terminal >= 0) collect(`terminals/${terminal}/holders`, groups);
    const pipe = files.number(row, "pipe");
    if (pipe < 0) continue;
    // The access mode of a FIFO stands with the regular file that it was opened as.
    const access = type === FD.FIFO ? fifoAccess(set, file) : file.number("flags") & 3;
    if (access !== 1) collect(`pipes/${pipe}/readers`, groups);
    if (access !== 0) collect(`pipes/${pipe}/writers`, groups);
  }
  for (const [key, groups] of ofRow) {
    const [table, row, column] = key.split("/") as ["pipes" | "terminals", string, string];
    reader.table(table).set(Number(row), column, named(groups));
  }
}

/** Groups of each open file, by its row. Tables that no task has hold nothing. */
function groupsByFile(usersOf: ReadonlyMap<number, readonly number[]>, contents: ReadonlyMap<number, ReadonlyMap<number, number>>): ReadonlyMap<number, Group[]> {
  const byFile = new Map<number, Group[]>();
  for (const [id, descriptors] of contents) {
    const users = usersOf.get(id);
    if (users === undefined) continue;
    for (const [fd, file] of descriptors) {
      const groups = byFile.get(file);
      const last = groups?.at(-1);
      if (groups === undefined) byFile.set(file, [{ users, fds: [fd] }]);
      else if (last?.users === users) last.fds.push(fd);
      else groups.push({ users, fds: [fd] });
    }
  }
  return byFile;
}

/** The first holders by name, the others as a number: tasks that share a table multiply. */
function namedHolders(tasks: Table, groups: readonly Group[]): string {
  const names: string[] = [];
  let count = 0;
  for (const { users, fds } of groups) {
    count += users.length * fds.length;
    for (const user of users) {
      if (names.length >= MOST_NAMED) break;
      for (const fd of fds.slice(0, MOST_NAMED - names.length)) names.push(`${tasks.number(user, "pid")} fd ${fd}`);
    }
  }
  return count > names.length ? `${names.join(", ")} and ${count - names.length} more` : names.join(", ");
}

function fifoAccess({ links }: CriuSet, file: MessageValue): number {
  const regular = links.regular.get(file.number(file.has("regf_id") ? "regf_id" : "id"));
  return regular === undefined ? 2 : regular.number("flags") & 3;
}
