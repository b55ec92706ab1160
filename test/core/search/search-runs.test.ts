import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource, type ByteSource } from "../../../src/core/bytes/source.ts";
import type { SearchPattern } from "../../../src/core/memory-inspector.ts";
import type { Progress } from "../../../src/core/progress.ts";
import type { Matcher } from "../../../src/core/search/matcher.ts";
import { compilePattern } from "../../../src/core/search/pattern.ts";
import type { Run } from "../../../src/core/search/read-ahead.ts";
import { regexMatcher } from "../../../src/core/search/regex-matcher.ts";
import { searchRuns, type RunHit } from "../../../src/core/search/search-runs.ts";
import { allHits, cutRuns } from "./cut-runs.ts";

function compiled(pattern: SearchPattern): Matcher {
  const matcher = compilePattern(pattern, "little", 8);
  if ("why" in matcher) throw new Error(matcher.why);
  return matcher;
}

const text = (of: string): Matcher => compiled({ kind: "text", text: of, encoding: "utf-8", ignoreCase: false });
const runOf = (source: ByteSource, address = 0x1000n): Run => ({ address, size: source.size, source, offset: 0, continues: false });
const latin = (of: string): Uint8Array => Buffer.from(of, "latin1");

test("a gap breaks a match, and a run that continues does not", async () => {
  const first = runOf(memorySource(latin("..nee")));
  const second = runOf(memorySource(latin("dle..")), 0x1005n);
  expect(await allHits([first, second], text("needle"))).toEqual([]);
  const [hit] = await allHits([first, { ...second, continues: true }], text("needle"), { context: 2 });
  expect(hit).toMatchObject({ run: first, offset: 2, address: 0x1002n, length: 6, text: "needle", contextAt: 2 });
  expect(Buffer.from(hit!.context).toString()).toBe("..needle..");
  expect(await allHits([{ ...first, continues: true }], text("nee")), "the first run continues nothing").toHaveLength(1);
});

describe("the cap", () => {
  const bytes = latin("ab".repeat(1000));
  test.each([
    [999, 999, true],
    [1000, 1000, false],
    [1, 1, true],
    [0, 0, true],
  ])("of %i gives %i hits", async (cap, count, capped) => {
    const hits: RunHit<Run>[] = [];
    const done = await searchRuns(cutRuns([{ address: 0n, bytes }], [7]), text("ab"), { total: 2000, cap, window: 64, onHits: (batch) => void hits.push(...batch) });
    expect(done).toMatchObject({ hits: count, capped, missing: 0 });
    expect(hits).toHaveLength(count);
    if (!capped) expect(done.searched).toBe(2000);
  });
});

test("a source that has less than the run says is searched as far as it goes", async () => {
  const short: Run = { ...runOf(memorySource(latin("xx needl"))), size: Number.MAX_SAFE_INTEGER };
  const next: Run = { ...runOf(memorySource(latin("e needle")), short.address + BigInt(short.size)), continues: true };
  const beyond: Run = { ...runOf(memorySource(latin("needle"))), offset: 100, size: 50 };
  const done = await searchRuns([short, next, beyond], text("needle"), { total: 0, cap: 10, onHits: () => undefined });
  expect(done).toEqual({ hits: 1, searched: 16, capped: false, unsure: 0, missing: Number.MAX_SAFE_INTEGER - 8 + 50 });
  // One that gives fewer bytes than its size says, in the middle of a read that two runs share.
  const cut: ByteSource = { size: 20, read: async (start) => latin("0123needle").subarray(start) };
  const found = await searchRuns([{ ...runOf(cut), size: 8 }, { ...runOf(cut), size: 12, offset: 8, continues: true }], text("needle"), { total: 0, cap: 10, onHits: () => undefined });
  expect(found).toEqual({ hits: 1, searched: 10, capped: false, missing: 10, unsure: 0 });
});

