/** Parts of sets: an image alone is no damaged set, and a set without its files image has one problem. */
import { describe, expect, test } from "vitest";
import { baseName } from "../../../../src/core/archive/file-set.ts";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { member, tar } from "../../../fixtures/archives/build-tar.ts";
import { zip } from "../../../fixtures/archives/build-zip.ts";
import { bytesOf, openSet, sampleFiles, type InputFile } from "../../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../../support/criu-samples.ts";
import type { MessageInputs } from "../../../../src/core/schema/encode-message.ts";
import { criuImage } from "../../../support/criu-image.ts";
import { withBytes, withEdited, without } from "../../../support/criu-edit.ts";
import { rawRows } from "../../../support/criu-truth.ts";

/** Archives in a set are opened when they are dropped by themselves; links have no contents. */
const isImage = (path: string): boolean => !/\.tar|^parent$/.test(baseName(path));

describe("an image that was opened by itself", () => {
  test.each(CRIU_SAMPLES.map(({ name }) => name))("is read without a problem, whichever it is, in %s", async (sample) => {
    const kinds = new Set<string>();
    for (const file of await sampleFiles(sample)) {
      // Each kind once: a sample has dozens of tasks alike.
      const kind = baseName(file.name).replace(/[0-9a-f]*\d[0-9a-f]*(?=\.img$)/, "N");
      if (!isImage(file.name) || !/\.img$|^stats-|^dump\.log$/.test(baseName(file.name)) || kinds.has(kind)) continue;
      kinds.add(kind);
      // What a block of compressed contents holds is said by the pagemap alone.
      if (sample.endsWith("-packed") && baseName(file.name).startsWith("pages-")) continue;
      const opened = await openSet([{ ...file, name: baseName(file.name) }]);
      expect(opened, `${file.name} is read`).toBeDefined();
      const { checkpoint, inspector } = opened!;
      const found = checkpoint.diagnostics.list.filter(({ severity }) => severity !== "note").map(({ code, message }) => `${code}: ${message}`);
      // What a log says of a dump, it says without the images too.
      expect([file.name, found.filter((line) => !line.startsWith("log."))]).toEqual([file.name, []]);
      expect([file.name, checkpoint.coverage.explained]).toEqual([file.name, checkpoint.coverage.total]);
      await inspector.close();
    }
    expect(kinds.size).toBeGreaterThan(5);
  });

  test("says that what it names was not given", async () => {
    const file = (await sampleFiles("01-simple")).find(({ name }) => name.includes("mm-"))!;
    const { checkpoint, inspector } = (await openSet([{ ...file, name: baseName(file.name) }]))!;
    expect(checkpoint.diagnostics.list.map(({ code, severity, message }) => [code, severity, message])).toEqual([["set.part", "note", expect.stringMatching(/^Only a part of a set was opened: \d+ references /)]]);
    expect(rawRows(checkpoint, "regions").length).toBeGreaterThan(5);
    await inspector.close();
  });
});

test("signals in images of their own, as CRIU wrote them before 1.4, wait for the task all the same", async () => {
  const sample = "25-criu212-signals";
  const before = (await openSet(await sampleFiles(sample)))!;
  const [{ pid, pending } = { pid: null, pending: null }] = rawRows(before.checkpoint, "tasks").filter((task) => Number(task["pending"]) > 0);
  await before.inspector.close();
  let signals: MessageInputs[] = [];
  const files = await withEdited(await sampleFiles(sample), `core-${String(pid)}.img`, ([core]) => {
    const { tc } = core!.message as { tc: { signals_s?: { signals: MessageInputs[] } } };
    signals = tc.signals_s!.signals;
    delete tc.signals_s;
  });
  const folder = files.find(({ name }) => name.endsWith("pstree.img"))!.name.replace("pstree.img", "");
  const { checkpoint, inspector } = (await openSet([...files, { name: `${folder}signal-s-${String(pid)}.img`, source: memorySource(criuImage("SIGNAL", signals)) }]))!;
  expect(rawRows(checkpoint, "tasks").find((task) => task["pid"] === pid)!["pending"]).toBe(pending);
  await inspector.close();
});

