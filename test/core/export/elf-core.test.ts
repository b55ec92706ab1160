/** Cores written from checkpoints, read again: threads, registers, memory and all the rest come back as they were. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../src/core/bytes/source.ts";
import type { CoreOptions, Inspector, MemoryInspector, ThreadRegisters } from "../../../src/core/inspector.ts";
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
