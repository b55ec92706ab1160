/** A file on disk as a source of bytes: positional reads of an open descriptor, never the whole file. */
import { read, readSync } from "node:fs";
import { promisify } from "node:util";
import type { ByteSource } from "../core/index.ts";

const readAt = promisify(read);

/** One read call of the system takes less than 2 GiB. */
const MOST_READ = 1024 * 1024 * 1024;

/** Reads of this size come out of the cache of the system faster than a thread can be asked for them. Bytes. */
const SMALL_READ = 64 * 1024;
const GRAIN = 4096;

/** `size` is taken once: a file that grows afterwards keeps its size here, one that shrinks ends early. */
export function fileSource(descriptor: number, size: number): ByteSource {
  /** As far as the file goes. */
  async function fill(target: Uint8Array, from: number, signal: AbortSignal | undefined): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      signal?.throwIfAborted();
      const length = Math.min(target.length - filled, MOST_READ);
      const bytesRead = length <= SMALL_READ ? readSync(descriptor, target, filled, length, from + filled) : (await readAt(descriptor, target, filled, length, from + filled)).bytesRead;
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }
  return {
    size,
    grain: GRAIN,
    async read(start, end, signal) {
      const from = Math.min(Math.max(0, start), size);
      const bytes = new Uint8Array(Math.min(Math.max(from, end), size) - from);
      const filled = await fill(bytes, from, signal);
      return filled === bytes.length ? bytes : bytes.subarray(0, filled);
    },
    async readInto(target, start, signal) {
      const from = Math.min(Math.max(0, start), size);
      return await fill(target.subarray(0, size - from), from, signal);
    },
  };
}
