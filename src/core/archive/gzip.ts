/**
 * gzip (RFC 1952): the platform's decoder for speed, and plain code where that one gives up. Platforms differ: Chromium's
 * refuses a second member and zeros after the last, and all drop what they made of a chunk in which they meet damage.
 */
import { ChunkFeed } from "./chunk-feed.ts";
import { crc32 } from "./crc32.ts";
import type { DecodeEnd, Decoder } from "./decoder.ts";
import { Inflater } from "./inflate.ts";

/** `fast`, and when it ends in damage, `exact` over the same data from the start for what is missing of the output. */
export function exactly(fast: Decoder, exact: Decoder): Decoder {
  return async function* decode(chunks) {
    let done = 0;
    const output = fast(chunks);
    try {
      for (;;) {
        const next = await output.next();
        if (next.done === true) {
          if (next.value.damage === undefined) return next.value;
          break;
        }
        done += next.value.length;
        yield next.value;
      }
    } finally {
      await output.return({});
    }
    return yield* skipping(exact(chunks), done);
  };
}

/** The output without its first `skip` bytes. */
async function* skipping(output: AsyncGenerator<Uint8Array, DecodeEnd, undefined>, skip: number): AsyncGenerator<Uint8Array, DecodeEnd, undefined> {
  try {
    for (let left = skip; ; ) {
      const next = await output.next();
      if (next.done === true) return next.value;
      if (next.value.length > left) yield left === 0 ? next.value : next.value.subarray(left);
      left = Math.max(0, left - next.value.length);
    }
  } finally {
    await output.return({});
  }
}

/** The decoder that browsers and Node share. */
export function platformInflate(format: "gzip" | "deflate-raw"): Decoder {
  return (chunks) => pipe(new DecompressionStream(format), chunks);
}

/**
 * The platform's gzip, checked: Node's passes over what follows the data without a word. The file ends in the length of
 * its last member; when that is not the length of the output, there are several members, or something else comes last.
 */
export const platformGunzip: Decoder = async function* decode(chunks) {
  const tail = new Uint8Array(4);
  let size = 0;
  const watched = {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of chunks) {
        const kept = Math.min(4, chunk.length);
        tail.copyWithin(0, kept);
        tail.set(chunk.subarray(chunk.length - kept), 4 - kept);
        yield chunk;
      }
    },
  };
  const output = platformInflate("gzip")(watched);
  try {
    for (;;) {
      const next = await output.next();
      if (next.done === true) {
        const recorded = new DataView(tail.buffer).getUint32(0, true);
        return next.value.damage === undefined && recorded !== size % 0x1_0000_0000 ? { damage: "it does not end in its length" } : next.value;
      }
      size += next.value.length;
      yield next.value;
    }
  } finally {
    await output.return({});
  }
};

/** Chunks from here up are waited for. Bytes. */
const SMALL = 64 * 1024;

async function* pipe(stream: DecompressionStream, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, DecodeEnd, undefined> {
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const medium: { error?: unknown } = {};
  const feed = (async (): Promise<string | undefined> => {
    const input = chunks[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await input.next().catch((error: unknown) => {
          medium.error = error;
          throw error;
        });
        if (next.done === true) break;
        await writer.ready;
        // Node says that it is done with a small chunk before it has read it, and then the memory may be used again.
        const chunk = next.value.length < SMALL ? next.value.slice() : next.value;
        // Sources hand out ordinary buffers; only the type leaves shared memory open.
        await writer.write(chunk as Uint8Array<ArrayBuffer>);
      }
      await writer.close();
      return undefined;
    } catch (error) {
      await input.return?.();
      await writer.abort(error).catch(() => undefined);
      return String(error);
    }
  })();
  let damage: string | undefined;
  try {
    for (;;) {
      const next = await reader.read().catch((error: unknown) => {
        damage = String(error);
        return { done: true, value: undefined };
      });
      if (next.done || next.value === undefined) break;
      yield next.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    damage ??= await feed;
  }
  if ("error" in medium) throw medium.error;
  return damage === undefined ? {} : { damage };
}

/** Deflate without any frame, as zip has it. */
export const exactInflate: Decoder = async function* decode(chunks) {
  const feed = new ChunkFeed(chunks);
  try {
    const damage = yield* inflateMember(feed, { crc: 0, size: 0 });
    return damage === undefined ? {} : { damage };
  } finally {
    await feed.close();
  }
};

/** Several members, zeros after them, damage anywhere: all as the format has it, at a third of the speed. */
export const exactGunzip: Decoder = async function* decode(chunks) {
  const feed = new ChunkFeed(chunks);
  try {
    for (let member = 0; ; member++) {
      const header = await skipHeader(feed, member > 0);
      if (header === "trailing") {
        const trailing = await feed.trailing();
        return trailing === 0 ? {} : { trailing };
      }
      if (header !== undefined) return { damage: header };
      const sums = { crc: 0, size: 0 };
      const wrong = yield* inflateMember(feed, sums);
      if (wrong !== undefined) return { damage: wrong };
      if (!(await feed.need(8))) return { damage: "it ends before its checksum" };
      const view = new DataView(feed.bytes.buffer, feed.bytes.byteOffset + feed.at, 8);
      feed.at += 8;
      if (view.getUint32(0, true) !== sums.crc) return { damage: "the checksum is wrong" };
      if (view.getUint32(4, true) !== sums.size % 0x1_0000_0000) return { damage: "the recorded length is wrong" };
    }
  } finally {
    await feed.close();
  }
};

async function* inflateMember(feed: ChunkFeed, sums: { crc: number; size: number }): AsyncGenerator<Uint8Array, string | undefined, undefined> {
  const inflater = new Inflater();
  for (;;) {
    const step = inflater.run(feed.bytes.subarray(feed.at), feed.ended);
    feed.at += inflater.at;
    if (step === "more") {
      await feed.fill();
      continue;
    }
    const output = inflater.take();
    sums.crc = crc32(sums.crc, output);
    sums.size += output.length;
    if (output.length > 0) yield output;
    if (step === "damage") return inflater.damage;
    if (step === "end") return undefined;
  }
}

const NAME = 8;
const COMMENT = 16;

/** Step over the header of a member. `trailing`: what stands here is no further member. Else what is wrong, or undefined. */
async function skipHeader(feed: ChunkFeed, further: boolean): Promise<string | undefined> {
  const enough = await feed.need(10);
  if (feed.left < 3 || feed.bytes[feed.at] !== 0x1f || feed.bytes[feed.at + 1] !== 0x8b || feed.bytes[feed.at + 2] !== 8) return further ? "trailing" : "it does not begin with a gzip header";
  if (!enough) return "it ends in a header";
  const flags = feed.bytes[feed.at + 3]!;
  if ((flags & 0xe0) !== 0) return further ? "trailing" : "its header has flags that do not exist";
  feed.at += 10;
  if (flags & 4) {
    if (!(await feed.need(2))) return "it ends in a header";
    const length = feed.byte() | (feed.byte() << 8);
    if (!(await feed.need(length))) return "it ends in a header";
    feed.at += length;
  }
  // Each is text of any length with a NUL at its end.
  for (const flag of [NAME, COMMENT]) {
    for (let byte = flags & flag; byte !== 0; byte = feed.byte()) if (!(await feed.need(1))) return "it ends in a header";
  }
  if (flags & 2) {
    if (!(await feed.need(2))) return "it ends in a header";
    feed.at += 2;
  }
  return undefined;
}
