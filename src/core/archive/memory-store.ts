import type { ByteSource } from "../bytes/source.ts";
import { clampRange } from "../bytes/source.ts";

/** Bytes of one block. Small enough that an archive of a few kilobytes costs little, large enough that most reads stay inside one. */
const BLOCK_BYTES = 256 * 1024;

/** Bytes that were kept in memory, one after another, copied into blocks of their own so that no large buffer stays for a few bytes of it. */
export class MemoryStore {
  size = 0;
  readonly #blocks: Uint8Array[] = [];

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const inBlock = this.size % BLOCK_BYTES;
      if (inBlock === 0) this.#blocks.push(new Uint8Array(BLOCK_BYTES));
      const part = bytes.subarray(at, at + BLOCK_BYTES - inBlock);
      this.#blocks.at(-1)!.set(part, inBlock);
      this.size += part.length;
      at += part.length;
    }
  }

  /** Bytes [start, end), shared with the store where they lie in one block. */
  read(start: number, end: number): Uint8Array {
    const [from, to] = clampRange(this.size, start, end);
    const first = Math.floor(from / BLOCK_BYTES);
    if (to - first * BLOCK_BYTES <= BLOCK_BYTES) {
      return this.#blocks[first]?.subarray(from - first * BLOCK_BYTES, to - first * BLOCK_BYTES) ?? new Uint8Array(0);
    }
    const joined = new Uint8Array(to - from);
    for (let at = from; at < to; ) {
      const index = Math.floor(at / BLOCK_BYTES);
      const part = this.#blocks[index]!.subarray(at - index * BLOCK_BYTES, to - index * BLOCK_BYTES);
      joined.set(part, at - from);
      at += part.length;
    }
    return joined;
  }

  source(): ByteSource {
    return { size: this.size, read: async (start, end) => this.read(start, end) };
  }
}
