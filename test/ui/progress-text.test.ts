import { describe, expect, it } from "vitest";
import { progressText } from "../../src/ui/screens/progress-text.ts";

const MIB = 1024 * 1024;

describe("the progress of an opening", () => {
  it("names the step in words, with amount, share and rate", () => {
    expect(progressText({ phase: "inflating", done: 10 * MIB, total: 40 * MIB }, 2_000)).toBe("Unpacking the compressed data: 10.0 MiB of 40.0 MiB (25.00 %), 5.0 MiB/s");
    expect(progressText({ phase: "reading", done: 0, total: 2048 }, 0)).toBe("Reading the records: 0 B of 2.0 KiB (0 %)");
  });

  it("has no rate before there is enough time to tell it", () => {
    expect(progressText({ phase: "indexing", done: MIB, total: 2 * MIB }, 50)).toBe("Listing what is in the archive: 1.0 MiB of 2.0 MiB (50.00 %)");
  });

  it("counts files where the step does", () => {
    expect(progressText({ phase: "recognising", done: 3200, total: 6400, unit: "files" }, 900)).toBe("Looking at the beginning of each file: 3,200 of 6,400 files (50.00 %)");
    expect(progressText({ phase: "recognising", done: 0, total: 1, unit: "files" }, 900)).toBe("Looking at the beginning of each file: 0 of 1 file (0 %)");
  });

  it("shows a step that it does not know by its own name", () => {
    expect(progressText({ phase: "searching for the next record", done: 1024, total: 2048 }, 10)).toBe("Searching for the next record: 1.0 KiB of 2.0 KiB (50.00 %)");
  });
});
