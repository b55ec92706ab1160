import type { ByteSource } from "../bytes/source.ts";
import type { ScratchFile, ScratchStore } from "./scratch.ts";

/** Small pieces are gathered to writes of this size: browsers write 128 KiB at a time at a third of the speed. Bytes. */
const GATHER_BYTES = 2 * 1024 * 1024;
/** Pieces of at least this size are written as they are when nothing was gathered before them. Bytes. */
const DIRECT_BYTES = 256 * 1024;

/**
 * Writes to scratch space while the next bytes are being made: one write is under way, the caller waits only when the next
 * is due. A store that is full or forbidden is no exception here: `failure` says so, and what was meant for it is refused.
 */
export class ScratchWriter {
  /** Bytes taken; where the next ones will stand in the file. */
  size = 0;
  /** A sentence, once the store has failed. */
  failure: string | undefined;
  readonly #store: ScratchStore;
  #file: ScratchFile | undefined;
  #gathered: Uint8Array | undefined;
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  /** No more is written, and no file is made. */
  #isClosed = false;

  constructor(store: ScratchStore) {
    this.#store = store;
  }

  /** Take bytes, which must stay as they are until they are `settled`. A promise when the caller has to wait for space. */
  append(bytes: Uint8Array): Promise<void> | undefined {
    this.size += bytes.length;
    if (this.#filled === 0 && bytes.length >= DIRECT_BYTES) return this.#write(bytes);
    if (this.#filled + bytes.length > GATHER_BYTES) return this.#flushAnd(bytes);
    this.#gathered ??= new Uint8Array(GATHER_BYTES);
    this.#gathered.set(bytes, this.#filled);
    this.#filled += bytes.length;
    return undefined;
  }

  async #flushAnd(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    if (bytes.length >= DIRECT_BYTES) return await this.#write(bytes);
    this.size -= bytes.length;
    await this.append(bytes);
  }

  async #flush(): Promise<void> {
    if (this.#filled === 0) return;
    const gathered = this.#gathered!.subarray(0, this.#filled);
    this.#gathered = undefined;
    this.#filled = 0;
    await this.#write(gathered);
  }

  /** Waits for the write before this one, and not for this one. */
  async #write(bytes: Uint8Array): Promise<void> {
    await this.#writing;
    this.#writing = this.#append(bytes);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (this.failure !== undefined) return;
    if (this.#isClosed) {
      this.failure = "the archive was closed.";
      return;
    }
    try {
      this.#file ??= await this.#store.create();
      await this.#file.append(bytes);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  /** What was taken is written or copied: its memory may be used again. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** All that was taken is written, or `failure` is set. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#writing;
  }

  /** What reached the file. */
  source(): ByteSource | undefined {
    return this.#file?.source();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }
}
