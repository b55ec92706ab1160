/** Reading around bytes that a source refuses: everything else comes, and what does not is listed with its reason. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAround, RefusedBytes } from "../../../src/core/bytes/refused-bytes.ts";
import { clampRange, type ByteSource } from "../../../src/core/bytes/source.ts";

const SIZE = 64;
const BLOCK = 8;

/** Blocks of eight bytes, each with its number; damaged ones are refused, the first of a read. */
function blocks(damaged: ReadonlySet<number>): ByteSource {
  return {
    size: SIZE,
    async read(start, end) {
      const [from, to] = clampRange(SIZE, start, end);
      for (let block = Math.floor(from / BLOCK); block * BLOCK < to; block++) {
        if (from < to && damaged.has(block)) throw new RefusedBytes(`Block ${block} is damaged.`, { start: block * BLOCK, end: (block + 1) * BLOCK });
      }
      return await Promise.resolve(Uint8Array.from({ length: to - from }, (_, at) => 1 + Math.floor((from + at) / BLOCK)));
    },
  };
}

describe("reading around refused bytes", () => {
  test("gives every byte that is not refused, and names those that are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(7)), fc.nat(SIZE + 8), fc.nat(SIZE + 8), async (damaged, a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const { bytes, lost } = await readAround(blocks(new Set(damaged)), start, end);
        const expected = Array.from({ length: Math.max(0, Math.min(end, SIZE) - start) }, (_, at) => Math.floor((start + at) / BLOCK)).map((block) => (damaged.includes(block) ? 0 : block + 1));
        const reach = bytes.length;
        expect([...bytes.subarray(0, expected.length)]).toEqual(expected);
        expect(reach).toBe(expected.length);
        expect(lost).toEqual(damaged.toSorted((x, y) => x - y).flatMap((block) => {
          const hole = { start: Math.max(start, block * BLOCK), end: Math.min(end, (block + 1) * BLOCK), why: `Block ${block} is damaged.` };
          return hole.start < hole.end ? [hole] : [];
        }));
      }),
      { numRuns: 300 },
    );
  });

  test("ends where a source refuses all, or says what cannot be", async () => {
    for (const where of [undefined, { start: 100, end: 50 }, { start: Number.NaN, end: Number.NaN }, { start: -5, end: 0 }]) {
      const source: ByteSource = { size: 20, read: async () => await Promise.reject(new RefusedBytes("No.", where)) };
      const { bytes, lost } = await readAround(source, 0, 20);
      expect([bytes.length, bytes.some((byte) => byte !== 0)]).toEqual([20, false]);
      expect(lost.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(20);
    }
  });
});
