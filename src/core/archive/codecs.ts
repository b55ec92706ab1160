/** Which decoder reads which compression, and the compressed file as chunks for it. */
import type { ByteSource } from "../bytes/source.ts";
import type { OnProgress } from "../inspector.ts";
import type { Decoder } from "./decoder.ts";
import { exactGunzip, exactly, platformGunzip } from "./gzip.ts";
import { unlz4 } from "./lz4.ts";
import type { Compression } from "./opened-archive.ts";

/** Large enough that few reads are made, small enough that progress and cancel are prompt. Bytes. */
const CHUNK_BYTES = 2 * 1024 * 1024;

/**
 * A decoder for what `compression` says. `platform` has faster ones for some; where they end in damage, the built-in one
 * goes over the data again and decides. The rarer formats are loaded when they are needed.
 */
export async function decoderFor(compression: Exclude<Compression, "none">, platform: Partial<Record<Compression, Decoder>> = {}): Promise<Decoder> {
  const given = platform[compression];
  switch (compression) {
    case "gzip":
      return exactly(given ?? platformGunzip, exactGunzip);
    case "zstd": {
      const { zstdDecoder } = await import("./zstd.ts");
      return given === undefined ? await zstdDecoder() : exactly(given, await zstdDecoder());
    }
    case "bzip2": {
      const { bunzip2 } = await import("./bzip2.ts");
      return given === undefined ? bunzip2 : exactly(given, bunzip2);
    }
    case "lz4":
      return given === undefined ? unlz4 : exactly(given, unlz4);
    case "xz": {
      const { unxz } = await import("./xz.ts");
      return given === undefined ? unxz : exactly(given, unxz);
    }
  }
}

/** Of three buffers one is with the decoder, one may be held by it from before, and one is being read into. */
const BUFFERS = 3;

/**
 * A file in chunks, read one ahead of the decoder. Each iteration begins at the start; an abort ends it by throwing. A chunk
 * stays as it is until the next but one is asked for: the buffers go round, since new memory costs as much as reading.
 */
export function compressedChunks(source: ByteSource, onProgress: OnProgress, signal?: AbortSignal, chunkBytes = CHUNK_BYTES): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      const buffers: Uint8Array[] = [];
      let count = 0;
      const readAt = (at: number): Promise<Uint8Array> => {
        const reading = source.readInto === undefined ? source.read(at, at + chunkBytes, signal) : readInto(at, (buffers[count++ % BUFFERS] ??= new Uint8Array(Math.min(chunkBytes, source.size))));
        // The one read ahead may fail when nobody waits for it any more; whoever waits still gets the failure.
        reading.catch(() => undefined);
        return reading;
      };
      const readInto = async (at: number, buffer: Uint8Array): Promise<Uint8Array> => buffer.subarray(0, await source.readInto!(buffer, at, signal));
      let ahead = readAt(0);
      for (let at = 0; at < source.size; ) {
        const chunk = await ahead;
        signal?.throwIfAborted();
        onProgress({ phase: "inflating", done: at, total: source.size });
        if (chunk.length === 0) return;
        at += chunk.length;
        if (at < source.size) ahead = readAt(at);
        yield chunk;
      }
    },
  };
}
