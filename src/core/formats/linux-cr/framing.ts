/** Where records begin and end: headers, plausible places, and the search for the next one after damage. */
import type { Window } from "../../bytes/window.ts";
import type { OnProgress } from "../../inspector.ts";
import type { Dialect } from "./dialect.ts";

/** Records that must follow each other before a place counts as readable again. */
const CHAIN = 4;
/** Bytes searched between two looks at the signal. */
const SEARCH_STEP = 1024 * 1024;
const PROGRESS_BYTES = 8 * 1024 * 1024;

export interface Header {
  readonly type: number;
  /** Bytes, header included; may be nonsense. */
  readonly length: number;
}

export interface LoadOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export class Framing {
  readonly #dialect: Dialect;
  readonly #window: Window;
  readonly #options: LoadOptions;

  constructor(dialect: Dialect, window: Window, options: LoadOptions) {
    this.#dialect = dialect;
    this.#window = window;
    this.#options = options;
  }

  /** Header at a position whose bytes are in the window. */
  header(position: number): Header {
    const window = this.#window;
    const { narrow, headerSize, lengthCountsHeader } = this.#dialect;
    if (narrow) return { type: window.s16(position), length: window.s16(position + 2) + headerSize };
    const length = window.u32(position + 4);
    return { type: window.u32(position), length: lengthCountsHeader ? length : length + headerSize };
  }

  /** Bring bytes into the window; false when the file ends before them. */
  async need(position: number, length: number): Promise<boolean> {
    if (this.#window.has(position, length)) return true;
    if (position + length > this.#window.size) return false;
    await this.#window.load(position, length, this.#options.signal);
    return this.#window.has(position, length);
  }

  /** A length that no kind of the record has: either the length is wrong, or the record is. */
  isSuspicious(name: string, length: number): boolean {
    return !this.#dialect.kinds.hasSize(name, length);
  }

  /** Whether `count` records in a row can be read at a place; the end of the file counts as a sound place. */
  async isPlausible(position: number, count: number): Promise<boolean> {
    const { headerSize, kinds } = this.#dialect;
    let at = position;
    for (let index = 0; index < count; index++) {
      if (at === this.#window.size) return true;
      if (!(await this.need(at, headerSize))) return false;
      const { type, length } = this.header(at);
      const name = kinds.nameOf(type);
      if (name === undefined || length < headerSize || at + length > this.#window.size) return false;
      if (!kinds.hasSize(name, length)) return false;
      at += length;
    }
    return true;
  }

  /** Next place from `from` where several records follow each other. */
  async search(from: number): Promise<number | undefined> {
    const { headerSize, kinds } = this.#dialect;
    const window = this.#window;
    const { signal, onProgress } = this.#options;
    for (let at = from; at + headerSize <= window.size; at++) {
      if ((at - from) % SEARCH_STEP === 0) {
        signal?.throwIfAborted();
        if (at - from >= PROGRESS_BYTES) onProgress?.({ phase: "searching for the next record", done: at, total: window.size });
      }
      if (!window.has(at, headerSize)) await window.load(at, headerSize, signal);
      const { type, length } = this.header(at);
      const name = kinds.nameOf(type);
      // Only a fixed length is evidence; a variable one is nearly any number.
      if (name === undefined || length < headerSize || at + length > window.size) continue;
      if (kinds.sizeOf(name) < 0 || !kinds.hasSize(name, length)) continue;
      const { start, end } = window;
      if (await this.isPlausible(at, CHAIN)) return at;
      // A look far ahead may have moved the window; come back for the next byte.
      if (window.start !== start || window.end !== end) await window.load(at, headerSize, signal);
    }
    return undefined;
  }
}
