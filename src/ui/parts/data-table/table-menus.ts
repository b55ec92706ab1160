/** The menus of a header and of a cell, as lists of items. */
import type { Cell, ColumnInfo, Row, Sort, TableInfo } from "../../../core/index.ts";
import type { TableQuery } from "../../state/view.ts";
import { cellText, copyText, rowAsJson, rowAsText } from "../copy.ts";
import type { MenuItem } from "../menu.tsx";
import { notThis, onlyThis } from "./cell-filter.ts";
import { MIN_WIDTH, movedOrder, type ColumnControl } from "./table-model.ts";

export type Items = readonly (MenuItem | "line")[];

function sortItems(column: ColumnInfo, query: TableQuery, onQuery: (query: TableQuery) => void): MenuItem[] {
  const set = (sort: readonly Sort[]) => () => onQuery({ ...query, sort });
  const others = query.sort.filter((entry) => entry.column !== column.name);
  const by = (descending: boolean): Sort => ({ column: column.name, descending });
  return [
    { label: "Sort ascending", run: set([by(false)]) },
    { label: "Sort descending", run: set([by(true)]) },
    { label: "Then sort by this, ascending", run: others.length === 0 ? undefined : set([...others, by(false)]) },
    { label: "Then sort by this, descending", run: others.length === 0 ? undefined : set([...others, by(true)]) },
    { label: "Do not sort: order of the image", run: query.sort.length === 0 ? undefined : set([]) },
  ];
}

export const WIDTH_STEP = 16;

export function resizedWidths(control: ColumnControl, name: string, step: number): Record<string, number> {
  const width = control.model.getColumn(name)?.getSize() ?? MIN_WIDTH;
  return { ...control.choices.widths, [name]: Math.max(MIN_WIDTH, width + step) };
}

export function headerItems(
  column: ColumnInfo,
  control: ColumnControl,
  query: TableQuery,
  onQuery: (query: TableQuery) => void,
): Items {
  const { choices, change, shown } = control;
  const at = shown.indexOf(column);
  return [
    ...sortItems(column, query, onQuery),
    "line",
    { label: "Move left", keys: "Alt+←", run: at === 0 ? undefined : () => change({ order: movedOrder(choices, column.name, -1) }) },
    {
      label: "Move right",
      keys: "Alt+→",
      run: at === shown.length - 1 ? undefined : () => change({ order: movedOrder(choices, column.name, 1) }),
    },
    { label: "Wider", keys: "Shift+→", run: () => change({ widths: resizedWidths(control, column.name, WIDTH_STEP * 2) }) },
    { label: "Narrower", keys: "Shift+←", run: () => change({ widths: resizedWidths(control, column.name, -WIDTH_STEP * 2) }) },
    "line",
    {
      label: "Hide",
      run: shown.length === 1 ? undefined : () => change({ visible: { ...choices.visible, [column.name]: false } }),
    },
  ];
}

interface CellMenu {
  readonly info: TableInfo;
  readonly row: Row;
  readonly cell: Cell;
  readonly column: ColumnInfo;
  readonly shown: readonly ColumnInfo[];
  readonly query: TableQuery;
  readonly onQuery: (query: TableQuery) => void;
  /** The way that the cell leads, in words. */
  readonly followLabel: string;
  readonly follow: (() => void) | undefined;
  readonly showBytes: () => void;
  /** What else can be done with the row. */
  readonly actions: readonly MenuItem[];
  /** The value is hidden, and a filter would show it. */
  readonly isHidden: boolean;
  readonly guard: (copy: () => void) => void;
}

export function cellItems(menu: CellMenu): Items {
  const { info, row, cell, column, shown, query, onQuery, followLabel, follow, showBytes, actions, isHidden, guard } = menu;
  const filter = (text: string) => (isHidden ? undefined : () => onQuery({ ...query, filters: { ...query.filters, [column.name]: text } }));
  const others = actions.filter(({ label }) => label !== followLabel);
  return [
    { label: followLabel, keys: "Enter", run: follow },
    { label: "Show the bytes in the whole file", keys: "b", run: showBytes },
    ...others,
    "line",
    { label: "Copy the value", keys: "Ctrl+C", run: () => guard(() => void copyText(cellText(cell), column.label)) },
    { label: "Copy the row", keys: "Ctrl+Shift+C", run: () => guard(() => void copyText(rowAsText(row, shown, info.columns), "the row")) },
    { label: "Copy the row as JSON", run: () => guard(() => void copyText(rowAsJson(row, info.columns), "the row as JSON")) },
    "line",
    { label: "Only rows like this", run: filter(onlyThis(cell, column)) },
    { label: "No rows like this", run: filter(notThis(cell, column)) },
    "line",
    ...sortItems(column, query, onQuery).slice(0, 2),
  ];
}
