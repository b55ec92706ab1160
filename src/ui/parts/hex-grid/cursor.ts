/** Where the keys lead the byte cursor: arithmetic only. */

export interface HexShape {
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes in a row. */
  readonly columns: number;
  readonly pageRows: number;
}

export function moveCursor(offset: number, key: string, ctrl: boolean, { size, columns, pageRows }: HexShape): number | undefined {
  const clamp = (to: number): number => Math.max(0, Math.min(to, size - 1));
  const row = offset - (offset % columns);
  switch (key) {
    case "ArrowRight":
      return clamp(offset + 1);
    case "ArrowLeft":
      return clamp(offset - 1);
    case "ArrowDown":
      // From the last full row down: to the last byte rather than nowhere.
      return clamp(offset + columns);
    case "ArrowUp":
      return offset < columns ? offset : offset - columns;
    case "PageDown":
      return clamp(offset + columns * pageRows);
    case "PageUp":
      return offset < columns * pageRows ? offset % columns : offset - columns * pageRows;
    case "Home":
      return ctrl ? 0 : row;
    case "End":
      return ctrl ? clamp(size - 1) : clamp(row + columns - 1);
    default:
      return undefined;
  }
}

/** The selected bytes, half-open, from the place where the selection began and the cursor, both of which are in. */
export function selectedRange(anchor: number | undefined, cursor: number): { readonly start: number; readonly end: number } {
  const from = anchor ?? cursor;
  return { start: Math.min(from, cursor), end: Math.max(from, cursor) + 1 };
}

const CHOICES = [64, 48, 32, 24, 16, 8, 4];

/** Bytes after which a gap is drawn: the group, or eight when bytes stand alone. */
export function gapEvery(group: number): number {
  return group === 1 ? 8 : group;
}

/** Width of a row in characters: hex and text of every byte, and the gaps. `fixed` is what the offset takes. */
export function rowWidth(columns: number, fixed: number, group: number): number {
  const perByte = (group === 1 ? 3 : 2) + 1;
  return fixed + columns * perByte + Math.ceil(columns / gapEvery(group)) - 1;
}

/** Bytes in a row that fit a width in characters; four even where nothing fits. */
export function columnsThatFit(width: number, fixed: number, group: number): number {
  return CHOICES.find((columns) => columns % group === 0 && rowWidth(columns, fixed, group) <= width) ?? Math.max(4, group);
}
