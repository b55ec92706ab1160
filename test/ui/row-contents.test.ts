import { describe, expect, it } from "vitest";
import type { Cell, ColumnInfo, Inspector, Row, TableInfo } from "../../src/core/inspector.ts";
import { placeOfCell } from "../../src/ui/parts/data-table/cell-place.ts";
import { contentsName, contentsOf, hasContents } from "../../src/ui/parts/row-contents.ts";
import { isSecretCell, isSecretField, isSecretRow } from "../../src/ui/state/secrets.ts";

function tableOf(name: string, ...columns: readonly string[]): TableInfo {
  const infos = columns.map((column): ColumnInfo => ({ name: column, label: column, doc: "", align: "left", mono: false, shown: true, width: 8, filter: "text" }));
  return { name, label: name, doc: "", group: "", rowCount: 9, columns: infos };
}

function rowOf(...cells: readonly (string | number | Cell | null)[]): Row {
  return {
    row: 3,
    cells: cells.map((cell): Cell => (cell === null ? { text: "", value: null } : typeof cell === "object" ? cell : { text: String(cell), value: cell })),
  };
}

const remaps = tableOf("remaps", "path", "offset", "bytes", "image", "preview");
const inFile: Cell = { text: "ghost-file-2.img", value: "ghost-file-2.img", link: { table: "images", row: 12 } };
const ghost = rowOf("/run/ghost.txt", 53, 37, inFile, "ghost file");
const linked = rowOf("/run/hard.txt", null, null, null, null);
const images = tableOf("images", "path", "kind", "size", "offset");
const image = rowOf("dump/core-1.img", "CORE", 100, null);
const located = (start: number, end: number): Inspector => ({ locate: async () => ({ span: { file: 12, start, end }, record: 1 }) }) as unknown as Inspector;

describe("the bytes that a row stands for", () => {
  it("are there when the row says where they begin", () => {
    expect(hasContents(remaps, ghost)).toBe(true);
    expect(hasContents(remaps, linked)).toBe(false);
    expect(hasContents(tableOf("records", "offset", "length"), rowOf(1, 2))).toBe(false);
    expect(hasContents(images, image)).toBe(true);
  });

  it("are where the core says they are", async () => {
    expect(await contentsOf(located(53, 90), remaps, ghost, [])).toEqual({ file: 12, start: 53, end: 90 });
    expect(await contentsOf(located(0, 8), remaps, linked, [])).toBeUndefined();
  });

  it("are not the whole record, which the core answers with when it knows no better", async () => {
    expect(await contentsOf(located(0, 200), remaps, ghost, [])).toBeUndefined();
  });

  it("of a file of the set are all of it", async () => {
    expect(await contentsOf(located(0, 0), images, image, [1, 2, 3, 100])).toEqual({ file: 3, start: 0, end: 100 });
  });

  it("are saved under the name of the file whose contents they are", () => {
    expect(contentsName(remaps, ghost)).toBe("ghost.txt");
    expect(contentsName(images, image)).toBe("core-1.img");
    expect(contentsName(tableOf("members", "path"), rowOf("var/lib/"))).toBe("lib");
    expect(contentsName(tableOf("pipes", "offset", "bytes"), rowOf(22, 15))).toBe("pipes-4.bin");
  });
});

describe("a cell", () => {
  const placeAt = (info: TableInfo, row: Row, name: string) => {
    const at = info.columns.findIndex((column) => column.name === name);
    return placeOfCell(info, row, info.columns[at]!, row.cells[at]!);
  };

  it("leads to the contents of its row", () => {
    for (const name of ["offset", "image", "preview"]) expect(placeAt(remaps, ghost, name)).toEqual({ kind: "contents" });
    expect(placeAt(remaps, linked, "offset")).toBeUndefined();
    expect(placeAt(images, image, "path")).toEqual({ kind: "contents" });
  });

  it("that names a file of the set leads to its bytes, any other reference to its row", () => {
    const log = tableOf("log", "line", "file", "task");
    const line = rowOf(1, { text: "dump.log", value: "dump.log", link: { table: "images", row: 4 } }, { text: "7 sh", value: "7 sh", link: { table: "tasks", row: 2 } });
    expect(placeAt(log, line, "file")).toEqual({ kind: "view", view: { kind: "bytes", file: 4, offset: 0 } });
    expect(placeAt(log, line, "task")).toMatchObject({ kind: "view", view: { kind: "table", table: "tasks", row: 2 } });
    expect(placeAt(log, line, "line")).toBeUndefined();
  });

  it("that names a checkpoint opens it", () => {
    expect(placeAt(tableOf("checkpoints", "name", "detail"), rowOf("pre1", "pre-dump"), "name")).toEqual({ kind: "checkpoint" });
  });
});

describe("a secret", () => {
  const spec = tableOf("process_spec", "kind", "name", "value");
  const variable = rowOf("environment", "APP_TOKEN", "s3cr3t");
  const argument = rowOf("argument", "0", "/bin/sh");

  it("is the value of an environment variable, and nothing else", () => {
    const [kind, name, value] = spec.columns;
    expect(isSecretCell(spec, variable, value!)).toBe(true);
    expect(isSecretCell(spec, variable, name!)).toBe(false);
    expect(isSecretCell(spec, variable, kind!)).toBe(false);
    expect(isSecretCell(spec, argument, value!)).toBe(false);
    expect(isSecretRow(spec, argument)).toBe(false);
    expect(isSecretRow(tableOf("annotations", "kind", "value"), rowOf("environment", "x"))).toBe(false);
  });

  it("is a field of a list of environment variables, also inside a folded part of it", () => {
    expect(isSecretField("process.env.3")).toBe(true);
    expect(isSecretField("process.env.0-99.12")).toBe(true);
    expect(isSecretField("env.0")).toBe(true);
    expect(isSecretField("process.env")).toBe(false);
    expect(isSecretField("process.args.3")).toBe(false);
    expect(isSecretField("envelope.3")).toBe(false);
  });
});
