/** What was dropped and could not be read at all: one cause, one problem. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../src/core/bytes/source.ts";
import { openCheckpoint, type InputFile } from "../../src/core/open.ts";
import { member, tar } from "../fixtures/archives/build-tar.ts";

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../fixtures/archives/${name}`, import.meta.url)));

async function problemsOf(...files: readonly InputFile[]): Promise<readonly (readonly unknown[])[]> {
  const inspector = await openCheckpoint(files);
  const view = await inspector.query("problems", {});
  const rows = await inspector.rows(view.id, 0, view.matching, ["severity", "code", "file"]);
  await inspector.close();
  return rows.map(({ cells }) => cells.map(({ value }) => value));
}

describe.each(["gz", "bz2", "xz", "zst", "lz4"])("a compressed file of .%s that is damaged from its first block on", (suffix) => {
  const damaged = fixture(`poem.${suffix}`).slice(0, 24);

  test("has that as its only problem, at the file that did not come out of it", async () => {
    expect(await problemsOf({ name: `poem.${suffix}`, source: memorySource(damaged) })).toEqual([["error", "archive.damaged", "poem"]]);
  });

  test("has it so inside an archive too", async () => {
    const bytes = tar(member({ name: `set/poem.${suffix}`, size: damaged.length }, damaged));
    expect(await problemsOf({ name: "set.tar", source: memorySource(bytes) })).toEqual([["error", "archive.damaged", "poem"]]);
  });
});

test("an empty file is said to be empty, and no format is asked why", async () => {
  expect(await problemsOf({ name: "empty.img", source: memorySource(new Uint8Array(0)) })).toEqual([["error", "image.empty", "empty.img"]]);
});

test("bytes that nothing knows have the reasons of each format", async () => {
  expect((await problemsOf({ name: "file", source: memorySource(new Uint8Array(100).fill(7)) })).map(([, code]) => code)).toEqual(["format.unknown", "format.unknown", "format.unknown"]);
});
