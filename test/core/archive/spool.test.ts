import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/core/archive/archive.ts";
import { RefusedBytes } from "../../../src/core/bytes/refused-bytes.ts";
import type { DecodeEnd } from "../../../src/core/archive/decoder.ts";
import { spool } from "../../../src/core/archive/spool.ts";
import { memorySource } from "../../../src/core/bytes/source.ts";
import { concat, member, oldSparse, pax, tar } from "../../fixtures/archives/build-tar.ts";
import { chunksOf, codes, open, textOf } from "../../fixtures/archives/examine.ts";
import { memoryScratch } from "../../fixtures/archives/memory-scratch.ts";

const large = new Uint8Array(300_000).map((_, index) => Math.imul(index, 2654435761) >>> 23);
const archiveBytes = tar(
  member({ name: "small" }, "little"),
  pax([["path", "renamed"], ["size", String(large.length)]]),
  member({ name: "x", size: 1 }, large),
  oldSparse("sparse", 1e6, [[0, 100_000], [500_000, 100_000]], large.subarray(0, 200_000)),
  member({ name: "last" }, "the end"),
);

async function* stream(bytes: Uint8Array, chunk: number): AsyncGenerator<Uint8Array, DecodeEnd, undefined> {
  yield* chunksOf(bytes, chunk);
  return {};
}

const GENEROUS = { inflateLimit: 1e9, memoryLimit: 1e8, largeMember: 1e6, mostMembers: 1000 };

describe("a spooled stream", () => {
  test("reads as the stream, however it comes in and wherever it went", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 1, max: 400_000 }), fc.integer({ min: 0, max: 800_000 }), fc.boolean(), async (chunk, largeMember, memoryLimit, damaged) => {
        const bytes = damaged ? concat(archiveBytes.subarray(0, 2000), large, archiveBytes) : archiveBytes;
        const scratch = memoryScratch();
        const spooled = await spool(stream(bytes, chunk), { ...GENEROUS, largeMember, memoryLimit }, scratch);
        const same = Buffer.compare(await spooled.source.read(0, 1e9), bytes) === 0;
        const part = Buffer.compare(await spooled.source.read(1234, 150_000), bytes.subarray(1234, 150_000)) === 0;
        await spooled.close();
        return same && part && scratch.open === 0;
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  test("has what was being written to scratch space while members in memory passed", async () => {
    const twice = concat(large, large);
    const bytes = tar(member({ name: "large", size: twice.length }, twice), ...Array.from({ length: 1500 }, (_, index) => member({ name: `small ${index}` }, String(index))));
    const spooled = await spool(stream(bytes, 280_000), { ...GENEROUS, largeMember: 100_000, mostMembers: 10_000 }, memoryScratch());
    expect(Buffer.compare(await spooled.source.read(0, 1e9), bytes)).toBe(0);
  });

  test("that is no tar reads as the stream too", async () => {
    for (const bytes of [new Uint8Array(0), large.subarray(0, 100), large]) {
      const spooled = await spool(stream(bytes, 999), { ...GENEROUS, largeMember: 1000, memoryLimit: 5000 }, memoryScratch());
      expect(Buffer.compare(await spooled.source.read(0, 1e9), bytes)).toBe(0);
      expect(spooled.walk).toBeUndefined();
    }
  });

  test("has the index that the plain tar has", async () => {
    const plain = await open(archiveBytes);
    const packed = await open(gzipSync(archiveBytes), { largeMember: 1000, scratch: memoryScratch() });
    expect(packed.members.map(({ data, header, path, size }) => ({ data, header, path, size }))).toEqual(plain.members.map(({ data, header, path, size }) => ({ data, header, path, size })));
    expect(packed.parts).toEqual(plain.parts);
    expect(packed.problems).toEqual([]);
    expect(await textOf(packed, "last")).toBe("the end");
    await packed.close();
  });

  test("keeps headers and small members in memory and sends large ones to scratch space", async () => {
    const scratch = memoryScratch();
    const archive = await open(gzipSync(archiveBytes), { largeMember: 1000, scratch });
    expect(scratch.written).toBe(500_000 + 2 * 512 - (300_000 % 512) - (200_000 % 512));
    await archive.close();
  });
});

describe("without scratch space", () => {
  test("members that do not fit are refused with a sentence, and all others can be read", async () => {
    const archive = await open(gzipSync(archiveBytes), { memoryLimit: 100_000 });
    expect(archive.problems).toMatchObject([{ code: "archive.refused", member: 1 }, { code: "archive.refused", member: 2 }]);
    expect(await textOf(archive, "small")).toBe("little");
    expect(await textOf(archive, "last")).toBe("the end");
    const reading = archive.members[1]!.source.read(0, 10);
    await expect(reading).rejects.toThrow(RefusedBytes);
    await expect(reading).rejects.toThrow(/Unpack the archive first/);
  });

  test("large members stay in memory while there is room", async () => {
    const archive = await open(gzipSync(archiveBytes), { largeMember: 1000 });
    expect(archive.problems).toEqual([]);
    expect(Buffer.compare(await archive.members[1]!.source.read(0, 1e9), large)).toBe(0);
  });
});

