/** Memory of linux-cr images by address, against what the checkpointed programs wrote of themselves. */
import { describe, expect, test } from "vitest";
import type { MemoryInspector } from "../../../src/core/inspector.ts";
import { openLinuxCr, tableRows } from "../../support/open.ts";
import { beside, isSound, SAMPLES } from "../../support/samples.ts";

const PAGE = 4096n;

/** "page with seed s" of the README. */
function seedPage(seed: number): Uint8Array {
  return Uint8Array.from({ length: 4096 }, (_, offset) => (seed * 37 + offset * 11 + (offset >> 8)) & 0xff);
}

async function open(name: string): Promise<{ memory: MemoryInspector; spaceOf: (pid: number) => number }> {
  const { inspector } = await openLinuxCr(SAMPLES.find((sample) => sample.name === name)!.bytes);
  const spaces = new Map<number, number>();
  for (const { pid } of await tableRows(inspector, "tasks")) {
    const place = await inspector.memory.place({ text: `${pid}:0x0`, space: -1 });
    if (place.kind === "address") spaces.set(Number(pid), place.space);
  }
  return { memory: inspector.memory, spaceOf: (pid) => spaces.get(pid) ?? -1 };
}

/** What stands at a page: `seed N`, `zero`, or the kind of piece. */
async function pageAt(memory: MemoryInspector, space: number, address: bigint): Promise<string> {
  const { bytes, pieces } = await memory.read({ space, start: address, end: address + PAGE });
  expect(pieces).toHaveLength(1);
  if (pieces[0]!.kind !== "image") return pieces[0]!.kind;
  for (let seed = 0; seed < 256; seed++) if (Buffer.compare(bytes, seedPage(seed)) === 0) return `seed ${seed}`;
  return "other bytes";
}

describe.each(["v16-single", "v20-x86_64-single", "v20-i386-single"])("%s", (name) => {
  test("reads as the program had filled it", async () => {
    const { memory, spaceOf } = await open(name);
    const text = beside(`${name}.txt`);
    const space = spaceOf(Number(/^pid (\d+)/m.exec(text)![1]));
    const pages = async (start: bigint, count: number): Promise<string[]> => await Promise.all(Array.from({ length: count }, (_, page) => pageAt(memory, space, start + BigInt(page) * PAGE)));
    expect(text).toMatch(/^anon private 0x50000000 5 pages; pages 0,1,3,4 filled with seed 10\+page; page 2 untouched$/m);
    expect(await pages(0x5000_0000n, 5)).toEqual(["seed 10", "seed 11", "zero", "seed 13", "seed 14"]);
    expect(text).toMatch(/^anon private 0x50100000 2 pages PROT_NONE; page 0 filled with seed 77/m);
    expect(await pages(0x5010_0000n, 2)).toEqual(["seed 77", "zero"]);
    expect(text).toMatch(/^file private 0x51000000 3 pages of \/data\/map.bin at offset 0x1000; page 1 overwritten with seed 200$/m);
    expect(await pages(0x5100_0000n, 3)).toEqual(["file", "seed 200", "file"]);
    const [first] = await memory.resolve({ space, start: 0x5100_0010n, end: 0x5100_0011n });
    expect([first!.path, first!.fileOffset]).toEqual(["/data/map.bin", 0x1010n]);
    expect(text).toMatch(/^file shared 0x51100000 2 pages of \/data\/map.bin at offset 0/m);
    expect(await pages(0x5110_0000n, 2)).toEqual(["file", "file"]);
    expect(text).toMatch(/^anon shared 0x52000000 4 pages; page 1 seed 51, page 3 seed 53; pages 0 and 2 untouched$/m);
    expect(await pages(0x5200_0000n, 4)).toEqual(["zero", "seed 51", "zero", "seed 53"]);
    for (const [, wanted, address] of text.matchAll(/^(?:heap|data) string "(.*)" at (0x[0-9a-f]+)$/gm)) {
      const { bytes } = await memory.read({ space, start: BigInt(address!), end: BigInt(address!) + BigInt(wanted!.length) });
      expect(new TextDecoder().decode(bytes)).toBe(wanted);
      const hits: bigint[] = [];
      await memory.search({ pattern: { kind: "text", text: wanted!, encoding: "utf-8", ignoreCase: false }, scope: { kind: "all" }, cap: 100 }, { onPiece: (piece) => void hits.push(...piece.map((hit) => hit.address)) });
      expect(hits).toContain(BigInt(address!));
    }
    const bss = /^bss page at (0x[0-9a-f]+) seed 99 \(next page untouched\)$/m.exec(text)!;
    expect(await pages(BigInt(bss[1]!), 2)).toEqual(["seed 99", "zero"]);
  });
});

