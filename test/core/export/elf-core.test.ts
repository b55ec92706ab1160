/** Cores written from checkpoints, read again: threads, registers, memory and all the rest come back as they were. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../src/core/bytes/source.ts";
import { CheckpointMemory } from "../../../src/core/checkpoint-memory.ts";
import type { CoreOptions, Inspector, MemoryInspector, RegisterValue, ThreadRegisters } from "../../../src/core/inspector.ts";
import { Tables, type Checkpoint } from "../../../src/core/model/checkpoint.ts";
import { Diagnostics } from "../../../src/core/model/diagnostics.ts";
import { openCheckpoint } from "../../../src/core/open.ts";
import { CORE_SAMPLES, openCoreSample } from "../../support/core-samples.ts";
import { openSample } from "../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../support/criu-samples.ts";
import { openLinuxCr, tableRows } from "../../support/open.ts";
import { rawRows } from "../../support/criu-truth.ts";
import { SAMPLES } from "../../support/samples.ts";

/** Tasks of a sample that are tried. */
const MOST_TASKS = 3;

async function coreOf(memory: MemoryInspector, task: number, options: CoreOptions = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const plan = await memory.core({ task, options }, { onPiece: (bytes) => void pieces.push(bytes.slice()) });
  const bytes = Buffer.concat(pieces);
  expect(bytes.length).toBe(plan.size);
  expect(plan).toEqual(await memory.corePlan({ task, options }));
  return bytes;
}

const open = async (bytes: Uint8Array): Promise<Inspector> => await openCheckpoint([{ name: "core", source: memorySource(bytes) }]);

/** Registers by name; those that a core has no place for are left out. */
function valuesOf(registers: ThreadRegisters | undefined, names?: ReadonlySet<string>): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { registers: list } of registers?.groups ?? []) for (const { name, bytes } of list) if (names === undefined || names.has(name)) values[name] = Buffer.from(bytes).toString("hex").replace(/(00)+$/, "");
  return values;
}

/** Both ways: what the core has is what the checkpoint has, and every stored byte of the checkpoint is in the core. */
async function sameMemory(from: MemoryInspector, space: number, core: MemoryInspector): Promise<number> {
  let compared = 0;
  const top = 1n << 64n;
  for (const piece of await core.resolve({ space: 0, start: 0n, end: top })) {
    if (piece.kind !== "image") continue;
    for (let at = piece.start; at < piece.end; at += 1n << 20n) {
      const end = piece.end < at + (1n << 20n) ? piece.end : at + (1n << 20n);
      const [own, other] = [await core.read({ space: 0, start: at, end }), await from.read({ space, start: at, end })];
      expect(Buffer.compare(own.bytes, other.bytes)).toBe(0);
      expect(other.pieces.every(({ kind }) => kind === "image" || kind === "zero")).toBe(true);
      compared += own.bytes.length;
    }
  }
  for (const piece of await from.resolve({ space, start: 0n, end: top })) {
    if (piece.kind !== "image" || piece.region < 0) continue;
    const [there] = await core.resolve({ space: 0, start: piece.start, end: piece.end });
    expect([piece.start, there!.kind, there!.end >= piece.end]).toEqual([piece.start, "image", true]);
  }
  return compared;
}

