/**
 * Benchmarks, apart from the tests: speed and memory of indexing, compared within one run with a plain pass over the file.
 * `npm run bench`. Figures go to standard output as a table.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCheckpoint } from "../../src/core/index.ts";
import type { ByteSource } from "../../src/core/bytes/source.ts";
import { archiveFigures } from "./archives.ts";
import { browserFigures } from "./browser.ts";
import { criuFigures } from "./criu.ts";
import { memoryFigures } from "./memory.ts";
import { searchFigures } from "./search.ts";
import { pageImage, sizeOf, smallRecordImage, writeSparse } from "./big-images.ts";

interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly target: string;
}

const figures: Figure[] = [];
const folder = mkdtempSync(join(tmpdir(), "icecore-bench-"));

function note(what: string, figure: string, target = ""): void {
  figures.push({ what, figure, target });
}

async function fileSource(path: string): Promise<{ source: ByteSource; bytesRead: () => number; close: () => Promise<void> }> {
  const file = await open(path, "r");
  const { size } = await file.stat();
  let bytesRead = 0;
  return {
    source: {
      size,
      async read(start, end) {
        const to = Math.min(end, size);
        const buffer = new Uint8Array(Math.max(0, to - start));
        const got = await file.read(buffer, 0, buffer.length, start);
        bytesRead += got.bytesRead;
        return buffer.subarray(0, got.bytesRead);
      },
    },
    bytesRead: () => bytesRead,
    close: async () => await file.close(),
  };
}

/** Most resident memory above the start while the work runs. */
async function peakMemory<T>(work: () => Promise<T>): Promise<{ result: T; peak: number }> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  try {
    const result = await work();
    peak = Math.max(peak, process.memoryUsage().rss);
    return { result, peak: peak - before };
  } finally {
    clearInterval(timer);
  }
}

function plainPass(path: string): number {
  const began = performance.now();
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  const buffer = new Uint8Array(1 << 20);
  for (let at = 0; at < size; at += buffer.length) readSync(file, buffer, 0, buffer.length, at);
  closeSync(file);
  return performance.now() - began;
}

const mib = (bytes: number): string => `${(bytes / 1048576).toFixed(1)} MiB`;

async function index(what: string, path: string, records: number | undefined): Promise<void> {
  const times: number[] = [];
  let read = 0;
  let memory = 0;
  let count = 0;
  for (let round = 0; round < 3; round++) {
    const { source, bytesRead, close } = await fileSource(path);
    const began = performance.now();
    const { result, peak } = await peakMemory(async () => await openCheckpoint([{ name: "bench.img", source }]));
    times.push(performance.now() - began);
    const summary = await result.summary();
    if (summary.problems.error > 0) throw new Error(`${what}: the generated image has errors: ${summary.worst[0]?.message}`);
    count = summary.counts["records"] ?? 0;
    read = bytesRead();
    memory = Math.max(memory, peak);
    await close();
  }
  const best = Math.min(...times);
  const { size } = fstatOf(path);
  note(`${what}: index`, `${best.toFixed(0)} ms, ${(count / best / 1000).toFixed(2)} M records/s, ${(size / best / 1000).toFixed(0)} MB/s`, records === undefined ? "" : "at least 1 M records/s");
  note(`${what}: bytes read of ${mib(size)}`, mib(read), records === undefined ? "page contents are skipped" : "");
  note(`${what}: peak memory above start`, mib(memory), "at most 200 MiB");
  note(`${what}: a plain pass over the file takes`, `${plainPass(path).toFixed(0)} ms`);
}

function fstatOf(path: string): { size: number } {
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  closeSync(file);
  return { size };
}

try {
  const pages = join(folder, "pages.img");
  const small = join(folder, "small.img");
  const huge = join(folder, "huge.img");
  const pagePieces = pageImage(250_000);
  writeSparse(pages, pagePieces);
  writeSparse(small, smallRecordImage(250_000));
  writeSparse(huge, pageImage(7_500_000));
  console.log(`images: ${mib(sizeOf(pagePieces))} with 250,000 pages, ${mib(fstatOf(small).size)} with 1,000,000 records, ${mib(fstatOf(huge).size)} with 7,500,000 pages`);
  await index("1 GB, 250,000 pages", pages, undefined);
  await index("1,000,000 small records", small, 1_000_000);
  await index("30 GB, 7,500,000 pages", huge, undefined);
  const sets = await criuFigures(folder, note, peakMemory);
  await archiveFigures(folder, note);
  await searchFigures(folder, note);
  await memoryFigures(folder, note, peakMemory);
  for (const [what, figure, target] of await browserFigures([["1 GB, 250,000 pages", pages], ["1,000,000 small records", small], ...sets])) note(what, figure, target);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const width = Math.max(...figures.map(({ what }) => what.length));
for (const { what, figure, target } of figures) console.log(`${what.padEnd(width)}  ${figure}${target === "" ? "" : `  (target: ${target})`}`);
