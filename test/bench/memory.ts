/** Figures of memory: reads by address, a task with a million runs of pages, cores against cp, and search over 3 GB. */
import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openDestination } from "../../src/cli/output-file.ts";
import { fileSource } from "../../src/cli/file-source.ts";
import { openCheckpoint, type Inspector } from "../../src/core/index.ts";
import { images, START, writeSet } from "./criu.ts";
import { memoryChunk } from "./search.ts";

type Note = (what: string, figure: string, target?: string) => void;
type Peak = <T>(work: () => Promise<T>) => Promise<{ result: T; peak: number }>;

const PAGE = 4096n;
const GIB = 1024 ** 3;
const READS = 100_000;

const mib = (bytes: number): string => `${(bytes / 1048576).toFixed(1)} MiB above start`;

/** Addresses of pages, spread over a range, the same in every run. */
function* randomPages(pages: number, count: number): Generator<bigint> {
  let seed = 1;
  for (let read = 0; read < count; read++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    yield BigInt(START) + BigInt(Math.floor((seed / 2 ** 32) * pages)) * PAGE;
  }
}

async function randomReads(inspector: Inspector, pages: number, count: number): Promise<number> {
  const began = performance.now();
  let sum = 0;
  for (const start of randomPages(pages, count)) sum += (await inspector.memory.read({ space: 0, start, end: start + PAGE })).bytes[0]!;
  if (Number.isNaN(sum)) throw new Error("no bytes");
  return count / ((performance.now() - began) / 1000);
}

export async function memoryFigures(folder: string, note: Note, peakMemory: Peak): Promise<void> {
  const path = join(folder, "memory.tar");
  const size = 3 * GIB;
  const pagesAt = writeSet(path, size);
  const file = openSync(path, "r+");
  // A gigabyte of it is real; the rest is a hole.
  for (let chunk = 0; chunk < 64; chunk++) writeSync(file, memoryChunk(chunk % 32), 0, undefined, pagesAt + chunk * 16 * 1024 * 1024);
  const source = fileSource(file, fstatSync(file).size);
  const inspector = await openCheckpoint([{ name: "memory.tar", source }]);
  await randomReads(inspector, 4096, 20_000);
  note("random reads of 4 KiB by address: in 16 MiB that were read before", `${(await randomReads(inspector, 4096, READS)).toFixed(0)} reads/s`, "50,000 reads/s warm");
  await randomReads(inspector, GIB / 4096, 2000);
  const { result, peak } = await peakMemory(async () => await randomReads(inspector, GIB / 4096, 20_000));
  note("random reads of 4 KiB by address: over 1 GiB in the cache of the system", `${result.toFixed(0)} reads/s, ${mib(peak)}`, "200 MiB");
  // Reading a hole for the first time costs more than searching it.
  spawnSync("sh", ["-c", `cat '${path}' > /dev/null`]);
  const grepBegan = performance.now();
  spawnSync("grep", ["-c", "-F", "no such text", path], { env: { ...process.env, LC_ALL: "C" } });
  const grepMs = performance.now() - grepBegan;
  const searched = await peakMemory(async () => {
    const began = performance.now();
    const done = await inspector.memory.search({ pattern: { kind: "text", text: "no such text", encoding: "utf-8", ignoreCase: false }, scope: { kind: "all" }, cap: 100 });
    return { done, ms: performance.now() - began };
  });
  note("search of 3 GB by address, text", `${(searched.result.done.searched / searched.result.ms / 1e6).toFixed(2)} GB/s, ${(grepMs / searched.result.ms).toFixed(2)} times as fast as grep -c -F over the archive, ${mib(searched.peak)}`, "1 GB/s, half of grep -c, 200 MiB");
  await inspector.close();
  closeSync(file);
  unlinkSync(path);
  await coreAgainstCp(folder, note, peakMemory);
  await manyRuns(note, peakMemory);
}

/** A set of a gigabyte becomes a core of the same size; cp copies the archive that it stands in. */
async function coreAgainstCp(folder: string, note: Note, peakMemory: Peak): Promise<void> {
  const archive = join(folder, "one.tar");
  const pagesAt = writeSet(archive, GIB);
  const file = openSync(archive, "r+");
  for (let chunk = 0; chunk < 64; chunk++) writeSync(file, memoryChunk(chunk % 32), 0, undefined, pagesAt + chunk * 16 * 1024 * 1024);
  const inspector = await openCheckpoint([{ name: "one.tar", source: fileSource(file, fstatSync(file).size) }]);
  const out = join(folder, "core");
  const copy = join(folder, "copy");
  const ratios: number[] = [];
  let peak = 0;
  let figure = "";
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    spawnSync("cp", ["--reflink=never", "--sparse=never", archive, copy]);
    const theirs = performance.now() - start;
    unlinkSync(copy);
    const began = performance.now();
    const { result, peak: most } = await peakMemory(async () => {
      const destination = openDestination(out, [archive], undefined as never, { sparse: true });
      const plan = await inspector.memory.core({ task: 0, options: {} }, { onPiece: (bytes) => destination.write(bytes) });
      destination.close();
      return plan;
    });
    const ours = performance.now() - began;
    if (result.memory !== GIB) throw new Error("the core does not hold all the memory");
    ratios.push(theirs / ours);
    peak = Math.max(peak, most);
    figure = `${(result.size / ours / 1e6).toFixed(2)} GB/s`;
    unlinkSync(out);
  }
  note("core of a task of 1 GB, against cp of the archive", `${(ratios.toSorted((a, b) => a - b)[2]! * 100).toFixed(0)} % of cp's speed (median of 5), ${figure}, ${mib(peak)}`, "80 %, 200 MiB");
  await inspector.close();
  closeSync(file);
  unlinkSync(archive);
}

async function manyRuns(note: Note, peakMemory: Peak): Promise<void> {
  const runs = 1_000_000;
  const set = images(runs);
  set.set("pages-1.img", new Uint8Array(0));
  const files = [...set].map(([name, data]) => ({ name, source: { size: name === "pages-1.img" ? runs * 4096 : data.length, grain: 4096, read: async (start: number, end: number) => (name === "pages-1.img" ? new Uint8Array(Math.max(0, end - start)) : data.subarray(start, end)) } }));
  const inspector = await openCheckpoint(files);
  const middle = BigInt(START) + 1_000_000n * PAGE;
  const step = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    const { peak } = await peakMemory(work);
    note(`a task with 1,000,000 runs of pages: ${what}`, `${(performance.now() - began).toFixed(0)} ms, ${mib(peak)}`, "200 MiB");
  };
  await step("first read by address", async () => await inspector.memory.read({ space: 0, start: middle, end: middle + PAGE }));
  await step("map with its sums", async () => await inspector.memory.map({ space: 0 }));
  await step("picture of 1,000 cells", async () => await inspector.memory.strip({ space: 0, cells: 1000 }));
  await step("rows of the hex grid in its middle", async () => {
    const row = await inspector.memory.rowOf({ space: 0, width: 16, address: middle });
    return await inspector.memory.rows({ space: 0, width: 16, from: row, to: row + 100 });
  });
  const reads = await randomReads(inspector, runs, 20_000);
  note("a task with 1,000,000 runs of pages: random reads", `${reads.toFixed(0)} reads/s`, "50,000 reads/s");
  await inspector.close();
}
