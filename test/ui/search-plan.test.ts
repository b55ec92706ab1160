import { describe, expect, it } from "vitest";
import type { Inspector, MemoryPlace, TableInfo } from "../../src/core/inspector.ts";
import { addressRangeOf, isAsked, patternOf, planOf } from "../../src/ui/parts/search/search-plan.ts";
import type { SearchView } from "../../src/ui/state/view.ts";

const search = (part: Partial<SearchView>): SearchView => ({ kind: "search", mode: "text", text: "", ...part });

const columns = ["start", "end", "space"].map((name) => ({ name, label: name, doc: "", align: "left", mono: false, shown: true, width: 8, filter: "text" }) as const);
const tables: readonly TableInfo[] = [{ name: "regions", label: "", doc: "", group: "", rowCount: 9, columns }];

/** A region from 0x1000 to 0x3000 of space 2; names lead to 0x55. */
function inspector(place: MemoryPlace = { kind: "none", why: "There is no region foo." }): Inspector {
  const cells = [
    { text: "0x1000", value: 0x1000n },
    { text: "0x3000", value: 0x3000n },
    { text: "map", value: "map", link: { table: "spaces", row: 2 } },
  ];
  return { row: async (_table: string, row: number) => (row === 7 ? { row, cells } : undefined), memory: { place: async () => place } } as unknown as Inspector;
}

describe("an address or a range", () => {
  it.each([
    ["0x7f10", 0x7f10n, 0x7f11n],
    ["4096", 4096n, 4097n],
    ["0xffffffffffffffff", (1n << 64n) - 1n, 1n << 64n],
    ["0x1000-0x2000", 0x1000n, 0x2000n],
    ["7f00-7fff", 0x7f00n, 0x7fffn],
    ["10 - 20", 0x10n, 0x20n],
    [" 0x7f10_0000 ", 0x7f100000n, 0x7f100001n],
  ])("is read from %j", (text, from, to) => {
    expect(addressRangeOf(text)).toEqual({ from, to });
  });

  it.each(["", "heap", "0x", "0x1-0x2-0x3", "0x20-0x10", "0x10-0x10", "0x11112222333344445", "99999999999999999999", "-5", "0x10-"])("is not read from %j", (text) => {
    expect(addressRangeOf(text)).toBeUndefined();
  });
});

describe("a search that was typed", () => {
  it("becomes the pattern of its mode, with usual choices where none was made", () => {
    expect(patternOf({ ...search({ text: "x" }), mode: "text" }, "little")).toEqual({ kind: "text", text: "x", encoding: "any", ignoreCase: false });
    expect(patternOf({ ...search({ text: "x", encoding: "utf-16", ignoreCase: true }), mode: "text" }, "little")).toEqual({ kind: "text", text: "x", encoding: "utf-16", ignoreCase: true });
    expect(patternOf({ ...search({ text: "-1", width: 8, aligned: true }), mode: "integer" }, "big")).toEqual({ kind: "integer", text: "-1", width: 8, byteOrder: "big", aligned: true });
    expect(patternOf({ ...search({ text: "a.c" }), mode: "regex" }, "little")).toEqual({ kind: "regex", source: "a.c", ignoreCase: false });
    expect(patternOf({ ...search({ text: " 48 ?? " }), mode: "hex" }, "little")).toEqual({ kind: "hex", text: " 48 ?? " });
    expect(patternOf({ ...search({ width: 9, encoding: "utf-16be" }), mode: "strings" }, "little")).toEqual({ kind: "strings", min: 9, encoding: "utf-16be" });
  });

  it("from a link that asks for what there is not gets the usual choices", () => {
    expect(patternOf({ ...search({ text: "1", width: 3 }), mode: "integer" }, "little")).toMatchObject({ width: 4 });
    expect(patternOf({ ...search({ text: "x", encoding: "ebcdic" }), mode: "text" }, "little")).toMatchObject({ encoding: "any" });
    expect(patternOf({ ...search({ width: 0 }), mode: "strings" }, "little")).toMatchObject({ min: 1 });
    expect(patternOf({ ...search({ width: 2 ** 40 }), mode: "strings" }, "little")).toMatchObject({ min: 1024 });
  });

  it("looks into everything, an address space or a region", async () => {
    const scope = async (part: Partial<SearchView>) => (await planOf(search({ text: "x", ...part }), inspector(), tables, "little")) as { scope: unknown };
    expect((await scope({})).scope).toEqual({ kind: "all" });
    expect((await scope({ space: 3 })).scope).toEqual({ kind: "space", space: 3 });
    expect((await scope({ space: 3, region: 7 })).scope).toEqual({ kind: "region", region: 7 });
  });

  it("is a search only when something is asked for", () => {
    expect(isAsked(search({}))).toBe(false);
    expect(isAsked(search({ text: "  " }))).toBe(false);
    expect(isAsked(search({ text: "x" }))).toBe(true);
    expect(isAsked(search({ mode: "strings" }))).toBe(true);
    expect(isAsked(search({ mode: "pointer" }))).toBe(false);
    expect(isAsked(search({ mode: "pointer", region: 7 }))).toBe(true);
  });
});

describe("a search for pointers", () => {
  it("to a region looks for its range in its own address space", async () => {
    expect(await planOf(search({ mode: "pointer", region: 7 }), inspector(), tables, "little")).toEqual({
      pattern: { kind: "pointer", from: 0x1000n, to: 0x3000n },
      scope: { kind: "space", space: 2 },
    });
  });

  it("to an address looks where it was asked to", async () => {
    expect(await planOf(search({ mode: "pointer", text: "0x7f10", space: 1 }), inspector(), tables, "little")).toEqual({
      pattern: { kind: "pointer", from: 0x7f10n, to: 0x7f11n },
      scope: { kind: "space", space: 1 },
    });
  });

  it("to a name looks for the address behind it", async () => {
    const inside = inspector({ kind: "address", space: 1, address: 0x55n, info: { region: { start: 0x50n, end: 0x60n } } } as MemoryPlace);
    expect(await planOf(search({ mode: "pointer", text: "heap+0x5", space: 1 }), inside, tables, "little")).toMatchObject({ pattern: { from: 0x55n, to: 0x56n } });
  });

  it("to the name of a region looks for all of it", async () => {
    const heap = inspector({ kind: "address", space: 1, address: 0x50n, info: { region: { start: 0x50n, end: 0x60n } } } as MemoryPlace);
    expect(await planOf(search({ mode: "pointer", text: "heap", space: 1 }), heap, tables, "little")).toMatchObject({ pattern: { from: 0x50n, to: 0x60n } });
    expect(await planOf(search({ mode: "pointer", text: "heap+0", space: 1 }), heap, tables, "little")).toMatchObject({ pattern: { from: 0x50n, to: 0x51n } });
  });

  it("to nothing known says so in a sentence", async () => {
    expect(await planOf(search({ mode: "pointer", text: "foo" }), inspector(), tables, "little")).toEqual({ why: expect.stringMatching(/^There is no region foo\. Type an address/) });
    expect(await planOf(search({ mode: "pointer", region: 99 }), inspector(), tables, "little")).toEqual({ why: "There is no memory region number 99." });
    const several = inspector({ kind: "choices", choices: [] });
    expect(await planOf(search({ mode: "pointer", text: "libc" }), several, tables, "little")).toEqual({ why: expect.stringContaining("several addresses") });
  });
});
