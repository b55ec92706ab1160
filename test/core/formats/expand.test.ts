/** Archives that are large or closed on the way to the checkpoints. */
import { expect, test } from "vitest";
import { memorySource } from "../../../src/core/bytes/source.ts";
import { openCheckpoint } from "../../../src/core/open.ts";
import { zip } from "../../fixtures/archives/build-zip.ts";
import { bytesOf, sampleFiles } from "../../support/criu-open.ts";

/** More than a call takes as arguments, and than 16 bits count. */
const MANY = 200_000;

test("a zip with 200,000 members opens, with all of them and in time", async () => {
  const files = await sampleFiles("01-simple");
  const images = await Promise.all(files.filter(({ link }) => link === undefined).map(async ({ name, source }) => ({ name: `zz/${name}`, contents: await bytesOf(source), method: 0 })));
  const source = memorySource(zip([...Array.from({ length: MANY }, (_, index) => ({ name: `rootfs/d${index % 500}/f${index}`, method: 0 })), ...images]));
  const started = performance.now();
  const inspector = await openCheckpoint([{ name: "set.zip", source }]);
  const { formatName, files: opened } = await inspector.summary();
  expect(formatName).toBe("CRIU image set");
  expect(opened.map(({ name }) => name)).toContain("zz/pstree.img");
  expect((await inspector.tables()).find(({ name }) => name === "problems")!.rowCount).toBe(0);
  await inspector.close();
  expect(performance.now() - started).toBeLessThan(30_000);
});

test.each(["index.json", "manifest.json", "oci-layout"])("an archive whose %s is encrypted opens, and says so", async (name) => {
  const files = await sampleFiles("01-simple");
  const images = await Promise.all(files.filter(({ link }) => link === undefined).map(async ({ name: path, source }) => ({ name: path, contents: await bytesOf(source) })));
  const inspector = await openCheckpoint([{ name: "set.zip", source: memorySource(zip([{ name, contents: "[]", flags: 0x801 }, ...images])) }]);
  const view = await inspector.query("problems", {});
  const rows = await inspector.rows(view.id, 0, view.matching, ["code", "message"]);
  expect(rows.map(({ cells }) => cells.map(({ value }) => value))).toEqual([["archive.encrypted", `"${name}" is encrypted.`]]);
  expect((await inspector.tables()).find((table) => table.name === "tasks")!.rowCount).toBe(1);
  await inspector.close();
});

test("a set that is encrypted as a whole has that as its one problem", async () => {
  const files = (await sampleFiles("01-simple")).filter(({ link }) => link === undefined);
  const members = await Promise.all(files.map(async ({ name, source }) => ({ name, contents: await bytesOf(source), flags: 0x801 })));
  const inspector = await openCheckpoint([{ name: "set.zip", source: memorySource(zip(members)) }]);
  const view = await inspector.query("problems", {});
  const rows = await inspector.rows(view.id, 0, view.matching, ["severity", "code"]);
  expect(rows.map(({ cells }) => cells.map(({ value }) => value)).filter(([severity]) => severity !== "note")).toEqual([["error", "archive.encrypted"]]);
  await inspector.close();
});
