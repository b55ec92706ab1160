import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeGunzip } from "../../../src/cli/codecs.ts";
import { bunzip2 } from "../../../src/core/archive/bzip2.ts";
import { compressedChunks, decoderFor } from "../../../src/core/archive/codecs.ts";
import { crc32 } from "../../../src/core/archive/crc32.ts";
import type { DecodeEnd, Decoder } from "../../../src/core/archive/decoder.ts";
import { exactGunzip, exactly, platformGunzip } from "../../../src/core/archive/gzip.ts";
import { unlz4 } from "../../../src/core/archive/lz4.ts";
import { unxz } from "../../../src/core/archive/xz.ts";
import { Xxh32, xxh32 } from "../../../src/core/archive/xxh32.ts";
import { plainZstd } from "../../../src/core/archive/zstd-plain.ts";
import { zstdDecoder } from "../../../src/core/archive/zstd.ts";
import type { ByteSource } from "../../../src/core/bytes/source.ts";
import { storedLz4 } from "../../fixtures/archives/build-capture.ts";
import { concat } from "../../fixtures/archives/build-tar.ts";
import { chunksOf } from "../../fixtures/archives/examine.ts";

const fixture = (name: string): Uint8Array => Uint8Array.from(readFileSync(new URL(`../../fixtures/archives/${name}`, import.meta.url)));

/** What all the fixtures hold, by the program that made them; see their README. */
function poem(lines: number): Uint8Array {
  let text = "";
  for (let line = 0; line < lines; line++) text += `line ${line}: ${"frozen ".repeat(line % 7)}${(line * 2654435761) % 1000003}\n`;
  return new TextEncoder().encode(text);
}

async function decode(decoder: Decoder, bytes: Uint8Array, chunk = 1000): Promise<DecodeEnd & { readonly output: Uint8Array }> {
  const input = { [Symbol.asyncIterator]: () => chunksOf(bytes, chunk) };
  const stream = decoder(input);
  const output: Uint8Array[] = [];
  // Each piece is copied as late as a reader may.
  for (let piece: Uint8Array = new Uint8Array(0); ; ) {
    const next = await stream.next();
    output.push(piece.slice());
    if (next.done === true) return { ...next.value, output: concat(...output) };
    piece = next.value;
  }
}

function isPrefix(part: Uint8Array, whole: Uint8Array): boolean {
  return part.length <= whole.length && Buffer.compare(part, whole.subarray(0, part.length)) === 0;
}

const gunzip = exactly(platformGunzip, exactGunzip);
const nodeThenExact = exactly(nodeGunzip, exactGunzip);

const CODECS: readonly (readonly [name: string, suffix: string, decoder: () => Promise<Decoder>])[] = [
  ["gzip of the platform", "gz", async () => gunzip],
  ["gzip of Node", "gz", async () => nodeThenExact],
  ["gzip in plain code", "gz", async () => exactGunzip],
  ["bzip2", "bz2", async () => bunzip2],
  ["xz", "xz", async () => unxz],
  ["lz4", "lz4", async () => unlz4],
  ["zstd as WebAssembly", "zst", zstdDecoder],
  ["zstd in plain code", "zst", async () => plainZstd],
];

describe.each(CODECS)("%s", (_, suffix, make) => {
  const packed = fixture(`poem.${suffix}`);
  const whole = poem(600);

  test("gives back what was packed, however it is cut into chunks", async () => {
    const decoder = await make();
    for (const chunk of [1, 7, 100, 1e6]) {
      const { output, ...end } = await decode(decoder, packed, chunk);
      expect(Buffer.compare(output, whole)).toBe(0);
      expect(end).toEqual({});
    }
  });

  test("goes on with a second stream", async () => {
    const { output, ...end } = await decode(await make(), concat(packed, packed));
    expect(output).toHaveLength(whole.length * 2);
    expect(end).toEqual({});
  });

  test("takes zeros after the end as padding, and counts anything else", async () => {
    const decoder = await make();
    expect(await decode(decoder, concat(packed, new Uint8Array(512)))).toEqual({ output: whole });
    // In xz, zeros in fours after a stream belong to it.
    expect(await decode(decoder, concat(packed, new Uint8Array([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])))).toEqual({ output: whole, trailing: suffix === "xz" ? 12 : 16 });
  });

  test("cut anywhere gives a prefix, and says that it is cut", async () => {
    const decoder = await make();
    for (let cut = 1; cut < packed.length; cut += 1 + Math.floor(packed.length / 60)) {
      const { damage, output } = await decode(decoder, packed.subarray(0, cut));
      expect(damage, `cut at ${cut}`).toBeDefined();
      expect(isPrefix(output, whole), `cut at ${cut}`).toBe(true);
    }
  });

  test("with any byte changed ends", { timeout: 120_000 }, async () => {
    const decoder = await make();
    for (let at = 0; at < packed.length; at += 1 + Math.floor(packed.length / 100)) {
      const damaged = packed.slice();
      damaged[at]! ^= 1 << (at % 8);
      const { output } = await decode(decoder, damaged);
      expect(output.length).toBeLessThan(5_000_000);
    }
  });

  test("of nothing but noise is damage", async () => {
    const noise = packed.slice();
    noise.fill(0xa5, 12);
    expect((await decode(await make(), noise)).damage).toBeDefined();
  });

  test("stops when its reader stops", async () => {
    let returned = false;
    const stream = (await make())({
      async *[Symbol.asyncIterator]() {
        try {
          for (;;) yield* chunksOf(packed, 500);
        } finally {
          returned = true;
        }
      },
    });
    await stream.next();
    await stream.return({});
    expect(returned).toBe(true);
  });

  test("passes on a failure of the medium", async () => {
    const stream = (await make())({
      async *[Symbol.asyncIterator]() {
        yield packed.subarray(0, packed.length >> 1);
        throw new Error("the disk is gone");
      },
    });
    await expect((async () => {
      while ((await stream.next()).done !== true);
    })()).rejects.toThrow("the disk is gone");
  });
});