describe.each(CRIU_SAMPLES)("$name", ({ name }) => {
  test("comes back from a core with its threads, registers, memory and mapped files", async () => {
    const { checkpoint, inspector } = await openSample(name);
    const { memory } = inspector;
    for (const { space, task, pid } of (await memory.spaces({})).slice(0, MOST_TASKS)) {
      const core = await open(await coreOf(memory, task));
      const summary = await core.summary();
      expect([summary.format, summary.coverage.explained]).toEqual(["elf-core", summary.coverage.total]);
      // What a sound core is not blamed for: pages and ids that the checkpoint does not have either.
      expect((await tableRows(core, "problems")).filter(({ severity }) => severity === "error")).toEqual([]);
      expect(await sameMemory(memory, space, core.memory)).toBeGreaterThan(4096);
      const threads = rawRows(checkpoint, "threads").flatMap((row, thread) => (row["task"] === task ? [{ thread, tid: (row["tid"] as number | null) ?? pid }] : []));
      const written = await tableRows(core, "threads");
      expect(written.map((row) => row["tid"] ?? row["pid"]).toSorted()).toEqual(threads.map(({ tid }) => tid).toSorted());
      expect(written[0]!["tid"] ?? written[0]!["pid"]).toBe(pid);
      for (const [row, { tid, pid: leader }] of written.entries()) {
        const { thread } = threads.find((each) => each.tid === (tid ?? leader))!;
        const own = await core.memory.registers({ thread: row });
        const other = await memory.registers({ thread });
        const names = new Set(own!.groups.flatMap(({ registers }) => registers.map((register) => register.name)));
        const wanted = valuesOf(other, names);
        // The core names what its notes hold; of those, all that the checkpoint knows are equal.
        expect(Object.keys(wanted).length).toBeGreaterThan(30);
        expect(valuesOf(own, new Set(Object.keys(wanted)))).toEqual(wanted);
        expect([own!.machine, own!.wordSize]).toEqual([other!.machine, other!.wordSize]);
      }
      const auxv = async (which: Inspector, of?: number): Promise<unknown> => (await tableRows(which, "auxv")).filter((row) => of === undefined || row["pid"] === of).map(({ type, value }) => [type, value]).filter(([type]) => type !== "AT_NULL");
      expect(await auxv(core)).toEqual(await auxv(inspector, pid));
      await core.close();
    }
  });
});

test("a core of registers and stacks holds the stacks of all threads and nothing else", async () => {
  const { inspector } = await openSample("02-threads");
  const { memory } = inspector;
  const whole = await memory.corePlan({ task: 0, options: {} });
  const bytes = await coreOf(memory, 0, { small: true });
  const core = await open(bytes);
  const threads = await tableRows(core, "threads");
  expect(threads).toHaveLength(whole.threads);
  for (const [thread] of threads.entries()) {
    const stack = await core.memory.stack({ thread });
    expect(stack!.entries.length).toBeGreaterThan(0);
    expect(stack!.why ?? "").not.toMatch(/not in the image/);
  }
  const image = (await core.memory.map({ space: 0 })).sums.image;
  expect(image).toBe(BigInt((await memory.corePlan({ task: 0, options: { small: true } })).memory));
  expect(Number(image)).toBeLessThan(whole.memory);
});

test.each(["v20-x86_64-tree", "v16-tree", "v20-i386-simple", "v16-single"])("the linux-cr image %s becomes cores of its tasks", async (name) => {
  const { inspector } = await openLinuxCr(SAMPLES.find((sample) => sample.name === name)!.bytes);
  const { memory } = inspector;
  let compared = 0;
  for (const { space, task } of await memory.spaces({})) {
    const core = await open(await coreOf(memory, task));
    compared += await sameMemory(memory, space, core.memory);
    const [thread] = await tableRows(core, "threads");
    const own = await core.memory.registers({ thread: 0 });
    const { roles } = own!;
    const named = valuesOf(own, new Set([roles.ip, roles.sp]));
    const source = (await tableRows(inspector, "threads")).find((row) => row["pid"] === thread!["pid"])!;
    const little = (value: unknown): string => Buffer.from(BigInt(String(value)).toString(16).padStart(16, "0"), "hex").reverse().toString("hex").replace(/(00)+$/, "");
    expect(named).toEqual({ [roles.ip]: little(source["ip"]), [roles.sp]: little(source["sp"]) });
    await core.close();
  }
  expect(compared).toBeGreaterThan(4096);
});

test.each(CORE_SAMPLES.filter((name) => name !== "k64-truncated"))("the core %s comes back from a core of it, with the signal that ended the process", async (name) => {
  const { inspector } = await openCoreSample(name);
  const { memory } = inspector;
  const core = await open(await coreOf(memory, 0));
  expect(await sameMemory(memory, 0, core.memory)).toBeGreaterThan(4096);
  const threads = async (which: Inspector): Promise<unknown> => (await tableRows(which, "threads")).map(({ tid, pid, ip, sp }) => [tid ?? pid, ip, sp]).toSorted();
  expect(await threads(core)).toEqual(await threads(inspector));
  for (const thread of (await tableRows(inspector, "threads")).keys()) {
    const tid = (await tableRows(inspector, "threads"))[thread]!["tid"];
    const own = await core.memory.registers({ thread: (await tableRows(core, "threads")).findIndex((row) => row["tid"] === tid) });
    const other = await memory.registers({ thread });
    const names = new Set(Object.keys(valuesOf(own)));
    const wanted = valuesOf(other, names);
    expect(valuesOf(own, new Set(Object.keys(wanted)))).toEqual(wanted);
    if (thread > 8) break;
  }
  const ended = async (which: Inspector): Promise<unknown> =>
    (await tableRows(which, "pending_signals")).filter(({ scope }) => String(scope).includes("ended")).map(({ signal, code, address, sender }) => ({ signal, code, address, sender }));
  expect(await ended(core)).toEqual(await ended(inspector));
  await core.close();
});

