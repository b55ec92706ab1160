/**
 * xz by the decoder of the Linux kernel (xz-embedded) as WebAssembly. Streams may follow each other, with zeros between.
 * Dictionaries of up to 64 MiB (xz -9) are taken.
 */
import library from "xz-decompress?raw";
import { ChunkFeed } from "./chunk-feed.ts";
import type { DecodeEnd, Decoder } from "./decoder.ts";
import { startWasmInside } from "./wasm-inside.ts";

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  create_context(): number;
  destroy_context(context: number): void;
  supply_input(context: number, bytes: number): void;
  get_next_output(context: number): number;
}

/** Words of the context: the size of both buffers, then `struct xz_buf` of xz.h. */
const WORDS = { bufferBytes: 0, input: 1, inputAt: 2, inputBytes: 3, output: 4, outputAt: 5 } as const;

const OK = 0;
const STREAM_END = 1;
const UNSUPPORTED_CHECK = 2;
const NO_STREAM = 5;

/** `enum xz_ret` of xz.h. */
const ERRORS: Readonly<Record<number, string>> = {
  3: "there is not enough memory",
  4: "it needs a dictionary of more than 64 MiB",
  [NO_STREAM]: "it does not begin with an xz header",
  6: "it needs filters or options that are not supported",
  7: "the data is damaged",
  8: "the data is damaged, or ends in the middle",
};

/** The shortest stream there is: header, empty index, footer. Bytes. */
const SHORTEST = 32;
/** A further stream is told from other bytes by its header, which is consumed then. */
const HEADER_BYTES = 12;

export const unxz: Decoder = async function* decode(chunks) {
  const wasm = await startWasmInside<Exports>(library, {}).catch(() => undefined);
  if (wasm === undefined) return { damage: "its decoder is WebAssembly, which is not allowed here (decompress it first: xz -d)" };
  return yield* decodeStreams(wasm, new ChunkFeed(chunks));
};

async function* decodeStreams(wasm: Exports, feed: ChunkFeed): AsyncGenerator<Uint8Array, DecodeEnd, undefined> {
  const context = wasm.create_context();
  // The memory may move when it grows, so words are read anew each time.
  const words = (): Uint32Array => new Uint32Array(wasm.memory.buffer, context, 6);
  const bufferBytes = words()[WORDS.bufferBytes]!;
  let position = 0;
  try {
    for (;;) {
      const more = feed.left > 0 || (await feed.fill());
      const input = feed.bytes.subarray(feed.at, feed.at + bufferBytes);
      new Uint8Array(wasm.memory.buffer).set(input, words()[WORDS.input]);
      wasm.supply_input(context, input.length);
      for (let result = OK; ; ) {
        const before = words()[WORDS.inputAt]!;
        words()[WORDS.outputAt] = 0;
        result = wasm.get_next_output(context);
        const made = words()[WORDS.outputAt]!;
        const used = words()[WORDS.inputAt]!;
        position += used - before;
        if (made > 0) yield new Uint8Array(wasm.memory.buffer, words()[WORDS.output], made).slice();
        if (result === STREAM_END) return {};
        if (result === NO_STREAM && position >= SHORTEST + HEADER_BYTES) {
          feed.at += used;
          return { trailing: HEADER_BYTES + (await feed.trailing()) };
        }
        if (result !== OK && result !== UNSUPPORTED_CHECK) return { damage: ERRORS[result] ?? `the decoder reports error ${result}` };
        if (used < input.length || made === bufferBytes) {
          if (used === before && made === 0 && result === OK) return { damage: "the decoder makes no progress" };
          continue;
        }
        if (!more) return { damage: "it ends in the middle" };
        break;
      }
      feed.at += input.length;
    }
  } finally {
    await feed.close();
    wasm.destroy_context(context);
  }
}
