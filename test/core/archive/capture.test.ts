import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openCapture, scanShard } from "../../../src/core/archive/capture.ts";
import { RefusedBytes } from "../../../src/core/bytes/refused-bytes.ts";
import { openFileSet, type FileSet } from "../../../src/core/archive/file-set.ts";
import type { OpenedArchive } from "../../../src/core/archive/opened-archive.ts";
import { memorySource, type ByteSource } from "../../../src/core/bytes/source.ts";
import { chooseArchives } from "../../../src/core/formats/expand.ts";
import { capture, record, storedLz4, story, type Body, type CaptureFile } from "../../fixtures/archives/build-capture.ts";
import { concat } from "../../fixtures/archives/build-tar.ts";
import { checkTiles, codes, open } from "../../fixtures/archives/examine.ts";
import { openSample, openSet, sampleFiles } from "../../support/criu-open.ts";
import { rawRows } from "../../support/criu-truth.ts";

/** Every byte says which file it is of and roughly where, so that a piece in the wrong place shows. */
function contentsOf(file: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, at) => (at % 7 === 0 ? file : (at / 7) & 255));
}

const FILES: readonly CaptureFile[] = [
  { name: "inventory.img", contents: contentsOf(1, 40) },
  { name: "pages-1.img", contents: contentsOf(2, 50_000) },
  { name: "empty.img", contents: new Uint8Array(0) },
  { name: "core-7.img", contents: contentsOf(3, 3001) },
];

async function openShards(shards: readonly Uint8Array[]): Promise<OpenedArchive> {
  const scanned = await Promise.all(shards.map(async (bytes, index) => await scanShard({ name: `img-${index}`, source: memorySource(bytes) }, () => {})));
  const archive = openCapture(scanned, 1000);
  checkTiles(archive);
  return archive;
}

async function filesIn({ members }: OpenedArchive): Promise<CaptureFile[]> {
  return await Promise.all(members.map(async ({ path, size, source }) => ({ name: path, contents: await source.read(0, size) })));
}

async function contents({ files }: FileSet): Promise<CaptureFile[]> {
  return await Promise.all(files.map(async ({ path, source }) => ({ name: path, contents: (await source.read(0, source.size)).slice() })));
}

const fileSet = async (inputs: Readonly<Record<string, Uint8Array>>): Promise<FileSet> =>
  await openFileSet(Object.entries(inputs).map(([name, bytes]) => ({ name, source: memorySource(bytes) })), chooseArchives, {}, () => {});

