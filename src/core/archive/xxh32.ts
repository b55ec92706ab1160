/** xxHash of 32 bits with seed 0, the checksum of LZ4 frames (xxHash specification, "XXH32 algorithm"). */

import { wordAt } from "../bytes/word.ts";

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;
const STRIPE = 16;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, P2)) | 0, 13), P1);
}

/** Takes bytes in any portions. */
export class Xxh32 {
  #length = 0;
  #a = (P1 + P2) | 0;
  #b = P2 | 0;
  #c = 0;
  #d = -P1 | 0;
  /** Bytes that make no whole stripe yet. */
  readonly #rest = new Uint8Array(STRIPE);
  #restLength = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(STRIPE - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < STRIPE) return;
      this.#stripes(this.#rest, 0);
      this.#restLength = 0;
    }
    at = this.#stripes(bytes, at);
    this.#rest.set(bytes.subarray(at));
    this.#restLength = bytes.length - at;
  }

  /** Take whole stripes from `at` on; where they end. */
  #stripes(bytes: Uint8Array, at: number): number {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    let from = at;
    for (; from + STRIPE <= bytes.length; from += STRIPE) {
      a = round(a, wordAt(bytes, from));
      b = round(b, wordAt(bytes, from + 4));
      c = round(c, wordAt(bytes, from + 8));
      d = round(d, wordAt(bytes, from + 12));
    }
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
    return from;
  }

  /** Unsigned. More bytes may follow. */
  digest(): number {
    let hash = this.#length >= STRIPE ? (rotate(this.#a, 1) + rotate(this.#b, 7) + rotate(this.#c, 12) + rotate(this.#d, 18)) | 0 : P5;
    hash = (hash + this.#length) | 0;
    let at = 0;
    for (; at + 4 <= this.#restLength; at += 4) hash = Math.imul(rotate((hash + Math.imul(wordAt(this.#rest, at), P3)) | 0, 17), P4);
    for (; at < this.#restLength; at++) hash = Math.imul(rotate((hash + Math.imul(this.#rest[at]!, P5)) | 0, 11), P1);
    hash = Math.imul(hash ^ (hash >>> 15), P2);
    hash = Math.imul(hash ^ (hash >>> 13), P3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

export function xxh32(bytes: Uint8Array): number {
  const sum = new Xxh32();
  sum.update(bytes);
  return sum.digest();
}
