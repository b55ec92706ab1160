/** Checksums of the members that nobody has read in full: on demand, since it reads all of them. */
import type { OnProgress } from "../progress.ts";
import type { SetArchive } from "./file-set.ts";
import { RefusedBytes } from "../bytes/refused-bytes.ts";

/** Bytes of a read. */
const STRIDE = 1024 * 1024;

/** Read each member whose checksum was not compared yet, from its beginning to its end; the archives hold what is wrong with them. Rejects when aborted or when the medium fails. */
export async function compareChecksums(archives: readonly SetArchive[], onProgress: OnProgress, signal?: AbortSignal): Promise<void> {
  const members = archives.flatMap(({ opened }) => opened.members.filter(({ isCompared }) => isCompared?.() === false));
  const total = members.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const { size, source } of members) {
    try {
      for (let at = 0; at < source.size; at += STRIDE) {
        signal?.throwIfAborted();
        onProgress({ phase: "comparing checksums", done: done + at, total });
        await source.read(at, at + STRIDE, signal);
      }
    } catch (error) {
      // Contents that cannot be had are reported with the archive.
      if (!(error instanceof RefusedBytes)) throw error;
    }
    done += size;
  }
}
