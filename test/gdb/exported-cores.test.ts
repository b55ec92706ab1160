/**
 * Cores written from checkpoints, as gdb reads them: threads, registers, memory, auxiliary vector and mapped files, against what
 * /proc said about the tasks and what the address space says. `.ci/run` installs gdb where it is missing.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { MemoryPiece } from "../../src/core/inspector.ts";
import { openSample, type OpenedSet } from "../support/criu-open.ts";
import { CRIU_SAMPLES } from "../support/criu-samples.ts";
import { procTruth, rawRows, type ProcTask } from "../support/criu-truth.ts";

const GDB = ["gdb-multiarch", "gdb"].find((name) => spawnSync(name, ["--version"]).status === 0);
const FOLDER = mkdtempSync(join(tmpdir(), "icecore-cores-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** Tasks of a sample that are tried: others of the same set are made alike. */
const MOST_TASKS = 2;
/** Pages of each kind whose first word is read through gdb. */
const MOST_PAGES = 24;

/** gdb's answers to commands, in their order. */
function ask(core: string, commands: readonly string[]): { readonly answers: readonly string[]; readonly complaints: string } {
  const marked = commands.flatMap((command, index) => ["-ex", `echo @@${index}\\n`, "-ex", command]);
  const found = spawnSync(GDB!, ["-q", "-batch", "-nx", "-ex", "set width 0", "-ex", "set height 0", "-ex", "set pagination off", "-ex", `core-file ${core}`, ...marked], { encoding: "utf8", maxBuffer: 1 << 28 });
  const answers = commands.map((_, index) => {
    const start = found.stdout.indexOf(`@@${index}\n`);
    const end = found.stdout.indexOf(`@@${index + 1}\n`);
    return start < 0 ? "" : found.stdout.slice(start + `@@${index}\n`.length, end < 0 ? undefined : end);
  });
  return { answers, complaints: found.stderr };
}

/** Addresses whose bytes are in an ELF file of this machine's byte order. */
function loads(bytes: Buffer): readonly { readonly start: bigint; readonly end: bigint }[] {
  const is64 = bytes[4] === 2;
  const [at, count] = is64 ? [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(56)] : [bytes.readUInt32LE(28), bytes.readUInt16LE(44)];
  return Array.from({ length: count }, (_, index) => at + index * (is64 ? 56 : 32))
    .filter((entry) => bytes.readUInt32LE(entry) === 1)
    .map((entry) => {
      const [start, size] = is64 ? [bytes.readBigUInt64LE(entry + 16), bytes.readBigUInt64LE(entry + 32)] : [BigInt(bytes.readUInt32LE(entry + 8)), BigInt(bytes.readUInt32LE(entry + 16))];
      return { start, end: start + size };
    });
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

interface Case {
  readonly set: OpenedSet;
  readonly task: number;
  readonly space: number;
  readonly truth: ProcTask;
}

async function casesOf(name: string): Promise<readonly Case[]> {
  const set = await openSample(name);
  const rows = rawRows(set.checkpoint, "tasks");
  return procTruth(name).tasks.flatMap((truth) => {
    const task = rows.findIndex((row) => row["pid"] === truth.pid);
    const space = rows[task]?.["space"];
    return typeof space === "number" ? [{ set, task, space, truth }] : [];
  });
}

/** Pages of one kind, spread over the space, with the word that stands at the beginning of each. */
async function pagesOf({ set, space }: Case, kind: MemoryPiece["kind"]): Promise<readonly { address: bigint; word: bigint; region: number }[]> {
  const { memory } = set.inspector;
  const pages: { address: bigint; word: bigint; region: number }[] = [];
  const pieces = (await memory.resolve({ space, start: 0n, end: 1n << 64n })).filter((piece) => piece.kind === kind);
  for (let at = 0; at < pieces.length && pages.length < MOST_PAGES; at += Math.max(1, Math.floor(pieces.length / MOST_PAGES))) {
    const { start, region } = pieces[at]!;
    const { bytes } = await memory.read({ space, start, end: start + 8n });
    pages.push({ address: start, word: new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true), region });
  }
  return pages;
}

