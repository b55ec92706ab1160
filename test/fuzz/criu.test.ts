/**
 * Mutation fuzz over whole sets: any damage, and still the laws hold, nothing throws and nothing hangs.
 * A short run here; ICECORE_FUZZ_SECONDS and ICECORE_FUZZ_SEED as in fuzz.test.ts. ICECORE_FUZZ_TRACE names a file for the seed under way.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../src/core/bytes/source.ts";
import { sampleFiles, type InputFile } from "../support/criu-open.ts";
import { CRIU_SAMPLES } from "../support/criu-samples.ts";
import { untar } from "../support/untar.ts";
import { examineSet } from "./examine-set.ts";
import { mutateSet } from "./mutate-set.ts";

const SECONDS = Number(process.env["ICECORE_FUZZ_SECONDS"] ?? 0);
const FIRST_SEED = Number(process.env["ICECORE_FUZZ_SEED"] ?? 1);
/** Mutations of each sample in the short run. */
const SHORT = 2;
/** Sets of some megabytes: the others are enough of the same. */
const LARGE = new Set(["15-python3", "20b-nginx"]);

/** What container engines made, unpacked once: layers are archives still. */
const CONTAINERS = new URL("../fixtures/real/containers/", import.meta.url);
const ENGINES: readonly { readonly name: string }[] = readdirSync(CONTAINERS).filter((name) => name.endsWith(".tar.gz")).map((name) => ({ name }));

const SETS: readonly { readonly name: string }[] = [...CRIU_SAMPLES.filter(({ name }) => !LARGE.has(name)), ...ENGINES];
const known = new Map<string, Promise<readonly InputFile[]>>();

async function filesOf(name: string): Promise<readonly InputFile[]> {
  let files = known.get(name);
  if (files === undefined) {
    files = name.endsWith(".tar.gz") ? engineFiles(name) : sampleFiles(name);
    known.set(name, files);
  }
  return await files;
}

async function engineFiles(name: string): Promise<readonly InputFile[]> {
  return [...untar(new Uint8Array(readFileSync(new URL(name, CONTAINERS))))].map(([path, bytes]) => ({ name: path, source: memorySource(bytes) }));
}

/** A file that always holds the set under way: a loop without an end leaves no other trace. */
const TRACE = process.env["ICECORE_FUZZ_TRACE"];

async function one(name: string, seed: number): Promise<void> {
  if (TRACE !== undefined) writeFileSync(TRACE, `${name} ${seed}\n`);
  const set = await mutateSet(await filesOf(name), seed);
  try {
    await examineSet(set);
  } catch (error) {
    throw new Error(`${name}, seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, { cause: error });
  }
}

describe("mutated sets", () => {
  if (SECONDS > 0) {
    test(`hold the laws for ${SECONDS} seconds`, { timeout: SECONDS * 1000 + 60_000 }, async () => {
      const end = performance.now() + SECONDS * 1000;
      let count = 0;
      const failures: string[] = [];
      for (let seed = FIRST_SEED; performance.now() < end && failures.length < 30; seed++) {
        await one(SETS[seed % SETS.length]!.name, seed).catch((error: unknown) => void failures.push(String(error)));
        count++;
      }
      console.log(`${count} sets`);
      expect(failures).toEqual([]);
    });
    return;
  }
  test.each(SETS)("$name holds the laws under damage", async ({ name }) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SHORT; seed++) await one(name, seed * 1000 + name.length);
  });
});
