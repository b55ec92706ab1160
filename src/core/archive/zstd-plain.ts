/**
 * Zstandard without WebAssembly. The library decodes one frame; this finds where frames begin and end, so that what lies
 * between and after them is handled as the format has it, and so that no frame gets memory by a number in its header.
 *
 *   frame = magic 4, descriptor 1, [window 1], [dictionary 0 1 2 4], [content size 0 1 2 4 8], blocks, [checksum 4]
 *   block = 3 bytes: last 1 bit, type 2 bits (0 raw, 1 one byte repeated, 2 compressed), size 21 bits; then the bytes
 */
import { Decompress } from "fzstd";
import { ChunkFeed } from "./chunk-feed.ts";
import type { Decoder } from "./decoder.ts";
import { isFrameStart } from "./zstd.ts";

/** As the reference decoder has it: 128 MiB. */
const MOST_WINDOW = 2 ** 27;
/** Blocks of no frame may be longer (RFC 8878, 3.1.1.2.3). */
const MOST_BLOCK = 128 * 1024;
const CUT = "it ends in the middle of a frame";

export const plainZstd: Decoder = async function* decode(chunks) {
  const feed = new ChunkFeed(chunks);
  try {
    for (let frames = 0; ; frames++) {
      const whole = await feed.need(4);
      if (feed.left === 0) return {};
      if (!whole || !isFrameStart(feed.bytes, feed.at)) {
        if (frames === 0) return { damage: "it does not begin with a frame" };
        const trailing = await feed.trailing();
        return trailing === 0 ? {} : { trailing };
      }
      const wrong = feed.bytes[feed.at] === 0x28 ? yield* decodeFrame(feed) : (await feed.skipFrame()) ? undefined : CUT;
      if (wrong !== undefined) return { damage: wrong };
    }
  } finally {
    await feed.close();
  }
};

/** Bytes of a frame's header and the window it asks for. The first 14 bytes hold every header there is. */
function frameHeader(bytes: Uint8Array, at: number): { readonly length: number; readonly window: number; readonly checksum: boolean } {
  const descriptor = bytes[at + 4]!;
  const oneSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (oneSegment ? 1 : 0) : 1 << sizeFlag;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!;
  const sizeAt = at + 5 + (oneSegment ? 0 : 1) + dictionary;
  let size = 0;
  for (let index = sizeBytes - 1; index >= 0; index--) size = size * 256 + (bytes[sizeAt + index] ?? 0);
  const exponent = bytes[at + 5]! >> 3;
  const base = 2 ** (10 + exponent);
  const window = oneSegment ? size + (sizeBytes === 2 ? 256 : 0) : base + (base / 8) * (bytes[at + 5]! & 7);
  return { length: sizeAt + sizeBytes - at, window, checksum: (descriptor & 4) !== 0 };
}

/** What is wrong with the frame, if anything is. Output up to there is yielded. */
async function* decodeFrame(feed: ChunkFeed): AsyncGenerator<Uint8Array, string | undefined, undefined> {
  if (!(await feed.need(6))) return CUT;
  if (!(await feed.need(frameHeader(feed.bytes, feed.at).length))) return CUT;
  const { checksum, length, window } = frameHeader(feed.bytes, feed.at);
  if (window > MOST_WINDOW) return `a frame needs a window of ${window} bytes, more than ${MOST_WINDOW}`;
  const made: Uint8Array[] = [];
  const frame = new Decompress((output) => {
    // The library goes on in the same buffer.
    if (output.length > 0) made.push(output.slice());
  });
  const push = (bytes: number): string | undefined => {
    try {
      frame.push(feed.bytes.slice(feed.at, feed.at + bytes));
    } catch (error) {
      return error instanceof Error ? `a block cannot be decoded (${error.message})` : "a block cannot be decoded";
    }
    feed.at += bytes;
    return undefined;
  };
  let wrong = push(length);
  for (let last = false; wrong === undefined && !last; ) {
    if (!(await feed.need(3))) return CUT;
    const header = feed.bytes[feed.at]! | (feed.bytes[feed.at + 1]! << 8) | (feed.bytes[feed.at + 2]! << 16);
    last = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3 || size > MOST_BLOCK) return "a block header makes no sense";
    const stored = (type === 1 ? 1 : size) + 3 + (last && checksum ? 4 : 0);
    if (!(await feed.need(stored))) wrong = CUT;
    else wrong = push(stored);
    yield* made.splice(0);
  }
  return wrong;
}
