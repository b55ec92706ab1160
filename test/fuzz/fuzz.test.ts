/**
 * Mutation fuzz: any damage, and still the laws hold, nothing throws and nothing hangs.
 * A short run here; `npm run fuzz` (ICECORE_FUZZ_SECONDS, ICECORE_FUZZ_SEED) goes on for longer.
 */
import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { SAMPLES } from "../support/samples.ts";
import { examine } from "./examine.ts";
import { mutate } from "./mutate.ts";

const SECONDS = Number(process.env["ICECORE_FUZZ_SECONDS"] ?? 0);
const FIRST_SEED = Number(process.env["ICECORE_FUZZ_SEED"] ?? 1);
/** Mutations of each sample in the short run. */
const SHORT = 12;
/** No image of this size may take longer, whatever is in it (milliseconds). */
const SLOW = 5000;

async function one(name: string, bytes: Uint8Array, seed: number): Promise<void> {
  const image = mutate(bytes, seed);
  const began = performance.now();
  try {
    await examine(image);
  } catch (error) {
    throw new Error(`${name}, seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, { cause: error });
  }
  const took = performance.now() - began;
  if (took > SLOW) throw new Error(`${name}, seed ${seed}: took ${Math.round(took)} ms`);
}

describe("mutated images", () => {
  if (SECONDS > 0) {
    test(`hold the laws for ${SECONDS} seconds`, { timeout: SECONDS * 1000 + 60_000 }, async () => {
      const end = performance.now() + SECONDS * 1000;
      let count = 0;
      for (let seed = FIRST_SEED; performance.now() < end; seed++) {
        const { name, bytes } = SAMPLES[seed % SAMPLES.length]!;
        await one(name, bytes, seed);
        count++;
      }
      console.log(`${count} images`);
      expect(count).toBeGreaterThan(0);
    });
    return;
  }
  test.each(SAMPLES)("$name holds the laws under damage", async ({ name, bytes }) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SHORT; seed++) await one(name, bytes, seed * 1000 + name.length);
  });
});

describe("arbitrary bytes", () => {
  test("open, end and hold the laws", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => void (await examine(bytes))), { numRuns: 150, seed: 7 });
  });

  test("after a sound head hold the laws too", async () => {
    const heads = SAMPLES.filter(({ folder }) => folder !== "damaged").map(({ bytes }) => bytes.subarray(0, 400));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 400 }), async (head, rest) => void (await examine(new Uint8Array([...head, ...rest])))),
      { numRuns: 150, seed: 7 },
    );
  });
});

describe("a prefix of an image", () => {
  test.each(SAMPLES.filter(({ folder }) => folder !== "damaged"))("of $name has a prefix of its records and rows", async ({ bytes, name }) => {
    const { openLinuxCr, tableRows } = await import("../support/open.ts");
    const whole = await openLinuxCr(bytes);
    const records = await tableRows(whole.inspector, "records");
    const pids = (await tableRows(whole.inspector, "tasks")).map(({ pid }) => pid);
    const starts = (await tableRows(whole.inspector, "regions")).map(({ start }) => start);
    const fds = (await tableRows(whole.inspector, "fds")).map(({ fd }) => fd);
    for (const share of [0.31, 0.62, 0.93]) {
      const length = Math.floor(bytes.length * share);
      if (length < 400) continue;
      const summary = await whole.inspector.summary();
      // The revision is given: a short prefix may fit several.
      const part = await openLinuxCr(bytes.subarray(0, length), { revision: summary.revision!, ...(summary.architecture === undefined ? {} : { architecture: summary.architecture }) });
      const some = await tableRows(part.inspector, "records");
      const complete = some.slice(0, -1);
      expect(complete.map(({ offset, length: size, name: kind }) => [offset, size, kind]), name).toEqual(
        records.slice(0, complete.length).map(({ offset, length: size, name: kind }) => [offset, size, kind]),
      );
      const partPids = (await tableRows(part.inspector, "tasks")).map(({ pid }) => pid);
      // In v6 to v8 the pid stands in the THREAD record, after the memory.
      expect(partPids.filter((pid) => pid !== null)).toEqual(pids.slice(0, partPids.filter((pid) => pid !== null).length));
      const partStarts = (await tableRows(part.inspector, "regions")).map(({ start }) => start);
      expect(partStarts).toEqual(starts.slice(0, partStarts.length));
      const partFds = (await tableRows(part.inspector, "fds")).map(({ fd }) => fd);
      expect(partFds).toEqual(fds.slice(0, partFds.length));
    }
  });
});