test("runs may come one after another, and their iterator is closed when the search ends early", async () => {
  let closed = 0;
  let given = 0;
  async function* runs(): AsyncGenerator<Run> {
    try {
      for (;;) {
        given++;
        await Promise.resolve();
        yield runOf(memorySource(latin("..needle..")), BigInt(given * 64));
      }
    } finally {
      closed++;
    }
  }
  const done = await searchRuns(runs(), text("needle"), { total: 0, cap: 50, onHits: () => undefined });
  expect(done).toMatchObject({ hits: 50, capped: true });
  expect(closed).toBe(1);
  expect(given).toBeLessThan(100);
});

test("reads are large, several at a time, in bounds, and each byte is read once", async () => {
  const size = 8 << 20;
  let underWay = 0;
  let most = 0;
  const reads: number[] = [];
  const source: ByteSource = {
    size,
    async read(start, end) {
      reads.push(end - start);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay--;
      return new Uint8Array(end - start);
    },
  };
  // Runs of a page each with gaps between their addresses, that follow each other in the file.
  const runs = Array.from({ length: size / 4096 }, (_, page): Run => ({ address: BigInt(page * 8192), size: 4096, source, offset: page * 4096, continues: false }));
  const done = await searchRuns(runs, text("needle"), { total: size, cap: 1, onHits: () => undefined });
  expect(done.searched).toBe(size);
  expect(reads).toEqual(Array.from({ length: 8 }, () => 1 << 20));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
});

test("progress rises to the end, and an abort stops the search while sources answer at once", async () => {
  const page = new Uint8Array(1 << 20).fill(0x61);
  const source: ByteSource = { size: 4 * 2 ** 40, read: async (start, end) => page.subarray(0, end - start) };
  const seen: Progress[] = [];
  const abort = new AbortController();
  const began = Date.now();
  setTimeout(() => abort.abort(new Error("enough")), 200);
  const search = searchRuns([runOf(source)], text("needle"), { total: source.size, cap: 1, onHits: () => undefined, signal: abort.signal, onProgress: (progress) => seen.push(progress) });
  await expect(search).rejects.toThrow("enough");
  expect(Date.now() - began).toBeLessThan(20_000);
  expect(seen.length).toBeGreaterThan(1);
  seen.forEach(({ done, total }, index) => {
    expect(total).toBe(source.size);
    expect(done).toBeGreaterThan(seen[index - 1]?.done ?? 0);
  });
  await expect(searchRuns([], text("a"), { total: 0, cap: 1, onHits: () => undefined, signal: abort.signal })).rejects.toThrow("enough");
});

test("an abort stops an expression that takes quadratic time", async () => {
  const abort = new AbortController();
  const began = Date.now();
  setTimeout(() => abort.abort(), 100);
  const search = searchRuns([runOf(memorySource(new Uint8Array(4 << 20)))], compiled({ kind: "regex", source: "\\x00.*z", ignoreCase: false }), { total: 0, cap: 1, onHits: () => undefined, signal: abort.signal });
  await expect(search).rejects.toThrow();
  expect(Date.now() - began).toBeLessThan(20_000);
});

test("where an expression is too much for the engine, the search says of how many bytes it is not sure", async () => {
  const source = memorySource(latin(`ab${"a".repeat(30_000)}bzab`));
  const done = await searchRuns([runOf(source)], compiled({ kind: "regex", source: `b(?:(.)${"(q)?".repeat(400)})*z`, ignoreCase: false }), { total: 0, cap: 1, onHits: () => undefined });
  expect(done.hits).toBe(1);
  expect(done.unsure).toBeGreaterThan(0);
  expect(done.unsure).toBeLessThanOrEqual(256);
});

test("a failing source ends the search with its own error, whatever else is under way", async () => {
  const bad: ByteSource = { size: 100, read: async () => await Promise.reject(new Error("the disk is gone")) };
  const good = memorySource(latin("needle"));
  await expect(searchRuns([runOf(good), runOf(bad), runOf(bad)], text("needle"), { total: 0, cap: 9, onHits: () => undefined })).rejects.toThrow("the disk is gone");
  await expect(searchRuns([runOf(good), runOf(bad)], text("needle"), { total: 0, cap: 9, onHits: () => Promise.reject(new Error("nobody listens")) })).rejects.toThrow("nobody listens");
});

