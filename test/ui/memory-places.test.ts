/** Ways through the memory of real samples, as the page takes them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nextRegion, nextStored, firstStored, readWord } from "../../src/ui/parts/memory/jumps.ts";
import { wholePlan } from "../../src/ui/parts/memory/save-plan.ts";
import { pointerSearch } from "../../src/ui/parts/memory/searches.ts";
import { lineAt, rangeText } from "../../src/ui/parts/memory/use-map-lines.ts";
import { addressRangeOf } from "../../src/ui/parts/search/search-plan.ts";
import { findPlace, isAboutMemory, type Found } from "../../src/ui/parts/shell/find-place.ts";
import { memoryView, SUMMARY, tableView, type View } from "../../src/ui/state/view.ts";
import { openSample } from "../support/criu-open.ts";
import { procTruth, type ProcMap } from "../support/criu-truth.ts";
import { openLinuxCr, tableRows } from "../support/open.ts";

const SAMPLE = "01-simple";
const TOP = (1n << 64n) - 1n;

async function sample() {
  const { inspector } = await openSample(SAMPLE);
  const { memory } = inspector;
  const map = await memory.map({ space: 0 });
  return { inspector, memory, map, lines: await memory.mapLines({ space: 0, from: 0, to: map.lines }), tables: await inspector.tables() };
}

/** What /proc said. CRIU takes the kernel's data page and the clock's page behind it, which newer kernels list apart, as one region. */
function truthMaps(): readonly ProcMap[] {
  const maps: ProcMap[] = [];
  for (const map of procTruth(SAMPLE).tasks[0]!.maps) {
    const last = maps.at(-1);
    if (last?.path === "[vvar]" && map.path.startsWith("[vvar") && last.end === map.start) maps[maps.length - 1] = { ...last, end: map.end };
    else maps.push(map);
  }
  return maps;
}

describe("the map on the page", () => {
  it("has the lines of /proc/PID/maps, in their order and notation", async () => {
    const { lines } = await sample();
    const hex = (value: bigint): string => value.toString(16).padStart(8, "0");
    expect(lines.map((line) => `${rangeText(line)} ${line.prot} ${hex(line.offset)}`)).toEqual(truthMaps().map(({ start, end, prot, offset }) => `${hex(start)}-${hex(end)} ${prot} ${hex(offset)}`));
  });
});

describe("the line of an address", () => {
  it("is found by its ends, and the one below it between lines", async () => {
    const { memory, map, lines } = await sample();
    for (const [index, { start, end }] of lines.entries()) {
      expect(await lineAt(memory, 0, map.lines, start)).toBe(index);
      expect(await lineAt(memory, 0, map.lines, end - 1n)).toBe(index);
      expect(await lineAt(memory, 0, map.lines, start - 1n)).toBe(index - 1);
    }
  });
});

describe("jumps", () => {
  it("to the next and previous region go by every region of /proc once", async () => {
    const { memory } = await sample();
    const starts = truthMaps().map(({ start }) => start);
    const up: bigint[] = [];
    for (let at: bigint | undefined = await nextRegion(memory, 0, 0n, 1); at !== undefined; at = await nextRegion(memory, 0, at, 1)) up.push(at);
    expect(up).toEqual(starts);
    const down: bigint[] = [];
    for (let at: bigint | undefined = await nextRegion(memory, 0, TOP, -1); at !== undefined; at = await nextRegion(memory, 0, at, -1)) down.push(at);
    expect(down).toEqual(starts.toReversed());
  });

  it("to the next and previous stored bytes go by every run of them once", async () => {
    const { memory } = await sample();
    const pieces = await memory.resolve({ space: 0, start: 0n, end: 1n << 64n });
    const starts = pieces.filter((piece, index) => piece.kind === "image" && pieces[index - 1]?.kind !== "image").map(({ start }) => start);
    expect(starts.length).toBeGreaterThan(3);
    const up: bigint[] = [];
    for (let at: bigint | undefined = await nextStored(memory, 0, 0n, 1); at !== undefined; at = await nextStored(memory, 0, at, 1)) up.push(at);
    expect(up).toEqual(starts);
    const down: bigint[] = [];
    for (let at: bigint | undefined = await nextStored(memory, 0, TOP, -1); at !== undefined; at = await nextStored(memory, 0, at, -1)) down.push(at);
    expect(down).toEqual(starts.toReversed());
  });

  it("into a region lead to its first stored byte", async () => {
    const { memory, lines } = await sample();
    for (const line of lines) {
      const at = await firstStored(memory, 0, line);
      const { piece } = await memory.about({ space: 0, address: at });
      if (line.sums.image === 0n) expect(at).toBe(line.start);
      else expect(piece.kind).toBe("image");
      const before = await memory.resolve({ space: 0, start: line.start, end: at });
      expect(before.every(({ kind }) => kind !== "image")).toBe(true);
    }
  });

  it("along a pointer read the whole aligned word, and nothing where a byte of it is missing", async () => {
    const { memory, lines } = await sample();
    const [info] = await memory.spaces({});
    const stack = lines.find(({ path }) => path === "[stack]")!;
    const at = await firstStored(memory, 0, stack);
    const { bytes } = await memory.read({ space: 0, start: at, end: at + 8n });
    expect(await readWord(memory, info!, at + 5n)).toMatchObject({ at, value: new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) });
    const absent = lines.find(({ sums }) => sums.file > 0n)!;
    const { piece } = await memory.about({ space: 0, address: absent.end - 1n });
    expect(piece.kind).toBe("file");
    expect(await readWord(memory, info!, absent.end - 1n)).toBeUndefined();
  });
});