test("routes that were opened by themselves are rows", async () => {
  const file = (await sampleFiles("12a-namespaces")).find(({ name }) => name.endsWith("route-10.img"))!;
  const { checkpoint, inspector } = (await openSet([{ ...file, name: "route-10.img" }]))!;
  expect(rawRows(checkpoint, "routes").map(({ destination }) => destination)).toContain("192.0.2.0/24");
  await inspector.close();
});

test("a dump with tasks and neither inventory nor process tree is a damaged set", async () => {
  const { checkpoint, inspector } = (await openSet(without(without(await sampleFiles("03-tree"), "inventory.img"), "pstree.img")))!;
  expect(checkpoint.diagnostics.list.map(({ code }) => code)).toEqual(expect.arrayContaining(["set.no-inventory", "set.no-pstree"]));
  await inspector.close();
});

test("a dump and its pre-dumps whose images lie at the top of archives of their own are a chain", async () => {
  const files = await sampleFiles("14a-incremental");
  const archive = async (folder: string): Promise<InputFile> => {
    const inside = files.filter(({ name }) => name.startsWith(`${folder}/`));
    const members = await Promise.all(inside.map(async ({ name, source, link }) => (link === undefined ? member({ name: baseName(name), size: source.size }, await bytesOf(source)) : member({ name: baseName(name), type: "2", link }))));
    return { name: `${folder}.tar`, source: memorySource(tar(...members)) };
  };
  const inputs = await Promise.all(["dump", "pre2", "pre1"].map(archive));
  const { checkpoint, inspector } = (await openSet(inputs, "dump.tar"))!;
  expect(checkpoint.diagnostics.list.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  expect(new Set(rawRows(checkpoint, "images").map(({ role }) => role))).toEqual(new Set([null, "parent 1 up", "parent 2 up"]));
  await inspector.close();
});

test("links behind a parent that was guessed are followed", async () => {
  const files = (await sampleFiles("14a-incremental")).filter(({ name }) => name !== "dump/parent");
  const { checkpoint, inspector } = (await openSet(files, "dump"))!;
  expect(checkpoint.diagnostics.list.map(({ code }) => code)).toEqual(["chain.guessed"]);
  await inspector.close();
});

describe("an archive that belongs to a set", () => {
  test.each([["rootfs-diff.tar", 3000, "archive.member-cut"], ["devshm-checkpoint.tar", 700, "archive.no-end"]])("and is cut is a problem of its own: %s", async (name, size, code) => {
    const files = await withBytes(await sampleFiles("21a-podman-gzip"), name, (bytes) => bytes.slice(0, size));
    const { checkpoint, inspector } = (await openSet(files))!;
    const found = checkpoint.diagnostics.list.filter((problem) => problem.code === code);
    expect(found.map(({ span }) => checkpoint.files[span!.file]!.name.endsWith(name))).toEqual([true]);
    await inspector.close();
  });
});

test("a member of a zip whose checksum is wrong is reported with the file that it is", async () => {
  const files = await sampleFiles("01-simple");
  const members = await Promise.all(files.filter(({ link }) => link === undefined).map(async ({ name, source }) => ({ name, contents: await bytesOf(source), ...(name.endsWith("pstree.img") ? { crc: 1 } : {}) })));
  const { checkpoint, inspector } = (await openSet([{ name: "set.zip", source: memorySource(zip(members)) }]))!;
  expect(checkpoint.diagnostics.list.map(({ code, span }) => [code, checkpoint.files[span!.file]!.name])).toEqual([["archive.crc", expect.stringMatching(/pstree\.img$/)]]);
  await inspector.close();
});

test("a set without the image of its open files has one problem, not one for each descriptor", async () => {
  const { checkpoint, inspector } = (await openSet(without(await sampleFiles("03-tree"), "files.img")))!;
  expect(checkpoint.diagnostics.list.map(({ code, severity, message }) => [code, severity, message])).toEqual([["set.image-missing", "error", expect.stringMatching(/^There is no files\.img: \d+ references to its open files lead nowhere\.$/)]]);
  expect(rawRows(checkpoint, "tasks").length).toBe(10);
  await inspector.close();
});
