/**
 * LZ4 frames ("LZ4 Frame Format Description" 1.6.4). Frames may follow each other, with skippable ones between.
 *
 *   frame = magic 4, flags 1, block size 1, [content size 8], [dictionary 4], checksum of these 1, blocks, 0 4, [checksum 4]
 *   block = 4 bytes: size 31 bits, stored 1 bit; the bytes; [checksum 4]
 */
import { wordAt } from "../bytes/word.ts";
import { ChunkFeed } from "./chunk-feed.ts";
import type { Decoder } from "./decoder.ts";
import { Xxh32, xxh32 } from "./xxh32.ts";

const MAGIC = 0x184d2204;
const CUT = "it ends in the middle of a frame";

/** Bits of the flags. */
const FLAG = { dictionary: 1, reserved: 2, contentSum: 4, contentSize: 8, blockSum: 16, independent: 32 } as const;
const STORED = 0x8000_0000;
/** Matches reach so far back, over the beginning of a block too. */
const HISTORY = 64 * 1024;

export const unlz4: Decoder = async function* decode(chunks) {
  const feed = new ChunkFeed(chunks);
  const memory: Memory = { window: new Uint8Array(0) };
  try {
    for (let frames = 0; ; frames++) {
      const whole = await feed.need(4);
      if (feed.left === 0 && frames > 0) return {};
      const magic = whole ? wordAt(feed.bytes, feed.at) : 0;
      if (magic !== MAGIC && (magic & 0xffff_fff0) !== 0x184d2a50) {
        if (frames === 0) return { damage: "it does not begin with a frame" };
        const trailing = await feed.trailing();
        return trailing === 0 ? {} : { trailing };
      }
      const wrong = magic === MAGIC ? yield* decodeFrame(feed, memory) : (await feed.skipFrame()) ? undefined : CUT;
      if (wrong !== undefined) return { damage: wrong };
    }
  } finally {
    await feed.close();
  }
};

/** Where blocks are decoded, for all frames: there may be thousands of tiny ones. What a block before made stands in front. */
interface Memory {
  window: Uint8Array;
}

interface Header {
  readonly flags: number;
  /** Bytes that a block may make. */
  readonly most: number;
  readonly contentSize: number | undefined;
}

/** The header, or what is wrong with it. */
async function readHeader(feed: ChunkFeed): Promise<Header | string> {
  if (!(await feed.need(7))) return CUT;
  const flags = feed.bytes[feed.at + 4]!;
  const length = 7 + ((flags & FLAG.contentSize) !== 0 ? 8 : 0) + ((flags & FLAG.dictionary) !== 0 ? 4 : 0);
  if (!(await feed.need(length))) return CUT;
  const header = feed.bytes.subarray(feed.at, feed.at + length);
  if (((xxh32(header.subarray(4, length - 1)) >>> 8) & 0xff) !== header[length - 1]) return "the checksum of a header is wrong";
  const size = header[5]!;
  if (flags >> 6 !== 1 || (flags & FLAG.reserved) !== 0 || (size & 0x8f) !== 0 || size >> 4 < 4) return "a frame needs options that do not exist";
  if ((flags & FLAG.dictionary) !== 0) return "a frame needs a dictionary";
  feed.at += length;
  const contentSize = (flags & FLAG.contentSize) === 0 ? undefined : wordAt(header, 6) + wordAt(header, 10) * 2 ** 32;
  return { flags, most: 1 << (8 + 2 * (size >> 4)), contentSize };
}

/** What is wrong with the frame, if anything is. Blocks before that are yielded. */
async function* decodeFrame(feed: ChunkFeed, memory: Memory): AsyncGenerator<Uint8Array, string | undefined, undefined> {
  const header = await readHeader(feed);
  if (typeof header === "string") return header;
  const { contentSize, flags, most } = header;
  const sum = (flags & FLAG.contentSum) === 0 ? undefined : new Xxh32();
  const blockSum = (flags & FLAG.blockSum) === 0 ? 0 : 4;
  let history = 0;
  let made = 0;
  for (;;) {
    if (!(await feed.need(4))) return CUT;
    const word = wordAt(feed.bytes, feed.at);
    if (word === 0) break;
    const size = word % STORED;
    if (size > most) return "a block is longer than the frame allows";
    if (!(await feed.need(4 + size + blockSum))) return CUT;
    if (memory.window.length < HISTORY + most) memory.window = new Uint8Array(HISTORY + most);
    const { window } = memory;
    const from = feed.at + 4;
    const block = feed.bytes.subarray(from, from + size);
    if (blockSum > 0 && xxh32(block) !== wordAt(feed.bytes, from + size)) return "the checksum of a block is wrong";
    let end = history + size;
    if (word >= STORED) window.set(block, history);
    else end = unlz4Block(block, window, history, history + most);
    if (end < 0) return "a block cannot be decoded";
    feed.at = from + size + blockSum;
    const output = window.slice(history, end);
    sum?.update(output);
    made += output.length;
    if (output.length > 0) yield output;
    if ((flags & FLAG.independent) !== 0) continue;
    history = Math.min(end, HISTORY);
    window.copyWithin(0, end - history, end);
  }
  feed.at += 4;
  if (contentSize !== undefined && contentSize !== made) return `the recorded length is ${contentSize}, and ${made} bytes came out`;
  if (sum === undefined) return undefined;
  if (!(await feed.need(4))) return "it ends before its checksum";
  if (wordAt(feed.bytes, feed.at) !== sum.digest()) return "the checksum of the contents is wrong";
  feed.at += 4;
  return undefined;
}

/** Whether a block makes so many bytes: its sequences are followed, and nothing is written. Eight times as fast as decoding. */
export function isLz4Block(input: Uint8Array, length: number): boolean {
  return followBlock(input, undefined, 0, length) === length;
}

/** Decode a block into `output` from `start` on, at most up to `limit`; where it ends, or -1 when the bytes make no sense. */
export function unlz4Block(input: Uint8Array, output: Uint8Array, start: number, limit: number): number {
  return followBlock(input, output, start, limit);
}

function followBlock(input: Uint8Array, output: Uint8Array | undefined, start: number, limit: number): number {
  let at = 0;
  let end = start;
  /** A length of which four bits are in the token goes on in bytes, the last of which is not 255. */
  const longer = (length: number): number => {
    if (length < 15) return length;
    let total = length;
    for (let more = 255; more === 255; total += more) {
      if (at >= input.length) return Infinity;
      more = input[at++]!;
    }
    return total;
  };
  while (at < input.length) {
    const token = input[at++]!;
    const literals = longer(token >> 4);
    if (at + literals > input.length || end + literals > limit) return -1;
    if (output !== undefined) {
      if (literals > 32) output.set(input.subarray(at, at + literals), end);
      else for (let index = 0; index < literals; index++) output[end + index] = input[at + index]!;
    }
    at += literals;
    end += literals;
    // The last sequence has literals only.
    if (at === input.length) return end;
    if (at + 2 > input.length) return -1;
    const distance = input[at]! | (input[at + 1]! << 8);
    at += 2;
    const length = longer(token & 15) + 4;
    if (distance === 0 || distance > end || end + length > limit) return -1;
    if (output !== undefined) {
      if (distance >= length && length > 32) output.copyWithin(end, end - distance, end - distance + length);
      // A match may reach into what it makes: byte by byte, it repeats.
      else for (let index = 0; index < length; index++) output[end + index] = output[end - distance + index]!;
    }
    end += length;
  }
  return -1;
}
