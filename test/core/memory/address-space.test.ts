/** Laws of address spaces, over random tables: pieces tile, agree with a byte by byte reading of the tables, and lead back. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../src/core/bytes/source.ts";
import type { MemoryPiece } from "../../../src/core/inspector.ts";
import { CheckpointMemory } from "../../../src/core/checkpoint-memory.ts";
import { Tables, type Checkpoint } from "../../../src/core/model/checkpoint.ts";
import { Diagnostics } from "../../../src/core/model/diagnostics.ts";
import { NO_BYTES, UNSAVED } from "../../../src/core/model/page-place.ts";

const PAGE = 16;
const PAGES = 48;
const TOP = 1n << 64n;
/** Where the small world stands: also at both ends of the address space. */
const BASES = [0n, 0x7f00_0000_0000n, TOP - BigInt(PAGES * PAGE)];

interface Region {
  readonly start: number;
  readonly pages: number;
  readonly kind: "guard" | "private" | "shared";
  readonly unsaved: string;
  readonly offset: number;
}

interface Run {
  readonly start: number;
  readonly bytes: number;
  /** Place in the file; -1: no bytes. */
  readonly at: number;
  readonly shared: boolean;
  readonly depth: number;
}

const region: fc.Arbitrary<Region> = fc.record({
  start: fc.integer({ min: 0, max: PAGES - 2 }),
  pages: fc.integer({ min: 0, max: 12 }),
  kind: fc.constantFrom("guard", "private", "private", "shared"),
  unsaved: fc.constantFrom(UNSAVED.zero, UNSAVED.file, "never saved"),
  offset: fc.integer({ min: 0, max: 4 }),
});
const run: fc.Arbitrary<Run> = fc.record({
  start: fc.integer({ min: 0, max: PAGES * PAGE - 1 }),
  bytes: fc.integer({ min: 0, max: 5 * PAGE }),
  at: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.constant(-1)),
  shared: fc.boolean(),
  depth: fc.integer({ min: 0, max: 2 }),
});

const FILE = Uint8Array.from({ length: 1000 }, (_, at) => (at * 7 + 1) & 255);
/** Bytes of the shared object. */
const OBJECT = 9 * PAGE;

function world(base: bigint, regions: readonly Region[], runs: readonly Run[]): { memory: CheckpointMemory; top: bigint } {
  const tables = new Tables();
  const fill = (name: Parameters<Tables["get"]>[0], values: Record<string, string | number | bigint>): number => {
    const table = tables.get(name);
    const row = table.add();
    for (const [column, value] of Object.entries(values)) table.set(row, column, value);
    return row;
  };
  fill("spaces", {});
  fill("memory_objects", { kind: "memfd", id: 1, size: BigInt(OBJECT) });
  for (const each of regions) {
    const end = base + BigInt((each.start + each.pages) * PAGE);
    fill("regions", {
      space: 0, start: base + BigInt(each.start * PAGE), end: end >= TOP ? TOP - BigInt(PAGE) : end, kind: each.kind, unsaved: each.unsaved, path: "/lib/a.so", pgoff: BigInt(each.offset), page_size: PAGE,
      ...(each.kind === "shared" ? { memory_object: 0 } : {}),
    });
  }
  for (const each of runs) {
    const owner = each.shared ? { memory_object: 0, start: BigInt(each.start % OBJECT) } : { space: 0, start: base + BigInt(each.start) };
    fill("extents", { ...owner, pages: 1, page_size: each.bytes, depth: each.depth, where: each.at < 0 ? NO_BYTES.lazy : "in this image", ...(each.at < 0 ? {} : { offset: each.at, image: 0 }) });
  }
  const checkpoint: Checkpoint = {
    files: [{ name: "pages", source: memorySource(FILE) }],
    identity: { format: "test", formatName: "test", revision: undefined, revisionAlternatives: [], architecture: "x86_64", byteOrder: "little", pageSize: PAGE, reasons: [], revisionChoices: [], architectureChoices: [], overridden: { revision: false, architecture: false } },
    facts: [],
    tables,
    diagnostics: new Diagnostics(),
    coverage: { total: FILE.length, explained: FILE.length },
    unexplained: [],
    decoder: { explain: async () => await Promise.reject(new Error("no records")), origin: () => undefined, fieldSpan: () => undefined, recordDoc: () => "" },
  };
  return { memory: new CheckpointMemory(checkpoint, { rowLabel: (table, row) => `${table} ${row}` }), top: base + BigInt(PAGES * PAGE) };
}