describe("a list of members alone", () => {
  test("is that of the archive, and nothing is kept or complained of", async () => {
    const whole = await open(gzipSync(archiveBytes));
    const listed = (await openArchive("a.tar.gz", memorySource(Uint8Array.from(gzipSync(archiveBytes))), { listOnly: true, memoryLimit: 0 }, () => {}))!;
    expect(listed.problems).toEqual([]);
    expect(listed.members.map(({ path, kind, size, data }) => [path, kind, size, data])).toEqual(whole.members.map(({ path, kind, size, data }) => [path, kind, size, data]));
    expect(listed.parts).toEqual(whole.parts);
    await expect(listed.members[0]!.source.read(0, 1)).rejects.toThrow(/only the list of members/);
  });

  test("of a file that is no archive has no complaint either", async () => {
    expect((await openArchive("a.gz", memorySource(Uint8Array.from(gzipSync(large))), { listOnly: true }, () => {}))!.problems).toEqual([]);
  });
});

describe("scratch space that is full", () => {
  test("refuses what it has no room for, and keeps what it has", async () => {
    const long = concat(...Array.from({ length: 8 }, () => large));
    const bytes = tar(...["a", "b", "c"].map((name) => member({ name }, long)), member({ name: "last" }, "the end"));
    const archive = await open(gzipSync(bytes), { largeMember: 1000, scratch: memoryScratch(5_200_000) });
    expect(archive.problems).toMatchObject([{ code: "archive.refused", member: 1 }, { code: "archive.refused", member: 2 }]);
    expect(archive.problems[0]!.message).toContain("the scratch space is full");
    expect(Buffer.compare(await archive.members[0]!.source.read(0, 1e9), long)).toBe(0);
    await expect(archive.members[1]!.source.read(0, 1e9)).rejects.toThrow(RefusedBytes);
    expect(await textOf(archive, "last")).toBe("the end");
    await archive.close();
  });

  test("from the start counts as none", async () => {
    const archive = await open(gzipSync(archiveBytes), {
      largeMember: 1000,
      scratch: {
        create: async () => {
          throw new Error("storage is forbidden.");
        },
      },
    });
    expect(archive.problems.every(({ code }) => code === "archive.refused")).toBe(true);
    expect(await textOf(archive, "last")).toBe("the end");
    await archive.close();
  });
});

describe("a compressed file", () => {
  test("that is no archive inside is one member without the suffix", async () => {
    const archive = (await openArchive("folder/core-1.img.gz", memorySource(gzipSync("plain")), {}, () => {}))!;
    expect(archive).toMatchObject({ kind: "single", compression: "gzip", problems: [] });
    expect(archive.members[0]).toMatchObject({ path: "folder/core-1.img", kind: "file", size: 5, data: [{ at: 0, start: 0, end: 5 }] });
    expect(await textOf(archive, "folder/core-1.img")).toBe("plain");
    const empty = (await openArchive("x.gz", memorySource(gzipSync("")), {}, () => {}))!;
    expect(empty.members[0]!.size).toBe(0);
    expect(empty.parts).toEqual([]);
  });

  test("that inflates beyond the limit stops exactly there", async () => {
    const archive = await open(gzipSync(new Uint8Array(50_000_000)), { inflateLimit: 1_000_000 });
    expect(archive.source.size).toBe(1_000_000);
    expect(codes(archive)).toEqual(["archive.limit"]);
  });

  test("that inflates to the limit exactly is whole", async () => {
    expect(codes(await open(gzipSync(new Uint8Array(1_000_000)), { inflateLimit: 1_000_000 }))).toEqual([]);
  });

  test("that is cut shows what came out", async () => {
    const packed = gzipSync(archiveBytes);
    const archive = await open(packed.subarray(0, packed.length >> 1));
    expect(codes(archive)).toContain("archive.damaged");
    expect(await textOf(archive, "small")).toBe("little");
  });

  test("with bytes after it says so", async () => {
    expect(codes(await open(concat(gzipSync(archiveBytes), new Uint8Array([1, 2, 3]))))).toEqual(["archive.trailing"]);
  });

  test("is neither an archive nor compressed when its bytes say so, whatever its name", async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(2048), large]) expect(await openArchive("x.tar.gz", memorySource(bytes), {}, () => {})).toBeUndefined();
  });

  test("that is cancelled releases its scratch space", async () => {
    const abort = new AbortController();
    const scratch = memoryScratch();
    const packed = gzipSync(concat(archiveBytes, large, large, large, large, large, large, large, large));
    const opening = openArchive("x", memorySource(packed), { largeMember: 1000, scratch }, () => abort.abort(), abort.signal);
    await expect(opening).rejects.toThrow(/abort/i);
    expect(scratch.open).toBe(0);
  });
});
