/** Pages in regions, against counting every page in every region. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RegionPages } from "../../../../src/core/formats/criu/rows/region-pages.ts";
import type { Region } from "../../../../src/core/formats/criu/rows/memory.ts";

const range = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }));

function common([from, to]: readonly [number, number], { start, end }: Region): number {
  return Math.max(0, Math.min(to, end) - Math.max(from, start));
}

test("regions in any number over each other hold what counting says", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(range, fc.boolean()), { maxLength: 12 }), fc.array(range, { maxLength: 12 }), (places, pairs) => {
      // Some end before they begin.
      const regions = places.map(([[start, end], isShared], row): Region => ({ row, start, end, status: isShared ? 1 : 0, offset: 0, object: -1 })).sort((a, b) => a.start - b.start);
      const isPrivate = ({ status }: Region): boolean => status === 0;
      const pages = new RegionPages(regions, isPrivate);
      const runs = pairs.map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
      for (const run of runs) pages.add(...run);
      expect([...pages.stored()]).toEqual(regions.map((region) => runs.reduce((sum, run) => sum + common(run, region), 0)));
      for (const run of runs) expect(pages.covered(...run)).toBe(regions.filter(isPrivate).reduce((sum, region) => sum + common(run, region), 0));
      for (let address = 0; address <= 41; address++) {
        const first = regions.find(({ end }) => end > address);
        expect(pages.at(address)).toBe(first !== undefined && first.start <= address ? first : undefined);
      }
    }),
  );
});
