/** The header of a table: labels with sort marks, drag to reorder, a handle to resize, and a row of filters. */
import { useEffect, useState, type KeyboardEvent, type PointerEvent as ReactPointerEvent, type ReactNode } from "react";
import type { ColumnInfo, Sort } from "../../../core/index.ts";
import styles from "../../styles/data-table.module.css";
import { cx } from "../cx.ts";
import { filterHint } from "./cell-filter.ts";
import type { TableModel } from "./table-model.ts";

interface HeaderRowProps {
  readonly gridId: string;
  readonly model: TableModel;
  readonly shown: readonly ColumnInfo[];
  readonly sort: readonly Sort[];
  /** Column of the header that has the focus, or -1. */
  readonly active: number;
  readonly onMenu: (column: number, at: { x: number; y: number }) => void;
  readonly onFocus: (column: number) => void;
  readonly onMoveTo: (name: string, before: string) => void;
}

export function HeaderRow({ gridId, model, shown, sort, active, onMenu, onFocus, onMoveTo }: HeaderRowProps): ReactNode {
  const headers = new Map(model.getHeaderGroups()[0]?.headers.map((header) => [header.column.id, header]));
  return (
    <div role="row" aria-rowindex={1} className={styles.head}>
      <span className={styles.gutter} />
      {shown.map((column, index) => {
        const header = headers.get(column.name);
        const order = sort.findIndex((entry) => entry.column === column.name);
        const direction = sort[order]?.descending === true ? "descending" : "ascending";
        return (
          <div
            key={column.name}
            id={`${gridId}-h-${index}`}
            role="columnheader"
            aria-colindex={index + 1}
            aria-sort={order < 0 ? "none" : direction}
            title={column.doc}
            className={cx(styles.headCell, column.align === "right" && styles.right, active === index && styles.active)}
            draggable
            onDragStart={(event) => {
              event.dataTransfer.setData("text/x-icecore-column", column.name);
              event.dataTransfer.effectAllowed = "move";
            }}
            onDragOver={(event) => {
              if (event.dataTransfer.types.includes("text/x-icecore-column")) event.preventDefault();
            }}
            onDrop={(event) => {
              const name = event.dataTransfer.getData("text/x-icecore-column");
              if (name !== "" && name !== column.name) onMoveTo(name, column.name);
            }}
            onClick={(event) => {
              onFocus(index);
              header?.column.getToggleSortingHandler()?.(event);
            }}
            onContextMenu={(event) => {
              event.preventDefault();
              onMenu(index, { x: event.clientX, y: event.clientY });
            }}
          >
            <span className={styles.headLabel}>{column.label}</span>
            <span className={styles.sortMark} aria-hidden="true">
              {order < 0 ? "" : direction === "ascending" ? "▲" : "▼"}
              {order >= 0 && sort.length > 1 ? order + 1 : ""}
            </span>
            <span
              aria-hidden="true"
              className={styles.resizer}
              onClick={(event) => event.stopPropagation()}
              onDoubleClick={() => header?.column.resetSize()}
              onMouseDown={(event) => {
                // Without this the browser would begin to drag the whole header.
                event.preventDefault();
                header?.getResizeHandler()(event);
              }}
              onTouchStart={(event) => header?.getResizeHandler()(event)}
              onPointerDown={(event: ReactPointerEvent) => event.stopPropagation()}
            />
          </div>
        );
      })}
    </div>
  );
}

interface FilterRowProps {
  readonly shown: readonly ColumnInfo[];
  readonly filters: Readonly<Record<string, string>>;
  readonly onFilter: (column: string, text: string) => void;
  readonly onLeave: () => void;
}

export function FilterRow({ shown, filters, onFilter, onLeave }: FilterRowProps): ReactNode {
  return (
    <div role="row" aria-rowindex={2} className={styles.filters}>
      <span className={styles.gutter} />
      {shown.map((column, index) => (
        <div key={column.name} role="gridcell" aria-colindex={index + 1} className={styles.filterCell}>
          <LazyInput
            label={`Filter ${column.label}`}
            hint={filterHint(column)}
            value={filters[column.name] ?? ""}
            onChange={(text) => onFilter(column.name, text)}
            onLeave={onLeave}
          />
        </div>
      ))}
    </div>
  );
}

const TYPING_PAUSE_MS = 150;

interface LazyInputProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly onLeave: () => void;
  readonly placeholder?: string;
  readonly className?: string | undefined;
  readonly inputRef?: React.Ref<HTMLInputElement>;
}

/** A text field that reports after a pause in typing, so that a million rows are not filtered at every letter. */
export function LazyInput({ label, hint, value, onChange, onLeave, placeholder, className, inputRef }: LazyInputProps): ReactNode {
  const [draft, setDraft] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (draft === undefined) return;
    const timer = setTimeout(() => {
      setDraft(undefined);
      if (draft !== value) onChange(draft);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft, value, onChange]);
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    const text = event.key === "Escape" ? "" : (draft ?? value);
    setDraft(undefined);
    if (text !== value) onChange(text);
    if (event.key === "Enter" || value === "") onLeave();
  };
  return (
    <input
      ref={inputRef}
      type="text"
      aria-label={label}
      title={hint}
      placeholder={placeholder}
      className={cx(className, value !== "" && styles.filterOn)}
      spellCheck={false}
      autoComplete="off"
      value={draft ?? value}
      onChange={(event) => setDraft(event.target.value)}
      onKeyDown={onKeyDown}
    />
  );
}
