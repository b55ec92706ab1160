import { describe, expect, it } from "vitest";
import { walk, type DroppedEntry } from "../../src/ui/parts/open/dropped-files.ts";

function file(fullPath: string, isReadable = true): DroppedEntry {
  return {
    isFile: true,
    isDirectory: false,
    fullPath,
    file: (done, failed) => (isReadable ? done(new File([fullPath], fullPath)) : failed(new Error("not allowed"))),
  };
}

/** Hands its entries out in batches, as browsers do. */
function folder(fullPath: string, entries: readonly DroppedEntry[], batch = 100): DroppedEntry {
  return {
    isFile: false,
    isDirectory: true,
    fullPath,
    createReader: () => {
      let at = 0;
      return {
        readEntries: (done) => {
          done(entries.slice(at, at + batch));
          at += batch;
        },
      };
    },
  };
}

const never = new AbortController().signal;
const names = async (...entries: DroppedEntry[]): Promise<string[]> => (await walk(entries, () => undefined, never)).map(({ name }) => name);

describe("a dropped folder", () => {
  it("gives its files by their paths below what was dropped, in the order of the paths", async () => {
    expect(await names(folder("/dump", [file("/dump/pages-1.img"), folder("/dump/inner", [file("/dump/inner/x")]), file("/dump/core-1.img")]))).toEqual([
      "dump/core-1.img",
      "dump/inner/x",
      "dump/pages-1.img",
    ]);
  });

  it("of thousands of files is read to its end, and counted on the way", async () => {
    const files = Array.from({ length: 2_345 }, (_, index) => file(`/many/file-${index}`));
    const counts: number[] = [];
    expect(await walk([folder("/many", files)], (count) => counts.push(count), never)).toHaveLength(2_345);
    expect(counts.at(-1)).toBe(2_345);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  it("leaves out what cannot be read, such as a link to nowhere", async () => {
    expect(await names(folder("/dump", [file("/dump/parent", false), file("/dump/core-1.img")]))).toEqual(["dump/core-1.img"]);
  });

  it("that is empty has no files", async () => {
    expect(await names(folder("/empty", []))).toEqual([]);
  });

  it("is walked no further once that was cancelled", async () => {
    const controller = new AbortController();
    const files = Array.from({ length: 500 }, (_, index) => file(`/many/file-${index}`));
    await expect(walk([folder("/many", files)], (count) => count > 100 && controller.abort(), controller.signal)).rejects.toMatchObject({ name: "AbortError" });
  });

  it("that leads back into itself comes to an end", async () => {
    const loop: { entry?: DroppedEntry } = {};
    loop.entry = { ...folder("/loop", []), createReader: () => ({ readEntries: endless() }) };
    function endless(): (done: (batch: DroppedEntry[]) => void) => void {
      let given = false;
      return (done) => {
        done(given ? [] : [loop.entry!]);
        given = true;
      };
    }
    expect(await names(loop.entry)).toEqual([]);
  });
});

describe("a dropped file", () => {
  it("that cannot be read is an error", async () => {
    await expect(walk([file("/secret", false)], () => undefined, never)).rejects.toThrow("not allowed");
  });
});
