/** Chunks of a stream as a buffer that a decoder reads from and asks to be filled when it runs short. */

import { wordAt } from "../bytes/word.ts";

export class ChunkFeed {
  /** What is in memory; the decoder has come to `at`. */
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** No more chunks will come. */
  ended = false;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Bytes in memory that were not read yet. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Add the next chunk behind what is left. False when there is none. */
  async fill(): Promise<boolean> {
    if (this.ended) return false;
    const { done, value } = await this.#chunks.next();
    if (done === true) {
      this.ended = true;
      return false;
    }
    if (this.left === 0) this.bytes = value;
    else {
      const joined = new Uint8Array(this.left + value.length);
      joined.set(this.bytes.subarray(this.at));
      joined.set(value, this.left);
      this.bytes = joined;
    }
    this.at = 0;
    return true;
  }

  /** Fill until `count` bytes are in memory. False when the stream ends before. `count` is small: each fill copies. */
  async need(count: number): Promise<boolean> {
    while (this.left < count) if (!(await this.fill())) return false;
    return true;
  }

  /** Step over a skippable frame, which zstd and LZ4 have alike: magic 4, size 4, bytes. False when the stream ends before. */
  async skipFrame(): Promise<boolean> {
    return (await this.need(8)) && (await this.skip(8 + wordAt(this.bytes, this.at + 4)));
  }

  /** Step over `count` bytes, which need not be in memory. False when the stream ends before. */
  async skip(count: number): Promise<boolean> {
    for (let left = count; ; ) {
      const step = Math.min(left, this.left);
      this.at += step;
      left -= step;
      if (left === 0) return true;
      if (!(await this.fill())) return false;
    }
  }

  /** The next byte; the caller has asked for it with `need`. */
  byte(): number {
    return this.bytes[this.at++]!;
  }

  /** How many bytes are left in the stream, or 0 when all of them are zeros: padding. Reads to the end. */
  async trailing(): Promise<number> {
    let count = 0;
    let padding = true;
    do {
      const rest = this.bytes.subarray(this.at);
      count += rest.length;
      padding &&= rest.every((byte) => byte === 0);
      this.at = this.bytes.length;
    } while (await this.fill());
    return padding ? 0 : count;
  }

  /** The reader stops early: the chunks need not go on. */
  async close(): Promise<void> {
    if (!this.ended) await this.#chunks.return?.();
    this.ended = true;
  }
}
