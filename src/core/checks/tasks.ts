/** The task tree: pids once, leaders and parents present, no circles. */
import type { Checkpoint } from "../model/checkpoint.ts";
import { NO_INT } from "../model/column.ts";
import { rowSpan } from "./row-span.ts";

export function taskTree(checkpoint: Checkpoint): void {
  const tasks = checkpoint.tables.get("tasks");
  const pid = tasks.column("pid");
  const ppid = tasks.column("ppid");
  const tgid = tasks.column("tgid");
  const parent = tasks.column("parent");
  const pgid = tasks.column("pgid");
  const sid = tasks.column("sid");
  const { diagnostics } = checkpoint;
  const isChecked = checkpoint.ownRules?.has("pid.parent-missing") === true;
  const first = new Map<number, number>();
  const at = (row: number, column = "pid") => checkpoint.decoder.fieldSpan("tasks", row, column) ?? rowSpan(checkpoint, tasks, row);
  for (let row = 0; row < tasks.length; row++) {
    const number = pid.number(row);
    if (number === NO_INT) continue;
    const about = { table: "tasks", row };
    const known = first.get(number);
    if (known === undefined) first.set(number, row);
    else diagnostics.report("pid.duplicate", () => `Tasks ${known + 1} and ${row + 1} both have the pid ${number}.`, at(row), about);
    if (number <= 0) diagnostics.report("pid.invalid", () => `Task ${row + 1} has the pid ${number}.`, at(row), about);
    const group = tgid.number(row);
    if (group !== NO_INT && group <= 0) diagnostics.report("pid.invalid", () => `Task ${number} has the thread group ${group}.`, at(row, "tgid"), about);
  }
  for (let row = 0; row < tasks.length; row++) {
    const number = pid.number(row);
    const group = tgid.number(row);
    const about = { table: "tasks", row };
    const isThread = group > 0 && group !== number;
    if (isThread && !first.has(group)) {
      diagnostics.report("pid.no-leader", () => `Thread ${number} belongs to the group ${group}, which is not in the image.`, at(row, "tgid"), about);
    }
    const above = ppid.number(row);
    if (above === number && number > 0) diagnostics.report("pid.cycle", () => `Task ${number} is its own parent.`, at(row, "ppid"), about);
    for (const [name, column] of [["parent", ppid], ["process group", pgid], ["session", sid]] as const) {
      const value = column.number(row);
      // The null pids: none, none in v23-rc2, same as the root task.
      if (value >= 0 || value === NO_INT || value === -1 || value === -4096 || value === -4097) continue;
      diagnostics.report("pid.invalid", () => `The ${name} of task ${number} is ${value}.`, at(row, name === "parent" ? "ppid" : name === "session" ? "sid" : "pgid"), about);
    }
    if (row > 0 && !isThread && above > 0 && !first.has(above) && !isChecked) {
      diagnostics.report("pid.parent-missing", () => `The parent ${above} of task ${number} is not in the image.`, at(row, "ppid"), about);
    }
  }
  breakCircles();

  /** Each circle once; its last link is cut, so that the tree can be drawn. */
  function breakCircles(): void {
    const state = new Uint8Array(tasks.length); // 1 = on the way, 2 = done
    for (let row = 0; row < tasks.length; row++) {
      const way: number[] = [];
      let current = row;
      while (current >= 0 && state[current] === 0) {
        state[current] = 1;
        way.push(current);
        const above = parent.number(current);
        if (above >= 0 && state[above] === 1) {
          const last = current;
          diagnostics.report("pid.cycle", () => `Task ${pid.number(last)} is an ancestor of its own parent ${pid.number(above)}.`, at(last, "ppid"), { table: "tasks", row: last });
          parent.set(last, -1);
          break;
        }
        current = above;
      }
      for (const passed of way) state[passed] = 2;
    }
  }
}
