/** Decoders of Node, which are faster than the built-in ones. */
import { createGunzip } from "node:zlib";
import type { ArchiveOptions, Decoder } from "../core/index.ts";

/** Output in pieces of this size. Each is new memory until it is collected, so more is not faster. Bytes. */
const PIECE_BYTES = 256 * 1024;

/**
 * zlib inflates on threads of its own while this one writes. Anything out of the ordinary is `damage`: then the built-in
 * decoder goes over the data again and says exactly what is wrong, or that nothing is.
 */
export const nodeGunzip: Decoder = async function* decode(chunks) {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  const medium: { error?: unknown } = {};
  let fed = 0;
  const feed = (async (): Promise<void> => {
    try {
      for await (const chunk of chunks) {
        fed += chunk.length;
        if (gunzip.destroyed) return;
        await written(gunzip, chunk);
      }
      gunzip.end();
    } catch (error) {
      medium.error = error;
      gunzip.destroy();
    }
  })();
  let damage: string | undefined;
  const pieces = gunzip[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        damage = error instanceof Error ? error.message : String(error);
        return { done: true, value: undefined } as const;
      });
      if (next.done === true) break;
      yield next.value;
    }
  } finally {
    gunzip.destroy();
    await feed;
  }
  if ("error" in medium) throw medium.error;
  // zlib stops quietly at what is no further member: whether that is padding, the exact decoder finds out.
  if (damage === undefined && gunzip.bytesWritten < fed) damage = "bytes follow the compressed data";
  return damage === undefined ? {} : { damage };
};

/** Until the chunk has been read, and its memory may be used again, or the decoder has stopped. */
async function written(gunzip: ReturnType<typeof createGunzip>, chunk: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      gunzip.off("close", done);
      resolve();
    };
    gunzip.on("close", done);
    gunzip.write(chunk, done);
  });
}

export const nodeCodecs: NonNullable<ArchiveOptions["codecs"]> = { gzip: nodeGunzip };
