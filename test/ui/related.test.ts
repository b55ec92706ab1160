import { describe, expect, it } from "vitest";
import type { ColumnInfo, TableInfo } from "../../src/core/inspector.ts";
import { relatedTables } from "../../src/ui/parts/record/related.ts";

function refColumn(name: string, ref?: string): ColumnInfo {
  return { name, label: name, doc: "", align: "left", mono: false, shown: true, width: 8, filter: "text", ...(ref === undefined ? {} : { ref }) };
}

function table(name: string, columns: readonly ColumnInfo[], rowCount = 1): TableInfo {
  return { name, label: name, doc: "", group: "", rowCount, columns };
}

const tasks = table("tasks", [refColumn("pid"), refColumn("space", "spaces"), refColumn("record", "records")]);
const tables = [
  tasks,
  table("spaces", [refColumn("record", "records")]),
  table("regions", [refColumn("space", "spaces"), refColumn("record", "records")]),
  table("threads", [refColumn("task", "tasks")]),
  table("timers", [refColumn("task", "tasks")], 0),
];
const row = {
  row: 0,
  cells: [
    { text: "7", value: 7 },
    { text: "map of 7", value: "map of 7", link: { table: "spaces", row: 2 } },
    { text: "TASK at 0x10", value: "TASK at 0x10", link: { table: "records", row: 4 } },
  ],
};

describe("the tables related to a row", () => {
  it("are those that refer to it and those that refer to what it refers to, as far as they have rows", () => {
    expect(relatedTables(tables, tasks, row, "7 init").map(({ view }) => [view.table, view.query.filters])).toEqual([
      ["threads", { task: "=7 init" }],
      ["regions", { space: "=map of 7" }],
    ]);
  });

  it("do without those that refer to the row itself when its name is not known", () => {
    expect(relatedTables(tables, tasks, row, undefined).map(({ view }) => view.table)).toEqual(["regions"]);
  });
});
