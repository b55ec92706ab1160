/** What the samples' README promises: sound sets are explained to the last byte and blamed for nothing that is not so. */
import { describe, expect, test } from "vitest";
import { openSample, openSet, sampleArchive } from "../../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../../support/criu-samples.ts";

/** Problems that are real, by sample: how many of which code. */
const REAL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // Taken while the dump waited: the private pages of both tasks were still to be sent, and the log was not at its end.
  "19-lazy-pages": { "pages.lazy": 2, "log.unfinished": 1 },
  // The shell's session is led by a task outside: --shell-job.
  "24-shell-job": { "set.options": 1 },
};

describe.each(CRIU_SAMPLES)("$name", ({ name }) => {
  test("is blamed for nothing but what is so", async () => {
    const { checkpoint } = await openSample(name);
    const found: Record<string, number> = {};
    for (const { code } of checkpoint.diagnostics.list) found[code] = (found[code] ?? 0) + 1;
    expect(found, checkpoint.diagnostics.list.map(({ message }) => message).join("\n")).toEqual(REAL[name] ?? {});
  });

  test("is explained to the last byte", async () => {
    const { inspector, checkpoint } = await openSample(name);
    const { coverage, files } = await inspector.summary();
    expect(coverage).toEqual({ total: files.reduce((sum, { size }) => sum + size, 0), explained: coverage.total });
    const images = checkpoint.tables.get("images");
    expect(images.length).toBe(files.length);
    for (let row = 0; row < images.length; row++) {
      expect(images.text(row, "path")).toBe(files[row]!.name);
      expect(images.number(row, "size")).toBe(files[row]!.size);
      expect([images.text(row, "path"), images.number(row, "unexplained")]).toEqual([files[row]!.name, 0]);
    }
  });
});

/** Directories that an archive holds beside the one that is shown first. */
const OTHERS = [
  ["14a-incremental", "pre1", {}],
  ["14a-incremental", "pre2", {}],
  ["14c-snapshots", "snap1", {}],
  ["14c-snapshots", "snap2", {}],
  ["22-page-server", "pages", {}],
] as const;

describe("a directory beside the one that is shown first", () => {
  test.each(OTHERS)("of %s, %s, is as sound", async (name, directory, real) => {
    const { checkpoint, inspector } = (await openSet([sampleArchive(name)], directory))!;
    expect(checkpoint.diagnostics.list.map(({ code, message }) => `${code}: ${message}`)).toEqual(Object.keys(real));
    expect(checkpoint.coverage.explained).toBe(checkpoint.coverage.total);
    expect(checkpoint.tables.get("extents").length).toBeGreaterThan(0);
    await inspector.close();
  });
});
