/**
 * A windowed list in the page: measures the viewport, follows the scroll bar and tells which rows to draw.
 *
 * Rows are drawn in a layer that sticks to the viewport and is redrawn at every step, so nothing is ever positioned
 * millions of pixels down. The scroll bar belongs to a spacer; see row-window.ts for its scale.
 */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from "react";
import { clampTop, isScaled, scrollOfTop, spacerHeight, topOfScroll, topToReveal, windowAt, type Extent, type Reveal, type RowWindow } from "./row-window.ts";

export interface RowScroller {
  readonly window: RowWindow;
  /** Height of the spacer in pixels, to be set on the element that holds the layer. */
  readonly spacer: number;
  /** Whole rows that fit, at least one. */
  readonly pageRows: number;
  /** Width of the viewport in pixels. */
  readonly width: number;
  readonly reveal: (row: number, how: Reveal, margin?: number) => void;
  /** Makes a row the first visible one; a fraction cuts it. */
  readonly scrollTo: (top: number) => void;
}

/**
 * `rows` is the length of the list, or how it follows from the width of the viewport in pixels.
 * `headHeight` is the part of the viewport that sticky headers cover.
 */
export function useRowScroller(
  viewportRef: RefObject<HTMLElement | null>,
  rows: number | ((width: number) => number),
  rowHeight: number,
  headHeight = 0,
): RowScroller {
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [top, setTop] = useState(0);
  const rowCount = typeof rows === "number" ? rows : rows(size.width);
  const extent = useMemo<Extent>(
    () => ({ rowCount, rowHeight, height: Math.max(0, size.height - headHeight) }),
    [rowCount, rowHeight, size.height, headHeight],
  );
  // What event handlers see; an event may come between two renders.
  const state = useRef({ top, extent });
  useLayoutEffect(() => {
    state.current = { top: clampTop(top, extent), extent };
  }, [top, extent]);
  // A row asked for before the viewport was measured.
  const owed = useRef<{ row: number; how: Reveal } | undefined>(undefined);
  // The scroll position that this code set itself; its scroll event says nothing new.
  const ownScroll = useRef<number | undefined>(undefined);

  const moveTo = useCallback(
    (next: number) => {
      const { extent } = state.current;
      const clamped = clampTop(next, extent);
      state.current.top = clamped;
      setTop(clamped);
      viewportRef.current?.scrollTo({ top: scrollOfTop(clamped, extent), behavior: "instant" });
      ownScroll.current = viewportRef.current?.scrollTop;
    },
    [viewportRef],
  );

  useLayoutEffect(() => {
    const element = viewportRef.current;
    if (element === null) return;
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [viewportRef]);

  // After a change of the list's length or height the scroll bar must say the same place again.
  useLayoutEffect(() => {
    const wanted = owed.current;
    if (wanted === undefined || extent.height <= 0 || wanted.row >= extent.rowCount) return moveTo(state.current.top);
    owed.current = undefined;
    moveTo(topToReveal(wanted.row, state.current.top, extent, wanted.how));
  }, [extent, moveTo]);

  useEffect(() => {
    const element = viewportRef.current;
    if (element === null) return;
    let last = element.scrollTop;
    const onScroll = (): void => {
      const { extent, top } = state.current;
      const before = last;
      last = element.scrollTop;
      if (ownScroll.current !== undefined && Math.abs(ownScroll.current - element.scrollTop) < 1) return;
      ownScroll.current = undefined;
      const moved = element.scrollTop - before;
      // On a scaled list a finger moves rows, not shares of the list; only a pull of the scroll bar jumps.
      if (isScaled(extent) && Math.abs(moved) < extent.height) moveTo(top + moved / extent.rowHeight);
      else setTop(topOfScroll(element.scrollTop, extent));
    };
    const onWheel = (event: WheelEvent): void => {
      const { extent, top } = state.current;
      if (!isScaled(extent) || event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * extent.rowHeight : event.deltaY;
      moveTo(top + pixels / extent.rowHeight);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      element.removeEventListener("scroll", onScroll);
      element.removeEventListener("wheel", onWheel);
    };
  }, [viewportRef, moveTo]);

  const reveal = useCallback(
    (row: number, how: Reveal, margin = 0) => {
      const { top, extent } = state.current;
      if (extent.height <= 0 || row >= extent.rowCount) {
        owed.current = { row, how };
        return;
      }
      const next = topToReveal(row, top, extent, how, margin);
      if (next !== top) moveTo(next);
    },
    [moveTo],
  );

  return {
    window: windowAt(top, extent),
    spacer: spacerHeight(extent),
    pageRows: Math.max(1, Math.floor(extent.height / rowHeight)),
    width: size.width,
    reveal,
    scrollTo: moveTo,
  };
}
