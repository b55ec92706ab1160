/** Threads against the memory of their task: images of the same type that were swapped fit everything but each other. */
import { formatHex } from "../../schema/show.ts";
import type { CriuSet } from "./criu-set.ts";
import { registersOf } from "./registers.ts";
import type { Region, Space } from "./rows/memory.ts";

/** A thread stands in some region of its task. One that is about to be killed for a jump elsewhere does not. */
export function checkThreads(set: CriuSet, spaces: ReadonlyMap<number, Space>): void {
  const { reader } = set;
  const threads = reader.table("threads");
  const tasks = reader.table("tasks");
  for (let row = 0; row < threads.length; row++) {
    const pid = tasks.number(threads.number(row, "task"), "pid");
    const regions = spaces.get(pid)?.regions ?? [];
    const ip = threads.column("ip").value(row);
    if (regions.length === 0 || typeof ip !== "bigint" || isIn(regions, Number(ip))) continue;
    const record = threads.number(row, "record");
    const core = set.coreOf(record);
    const spec = core === undefined ? undefined : registersOf(core);
    if (spec === undefined) continue;
    reader.report(
      "thread.ip",
      `Thread ${threads.number(row, "tid")} of task ${pid} is at ${formatHex(ip)}, which lies in no region of the task.`,
      reader.fieldOf(record, `${spec.part}.gpregs.${spec.ip}`),
      { table: "threads", row },
    );
  }
}

/** `regions` ascend; those that overlap are a problem of their own. */
function isIn(regions: readonly Region[], address: number): boolean {
  let low = 0;
  let high = regions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (regions[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return low > 0 && address < regions[low - 1]!.end;
}
