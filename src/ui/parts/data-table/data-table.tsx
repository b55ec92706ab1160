/**
 * The one table of the page. The worker filters, sorts and hands out the rows of the visible window; this part draws them,
 * holds the column choices, and answers the keyboard as the ARIA grid pattern asks.
 */
import { useId, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import type { ColumnInfo, Row, TableInfo } from "../../../core/index.ts";
import { useCommand } from "../../state/commands.ts";
import { announce } from "../../state/selection.ts";
import { settings } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { HIDDEN_TEXT, isSecretCell, isSecretRow, secretsShown } from "../../state/secrets.ts";
import { bytesView, IMAGE_TABLE, NO_QUERY, PROBLEM_TABLE, type TableQuery, type View } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/data-table.module.css";
import { Failed } from "../faces.tsx";
import { Menu, type MenuAt } from "../menu.tsx";
import { useRowScroller } from "../use-row-window.ts";
import { BodyRow } from "./body-row.tsx";
import { placeLabel, placeOfCell } from "./cell-place.ts";
import { ColumnsDialog } from "./columns-dialog.tsx";
import type { GridPosition } from "./grid-keys.ts";
import { FilterRow, HeaderRow } from "./header-row.tsx";
import { answerKey } from "./table-keys.ts";
import { cellItems, headerItems, type Items } from "./table-menus.ts";
import { HiddenRow, NoRows } from "./table-faces.tsx";
import { gridTemplate, useColumns, type WindowRow } from "./table-model.ts";
import { TableToolbar, withoutKey } from "./table-toolbar.tsx";
import { useCellInSight } from "./use-cell-in-sight.ts";
import { useDownload } from "./use-download.ts";
import { useKeptScroll } from "./use-kept-scroll.ts";
import { useProblemSteps } from "./use-problem-steps.ts";
import { useRowActions } from "./use-row-actions.ts";
import { useRowPages } from "./use-row-pages.ts";
import { useSecretGuard } from "./use-secret-guard.tsx";
import { useTableCursor } from "./use-table-cursor.ts";

const ROW_HEIGHT = 24;
const HEAD_HEIGHT = 26;
const FILTER_HEIGHT = 28;
/** The first page holds as many; more of them are seen soon than fit the window. */
const MEASURED_ROWS = 128;

interface DataTableProps {
  readonly info: TableInfo;
  readonly query: TableQuery;
  readonly selectedRow: number | undefined;
  readonly selectedColumn: string | undefined;
  readonly onQuery: (query: TableQuery) => void;
  readonly onSelect: (row: number, column: string) => void;
  /** Enter on a cell that is no link: show the record. */
  readonly onOpen: () => void;
}

export function DataTable(props: DataTableProps): ReactNode {
  const { info, query, selectedRow, selectedColumn, onQuery, onSelect, onOpen } = props;
  const { session, navigation } = useWorkbench();
  const { inspector } = session;
  const gridId = useId();
  const { showFilters } = useStore(settings);
  const [menu, setMenu] = useState<{ readonly at: MenuAt; readonly label: string; readonly items: Items } | undefined>(undefined);
  const [choosing, setChoosing] = useState(false);
  const searchRef = useRef<HTMLInputElement>(null);

  const [attempt, setAttempt] = useState(0);
  const answer = useAnswer(`${attempt} ${info.name} ${JSON.stringify(query)}`, (signal) => inspector.query(info.name, query, signal));
  const view = answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined;
  const matching = view?.matching ?? 0;
  // What the rows on screen answer: cancelling a longer question goes back to it.
  const [answered, setAnswered] = useState<TableQuery | undefined>(undefined);
  if (answer.state === "ready" && answered !== query) setAnswered(query);
  const headHeight = HEAD_HEIGHT + (showFilters ? FILTER_HEIGHT : 0);
  const viewport = useRef<HTMLDivElement>(null);
  const { window: rowWindow, spacer, pageRows, reveal, scrollTo } = useRowScroller(viewport, matching, ROW_HEIGHT, headHeight);
  const { first, count, shift } = rowWindow;
  const pages = useRowPages(inspector, view?.id, first, count);

  const windowRows: readonly WindowRow[] = Array.from({ length: count }, (_, at) => ({ index: first + at, row: pages.at(first + at) }));
  // The first rows that arrive set the widths; later ones do not, or the columns would move while one reads.
  const [measured, setMeasured] = useState<readonly Row[]>([]);
  const present = measured.length > 0 ? measured : Array.from({ length: MEASURED_ROWS }, (_, at) => pages.at(first + at)).filter((row) => row !== undefined);
  if (present.length > 0 && measured.length === 0) setMeasured(present);
  const control = useColumns(info, windowRows, measured, query.sort, (sort) => onQuery({ ...query, sort }));
  const { model, shown, choices, change } = control;
  const { saving, save } = useDownload(info, view, shown);
  const actions = useRowActions(info);
  const showSecrets = useStore(secretsShown);
  const { guard, warning } = useSecretGuard(info);

  const cursor = useTableCursor({
    inspector,
    view,
    selectedRow,
    selectedColumn: Math.max(0, shown.findIndex(({ name }) => name === selectedColumn)),
    rowAt: pages.at,
    reveal,
    isReturn: () => navigation.arrival.get()?.top !== undefined,
    onSelect: (row, column) => onSelect(row, shown[column]?.name ?? ""),
  });
  useKeptScroll(navigation, answer.state === "ready", first + shift / ROW_HEIGHT, scrollTo);
  const { position } = cursor;
  const activeColumn = Math.min(position.column, shown.length - 1);
  const cellId = `${gridId}-${position.row < 0 ? "h" : position.row}-${activeColumn}`;
  const activeRow = position.row < 0 ? undefined : pages.at(position.row);
  const columnInfo = shown[activeColumn];
  const activeCell = columnInfo === undefined ? undefined : activeRow?.cells[info.columns.indexOf(columnInfo)];
  const focusGrid = (): void => viewport.current?.focus();

  const followCell = useCellInSight(cellId, selectedRow !== undefined);

  /** Goes elsewhere from a row, which is selected first, so that the way back leads to it. */
  const leaveFrom = (row: Row | undefined, column: string | undefined) => (target: View): void => {
    if (row !== undefined && (row.row !== selectedRow || column !== selectedColumn)) onSelect(row.row, column ?? "");
    navigation.go(target);
  };
  const showBytes = async (row: Row, column: string | undefined): Promise<void> => {
    if (info.name === IMAGE_TABLE) return actions.showContents(row, leaveFrom(row, column));
    const origin = await inspector.locate(info.name, row.row, column);
    if (origin === undefined) announce("No bytes stand behind this cell.");
    else leaveFrom(row, column)(bytesView(origin.span.file, origin.span.start, origin.span.end));
  };
  const guardOf = (row: Row | undefined) => (row !== undefined && isSecretRow(info, row) ? guard : (copy: () => void) => copy());
  /** The way that a cell leads, ready to be gone; undefined when it leads nowhere. */
  const wayFrom = (row: Row | undefined, column: ColumnInfo | undefined): (() => void) | undefined => {
    const cell = column === undefined ? undefined : row?.cells[info.columns.indexOf(column)];
    const place = row === undefined || column === undefined || cell === undefined ? undefined : placeOfCell(info, row, column, cell);
    if (row === undefined || place === undefined) return row && actions.open && (() => actions.open?.(row, leaveFrom(row, column?.name)));
    if (place.kind === "checkpoint") return () => actions.openCheckpoint(row);
    const go = leaveFrom(row, column?.name);
    if (place.kind === "address") return actions.showAddress(row, column?.name, cell, go);
    return place.kind === "view" ? () => go(place.view) : () => void actions.showContents(row, go);
  };
  const moveRow = (step: 1 | -1): void => {
    if (matching === 0) return;
    const isFresh = selectedRow === undefined && position.row <= 0;
    const row = isFresh ? 0 : Math.max(0, Math.min(position.row + step, matching - 1));
    cursor.moveTo({ row, column: position.column });
  };

  useProblemSteps({
    isOn: info.name === PROBLEM_TABLE,
    at: selectedRow === undefined ? undefined : position.row,
    matching,
    firstRow: answer.state === "ready" ? pages.at(0)?.row : undefined,
    moveTo: (row) => cursor.moveTo({ row, column: Math.max(0, position.column) }),
    select: (row) => onSelect(row, shown[0]?.name ?? ""),
  });
  useCommand("search", () => searchRef.current?.focus());
  useCommand("clearFilters", () => onQuery({ ...NO_QUERY, sort: query.sort }));
  useCommand("columns", () => setChoosing(true));
  useCommand("nextRow", () => moveRow(1));
  useCommand("previousRow", () => moveRow(-1));
  useCommand("downloadCsv", () => guard(() => save("csv")));
  useCommand("downloadJson", () => guard(() => save("json")));
  useCommand("bytes", activeRow && (() => void showBytes(activeRow, columnInfo?.name)));

  const openMenu = ({ row, column }: GridPosition, at: MenuAt): void => {
    const header = shown[column];
    const target = row < 0 ? undefined : pages.at(row);
    if (header === undefined) return;
    if (row < 0) return setMenu({ at, label: `Column ${header.label}`, items: headerItems(header, control, query, onQuery) });
    const cell = target?.cells[info.columns.indexOf(header)];
    if (target === undefined || cell === undefined) return;
    const isHidden = !showSecrets && isSecretCell(info, target, header);
    const items = cellItems({
      info, row: target, cell, column: header, shown, query, onQuery, isHidden, guard: guardOf(target),
      followLabel: placeLabel(placeOfCell(info, target, header, cell), cell.link),
      follow: wayFrom(target, header),
      showBytes: () => void showBytes(target, header.name),
      actions: actions.items(target, header.name, cell, leaveFrom(target, header.name)),
    });
    setMenu({ at, label: `${header.label}: ${isHidden ? HIDDEN_TEXT : cell.text}`, items });
  };
  const menuAtCursor = (): void => {
    const box = document.getElementById(cellId)?.getBoundingClientRect();
    if (box !== undefined) openMenu({ row: position.row, column: activeColumn }, { x: box.left + 8, y: box.bottom });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const isAnswered = answerKey(event, {
      info,
      control,
      position: { row: position.row, column: activeColumn },
      rowCount: matching,
      pageRows,
      row: activeRow,
      cell: activeCell,
      column: columnInfo,
      moveTo: (next) => {
        followCell();
        cursor.moveTo(next);
      },
      follow: wayFrom(activeRow, columnInfo),
      open: onOpen,
      guard: guardOf(activeRow),
      openMenu: menuAtCursor,
    });
    if (isAnswered) event.preventDefault();
  };
  const cellOf = (event: MouseEvent): { row: number; column: number } | undefined => {
    if (!(event.target instanceof Element)) return undefined;
    const row = event.target.closest<HTMLElement>("[data-index]")?.dataset["index"];
    const column = event.target.closest<HTMLElement>("[data-column]")?.dataset["column"];
    return row === undefined ? undefined : { row: Number(row), column: Number(column ?? activeColumn) };
  };

  const isTree = info.tree !== undefined && query.sort.length === 0;
  // Names can be indented; numbers, which stand at the right edge, cannot.
  const treeColumn = isTree ? Math.max(0, shown.findIndex(({ align }) => align === "left")) : -1;
  const template = useMemo(() => gridTemplate(shown, model, choices), [shown, model, choices]);

  return (
    <section className={styles.table} aria-label={info.label}>
      <TableToolbar
        info={info}
        query={query}
        view={view}
        isBusy={answer.state === "waiting"}
        onCancel={answered === undefined ? undefined : () => onQuery(answered)}
        searchRef={searchRef}
        saving={saving}
        onQuery={onQuery}
        onColumns={() => setChoosing(true)}
        onDownload={(format) => guard(() => save(format))}
        onLeave={focusGrid}
      />
      {cursor.isHidden && <HiddenRow onClear={() => onQuery({ ...NO_QUERY, sort: query.sort })} />}
      {pages.error !== undefined && <Failed what="Some rows could not be read." error={pages.error} retry={() => setAttempt(attempt + 1)} />}
      <div className={styles.frame}>
        <div
          ref={viewport}
          id={gridId}
          role={isTree ? "treegrid" : "grid"}
          tabIndex={0}
          aria-label={`${info.label}. ${info.doc}`}
          aria-rowcount={matching + 2}
          aria-colcount={shown.length}
          aria-busy={answer.state === "waiting"}
          aria-activedescendant={cellId}
          className={styles.viewport}
          style={{ "--columns": template.columns, "--head": `${headHeight}px` } as React.CSSProperties}
          data-pane-focus
          onKeyDown={onKeyDown}
        >
          <div className={styles.content} style={{ height: spacer + headHeight, minWidth: template.width }}>
            <div role="rowgroup" className={styles.headGroup}>
              <HeaderRow
                gridId={gridId}
                model={model}
                shown={shown}
                sort={query.sort}
                active={position.row < 0 ? activeColumn : -1}
                onFocus={(column) => cursor.moveTo({ row: -1, column })}
                onMenu={(column, at) => {
                  cursor.moveTo({ row: -1, column });
                  openMenu({ row: -1, column }, at);
                }}
                onMoveTo={(name, before) => {
                  const order = choices.order.filter((other) => other !== name);
                  const forward = choices.order.indexOf(name) < choices.order.indexOf(before);
                  order.splice(order.indexOf(before) + (forward ? 1 : 0), 0, name);
                  change({ order });
                }}
              />
              {showFilters && (
                <FilterRow
                  shown={shown}
                  filters={query.filters}
                  onFilter={(column, text) =>
                    onQuery({ ...query, filters: text === "" ? withoutKey(query.filters, column) : { ...query.filters, [column]: text } })
                  }
                  onLeave={focusGrid}
                />
              )}
            </div>
            <div
              role="rowgroup"
              className={styles.layer}
              style={{ height: count * ROW_HEIGHT - shift }}
              onClickCapture={(event) => {
                const at = cellOf(event);
                const row = at && pages.at(at.row);
                const isLink = event.target instanceof Element && event.target.closest("a") !== null;
                // The link itself goes on; the row that it is in must be in the history by then.
                if (isLink && row !== undefined) onSelect(row.row, shown[at?.column ?? 0]?.name ?? "");
              }}
              onClick={(event) => {
                const at = cellOf(event);
                if (at === undefined) return;
                cursor.moveTo(at);
                const isWay = event.target instanceof Element && event.target.closest("[data-follow]") !== null;
                if (isWay) wayFrom(pages.at(at.row), shown[at.column])?.();
              }}
              onDoubleClick={(event) => {
                const row = pages.at(cellOf(event)?.row ?? -1);
                if (row !== undefined && actions.open !== undefined) actions.open(row, leaveFrom(row, selectedColumn));
                else onOpen();
              }}
              onContextMenu={(event) => {
                const at = cellOf(event);
                if (at === undefined) return;
                event.preventDefault();
                cursor.moveTo(at);
                openMenu(at, { x: event.clientX, y: event.clientY });
              }}
            >
              <div style={{ transform: `translateY(${-shift}px)` }}>
                {model.getRowModel().rows.map(({ original }) => (
                  <BodyRow
                    key={original.index}
                    gridId={gridId}
                    info={info}
                    index={original.index}
                    row={original.row}
                    shown={shown}
                    cells={shown.map((column) => original.row?.cells[info.columns.indexOf(column)])}
                    treeColumn={treeColumn}
                    selected={selectedRow !== undefined && original.row?.row === selectedRow}
                    active={original.index === position.row ? activeColumn : -1}
                    showSecrets={showSecrets}
                  />
                ))}
              </div>
            </div>
          </div>
        </div>
        {view !== undefined && matching === 0 && answer.state === "ready" && (
          <div className={styles.none} style={{ top: headHeight }}>
            <NoRows info={info} total={view.total} onClear={() => onQuery(NO_QUERY)} />
          </div>
        )}
      </div>
      {answer.state === "failed" && <Failed what={`${info.label} could not be read.`} error={answer.error} />}
      {warning}
      {menu !== undefined && <Menu {...menu} onClose={() => setMenu(undefined)} />}
      {choosing && <ColumnsDialog info={info} control={control} onClose={() => setChoosing(false)} />}
    </section>
  );
}
