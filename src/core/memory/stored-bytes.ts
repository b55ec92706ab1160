/** Long stretches of memory in pieces, for those who write them away. */
import type { ByteSource } from "../bytes/source.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { OwnedPiece } from "./address-space.ts";

const PIECE_BYTES = 1024 * 1024;

/** Gives out pieces one after the other; each is good until the next is asked for. The next one is read meanwhile. */
export class StoredBytes {
  readonly #checkpoint: Checkpoint;
  readonly #signal: AbortSignal | undefined;
  /** The piece that is out, and the one that is being read. */
  readonly #buffers = [new Uint8Array(0), new Uint8Array(0)];
  #turn = 0;
  #zeros: Uint8Array | undefined;

  constructor(checkpoint: Checkpoint, signal: AbortSignal | undefined) {
    this.#checkpoint = checkpoint;
    this.#signal = signal;
  }

  /** Bytes of a piece of memory; zeros where it has none. */
  async *of({ start, end, span }: OwnedPiece): AsyncGenerator<Uint8Array> {
    const size = Number(end - start);
    const source = span === undefined ? undefined : this.#checkpoint.files[span.file]!.source;
    const read = (at: number): Promise<Uint8Array> | undefined => {
      if (at >= size) return undefined;
      const length = Math.min(PIECE_BYTES, size - at);
      const bytes = source === undefined ? Promise.resolve(this.#zeroBytes(length)) : this.#read(source, span!.start + at, length);
      // One that fails is reported when its turn comes.
      bytes.catch(() => undefined);
      return bytes;
    };
    let next = read(0);
    for (let at = PIECE_BYTES; next !== undefined; at += PIECE_BYTES) {
      this.#signal?.throwIfAborted();
      const bytes = await next;
      next = read(at);
      yield bytes;
    }
  }

  #zeroBytes(length: number): Uint8Array {
    this.#zeros ??= new Uint8Array(PIECE_BYTES);
    return this.#zeros.subarray(0, length);
  }

  async #read(source: ByteSource, start: number, length: number): Promise<Uint8Array> {
    if (source.readInto === undefined) return whole(await source.read(start, start + length, this.#signal), length);
    const turn = this.#turn;
    this.#turn = 1 - turn;
    if (this.#buffers[turn]!.length < length) this.#buffers[turn] = new Uint8Array(length);
    const target = this.#buffers[turn]!.subarray(0, length);
    const filled = await source.readInto(target, start, this.#signal);
    return whole(target.subarray(0, filled), length);
  }
}

/** What follows would stand in the wrong place behind fewer bytes. */
function whole(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length < length) throw new Error("The file became shorter while it was read.");
  return bytes;
}
