/** Entries of pagemaps: what their flags say, of every age, and counts that no memory has. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { criuImage } from "../../../support/criu-image.ts";
import { expectTiles, openSet, type OpenedSet } from "../../../support/criu-open.ts";
import { rawRows } from "../../../support/criu-truth.ts";

type Entry = Readonly<Record<string, number | bigint | boolean>>;

async function open(entries: readonly Entry[], pages = 1): Promise<OpenedSet> {
  const files: [string, Uint8Array][] = [
    ["inventory.img", criuImage("INVENTORY", [{ img_version: 2 }])],
    ["pstree.img", criuImage("PSTREE", [{ pid: 1, ppid: 0, pgid: 1, sid: 1, threads: [1] }])],
    ["core-1.img", criuImage("CORE", [{ mtype: 1, tc: { task_state: 1, exit_code: 0, personality: 0, flags: 0, blk_sigset: 0, comm: "made" } }])],
    ["pagemap-1.img", criuImage("PAGEMAP", [{ pages_id: 1 }, ...entries] as never)],
    ["pages-1.img", new Uint8Array(pages * 4096)],
  ];
  return (await openSet(files.map(([name, bytes]) => ({ name, source: memorySource(bytes) }))))!;
}

const of = ({ checkpoint }: OpenedSet, code: string): string[] => checkpoint.diagnostics.list.filter((problem) => problem.code === code).map(({ message }) => message);
const places = ({ checkpoint }: OpenedSet): unknown[] => rawRows(checkpoint, "extents").map(({ where, flags }) => [where, flags]);

describe("flags", () => {
  const entry = (flags: number, at = 0): Entry => ({ vaddr: 0x10000n + BigInt(at) * 0x1000n, compat_nr_pages: 0, nr_pages: 1n, flags });
  const NOWHERE = "not known: the entry says neither present, nor in the parent, nor lazy";

  test.each([
    [4, "in this image"], [6, "in this image"], [2, "left for the network (lazy)"], [1, "missing: not in the parent"], [0, NOWHERE], [8, NOWHERE], [12, "in this image"], [0x10, NOWHERE], [0x12, "left for the network (lazy)"], [0x8000_0004, "in this image"],
  ] as const)("%i: the pages are %s", async (flags, where) => {
    const set = await open([entry(flags)]);
    expect(places(set)).toEqual([[where, flags]]);
    // Only what is said to be lazy is told as lazy.
    expect(of(set, "pages.lazy").length).toBe(where.includes("lazy)") ? 1 : 0);
    expect(of(set, "pagemap.flags").length).toBe(where === NOWHERE ? 1 : 0);
    const { text, title } = (await set.inspector.row("extents", 0))!.cells[(await set.inspector.tables()).find(({ name }) => name === "extents")!.columns.findIndex(({ name }) => name === "flags")]!;
    if (flags === 0x12) expect([text, title]).toEqual(["LAZY|0x10", "18 (0x12)"]);
    if (flags === 0x8000_0004) expect(text).toBe("PRESENT|0x80000000");
    if (flags === 0) expect(text).toBe("none");
    await set.inspector.close();
  });

  test("that nobody knows are told once for an image, at the first", async () => {
    const set = await open([entry(4), entry(0x14, 1), entry(0x8000_0002, 2), entry(0x14, 3)], 3);
    expect(of(set, "set.newer")).toEqual(["3 runs of pages of task 1, the first at 0x11000, have flags that CRIU 4.3 does not have: 0x80000010."]);
    const { span } = set.checkpoint.diagnostics.list.find(({ code }) => code === "set.newer")!;
    expect((await set.inspector.ownerAt(span!.file, span!.start + 1))!.breadcrumb.at(-1)).toBe("flags");
    expect(of(set, "pagemap.flags")).toEqual([]);
    await set.inspector.close();
    const one = await open([entry(0x20)]);
    expect(of(one, "set.newer")).toEqual(["The run of pages of task 1 at 0x10000 has flags that CRIU 4.3 does not have: 0x20."]);
    expect(of(one, "pagemap.flags")).toEqual(["The run of pages of task 1 at 0x10000 is neither present, nor in the parent, nor lazy."]);
    await one.inspector.close();
  });

  test("lead to the field that says so", async () => {
    const set = await open([entry(4), entry(0x12, 1)]);
    for (const row of [0, 1]) expect((await set.inspector.locate("extents", row, "flags"))!.path).toBe("flags");
    await set.inspector.close();
  });

  test("of before 3.5 are not there: an entry is present, or in the parent", async () => {
    const old = (at: number, more: Entry = {}): Entry => ({ vaddr: 0x10000n + BigInt(at) * 0x1000n, compat_nr_pages: 1, ...more });
    const set = await open([old(0), old(1, { in_parent: false }), old(2, { in_parent: true })], 2);
    expect(places(set)).toEqual([["in this image", 4], ["in this image", 4], ["missing: not in the parent", 1]]);
    expect([...of(set, "pages.lazy"), ...of(set, "pagemap.flags"), ...of(set, "set.newer")]).toEqual([]);
    await set.inspector.close();
  });
});

describe("counts", () => {
  test("that a number rounds are told as more than what it holds", async () => {
    const set = await open([{ vaddr: 0x10000n, compat_nr_pages: 0, nr_pages: 2n ** 64n - 1n, flags: 2 }, { vaddr: 0x20000n, compat_nr_pages: 0, nr_pages: 2n ** 53n + 1n, flags: 1 }]);
    expect(of(set, "pages.lazy")[0]).toMatch(/^more than 9,007,199,254,740,991 pages \(/);
    expect(of(set, "chain.missing")[0]).toMatch(/^more than 9,007,199,254,740,991 pages \(/);
    expect(of(set, "pagemap.wrap")[0]).toBe("The run of more than 9,007,199,254,740,991 pages of task 1 at 0x10000 goes beyond the address space.");
    expect(of(set, "pagemap.order")[0]).toBe("The run of pages of task 1 at 0x20000 begins before the end of the one before it, beyond 0x10000000000000000.");
    const { columns } = (await set.inspector.tables()).find(({ name }) => name === "extents")!;
    expect((await set.inspector.row("extents", 0))!.cells[columns.findIndex(({ name }) => name === "pages")]!.text).toBe("more than 9,007,199,254,740,991");
    for (const { message } of set.checkpoint.diagnostics.list) expect(message).not.toMatch(/18,?446,?744,?073,?709,?552,?000|e\+/);
    await set.inspector.close();
  });

  test("below are exact, and so are addresses between pages", async () => {
    const set = await open([{ vaddr: 2n ** 64n - 255n, compat_nr_pages: 0, nr_pages: 9_007_199_254_740_991n, flags: 2 }]);
    expect(of(set, "page.unaligned")[0]).toContain("0xffffffffffffff01");
    expect(of(set, "pagemap.wrap")[0]).toContain("The run of 9,007,199,254,740,991 pages");
    const record = rawRows(set.checkpoint, "records").findIndex(({ name }) => name === "pagemap_entry");
    expectTiles((await set.inspector.explain(record))!.root);
    await set.inspector.close();
  });
});