test("a task that has ended is refused with a sentence", async () => {
  const { checkpoint, inspector } = await openSample("03-tree");
  const zombie = rawRows(checkpoint, "tasks").findIndex(({ state }) => String(state).includes("zombie"));
  expect(zombie).toBeGreaterThanOrEqual(0);
  await expect(inspector.memory.core({ task: zombie, options: {} })).rejects.toThrow(/has no memory in this image/);
});

test("more segments than the header can count are counted behind the memory, and all are read again", async () => {
  const page = 64;
  const runs = 70_000;
  const tables = new Tables();
  const fill = (name: Parameters<Tables["get"]>[0], values: Record<string, string | number | bigint>): void => {
    const table = tables.get(name);
    const row = table.add();
    for (const [column, value] of Object.entries(values)) table.set(row, column, value);
  };
  const start = 0x1000_0000n;
  fill("tasks", { pid: 7, name: "many", tgid: 7, space: 0 });
  fill("threads", { task: 0, tid: 7 });
  fill("spaces", { task: 0 });
  fill("regions", { space: 0, start, end: start + BigInt(runs * 2 * page), kind: "anonymous", unsaved: "never saved", page_size: page, prot_bits: 3 });
  for (let run = 0; run < runs; run++) fill("extents", { space: 0, region: 0, start: start + BigInt(run * 2 * page), pages: 1, page_size: page, offset: (run % 256) * page, image: 0 });
  const sp: RegisterValue = { name: "rsp", bytes: Uint8Array.of(0, 0, 0, 0x10, 0, 0, 0, 0), record: -1 };
  const checkpoint: Checkpoint = {
    files: [{ name: "pages", source: memorySource(Uint8Array.from({ length: 256 * page }, (_, at) => (at * 13 + (at >> 6)) & 255)) }],
    identity: { format: "test", formatName: "test", revision: undefined, revisionAlternatives: [], architecture: "x86_64", byteOrder: "little", pageSize: page, reasons: [], revisionChoices: [], architectureChoices: [], overridden: { revision: false, architecture: false } },
    facts: [], tables, diagnostics: new Diagnostics(), coverage: { total: 0, explained: 0 }, unexplained: [],
    decoder: {
      explain: async () => await Promise.reject(new Error("no records")), origin: () => undefined, fieldSpan: () => undefined, recordDoc: () => "",
      registers: async (thread) => ({ thread, machine: "x86_64", wordSize: 8, groups: [{ title: "general", as: "pointers", registers: [sp] }], roles: { ip: "rip", sp: "rsp" } }),
    },
  };
  const memory = new CheckpointMemory(checkpoint, { rowLabel: (table, row) => `${table} ${row}` });
  const bytes = await coreOf(memory, 0);
  expect(new DataView(bytes.buffer, bytes.byteOffset).getUint16(56, true)).toBe(0xffff);
  const core = await open(bytes);
  expect((await tableRows(core, "regions")).length).toBe(runs);
  expect((await core.summary()).problems.error).toBe(0);
  for (const run of [0, 1, 255, 256, 65_533, 65_534, 65_535, 69_999]) {
    const at = start + BigInt(run * 2 * page);
    const own = await core.memory.read({ space: 0, start: at, end: at + BigInt(2 * page) });
    expect(own.pieces.map(({ kind }) => kind)).toEqual(["image", "absent"]);
    expect(Buffer.compare(own.bytes, (await memory.read({ space: 0, start: at, end: at + BigInt(2 * page) })).bytes)).toBe(0);
  }
});
