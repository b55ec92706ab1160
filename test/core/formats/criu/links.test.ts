/** Sets whose images are symbolic links to files elsewhere in the archive. */
import { describe, expect, test } from "vitest";
import { baseName } from "../../../../src/core/archive/file-set.ts";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { member, tar } from "../../../fixtures/archives/build-tar.ts";
import { bytesOf, openSet, sampleFiles, type InputFile } from "../../../support/criu-open.ts";
import { rawRows } from "../../../support/criu-truth.ts";

/** A tar of a sample in which the images that `isStored` names lie in `store`, with links to them in their place; without those of `lost`. */
async function linked(isStored: (name: string) => boolean, lost = ""): Promise<InputFile> {
  const files = (await sampleFiles("01-simple")).filter(({ link }) => link === undefined);
  const members = await Promise.all(files.map(async ({ name, source }) => {
    const base = baseName(name);
    const file = (path: string): Promise<Uint8Array> => bytesOf(source).then((bytes) => member({ name: path, size: source.size }, bytes));
    if (!isStored(base)) return [await file(`checkpoint/${base}`)];
    const link = member({ name: `checkpoint/${base}`, type: "2", link: `../current/${base}` });
    return base === lost ? [link] : [link, await file(`store/${base}`)];
  }));
  return { name: "set.tar", source: memorySource(tar(member({ name: "current", type: "2", link: "store" }), ...members.flat())) };
}

describe("images that are links to files of the archive", () => {
  test("are read as what they lead to", async () => {
    const plain = (await openSet([await linked(() => false)], "checkpoint"))!;
    const { checkpoint, inspector } = (await openSet([await linked((name) => /^(core|pages|inventory|dump\.log)/.test(name))], "checkpoint"))!;
    expect(checkpoint.diagnostics.list).toEqual([]);
    for (const table of ["tasks", "threads", "regions", "extents", "log"] as const) expect(rawRows(checkpoint, table).length).toBe(rawRows(plain.checkpoint, table).length);
    const images = rawRows(checkpoint, "images");
    const core = images.find(({ path }) => String(path).startsWith("checkpoint/core-"))!;
    expect(core["detail"]).toMatch(/; by a link to \.\.\/current\/core-\d+\.img$/);
    // Its place in the archive is that of the file.
    expect(core["offset"]).toBeGreaterThan(0);
    await plain.inspector.close();
    await inspector.close();
  });

  test("and lead nowhere are problems with a place", async () => {
    const { checkpoint, inspector } = (await openSet([await linked((name) => name === "fs-22467.img", "fs-22467.img")], "checkpoint"))!;
    const found = checkpoint.diagnostics.list.filter(({ code }) => code === "set.link");
    expect(found.map(({ severity, message, span }) => [severity, message, checkpoint.files[span!.file]!.name])).toEqual([["error", 'fs-22467.img, a symbolic link to "../current/fs-22467.img", leads to no file of what was opened.', "checkpoint/fs-22467.img"]]);
    await inspector.close();
  });
});
