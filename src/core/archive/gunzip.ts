/**
 * Inflate a gzip file with the platform's decoder into chunks, without one contiguous copy.
 * Damage is not fatal: what came out before it is kept. The amount is limited, since a small file can inflate to any size.
 */
import { chunkSource, type ByteSource } from "../bytes/source.ts";
import type { OnProgress } from "../inspector.ts";

export interface Inflated {
  readonly source: ByteSource;
  readonly problem?: { readonly code: "gzip.damaged" | "gzip.limit" | "gzip.trailing"; readonly message: string };
}

const READ_BYTES = 1024 * 1024;

/** Bytes at the end of the file that are handed over in small parts. */
const TAIL_BYTES = 4096;

/**
 * The decoder drops what it made of a part in which it meets an error, bytes after the compressed data included. So the
 * end of the file goes to it in single bytes: at most one is lost.
 */
function* parts(piece: Uint8Array, isLast: boolean): Generator<Uint8Array> {
  const tail = isLast ? Math.max(0, piece.length - TAIL_BYTES) : piece.length;
  if (tail > 0) yield piece.subarray(0, tail);
  for (let at = tail; at < piece.length; at++) yield piece.subarray(at, at + 1);
}

/** Whether the length that stands at the end of a gzip member is what came out: then only bytes after it are wrong. */
async function endsWhole(source: ByteSource, inflated: number): Promise<boolean> {
  const tail = await source.read(Math.max(0, source.size - TAIL_BYTES), source.size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = 0; at + 4 <= tail.length; at++) if (view.getUint32(at, true) === inflated % 0x1_0000_0000) return true;
  return false;
}

export async function isGzip(source: ByteSource): Promise<boolean> {
  const head = await source.read(0, 3);
  return head.length === 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

export async function gunzip(source: ByteSource, limit: number, onProgress: OnProgress, signal?: AbortSignal): Promise<Inflated> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stop = { full: false };

  const feed = (async (): Promise<string | undefined> => {
    try {
      for (let at = 0; at < source.size && !stop.full; at += READ_BYTES) {
        signal?.throwIfAborted();
        onProgress({ phase: "inflating", done: at, total: source.size });
        const piece = await source.read(at, at + READ_BYTES, signal);
        for (const part of parts(piece, at + piece.length >= source.size)) {
          await writer.ready;
          // Sources hand out ordinary buffers; only the type leaves shared memory open.
          await writer.write(part as Uint8Array<ArrayBuffer>);
        }
      }
      await writer.close();
      return undefined;
    } catch (error) {
      // The decoder has seen damage, or the reader below has stopped: both show up there.
      await writer.abort(error).catch(() => undefined);
      return error instanceof Error ? error.message : String(error);
    }
  })();

  let damage: string | undefined;
  for (;;) {
    let next: Awaited<ReturnType<typeof reader.read>>;
    try {
      next = await reader.read();
    } catch (error) {
      damage = error instanceof Error ? error.message : String(error);
      break;
    }
    if (next.done || next.value === undefined) break;
    chunks.push(next.value);
    size += next.value.length;
    if (size > limit) {
      stop.full = true;
      await reader.cancel().catch(() => undefined);
      break;
    }
  }
  const fed = await feed;
  signal?.throwIfAborted();
  const inflated = chunkSource(chunks);
  if (stop.full) return { source: inflated, problem: { code: "gzip.limit", message: `The image inflates to more than ${limit} bytes; ${size} of them are shown.` } };
  const cause = damage ?? fed;
  if (cause !== undefined && (await endsWhole(source, size))) {
    return { source: inflated, problem: { code: "gzip.trailing", message: `Bytes follow the compressed data; ${size} bytes came out of it.` } };
  }
  if (cause !== undefined) {
    return { source: inflated, problem: { code: "gzip.damaged", message: `The compressed data is damaged or cut off; ${size} bytes came out of it.` } };
  }
  return { source: inflated };
}