describe("an image of one file", () => {
  it("shows the stored pages at their addresses", async () => {
    const { inspector } = await openLinuxCr(new Uint8Array(readFileSync(new URL("../fixtures/real/linux-cr/v16-single.img", import.meta.url))));
    const extents = (await tableRows(inspector, "extents")).filter(({ offset }) => offset !== null);
    expect(extents.length).toBeGreaterThan(5);
    let stored = 0n;
    for (const { start, size, offset, object } of extents) {
      stored += BigInt(Number(size));
      // Those of shared memory have no address of their own.
      if (object !== null) continue;
      const [from, length, at] = [BigInt(start as bigint), Number(size), Number(offset)];
      const { bytes, pieces } = await inspector.memory.read({ space: 0, start: from, end: from + BigInt(length) });
      expect(pieces.map(({ kind }) => kind)).toEqual(["image"]);
      expect(bytes).toEqual(await inspector.bytes(0, at, at + length));
    }
    // Each shared page is mapped once.
    expect((await inspector.memory.map({ space: 0 })).sums.image).toBe(stored);
  });
});

describe("saving the whole memory", () => {
  it("counts what the map sums up", async () => {
    const { memory, map } = await sample();
    const plan = await wholePlan(memory, 0);
    expect(plan.size).toBe(map.mapped);
    expect(plan.there).toBe(map.sums.image + map.sums.parent + map.sums.zero);
  });
});

describe("the search for pointers to a place", () => {
  it("asks for the range as it was selected", () => {
    expect(addressRangeOf(pointerSearch(0, { start: 0x1000n, end: 0x1001n }).text)).toEqual({ from: 0x1000n, to: 0x1001n });
    expect(addressRangeOf(pointerSearch(0, { start: 0x1000n, end: 0x1010n }).text)).toEqual({ from: 0x1000n, to: 0x1010n });
  });
});

describe("something typed into the address bar", () => {
  const find = async (text: string, view: View): Promise<Found> => {
    const { inspector, tables } = await sample();
    return await findPlace({ inspector, tables, summary: await inspector.summary() }, text, { view, bytes: undefined, space: 0 });
  };
  const heap = () => truthMaps().find(({ path }) => path === "[heap]")!;
  const pid = () => procTruth(SAMPLE).tasks[0]!.pid;

  it("means memory everywhere where only memory has such places", async () => {
    expect(isAboutMemory("tasks:3")).toBe(false);
    expect(isAboutMemory("pid 7")).toBe(false);
    expect(isAboutMemory("+0x20")).toBe(false);
    expect(isAboutMemory("pages-1.img@0x3000")).toBe(false);
    for (const text of ["heap+0x10", `${pid()}:heap + 0x10`, `pid:${pid()}:heap+16`]) {
      expect(isAboutMemory(text)).toBe(true);
      expect(await find(text, SUMMARY)).toMatchObject({ kind: "view", view: memoryView(0, heap().start + 0x10n) });
    }
  });

  it("means the place that is looked at: an offset in the files, an address in memory", async () => {
    expect(await find("0x10", SUMMARY)).toMatchObject({ kind: "view", view: { kind: "bytes", file: 0, offset: 0x10 } });
    const here = memoryView(0, heap().start);
    expect(await find("+0x10", here)).toMatchObject({ kind: "view", view: memoryView(0, heap().start + 0x10n) });
    expect(await find(`0x${heap().start.toString(16)}`, here)).toMatchObject({ kind: "view", view: memoryView(0, heap().start) });
    expect(await find("pages-1.img@0x0", SUMMARY)).toMatchObject({ kind: "view", view: { kind: "bytes", offset: 0 } });
    expect(await find("pages-1.img@0x0", here)).toMatchObject({ kind: "view", view: { kind: "memory", space: 0 } });
  });

  it("is looked for elsewhere when it is nothing here", async () => {
    expect(await find(`pid ${pid()}`, memoryView(0))).toMatchObject({ kind: "view", view: tableView("tasks", 0) });
    expect(await find("[stack]", SUMMARY)).toMatchObject({ kind: "view" });
    expect(await find("no such thing", memoryView(0))).toMatchObject({ kind: "nowhere" });
  });

  it("that is not mapped is explained, with the nearest regions on both sides", async () => {
    const next = truthMaps().find(({ start }) => start > heap().end)!;
    const found = await find(`0x${heap().end.toString(16)}`, memoryView(0));
    expect(found).toMatchObject({ kind: "choices" });
    if (found.kind !== "choices") return;
    expect(found.why).toContain("is not mapped");
    expect(found.choices.map(({ view }) => view)).toEqual([memoryView(0, heap().end - 1n), memoryView(0, next.start), memoryView(0, heap().end)]);
    expect(found.choices[0]!.label).toContain("1 B below");
  });
});
