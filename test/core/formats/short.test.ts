/** Zips that were cut off: compressed members that give less than their size promised are damage, and never a failure. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { memorySource } from "../../../src/core/bytes/source.ts";
import { openCheckpoint } from "../../../src/core/open.ts";
import { zip, type ZipMember } from "../../fixtures/archives/build-zip.ts";
import { bytesOf, sampleFiles } from "../../support/criu-open.ts";

/** Open each and look at every problem and every row of what came out, as both front ends do. */
async function look(bytes: Uint8Array): Promise<readonly string[]> {
  const inspector = await openCheckpoint([{ name: "set.zip", source: memorySource(bytes) }]);
  for (const { name, rowCount } of await inspector.tables()) await inspector.rows((await inspector.query(name, {})).id, 0, Math.min(rowCount, 50));
  const view = await inspector.query("problems", {});
  const rows = await inspector.rows(view.id, 0, view.matching, ["code"]);
  await inspector.close();
  return rows.map(({ cells }) => String(cells[0]!.value));
}

const members = async (sample: string, except = /^$/): Promise<ZipMember[]> => await Promise.all((await sampleFiles(sample)).filter(({ link, name }) => link === undefined && !except.test(name)).map(async ({ name, source }) => ({ name, contents: await bytesOf(source) })));

test.each(["01-simple", "04-pipes"])("a zip of %s that is cut off anywhere opens, and says so", async (sample) => {
  const bytes = zip((await members(sample)).toReversed());
  for (let cut = 40; cut < bytes.length; cut += Math.ceil(bytes.length / 30)) expect([cut, await look(bytes.subarray(0, cut))]).toEqual([cut, expect.arrayContaining(["archive.directory"])]);
});

test("a member that inflates to less than its size is read so far, whichever it is", async () => {
  const all = await members("11-sysv-ipc");
  for (const [index, member] of all.entries()) {
    const contents = member.contents as Uint8Array;
    for (const left of [1, 9, contents.length - 1]) {
      if (left >= contents.length) continue;
      expect([member.name, await look(zip(all.with(index, { name: member.name, contents: contents.slice(0, left), size: contents.length })))]).toEqual([member.name, expect.arrayContaining(["archive.damaged"])]);
    }
  }
});

test("so is an image of linux-cr", async () => {
  const image = new Uint8Array(readFileSync(new URL("../../fixtures/real/linux-cr/v20-x86_64-tree.img", import.meta.url)));
  for (let left = 0; left < image.length; left += Math.ceil(image.length / 50)) {
    for (const contents of [image.slice(0, left), image.slice(0, left).fill(0, 0, Math.min(left, 8))]) await look(zip([{ name: "image", contents, size: image.length }]));
  }
});
