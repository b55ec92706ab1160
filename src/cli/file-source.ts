/** A file on disk as a source of bytes: positional reads of an open descriptor, never the whole file. */
import { read } from "node:fs";
import { promisify } from "node:util";
import type { ByteSource } from "../core/index.ts";

const readAt = promisify(read);

/** One read call of the system takes less than 2 GiB. */
const MOST_READ = 1024 * 1024 * 1024;

/** `size` is taken once: a file that grows afterwards keeps its size here, one that shrinks ends early. */
export function fileSource(descriptor: number, size: number): ByteSource {
  return {
    size,
    async read(start, end, signal) {
      const from = Math.min(Math.max(0, start), size);
      const bytes = new Uint8Array(Math.min(Math.max(from, end), size) - from);
      let filled = 0;
      while (filled < bytes.length) {
        signal?.throwIfAborted();
        const length = Math.min(bytes.length - filled, MOST_READ);
        const { bytesRead } = await readAt(descriptor, bytes, filled, length, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled === bytes.length ? bytes : bytes.subarray(0, filled);
    },
  };
}
