/** Regions of one memory map: in ascending order and without overlap. */
import type { Checkpoint } from "../model/checkpoint.ts";
import { formatHex, formatSize } from "../schema/show.ts";
import { sortedRows } from "./row-span.ts";

/** Marks of MADV_GUARD lie over the regions that they guard, and stand behind them in the image. */
const GUARD = "guard";

export function regionOverlaps(checkpoint: Checkpoint): void {
  const regions = checkpoint.tables.get("regions");
  const isGuard = (row: number): boolean => regions.text(row, "kind") === GUARD;
  const space = regions.column("space");
  const start = regions.column("start");
  const end = regions.column("end");
  const rows = sortedRows(regions, (a, b) => {
    const bySpace = space.number(a) - space.number(b);
    if (bySpace !== 0) return bySpace;
    const byStart = start.big(a) - start.big(b);
    return byStart < 0n ? -1 : byStart > 0n ? 1 : a - b;
  });
  const range = (row: number): string => `${formatHex(start.big(row))} to ${formatHex(end.big(row))}`;
  let widest = -1;
  for (const row of rows) {
    if (isGuard(row)) continue;
    if (widest < 0 || space.number(widest) !== space.number(row)) {
      widest = row;
      continue;
    }
    const common = min(end.big(widest), end.big(row)) - start.big(row);
    if (common > 0n) {
      const [first, second] = widest < row ? [widest, row] : [row, widest];
      checkpoint.diagnostics.report(
        "vma.overlap",
        () => `Region ${range(first)}${ofTask(checkpoint, space.number(row))} overlaps the region ${range(second)} by ${formatSize(common)}.`,
        checkpoint.decoder.fieldSpan("regions", first, "end"),
        { table: "regions", row: first },
      );
    }
    if (end.big(row) > end.big(widest)) widest = row;
  }
  for (let row = 1; row < regions.length; row++) {
    if (space.number(row) !== space.number(row - 1) || start.big(row) >= start.big(row - 1) || isGuard(row) || isGuard(row - 1)) continue;
    checkpoint.diagnostics.report(
      "vma.order",
      () => `Region ${range(row)}${ofTask(checkpoint, space.number(row))} stands after ${range(row - 1)} in the image.`,
      checkpoint.decoder.fieldSpan("regions", row, "start"),
      { table: "regions", row },
    );
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** ` of task 12`, or nothing when no task uses the map. */
function ofTask(checkpoint: Checkpoint, space: number): string {
  if (space < 0) return "";
  const task = checkpoint.tables.get("spaces").number(space, "task");
  return task < 0 ? "" : ` of task ${checkpoint.tables.get("tasks").number(task, "pid")}`;
}
