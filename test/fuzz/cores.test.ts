/**
 * Mutation fuzz over ELF cores: any damage, and still the laws hold and nothing throws.
 * A short run here; ICECORE_FUZZ_SECONDS and ICECORE_FUZZ_SEED as in fuzz.test.ts.
 */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../src/core/bytes/source.ts";
import { coreBytes, CORE_SAMPLES, openCores } from "../support/core-samples.ts";
import { examineSet } from "./examine-set.ts";
import { mutate, random } from "./mutate.ts";

const SECONDS = Number(process.env["ICECORE_FUZZ_SECONDS"] ?? 0);
const FIRST_SEED = Number(process.env["ICECORE_FUZZ_SEED"] ?? 1);
/** Mutations of each sample in the short run. */
const SHORT = 12;
/** Bytes from the beginning, where headers and notes of most writers stand. */
const DENSE = 24 * 1024;

const SAMPLES = CORE_SAMPLES.filter((name) => name !== "k64-pnxnum");

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Damage to headers and notes: memory, which is most of a core, has no structure to damage. */
function damaged(name: string, seed: number): Uint8Array {
  const bytes = coreBytes(name);
  const next = random(seed);
  // gdb writes the notes last; changes there must leave the lengths before them alone.
  if (name.startsWith("g") && next() < 0.7) {
    const from = bytes.length - DENSE;
    return joined([bytes.subarray(0, from), mutate(bytes.subarray(from), seed)]);
  }
  const dense = next() < 0.5 ? 2048 : DENSE;
  return joined([mutate(bytes.subarray(0, Math.min(bytes.length, dense)), seed), bytes.subarray(dense, Math.min(bytes.length, 256 * 1024))]);
}

/** Opened, with the registers of some threads decoded on the way. */
async function openAndDecode(...inputs: Parameters<typeof openCores>): ReturnType<typeof openCores> {
  const opened = await openCores(...inputs);
  if (opened === undefined) return undefined;
  const { checkpoint } = opened;
  for (let thread = 0; thread < Math.min(8, checkpoint.tables.get("threads").length); thread++) await checkpoint.decoder.registers!(thread);
  return opened;
}

async function one(name: string, seed: number): Promise<number> {
  try {
    return (await examineSet([{ name: "core", source: memorySource(damaged(name, seed)) }], undefined, openAndDecode)).records;
  } catch (error) {
    throw new Error(`${name}, seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, { cause: error });
  }
}

describe("mutated cores", () => {
  if (SECONDS > 0) {
    test(`hold the laws for ${SECONDS} seconds`, { timeout: SECONDS * 1000 + 60_000 }, async () => {
      const end = performance.now() + SECONDS * 1000;
      let count = 0;
      const failures: string[] = [];
      for (let seed = FIRST_SEED; performance.now() < end && failures.length < 30; seed++) {
        await one(SAMPLES[seed % SAMPLES.length]!, seed).catch((error: unknown) => void failures.push(String(error)));
        count++;
      }
      console.log(`${count} cores`);
      expect(failures).toEqual([]);
    });
    return;
  }
  test.each(SAMPLES)("%s holds the laws under damage", { timeout: 60_000 }, async (name) => {
    let opened = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SHORT; seed++) opened += Number((await one(name, seed * 1000 + name.length)) > 0);
    // Most damage leaves the head alone: what is examined are cores, not unknown bytes.
    expect(opened).toBeGreaterThan(SHORT / 2);
  });
});
