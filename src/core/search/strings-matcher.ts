/**
 * Matcher for runs of printable characters, as GNU strings finds them: the longest runs, of at least `min` characters, at any
 * address; behind a run that is too short it goes on where that ended. A run that goes over many blocks is one match; its length is told in full, its text up to `MAX_TEXT` bytes.
 */
import { alphabetOf, type Alphabet } from "./characters.ts";
import { MAX_TEXT, type Block, type Finder, type Matcher, type OnMatch, type Refusal } from "./matcher.ts";
import { decodeText, type TextEncoding } from "./text-pattern.ts";

const MOST = 65_536;

export function stringsMatcher(min: number, encoding: "ascii" | TextEncoding): Matcher | Refusal {
  if (!(Number.isInteger(min) && min >= 1 && min <= MOST)) return { why: `The least number of characters must be from 1 to ${MOST}.` };
  const alphabet = alphabetOf(encoding);
  // A character of UTF-8 has up to 4 bytes. Nothing is looked at twice, so a run needs no more in sight than that.
  return { before: 0, overlap: 3, start: () => new StringsFinder(min, encoding, alphabet) };
}

class StringsFinder implements Finder {
  readonly #min: number;
  readonly #encoding: "ascii" | TextEncoding;
  readonly #alphabet: Alphabet;
  /** Position of the run that goes on, -1 for none, and what is known of it. */
  #start = -1;
  #characters = 0;
  readonly #head = new Uint8Array(MAX_TEXT);
  #headLength = 0;

  constructor(min: number, encoding: "ascii" | TextEncoding, alphabet: Alphabet) {
    this.#min = min;
    this.#encoding = encoding;
    this.#alphabet = alphabet;
  }

  get pending(): number | undefined {
    return this.#start < 0 ? undefined : this.#start;
  }

  find(block: Block, onMatch: OnMatch): number {
    const { bytes, position, limit, atEnd } = block;
    const { over, skip, single } = this.#alphabet;
    let at = block.from;
    while (at < limit) {
      if (this.#start < 0) {
        at = skip(bytes, at, this.#min);
        if (at >= limit) break;
      }
      const size = over(bytes, at);
      if (size === 0) {
        if (this.#start >= 0 && !this.#close(block, at, onMatch)) return at;
        at++;
        continue;
      }
      if (this.#start < 0) this.#start = position + at;
      this.#characters++;
      at += size;
      const begin = at;
      while (at < limit && single[bytes[at]!] === 1) at++;
      this.#characters += at - begin;
    }
    if (this.#start >= 0) {
      if (atEnd) this.#close(block, at, onMatch);
      else this.#keep(block, at);
    }
    return at;
  }

  #close(block: Block, end: number, onMatch: OnMatch): boolean {
    const start = this.#start;
    const length = block.position + end - start;
    const isLong = this.#characters >= this.#min;
    if (isLong) this.#keep(block, end);
    this.#start = -1;
    this.#characters = 0;
    const kept = this.#headLength;
    this.#headLength = 0;
    if (!isLong) return true;
    const whole = this.#encoding === "utf-8" && kept < length ? wholeCharacters(this.#head, kept) : kept;
    const text = decodeText(this.#head.subarray(0, whole), this.#encoding === "ascii" ? "utf-8" : this.#encoding);
    return onMatch({ at: start - block.position, length, text, ...(whole < length ? { cut: true } : {}) });
  }

  /** Takes over the bytes of the run up to `end`, as far as the text goes. */
  #keep({ bytes, position }: Block, end: number): void {
    const from = this.#start + this.#headLength - position;
    const part = bytes.subarray(from, Math.min(end, from + MAX_TEXT - this.#headLength));
    this.#head.set(part, this.#headLength);
    this.#headLength += part.length;
  }
}

/** Length without a character of UTF-8 that is cut off at the end. */
function wholeCharacters(bytes: Uint8Array, length: number): number {
  let first = length - 1;
  while (first > 0 && (bytes[first]! & 0xc0) === 0x80) first--;
  const lead = bytes[first]!;
  const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return first + size > length ? first : length;
}