describe("bzip2", () => {
  test("gives out only blocks whose checksum is right", async () => {
    const packed = fixture("blocks.bz2");
    const whole = (await decode(bunzip2, packed)).output;
    expect(whole.length).toBeGreaterThan(200_000);
    const damaged = packed.slice();
    damaged[packed.length >> 1]! ^= 1;
    const { damage, output } = await decode(bunzip2, damaged);
    expect(damage).toBeDefined();
    expect(output.length).toBeGreaterThan(0);
    expect(isPrefix(output, whole)).toBe(true);
  });
});

describe("zstd", () => {
  test.each([["WebAssembly", zstdDecoder], ["plain code", async () => plainZstd]] as const)("steps over skippable frames (%s)", async (_, make) => {
    const skippable = new Uint8Array([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    expect(await decode(await make(), concat(skippable, fixture("poem.zst"), skippable))).toEqual({ output: poem(600) });
  });

  test.each([["WebAssembly", zstdDecoder], ["plain code", async () => plainZstd]] as const)("refuses a frame that asks for two terabytes (%s)", async (_, make) => {
    const { damage, output } = await decode(await make(), new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0, 0, 0, 0, 0]));
    expect(damage).toBeDefined();
    expect(output).toHaveLength(0);
  });
});

/** A frame of stored blocks, each filled with its number: no program is needed to make one of any size. */
function storedFrame(blocks: number): { readonly packed: Uint8Array; readonly whole: Uint8Array } {
  const BLOCK = 128 * 1024;
  const whole = new Uint8Array(blocks * BLOCK).map((_, at) => Math.floor(at / BLOCK) + (at % 251));
  const parts = [new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  for (let block = 0; block < blocks; block++) {
    const header = (BLOCK << 3) | (block === blocks - 1 ? 1 : 0);
    parts.push(new Uint8Array([header & 255, (header >> 8) & 255, header >> 16]), whole.subarray(block * BLOCK, (block + 1) * BLOCK));
  }
  return { packed: concat(...parts), whole };
}

describe("lz4", () => {
  test("of thousands of empty frames costs no memory for each", async () => {
    const empty = storedLz4(new Uint8Array(0));
    const began = performance.now();
    expect(await decode(unlz4, concat(...Array.from({ length: 20_000 }, () => empty)), 1e6)).toEqual({ output: new Uint8Array(0) });
    expect(performance.now() - began).toBeLessThan(5000);
  });

  const packed = fixture("poem.lz4");

  test("steps over skippable frames", async () => {
    const skippable = new Uint8Array([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    expect(await decode(unlz4, concat(skippable, packed, skippable))).toEqual({ output: poem(600) });
  });

  test("checks the sums of the header and of each block", async () => {
    const header = packed.slice();
    header[6]! ^= 1;
    expect((await decode(unlz4, header)).damage).toBe("the checksum of a header is wrong");
    const block = packed.slice();
    block[500]! ^= 1;
    expect(await decode(unlz4, block)).toEqual({ damage: "the checksum of a block is wrong", output: new Uint8Array(0) });
    const contents = packed.slice();
    contents[packed.length - 1]! ^= 1;
    expect(await decode(unlz4, contents)).toEqual({ damage: "the checksum of the contents is wrong", output: poem(600) });
  });
});

describe.each([["WebAssembly", zstdDecoder], ["plain code", async () => plainZstd]] as const)("zstd as %s of many pieces", (_, make) => {
  const { packed, whole } = storedFrame(100);

  test("gives all of them in order, and those before a cut", async () => {
    const all = await decode(await make(), packed, 1e6);
    expect(Buffer.compare(all.output, whole)).toBe(0);
    expect(all.damage).toBeUndefined();
    const cut = await decode(await make(), packed.subarray(0, -70_000), 1e6);
    expect(cut.damage).toBe("it ends in the middle of a frame");
    // Whatever the decoder held when the input ended comes out too.
    expect(cut.output.length).toBeGreaterThanOrEqual(99 * 128 * 1024);
    expect(isPrefix(cut.output, whole)).toBe(true);
  });
});

describe("gzip in plain code", () => {
  test("agrees with zlib on any bytes at any level", async () => {
    const noisy = fc.uint8Array({ maxLength: 100_000, size: "max" });
    const dull = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 5000 })), { maxLength: 40 }).map((runs) => Uint8Array.from(runs.flatMap(([byte, count]) => Array.from({ length: count }, (_, index) => (index % 7 === 0 ? byte : 97 + byte)))));
    await fc.assert(
      fc.asyncProperty(fc.oneof(noisy, dull), fc.constantFrom(0, 1, 6, 9), fc.constantFrom(0, 2, 3, 4), fc.integer({ min: 1, max: 70_000 }), async (bytes, level, strategy, chunk) => {
        const { output, ...end } = await decode(exactGunzip, gzipSync(bytes, { level, strategy }), chunk);
        return Object.keys(end).length === 0 && Buffer.compare(output, bytes) === 0;
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  test("reads names, comments, extra fields and header checksums", async () => {
    const plain = gzipSync("x");
    const header = concat(new Uint8Array([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9]), new TextEncoder().encode("name\0comment\0"), new Uint8Array([1, 2]));
    expect(await decode(exactGunzip, concat(header, plain.subarray(10)), 3)).toEqual({ output: new Uint8Array([0x78]) });
  });

  test("gives out more than the platform does before damage", async () => {
    const whole = poem(20_000);
    const packed = gzipSync(whole);
    const { damage, output } = await decode(gunzip, packed.subarray(0, packed.length - 100), 1e6);
    expect(damage).toBeDefined();
    expect(output.length).toBeGreaterThan(whole.length - 2000);
    expect(isPrefix(output, whole)).toBe(true);
  });
});

test("the checksum is the one of zlib", () => {
  expect(crc32(0, new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  expect(crc32(crc32(0, new TextEncoder().encode("1234")), new TextEncoder().encode("56789"))).toBe(0xcbf43926);
});

/** Values that other implementations give. */
test.each([["", 0x02cc5d05], ["a", 0x550d7456], ["Nobody inspects the spammish repetition", 0xe2293b2f]])("xxHash of %j is the one that others give, in any portions", (text, expected) => {
  const bytes = new TextEncoder().encode(text);
  expect(xxh32(bytes)).toBe(expected);
  for (const portion of [1, 5, 16, 17]) {
    const sum = new Xxh32();
    for (let at = 0; at < bytes.length; at += portion) sum.update(bytes.subarray(at, at + portion));
    expect(sum.digest()).toBe(expected);
  }
});

const LEVELS = ["-1", "-9"];

describe.each([["gzip", "gzip", LEVELS], ["bzip2", "bzip2", LEVELS], ["xz", "xz", LEVELS], ["zstd", "zstd", LEVELS], ["lz4", "lz4", [...LEVELS, "-BD", "-B4BX", "--content-size"]]] as const)("what the tool %s packs", (tool, compression, levels) => {
  const missing = spawnSync(tool, ["--version"], { input: "" }).error !== undefined;
  test.skipIf(missing)("is given back", async () => {
    const noise = new Uint8Array(700_000).map((_, index) => (index % 5000 < 2500 ? Math.imul(index, 2654435761) >>> 24 : index >> 12));
    const decoder = await decoderFor(compression);
    for (const bytes of [new Uint8Array(0), new Uint8Array(1), new Uint8Array(3_000_000), noise, poem(40_000)]) {
      for (const level of levels) {
        const packed = spawnSync(tool, ["-c", level], { input: bytes, maxBuffer: 1e8 }).stdout;
        const { output, ...end } = await decode(decoder, packed, 300_000);
        expect(end).toEqual({});
        expect(Buffer.compare(output, bytes)).toBe(0);
      }
    }
  });
});

test("a file comes in chunks of memory that goes round, each whole until the next but one is asked for", async () => {
  const file = new Uint8Array(10_000).map((_, at) => (at * 7) % 253);
  const source: ByteSource = {
    size: file.length,
    read: async (start, end) => file.slice(start, end),
    async readInto(target, start) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const part = file.subarray(start, start + target.length);
      target.set(part);
      return part.length;
    },
  };
  const memory = new Set<ArrayBufferLike>();
  const copies: Uint8Array[] = [];
  let held: Uint8Array = new Uint8Array(0);
  for await (const chunk of compressedChunks(source, () => {}, undefined, 999)) {
    // The one that is read ahead is on its way now.
    await new Promise((resolve) => setTimeout(resolve, 2));
    copies.push(held.slice());
    held = chunk;
    memory.add(chunk.buffer);
  }
  expect(concat(...copies, held)).toEqual(file);
  expect(memory.size).toBe(3);
});
