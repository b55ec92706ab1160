/** Places of one byte pattern in a block. */
import { Verifier, type BytePattern } from "./byte-pattern.ts";
import { ShiftAnd } from "./shift-and.ts";
import { planWords, scanWords2, scanWords4, type WordPlan } from "./word-plan.ts";

/** Comparisons in vain that are allowed for each byte passed over, and at the start, before the slow and steady search takes over. */
const WORK_PER_BYTE = 4;
const WORK_AT_START = 4096;
/** Bytes that it searches before the quick test gets another try. */
const STEADY_BYTES = 65_536;

/** The bytes of a block as aligned words of this machine. */
export class WordView {
  readonly bytes: Uint8Array;
  /** Index of the byte with which the words begin. */
  readonly lead: number;
  readonly words2: Uint16Array;
  readonly words4: Int32Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.lead = Math.min(bytes.length, -bytes.byteOffset & 3);
    const start = bytes.byteOffset + this.lead;
    const rest = bytes.length - this.lead;
    this.words2 = new Uint16Array(bytes.buffer, this.lead === bytes.length ? 0 : start, rest >> 1);
    this.words4 = new Int32Array(bytes.buffer, this.lead === bytes.length ? 0 : start, rest >> 2);
  }
}

export class ByteSearch {
  readonly length: number;
  readonly #pattern: BytePattern;
  readonly #plan: WordPlan;
  readonly #verifier: Verifier;
  /** Bytes that fit no place of the pattern: none that reaches over one of them can match. */
  readonly #foreign: Uint8Array;
  #steady: ShiftAnd | undefined;

  constructor(pattern: BytePattern) {
    this.length = pattern.values.length;
    this.#pattern = pattern;
    this.#plan = planWords(pattern);
    this.#verifier = new Verifier(pattern);
    this.#foreign = new Uint8Array(256).fill(1);
    for (let byte = 0; byte < 256; byte++) {
      if (pattern.values.some((value, index) => (byte & pattern.masks[index]!) === value)) this.#foreign[byte] = 0;
    }
  }

  standsAt(bytes: Uint8Array, at: number): boolean {
    return at >= 0 && at + this.length <= bytes.length && this.#verifier.fits(bytes, at);
  }

  /** First place in [from, limit) where the pattern stands whole in the bytes, or -1. */
  next(view: WordView, from: number, limit: number): number {
    const { bytes } = view;
    const end = Math.min(limit, bytes.length - this.length + 1);
    const verifier = this.#verifier;
    let at = from;
    while (at < end) {
      const allowed = verifier.work + WORK_AT_START - WORK_PER_BYTE * at;
      const stop = this.#quick(view, at, end, (place) => verifier.work <= allowed + WORK_PER_BYTE * place);
      if (stop.found) return stop.at;
      if (stop.at >= end) return -1;
      const until = Math.min(end, stop.at + STEADY_BYTES);
      this.#steady ??= new ShiftAnd(this.#pattern);
      const found = this.#steady.next(bytes, stop.at, until, (place) => verifier.fits(bytes, place));
      if (found >= 0) return found;
      at = until;
    }
    return -1;
  }

  /** The next place, or where to go on because the work was no longer allowed. */
  #quick(view: WordView, from: number, end: number, mayGoOn: (at: number) => boolean): { at: number; found: boolean } {
    const { bytes, lead } = view;
    const { width, first } = this.#plan;
    const verifier = this.#verifier;
    const count = width === 4 ? view.words4.length : view.words2.length;
    // Word k tells of the places lead + k * width - first - offset; those before the first word and behind the last one are tried one by one.
    const wordsBegin = Math.min(end, lead - first - width + 1);
    const wordsEnd = Math.min(end, lead + count * width - first - width + 1);
    let at = from;
    for (; at < wordsBegin; at++) if (verifier.fits(bytes, at)) return { at, found: true };
    if (at < wordsEnd) {
      const wordOf = (place: number): number => (place + first - lead + width - 1) >> (width >> 1);
      const lastWord = wordOf(wordsEnd - 1);
      let word = wordOf(at);
      while (word <= lastWord) {
        word = width === 4 ? scanWords4(view.words4, word, lastWord + 1, this.#plan) : scanWords2(view.words2, word, lastWord + 1, this.#plan);
        if (word > lastWord) break;
        const highest = lead + word * width - first;
        for (let place = Math.max(at, highest - width + 1); place <= highest && place < wordsEnd; place++) {
          if (verifier.fits(bytes, place)) return { at: place, found: true };
          if (verifier.misfit >= 0 && this.#foreign[bytes[verifier.misfit]!] === 1) place = Math.max(place, verifier.misfit);
          at = place + 1;
        }
        if (!mayGoOn(at)) return { at: Math.max(at, highest + 1), found: false };
        word = Math.max(word + 1, wordOf(at));
      }
      at = Math.max(at, wordsEnd);
    }
    for (; at < end; at++) if (verifier.fits(bytes, at)) return { at, found: true };
    return { at: end, found: false };
  }
}
