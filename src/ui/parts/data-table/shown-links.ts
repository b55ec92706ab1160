/** Which cells of a row are drawn as links. */
import type { Cell, ColumnInfo } from "../../../core/index.ts";

/**
 * Several cells often come from the same other row: kind, path and flags of a descriptor all stand in its open file.
 * One of them is drawn as the link there, by these columns if the row has them; the others would only be noise.
 */
const SPEAKING_COLUMNS = ["path", "pid", "name", "objref"];

/** Places in `cells` that are drawn as links. References always are. */
export function shownLinks(cells: readonly (Cell | undefined)[], columns: readonly ColumnInfo[]): ReadonlySet<number> {
  const shown = new Set<number>();
  const byTarget = new Map<string, number>();
  const rank = (at: number): number => {
    const known = SPEAKING_COLUMNS.indexOf(columns[at]?.name ?? "");
    return known < 0 ? SPEAKING_COLUMNS.length : known;
  };
  cells.forEach((cell, at) => {
    if (cell?.link === undefined) return;
    if (columns[at]?.ref !== undefined) {
      shown.add(at);
      return;
    }
    const target = `${cell.link.table} ${cell.link.row}`;
    const before = byTarget.get(target);
    if (before === undefined || rank(at) < rank(before)) byTarget.set(target, at);
  });
  for (const at of byTarget.values()) shown.add(at);
  return shown;
}
