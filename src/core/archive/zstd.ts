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

/** Bytes that pass between the two memories at a time: what the cache of the processor holds. */
const INPUT_BYTES = 128 * 1024;
const OUTPUT_BYTES = 256 * 1024;
/** Bytes of output that are handed on together: each hand-over costs the reader a write, and that costs more than a copy. */
const PIECE_BYTES = 4 * 1024 * 1024;

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
  const output = new PieceBuffer();
  try {
    for (let between = true, frames = 0; ; ) {
      let end: DecodeEnd | undefined;
      // At the end of the input the decoder may still hold output.
      const isCut = !between && feed.left === 0 && !(await feed.fill());
      if (between) {
        const whole = await feed.need(4);
        if (feed.left === 0) end = {};
        else if (!whole || !isFrameStart(feed.bytes, feed.at)) {
          if (frames === 0) end = { damage: "it does not begin with a frame" };
          else {
            const trailing = await feed.trailing();
            end = trailing === 0 ? {} : { trailing };
          }
        }
      }
      if (end === undefined) {
        const { left, made, used } = stream.step(feed.bytes.subarray(feed.at, feed.at + INPUT_BYTES), output);
        feed.at += used;
        if (left >= FIRST_ERROR) end = { damage: ERRORS[0x1_0000_0000 - left] ?? `the decoder reports error ${0x1_0000_0000 - left}` };
        else if (used === 0 && made === 0 && left !== 0) end = { damage: isCut ? "it ends in the middle of a frame" : "the decoder makes no progress" };
        between = left === 0;
        if (between) frames++;
      }
      if (output.left === 0 || end !== undefined) {
        const piece = output.take();
        if (piece.length > 0) yield piece;
      }
      if (end !== undefined) return end;
    }
  } finally {
    await feed.close();
    stream.close();
  }
}

/** Output on its way out, in two buffers that are used by turns. */
class PieceBuffer {
  #current = new Uint8Array(PIECE_BYTES);
  #other = new Uint8Array(PIECE_BYTES);
  #filled = 0;

  /** Bytes that there is room for. */
  get left(): number {
    return PIECE_BYTES - this.#filled;
  }

  add(bytes: Uint8Array): void {
    this.#current.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** What was added since the last time. It stays as it is until the next but one is taken. */
  take(): Uint8Array {
    const piece = this.#current.subarray(0, this.#filled);
    [this.#current, this.#other] = [this.#other, this.#current];
    this.#filled = 0;
    return piece;
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
  step(input: Uint8Array, output: PieceBuffer): { readonly made: number; readonly used: number; readonly left: number } {
    // Views are made anew: the memory moves when it grows.
    new Uint8Array(this.#wasm.memory.buffer).set(input, this.#input);
    new Uint32Array(this.#wasm.memory.buffer, this.#buffers, 6).set([this.#output, Math.min(OUTPUT_BYTES, output.left), 0, this.#input, input.length, 0]);
    const left = this.#wasm.ZSTD_decompressStream(this.#context, this.#buffers, this.#buffers + 12) >>> 0;
    const { buffer } = this.#wasm.memory;
    const [, , made, , , used] = new Uint32Array(buffer, this.#buffers, 6) as unknown as [number, number, number, number, number, number];
    output.add(new Uint8Array(buffer, this.#output, made));
    return { made, used, left };
  }

  close(): void {
    this.#wasm.ZSTD_freeDCtx(this.#context);
    for (const at of [this.#input, this.#output, this.#buffers]) this.#wasm.free(at);
  }
}