/** What stands at an address, by looking at every row. */
function expected(base: bigint, regions: readonly Region[], runs: readonly Run[], address: bigint): { kind: MemoryPiece["kind"]; byte?: number; why?: string } {
  const at = Number(address - base);
  const bounded = (each: Region): { from: number; to: number } => {
    const to = base + BigInt((each.start + each.pages) * PAGE) >= TOP ? Number(TOP - BigInt(PAGE) - base) : (each.start + each.pages) * PAGE;
    return { from: each.start * PAGE, to };
  };
  const holds = (each: Region): boolean => at >= bounded(each).from && at < bounded(each).to;
  /** Runs that begin earlier win; of those that begin together, the earlier row. */
  const winner = (isShared: boolean, place: number): Run | undefined => {
    const startOf = (each: Run): number => (isShared ? each.start % OBJECT : each.start);
    return runs.filter((each) => each.shared === isShared && place >= startOf(each) && place < startOf(each) + each.bytes).sort((a, b) => startOf(a) - startOf(b))[0];
  };
  const stored = (found: Run, place: number, start: number): { kind: MemoryPiece["kind"]; byte?: number; why?: string } => {
    if (found.at < 0) return { kind: "absent", why: NO_BYTES.lazy };
    const position = found.at + (place - start);
    return position < FILE.length ? { kind: "image", byte: FILE[position]! } : { kind: "absent" };
  };
  const own = winner(false, at);
  if (own !== undefined) return stored(own, at, own.start);
  const covering = regions
    .filter((each) => each.kind !== "guard" && each.pages > 0 && holds(each))
    .sort((a, b) => a.start - b.start)[0];
  // Without any region nobody knows what was mapped.
  if (covering === undefined) return { kind: regions.some((each) => bounded(each).to > bounded(each).from) ? "unmapped" : "absent" };
  if (covering.kind === "shared") {
    const place = at - covering.start * PAGE + covering.offset * PAGE;
    const page = winner(true, place);
    if (page !== undefined) return stored(page, place, page.start % OBJECT);
    if (place >= OBJECT) return { kind: "absent" };
  }
  if (regions.some((each) => each.kind === "guard" && each.pages > 0 && holds(each))) return { kind: "absent" };
  if (covering.unsaved === UNSAVED.zero) return { kind: "zero", byte: 0 };
  return covering.unsaved === UNSAVED.file ? { kind: "file" } : { kind: "absent", why: "never saved" };
}

const anyWorld = fc.tuple(fc.constantFrom(...BASES), fc.array(region, { maxLength: 8 }), fc.array(run, { maxLength: 12 }));

function tile(pieces: readonly MemoryPiece[], start: bigint, end: bigint): void {
  let at = start;
  for (const piece of pieces) {
    expect(piece.start).toBe(at);
    expect(piece.end).toBeGreaterThan(piece.start);
    if (piece.span !== undefined) expect(BigInt(piece.span.end - piece.span.start)).toBe(piece.end - piece.start);
    expect(piece.span !== undefined).toBe(piece.kind === "image");
    expect(piece.why === undefined).toBe(piece.kind === "image");
    at = piece.end;
  }
  expect(at).toBe(end);
}