describe("long matches", () => {
  test("a text over many windows is one match with the start of its text", async () => {
    const bytes = Buffer.concat([latin("\0\0"), Buffer.from("é".repeat(50_000)), latin("\0")]);
    const [hit, ...more] = await allHits(cutRuns([{ address: 0x7000n, bytes }], [1000]), compiled({ kind: "strings", min: 4, encoding: "utf-8" }), { window: 4096 });
    expect(more).toEqual([]);
    expect(hit).toMatchObject({ address: 0x7002n, length: 100_000, text: "é".repeat(2048), cut: true, offset: 2 });
    expect(hit!.run.address).toBe(0x7000n);
  });

  test("the text is cut between characters", async () => {
    const bytes = Buffer.from("€".repeat(2000));
    const [hit] = await allHits([runOf(memorySource(bytes))], compiled({ kind: "strings", min: 4, encoding: "utf-8" }));
    expect(hit).toMatchObject({ length: 6000, text: "€".repeat(1365), cut: true });
  });

  test("a match of an expression is cut at the longest one, the same in any window", async () => {
    const matcher = regexMatcher("a+|x.*y", false, { longest: 50, behind: 4, most: 16 });
    if ("why" in matcher) throw new Error(matcher.why);
    // `y` is out of sight for the first `x` and in sight for the second.
    const bytes = latin(`..${"a".repeat(120)}..x${"-".repeat(60)}x--y--${"a".repeat(50)}`);
    for (const window of [1, 13, 100, 1000]) {
      const hits = await allHits(cutRuns([{ address: 0n, bytes }], [9, 31]), matcher, { window });
      expect(hits.map(({ address, length, cut }) => [Number(address), length, cut === true])).toEqual([
        [2, 50, true],
        [52, 50, true],
        [102, 20, false],
        [185, 4, false],
        [191, 50, false],
      ]);
    }
  });
});

describe("bytes made to mislead", () => {
  const slowly = (of: string, bytes: Uint8Array): number[] => {
    const places: number[] = [];
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = all.indexOf(of, 0, "latin1"); at >= 0; at = all.indexOf(of, at + of.length, "latin1")) places.push(at);
    return places;
  };

  test("repeating patterns in repeating bytes are found where they are", async () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });
    const pattern = fc.tuple(letters, fc.integer({ min: 1, max: 70 }), letters, fc.integer({ min: 0, max: 40 })).map(([head, count, tail, more]) => head.repeat(count) + tail + head.repeat(more));
    const cases = pattern.chain((of) => fc.tuple(fc.constant(of), fc.array(fc.oneof(fc.constant(of), fc.tuple(letters, fc.integer({ min: 1, max: 3000 })).map(([unit, count]) => unit.repeat(count)), fc.constant("c")), { minLength: 1, maxLength: 12 })));
    await fc.assert(
      fc.asyncProperty(cases, fc.integer({ min: 1, max: 20_000 }), async ([of, pieces], window) => {
        const bytes = latin(pieces.join(""));
        const hits = await allHits([runOf(memorySource(bytes), 0n)], text(of), { window });
        expect(hits.map(({ address }) => Number(address))).toEqual(slowly(of, bytes));
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ["the last byte differs everywhere", "a".repeat(100) + "b", "a"],
    ["the first byte differs everywhere", "b" + "a".repeat(100), "a"],
    ["one letter, and a stranger every 900 bytes", "a".repeat(1000), `${"a".repeat(899)}c`],
    ["two letters in turn", "ab".repeat(60) + "b", "ab"],
    ["a flaw in the middle", `${"ab".repeat(16)}aa${"ab".repeat(16)}`, "ab"],
  ])("%s: no slower than 30 MB/s", async (_, of, unit) => {
    const bytes = latin(unit.repeat(Math.ceil((8 << 20) / unit.length)));
    // Time of the processor, so that other work on the machine counts little. The bound is far below what is measured there
    // (140 MB/s and more) and far above what comparing at each place does (10 and less).
    const began = process.cpuUsage();
    expect(await allHits([runOf(memorySource(bytes))], text(of))).toEqual([]);
    expect(bytes.length / process.cpuUsage(began).user).toBeGreaterThan(30);
  });
});
