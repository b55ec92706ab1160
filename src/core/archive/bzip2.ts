/** bzip2: streams of blocks, each with a checksum of its contents. A block is given out only when its checksum is right. */
import { Bits, readBlock, type Block } from "./bzip2-block.ts";
import { ChunkFeed } from "./chunk-feed.ts";
import type { Decoder } from "./decoder.ts";

/** Compressed bytes at hand before a block is tried: more than any ordinary one has. A larger one is tried again with more. */
const BLOCK_BYTES = 1_200_000;
const OUTPUT_BYTES = 256 * 1024;

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value >>> 0;
});

export const bunzip2: Decoder = async function* decode(chunks) {
  const feed = new ChunkFeed(chunks);
  try {
    for (let stream = 0; ; stream++) {
      const whole = await feed.need(4);
      const level = whole ? feed.bytes[feed.at + 3]! - 0x30 : 0;
      const is = whole && feed.bytes[feed.at] === 0x42 && feed.bytes[feed.at + 1] === 0x5a && feed.bytes[feed.at + 2] === 0x68 && level >= 1 && level <= 9;
      if (!is) {
        if (stream === 0) return { damage: "it does not begin with a bzip2 header" };
        const trailing = await feed.trailing();
        return trailing === 0 ? {} : { trailing };
      }
      feed.at += 4;
      const wrong = yield* decodeStream(feed, new Uint32Array(level * 100_000));
      if (wrong !== undefined) return { damage: wrong };
    }
  } finally {
    await feed.close();
  }
};

/** What is wrong with the stream, if anything is. */
async function* decodeStream(feed: ChunkFeed, words: Uint32Array): AsyncGenerator<Uint8Array, string | undefined, undefined> {
  let crc = 0;
  /** Bits of the byte at `feed.at` that belong to the block before. */
  let used = 0;
  for (;;) {
    await feed.need(BLOCK_BYTES);
    const bits = new Bits(feed.bytes, feed.at * 8 + used);
    const magic = [bits.take(24), bits.take(24)];
    let block: Block | string | number = "a block does not begin with its magic number";
    if (magic[0] === 0x17_7245 && magic[1] === 0x38_5090) block = bits.take32();
    else if (magic[0] === 0x31_4159 && magic[1] === 0x26_5359) block = readBlock(bits, words);
    if (bits.short) {
      // Damage that asks for more than any block has is damage all the same: the buffer does not grow by it.
      if (feed.left > 4 * BLOCK_BYTES) return "a block does not end";
      if (await feed.fill()) continue;
      return "it ends in the middle";
    }
    if (typeof block === "string") return block;
    if (typeof block === "number") {
      feed.at = (bits.bit + 7) >>> 3;
      return block === crc ? undefined : "the checksum of the whole is wrong";
    }
    feed.at = bits.bit >>> 3;
    used = bits.bit & 7;
    const output = undoRuns(block);
    if (output === undefined) return "the checksum of a block is wrong";
    yield* output;
    crc = (((crc << 1) | (crc >>> 31)) ^ block.crc) >>> 0;
  }
}

/** Four equal bytes are followed by how many more of them there are. Undefined when the checksum is wrong. */
function undoRuns({ chain, count, first, crc }: Block): Uint8Array[] | undefined {
  const output: Uint8Array[] = [];
  let piece = new Uint8Array(OUTPUT_BYTES);
  let filled = 0;
  let sum = -1;
  let equal = 0;
  let before = -1;
  for (let left = count, place = first; left > 0; left--) {
    const word = chain[place]!;
    const byte = word & 0xff;
    place = word >>> 8;
    let times = 1;
    let value = byte;
    if (equal === 4) {
      times = byte;
      value = before;
      equal = 0;
      before = -1;
    } else {
      equal = byte === before ? equal + 1 : 1;
      before = byte;
    }
    for (; times > 0; times--) {
      if (filled === piece.length) {
        output.push(piece);
        piece = new Uint8Array(OUTPUT_BYTES);
        filled = 0;
      }
      piece[filled++] = value;
      sum = (sum << 8) ^ CRC[((sum >>> 24) ^ value) & 0xff]!;
    }
  }
  if (filled > 0) output.push(piece.subarray(0, filled));
  return ~sum >>> 0 === crc ? output : undefined;
}

