import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clampTop,
  isScaled,
  lastTop,
  MAX_SPACER,
  scrollOfTop,
  spacerHeight,
  topOfScroll,
  topToReveal,
  windowAt,
  type Extent,
} from "../../src/ui/parts/row-window.ts";

const extent: fc.Arbitrary<Extent> = fc.record({
  rowCount: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 2_000_000 }), fc.constant(2 ** 49)),
  rowHeight: fc.constantFrom(20, 22, 24),
  height: fc.integer({ min: 0, max: 2000 }),
});

describe("the window over a long list", () => {
  it("lies inside the list and covers the viewport wherever it stands", () => {
    fc.assert(
      fc.property(extent, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const { first, count, shift } = windowAt(share * list.rowCount, list);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first + count).toBeLessThanOrEqual(list.rowCount);
        expect(shift).toBeGreaterThanOrEqual(0);
        const needed = Math.min(list.height, list.rowCount * list.rowHeight);
        // Near row 2^49 a position has three bits left for the fraction of a row.
        expect(count * list.rowHeight - shift).toBeGreaterThanOrEqual(needed - list.rowHeight / 8 - 1e-6);
      }),
    );
  });

  it("shows the last row at the end of the scroll bar, however long the list is", () => {
    fc.assert(
      fc.property(extent, (list) => {
        fc.pre(list.rowCount > 0 && list.height >= list.rowHeight * 2);
        const end = Math.max(0, spacerHeight(list) - list.height);
        const { first, count } = windowAt(topOfScroll(end, list), list);
        expect(first + count).toBe(list.rowCount);
      }),
    );
  });

  it("keeps the scroll bar's element below what browsers clamp", () => {
    fc.assert(
      fc.property(extent, (list) => {
        expect(spacerHeight(list)).toBeLessThanOrEqual(MAX_SPACER);
      }),
    );
  });

  it("maps a position to the scroll bar and back", () => {
    fc.assert(
      fc.property(extent, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        fc.pre(list.height > 0);
        const top = clampTop(share * lastTop(list), list);
        const again = topOfScroll(scrollOfTop(top, list), list);
        expect(Math.abs(again - top)).toBeLessThanOrEqual(Math.max(1e-6, lastTop(list) * 1e-9));
      }),
    );
  });

  it("is scaled from the length at which a browser could not show it otherwise", () => {
    expect(isScaled({ rowCount: 300_000, rowHeight: 24, height: 600 })).toBe(false);
    expect(isScaled({ rowCount: 1_000_000, rowHeight: 24, height: 600 })).toBe(true);
  });
});

describe("bringing a row into sight", () => {
  const list: Extent = { rowCount: 1000, rowHeight: 24, height: 240 };

  it("does not move when the row is visible", () => {
    expect(topToReveal(5, 0, list)).toBe(0);
    expect(topToReveal(5, 0, list, "jump")).toBe(0);
  });

  it("steps by the shortest way", () => {
    expect(topToReveal(10, 0, list)).toBe(1);
    expect(topToReveal(3, 4, list)).toBe(3);
  });

  it("jumps so that there is context above the row", () => {
    expect(topToReveal(500, 0, list, "jump")).toBe(498);
    expect(topToReveal(0, 500, list, "jump")).toBe(0);
  });

  it("makes every row visible from everywhere", () => {
    fc.assert(
      fc.property(extent, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (any, from, to) => {
        fc.pre(any.rowCount > 0 && any.height >= any.rowHeight * 4);
        const row = Math.min(any.rowCount - 1, Math.floor(to * any.rowCount));
        for (const how of ["step", "jump"] as const) {
          const { first, count } = windowAt(topToReveal(row, clampTop(from * any.rowCount, any), any, how), any);
          expect(row).toBeGreaterThanOrEqual(first);
          expect(row).toBeLessThan(first + count);
        }
      }),
    );
  });
});
