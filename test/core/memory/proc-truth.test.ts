/** What memory tells of the tasks, against what /proc said about them when they stood still. */
import { describe, expect, test } from "vitest";
import type { MemoryInspector } from "../../../src/core/inspector.ts";
import { openSample } from "../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../support/criu-samples.ts";
import { procTruth, rawRows, type ProcTask } from "../../support/criu-truth.ts";

/** Taken while the tasks were running. */
const RUNNING = /^(19-|21)/;

interface Found {
  readonly memory: MemoryInspector;
  readonly space: number;
  readonly task: ProcTask;
}

/** Each task that has memory, with its address space. */
async function tasksOf(name: string): Promise<readonly Found[]> {
  const { checkpoint, inspector } = await openSample(name);
  const rows = rawRows(checkpoint, "tasks");
  return procTruth(name).tasks.flatMap((task) => {
    const space = rows.find((row) => row["pid"] === task.pid)?.["space"];
    return typeof space === "number" ? [{ memory: inspector.memory, space, task }] : [];
  });
}

describe.each(CRIU_SAMPLES)("$name", ({ name }) => {
  test("has the command line and environment of every task in its memory, at the addresses that they have", async () => {
    for (const { memory, space, task } of await tasksOf(name)) {
      const texts = await memory.texts({ space });
      const { cmdline, environ } = task.json as unknown as { cmdline: string[]; environ: string[] };
      if (name.startsWith("19-")) {
        // The stack was left for the network.
        expect([texts.arguments, texts.environment, texts.why]).toEqual([[], [], expect.stringMatching(/left for the network/)]);
        continue;
      }
      expect(texts.arguments.map(({ text }) => text)).toEqual(cmdline);
      if (environ !== undefined) expect(texts.environment.map(({ text }) => text)).toEqual(environ);
      expect(texts.why).toBeUndefined();
      for (const { address, length, text } of [...texts.arguments, ...texts.environment]) {
        const { bytes } = await memory.read({ space, start: address, end: address + BigInt(length) + 1n });
        expect(new TextDecoder().decode(bytes)).toBe(`${text}\0`);
      }
      const execfn = texts.auxv.find(({ type }) => type === "AT_EXECFN");
      if (execfn !== undefined) expect(execfn.text).toBe(task.json.exe === undefined ? execfn.text : new TextDecoder().decode((await memory.read({ space, start: execfn.value, end: execfn.value + BigInt(execfn.text!.length) })).bytes));
      expect(texts.auxv.find(({ type }) => type === "AT_PLATFORM")?.text).toMatch(/^(x86_64|i686|aarch64)$/);
      expect(texts.auxv.find(({ type }) => type === "AT_RANDOM")?.text).toMatch(/^([0-9a-f]{2} ){15}[0-9a-f]{2}$/);
    }
  });

  test("draws the map of every task as /proc/PID/maps does", async () => {
    for (const { memory, space, task } of await tasksOf(name)) {
      const map = await memory.map({ space });
      const lines = await memory.mapLines({ space, from: 0, to: map.lines });
      const own = lines.filter(({ kind }) => kind !== "guard").map(({ start, end, prot }) => `${start.toString(16)}-${end.toString(16)} ${prot}`);
      const truth = task.maps.filter(({ path }) => path !== "[uprobes]").map(({ start, end, prot }) => `${start.toString(16)}-${end.toString(16)} ${prot}`);
      // CRIU joins neighbouring vvar areas, old kernels hide the guard page of a growing stack: each side is whole where the other has no line.
      const missing = truth.filter((line) => !own.includes(line));
      if (!RUNNING.test(name)) expect(missing.filter((line) => !task.maps.some(({ start, prot, path }) => line.startsWith(start.toString(16)) && (path.startsWith("[vvar") || path === "[stack]" || prot.includes("w"))))).toEqual([]);
      const total = lines.filter(({ kind }) => kind !== "guard").reduce((sum, { start, end }) => sum + (end - start), 0n);
      expect(map.mapped).toBe(total);
    }
  });
});

