/**
 * Archives under any damage: nothing throws, nothing hangs, parts tile, reads stay inside. A short run here;
 * ICECORE_FUZZ_SECONDS and ICECORE_FUZZ_SEED as in fuzz.test.ts.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { capture, story } from "../fixtures/archives/build-capture.ts";
import { concat, longName, member, oldSparse, pax, tar } from "../fixtures/archives/build-tar.ts";
import { zip } from "../fixtures/archives/build-zip.ts";
import { examineArchive } from "../fixtures/archives/examine.ts";
import { memoryScratch } from "../fixtures/archives/memory-scratch.ts";
import { mutate } from "./mutate.ts";

const SECONDS = Number(process.env["ICECORE_FUZZ_SECONDS"] ?? 0);
const FIRST_SEED = Number(process.env["ICECORE_FUZZ_SEED"] ?? 1);
const SHORT = 60;
/** Milliseconds. */
const SLOW = 5000;

const fixture = (name: string): Uint8Array => Uint8Array.from(readFileSync(new URL(`../fixtures/archives/${name}`, import.meta.url)));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const SPARSE_LINES = concat(bytes("2\n0\n4\n9000\n4\n".padEnd(512, "\0")), bytes("headtail"));
const TAR = tar(
  member({ name: "dir/", type: "5" }),
  member({ name: "dir/core-1.img", user: "root", group: "root" }, "x".repeat(700)),
  pax([["path", "renamed"], ["mtime", "1.5"], ["SCHILY.xattr.user.a", "b"]]),
  member({ name: "x" }, "y"),
  longName("L", "long/".repeat(40)),
  member({ name: "long", dialect: "gnu", type: "1", link: "renamed" }),
  oldSparse("sparse", 90_000, Array.from({ length: 30 }, (_, index) => [index * 3000, 4] as const), bytes("data".repeat(30))),
  pax([["GNU.sparse.major", "1"], ["GNU.sparse.minor", "0"], ["GNU.sparse.realsize", "10000"], ["GNU.sparse.name", "lines"]]),
  member({ name: "s" }, SPARSE_LINES),
  pax([["GNU.sparse.size", "9000"], ["GNU.sparse.map", "0,4,8000,4"]]),
  member({ name: "map" }, "headtail"),
  member({ name: "v7", dialect: "v7" }, "old"),
);
const ZIP = zip([{ name: "a", contents: "x".repeat(3000) }, { name: "b", contents: "stored", method: 0 }, { name: "c", contents: "wide", zip64: true }, { name: "d", contents: "late", descriptor: true }], "comment", true);

const SEEDS: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ["tar", TAR],
  ["tar.gz", gzipSync(TAR)],
  ["zip", ZIP],
  ["gz", fixture("poem.gz")],
  ["bz2", fixture("poem.bz2")],
  ["xz", fixture("poem.xz")],
  ["zst", fixture("poem.zst")],
  ["lz4", fixture("poem.lz4")],
  ["capture", capture(story([{ name: "a", contents: bytes("x".repeat(3000)) }, { name: "b", contents: bytes("y".repeat(500)) }, { name: "c", contents: bytes("") }], 400, 2))[0]!],
];

async function one(name: string, seed: number): Promise<void> {
  const image = mutate(SEEDS.find(([known]) => known === name)![1], seed);
  const began = performance.now();
  try {
    await examineArchive(image, { inflateLimit: 20_000_000, memoryLimit: 1_000_000 * (seed % 3), largeMember: 500, ...(seed % 2 === 0 ? { scratch: memoryScratch(seed % 4 === 0 ? 3000 : Infinity) } : {}) });
  } catch (error) {
    throw new Error(`${name}, seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, { cause: error });
  }
  const took = performance.now() - began;
  if (took > SLOW) throw new Error(`${name}, seed ${seed}: took ${Math.round(took)} ms`);
}

describe("mutated archives", () => {
  if (SECONDS > 0) {
    test(`hold the laws for ${SECONDS} seconds`, { timeout: SECONDS * 1000 + 60_000 }, async () => {
      const end = performance.now() + SECONDS * 1000;
      let count = 0;
      for (let seed = FIRST_SEED; performance.now() < end; seed++, count++) await one(SEEDS[seed % SEEDS.length]![0], seed);
      console.log(`${count} archives`);
      expect(count).toBeGreaterThan(0);
    });
    return;
  }
  test.each(SEEDS)("of %s hold the laws", async (name) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SHORT; seed++) await one(name, seed);
  });
});

describe("any bytes", () => {
  const anything = fc.uint8Array({ maxLength: 3000, size: "max" });

  test("hold the laws", async () => {
    await fc.assert(fc.asyncProperty(anything, async (some) => void (await examineArchive(some))), { numRuns: 100, seed: 7 });
  });

  test("after a sound beginning hold the laws", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...SEEDS), fc.double({ min: 0, max: 1, noNaN: true }), anything, async ([, sound], share, rest) => {
        await examineArchive(concat(sound.subarray(0, Math.floor(sound.length * share)), rest), { inflateLimit: 20_000_000 });
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  test("as headers with sound checksums hold the laws", async () => {
    const field = fc.uint8Array({ minLength: 1, maxLength: 40 });
    const type = fc.constantFrom("0", "1", "2", "5", "x", "g", "L", "K", "S", "7", "\0", "Z");
    const made = fc.tuple(type, fc.constantFrom("ustar", "gnu", "v7"), fc.integer({ min: 0, max: 3000 }), fc.array(fc.tuple(fc.constantFrom(0, 100, 108, 124, 136, 157, 257, 345, 386, 482, 483), field), { maxLength: 3 }), fc.uint8Array({ maxLength: 1500, size: "max" }));
    await fc.assert(
      fc.asyncProperty(fc.array(made, { maxLength: 6 }), async (members) => {
        const archive = concat(...members.map(([kind, dialect, size, patch, contents]) => member({ type: kind, dialect: dialect as "ustar", size, patch }, contents)));
        await examineArchive(archive);
        await examineArchive(gzipSync(archive), { largeMember: 300, scratch: memoryScratch() });
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
