/**
 * Which rows of a long list are on screen: arithmetic only.
 *
 * The position of a list is `top`, a row number with a fraction. Browsers clamp very tall elements (33.5 million pixels in
 * Chromium, 17.9 in Firefox), so past `MAX_SPACER` the scroll bar is scaled: it gives a share of the list, while the
 * wheel and the keys move by exact rows. So the last of 2^50 rows can be reached as surely as the last of ten.
 */
export const MAX_SPACER = 8_000_000;

export interface Extent {
  readonly rowCount: number;
  /** Pixels. */
  readonly rowHeight: number;
  /** Height in pixels of the part of the viewport that shows rows. */
  readonly height: number;
}

/** Height in pixels of the element that makes the scroll bar. */
export function spacerHeight({ rowCount, rowHeight }: Extent): number {
  return Math.min(rowCount * rowHeight, MAX_SPACER);
}

export function isScaled({ rowCount, rowHeight }: Extent): boolean {
  return rowCount * rowHeight > MAX_SPACER;
}

/** The largest `top`: there the last row touches the bottom edge. */
export function lastTop({ rowCount, rowHeight, height }: Extent): number {
  return Math.max(0, rowCount - height / rowHeight);
}

export function clampTop(top: number, extent: Extent): number {
  return Math.min(Math.max(0, top), lastTop(extent));
}

/** `top` for a position of the scroll bar. Both ends map exactly. */
export function topOfScroll(scrollTop: number, extent: Extent): number {
  if (!isScaled(extent)) return clampTop(scrollTop / extent.rowHeight, extent);
  const track = spacerHeight(extent) - extent.height;
  return clampTop((scrollTop / track) * lastTop(extent), extent);
}

/** Position of the scroll bar for a `top`: the inverse of `topOfScroll`, up to the pixel. */
export function scrollOfTop(top: number, extent: Extent): number {
  if (!isScaled(extent)) return top * extent.rowHeight;
  const last = lastTop(extent);
  return last === 0 ? 0 : (top / last) * (spacerHeight(extent) - extent.height);
}

export interface RowWindow {
  readonly first: number;
  /** Rows to draw, a partly visible one at each end included. */
  readonly count: number;
  /** Pixels by which the first row sticks out above the upper edge. */
  readonly shift: number;
}

export function windowAt(top: number, extent: Extent): RowWindow {
  const first = Math.min(Math.floor(clampTop(top, extent)), Math.max(0, extent.rowCount - 1));
  const shift = (clampTop(top, extent) - first) * extent.rowHeight;
  const count = Math.min(Math.ceil((extent.height + shift) / extent.rowHeight), extent.rowCount - first);
  return { first, count: Math.max(0, count), shift };
}

/** How a row comes into sight: by the shortest way, or, when it was out of sight, in the upper part with context around it. */
export type Reveal = "step" | "jump";

/** The `top` at which `row` is wholly visible, with `margin` rows to spare where there are any. */
export function topToReveal(row: number, top: number, extent: Extent, how: Reveal = "step", margin = 0): number {
  const visible = extent.height / extent.rowHeight;
  if (how === "jump") {
    const isVisible = row >= top && row + 1 <= top + visible;
    return clampTop(isVisible ? top : row - Math.floor(visible / 4), extent);
  }
  const spare = Math.min(margin, Math.max(0, Math.floor((visible - 1) / 2)));
  if (row < top + spare) return clampTop(row - spare, extent);
  if (row + 1 + spare > top + visible) return clampTop(row + 1 + spare - visible, extent);
  return clampTop(top, extent);
}
