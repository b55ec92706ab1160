import { beforeAll, describe, expect, test } from "vitest";
import type { Inspector, Query } from "../../../src/core/inspector.ts";
import { numberTest } from "../../../src/core/view/query.ts";
import { csvField, jsonValue } from "../../../src/core/export/rows.ts";
import { openLinuxCr } from "../../support/open.ts";
import { SAMPLES } from "../../support/samples.ts";

let inspector: Inspector;
beforeAll(async () => {
  ({ inspector } = await openLinuxCr(SAMPLES.find(({ name }) => name === "made/v23rc2-x86_64")!.bytes));
});

async function column(table: string, query: Query, name: string): Promise<unknown[]> {
  const view = await inspector.query(table, query);
  return (await inspector.rows(view.id, 0, view.matching, [name])).map(({ cells }) => cells[0]!.value);
}

describe("a query", () => {
  test("filters numbers by value, comparison and range, decimal or hex", () => {
    const values = [1, 2, 16, 255, null];
    const matching = (filter: string) => values.filter((_, row) => numberTest({ raw: (at) => values[at]! }, filter)!(row));
    expect(matching("16")).toEqual([16]);
    expect(matching("0x10")).toEqual([16]);
    expect(matching(">2")).toEqual([16, 255]);
    expect(matching("<=2")).toEqual([1, 2]);
    expect(matching("2..0x10")).toEqual([2, 16]);
    expect(matching("!16")).toEqual([1, 2, 255]);
    expect(numberTest({ raw: () => 1 }, "rw")).toBeUndefined();
  });

  test("filters texts by part, whole and negation", async () => {
    expect(await column("tasks", { filters: { name: "WORK" } }, "name")).toEqual(["worker", "worker-t2"]);
    expect(await column("tasks", { filters: { name: "=worker" } }, "name")).toEqual(["worker"]);
    expect(await column("tasks", { filters: { name: "!work" } }, "name")).toEqual(["app-root", "helper", "done"]);
    expect(await column("tasks", { filters: { exit: "-" } }, "pid")).not.toContain(12);
    expect(await column("tasks", { filters: { exit: "!-" } }, "pid")).toEqual([12]);
  });

  test("searches all columns at once, looked-up and worked-out ones too", async () => {
    expect(new Set(await column("fds", { search: "app.log" }, "path"))).toEqual(new Set(["/var/log/app.log"]));
    expect(new Set(await column("regions", { search: "r-xp" }, "prot"))).toEqual(new Set(["r-xp"]));
  });

  test("sorts by several columns, rows without a value last in both directions", async () => {
    const sorted = await column("fds", { sort: [{ column: "fd", descending: true }] }, "fd");
    expect(sorted).toEqual((sorted as number[]).toSorted((a, b) => b - a));
    for (const descending of [false, true]) {
      const exits = await column("tasks", { sort: [{ column: "exit", descending }] }, "exit");
      expect(exits[0]).toBe("exited with 3");
    }
  });

  test("shows the task tree with children under their parents and threads under their leaders", async () => {
    const view = await inspector.query("tasks", {});
    const rows = await inspector.rows(view.id, 0, view.matching, ["pid"]);
    expect(rows.map(({ depth, cells }) => [depth, cells[0]!.value])).toEqual([[0, 1], [1, 7], [2, 9], [2, 12], [2, 8]]);
  });

  test("ignores columns that do not exist and rejects tables that do not", async () => {
    expect(await column("tasks", { filters: { nothing: "x" }, sort: [{ column: "nothing", descending: false }] }, "pid")).toHaveLength(5);
    await expect(inspector.query("nothing", {})).rejects.toThrow("no table");
  });
});

describe("exported text", () => {
  test("escapes what a spreadsheet would take for a formula", () => {
    expect(csvField("=1+1")).toBe("'=1+1");
    expect(csvField('a"b,c')).toBe('"a""b,c"');
    expect(csvField(-5)).toBe("-5");
    expect(jsonValue(18446744073709551615n)).toBe('"18446744073709551615"');
  });
});

describe("the address bar", () => {
  test.each([
    ["0x100", { kind: "offset", offset: 256 }],
    ["+0x20", { kind: "offset", offset: 48 }],
    ["pid:9", { kind: "row", table: "tasks", row: 2 }],
    ["pid:4711", { kind: "nowhere" }],
    ["#1", { kind: "row", table: "objects" }],
    ["helper", { kind: "choices" }],
    ["fds:2", { kind: "row", table: "fds", row: 1 }],
    ["no such thing", { kind: "nowhere" }],
  ])("understands %s", async (text, place) => {
    expect(await inspector.resolvePlace(text, { file: 0, offset: 16 })).toMatchObject(place);
  });
});

describe("references", () => {
  test("lead from a descriptor to its file and from the file's record to its rows", async () => {
    const view = await inspector.query("fds", { filters: { path: "=/var/log/app.log" } });
    const [row] = await inspector.rows(view.id, 0, 1);
    const link = row!.cells.find(({ link: target }) => target?.table === "files")!.link!;
    const origin = (await inspector.locate("files", link.row, "position"))!;
    const owner = (await inspector.ownerAt(0, origin.span.start))!;
    expect(owner.field.path).toBe("common.f_pos");
    expect(owner.field.value).toBe(18734n);
    expect(owner.rows).toContainEqual({ table: "files", row: link.row, label: "/var/log/app.log" });
  });

  test("in a field tree are links to the object", async () => {
    const origin = (await inspector.locate("fds", 0, "file"))!;
    const owner = (await inspector.ownerAt(0, origin.span.start))!;
    expect(owner.field.name).toBe("fd_objref");
    expect(owner.field.link?.table).toBe("files");
  });
});