describe.each(["v16-tree", "v20-x86_64-tree"])("%s", (name) => {
  test("shares one map between threads and one object between all, and keeps the private copies apart", async () => {
    const { memory, spaceOf } = await open(name);
    const text = beside(`${name}.txt`);
    const pid = (task: string): number => Number(new RegExp(`^${task} (?:\\(.*\\) )?pid (\\d+)`, "m").exec(text)![1]);
    expect(spaceOf(pid("c3"))).toBe(spaceOf(pid("root")));
    for (const task of ["root", "c1", "g1", "c2", "c3"]) {
      const pages = await Promise.all([0n, 1n, 2n].map(async (page) => await pageAt(memory, spaceOf(pid(task)), 0x6000_0000n + page * PAGE)));
      expect([task, pages]).toEqual([task, ["seed 1", "zero", "seed 3"]]);
    }
    const own = async (task: string): Promise<string[]> => await Promise.all([0n, 1n].map(async (page) => await pageAt(memory, spaceOf(pid(task)), 0x6100_0000n + page * PAGE)));
    expect(text).toMatch(/root\/c3 pages seed 40,41; c1 seed 50,41; g1 seed 40,61; unmapped in c2/);
    expect([await own("root"), await own("c3"), await own("c1"), await own("g1"), await own("c2")]).toEqual([["seed 40", "seed 41"], ["seed 40", "seed 41"], ["seed 50", "seed 41"], ["seed 40", "seed 61"], ["unmapped", "unmapped"]]);
    const { shared } = await memory.about({ space: spaceOf(pid("c1")), address: 0x6000_0000n });
    expect(shared.map(({ address }) => address)).toEqual([0x6000_0000n, 0x6000_0000n, 0x6000_0000n]);
  });
});

test("a SysV segment is read at each address that it is attached to", async () => {
  const { memory } = await open("v20-i386-ipc-subtree");
  expect(beside("v20-i386-ipc-subtree.txt")).toMatch(/^shm id 0 .* at 0x70000000; page 0 seed 120, page 2 seed 122, page 1 untouched$/m);
  const spaces = await memory.spaces({});
  const seen = new Set<string>();
  for (const { space } of spaces) {
    for (const start of [0x7000_0000n, 0x7100_0000n]) {
      const pages = await Promise.all([0n, 1n, 2n].map(async (page) => await pageAt(memory, space, start + page * PAGE)));
      if (pages[0] !== "unmapped") expect(pages).toEqual(["seed 120", "zero", "seed 122"]);
      seen.add(`${start.toString(16)} ${pages[0]}`);
    }
  }
  expect([...seen].toSorted()).toEqual(expect.arrayContaining(["70000000 seed 120", "71000000 seed 120"]));
});

test("an image that ends inside contents does not take what is missing for zero", async () => {
  const sample = SAMPLES.find(({ name }) => name === "v16-single")!;
  const whole = await openLinuxCr(sample.bytes);
  const pieces = (await whole.inspector.memory.resolve({ space: 0, start: 0x5000_0000n, end: 0x5000_5000n })).filter(({ kind }) => kind === "image");
  const second = pieces[0]!.span!.start + 4096 + 100;
  const { inspector } = await openLinuxCr(sample.bytes.slice(0, second));
  const cut = await inspector.memory.resolve({ space: 0, start: 0x5000_0000n, end: 0x5000_5000n });
  expect(cut.map(({ kind }) => kind)).toEqual(["image", "absent"]);
  expect(cut[1]!.why).toMatch(/the image ends/);
  // Regions behind the cut are announced and not there.
  const { piece } = await inspector.memory.about({ space: 0, address: 0x5200_1000n });
  expect([piece.kind, piece.why]).toEqual(["absent", expect.stringMatching(/^not known: \d+ of the task's regions are not in the image$/)]);
});

test.each(SAMPLES.filter(isSound).map(({ name }) => name))("%s has all its regions: what none of them holds is not mapped", async (name) => {
  const { inspector } = await openLinuxCr(SAMPLES.find((sample) => sample.name === name)!.bytes);
  for (const { space, regions } of await inspector.memory.spaces({})) {
    if (regions === 0) continue;
    expect((await inspector.memory.about({ space, address: 0x10n })).piece.kind).toBe("unmapped");
  }
});
