/**
 * Archives: the index of large tars, whose contents are holes in sparse files, and one pass over compressed ones, compared
 * with the tool of the same format in the same run. Made in a folder that the caller removes.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, statSync, unlinkSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { nodeCodecs } from "../../src/cli/codecs.ts";
import { fileSource } from "../../src/cli/file-source.ts";
import { scratchStore } from "../../src/cli/scratch.ts";
import type { ByteSource } from "../../src/core/bytes/source.ts";
import { openArchive } from "../../src/core/archive/archive.ts";
import { header } from "../fixtures/archives/build-tar.ts";

const MEMBERS = 1000;
const MEMBER_3GB = 3 * 1024 * 1024 + 512;
const MEMBER_30GB = 30 * 1024 * 1024 + 512;
/** Inflated size of the compressed ones. */
const PACKED_MEMBERS = 64;
const PACKED_MEMBER = 16 * 1024 * 1024;
const ROUNDS = 3;

type Note = (what: string, figure: string, target?: string) => void;

/** Members of which only the headers are written. */
function writeSparseTar(path: string, size: number): void {
  const file = openSync(path, "w");
  let at = 0;
  for (let member = 0; member < MEMBERS; member++) {
    writeSync(file, header({ name: `checkpoint/pages-${member}.img`, size }), 0, 512, at);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  ftruncateSync(file, at + 10240);
  closeSync(file);
}

/** Pages as memory has them: a quarter zeros, half pointers and small numbers, a quarter that no one can compress. */
function memoryPages(bytes: number): Uint8Array {
  const pages = new Uint8Array(bytes);
  const words = new Uint32Array(pages.buffer);
  let seed = 12345;
  const next = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0);
  for (let page = 0; page < words.length; page += 1024) {
    const kind = next() >>> 30;
    if (kind === 0) continue;
    for (let word = page; word < page + 1024; word += 2) {
      words[word] = kind === 3 ? next() ^ (next() >>> 16) : 0x5581_0000 + (next() >>> 18) * 16;
      words[word + 1] = kind === 3 ? next() ^ (next() >>> 16) : word % 8 === 0 ? next() >>> 28 : 0x7f12;
    }
  }
  return pages;
}

async function writePacked(path: string, tool: string): Promise<void> {
  const file = openSync(path, "w");
  const packer = spawn(tool, ["-c", ...(tool === "gzip" ? ["-4"] : ["-3"])], { stdio: ["pipe", file, "inherit"] });
  const input = packer.stdin;
  if (input === null) throw new Error(`${tool} takes no input`);
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (!input.write(bytes)) await new Promise((resolve) => input.once("drain", resolve));
  };
  const pages = memoryPages(PACKED_MEMBER);
  for (let member = 0; member < PACKED_MEMBERS; member++) {
    await write(header({ name: `checkpoint/pages-${member}.img`, size: PACKED_MEMBER }));
    await write(pages.subarray(member * 4096));
    await write(pages.subarray(0, member * 4096));
  }
  input.end(new Uint8Array(10240));
  await new Promise((resolve) => packer.once("close", resolve));
  closeSync(file);
}

async function openOnce(path: string): Promise<{ ms: number; read: number; peak: number }> {
  const file = await open(path, "r");
  const plain = fileSource(file.fd, statSync(path).size);
  let read = 0;
  const source: ByteSource = {
    ...plain,
    async read(start, end, signal) {
      const bytes = await plain.read(start, end, signal);
      read += bytes.length;
      return bytes;
    },
    async readInto(target, start, signal) {
      const count = await plain.readInto!(target, start, signal);
      read += count;
      return count;
    },
  };
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  const began = performance.now();
  const archive = await openArchive(path, source, { codecs: nodeCodecs, scratch: scratchStore() }, () => {});
  const ms = performance.now() - began;
  clearInterval(timer);
  peak = Math.max(peak, process.memoryUsage().rss);
  if (archive === undefined || archive.problems.length > 0 || archive.members.length < PACKED_MEMBERS) throw new Error(`${path} was not read as it was made`);
  await archive.close();
  await file.close();
  return { ms, read, peak: peak - before };
}

async function best(path: string): Promise<{ ms: number; read: number; peak: number }> {
  const all: { ms: number; read: number; peak: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await openOnce(path));
  return { ms: Math.min(...all.map(({ ms }) => ms)), read: all[0]!.read, peak: Math.max(...all.map(({ peak }) => peak)) };
}

const mib = (bytes: number): string => `${(bytes / 1048576).toFixed(1)} MiB`;

async function indexFigures(folder: string, note: Note): Promise<void> {
  for (const [what, size, target] of [["3 GB", MEMBER_3GB, "at most 150 ms"], ["30 GB", MEMBER_30GB, ""]] as const) {
    const path = join(folder, "large.tar");
    writeSparseTar(path, size);
    // Before anything has warmed up: what a user waits for.
    const first = await openOnce(path);
    const again = await best(path);
    note(`${what} tar, ${MEMBERS} members: index`, `${first.ms.toFixed(0)} ms cold, ${again.ms.toFixed(0)} ms warm, ${mib(first.read)} read`, target);
    note(`${what} tar: peak memory above start`, mib(Math.max(first.peak, again.peak)), "at most 200 MiB");
    unlinkSync(path);
  }
}

async function packedFigures(folder: string, note: Note): Promise<void> {
  for (const [tool, suffix, times] of [["gzip", "gz", 1.3], ["zstd", "zst", 2]] as const) {
    if (spawnSync(tool, ["--version"]).error !== undefined) {
      note(`1 GB tar.${suffix}`, `${tool} is not installed`);
      continue;
    }
    const path = join(folder, `packed.tar.${suffix}`);
    await writePacked(path, tool);
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      spawnSync(tool, ["-dc", path], { stdio: ["ignore", "ignore", "inherit"] });
      theirs.push(performance.now() - began);
    }
    const { ms, peak } = await best(path);
    const tools = Math.min(...theirs);
    const figure = `${ms.toFixed(0)} ms, ${(ms / tools).toFixed(2)} times the ${tools.toFixed(0)} ms of ${tool} -dc, ${((PACKED_MEMBERS * PACKED_MEMBER) / ms / 1000).toFixed(0)} MB/s`;
    note(`1 GB tar.${suffix} (${mib(statSync(path).size)} packed): one pass`, figure, `at most ${times} times`);
    note(`1 GB tar.${suffix}: peak memory above start`, mib(peak), "at most 200 MiB");
    unlinkSync(path);
  }
}

/** Everything is noted as what, figure, target. */
export async function archiveFigures(folder: string, note: Note): Promise<void> {
  await indexFigures(folder, note);
  await packedFigures(folder, note);
}
