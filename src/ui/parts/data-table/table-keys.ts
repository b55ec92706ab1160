/** What the keys do in a table that has the focus: on a header, on a cell, and between cells. */
import type { KeyboardEvent } from "react";
import type { Cell, ColumnInfo, Row, TableInfo } from "../../../core/index.ts";
import { cellText, copyText, rowAsText } from "../copy.ts";
import { moveInGrid, type GridPosition } from "./grid-keys.ts";
import { movedOrder, type ColumnControl } from "./table-model.ts";
import { resizedWidths, WIDTH_STEP } from "./table-menus.ts";

export interface TableKeys {
  readonly info: TableInfo;
  readonly control: ColumnControl;
  readonly position: GridPosition;
  readonly rowCount: number;
  readonly pageRows: number;
  readonly row: Row | undefined;
  readonly cell: Cell | undefined;
  readonly column: ColumnInfo | undefined;
  readonly moveTo: (position: GridPosition) => void;
  /** Where the cell leads, if it leads anywhere. */
  readonly follow: (() => void) | undefined;
  readonly open: () => void;
  /** Runs at once, or when the user has agreed to take hidden values along. */
  readonly guard: (copy: () => void) => void;
  readonly openMenu: () => void;
}

/** Answers a key; false when it is none of the table's. */
export function answerKey(event: KeyboardEvent, table: TableKeys): boolean {
  if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) {
    table.openMenu();
    return true;
  }
  if (table.position.row < 0 ? answerOnHeader(event, table) : answerOnCell(event, table)) return true;
  if (event.altKey || (event.shiftKey && event.key.startsWith("Arrow"))) return false;
  const ctrl = event.ctrlKey || event.metaKey;
  const next = moveInGrid(
    table.position,
    { key: event.key, ctrl },
    { rowCount: table.rowCount, columnCount: table.control.shown.length, pageRows: table.pageRows, firstRow: -1 },
  );
  if (next !== undefined) table.moveTo(next);
  return next !== undefined;
}

function answerOnHeader(event: KeyboardEvent, { column, control, position, moveTo }: TableKeys): boolean {
  const model = column && control.model.getColumn(column.name);
  if (column === undefined || model === undefined) return false;
  const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
  if (event.key === "Enter" || event.key === " ") model.toggleSorting(undefined, event.shiftKey);
  else if (event.altKey && step !== 0) {
    control.change({ order: movedOrder(control.choices, column.name, step) });
    moveTo({ row: -1, column: Math.max(0, Math.min(position.column + step, control.shown.length - 1)) });
  } else if (event.shiftKey && step !== 0) control.change({ widths: resizedWidths(control, column.name, step * WIDTH_STEP) });
  else return false;
  return true;
}

function answerOnCell(event: KeyboardEvent, { info, control, position, row, cell, column, moveTo, follow, open, guard }: TableKeys): boolean {
  if (event.key === "Enter") {
    if (follow !== undefined) follow();
    else {
      moveTo(position);
      open();
    }
    return true;
  }
  const isCopy = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c";
  // Text that was selected with the mouse is copied by the browser.
  if (!isCopy || row === undefined || cell === undefined || window.getSelection()?.isCollapsed === false) return false;
  if (event.shiftKey) guard(() => void copyText(rowAsText(row, control.shown, info.columns), "the row"));
  else guard(() => void copyText(cellText(cell), column?.label ?? "the cell"));
  return true;
}
