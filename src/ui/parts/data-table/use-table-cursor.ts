/**
 * The cell that has the focus, kept in step with the selected row of the View.
 *
 * The keyboard moves by position; the View names rows by number, which is stable under sort and filter. A row that the
 * keyboard reached may not have been fetched yet: it is reported as soon as it is there.
 */
import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { Inspector, Row, View } from "../../../core/index.ts";
import type { Reveal } from "../row-window.ts";
import type { GridPosition } from "./grid-keys.ts";

export interface TableCursor {
  readonly position: GridPosition;
  readonly moveTo: (position: GridPosition) => void;
  /** The selected row exists, but the filters hide it. */
  readonly isHidden: boolean;
}

interface CursorInput {
  readonly inspector: Inspector;
  readonly view: View | undefined;
  readonly selectedRow: number | undefined;
  readonly selectedColumn: number;
  readonly rowAt: (index: number) => Row | undefined;
  readonly reveal: (index: number, how: Reveal) => void;
  /** The browser returned here, and the list takes up its old position by itself. */
  readonly isReturn: () => boolean;
  readonly onSelect: (row: number, column: number) => void;
}

export function useTableCursor(input: CursorInput): TableCursor {
  const { inspector, view, selectedRow, selectedColumn, rowAt, reveal, isReturn, onSelect } = input;
  const [position, setPosition] = useState<GridPosition>({ row: 0, column: Math.max(0, selectedColumn) });
  // View and row of the last row that was looked for in vain.
  const [missing, setMissing] = useState("");
  const owed = useRef<GridPosition | undefined>(undefined);
  const viewId = view?.id;
  const wanted = viewId === undefined || selectedRow === undefined ? "" : `${viewId} ${selectedRow}`;

  const report = useEffectEvent(() => {
    const target = owed.current;
    const row = target === undefined ? undefined : rowAt(target.row);
    if (target === undefined || row === undefined) return;
    owed.current = undefined;
    if (row.row !== selectedRow || target.column !== selectedColumn) onSelect(row.row, target.column);
  });
  // After every render, since that may have brought the row that is owed.
  useEffect(() => report());

  /** Where the wanted row stands in the view: -1 when it is filtered out, undefined when there is nothing to do. */
  const find = useEffectEvent(async (): Promise<number | undefined> => {
    if (viewId === undefined || selectedRow === undefined) return undefined;
    // The cursor's own move is no jump.
    if (rowAt(position.row)?.row === selectedRow) return undefined;
    // A view that was replaced meanwhile is asked no more: the next view asks again.
    const index = await inspector.indexOf(viewId, selectedRow).catch(() => undefined);
    return owed.current === undefined ? index : undefined;
  });
  const arrive = useEffectEvent((index: number, isBack: boolean) => {
    setMissing(index < 0 ? wanted : "");
    if (index < 0) return;
    // Somebody who sorts from the header goes on there.
    setPosition((now) => (now.row < 0 ? now : { row: index, column: Math.max(0, selectedColumn) }));
    if (!isBack) reveal(index, "jump");
  });
  const isReturnNow = useEffectEvent(isReturn);
  useEffect(() => {
    if (wanted === "") return;
    let stale = false;
    const isBack = isReturnNow();
    const follow = async (): Promise<void> => {
      const index = await find();
      if (index !== undefined && !stale) arrive(index, isBack);
    };
    void follow();
    return () => {
      stale = true;
    };
  }, [wanted]);

  return {
    position,
    isHidden: wanted !== "" && missing === wanted,
    moveTo(next) {
      setPosition(next);
      if (next.row >= 0) {
        owed.current = next;
        reveal(next.row, "step");
      }
    },
  };
}
