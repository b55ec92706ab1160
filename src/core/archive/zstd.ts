/**
 * Zstandard (RFC 8878) by the reference decoder as WebAssembly; in plain code, at a third of the speed, where the page's
 * policy or the machine allows no WebAssembly. Frames may follow each other, with skippable ones between.
 */
// eslint-disable-next-line import/default -- the default export is the text that the bundler makes of the file
import library from "zstddec/stream?raw";
import { ChunkFeed } from "./chunk-feed.ts";
import type { DecodeEnd, Decoder } from "./decoder.ts";
import { startWasmInside } from "./wasm-inside.ts";

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(at: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

/** Bytes that pass between the two memories at a time. */
const INPUT_BYTES = 128 * 1024;
const OUTPUT_BYTES = 256 * 1024;

/** Results from here up, as unsigned numbers, are errors: the negative of a code below 120 (zstd_errors.h). */
const FIRST_ERROR = 0x1_0000_0000 - 120;

const ERRORS: Readonly<Record<number, string>> = {
  10: "a frame does not begin with the magic number",
  14: "a frame needs options that do not exist",
  16: "a frame needs more than 128 MiB of memory (it was made with --long)",
  20: "a block cannot be decoded",
  22: "a checksum is wrong",
  32: "a frame needs a dictionary",
  64: "there is not enough memory",
};

/** Where WebAssembly is not to be had, the plain decoder. */
export async function zstdDecoder(): Promise<Decoder> {
  try {
    // A machine of its own for each stream: its memory grows with the window of the frame and goes with it.
    const start = async (): Promise<Exports> => await startWasmInside<Exports>(library, { env: { emscripten_notify_memory_growth: () => {} } });
    const first = await start();
    let used = false;
    return async function* decode(chunks) {
      const machine = used ? await start() : first;
      used = true;
      return yield* decodeFrames(machine, chunks);
    };
  } catch {
    const { plainZstd } = await import("./zstd-plain.ts");
    return plainZstd;
  }
}

/** Whether a frame of either kind begins with these four bytes. */
export function isFrameStart(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0x28 && bytes[at + 1] === 0xb5 && bytes[at + 2] === 0x2f && bytes[at + 3] === 0xfd) return true;
  return (bytes[at]! & 0xf0) === 0x50 && bytes[at + 1] === 0x2a && bytes[at + 2] === 0x4d && bytes[at + 3] === 0x18;
}

async function* decodeFrames(wasm: Exports, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, DecodeEnd, undefined> {
  const feed = new ChunkFeed(chunks);
  const stream = new ZstdStream(wasm);
  try {
    for (let between = true, frames = 0; ; ) {
      if (between) {
        const whole = await feed.need(4);
        if (feed.left === 0) return {};
        if (!whole || !isFrameStart(feed.bytes, feed.at)) {
          if (frames === 0) return { damage: "it does not begin with a frame" };
          const trailing = await feed.trailing();
          return trailing === 0 ? {} : { trailing };
        }
      } else if (feed.left === 0 && !(await feed.fill())) return { damage: "it ends in the middle of a frame" };
      const { output, used, left } = stream.step(feed.bytes.subarray(feed.at, feed.at + INPUT_BYTES));
      feed.at += used;
      if (output !== undefined) yield output;
      if (left >= FIRST_ERROR) return { damage: ERRORS[0x1_0000_0000 - left] ?? `the decoder reports error ${0x1_0000_0000 - left}` };
      if (used === 0 && output === undefined && left !== 0) return { damage: "the decoder makes no progress" };
      between = left === 0;
      if (between) frames++;
    }
  } finally {
    await feed.close();
    stream.close();
  }
}

/** The streaming decoder: `ZSTD_inBuffer` and `ZSTD_outBuffer` are each a pointer, a size and a position of 32 bits. */
class ZstdStream {
  readonly #wasm: Exports;
  readonly #input: number;
  readonly #output: number;
  readonly #buffers: number;
  readonly #context: number;

  constructor(wasm: Exports) {
    this.#wasm = wasm;
    this.#input = wasm.malloc(INPUT_BYTES);
    this.#output = wasm.malloc(OUTPUT_BYTES);
    this.#buffers = wasm.malloc(24);
    this.#context = wasm.ZSTD_createDCtx();
    if (this.#input === 0 || this.#output === 0 || this.#buffers === 0 || this.#context === 0) throw new Error("There is not enough memory to decompress zstd.");
  }

  /** Decode at most INPUT_BYTES of input. `left` is 0 at the end of a frame, an error code, or a hint that there is more. */
  step(input: Uint8Array): { readonly output: Uint8Array | undefined; readonly used: number; readonly left: number } {
    // Views are made anew: the memory moves when it grows.
    new Uint8Array(this.#wasm.memory.buffer).set(input, this.#input);
    new Uint32Array(this.#wasm.memory.buffer, this.#buffers, 6).set([this.#output, OUTPUT_BYTES, 0, this.#input, input.length, 0]);
    const left = this.#wasm.ZSTD_decompressStream(this.#context, this.#buffers, this.#buffers + 12) >>> 0;
    const { buffer } = this.#wasm.memory;
    const [, , made, , , used] = new Uint32Array(buffer, this.#buffers, 6) as unknown as [number, number, number, number, number, number];
    const output = made === 0 ? undefined : new Uint8Array(buffer, this.#output, made).slice();
    return { output, used, left };
  }

  close(): void {
    this.#wasm.ZSTD_freeDCtx(this.#context);
    for (const at of [this.#input, this.#output, this.#buffers]) this.#wasm.free(at);
  }
}
