/** Images that were renamed: what they belong to is a guess that says so, or not known, and never a number that nobody wrote. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { bytesOf, openSet, sampleFiles, type InputFile, type OpenedSet } from "../../../support/criu-open.ts";
import { indexOf } from "../../../support/criu-edit.ts";
import { rawRows } from "../../../support/criu-truth.ts";

const PID = 22467;

const renamed = (files: readonly InputFile[], name: string, to: string): InputFile[] => files.with(indexOf(files, name), { ...files[indexOf(files, name)]!, name: to });
const copied = async (files: readonly InputFile[], name: string, to: string, change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): Promise<InputFile[]> => [...files, { name: to, source: memorySource(change(await bytesOf(files[indexOf(files, name)]!.source))) }];
const problems = ({ checkpoint }: OpenedSet): (string | undefined)[][] => checkpoint.diagnostics.list.map(({ code, severity, span }) => [severity, code, span === undefined ? undefined : checkpoint.files[span.file]!.name]);

/** Every text and number of the tables: nothing in them may be the number of an image that has none. */
function expectNoMadeUpNumbers({ checkpoint }: OpenedSet): void {
  for (const table of ["tasks", "threads", "spaces", "regions", "fd_tables", "extents", "namespaces", "mounts"] as const) {
    for (const row of rawRows(checkpoint, table)) for (const column of ["pid", "tid", "owner", "objref", "tasks"]) if (row[column] !== undefined) expect(String(row[column])).not.toMatch(/-\d/);
  }
  for (const { message } of checkpoint.diagnostics.list) expect(message).not.toMatch(/[ #]-\d/);
}

describe("a renamed image", () => {
  test.each([
    [`core-${PID}.img`, `core-${PID}.img.bak`], [`core-${PID}.img`, `copy of core-${PID}.img`], [`core-${PID}.img`, `core-${PID} (1).img`], [`core-${PID}.img`, "1.img"], [`core-${PID}.img`, "core.img"],
    [`mm-${PID}.img`, `mm-${PID} - Copy.img`], [`mm-${PID}.img`, "memory"], [`pagemap-${PID}.img`, "map.img"], [`ids-${PID}.img`, "x.img"], [`fs-${PID}.img`, `old_fs-${PID}.img~`],
    ["pstree.img", "pstree.img.old"], ["pstree.img", "tree"], ["files.img", "files (2).img"], ["fdinfo-2.img", "copy of fdinfo-2.img"],
  ])("%s as %s is taken for what it was, and that is said to be a guess", async (name, to) => {
    const files = await sampleFiles("01-simple");
    const before = (await openSet(files))!;
    const after = (await openSet(renamed(files, name, to)))!;
    expect(problems(after)).toEqual([["note", "set.image-guess", to]]);
    for (const table of ["tasks", "threads", "spaces", "regions", "extents", "fds", "files"] as const) expect(rawRows(after.checkpoint, table).length).toBe(rawRows(before.checkpoint, table).length);
    expect(rawRows(after.checkpoint, "tasks")[0]!["name"]).toBe(rawRows(before.checkpoint, "tasks")[0]!["name"]);
    expectNoMadeUpNumbers(after);
    await before.inspector.close();
    await after.inspector.close();
  });

  test("whose number nothing tells is not known, and no number is made up for it", async () => {
    const sample = await sampleFiles("03-tree");
    const [first, second] = sample.filter(({ name }) => /(^|\/)core-\d+\.img$/.test(name)).map(({ name }) => name);
    const opened = (await openSet(renamed(renamed(sample, first!, "a.img"), second!, "b.img")))!;
    const found = problems(opened);
    expect(found.filter(([, code]) => code === "set.image-number")).toEqual([["warning", "set.image-number", "a.img"]]);
    expect(opened.checkpoint.diagnostics.list.find(({ code }) => code === "set.image-number")!.message).toBe("2 images have names that do not say to what they belong: a.img (core-NUMBER.img), b.img (core-NUMBER.img).");
    expect(found.filter(([, code]) => code === "set.image-missing")).toHaveLength(1);
    expect(found.map(([, code]) => code)).not.toContain("set.image-orphan");
    expectNoMadeUpNumbers(opened);
    await opened.inspector.close();
  });

  test("beside the image of its name stands for nothing, whatever is in it", async () => {
    const files = await sampleFiles("01-simple");
    const before = (await openSet(files))!;
    const broken = await copied(await copied(files, "pstree.img", "pstree.img.bak", (bytes) => bytes.slice(0, 8)), `core-${PID}.img`, `zz core-${PID}.img`, (bytes) => bytes.slice(0, 8));
    const after = (await openSet(broken))!;
    expect(problems(after)).toEqual([["warning", "set.image-twice", "pstree.img.bak"]]);
    expect(after.checkpoint.diagnostics.list[0]!.message).toContain(`2 files are images that are there under their own names, and are not read into the tables: pstree.img.bak (pstree.img), zz core-${PID}.img (core-${PID}.img).`);
    expect(rawRows(after.checkpoint, "tasks")).toEqual(rawRows(before.checkpoint, "tasks"));
    await before.inspector.close();
    await after.inspector.close();
  });

  test.each([[`mm-${PID}.img`, "regions"], [`pagemap-${PID}.img`, "extents"], ["fdinfo-2.img", "fds"]] as const)("that is opened alone, %s, has its rows without a number", async (name, table) => {
    const file = (await sampleFiles("01-simple")).find((each) => each.name.endsWith(name))!;
    const opened = (await openSet([{ ...file, name: "1.img" }]))!;
    expect(problems(opened).filter(([severity]) => severity !== "note")).toEqual([["warning", "set.image-number", "1.img"]]);
    expect(rawRows(opened.checkpoint, table).length).toBeGreaterThan(0);
    expectNoMadeUpNumbers(opened);
    await opened.inspector.close();
  });

  test("of page contents is told by what is left of its name, and a copy of one stands for nothing", async () => {
    const files = await sampleFiles("01-simple");
    const before = (await openSet(files))!;
    const after = (await openSet(renamed(files, "pages-1.img", "pages-1 (1).img")))!;
    expect(problems(after)).toEqual([["note", "set.image-guess", "pages-1 (1).img"]]);
    const where = ({ checkpoint }: OpenedSet): unknown[] => rawRows(checkpoint, "extents").map(({ start, where: at }) => [start, at]);
    expect(where(after)).toEqual(where(before));
    const copy = (await openSet(await copied(files, "pages-1.img", "pages-1.img.bak", (bytes) => bytes.slice(0, 4096))))!;
    expect(problems(copy)).toEqual([["warning", "set.image-twice", "pages-1.img.bak"]]);
    for (const { inspector } of [before, after, copy]) await inspector.close();
  });

  test("of shared memory is told from one of a task by what is left of its name", async () => {
    const files = await sampleFiles("10-memory");
    const [name] = files.map((file) => file.name).filter((each) => /pagemap-shmem-\d+\.img$/.test(each));
    const opened = (await openSet(renamed(files, name!, `copy of ${name!.slice(name!.lastIndexOf("/") + 1)}`)))!;
    expect(problems(opened)).toEqual([["note", "set.image-guess", expect.stringContaining("copy of pagemap-shmem")]]);
    await opened.inspector.close();
  });
});
