/**
 * The search for bytes on which the quick test fails: where nearly every place looks like a match (a pattern of few
 * different bytes in memory that repeats them), comparing at each place costs the length of the pattern.
 *
 * Shift-and (Baeza-Yates and Gonnet, "A new approach to text searching", 1992): bit i of the state says that the first i + 1
 * bytes of the pattern stand before the current place. The time for a byte does not depend on what the bytes are.
 */
import type { BytePattern } from "./byte-pattern.ts";

/** Longest part of a pattern that is followed; 32 bytes take one machine word each byte, 128 four. */
const MOST = 128;

export class ShiftAnd {
  /** Bytes at the start of the pattern that it tells for sure; the rest is up to the caller. */
  readonly length: number;
  readonly #words: number;
  readonly #table: Int32Array;

  constructor({ values, masks }: BytePattern) {
    this.length = Math.min(values.length, MOST);
    this.#words = Math.ceil(this.length / 32);
    this.#table = new Int32Array(256 * this.#words);
    for (let index = 0; index < this.length; index++) {
      for (let byte = 0; byte < 256; byte++) {
        if ((byte & masks[index]!) === values[index]!) this.#table[byte * this.#words + (index >> 5)]! |= 1 << (index & 31);
      }
    }
  }

  /** First place in [from, to) at which the start of the pattern stands and `accept` agrees, or -1. */
  next(bytes: Uint8Array, from: number, to: number, accept: (at: number) => boolean): number {
    const words = this.#words;
    const table = this.#table;
    const state = new Int32Array(words);
    const last = 1 << ((this.length - 1) & 31);
    const end = Math.min(bytes.length, to + this.length - 1);
    for (let at = from; at < end; at++) {
      const row = bytes[at]! * words;
      let carry = 1;
      for (let word = 0; word < words; word++) {
        const old = state[word]!;
        state[word] = ((old << 1) | carry) & table[row + word]!;
        carry = old >>> 31;
      }
      if ((state[words - 1]! & last) !== 0 && accept(at - this.length + 1)) return at - this.length + 1;
    }
    return -1;
  }
}
