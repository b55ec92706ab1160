/** The picture of an address space as paths, and where an address is in it: arithmetic only. */
import type { MemoryStrip } from "../../../core/index.ts";
import { SHARE_LABELS, SHARES, type Share } from "./sums.ts";

const FULL = 255;

/** For each share the outline of its part of every cell, stacked from the bottom; made for a width of cells in pixels. */
export interface StripPaths {
  readonly shares: Readonly<Record<Share, (scale: number) => string>>;
}

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly height: number;
}

export function stripPaths({ shares, starts }: MemoryStrip, height: number): StripPaths {
  const bars: Record<Share, Bar[]> = { image: [], parent: [], zero: [], file: [], absent: [] };
  for (let cell = 0; cell < starts.length; cell++) {
    let below = 0;
    for (const [at, share] of SHARES.entries()) {
      const part = ((shares[cell * SHARES.length + at] ?? 0) / FULL) * height;
      if (part === 0) continue;
      // Rounding may make the parts a little more than the whole.
      const top = Math.max(0, height - below - part);
      const own = bars[share];
      const last = own.at(-1);
      // Neighbours of the same height are one rectangle: large images have few.
      if (last !== undefined && last.to === cell && last.top === top && last.height === part) own[own.length - 1] = { ...last, to: cell + 1 };
      else own.push({ from: cell, to: cell + 1, top, height: part });
      below += part;
    }
  }
  const pathOf = (own: readonly Bar[]) => (scale: number) =>
    own.map(({ from, to, top, height: part }) => `M${round(from * scale)} ${round(top)}H${round(to * scale)}v${round(part)}H${round(from * scale)}z`).join("");
  return { shares: { image: pathOf(bars.image), parent: pathOf(bars.parent), zero: pathOf(bars.zero), file: pathOf(bars.file), absent: pathOf(bars.absent) } };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The cell that shows an address; for one in a gap the last cell before it. */
export function cellAt({ starts }: MemoryStrip, address: bigint): number {
  let low = 0;
  let high = Math.max(0, starts.length - 1);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0n) <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where an address is, in cells with a fraction. */
export function markOf(strip: MemoryStrip, address: bigint): number {
  const cell = cellAt(strip, address);
  const start = strip.starts[cell] ?? 0n;
  if (address <= start || strip.cell === 0n) return cell;
  return cell + Math.min(1, Number(address - start) / Number(strip.cell));
}

/** Parts of a cell, 0 to 1. */
export function cellShares({ shares }: MemoryStrip, cell: number): Readonly<Record<Share, number>> {
  const part = (at: number): number => (shares[cell * SHARES.length + at] ?? 0) / FULL;
  return { image: part(0), parent: part(1), zero: part(2), file: part(3), absent: part(4) };
}

/** `all in this image`, `62 % zero, 38 % as in file`. */
export function shareWords(parts: Readonly<Record<Share, number>>): string {
  const present = SHARES.filter((share) => parts[share] > 0);
  const [only] = present;
  if (only === undefined) return "";
  if (present.length === 1) return `all ${SHARE_LABELS[only]}`;
  return present.map((share) => `${Math.max(1, Math.round(parts[share] * 100))} % ${SHARE_LABELS[share]}`).join(", ");
}

/** Where a key leads from a cell; undefined for other keys. */
export function stepCell(key: string, at: number, count: number): number | undefined {
  const far = Math.max(1, Math.floor(count / 10));
  const clamp = (to: number): number => Math.max(0, Math.min(to, count - 1));
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return clamp(at + 1);
    case "ArrowLeft":
    case "ArrowDown":
      return clamp(at - 1);
    case "PageUp":
      return clamp(at + far);
    case "PageDown":
      return clamp(at - far);
    case "Home":
      return 0;
    case "End":
      return clamp(count - 1);
    default:
      return undefined;
  }
}
