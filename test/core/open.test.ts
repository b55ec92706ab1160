/** What was dropped and could not be read at all: one cause, one problem. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../src/core/bytes/source.ts";
import type { OpenOptions } from "../../src/core/inspector.ts";
import { openCheckpoint, type InputFile } from "../../src/core/open.ts";
import { concat, member, tar } from "../fixtures/archives/build-tar.ts";
import { zip } from "../fixtures/archives/build-zip.ts";
import { bytesOf, sampleFiles } from "../support/criu-open.ts";

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../fixtures/archives/${name}`, import.meta.url)));

async function problemsOf(...files: readonly InputFile[]): Promise<readonly (readonly unknown[])[]> {
  return await problemsWith({}, ...files);
}

async function problemsWith(options: OpenOptions, ...files: readonly InputFile[]): Promise<readonly (readonly unknown[])[]> {
  const inspector = await openCheckpoint(files, options);
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

describe("a stored zip of a set whose page contents have a wrong checksum", () => {
  /** More than any format reads of a file to see what it is. */
  const LONGER = new Uint8Array(2 * 1024 * 1024);

  async function withWrong(name: RegExp): Promise<InputFile> {
    const files = (await sampleFiles("01-simple")).filter(({ link }) => link === undefined);
    return { name: "set.zip", source: memorySource(zip(await Promise.all(files.map(async (file) => ({ name: file.name, contents: file.name.endsWith("pages-1.img") ? concat(await bytesOf(file.source), LONGER) : await bytesOf(file.source), method: 0, ...(name.test(file.name) ? { crc: 1 } : {}) }))))) };
  }

  test("has a problem for small images at once, and for large ones when it is asked to compare them", async () => {
    const checksums = async (options: OpenOptions, name: RegExp): Promise<unknown> => (await problemsWith(options, await withWrong(name))).filter(([, code]) => code !== "pages.long");
    expect(await checksums({}, /mm-/)).toEqual([["error", "archive.crc", expect.stringContaining("mm-")]]);
    expect(await checksums({}, /pages-1/)).toEqual([]);
    expect(await checksums({ checksums: true }, /pages-1/)).toEqual([["error", "archive.crc", expect.stringContaining("pages-1.img")]]);
    expect(await checksums({ checksums: true }, /nothing/)).toEqual([]);
  });

  test("says in the row of each file that was not compared that it was not", async () => {
    const details = async (options: OpenOptions): Promise<readonly unknown[]> => {
      const inspector = await openCheckpoint([await withWrong(/nothing/)], options);
      const view = await inspector.query("images", {});
      const rows = await inspector.rows(view.id, 0, view.matching, ["path", "detail"]);
      await inspector.close();
      return rows.flatMap(({ cells }) => (String(cells[1]!.value).includes("checksum not compared") ? [cells[0]!.value] : []));
    };
    expect(await details({})).toEqual([expect.stringContaining("pages-1.img")]);
    expect(await details({ checksums: true })).toEqual([]);
  });
});
