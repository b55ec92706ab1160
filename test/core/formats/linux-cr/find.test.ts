import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { FileSet, SetFile } from "../../../../src/core/archive/file-set.ts";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { linuxCr } from "../../../../src/core/formats/linux-cr/index.ts";
import { openCheckpoint } from "../../../../src/core/index.ts";
import { sampleFiles } from "../../../support/criu-open.ts";

const image = new Uint8Array(readFileSync(new URL("../../../fixtures/real/linux-cr/v16-single.img", import.meta.url)));
const file = (path: string, bytes: Uint8Array): SetFile => ({ path, source: memorySource(bytes) });
const set = (files: readonly SetFile[]): FileSet => ({ files, archives: [], problems: [], close: async () => {} });
const notes = Array.from({ length: 200 }, (_, index) => file(`note ${index}`, new TextEncoder().encode(`This is note number ${index}, and no image.\n`.repeat(9))));

test("an image is found behind any number of other files", async () => {
  const { candidates } = await linuxCr.find(set([...notes, file("last.img", image)]), () => {});
  expect(candidates.map(({ name, detail }) => [name, detail])).toEqual([["last.img", "linux-cr magic"]]);
});

test("every image of a large folder is found", async () => {
  const { candidates } = await linuxCr.find(set(Array.from({ length: 150 }, (_, index) => file(`${index}.img`, image))), () => {});
  expect(candidates).toHaveLength(150);
});

test("an image whose magic is damaged is found among a few", async () => {
  const damaged = image.slice();
  damaged[8]! ^= 0xff;
  const { candidates } = await linuxCr.find(set([...notes.slice(0, 30), file("damaged.img", damaged)]), () => {});
  expect(candidates.map(({ name }) => name)).toEqual(["damaged.img"]);
});

test("page contents that walk like records are no second checkpoint of a set that is certain", async () => {
  const damaged = image.slice();
  damaged[8]! ^= 0xff;
  const inputs = [...(await sampleFiles("01-simple")), { name: "pages-9.img", source: memorySource(damaged) }];
  const alone = await openCheckpoint([{ name: "some.bin", source: memorySource(damaged) }]);
  expect((await alone.summary()).format).toBe("linux-cr");
  await alone.close();
  const opened = await openCheckpoint(inputs);
  const summary = await opened.summary();
  expect(summary.format).toBe("criu");
  expect((await opened.tables()).find(({ name }) => name === "checkpoints")?.rowCount ?? 0).toBe(0);
  await opened.close();
});
