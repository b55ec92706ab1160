import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldExtent, FieldNode } from "../../src/core/inspector.ts";
import { notThis, onlyThis } from "../../src/ui/parts/data-table/cell-filter.ts";
import { shownLinks } from "../../src/ui/parts/data-table/shown-links.ts";
import { moveInGrid } from "../../src/ui/parts/data-table/grid-keys.ts";
import { columnsThatFit, moveCursor, rowWidth, selectedRange } from "../../src/ui/parts/hex-grid/cursor.ts";
import { FIELD_START, fieldAt, markFields, ODD_FIELD, RECORD_START, UNEXPLAINED } from "../../src/ui/parts/hex-grid/field-marks.ts";
import { ancestorsOf, findNode, openLines } from "../../src/ui/parts/field-tree/tree-lines.ts";
import { keyName } from "../../src/ui/state/commands.ts";

const KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"];

describe("keys in a grid", () => {
  const shape = { rowCount: 100, columnCount: 4, pageRows: 10, firstRow: -1 };

  it("never lead out of it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...KEYS), fc.boolean(), fc.integer({ min: -1, max: 99 }), fc.nat({ max: 3 }), (key, ctrl, row, column) => {
        const to = moveInGrid({ row, column }, { key, ctrl }, shape);
        expect(to?.row).toBeGreaterThanOrEqual(-1);
        expect(to?.row).toBeLessThan(100);
        expect(to?.column).toBeGreaterThanOrEqual(0);
        expect(to?.column).toBeLessThan(4);
      }),
    );
  });

  it("reach the header above the first row and the last row at the end", () => {
    expect(moveInGrid({ row: 0, column: 1 }, { key: "ArrowUp", ctrl: false }, shape)).toEqual({ row: -1, column: 1 });
    expect(moveInGrid({ row: 5, column: 1 }, { key: "End", ctrl: true }, shape)).toEqual({ row: 99, column: 3 });
  });

  it("are left to others when they do not move", () => {
    expect(moveInGrid({ row: 0, column: 0 }, { key: "a", ctrl: false }, shape)).toBeUndefined();
  });
});

