/** One cause is one problem: a wrong version, an archive that ends too early, images that were not copied. */
import { describe, expect, test } from "vitest";
import { baseName } from "../../../../src/core/archive/file-set.ts";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { member, tar } from "../../../fixtures/archives/build-tar.ts";
import { withBytes, withEdited, without } from "../../../support/criu-edit.ts";
import { bytesOf, openSet, sampleFiles, type InputFile, type OpenedSet } from "../../../support/criu-open.ts";

const found = ({ checkpoint }: OpenedSet): (readonly [string, string | undefined, string])[] => checkpoint.diagnostics.list.map(({ code, message, span }) => [code, span === undefined ? undefined : checkpoint.files[span.file]!.name, message] as const);

async function problemsOf(files: readonly InputFile[]): Promise<ReturnType<typeof found>> {
  const opened = (await openSet(files))!;
  const list = found(opened);
  await opened.inspector.close();
  return list;
}

describe("a version that contradicts the heads of the images", () => {
  test.each([[1, "the common or service magic, which sets of version 1 have not"], [2, undefined]])("of %i is one problem at its field, or none", async (version, what) => {
    const files = await withEdited(await sampleFiles("01-simple"), "inventory.img", ([inventory]) => void ((inventory!.message as Record<string, number>)["img_version"] = version));
    const list = await problemsOf(files);
    if (what === undefined) expect(list).toEqual([]);
    else expect(list).toEqual([["set.magic-form", expect.stringContaining("inventory.img"), expect.stringMatching(new RegExp(`version 1 of the images, and 11 of 11 images have ${what}: .*core-22467.img.* and 3 more\\.$`))]]);
  });

  test("is several problems where only a few images do so", async () => {
    let files: readonly InputFile[] = await sampleFiles("01-simple");
    for (const name of ["fs-22467.img", "pstree.img"]) files = await withBytes(files, name, (bytes) => bytes.slice(4));
    expect((await problemsOf(files)).map(([code, file]) => [code, file])).toEqual([["set.magic-form", expect.stringContaining("fs-22467")], ["set.magic-form", expect.stringContaining("pstree")]]);
  });
});

describe("an archive of a dump that ends too early", () => {
  /** A tar with the images in this order by kind, cut off right before the `count`th member whose name begins like that. */
  async function cutBefore(order: readonly string[], kind: string, count: number): Promise<InputFile> {
    const place = (name: string): number => (order.findIndex((each) => name.startsWith(each)) + order.length + 1) % (order.length + 1);
    const files = (await sampleFiles("03-tree")).toSorted((a, b) => place(baseName(a.name)) - place(baseName(b.name)) || a.name.localeCompare(b.name));
    const kept = files.slice(0, files.indexOf(files.filter(({ name }) => baseName(name).startsWith(kind))[count]!));
    const members = await Promise.all(kept.map(async ({ name, source }) => member({ name: baseName(name), size: source.size }, await bytesOf(source))));
    return { name: "set.tar", source: memorySource(tar(...members).slice(0, -1024)) };
  }

  test("among the pagemaps has one problem for all tasks, with their number and names", async () => {
    const list = await problemsOf([await cutBefore(["inventory", "pstree", "core", "ids", "mm", "fs", "fdinfo", "files", "stats", "dump", "timens", "pages-", "pagemap"], "pagemap", 1)]);
    expect(list).toEqual([
      ["set.image-missing", "pstree.img", expect.stringMatching(/^7 pagemap images are not in the set: pagemap-22596\.img \(task 22596\), .*\. The archive that the set came in ends too early\.$/)],
      ["archive.no-end", undefined, expect.any(String)],
    ]);
  });

  test("among the page contents has one problem for all of them, with the pages that are gone", async () => {
    const list = await problemsOf([await cutBefore(["inventory", "pstree", "core", "ids", "mm", "fs", "fdinfo", "files", "stats", "dump", "timens", "pagemap", "pages"], "pages", 2)]);
    expect(list).toEqual([["pages.missing", expect.stringMatching(/^pagemap-/), expect.stringMatching(/^6 files of page contents with 90 pages are not there: pages-\d\.img \(pagemap-\d+\.img\), .* ends too early\.$/)], ["archive.no-end", undefined, expect.any(String)]]);
  });

  test("before the pagemaps of page contents that are there is not said to have contents that nobody needs", async () => {
    const list = await problemsOf([await cutBefore(["inventory", "pages-", "pstree", "core", "ids", "mm", "fs", "fdinfo", "files", "stats", "dump", "timens", "pagemap"], "core", 4)]);
    expect(list).toEqual([["set.image-missing", "pstree.img", expect.stringMatching(/^3 ids, 3 fs, 6 core, 3 mm images are not in the set: .* and 7 more\. .* ends too early\.$/)], ["archive.no-end", undefined, expect.any(String)]]);
  });

  test("in the order of the alphabet is no sound set, however little is there", async () => {
    for (const [kind, count] of [["core", 5], ["fs", 3], ["ids", 2], ["mm", 2], ["pagemap", 1]] as const) {
      const list = await problemsOf([await cutBefore([], kind, count)]);
      expect([kind, list.map(([code]) => code)]).toEqual([kind, expect.arrayContaining(["set.no-pstree", "archive.no-end"])]);
      expect([kind, list.length]).toEqual([kind, list.length > 4 ? 4 : list.length]);
    }
  });
});

