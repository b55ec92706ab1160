import { clampRange, type ByteSource } from "./source.ts";

const BLOCK_BYTES = 256 * 1024;
const MAX_BLOCKS = 64;

/**
 * Keep recently read blocks, so that clicking about in one place costs one read of the medium.
 * Bounded by bytes (16 MiB by default); the least recently used block goes first. Requests of a block or more pass
 * through: they come from a pass over the file, which would push everything else out and never come back.
 */
export function blockCache(source: ByteSource, blockBytes = BLOCK_BYTES, maxBlocks = MAX_BLOCKS): ByteSource {
  const blocks = new Map<number, Promise<Uint8Array>>();

  function block(index: number): Promise<Uint8Array> {
    const known = blocks.get(index);
    if (known !== undefined) {
      blocks.delete(index);
      blocks.set(index, known);
      return known;
    }
    // No signal: the block may serve another caller after the first one has given up.
    const loading = source.read(index * blockBytes, (index + 1) * blockBytes);
    blocks.set(index, loading);
    loading.catch(() => blocks.delete(index));
    if (blocks.size > maxBlocks) {
      for (const oldest of blocks.keys()) {
        blocks.delete(oldest);
        break;
      }
    }
    return loading;
  }

  return {
    size: source.size,
    async read(start, end, signal) {
      const [from, to] = clampRange(source.size, start, end);
      if (from === to) return new Uint8Array(0);
      if (to - from >= blockBytes) return source.read(from, to, signal);
      const first = Math.floor(from / blockBytes);
      const last = Math.floor((to - 1) / blockBytes);
      if (first === last) {
        const bytes = await block(first);
        signal?.throwIfAborted();
        return bytes.subarray(from - first * blockBytes, to - first * blockBytes);
      }
      const loading: Promise<Uint8Array>[] = [];
      for (let index = first; index <= last; index++) loading.push(block(index));
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
