/**
 * The search over a file of memory, compared with grep and strings over the same file in the same run. The file stands in a
 * folder that the caller removes.
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { memorySource, type ByteSource } from "../../src/core/bytes/source.ts";
import { fileSource } from "../../src/cli/file-source.ts";
import type { SearchPattern } from "../../src/core/memory-inspector.ts";
import { compilePattern } from "../../src/core/search/pattern.ts";
import type { Run } from "../../src/core/search/read-ahead.ts";
import { searchRuns } from "../../src/core/search/search-runs.ts";

type Note = (what: string, figure: string, target?: string) => void;

const CHUNK = 16 * 1024 * 1024;
const CHUNKS = 32;
const SIZE = CHUNK * CHUNKS;
const ROUNDS = 3;

/** Pages as memory has them: zeros, pointers and small numbers, texts, and noise. */
export function memoryChunk(chunk: number): Uint8Array {
  const bytes = new Uint8Array(CHUNK);
  const words = new Uint32Array(bytes.buffer);
  let seed = chunk * 7919 + 1;
  const next = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0);
  const text = Buffer.from("PATH=/usr/local/bin:/usr/bin\0the quick brown fox\0error: cannot open file\0password_reset\0".repeat(47));
  for (let page = 0; page < words.length; page += 1024) {
    const kind = next() >>> 29;
    if (kind < 2) continue;
    if (kind === 7) bytes.set(text.subarray(0, 4096), page * 4);
    else
      for (let word = page; word < page + 1024; word += 2) {
        words[word] = kind === 6 ? next() ^ (next() >>> 16) : 0x5581_0000 + (next() >>> 18) * 16;
        words[word + 1] = kind === 6 ? next() ^ (next() >>> 16) : word % 8 === 0 ? next() >>> 28 : 0x7f12;
      }
  }
  if (chunk === CHUNKS - 1) bytes.set(Buffer.from("Qx-needle-17"), CHUNK - 4099);
  return bytes;
}

const text = (of: string, ignoreCase = false): SearchPattern => ({ kind: "text", text: of, encoding: "utf-8", ignoreCase });

/** What is looked for, and what does the same. */
const CASES: readonly (readonly [what: string, pattern: SearchPattern, tool: readonly string[] | undefined, target: string])[] = [
  ["literal, rare bytes", text("Qx-needle-17"), ["grep", "-c", "-F", "Qx-needle-17"], "1 GB/s, half of grep -c"],
  ["literal, rare bytes, grep -a", text("Qx-needle-17"), ["grep", "-c", "-a", "-F", "Qx-needle-17"], ""],
  ["literal, common bytes", { kind: "hex", text: "00 00 12 7f 00 01" }, ["grep", "-c", "-a", "-P", "\\x00\\x00\\x12\\x7f\\x00\\x01"], "1 GB/s"],
  ["literal, 3 letters", text("zqj"), ["grep", "-c", "-a", "-F", "zqj"], "1 GB/s"],
  ["literal, any case", text("qx-NEEDLE-17", true), ["grep", "-c", "-a", "-i", "-F", "qx-NEEDLE-17"], ""],
  ["literal, UTF-8 and UTF-16", { kind: "text", text: "Qx-needle-17", encoding: "any", ignoreCase: false }, undefined, ""],
  ["hex with wildcards", { kind: "hex", text: "51 78 ?? 6e 6? 65 64" }, ["grep", "-c", "-a", "-P", "\\x51\\x78.\\x6e[\\x60-\\x6f]\\x65\\x64"], "1 GB/s"],
  ["expression", { kind: "regex", source: "Qx-[a-z]+-[0-9]+", ignoreCase: false }, ["grep", "-c", "-a", "-P", "Qx-[a-z]+-[0-9]+"], ""],
  ["aligned integer", { kind: "integer", text: "0x12345678", width: 4, byteOrder: "little", aligned: true }, undefined, ""],
  ["pointers", { kind: "pointer", from: 0x7f13_0000_0000n, to: 0x7f13_0000_1000n }, undefined, ""],
  ["strings", { kind: "strings", min: 4, encoding: "ascii" }, ["strings", "-a", "-n", "4"], "as fast as strings"],
  ["strings of UTF-16", { kind: "strings", min: 4, encoding: "utf-16le" }, ["strings", "-a", "-n", "4", "-e", "l"], "as fast as strings"],
];

/** Best of some rounds, in ms. */
async function best(work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await work();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

async function searchAll(source: ByteSource, pattern: SearchPattern): Promise<number> {
  const matcher = compilePattern(pattern, "little", 8);
  if ("why" in matcher) throw new Error(matcher.why);
  const run: Run = { address: 0n, size: source.size, source, offset: 0, continues: false };
  const { hits, searched, capped } = await searchRuns([run], matcher, { total: source.size, cap: 100_000_000, context: 16, onHits: () => undefined });
  if (searched !== source.size || capped) throw new Error("the search did not reach the end");
  return hits;
}

const speed = (ms: number): string => `${(SIZE / ms / 1e6).toFixed(2)} GB/s`;

export async function searchFigures(folder: string, note: Note): Promise<void> {
  const path = `${folder}/memory.bin`;
  const whole = new Uint8Array(SIZE);
  const file = openSync(path, "w+");
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const bytes = memoryChunk(chunk);
    whole.set(bytes, chunk * CHUNK);
    writeSync(file, bytes);
  }
  try {
    for (const [what, pattern, tool, target] of CASES) {
      let hits = 0;
      const inMemory = await best(async () => (hits = await searchAll(memorySource(whole), pattern)));
      const fromFile = await best(async () => await searchAll(fileSource(file, SIZE), pattern));
      let beside = "";
      if (tool !== undefined && spawnSync(tool[0]!, ["--version"]).error === undefined) {
        const command = `${[...tool, path].map((word) => `'${word}'`).join(" ")} ${tool[0] === "strings" ? "| wc -l" : "|| true"}`;
        const theirs = await best(() => spawnSync("sh", ["-c", command], { env: { ...process.env, LC_ALL: "C" }, stdio: ["ignore", "ignore", "inherit"] }));
        beside = `; ${tool.slice(0, tool[0] === "grep" ? -1 : undefined).join(" ")} ${speed(theirs)}, so ${(theirs / fromFile).toFixed(2)} times as fast from the file`;
      }
      note(`search, ${what}`, `${speed(inMemory)} in memory, ${speed(fromFile)} from the file, ${hits} hits${beside}`, target);
    }
  } finally {
    closeSync(file);
    unlinkSync(path);
  }
}
