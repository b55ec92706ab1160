import { clampRange, type ByteSource } from "./source.ts";

const BLOCK_BYTES = 256 * 1024;
const BUDGET_BYTES = 32 * 1024 * 1024;

interface Kept {
  readonly bytes: Promise<Uint8Array>;
  readonly size: number;
}

/** Recently read blocks of any number of sources, bounded together: a set may have thousands of files. */
export class BlockPool {
  readonly blockBytes: number;
  readonly #budget: number;
  #used = 0;
  /** The least recently used block first. */
  readonly #blocks = new Map<string, Kept>();
  #sources = 0;

  constructor(budgetBytes = BUDGET_BYTES, blockBytes = BLOCK_BYTES) {
    this.#budget = budgetBytes;
    this.blockBytes = blockBytes;
  }

  /** Names a new source. */
  enter(): number {
    return this.#sources++;
  }

  /** `size`: bytes of the blocks of this source. */
  block(id: number, index: number, source: ByteSource, size: number): Promise<Uint8Array> {
    const key = `${id} ${index}`;
    const known = this.#blocks.get(key);
    if (known !== undefined) {
      this.#blocks.delete(key);
      this.#blocks.set(key, known);
      return known.bytes;
    }
    const start = index * size;
    // No signal: the block may serve another caller after the first one has given up.
    const bytes = source.read(start, start + size);
    const kept = { bytes, size: Math.min(size, source.size - start) };
    this.#blocks.set(key, kept);
    this.#used += kept.size;
    // A read that failed must not be kept.
    bytes.catch(() => this.#drop(key, kept));
    for (const [oldest, old] of this.#blocks) {
      if (this.#used <= this.#budget || old === kept) break;
      this.#drop(oldest, old);
    }
    return bytes;
  }

  #drop(key: string, kept: Kept): void {
    if (this.#blocks.get(key) !== kept) return;
    this.#blocks.delete(key);
    this.#used -= kept.size;
  }
}

/**
 * Keep recently read blocks, so that clicking about in one place costs one read of the medium. Requests of a block or more
 * pass through: they come from a pass over the file, which would push everything else out and never come back.
 */
export function blockCache(source: ByteSource, pool = new BlockPool()): ByteSource {
  const blockBytes = Math.min(pool.blockBytes, source.grain ?? pool.blockBytes);
  const id = pool.enter();
  const { readInto } = source;
  return {
    size: source.size,
    // A pass over the file, like large reads.
    ...(readInto === undefined ? {} : { readInto: readInto.bind(source) }),
    async read(start, end, signal) {
      const [from, to] = clampRange(source.size, start, end);
      if (from === to) return new Uint8Array(0);
      if (to - from >= blockBytes) return source.read(from, to, signal);
      const first = Math.floor(from / blockBytes);
      const last = Math.floor((to - 1) / blockBytes);
      if (first === last) {
        const bytes = await pool.block(id, first, source, blockBytes);
        signal?.throwIfAborted();
        return bytes.subarray(from - first * blockBytes, to - first * blockBytes);
      }
      const loading: Promise<Uint8Array>[] = [];
      for (let index = first; index <= last; index++) loading.push(pool.block(id, index, source, blockBytes));
      const joined = new Uint8Array(to - from);
      let position = first * blockBytes;
      for (const bytes of await Promise.all(loading)) {
        const part = bytes.subarray(Math.max(0, from - position), Math.max(0, to - position));
        joined.set(part, Math.max(0, position - from));
        position += blockBytes;
      }
      signal?.throwIfAborted();
      return joined;
    },
  };
}
