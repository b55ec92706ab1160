/** Sets made to deceive or to exhaust: what is shown is what the files say, at a cost that their size allows. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { critDecodeText } from "../../../../src/core/formats/criu/crit/decode.ts";
import { RefusedBytes } from "../../../../src/core/bytes/refused-bytes.ts";
import { criuImage, criuWord } from "../../../support/criu-image.ts";
import { withBytes, withEdited } from "../../../support/criu-edit.ts";
import { bytesOf, openSet, sampleFiles, type InputFile } from "../../../support/criu-open.ts";
import { rawRows } from "../../../support/criu-truth.ts";
import { joinBytes } from "../../../../src/core/formats/criu/crit/join-bytes.ts";

const PID = 22467;
const file = (name: string, bytes: Uint8Array): InputFile => ({ name, source: memorySource(bytes) });
const fileOf = (files: readonly InputFile[], name: string): InputFile => files.find((one) => one.name.endsWith(name))!;
const task = (pid: number, ppid = 0) => ({ pid, ppid, pgid: pid, sid: pid, threads: [pid] });

async function problemsOf(inputs: readonly InputFile[]): Promise<string[]> {
  const { checkpoint, inspector } = (await openSet(inputs))!;
  await inspector.close();
  return checkpoint.diagnostics.list.map(({ code }) => code);
}

describe("page contents", () => {
  test.each([["a core image", async (files: InputFile[]) => await bytesOf(fileOf(files, `core-${PID}.img`).source)], ["pages of before 0.5", async () => criuWord(0x56084025)]])("that begin like %s are page contents all the same", async (_, beginning) => {
    const files = await sampleFiles("01-simple");
    const core = await beginning(files);
    const forged = await withBytes(files, "pages-1.img", (pages) => {
      const changed = pages.slice();
      changed.set(core.subarray(0, 4096), 0);
      return changed;
    });
    const { checkpoint, inspector } = (await openSet(forged))!;
    expect(checkpoint.diagnostics.list.filter(({ severity }) => severity !== "note")).toEqual([]);
    expect(rawRows(checkpoint, "images").filter(({ path }) => String(path).endsWith("pages-1.img")).map(({ kind }) => kind)).toEqual(["PAGES"]);
    expect(rawRows(checkpoint, "tasks").map(({ pid }) => pid)).toEqual([PID]);
    await inspector.close();
  });

  test("under a name with a zero before its number are not those of the number", async () => {
    const files = await sampleFiles("01-simple");
    const pages = await bytesOf(fileOf(files, "pages-1.img").source);
    const folder = fileOf(files, "pages-1.img").name.replace("pages-1.img", "");
    const { checkpoint, inspector } = (await openSet([...files, file(`${folder}pages-01.img`, pages.map((byte) => byte ^ 0xff))]))!;
    const { image } = rawRows(checkpoint, "extents")[0]!;
    expect(checkpoint.files[Number(image)]!.name).toMatch(/pages-1\.img$/);
    await inspector.close();
  });
});

describe("a directory without pages", () => {
  const inventory = criuImage("INVENTORY", [{ img_version: 2 }], { head: "none" });
  const dump = [file("a/inventory.img", inventory), file("a/pstree.img", criuImage("PSTREE", [task(1), task(2, 1)])), file("a/core-1.img", criuImage("CORE", [{ mtype: 1 }]))];
  const pagemap = criuImage("PAGEMAP", [{ pages_id: 1 }]);

  test("takes no tasks from another dump that has pagemaps", async () => {
    const other = [file("b/pstree.img", criuImage("PSTREE", [task(1)])), file("b/pagemap-1.img", pagemap), file("b/core-1.img", criuImage("CORE", [{ mtype: 1 }]))];
    const { checkpoint, inspector } = (await openSet([...dump, ...other], "a"))!;
    expect(rawRows(checkpoint, "tasks").map(({ pid }) => pid)).toEqual([1, 2]);
    expect(checkpoint.files.filter(({ name }) => name.startsWith("b/"))).toEqual([]);
    await inspector.close();
  });

  test("takes pages and logs from the directory of a page server, and no images of tasks", async () => {
    const server = [file("b/pagemap-1.img", pagemap), file("b/page-server.log", new TextEncoder().encode("(00.000001) hello\n")), file("b/core-2.img", criuImage("CORE", [{ mtype: 1 }]))];
    const { checkpoint, inspector } = (await openSet([...dump, ...server], "a"))!;
    expect(checkpoint.files.map(({ name }) => name).filter((name) => name.startsWith("b/"))).toEqual(["b/page-server.log", "b/pagemap-1.img"]);
    await inspector.close();
  });
});

test("two mounts with one number each have the parent that they name", async () => {
  const files = await withEdited(await sampleFiles("12a-namespaces"), "mountpoints-13.img", (entries) => {
    const [first, second] = entries.slice(-2).map(({ message }) => message as Record<string, unknown>);
    second!["mnt_id"] = first!["mnt_id"];
    second!["parent_mnt_id"] = (entries[1]!.message as Record<string, unknown>)["mnt_id"];
  });
  const { checkpoint, inspector } = (await openSet(files))!;
  const mounts = rawRows(checkpoint, "mounts");
  for (const { parent, parent_id } of mounts) if (Number(parent ?? -1) >= 0) expect(mounts[Number(parent)]!["id"]).toBe(parent_id);
  await inspector.close();
});

test("statistics of a dump and of a restore are two images", async () => {
  const stats = criuImage("STATS", [{}], { head: "service" });
  const { checkpoint, inspector } = (await openSet([file("inventory.img", criuImage("INVENTORY", [{ img_version: 2 }], { head: "none" })), file("stats-dump", stats), file("stats-restore", stats)]))!;
  expect(rawRows(checkpoint, "images").filter(({ kind }) => kind === "STATS").map(({ detail }) => detail)).toEqual(["Figures of the dump or restore", "Figures of the dump or restore"]);
  await inspector.close();
});

test("megabytes of zeros are no entries", async () => {
  const files = await sampleFiles("01-simple");
  const zeros = await withBytes(files, "files.img", (image) => joinBytes([image, new Uint8Array(4 * 1024 * 1024)]));
  const { checkpoint, inspector } = (await openSet(zeros))!;
  expect(rawRows(checkpoint, "records").length).toBeLessThan(1000);
  expect(checkpoint.diagnostics.list.map(({ message }) => message)).toContainEqual(expect.stringMatching(/zeros where entries should be: 4194304 bytes are left/));
  await inspector.close();
});

test("messages of a queue that are zeros are none", async () => {
  const queue = criuImage("IPCNS_MSG", [[{ desc: { key: 0, uid: 0, gid: 0, cuid: 0, cgid: 0, mode: 0, id: 0 }, qbytes: 0, qnum: 0xffff_ffff }, new Uint8Array(2 * 1024 * 1024)]]);
  const { checkpoint, inspector } = (await openSet([file("ipcns-msg-9.img", queue)]))!;
  expect(rawRows(checkpoint, "records").length).toBeLessThan(10);
  expect(checkpoint.diagnostics.list.map(({ code }) => code)).toContain("frame.truncated");
  await inspector.close();
});

test("a link that no path can be is no parent, and costs nothing", async () => {
  const files = [...(await sampleFiles("01-simple")), { name: "parent", link: "../a".repeat(200_000), source: memorySource(new Uint8Array(0)) }];
  const began = performance.now();
  expect(await problemsOf(files)).toContain("chain.outside");
  expect(performance.now() - began).toBeLessThan(3000);
});

test("contents that were not kept leave the rest of the set to be read", async () => {
  const files = await sampleFiles("01-simple");
  const refused = files.map((one) => {
    if (!one.name.endsWith("files.img")) return one;
    const source = { size: 5_000_000, read: async (start: number, end: number) => (end > 4096 ? Promise.reject(new RefusedBytes("full")) : await one.source.read(start, end)) };
    return { ...one, source };
  });
  const { checkpoint, inspector } = (await openSet(refused))!;
  expect(rawRows(checkpoint, "tasks").length).toBe(1);
  expect(checkpoint.unexplained.map(({ end }) => end)).toContain(5_000_000);
  await inspector.close();
});

test("a message of unknown fields is decoded in time that its length allows", async () => {
  const fields = new Uint8Array(120_000);
  for (let at = 0; at < fields.length; at += 3) fields.set([0xf8, 0x7f, 1], at);
  const head = criuImage("PSTREE", []);
  const began = performance.now();
  const result = await critDecodeText("pstree.img", memorySource(joinBytes([head, criuWord(fields.length), fields])));
  expect("text" in result).toBe(true);
  expect(performance.now() - began).toBeLessThan(5000);
});
