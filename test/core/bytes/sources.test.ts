import { describe, expect, test } from "vitest";
import { BlockPool, blockCache } from "../../../src/core/bytes/block-cache.ts";
import { chunkSource, memorySource, type ByteSource } from "../../../src/core/bytes/source.ts";
import { Window } from "../../../src/core/bytes/window.ts";

const content = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);

/** Counts what is asked of it. */
function counting(inner: ByteSource): ByteSource & { reads: [number, number][] } {
  const reads: [number, number][] = [];
  return {
    size: inner.size,
    reads,
    read: async (start, end, signal) => {
      reads.push([start, end]);
      return await inner.read(start, end, signal);
    },
  };
}

describe("a source", () => {
  test("clamps ranges to its ends", async () => {
    expect(await memorySource(content).read(990, 2000)).toEqual(content.subarray(990));
    expect(await memorySource(content).read(2000, 3000)).toHaveLength(0);
    expect(await memorySource(content).read(-5, 3)).toEqual(content.subarray(0, 3));
  });

  test("of chunks reads across their borders as one", async () => {
    const source = chunkSource([content.subarray(0, 7), content.subarray(7, 7), content.subarray(7, 500), content.subarray(500)]);
    for (const [start, end] of [[0, 1000], [5, 9], [6, 8], [499, 501], [999, 1000], [0, 0], [900, 4000]] as const) {
      expect(await source.read(start, end)).toEqual(content.subarray(start, end));
    }
  });

  test("behind a block cache gives the same bytes and is read once", async () => {
    const medium = counting(memorySource(content));
    const cached = blockCache(medium, new BlockPool(64, 16));
    for (let start = 0; start < 990; start += 13) expect(await cached.read(start, start + 10)).toEqual(content.subarray(start, start + 10));
    medium.reads.length = 0;
    await cached.read(980, 990);
    await cached.read(984, 991);
    expect(medium.reads).toEqual([]);
  });

  test("behind one pool share its budget: the block used longest ago goes first, whosever it is", async () => {
    const pool = new BlockPool(64, 16);
    const media = [counting(memorySource(content)), counting(memorySource(content))];
    const [one, other] = media.map((medium) => blockCache(medium, pool));
    const read = async (source: typeof one, block: number): Promise<unknown> => await source!.read(block * 16, block * 16 + 4);
    for (const block of [0, 1, 2, 3]) await read(one, block);
    await read(one, 0);
    await read(other, 0);
    for (const medium of media) medium.reads.length = 0;
    await read(one, 0);
    await read(other, 0);
    expect(media.map(({ reads }) => reads.length)).toEqual([0, 0]);
    await read(one, 1);
    expect(media[0]!.reads).toHaveLength(1);
  });

  test("behind a block cache is asked again after a failed read", async () => {
    let fails = true;
    const cached = blockCache({ size: 100, read: async () => { if (fails) throw new Error("medium"); return new Uint8Array(16); } }, new BlockPool(64, 16));
    await expect(cached.read(0, 4)).rejects.toThrow("medium");
    fails = false;
    expect(await cached.read(0, 4)).toHaveLength(4);
  });
});

describe("a window", () => {
  test("reads ahead while it goes on, and little after a jump", async () => {
    const medium = counting({ size: 1 << 30, read: async (start, end) => new Uint8Array(end - start) });
    const window = new Window(medium, 1024, 8192);
    await window.load(0, 8);
    await window.load(1024, 8);
    await window.load(3072, 8);
    await window.load(100_000_000, 8);
    expect(medium.reads.map(([start, end]) => end - start)).toEqual([1024, 2048, 4096, 1024]);
  });

  test("never claims bytes past the end of the file", async () => {
    const window = new Window(memorySource(content));
    await window.load(0, 8);
    expect(window.has(996, 4)).toBe(true);
    expect(window.has(997, 4)).toBe(false);
  });
});