describe("keys in the bytes", () => {
  it("never lead out of the file", () => {
    fc.assert(
      fc.property(fc.constantFrom(...KEYS), fc.boolean(), fc.integer({ min: 1, max: 1000 }), fc.nat(), (key, ctrl, size, any) => {
        const to = moveCursor(any % size, key, ctrl, { size, columns: 16, pageRows: 8 });
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThan(size);
      }),
    );
  });

  it("reach the last byte of the largest file", () => {
    const size = Number.MAX_SAFE_INTEGER;
    expect(moveCursor(0, "End", true, { size, columns: 16, pageRows: 8 })).toBe(size - 1);
  });

  it("select from the anchor to the cursor, both in", () => {
    expect(selectedRange(10, 5)).toEqual({ start: 5, end: 11 });
    expect(selectedRange(undefined, 5)).toEqual({ start: 5, end: 6 });
  });

  it("rows fill the width and never exceed it, down to four bytes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 400 }), fc.constantFrom(1, 2, 4), (width, group) => {
        const columns = columnsThatFit(width, 12, group);
        expect(columns % group).toBe(0);
        if (columns > 4) expect(rowWidth(columns, 12, group)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("tints", () => {
  const field = (record: number, start: number, end: number, role?: FieldExtent["role"]): FieldExtent => ({
    record,
    recordName: "r",
    path: `${start}`,
    text: "",
    start,
    end,
    depth: 1,
    ...(role === undefined ? {} : { role }),
  });
  const fields = [field(0, 0, 4), field(0, 4, 8), field(1, 8, 10), field(1, 10, 16, "unknown")];

  it("alternate between neighbours, mark the starts and the unexplained", () => {
    const { flags } = markFields(fields, 0, 16);
    expect(flags[0]).toBe(FIELD_START | RECORD_START);
    expect(flags[1]).toBe(0);
    expect(flags[4]).toBe(FIELD_START | ODD_FIELD);
    expect(flags[8]).toBe(FIELD_START | RECORD_START);
    expect(flags[15]).toBe(ODD_FIELD | UNEXPLAINED);
  });

  it("do not depend on where the window begins", () => {
    expect([...markFields(fields, 6, 12).flags]).toEqual([...markFields(fields, 0, 16).flags.slice(6, 12)]);
  });

  it("find the field of a byte", () => {
    expect(fieldAt(fields, 9)?.start).toBe(8);
    expect(fieldAt(fields, 16)).toBeUndefined();
  });
});

describe("a field tree", () => {
  const leaf = (path: string): FieldNode => ({ name: path, path, span: { file: 0, start: 0, end: 1 }, type: "u8", text: "", value: 0 });
  const root: FieldNode = {
    ...leaf(""),
    children: [leaf("a"), { ...leaf("b"), children: [leaf("b.0"), leaf("b.1")] }, { ...leaf("c"), more: true }],
  };

  it("opens short structures and leaves lazy ones closed", () => {
    expect(openLines(root, new Map()).map(({ node }) => node.path)).toEqual(["a", "b", "b.0", "b.1", "c"]);
  });

  it("follows what the user opened and closed", () => {
    expect(openLines(root, new Map([["b", false]])).map(({ node }) => node.path)).toEqual(["a", "b", "c"]);
  });

  it("knows each line's parent, level and place", () => {
    expect(openLines(root, new Map())[3]).toMatchObject({ parent: 1, level: 2, place: 2, siblings: 2 });
  });

  it("finds nodes and the way to them", () => {
    expect(findNode(root, "b.1")?.path).toBe("b.1");
    expect(ancestorsOf(root, "b.1")).toEqual(["b"]);
    expect(ancestorsOf(root, "c.0")).toBeUndefined();
  });
});

describe("filters made from a cell", () => {
  const number = { name: "n", label: "N", doc: "", align: "right", mono: true, shown: true, width: 8, filter: "number" } as const;
  const text = { ...number, filter: "text" } as const;

  it("are exact", () => {
    expect(onlyThis({ text: "0x10", value: 16n }, number)).toBe("0x10");
    expect(notThis({ text: "1,024", value: 1024 }, number)).toBe("!1024");
    expect(onlyThis({ text: "!odd", value: "!odd" }, text)).toBe("=!odd");
    expect(onlyThis({ text: "", value: null }, text)).toBe("-");
    expect(notThis({ text: "", value: null }, text)).toBe("!-");
  });
});

describe("the name of a key", () => {
  const press = (key: string, held: Partial<KeyboardEvent> = {}): string =>
    keyName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

  it("is the sign itself, with Shift told for letters only", () => {
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("u")).toBe("u");
    expect(press("U", { shiftKey: true })).toBe("Shift+U");
    expect(press("k", { ctrlKey: true })).toBe("Ctrl+K");
    expect(press("k", { metaKey: true })).toBe("Ctrl+K");
    expect(press("ArrowLeft", { altKey: true })).toBe("Alt+ArrowLeft");
    expect(press("F6", { shiftKey: true })).toBe("Shift+F6");
  });
});

describe("links in a row", () => {
  const column = (name: string, ref?: string) =>
    ({ name, label: name, doc: "", align: "left", mono: false, shown: true, width: 8, filter: "text", ...(ref === undefined ? {} : { ref }) }) as const;
  const to = (table: string, row: number) => ({ text: "x", value: "x", link: { table, row } });

  it("are drawn once for each row that they lead to, and for every reference", () => {
    const columns = [column("pid"), column("kind"), column("path"), column("flags"), column("file", "files"), column("fd")];
    const cells = [to("tasks", 1), to("files", 4), to("files", 4), to("files", 4), to("files", 4), { text: "3", value: 3 }];
    expect([...shownLinks(cells, columns)].toSorted()).toEqual([0, 2, 4]);
    expect([...shownLinks(cells.slice(0, 4), columns.slice(0, 4))].toSorted()).toEqual([0, 2]);
  });
});
