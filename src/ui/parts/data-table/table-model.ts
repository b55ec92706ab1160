/**
 * The column model of a table: which columns, in which order, how wide, how sorted.
 * TanStack Table holds it over the visible window of rows only; sorting and filtering happen in the worker.
 */
import {
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type ReactTable,
  type SortingState,
} from "@tanstack/react-table";
import { useCallback, useMemo, useState } from "react";
import type { ColumnInfo, Row, Sort, TableInfo } from "../../../core/index.ts";
import { readStored, writeStored } from "../../state/settings.ts";

/** A place in the window: the row itself arrives later. */
export interface WindowRow {
  readonly index: number;
  readonly row: Row | undefined;
}

const features = tableFeatures({
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
});
export type Features = typeof features;
export type TableModel = ReactTable<Features, WindowRow>;

export interface ColumnChoices {
  readonly order: string[];
  readonly visible: Record<string, boolean>;
  readonly widths: Record<string, number>;
}

export const MIN_WIDTH = 48;
/** Of the monospace and of the proportional font; the latter are guesses on the wide side. */
const MONO_PX = 7.3;
const SANS_PX = 7.7;
const SANS_CAPITAL_PX = 9.2;
const CELL_PADDING_PX = 20;
/** Longer texts are cut until the user widens the column; the whole text is in the tooltip and on copy. */
const MOST_CHARS = 48;
const INDENT_CHARS = 2.5;

function textWidth(text: string, isMono: boolean): number {
  if (isMono) return text.length * MONO_PX;
  const capitals = text.match(/[A-Z]/g)?.length ?? 0;
  return capitals * SANS_CAPITAL_PX + (text.length - capitals) * SANS_PX;
}

/** Width for the rows that are there: the column's own width is only a guess at what an image may hold. */
export function widthFor(column: ColumnInfo, index: number, rows: readonly Row[]): number {
  const charWidth = column.mono ? MONO_PX : SANS_PX;
  const longest = rows.reduce((most, row) => {
    const indent = column.align === "left" ? (row.depth ?? 0) * INDENT_CHARS * charWidth : 0;
    return Math.max(most, textWidth(row.cells[index]?.text ?? "", column.mono) + indent);
  }, 0);
  const content = rows.length === 0 ? column.width * charWidth : Math.min(longest, Math.max(MOST_CHARS, column.width) * charWidth);
  const label = (column.label.length + 2) * SANS_PX;
  return Math.round(Math.max(content, label, 30) + CELL_PADDING_PX);
}

function startChoices(info: TableInfo): ColumnChoices {
  return {
    order: info.columns.map(({ name }) => name),
    visible: Object.fromEntries(info.columns.map(({ name, shown }) => [name, shown])),
    widths: {},
  };
}

/** What was stored, as far as it still fits: unknown columns are dropped, new ones take their usual place. */
export function mergeChoices(info: TableInfo, stored: unknown): ColumnChoices {
  const start = startChoices(info);
  if (typeof stored !== "object" || stored === null) return start;
  const { order, visible, widths } = stored as Partial<Record<keyof ColumnChoices, unknown>>;
  const known = new Set(start.order);
  const kept = Array.isArray(order) ? order.filter((name): name is string => typeof name === "string" && known.has(name)) : [];
  const fits = <T>(value: unknown, isRight: (item: unknown) => item is T): Record<string, T> =>
    Object.fromEntries(
      Object.entries(typeof value === "object" && value !== null ? value : {}).filter(
        (entry): entry is [string, T] => known.has(entry[0]) && isRight(entry[1]),
      ),
    );
  return {
    order: [...kept, ...start.order.filter((name) => !kept.includes(name))],
    visible: { ...start.visible, ...fits(visible, (item) => typeof item === "boolean") },
    widths: fits(widths, (item): item is number => typeof item === "number" && item >= MIN_WIDTH && item < 4000),
  };
}

export interface ColumnControl {
  readonly model: TableModel;
  readonly choices: ColumnChoices;
  readonly change: (change: Partial<ColumnChoices>) => void;
  readonly reset: () => void;
  /** Columns on screen, in order. */
  readonly shown: readonly ColumnInfo[];
}

