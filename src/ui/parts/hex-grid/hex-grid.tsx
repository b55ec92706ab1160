/**
 * The bytes of a file: offsets, hex, text, tinted by field. Works on a file of any size, since only the visible rows exist.
 * Selection belongs to the caller; hover goes through the hub in selection.ts and never redraws the grid.
 */
import { useEffect, useEffectEvent, useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import type { FieldExtent, Span } from "../../../core/index.ts";
import { hovered } from "../../state/selection.ts";
import { settings } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/hex-grid.module.css";
import { cx } from "../cx.ts";
import { copySelection } from "./copy-selection.ts";
import { Failed } from "../faces.tsx";
import { useRowScroller } from "../use-row-window.ts";
import { columnsThatFit, moveCursor, selectedRange } from "./cursor.ts";
import { fieldAt, markFields } from "./field-marks.ts";
import { HexRow } from "./hex-row.tsx";
import { useHoverPaint } from "./use-hover-paint.ts";
import { useByteBlocks } from "./use-byte-blocks.ts";

const ROW_HEIGHT = 20;
const SIDE_CHARS = 4;

interface HexGridProps {
  readonly label: string;
  readonly file: number;
  readonly size: number;
  readonly cursor: number;
  readonly anchor: number | undefined;
  /** Bytes of the selected field, cell or problem. */
  readonly lit: Span | undefined;
  readonly onCursor: (offset: number, anchor: number | undefined) => void;
  /** Say at the right which records begin in a row. */
  readonly notes?: boolean;
  /** Moves the view to a place even if the cursor did not change; any new value counts. */
  readonly revealKey?: string;
}

export function HexGrid({ label, file, size, cursor, anchor, lit, onCursor, notes = false, revealKey = "" }: HexGridProps): ReactNode {
  const { inspector } = useWorkbench().session;
  const { hexColumns, hexGroup, offsetBase } = useStore(settings);
  const gridId = useId();
  const probe = useRef<HTMLSpanElement>(null);
  const [charWidth, setCharWidth] = useState(7.8);
  const [drag, setDrag] = useState<{ readonly anchor: number; readonly cursor: number } | undefined>(undefined);

  const viewport = useRef<HTMLDivElement>(null);
  const digits = Math.max(6, Math.max(0, size - 1).toString(offsetBase).length);
  const columnsIn = (width: number): number =>
    hexColumns === 0 ? columnsThatFit(width / charWidth, digits + SIDE_CHARS, hexGroup) : hexColumns;
  const scroller = useRowScroller(viewport, (width) => Math.ceil(size / columnsIn(width)), ROW_HEIGHT);
  const { reveal, spacer, pageRows } = scroller;
  const columns = columnsIn(scroller.width);
  const rowCount = Math.ceil(size / columns);
  const { first, count, shift } = scroller.window;

  useEffect(() => setCharWidth((probe.current?.getBoundingClientRect().width ?? 78) / 10), []);

  const start = first * columns;
  const end = Math.min(size, (first + count) * columns);
  const blocks = useByteBlocks(inspector, file, start, end);
  const extents = useAnswer(`${file} ${start} ${end}`, () => (end > start ? inspector.fieldsIn(file, start, end) : Promise.resolve([])));
  const fields = extents.state === "ready" ? extents.value : extents.state === "waiting" ? extents.previous : undefined;
  const marks = useMemo(() => markFields(fields ?? [], start, end), [fields, start, end]);
  const noteOfRow = useMemo(() => (notes ? recordNotes(fields ?? [], columns) : undefined), [fields, columns, notes]);
  useHoverPaint(viewport, file);
  // A place that is left under the mouse sends no event of that.
  useEffect(() => () => hovered.set(undefined), []);

  const now = drag ?? { anchor, cursor };
  const selection = selectedRange(now.anchor, now.cursor);
  const cursorRow = Math.floor(cursor / columns);
  // A new place asks for it even if the cursor stands where it stood.
  const place = `${file} ${columns} ${cursorRow} ${revealKey}`;
  const revealCursor = useEffectEvent((_place: string) => reveal(cursorRow, "jump"));
  useEffect(() => revealCursor(place), [place]);

  const offsetOf = (event: PointerEvent): number | undefined => {
    const target = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[data-offset]");
    if (target === null || target === undefined || viewport.current?.contains(target) !== true) return undefined;
    return Number(target.dataset["offset"]);
  };
  const onPointerDown = (event: PointerEvent): void => {
    const offset = offsetOf(event);
    if (offset === undefined || event.button !== 0) return;
    if (event.shiftKey) return onCursor(offset, anchor ?? cursor);
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ anchor: offset, cursor: offset });
  };
  const onPointerMove = (event: PointerEvent): void => {
    const offset = offsetOf(event);
    if (offset === undefined) return;
    if (drag !== undefined) {
      if (offset !== drag.cursor) setDrag({ ...drag, cursor: offset });
      return;
    }
    const last = hovered.get();
    if (last?.offset !== offset || last.file !== file) hovered.set({ file, offset, field: fieldAt(marks.fields, offset) });
  };
  const onPointerUp = (): void => {
    if (drag === undefined) return;
    onCursor(drag.cursor, drag.anchor === drag.cursor ? undefined : drag.anchor);
    setDrag(undefined);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey) return;
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && event.key.toLowerCase() === "c" && window.getSelection()?.isCollapsed !== false) {
      void copySelection(inspector, { file, ...selection }, "hex");
    } else if (ctrl && event.key.toLowerCase() === "a") onCursor(size - 1, 0);
    else {
      const next = moveCursor(cursor, event.key, ctrl, { size, columns, pageRows });
      if (next === undefined) return;
      onCursor(next, event.shiftKey ? (anchor ?? cursor) : undefined);
      reveal(Math.floor(next / columns), "step");
    }
    event.preventDefault();
  };

  const rows = Array.from({ length: count }, (_, at) => first + at);
  return (
    <div className={cx(styles.grid, hexGroup > 1 && styles.grouped)} style={{ "--digits": digits } as React.CSSProperties}>
      <span ref={probe} className={styles.probe} aria-hidden="true">
        0000000000
      </span>
      {blocks.error !== undefined && <Failed what="These bytes could not be read." error={blocks.error} />}
      <div
        ref={viewport}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rowCount}
        aria-colcount={columns + 2}
        aria-multiselectable="true"
        aria-activedescendant={cursor >= start && cursor < end ? `${gridId}-${cursor}` : undefined}
        className={styles.viewport}
        data-pane-focus
        data-hex-columns={columns}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setDrag(undefined)}
        onPointerLeave={() => drag === undefined && hovered.set(undefined)}
      >
        <div className={styles.content} style={{ height: spacer }}>
          <div className={styles.layer} style={{ height: count * ROW_HEIGHT - shift }}>
            <div style={{ transform: `translateY(${-shift}px)` }}>
              {rows.map((row) => {
                const from = row * columns;
                const to = Math.min(size, from + columns);
                // One beyond each edge, so that a range that goes on in the next row has no edge in this one.
                const clip = (at: number): number => Math.max(-1, Math.min(at - from, columns + 1));
                return (
                  <HexRow
                    key={row}
                    gridId={gridId}
                    rowNumber={row}
                    start={from}
                    offsetText={from.toString(offsetBase).padStart(digits, "0")}
                    columns={columns}
                    group={hexGroup}
                    bytes={asCharacters(blocks.slice(from, to))}
                    length={to - from}
                    marks={asCharacters(marks.flags.subarray(from - start, to - start)) ?? ""}
                    selectedFrom={clip(selection.start)}
                    selectedTo={now.anchor === undefined ? -1 : clip(selection.end)}
                    litFrom={lit?.file === file ? clip(lit.start) : -1}
                    litTo={lit?.file === file ? clip(lit.end) : -1}
                    cursor={now.cursor >= from && now.cursor < to ? now.cursor - from : -1}
                    note={noteOfRow?.get(row) ?? ""}
                  />
                );
              })}
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

function asCharacters(bytes: Uint8Array | undefined): string | undefined {
  return bytes && String.fromCharCode(...bytes);
}

/** Names of the records that begin in a row. */
function recordNotes(fields: readonly FieldExtent[], columns: number): ReadonlyMap<number, string> {
  const notes = new Map<number, string>();
  let record = -1;
  for (const field of fields) {
    if (field.record === record) continue;
    record = field.record;
    const row = Math.floor(field.start / columns);
    const before = notes.get(row);
    notes.set(row, before === undefined ? field.recordName : `${before}, ${field.recordName}`);
  }
  return notes;
}
