/** Symbolic links inside archives: other names of files that were opened, and never a way out. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openFileSet, type FileSet } from "../../../src/core/archive/file-set.ts";
import { followLinks } from "../../../src/core/archive/follow-links.ts";
import { memorySource } from "../../../src/core/bytes/source.ts";
import { member, pax, tar } from "../../fixtures/archives/build-tar.ts";
import { zip } from "../../fixtures/archives/build-zip.ts";

const link = (name: string, target: string): Uint8Array => member({ name, type: "2", link: target });

async function setOf(...archives: readonly (readonly [name: string, bytes: Uint8Array])[]): Promise<FileSet> {
  return await openFileSet(archives.map(([name, bytes]) => ({ name, source: memorySource(bytes) })), async (files) => files.flatMap(({ path }, index) => (/\.(tar|tgz|zip)$/.test(path) ? [index] : [])), {}, () => {});
}

/** What each link leads to: the contents of a file, or why there are none. */
async function ends(set: FileSet): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { path, via, lost, source } of followLinks(set.files, () => true)) if (via !== undefined || lost !== undefined) found[path] = lost ?? new TextDecoder().decode(await source.read(0, 100));
  return found;
}

describe("a symbolic link of an archive", () => {
  const members = [
    member({ name: "store/core-1.img" }, "the core"),
    link("checkpoint/core-1.img", "../store/core-1.img"),
    link("checkpoint/twice.img", "./core-1.img"),
    link("latest", "checkpoint/../store"),
    link("checkpoint/through.img", "../latest/core-1.img"),
    link("checkpoint/absolute.img", "/store//./core-1.img"),
    link("checkpoint/folder.img", "../store"),
    link("checkpoint/dangling.img", "../store/core-2.img"),
    link("checkpoint/out.img", "../../store/core-1.img"),
    link("checkpoint/self.img", "self.img"),
    link("checkpoint/left.img", "right.img"),
    link("checkpoint/right.img", "left.img"),
    pax([["linkpath", `${"./".repeat(3000)}core-1.img`]]),
    link("checkpoint/long.img", "x"),
  ];
  const none = "leads to no file of what was opened";
  const expected = {
    "checkpoint/core-1.img": "the core", "checkpoint/twice.img": "the core", "checkpoint/through.img": "the core", "checkpoint/absolute.img": "the core",
    latest: none, "checkpoint/folder.img": none, "checkpoint/dangling.img": none, "checkpoint/out.img": "leads out of what was opened", "checkpoint/self.img": "leads into a loop of links",
    "checkpoint/left.img": "leads into a loop of links", "checkpoint/right.img": "leads into a loop of links",
    "checkpoint/long.img": "is longer than any path",
  };

  test.each([["read where it lies", "set.tar", tar(...members)], ["read in one pass", "set.tgz", Uint8Array.from(gzipSync(tar(...members)))]])("leads to a file of it, along folders and other links: %s", async (_, name, bytes) => {
    expect(await ends(await setOf([name, bytes]))).toEqual(expected);
  });

  test("of a zip does so too", async () => {
    const mode = 0o120777;
    const set = await setOf(["set.zip", zip([{ name: "a/b.img", contents: "the b" }, { name: "c/b.img", contents: "../a/b.img", mode }])]);
    expect(await ends(set)).toEqual({ "c/b.img": "the b" });
  });

  test("does not lead into another archive that was opened beside it", async () => {
    const set = await setOf(["one.tar", tar(member({ name: "a" }, "the a"))], ["two.tar", tar(link("b", "../one.tar/a"), link("c", "/one.tar/a"))]);
    expect(await ends(set)).toEqual({ "two.tar/b": "leads out of what was opened", "two.tar/c": none });
  });

  test("stays itself when nobody asks for it, with the file it leads to untouched", async () => {
    const { files } = await setOf(["set.tar", tar(...members)]);
    expect(followLinks(files, () => false)).toEqual(files);
  });

  test("is followed in time, however many there are and however long their way", async () => {
    const deep = "d/".repeat(45);
    const { files } = await setOf(["set.tar", tar(...Array.from({ length: 20_000 }, (_, index) => link(`l${index}`, index === 0 ? `${deep}x` : `${deep}../../l${index - 1}`)))]);
    const started = performance.now();
    const lost = followLinks(files, () => true).filter((file) => file.lost !== undefined);
    expect(lost).toHaveLength(20_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("is followed in time, however much its way says that leads nowhere", async () => {
    const way = Array.from({ length: 39 }, (_, index) => [pax([["linkpath", `${"./".repeat(2000)}b${index + 1}`]]), link(`b${index}`, "x")]).flat();
    const { files } = await setOf(["set.tar", tar(...way, ...Array.from({ length: 20_000 }, (_, index) => link(`l${index}`, "b0")))]);
    const started = performance.now();
    const lost = followLinks(files, (path) => path.startsWith("l")).flatMap((file) => file.lost ?? []);
    expect(performance.now() - started).toBeLessThan(5000);
    expect([lost[0], lost.at(-1), lost.length]).toEqual([none, "was not followed, since the links before it are so many", 20_000]);
  });
});

describe("a hard link of a tar", () => {
  const members = [
    member({ name: "a" }, "contents"), member({ name: "early", type: "1", link: "./a" }), member({ name: "late", type: "1", link: "z" }), member({ name: "unknown", type: "1", link: "nowhere" }),
    member({ name: "again", type: "1", link: "early" }), member({ name: "z" }, "the last"),
  ];

  test.each([["read where it lies", "set.tar", tar(...members)], ["read in one pass", "set.tgz", Uint8Array.from(gzipSync(tar(...members)))]])("reads as an earlier member, and one of a later or unknown member is a problem: %s", async (_, name, bytes) => {
    const set = await setOf([name, bytes]);
    const contents = await Promise.all(set.files.map(async ({ path, source }) => [path, new TextDecoder().decode(await source.read(0, 100))]));
    expect(contents).toEqual([["a", "contents"], ["early", "contents"], ["late", ""], ["unknown", ""], ["again", "contents"], ["z", "the last"]]);
    expect(set.problems.map(({ problem: { code, member: of, start } }) => [code, of, start! > 0])).toEqual([["archive.link", 2, true], ["archive.link", 3, true]]);
  });
});
