/**
 * The bytes of an address space by virtual address. Only the visible rows exist, and a run of addresses without bytes is
 * one row, so a space of 2^64 addresses is as easy to walk through as a file. Selection belongs to the caller.
 */
import { useEffect, useEffectEvent, useId, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import type { MemoryRow, SpaceInfo } from "../../../core/index.ts";
import { settings } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import { useWorkbench } from "../../state/workbench.ts";
import hex from "../../styles/hex-grid.module.css";
import { cx } from "../cx.ts";
import { Failed } from "../faces.tsx";
import { useRowScroller } from "../use-row-window.ts";
import { addressInRow, endOf, firstOf, isStepKey, stepOf } from "./grid-steps.ts";
import { MemoryGridRow } from "./memory-grid-row.tsx";
import { selectedAddresses, type AddressRange } from "./memory-words.ts";
import { useHoverText } from "./use-hover-text.ts";
import { useMemoryRows, useRowCount, useRowLabels } from "./use-memory-rows.ts";

const ROW_HEIGHT = 20;
/** Addresses below 2^48 fit. */
const USUAL_DIGITS = 12;

interface MemoryGridProps {
  readonly info: SpaceInfo;
  readonly address: bigint;
  readonly anchor: bigint | undefined;
  readonly onCursor: (address: bigint, anchor: bigint | undefined) => void;
  /** The pointer under the cursor is to be followed. */
  readonly onFollow: (address: bigint) => void;
  readonly onCopy: () => void;
}

export function MemoryGrid({ info, address, anchor, onCursor, onFollow, onCopy }: MemoryGridProps): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const { memoryColumns: columns, memoryWord: word } = useStore(settings);
  const { space } = info;
  const gridId = useId();
  const viewport = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly anchor: bigint; readonly cursor: bigint } | undefined>(undefined);
  const rowCount = useRowCount(memory, space, columns);
  const { window: shown, spacer, pageRows, reveal } = useRowScroller(viewport, rowCount, ROW_HEIGHT);
  const { first, count, shift } = shown;
  const pages = useMemoryRows(memory, space, columns, first, count);
  const labels = useRowLabels(memory, info, pages, first, count);
  const hover = useHoverText(memory, info);

  // The row that the cursor was last led to; others are asked for.
  const known = useRef<{ readonly address: bigint; readonly columns: number; readonly row: number } | undefined>(undefined);
  const rowOf = async (of: bigint): Promise<number> =>
    known.current?.address === of && known.current.columns === columns ? known.current.row : await memory.rowOf({ space, width: columns, address: of });
  const rowAt = async (at: number): Promise<MemoryRow | undefined> => pages.at(at) ?? (await memory.rows({ space, width: columns, from: at, to: at + 1 })).rows[0];

  // A jump shows its place even where the keys had led before.
  const place = `${space} ${columns} ${address} ${rowCount}`;
  const revealCursor = useEffectEvent(async (_place: string) => reveal(await rowOf(address), "jump"));
  useEffect(() => void revealCursor(place), [place]);

  // Keys come faster than answers: each step begins where the one before it led.
  const steps = useRef(Promise.resolve());
  const latest = useRef({ address, anchor });
  useEffect(() => {
    latest.current = { address, anchor };
  }, [address, anchor]);
  const step = async (key: string, ctrl: boolean, shift: boolean): Promise<void> => {
    const from = latest.current;
    const at = await rowOf(from.address);
    const row = await rowAt(at);
    if (row === undefined) return;
    const led = stepOf(key, ctrl, from.address, row, at, { columns, word, pageRows, rowCount });
    const target = led.kind === "row" ? await rowAt(led.row) : undefined;
    if (led.kind === "row" && target === undefined) return;
    const to = led.kind === "address" ? led.address : addressInRow(target!, from.address, columns);
    const toRow = led.kind === "row" ? led.row : await memory.rowOf({ space, width: columns, address: to });
    known.current = { address: to, columns, row: toRow };
    latest.current = { address: to, anchor: shift ? (from.anchor ?? from.address) : undefined };
    reveal(toRow, "step");
    onCursor(to, latest.current.anchor);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey) return;
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && event.key.toLowerCase() === "c" && window.getSelection()?.isCollapsed !== false) onCopy();
    else if (event.key === "Enter") onFollow(address);
    else if (isStepKey(event.key)) {
      const { key, shiftKey } = event;
      steps.current = steps.current.then(() => step(key, ctrl, shiftKey)).catch(() => undefined);
    } else return;
    event.preventDefault();
  };

  const addressOf = (event: PointerEvent | React.MouseEvent): bigint | undefined => {
    const target = document.elementFromPoint(event.clientX, event.clientY);
    const at = target?.closest<HTMLElement>("[data-at]")?.dataset["at"];
    const number = target?.closest<HTMLElement>("[data-row]")?.dataset["row"];
    const row = number === undefined || viewport.current?.contains(target) !== true ? undefined : pages.at(Number(number));
    if (row === undefined || at === undefined) return undefined;
    return row.kind === "fold" ? row.piece.start : row.address + BigInt(at);
  };
  const onPointerDown = (event: PointerEvent): void => {
    const to = addressOf(event);
    if (to === undefined || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey) return onFollow(to);
    if (event.shiftKey) return onCursor(to, anchor ?? address);
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ anchor: to, cursor: to });
  };
  const onPointerMove = (event: PointerEvent): void => {
    const to = addressOf(event);
    if (to === undefined) return;
    if (drag === undefined) hover.show(to);
    else if (to !== drag.cursor) setDrag({ ...drag, cursor: to });
  };
  const onPointerUp = (): void => {
    if (drag === undefined) return;
    onCursor(drag.cursor, drag.anchor === drag.cursor ? undefined : drag.anchor);
    setDrag(undefined);
  };

  const now = drag ?? { anchor, cursor: address };
  const selection = selectedAddresses(now.anchor, now.cursor, word);
  const rows = Array.from({ length: count }, (_, at) => [first + at, pages.at(first + at)] as const);
  const digits = rows.reduce((most, [, row]) => Math.max(most, row === undefined ? 0 : firstOf(row).toString(16).length), info.wordSize === 4 ? 8 : USUAL_DIGITS);
  const cursorRow = rows.find(([, row]) => row !== undefined && firstOf(row) <= now.cursor && now.cursor < endOf(row));
  return (
    <div className={cx(hex.grid, word > 1 && hex.grouped)}>
      {pages.error !== undefined && <Failed what="These bytes could not be read." error={pages.error} />}
      <div
        ref={viewport}
        role="grid"
        tabIndex={0}
        aria-label={`Memory of ${info.label} by address`}
        aria-rowcount={rowCount}
        aria-colcount={columns / word + 2}
        aria-multiselectable="true"
        aria-activedescendant={cursorRow === undefined ? undefined : `${gridId}-${cursorRow[0]}-${placeIn(cursorRow[1]!, now.cursor, word)}`}
        className={hex.viewport}
        data-pane-focus
        data-memory-grid
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setDrag(undefined)}
        onPointerLeave={() => drag === undefined && hover.show(undefined)}
        onDoubleClick={(event) => {
          const to = addressOf(event);
          if (to !== undefined) onFollow(to);
        }}
      >
        <div className={hex.content} style={{ height: spacer }}>
          <div className={hex.layer} style={{ height: count * ROW_HEIGHT - shift }}>
            <div style={{ transform: `translateY(${-shift}px)` }}>
              {rows.map(([number, row]) => (
                <MemoryGridRow
                  key={number}
                  gridId={gridId}
                  rowNumber={number}
                  row={row}
                  columns={columns}
                  word={word}
                  order={info.byteOrder}
                  pointerSize={info.wordSize}
                  pointers={labels.pointers.get(number)}
                  digits={digits}
                  {...marksIn(row, selection, now.anchor !== undefined, now.cursor)}
                  note={labels.notes.get(number) ?? ""}
                />
              ))}
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

/** Place of the cell with an address in its row. */
function placeIn(row: MemoryRow, address: bigint, word: number): number {
  if (row.kind === "fold") return 0;
  const at = Number(address - row.address);
  return at - (at % word);
}

/** What of a row is selected and where the cursor is, as places in it. */
function marksIn(row: MemoryRow | undefined, selection: AddressRange, isRange: boolean, cursor: bigint): { selectedFrom: number; selectedTo: number; cursor: number } {
  const none = { selectedFrom: -1, selectedTo: -1, cursor: -1 };
  if (row === undefined) return none;
  const start = firstOf(row);
  const end = endOf(row);
  const isOver = isRange && selection.start < end && selection.end > start;
  const hasCursor = cursor >= start && cursor < end;
  if (row.kind === "fold") return { ...none, ...(isOver ? { selectedFrom: 0, selectedTo: 1 } : {}), ...(hasCursor ? { cursor: 0 } : {}) };
  const clip = (address: bigint): number => Number((address < start ? start : address > end ? end : address) - start);
  return { selectedFrom: isOver ? clip(selection.start) : -1, selectedTo: isOver ? clip(selection.end) : -1, cursor: hasCursor ? Number(cursor - start) : -1 };
}