describe("a capture of the image streamer", () => {
  test("in one shard has the files that were streamed, each with its places", async () => {
    const [shard] = capture(story(FILES));
    const archive = await open(shard!);
    expect(archive).toMatchObject({ kind: "capture", compression: "none", problems: [] });
    expect(await filesIn(archive)).toEqual(FILES);
    for (const { data, size, source } of archive.members) {
      const stored = await Promise.all(data!.map(async ({ start, end }) => await archive.source.read(start, end)));
      expect(concat(...stored)).toEqual(await source.read(0, size));
    }
  });

  test("in any shards, with files interleaved in any way, is the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 4 }), fc.infiniteStream(fc.nat()), async (count, chunk, together, choices) => {
        const choose = choices[Symbol.iterator]();
        const shards = capture(story(FILES, Math.max(chunk, 20), together), count, () => choose.next().value % count);
        const archive = await openShards(shards.toReversed());
        expect(archive.problems).toEqual([]);
        expect((await filesIn(archive)).toSorted((a, b) => FILES.findIndex(({ name }) => name === a.name) - FILES.findIndex(({ name }) => name === b.name))).toEqual(FILES);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test("reads the markers, and not what lies between them", async () => {
    const [shard] = capture(story([{ name: "pages-1.img", contents: new Uint8Array(8_000_000) }], 1_000_000));
    for (const [grain, most] of [[4096, 2000], [undefined, 3_000_000]] as const) {
      let read = 0;
      const counted: ByteSource = {
        size: shard!.length,
        ...(grain === undefined ? {} : { grain }),
        async read(start, end) {
          read += Math.min(end, shard!.length) - start;
          return shard!.slice(start, end);
        },
      };
      const scanned = await scanShard({ name: "img", source: counted }, () => {});
      expect(openCapture([scanned], 10).members[0]!.size).toBe(8_000_000);
      expect(read).toBeLessThan(most);
    }
  });

  test("without one of its shards says so, and gives no bytes to a file that they may not belong to", async () => {
    for (let lost = 0; lost < 3; lost++) {
      const shards = capture(story(FILES, 700, 2), 3, (seq) => (seq * 7 + (seq >> 3)) % 3);
      const archive = await openShards(shards.filter((_, index) => index !== lost));
      expect(codes(archive)).toContain("archive.capture");
      expect(codes(archive)).toContain("archive.member-cut");
      expect(archive.problems.map(({ message }) => message).join("\n")).toMatch(/\d+ markers are missing, the first of them number \d+/);
      for (const { name, contents: found } of await filesIn(archive)) {
        const file = FILES.find((known) => known.name === name)!;
        const first = file.contents[0];
        // The pieces are of this file: each begins at a multiple of the chunk, which is one of seven.
        for (let at = 0; at < found.length; at += 700) expect(found[at]).toBe(first);
      }
    }
  });

  test("with a gap in a file shows what stood before it, and puts nothing in its place", async () => {
    const pages = ["A", "B", "C"].map((letter) => new TextEncoder().encode(letter.repeat(100)));
    const bodies: Body[] = [{ name: "pages-1.img" }, { data: pages[0]! }, { name: "other" }, { data: pages[1]! }, { name: "pages-1.img" }, { data: pages[1]! }, { name: "pages-1.img" }, { data: pages[2]! }, "file-end", "image-end"];
    const records = bodies.map((body, seq) => record(seq, body));
    const archive = await openShards([concat(...records.slice(0, 4), ...records.slice(6))]);
    expect((await filesIn(archive))[0]).toEqual({ name: "pages-1.img", contents: pages[0] });
    expect(archive.problems.map(({ message }) => message)).toContainEqual(expect.stringMatching(/"pages-1.img" may not be whole.* 100 bytes of it are there; of 100 more, the place in it is not known/));
    expect(archive.parts.some(({ kind, start, end }) => kind === "unknown" && end - start === 100)).toBe(true);
  });

  test("that has a file twice says so", async () => {
    expect(codes(await open(capture(story([FILES[0]!, FILES[1]!, FILES[0]!]))[0]!))).toEqual(["archive.duplicate"]);
  });

  test("of which only the beginning was kept is read so far", async () => {
    const [shard] = capture(story(FILES));
    const kept: ByteSource = { size: shard!.length, read: async (start, end) => (end > 30_000 ? await Promise.reject(new RefusedBytes("no space")) : shard!.slice(start, end)), grain: 4096 };
    const archive = openCapture([await scanShard({ name: "img", source: kept }, () => {})], 10);
    expect(archive.members.map(({ path }) => path)).toContain("inventory.img");
    expect(codes(archive)).toContain("archive.capture");
  });

  test("of thousands of shards with as many gaps is merged in time", async () => {
    const shards = Array.from({ length: 20_000 }, (_, seq) => record(seq * 2, { name: `file ${seq % 5000}` }));
    const began = performance.now();
    const archive = await openShards(shards);
    expect(archive.members).toHaveLength(1000);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("that is cut anywhere gives a prefix of each file, and says that it is cut", async () => {
    const [shard] = capture(story(FILES, 900));
    for (let cut = 20; cut < shard!.length; cut += 97) {
      const archive = await openShards([shard!.subarray(0, cut)]);
      expect(codes(archive), `cut at ${cut}`).toContain("archive.capture");
      for (const { name, contents: found } of await filesIn(archive)) {
        const whole = FILES.find((known) => known.name === name)!.contents;
        expect(Buffer.compare(found, whole.subarray(0, found.length)), `${name}, cut at ${cut}`).toBe(0);
        if (found.length < whole.length) expect(archive.problems.some(({ code, message }) => code === "archive.member-cut" && message.includes(name)), `${name}, cut at ${cut}`).toBe(true);
      }
    }
  });

  test("with names that lead elsewhere has labels, and problems", async () => {
    const archive = await open(capture(story([{ name: "../../etc/passwd", contents: new Uint8Array(3) }]))[0]!);
    expect(codes(archive)).toEqual(["archive.path"]);
  });

  test("with a marker twice, or one that means nothing, says so", async () => {
    const bodies = story(FILES);
    const records = bodies.map((body, seq) => record(seq, body));
    expect(codes(await openShards([concat(...records.slice(0, 3), records[2]!, ...records.slice(3))]))).toContain("archive.capture");
    const noise = await openShards([concat(...records.slice(0, 4), new Uint8Array(5000).fill(0xee))]);
    expect(noise.parts.at(-1)).toMatchObject({ kind: "unknown" });
    expect(noise.problems.map(({ message }) => message)).toContainEqual(expect.stringMatching(/has no marker: 5000 bytes cannot be read/));
  });
});

describe("shards that are opened together", () => {
  const shards = capture(story(FILES, 800), 3);

  test("are one capture, each compressed or not, in folders and archives", async () => {
    const plain = await fileSet({ "dir/img-1": shards[0]!, "dir/img-2": shards[1]!, "dir/img-3": shards[2]!, "dir/stats-dump": new Uint8Array([1, 2, 3]) });
    expect(plain.problems).toEqual([]);
    expect(await contents(plain)).toEqual([{ name: "dir/stats-dump", contents: new Uint8Array([1, 2, 3]) }, ...FILES.map((file) => ({ ...file, name: `dir/${file.name}` }))]);
    const packed = await fileSet({ "img-1.lz4": storedLz4(shards[0]!), "img-2.lz4": storedLz4(shards[1]!), "img-3.lz4": storedLz4(shards[2]!) });
    expect(packed.problems).toEqual([]);
    expect(await contents(packed)).toEqual(FILES);
  });

  test("are captures of their own when their markers say so", async () => {
    const set = await fileSet({ first: capture(story(FILES))[0]!, second: capture(story(FILES.slice(0, 2)))[0]! });
    expect(set.problems).toEqual([]);
    expect((await contents(set)).map(({ name }) => name)).toEqual([...FILES.map(({ name }) => `first/${name}`), ...FILES.slice(0, 2).map(({ name }) => `second/${name}`)]);
  });

  test("hold a set that opens like its directory", async () => {
    const files = await sampleFiles("03-tree");
    const images = await Promise.all(files.filter(({ name }) => name.endsWith(".img")).map(async ({ name, source }) => ({ name: name.slice(name.lastIndexOf("/") + 1), contents: (await source.read(0, source.size)).slice() })));
    const inputs = capture(story(images, 60_000, 3), 2).map((bytes, index) => ({ name: `img-${index}.lz4`, source: memorySource(storedLz4(bytes)) }));
    const streamed = (await openSet(inputs))!;
    const { checkpoint } = await openSample("03-tree");
    for (const table of ["tasks", "threads", "regions", "extents", "fds", "sockets", "pipes"] as const) {
      const plain = rawRows(checkpoint, table).map(({ record: _record, ...row }) => row);
      expect(rawRows(streamed.checkpoint, table).map(({ record: _record, ...row }) => row).length, table).toBe(plain.length);
    }
    expect(streamed.checkpoint.diagnostics.list.filter(({ severity }) => severity !== "note").map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
    expect(streamed.checkpoint.coverage.explained).toBe(streamed.checkpoint.coverage.total);
    await streamed.inspector.close();
  });
});
