/** Where the arrow keys lead in a grid: arithmetic only. */

export interface GridPosition {
  /** Index in the list of rows shown; -1 is the header. */
  readonly row: number;
  readonly column: number;
}

export interface GridShape {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Rows that a page holds. */
  readonly pageRows: number;
  /** Lowest row that can be reached: -1 with a header that takes the focus, else 0. */
  readonly firstRow: number;
}

export interface KeyPress {
  readonly key: string;
  readonly ctrl: boolean;
}

/** The position after a key, or undefined when the key does not move. */
export function moveInGrid(from: GridPosition, press: KeyPress, shape: GridShape): GridPosition | undefined {
  const rowTo = (row: number): GridPosition => ({ ...from, row: Math.max(shape.firstRow, Math.min(row, shape.rowCount - 1)) });
  const columnTo = (column: number): GridPosition => ({
    ...from,
    column: Math.max(0, Math.min(column, shape.columnCount - 1)),
  });
  switch (press.key) {
    case "ArrowDown":
      return press.ctrl ? rowTo(shape.rowCount - 1) : rowTo(from.row + 1);
    case "ArrowUp":
      return press.ctrl ? rowTo(Math.min(0, shape.rowCount - 1)) : rowTo(from.row - 1);
    case "ArrowRight":
      return columnTo(from.column + 1);
    case "ArrowLeft":
      return columnTo(from.column - 1);
    case "PageDown":
      return rowTo(Math.max(0, from.row) + shape.pageRows);
    case "PageUp":
      return rowTo(Math.max(Math.min(0, from.row), from.row - shape.pageRows));
    case "Home":
      return press.ctrl ? { row: Math.min(0, shape.rowCount - 1), column: 0 } : columnTo(0);
    case "End":
      return press.ctrl ? { row: shape.rowCount - 1, column: shape.columnCount - 1 } : columnTo(shape.columnCount - 1);
    default:
      return undefined;
  }
}
