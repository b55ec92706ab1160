import { describe, expect, it } from "vitest";
import type { Cell, CellValue, Inspector, Row, TableInfo } from "../../src/core/inspector.ts";
import { addressInCell, leadsToMemory, placesOfRow } from "../../src/ui/parts/row-places.ts";
import type { View } from "../../src/ui/state/view.ts";

interface Members {
  readonly [column: string]: CellValue | { readonly table: string; readonly row: number };
}

const infoOf = (name: string, members: Members): TableInfo => ({
  name,
  label: name,
  doc: "",
  group: "",
  rowCount: 9,
  columns: Object.keys(members).map((column) => ({ name: column, label: column, doc: "", align: "left", mono: false, shown: true, width: 8, filter: "text" })),
});
const rowOf = (row: number, members: Members): Row => ({
  row,
  cells: Object.values(members).map((value): Cell => (typeof value === "object" && value !== null ? { text: "x", value: "x", link: value } : { text: String(value ?? ""), value })),
});

const task = { space: { table: "spaces", row: 2 }, thread: { table: "threads", row: 5 } };
const inspector = { row: async () => rowOf(0, task) } as unknown as Inspector;

async function placesOf(name: string, row: number, members: Members): Promise<Record<string, View | undefined>> {
  const info = infoOf(name, members);
  const places = placesOfRow(inspector, [infoOf("tasks", task), info], info, rowOf(row, members));
  return Object.fromEntries(await Promise.all(places.map(async ({ label, find }) => [label, await find()] as const)));
}

describe("a row leads", () => {
  it("from a task to its memory, its texts and its registers", async () => {
    expect(await placesOf("tasks", 0, task)).toEqual({
      "Show memory": { kind: "memory", space: 2 },
      "Show command line and environment": { kind: "process", space: 2 },
      "Show registers and stack": { kind: "thread", thread: 5 },
    });
  });

  it("from a dead task nowhere", async () => {
    expect(await placesOf("tasks", 0, { space: null, thread: null })).toEqual({});
  });

  it("from a thread to its registers, and from a register to those of its thread", async () => {
    expect(await placesOf("threads", 7, { task: { table: "tasks", row: 0 } })).toEqual({ "Show registers and stack": { kind: "thread", thread: 7 } });
    expect(await placesOf("registers", 1, { thread: { table: "threads", row: 3 }, task: { table: "tasks", row: 0 } })).toEqual({ "Show registers and stack": { kind: "thread", thread: 3 } });
  });

  it("from a register that names only its task to the thread of that", async () => {
    expect(await placesOf("registers", 1, { thread: null, task: { table: "tasks", row: 0 } })).toEqual({ "Show registers and stack": { kind: "thread", thread: 5 } });
  });

  it("from a region into memory and to searches of it", async () => {
    expect(await placesOf("regions", 4, { start: "0x1000", space: { table: "spaces", row: 1 } })).toEqual({
      "Show in memory": { kind: "memory", space: 1, address: 0x1000n },
      "Search this region": { kind: "search", mode: "text", text: "", space: 1, region: 4 },
      "List its strings": { kind: "search", mode: "strings", text: "", space: 1, region: 4 },
      "Find pointers to it": { kind: "search", mode: "pointer", text: "", space: 1, region: 4 },
    });
  });

  it("from any other table to nothing of the kind", async () => {
    expect(await placesOf("pipes", 0, { task: { table: "tasks", row: 0 } })).toEqual({});
  });
});

describe("an address in a cell", () => {
  it("is one when the row tells in which address space it counts", () => {
    expect(addressInCell(infoOf("threads", {}), "ip", { text: "0x000000007f10", value: "0x7f10" })).toBe(0x7f10n);
    expect(addressInCell(infoOf("threads", {}), "fpu", { text: "12", value: 12 })).toBeUndefined();
    expect(addressInCell(infoOf("tasks", {}), "flags", { text: "0x7f10", value: "0x7f10" })).toBeUndefined();
    expect(addressInCell(infoOf("sockets", {}), "address", { text: "0x7f10", value: "0x7f10" })).toBeUndefined();
  });

  it("is drawn as the way there where it says where a thread is", () => {
    expect(leadsToMemory(infoOf("threads", {}), "ip", { text: "0x000000007f10", value: "0x7f10" })).toBe(true);
    expect(leadsToMemory(infoOf("threads", {}), "rseq", { text: "0x000000007f10", value: "0x7f10" })).toBe(false);
    expect(leadsToMemory(infoOf("threads", {}), "ip", { text: "", value: null })).toBe(false);
  });
});
