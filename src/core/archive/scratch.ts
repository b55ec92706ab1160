/** Space outside memory for what inflates out of an archive. The platform provides it: a file of the system or of the browser. */
import type { ByteSource } from "../bytes/source.ts";

export interface ScratchStore {
  /** A new, empty file, private to this program. Rejects with a sentence when there is no space for one. */
  create(): Promise<ScratchFile>;
}

/** A file that only grows at its end. */
export interface ScratchFile {
  /** Add to the end; the caller waits for one call before the next and leaves `bytes` alone meanwhile. Rejects with a sentence when the space is used up. */
  append(bytes: Uint8Array): Promise<void>;
  /** Bytes appended so far. */
  readonly size: number;
  /** What was appended so far. */
  source(): ByteSource;
  /** The file is gone afterwards. */
  close(): Promise<void>;
}