test("images of several tasks that were not copied are one problem for each kind", async () => {
  let files: InputFile[] = await sampleFiles("03-tree");
  for (const name of ["mm-22595.img", "mm-22596.img", "fs-22597.img", "pagemap-22595.img", "pagemap-22596.img"]) files = without(files, name);
  expect((await problemsOf(files)).filter(([code]) => code === "set.image-missing").map(([, file, message]) => [file, message])).toEqual([
    ["pstree.img", "fs-22597.img, an image of task 22597, is not in the set."],
    ["pstree.img", "2 mm images are not in the set: mm-22595.img (task 22595), mm-22596.img (task 22596)."],
    ["pstree.img", "2 pagemap images are not in the set: pagemap-22595.img (task 22595), pagemap-22596.img (task 22596)."],
  ]);
});

test("a core image that ends too early is one problem, and no image that is not there", async () => {
  const list = await problemsOf(await withBytes(await sampleFiles("01-simple"), "core-22467.img", (bytes) => bytes.slice(0, -100)));
  expect(list).toEqual([["frame.truncated", expect.stringContaining("core-22467.img"), expect.stringMatching(/100 are missing\.$/)]]);
});

describe("a file without a byte", () => {
  const emptied = async (sample: string, ...names: string[]): Promise<ReturnType<typeof found>> => {
    let files: readonly InputFile[] = await sampleFiles(sample);
    for (const name of names) files = await withBytes(files, name, () => new Uint8Array(0));
    return await problemsOf(files);
  };

  test.each([
    ["mm-22467.img", "set.image-missing", "mm-22467.img, an image of task 22467, is empty."],
    ["pages-1.img", "pages.missing", expect.stringMatching(/^pages-1\.img, which should hold \d+ pages of pagemap-22467\.img, is empty\.$/)],
    ["inventory.img", "set.no-inventory", "inventory.img is empty."],
    ["pstree.img", "set.no-pstree", "pstree.img is empty."],
    ["files.img", "set.image-missing", expect.stringMatching(/^files\.img is empty: \d+ references to its open files lead nowhere\.$/)],
  ])("%s is empty, and not lost", async (name, code, message) => {
    expect(await emptied("01-simple", name)).toEqual([[code, expect.stringContaining(name), message]]);
  });

  test("among others is counted with them", async () => {
    const files = without(await withBytes(await sampleFiles("03-tree"), "mm-22595.img", () => new Uint8Array(0)), "mm-22596.img");
    expect(await problemsOf(files)).toEqual([["set.image-missing", expect.any(String), "2 mm images are empty or not in the set: mm-22595.img (task 22595, empty), mm-22596.img (task 22596)."]]);
  });

  test("an inventory that ends too early is there", async () => {
    const list = await problemsOf(await withBytes(await sampleFiles("01-simple"), "inventory.img", (bytes) => bytes.slice(0, -5)));
    expect(list).toEqual([["frame.truncated", expect.stringContaining("inventory.img"), expect.any(String)]]);
  });

  test("takes the locks with it without a problem for each", async () => {
    const codes = async (name: string, change: (bytes: Uint8Array) => Uint8Array): Promise<string[]> => (await problemsOf(await withBytes(await sampleFiles("07-files-locks"), name, change))).map(([code]) => code);
    expect(await codes("pstree.img", () => new Uint8Array(0))).toEqual(["set.no-pstree"]);
    expect(await codes("ids-22696.img", (bytes) => bytes.slice(0, -5))).not.toContain("lock.descriptor");
    expect(await codes("files.img", () => new Uint8Array(0))).not.toContain("lock.descriptor");
  });
});

test("the image of all seccomp filters is one problem, whatever number of threads has some", async () => {
  const list = await problemsOf(without(await sampleFiles("13-signals-seccomp"), "seccomp.img"));
  expect(list).toEqual([["set.image-missing", expect.stringContaining("core-"), "seccomp.img, an image of all threads with filters, is not in the set."]]);
});

test("an archive that ends before the contents of several tmpfs has one problem for them", async () => {
  const files = (await sampleFiles("21a-podman-gzip")).filter(({ name }) => !baseName(name).startsWith("tmpfs-"));
  const members = await Promise.all(files.map(async ({ name, source }) => member({ name, size: source.size }, await bytesOf(source))));
  const list = await problemsOf([{ name: "set.tar", source: memorySource(tar(...members).slice(0, -1024)) }]);
  const contents = list.filter(([code]) => code === "mount.contents");
  expect(contents).toEqual([["mount.contents", expect.stringContaining("mountpoints-"), expect.stringMatching(/is not in the set\. Those of \d+ more are not there either\. The archive that the set came in ends too early\.$/)]]);
});

describe("an aborted dump of connections, without an inventory,", () => {
  const aborted = async (isLeft: (name: string) => boolean): Promise<string[]> => (await problemsOf((await sampleFiles("06-inet-sockets")).filter(({ name }) => isLeft(baseName(name))))).map(([code]) => code);

  test("may have been made with --tcp-close where no connection was saved", async () => {
    expect(await aborted((name) => name !== "inventory.img" && !name.startsWith("tcp-stream-"))).toEqual(["set.no-inventory"]);
  });

  test("lacks those that are not there where others are", async () => {
    expect(await aborted((name) => name !== "inventory.img" && name !== "tcp-stream-5beea.img")).toEqual(["tcp.stream", "set.no-inventory"]);
  });
});
