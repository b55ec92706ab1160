/**
 * A windowed grid over rows that are at hand: what memory holds, stacks, hits of a search. Tables of the checkpoint, whose
 * rows come from the worker, are drawn by the data table instead. Answers the keyboard as the ARIA grid pattern asks.
 */
import { useEffect, useEffectEvent, useId, useRef, useState, type CSSProperties, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import type { View } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/row-grid.module.css";
import { copyText } from "../copy.ts";
import { cx } from "../cx.ts";
import { moveInGrid, type GridPosition } from "../data-table/grid-keys.ts";
import { Menu, type MenuAt, type MenuItem } from "../menu.tsx";
import { PlaceAnchor } from "../place-anchor.tsx";
import { useRowScroller } from "../use-row-window.ts";

export interface GridColumn<T> {
  readonly name: string;
  readonly label: string;
  /** Width in characters. */
  readonly width: number;
  /** Takes the width that the other columns leave. */
  readonly grows?: boolean;
  readonly align?: "right";
  /** Set for words; numbers, addresses and bytes are monospaced. */
  readonly isWords?: boolean;
  /** The whole value, for copies and as a tooltip. */
  readonly text: (row: T, index: number) => string;
  /** What is drawn in place of the text. */
  readonly draw?: (row: T, index: number) => ReactNode;
  readonly title?: (row: T) => string | undefined;
  /** Where the cell leads. */
  readonly view?: (row: T) => View | undefined;
  /** What its menu calls the way there. */
  readonly viewLabel?: string;
}

interface RowGridProps<T> {
  readonly label: string;
  readonly columns: readonly GridColumn<T>[];
  readonly rowCount: number;
  readonly rowAt: (index: number) => T | undefined;
  /** Told which rows are on screen, for lists that fetch them then. */
  readonly onWindow?: (first: number, count: number) => void;
  /** Takes the height that is left; otherwise as high as its rows, up to `MOST_ROWS` of them. */
  readonly fills?: boolean;
  /** Index of the selected row; without it the grid keeps its own. */
  readonly selected?: number | undefined;
  readonly onSelect?: (index: number) => void;
  /** The selected row is only where the keys begin: what is selected elsewhere is in none of the rows. */
  readonly isBetween?: boolean;
  /** A click on a cell that leads nowhere, or Enter on it. */
  readonly onOpen?: (row: T) => void;
  readonly rowClass?: (row: T) => string | undefined;
  /** What else the menu of a row offers. */
  readonly items?: (row: T) => readonly MenuItem[];
  /** Runs a copy at once, or when the user has agreed to take hidden values along. */
  readonly guard?: (copy: () => void) => void;
  /** The grid is where the focus goes when its pane gets it. */
  readonly isFirst?: boolean;
}

const ROW_HEIGHT = 24;
const HEAD_HEIGHT = 26;
/** Longer grids scroll by themselves, so that what stands below stays near. */
const MOST_ROWS = 40;
const CELL_PADDING_PX = 18;

function tracksOf(columns: readonly { width: number; grows?: boolean }[]): string {
  return columns.map(({ width, grows }) => (grows === true ? `minmax(calc(${width}ch + ${CELL_PADDING_PX}px), 1fr)` : `calc(${width}ch + ${CELL_PADDING_PX}px)`)).join(" ");
}

export function RowGrid<T>(props: RowGridProps<T>): ReactNode {
  const { label, columns, rowCount, rowAt, fills = false, selected, onSelect, onOpen, onWindow, rowClass, items, guard = (copy) => copy(), isFirst = false, isBetween = false } = props;
  const { navigation } = useWorkbench();
  const gridId = useId();
  const viewport = useRef<HTMLDivElement>(null);
  const { window: rowWindow, spacer, pageRows, reveal } = useRowScroller(viewport, rowCount, ROW_HEIGHT, HEAD_HEIGHT);
  const [own, setOwn] = useState<GridPosition>({ row: selected ?? 0, column: 0 });
  const [menu, setMenu] = useState<{ readonly at: MenuAt; readonly label: string; readonly items: readonly (MenuItem | "line")[] } | undefined>(undefined);
  const isByKey = useRef(false);
  const tellWindow = useEffectEvent((first: number, count: number) => onWindow?.(first, count));
  useEffect(() => tellWindow(rowWindow.first, rowWindow.count), [rowWindow.first, rowWindow.count]);

  const position: GridPosition = {
    row: Math.max(0, Math.min(selected ?? own.row, rowCount - 1)),
    column: Math.max(0, Math.min(own.column, columns.length - 1)),
  };
  const cellId = `${gridId}-${position.row}-${position.column}`;
  const moveTo = (next: GridPosition): void => {
    setOwn(next);
    reveal(next.row, "step");
    if (next.row !== selected) onSelect?.(next.row);
  };
  // A row that was selected from outside, by a command or by the way back.
  const revealSelected = useEffectEvent((row: number) => reveal(row, "jump"));
  useEffect(() => {
    if (selected !== undefined) revealSelected(selected);
  }, [selected]);
  useEffect(() => {
    if (isByKey.current) document.getElementById(cellId)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    isByKey.current = false;
  }, [cellId]);

  const row = rowAt(position.row);
  // A selected row is scrolled to after it is selected: until then there is no cell of it to name.
  const isDrawn = position.row < rowWindow.first + rowWindow.count && (position.row >= rowWindow.first || position.row < 0);
  const column = columns[position.column];
  const copyCell = (of: T, from: GridColumn<T>, index: number): void => guard(() => void copyText(from.text(of, index), from.label));
  const copyRow = (of: T, index: number): void => guard(() => void copyText(columns.map(({ text }) => text(of, index)).join("\t"), "the row"));

  const openMenu = (at: MenuAt, { row: index, column: place }: GridPosition): void => {
    const of = rowAt(index);
    const from = columns[place];
    if (of === undefined || from === undefined) return;
    const view = from.view?.(of);
    const more = (items?.(of) ?? []).filter(({ label: each }) => view === undefined || each !== from.viewLabel);
    setMenu({
      at,
      label: `${from.label} of row ${index + 1}`,
      items: [
        ...(view === undefined ? [] : [{ label: from.viewLabel ?? "Go there", keys: "Enter", run: () => navigation.go(view) }]),
        ...more,
        ...(view === undefined && more.length === 0 ? [] : (["line"] as const)),
        { label: "Copy the value", keys: "Ctrl+C", run: () => copyCell(of, from, index) },
        { label: "Copy the row", keys: "Ctrl+Shift+C", run: () => copyRow(of, index) },
      ],
    });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || row === undefined || column === undefined) return;
    const ctrl = event.ctrlKey || event.metaKey;
    if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) {
      const box = document.getElementById(cellId)?.getBoundingClientRect();
      if (box !== undefined) openMenu({ x: box.left + 8, y: box.bottom }, position);
    } else if (event.key === "Enter") {
      // A cell that leads nowhere goes where its row goes.
      const view = column.view?.(row) ?? (onOpen === undefined ? columns.map((each) => each.view?.(row)).find((each) => each !== undefined) : undefined);
      if (view !== undefined) navigation.go(view);
      else onOpen?.(row);
    } else if (ctrl && event.key.toLowerCase() === "c") {
      if (window.getSelection()?.isCollapsed === false) return;
      if (event.shiftKey) copyRow(row, position.row);
      else copyCell(row, column, position.row);
    } else {
      if (event.altKey || event.shiftKey) return;
      const next = moveInGrid(position, { key: event.key, ctrl }, { rowCount, columnCount: columns.length, pageRows, firstRow: 0 });
      if (next === undefined) return;
      isByKey.current = true;
      moveTo(next);
    }
    event.preventDefault();
  };
  const positionOf = (event: MouseEvent): GridPosition | undefined => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-column]") : undefined;
    const index = cell?.parentElement?.dataset["index"];
    return cell === null || cell === undefined || index === undefined ? undefined : { row: Number(index), column: Number(cell.dataset["column"]) };
  };
  /** In the capturing phase: a link that is followed leaves from the row that it stands in. */
  const onClickCapture = (event: MouseEvent): void => {
    const at = positionOf(event);
    if (at !== undefined) moveTo(at);
  };

  const { first, count, shift } = rowWindow;
  return (
    <>
      <div
        ref={viewport}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rowCount + 1}
        aria-colcount={columns.length}
        aria-activedescendant={isDrawn ? cellId : undefined}
        className={cx(styles.viewport, fills && styles.fills)}
        style={{ "--columns": tracksOf(columns), "--most": `${HEAD_HEIGHT + MOST_ROWS * ROW_HEIGHT}px` } as CSSProperties}
        data-pane-focus={isFirst ? true : undefined}
        onKeyDown={onKeyDown}
      >
        <div className={styles.content} style={{ height: spacer + HEAD_HEIGHT }}>
          <div role="rowgroup" className={styles.headGroup}>
            <div role="row" aria-rowindex={1} className={styles.head}>
              {columns.map(({ name, label: title, align }, at) => (
                <div key={name} role="columnheader" aria-colindex={at + 1} className={cx(styles.headCell, align === "right" && styles.right)}>
                  {title}
                </div>
              ))}
            </div>
          </div>
          <div
            role="rowgroup"
            className={styles.layer}
            style={{ height: Math.max(0, count * ROW_HEIGHT - shift) }}
            onClickCapture={onClickCapture}
            onClick={(event) => {
              const at = positionOf(event);
              const of = at === undefined ? undefined : rowAt(at.row);
              if (of !== undefined) onOpen?.(of);
            }}
            onContextMenu={(event) => {
              const at = positionOf(event);
              if (at === undefined) return;
              event.preventDefault();
              moveTo(at);
              openMenu({ x: event.clientX, y: event.clientY }, at);
            }}
          >
            <div style={{ transform: `translateY(${-shift}px)` }}>
              {Array.from({ length: count }, (_, at) => {
                const index = first + at;
                const of = rowAt(index);
                return (
                  <div
                    key={index}
                    role="row"
                    aria-rowindex={index + 2}
                    aria-selected={index === position.row && !isBetween}
                    data-index={index}
                    className={cx(styles.row, index === position.row && !isBetween && styles.selected, of !== undefined && rowClass?.(of))}
                  >
                    {columns.map((each, place) => (
                      <div
                        key={each.name}
                        id={`${gridId}-${index}-${place}`}
                        role="gridcell"
                        aria-colindex={place + 1}
                        data-column={place}
                        className={cx(styles.cell, each.isWords === true && styles.words, each.align === "right" && styles.right, index === position.row && place === position.column && styles.active)}
                      >
                        {of !== undefined && <GridCell row={of} index={index} column={each} />}
                      </div>
                    ))}
                  </div>
                );
              })}
            </div>
          </div>
        </div>
      </div>
      {menu !== undefined && <Menu {...menu} onClose={() => setMenu(undefined)} />}
    </>
  );
}

function GridCell<T>({ row, index, column }: { row: T; index: number; column: GridColumn<T> }): ReactNode {
  const view = column.view?.(row);
  // A part that draws itself may hide its value; only it knows what may be told of it.
  const title = column.title === undefined ? (column.draw === undefined ? column.text(row, index) : undefined) : column.title(row);
  const drawn = column.draw === undefined ? column.text(row, index) : column.draw(row, index);
  if (view === undefined) return <span title={title}>{drawn}</span>;
  return (
    <PlaceAnchor view={view} tabIndex={-1} title={title}>
      {drawn}
    </PlaceAnchor>
  );
}