describe("an address space", () => {
  test("is tiled by its pieces, over any range and as a whole", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.bigInt({ min: 0n, max: BigInt(PAGES * PAGE) }), fc.bigInt({ min: 0n, max: BigInt(PAGES * PAGE) }), async ([base, regions, runs], a, b) => {
        const { memory } = world(base, regions, runs);
        const [start, end] = a < b ? [base + a, base + b] : [base + b, base + a];
        tile(await memory.resolve({ space: 0, start, end }), start, end);
        tile(await memory.resolve({ space: 0, start: 0n, end: TOP }), 0n, TOP);
      }),
      { numRuns: 300 },
    );
  });

  test("says of every byte what the rows say", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async ([base, regions, runs]) => {
        // A run that reaches over the end of the address space ends there.
        const { memory, top } = world(base, regions, runs);
        const { bytes, pieces } = await memory.read({ space: 0, start: base, end: top });
        for (let at = base; at < top; at++) {
          const piece = pieces.find(({ start, end }) => at >= start && at < end)!;
          const truth = expected(base, regions, runs, at);
          expect([at, piece.kind]).toEqual([at, truth.kind]);
          if (truth.byte !== undefined) expect([at, bytes[Number(at - base)]]).toEqual([at, truth.byte]);
          else expect(bytes[Number(at - base)]).toBe(0);
          if (truth.why !== undefined) expect(piece.why).toBe(truth.why);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("has a row for every address, which shows it, and no address in two rows", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.constantFrom(8, 16, 32), async ([base, regions, runs], width) => {
        const { memory, top } = world(base, regions, runs);
        const { total, rows } = await memory.rows({ space: 0, width, from: 0, to: 4096 });
        expect(rows.length).toBe(total);
        const { bytes, pieces } = await memory.read({ space: 0, start: base, end: top });
        for (let address = base; address < top; address++) {
          const row = rows[await memory.rowOf({ space: 0, width, address })]!;
          const piece = pieces.find(({ start, end }) => address >= start && address < end)!;
          if (piece.kind === "image") {
            if (row.kind !== "bytes") throw new Error(`${address} is folded`);
            const at = Number(address - row.address);
            expect([at >= 0 && at < width, (row.real >>> at) & 1, row.bytes[at]]).toEqual([true, 1, bytes[Number(address - base)]]);
          } else {
            if (row.kind !== "fold") throw new Error(`${address} has no bytes and is shown as bytes`);
            expect([address >= row.piece.start, address < row.piece.end, row.piece.kind]).toEqual([true, true, piece.kind]);
          }
        }
        for (const row of rows) if (row.kind === "bytes") for (let at = 0; at < width; at++) if (((row.real >>> at) & 1) === 0) expect(row.bytes[at]).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test("is found again from the bytes of the file, wherever they are used", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.integer({ min: 0, max: 990 }), fc.integer({ min: 1, max: 60 }), async ([base, regions, runs], from, length) => {
        const { memory } = world(base, regions, runs);
        const found = await memory.reverse({ file: 0, start: from, end: from + length });
        const uses = new Set(found.flatMap(({ start, end, offset }) => Array.from({ length: Number(end - start) }, (_, at) => `${start + BigInt(at)} ${offset + at}`)));
        const truth = new Set<string>();
        for (const piece of await memory.resolve({ space: 0, start: 0n, end: TOP })) {
          if (piece.span === undefined) continue;
          for (let at = 0; at < piece.span.end - piece.span.start; at++) {
            const place = piece.span.start + at;
            if (place >= from && place < from + length) truth.add(`${piece.start + BigInt(at)} ${place}`);
          }
        }
        expect(uses).toEqual(truth);
      }),
      { numRuns: 200 },
    );
  });

  test("counts every mapped byte once in its map and its picture", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.integer({ min: 1, max: 60 }), async ([base, regions, runs], cells) => {
        const apart = regions.filter((each, at) => each.kind !== "guard" && each.pages > 0 && regions.every((other, index) => index >= at || other.kind === "guard" || other.start >= each.start + each.pages || other.start + other.pages <= each.start));
        const { memory } = world(base, apart, runs);
        const map = await memory.map({ space: 0 });
        const lines = await memory.mapLines({ space: 0, from: 0, to: 100 });
        expect(lines.length).toBe(map.lines);
        for (const { start, end, sums } of lines) expect(Object.values(sums).reduce((sum, part) => sum + part, 0n)).toBe(end - start);
        expect(Object.values(map.sums).reduce((sum, part) => sum + part, 0n)).toBe(map.mapped);
        const strip = await memory.strip({ space: 0, cells });
        expect(strip.starts.length).toBe(Number((map.mapped + strip.cell - 1n) / strip.cell));
        expect(strip.starts.length).toBeLessThanOrEqual(cells);
        for (const [at, address] of strip.starts.entries()) {
          const shares = strip.shares.subarray(at * 5, at * 5 + 5);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(200);
          expect(lines.some(({ start, end }) => address >= start && address < end)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