export function useColumns(
  info: TableInfo,
  rows: readonly WindowRow[],
  /** Rows by which the widths are chosen at first. */
  measured: readonly Row[],
  sort: readonly Sort[],
  onSort: (sort: readonly Sort[]) => void,
): ColumnControl {
  const key = `table.${info.name}`;
  const [choices, setChoices] = useState(() => mergeChoices(info, readStored(key)));

  const change = useCallback(
    (part: Partial<ColumnChoices>) =>
      setChoices((before) => {
        const after = { ...before, ...part };
        writeStored(key, after);
        return after;
      }),
    [key],
  );

  const columns = useMemo<ColumnDef<Features, WindowRow>[]>(
    () =>
      info.columns.map((column, index) => ({
        id: column.name,
        header: column.label,
        accessorFn: (row: WindowRow) => row.row?.cells[index],
        size: widthFor(column, index, measured),
        minSize: MIN_WIDTH,
      })),
    [info, measured],
  );

  const sorting = useMemo<SortingState>(() => sort.map(({ column, descending }) => ({ id: column, desc: descending })), [sort]);
  const model: TableModel = useTable({
    features,
    columns,
    data: rows,
    manualSorting: true,
    enableMultiSort: true,
    sortDescFirst: false,
    columnResizeMode: "onChange",
    state: { sorting, columnOrder: choices.order, columnVisibility: choices.visible, columnSizing: choices.widths },
    onSortingChange: (updater) => {
      const next = typeof updater === "function" ? updater(sorting) : updater;
      onSort(next.map(({ id, desc }) => ({ column: id, descending: desc })));
    },
    onColumnOrderChange: (updater) =>
      change({ order: typeof updater === "function" ? updater(choices.order) : updater }),
    onColumnVisibilityChange: (updater) =>
      change({ visible: typeof updater === "function" ? updater(choices.visible) : updater }),
    onColumnSizingChange: (updater) =>
      setChoices((before) => {
        const after = { ...before, widths: typeof updater === "function" ? updater(before.widths) : updater };
        writeStored(key, after);
        return after;
      }),
  });

  const shown = useMemo(() => {
    const byName = new Map(info.columns.map((column) => [column.name, column]));
    return choices.order.flatMap((name) => {
      const column = byName.get(name);
      return column !== undefined && choices.visible[name] === true ? [column] : [];
    });
  }, [info, choices.order, choices.visible]);

  return { model, choices, change, reset: () => change(startChoices(info)), shown };
}

/** Takes the width that the other columns leave, until the user gives it one: sentences are of any length. */
const FILLING_COLUMN = "message";
const LEAST_FILLING_PX = 320;
const GUTTER_PX = 22;

export interface GridTemplate {
  /** Value of grid-template-columns. */
  readonly columns: string;
  /** Pixels that all columns need at least. */
  readonly width: number;
}

/** The columns as tracks of a CSS grid, after a gutter for the mark of a row's problem. */
export function gridTemplate(shown: readonly ColumnInfo[], model: TableModel, choices: ColumnChoices): GridTemplate {
  const tracks = shown.map(({ name }) => {
    const width = model.getColumn(name)?.getSize() ?? 100;
    const isFilling = name === FILLING_COLUMN && choices.widths[name] === undefined;
    return isFilling ? { width: Math.min(width, LEAST_FILLING_PX), isFilling } : { width, isFilling };
  });
  return {
    columns: [`${GUTTER_PX}px`, ...tracks.map(({ width, isFilling }) => (isFilling ? `minmax(${width}px, 1fr)` : `${width}px`))].join(" "),
    width: tracks.reduce((sum, { width }) => sum + width, GUTTER_PX),
  };
}

/** The order with one column moved by `step` places among the visible ones. */
export function movedOrder(choices: ColumnChoices, name: string, step: 1 | -1): string[] {
  const order = [...choices.order];
  const from = order.indexOf(name);
  let to = from + step;
  while (to >= 0 && to < order.length && choices.visible[order[to] ?? ""] !== true) to += step;
  if (from < 0 || to < 0 || to >= order.length) return order;
  order.splice(from, 1);
  order.splice(to, 0, name);
  return order;
}
