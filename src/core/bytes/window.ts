/**
 * A stretch of a file held in memory, read by absolute position.
 *
 * Async outside, sync inside: a decoder asks `has`, awaits `load` when the answer is no, and then runs a plain loop.
 * The window grows while reading goes on without gaps (to `maxBytes`) and starts small again after a jump, so that
 * walking over skipped page contents does not read them.
 */
import type { ByteSource } from "./source.ts";

const FIRST_BYTES = 32 * 1024;
const MAX_BYTES = 1024 * 1024;
const EMPTY: DataView = new DataView(new ArrayBuffer(0));

export class Window {
  /** Bytes [start, end) of the file are in `bytes`. */
  start = 0;
  end = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** Bytes asked from the source so far. */
  bytesRead = 0;
  readonly size: number;
  little = true;
  readonly #source: ByteSource;
  readonly #firstBytes: number;
  readonly #maxBytes: number;
  #view: DataView = EMPTY;
  #nextBytes: number;

  constructor(source: ByteSource, firstBytes = FIRST_BYTES, maxBytes = MAX_BYTES) {
    this.#source = source;
    this.size = source.size;
    this.#firstBytes = firstBytes;
    this.#maxBytes = maxBytes;
    this.#nextBytes = firstBytes;
  }

  /** True when [position, position + length) is in memory; a range that passes the end of the file never is. */
  has(position: number, length: number): boolean {
    return position >= this.start && position + length <= this.end;
  }

  /** Bring [position, position + length) into memory, as much of it as the file has, and more when reading goes on. */
  async load(position: number, length: number, signal?: AbortSignal): Promise<void> {
    // A short hop over skipped bytes counts as going on: many small reads cost more than the bytes between them.
    const follows = this.end > this.start && position >= this.start && position - this.end <= this.#nextBytes;
    this.#nextBytes = follows ? Math.min(this.#nextBytes * 2, this.#maxBytes) : this.#firstBytes;
    await this.#read(position, Math.max(length, this.#nextBytes), signal);
  }

  /** As `load`, but no byte more: what follows will be skipped. */
  async loadExactly(position: number, length: number, signal?: AbortSignal): Promise<void> {
    await this.#read(position, length, signal);
  }

  async #read(position: number, length: number, signal: AbortSignal | undefined): Promise<void> {
    const end = Math.min(this.size, position + length);
    const bytes = await this.#source.read(position, end, signal);
    this.bytesRead += bytes.length;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.start = position;
    this.end = position + bytes.length;
  }

  /** Bytes [from, to), which must be in memory. Shared with the window: copy what is kept. */
  slice(from: number, to: number): Uint8Array {
    return this.bytes.subarray(from - this.start, to - this.start);
  }

  u8(position: number): number {
    return this.#view.getUint8(position - this.start);
  }
  s8(position: number): number {
    return this.#view.getInt8(position - this.start);
  }
  u16(position: number): number {
    return this.#view.getUint16(position - this.start, this.little);
  }
  s16(position: number): number {
    return this.#view.getInt16(position - this.start, this.little);
  }
  u32(position: number): number {
    return this.#view.getUint32(position - this.start, this.little);
  }
  s32(position: number): number {
    return this.#view.getInt32(position - this.start, this.little);
  }
  u64(position: number): bigint {
    return this.#view.getBigUint64(position - this.start, this.little);
  }
  /** Low and high half of a 64-bit value, in this order, whatever the byte order: no bigint is made. */
  low32(position: number): number {
    return this.u32(this.little ? position : position + 4);
  }
  high32(position: number): number {
    return this.u32(this.little ? position + 4 : position);
  }
}
