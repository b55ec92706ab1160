/**
 * Where bytes come from. One small interface; behaviour (slices, caches, joining of chunks) comes in layers over it.
 */
export interface ByteSource {
  /** Bytes. Of compressed contents that are damaged, it is less as soon as the first of them were read. */
  readonly size: number;
  /** Bytes that a cache should read at once, where small reads are cheap; absent: a read costs much, however small. */
  readonly grain?: number;
  /** Bytes [start, end), clamped to the source. Rejects when aborted, when the medium fails, and with `RefusedBytes` where it has bytes that it cannot give. */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Bytes from `start` on into the whole of `target`, as far as the source goes; how many they were. For passes over many
   * gigabytes, which would otherwise spend most of their time on new memory. Absent where reading makes new memory anyway.
   */
  readInto?(target: Uint8Array, start: number, signal?: AbortSignal): Promise<number>;
}

/** Bounds of a request, clamped to a source of `size` bytes. */
export function clampRange(size: number, start: number, end: number): [start: number, end: number] {
  const from = Math.min(Math.max(0, start), size);
  return [from, Math.min(Math.max(from, end), size)];
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(start, end) {
      const [from, to] = clampRange(bytes.length, start, end);
      return bytes.subarray(from, to);
    },
  };
}

export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(start, end, signal) {
      const [from, to] = clampRange(blob.size, start, end);
      const buffer = await blob.slice(from, to).arrayBuffer();
      signal?.throwIfAborted();
      return new Uint8Array(buffer);
    },
  };
}

/**
 * Chunks that came one after another (an inflated stream, a pipe) as one source, without joining them:
 * a contiguous copy would need twice the memory.
 */
export function chunkSource(chunks: readonly Uint8Array[]): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const chunk of chunks) {
    starts.push(size);
    size += chunk.length;
  }
  const chunkAt = (position: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    size,
    async read(start, end) {
      const [from, to] = clampRange(size, start, end);
      if (from === to) return new Uint8Array(0);
      let index = chunkAt(from);
      const first = chunks[index]!;
      const offset = from - starts[index]!;
      if (offset + (to - from) <= first.length) return first.subarray(offset, offset + (to - from));
      const joined = new Uint8Array(to - from);
      let filled = 0;
      for (let at = from; at < to; index++) {
        const chunk = chunks[index]!;
        const part = chunk.subarray(at - starts[index]!, Math.min(chunk.length, to - starts[index]!));
        joined.set(part, filled);
        filled += part.length;
        at += part.length;
      }
      return joined;
    },
  };
}
