/** The threads that a process has, whatever the format calls a task: some make each thread a task of its own. */
import type { Inspector, Row, TableInfo } from "../../../core/index.ts";
import { cellNamed } from "../row-places.ts";

export interface ThreadChoice {
  /** Row of the table of threads. */
  readonly thread: number;
  /** `22506 fpu-spin`. */
  readonly label: string;
}

/** More are better looked through in their table. */
const MOST_THREADS = 500;

export interface ProcessThreads {
  readonly choices: readonly ThreadChoice[];
  /** How many there are, listed or not. */
  readonly count: number;
}

export function threadLabel(info: TableInfo, row: Row): string {
  const text = (name: string): string => cellNamed(info, row, name)?.text ?? "";
  return [text("tid") === "" ? text("pid") : text("tid"), text("thread_name") === "" ? text("name") : text("thread_name")].filter((part) => part !== "").join(" ");
}

/** Threads of the process that a task belongs to, in the order of the table. */
export async function threadsOfProcess(inspector: Inspector, tables: readonly TableInfo[], task: number): Promise<ProcessThreads> {
  const tasks = tables.find(({ name }) => name === "tasks");
  const threads = tables.find(({ name }) => name === "threads");
  const own = tasks && (await inspector.row("tasks", task));
  if (tasks === undefined || threads === undefined || own === undefined) return { choices: [], count: 0 };
  const tgid = cellNamed(tasks, own, "tgid")?.value;
  const pid = cellNamed(tasks, own, "pid")?.value;
  const filter = typeof tgid === "number" ? { tgid: String(tgid) } : { pid: String(pid) };
  const group = await inspector.query("tasks", { filters: filter });
  const members = await inspector.rows(group.id, 0, MOST_THREADS);
  if (members.length > 1) {
    const rows = members.flatMap((member) => cellNamed(tasks, member, "thread")?.link?.row ?? []);
    const found = await Promise.all(rows.map((row) => inspector.row("threads", row)));
    return { choices: found.flatMap((row) => (row === undefined ? [] : [{ thread: row.row, label: threadLabel(threads, row) }])), count: group.matching };
  }
  const view = await inspector.query("threads", { filters: { pid: String(pid) } });
  const rows = await inspector.rows(view.id, 0, MOST_THREADS);
  return {
    choices: rows.filter((row) => cellNamed(threads, row, "task")?.link?.row === task).map((row) => ({ thread: row.row, label: threadLabel(threads, row) })),
    count: view.matching,
  };
}