describe("what is typed leads to an address", () => {
  const place = async ({ memory, space }: Found, text: string, address?: bigint): Promise<bigint | string> => {
    const found = await memory.place({ text, space, ...(address === undefined ? {} : { address }) });
    return found.kind === "address" ? found.address : found.kind === "none" ? found.why : found.choices.map((choice) => choice.address.toString(16)).join(" ");
  };

  test("numbers, names of regions and files, registers, tasks, places in files", async () => {
    const [simple] = await tasksOf("01-simple");
    const { maps } = simple!.task;
    const start = (path: string): bigint => maps.find((map) => map.path === path)!.start;
    const heap = start("[heap]");
    expect(await place(simple!, heap.toString())).toBe(heap);
    expect(await place(simple!, `0x${heap.toString(16)}`)).toBe(heap);
    expect(await place(simple!, "+0x20", heap)).toBe(heap + 0x20n);
    expect(await place(simple!, "-16", heap)).toBe(heap - 16n);
    expect(await place(simple!, "heap+0x10")).toBe(heap + 0x10n);
    expect(await place(simple!, "[heap]")).toBe(heap);
    expect(await place(simple!, "stack")).toBe(start("[stack]"));
    expect(await place(simple!, "simple+0x1000")).toBe(start("/srv/demo/bin/simple") + 0x1000n);
    expect(await place(simple!, "/srv/demo/bin/simple")).toBe(start("/srv/demo/bin/simple"));
    expect(await place(simple!, "vdso")).toBe(start("[vdso]"));
    // Fields 29 and 30 of stat: stack and instruction pointer, as far as the kernel tells them of a task that stands still.
    const syscall = (simple!.task.json as unknown as { syscall: string }).syscall.trim().split(" ");
    expect(await place(simple!, "rsp")).toBe(BigInt(syscall.at(-2)!));
    expect(await place(simple!, "sp")).toBe(BigInt(syscall.at(-2)!));
    expect(await place({ ...simple!, space: -1 }, `${simple!.task.pid}:0x401000`)).toBe(0x401000n);
    expect(await place({ ...simple!, space: -1 }, `pid:${simple!.task.pid}`)).toMatch(/no memory map/);
    const [piece] = await simple!.memory.resolve({ space: simple!.space, start: heap, end: heap + 1n });
    expect(await place(simple!, `pages-1.img@0x${piece!.span!.start.toString(16)}`)).toBe(heap);
    expect(await place(simple!, "nowhere")).toMatch(/is called "nowhere"/);
    expect(await place(simple!, "pages-1.img@0xfffffff")).toMatch(/has \d+ bytes/);
  });

  test("an address that is not mapped is explained with what is next to it", async () => {
    const [simple] = await tasksOf("01-simple");
    const { maps } = simple!.task;
    const heap = maps.find((map) => map.path === "[heap]")!;
    const next = maps.find(({ start }) => start >= heap.end)!;
    const info = await simple!.memory.about({ space: simple!.space, address: heap.end + 0x123n });
    expect(info.piece.kind).toBe("unmapped");
    expect([info.below?.end, info.above?.start]).toEqual([heap.end, next.start]);
    expect(info.below?.label).toBe("heap rw-p");
  });

  test("bytes of shared memory name every address that has them", async () => {
    const tasks = await tasksOf("10-memory");
    let most = 0;
    for (const { memory, space } of tasks) {
      for (const piece of await memory.resolve({ space, start: 0n, end: 1n << 64n })) {
        if (piece.kind !== "image" || piece.object < 0) continue;
        const { shared } = await memory.about({ space, address: piece.start });
        most = Math.max(most, shared.length);
        for (const other of shared) {
          const [there] = await memory.resolve({ space: other.space, start: other.address, end: other.address + 1n });
          expect(there!.span).toEqual({ ...piece.span!, end: piece.span!.start + 1 });
        }
      }
    }
    // The memfd of the sample is mapped twice by each of two tasks.
    expect(most).toBe(3);
  });
});

test("stacks name their return addresses: the chain of frame pointers of a program that keeps them", async () => {
  for (const [name, least] of [["01-simple", 2], ["02-threads", 2], ["23b-aarch64-threads", 2]] as const) {
    const { checkpoint, inspector } = await openSample(name);
    for (const [thread] of rawRows(checkpoint, "threads").entries()) {
      const stack = (await inspector.memory.stack({ thread }))!;
      expect(stack.region?.label).toMatch(/rw-p$/);
      expect(stack.entries[0]?.found).toBe("ip");
      expect(stack.entries.length).toBeGreaterThanOrEqual(least);
      for (const { at, value, label } of stack.entries) {
        expect(label).toMatch(/\+0x[0-9a-f]+$/);
        if (at === undefined) continue;
        const { bytes } = await inspector.memory.read({ space: stack.space, start: at, end: at + 8n });
        expect(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)).toBe(value);
      }
    }
  }
});