describe.skipIf(GDB === undefined)("gdb reads the cores of", () => {
  test.each(CRIU_SAMPLES)("$name", async ({ name }) => {
    // Debian's gdb knows its own machine only; the one for many knows all.
    if (name.startsWith("23") && GDB === "gdb") return;
    const cases = await casesOf(name);
    expect(cases.length).toBeGreaterThan(0);
    for (const found of cases.slice(0, MOST_TASKS)) {
      const { set, task, truth } = found;
      const { memory } = set.inspector;
      const file = join(FOLDER, `${name}-${truth.pid}.core`);
      writeFileSync(file, "");
      const plan = await memory.core({ task, options: {} }, { onPiece: (bytes) => appendFileSync(file, bytes) });
      const stored = await pagesOf(found, "image");
      const zero = (await pagesOf(found, "zero")).filter(({ region }) => (Number(rawRows(set.checkpoint, "regions")[region]!["prot_bits"]) & 7) !== 0);
      const absent = await pagesOf(found, "file");
      const threads = rawRows(set.checkpoint, "threads").filter((row) => row["task"] === task);
      const { answers, complaints } = ask(file, [
        "info threads", "info auxv", "info proc mappings", "thread apply all p/x $pc", "thread apply all p/x $sp",
        ...[...stored, ...zero].map(({ address }) => `x/1gx ${hex(address)}`),
      ]);
      const about = `${name} ${truth.pid}`;
      // The programs are not on this machine.
      expect([about, complaints.split("\n").filter((line) => line !== "" && !/^warning: (Can't open file|Could not load vsyscall|Unable to find libthread_db|.*shared library)/.test(line))]).toEqual([about, []]);
      const [list = "", auxv = "", mappings = "", pcs = "", sps = ""] = answers;
      expect([about, new Set([...list.matchAll(/LWP (\d+)/g)].map((match) => Number(match[1])))]).toEqual([about, new Set(truth.threads.map(({ tid }) => tid))]);
      expect(list).toMatch(new RegExp(`^\\* 1 .*LWP ${truth.pid}\\b`, "m"));
      expect(plan.threads).toBe(truth.threads.length);
      const values = (text: string): bigint[] => [...text.matchAll(/= (0x[0-9a-f]+)/g)].map((match) => BigInt(match[1]!)).sort();
      expect([about, values(pcs)]).toEqual([about, threads.map((row) => row["ip"] as bigint).sort()]);
      expect([about, values(sps)]).toEqual([about, threads.map((row) => row["sp"] as bigint).sort()]);
      const pairs = [...auxv.matchAll(/^(\d+) .* (0x[0-9a-f]+|\d+)(?: ".*")?$/gm)].map((match) => [Number(match[1]), BigInt(match[2]!)] as const);
      // CRIU cuts long vectors; gdb shows what there is.
      const wanted = truth.auxv.filter(({ type }) => type !== 0).map(({ type, value }) => [type, value] as const);
      expect([about, pairs.filter(([type]) => type !== 0)]).toEqual([about, wanted.slice(0, pairs.filter(([type]) => type !== 0).length)]);
      expect(pairs.length).toBeGreaterThan(15);
      const ranges = [...mappings.matchAll(/^\s+(0x[0-9a-f]+) +(0x[0-9a-f]+) +0x[0-9a-f]+ +(0x[0-9a-f]+) +(.*)$/gm)].map((match) => `${BigInt(match[1]!)} ${BigInt(match[2]!)} ${BigInt(match[3]!)}`);
      const files = truth.maps.filter(({ path }) => path.startsWith("/")).map(({ start, end, offset }) => `${start} ${end} ${offset}`);
      if (!name.startsWith("21")) expect([about, files.filter((range) => !ranges.includes(range))]).toEqual([about, []]);
      const words = answers.slice(5);
      for (const [index, { address, word }] of [...stored, ...zero].entries()) expect([about, hex(address), words[index]]).toEqual([about, hex(address), expect.stringMatching(new RegExp(`:\\s*0x0*${word.toString(16)}\\s*$`))]);
      // gdb shows zeros for pages of a file that it cannot open, in the kernel's own cores too: the file must not have them.
      const inFile = loads(readFileSync(file));
      for (const { address } of absent) expect([about, hex(address), inFile.some(({ start, end }) => address >= start && address < end)]).toEqual([about, hex(address), false]);
      for (const { address } of stored) expect([about, hex(address), inFile.some(({ start, end }) => address >= start && address < end)]).toEqual([about, hex(address), true]);
      rmSync(file);
    }
  });
});
