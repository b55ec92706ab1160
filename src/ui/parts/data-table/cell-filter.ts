/** Filter expressions made from a cell: "only this" and "not this". The grammar is that of `Query` in the core. */
import type { Cell, ColumnInfo } from "../../../core/index.ts";

function exact(cell: Cell, column: ColumnInfo): string {
  if (cell.value === null) return "-";
  if (column.filter === "number" && (typeof cell.value === "number" || typeof cell.value === "bigint")) {
    return cell.text.startsWith("0x") ? `0x${cell.value.toString(16)}` : String(cell.value);
  }
  return `=${cell.text}`;
}

export function onlyThis(cell: Cell, column: ColumnInfo): string {
  return exact(cell, column);
}

export function notThis(cell: Cell, column: ColumnInfo): string {
  return `!${exact(cell, column)}`;
}

/** One line that says what may be typed into a column's filter. */
export function filterHint(column: ColumnInfo): string {
  return column.filter === "number"
    ? `${column.label}: a number (12, 0x1f), >5, <=0xff, 2..9, !7, - for none`
    : `${column.label}: text inside, =whole value, !not, - for none`;
}
