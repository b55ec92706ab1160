/**
 * Bytes that follow each other without a gap, of which a window is in memory. Index i of the window is the byte at position
 * `position + i`; positions are congruent modulo 8 to addresses, and the window is aligned in memory as its bytes are.
 */
import type { Run } from "./read-ahead.ts";

/** Where a part of the stretch comes from. */
interface Segment<R extends Run> {
  /** Of its first byte in the stretch. */
  readonly position: number;
  readonly run: R;
  /** Of its first byte in the run. */
  readonly offset: number;
}

export class Stretch<R extends Run> {
  position = 0;
  /** Index of the first byte not searched yet. */
  from = 0;
  readonly #buffer: Uint8Array;
  /** Bytes of the window in the buffer. */
  #low = 0;
  #high = 0;
  #segments: Segment<R>[] = [];

  /** `capacity` in bytes: what a window can hold. */
  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity + 8);
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#low, this.#high);
  }

  get length(): number {
    return this.#high - this.#low;
  }

  get room(): number {
    return this.#buffer.length - this.#high;
  }

  begin(address: bigint): void {
    this.#low = Number(address & 7n);
    this.#high = this.#low;
    this.position = this.#low;
    this.from = 0;
    this.#segments = [];
  }

  /** There must be room. */
  append(run: R, offset: number, bytes: Uint8Array): void {
    const position = this.position + this.length;
    const last = this.#segments.at(-1);
    if (last === undefined || last.run !== run || last.offset + position - last.position !== offset) this.#segments.push({ position, run, offset });
    this.#buffer.set(bytes, this.#high);
    this.#high += bytes.length;
  }

  /** Lets go of the bytes before an index, and of what is known of them but for the segment with the position `pending`. */
  forget(index: number, pending: number | undefined): void {
    const start = this.#low + index;
    const shift = start & ~7;
    if (shift === 0) return;
    this.#buffer.copyWithin(0, shift, this.#high);
    this.#low = start - shift;
    this.#high -= shift;
    this.position += index;
    this.from -= index;
    const first = this.#segmentAt(this.position);
    if (first === 0) return;
    const kept = pending === undefined || pending >= this.position ? [] : [this.#segments[this.#segmentAt(pending)]!];
    if (kept[0] === this.#segments[first]) kept.pop();
    this.#segments = [...kept, ...this.#segments.slice(first)];
  }

  /** The run and the offset in it of the byte at a position that was not let go of. */
  placeOf(position: number): { readonly run: R; readonly offset: number } {
    const { run, offset, position: start } = this.#segments[this.#segmentAt(position)]!;
    return { run, offset: offset + position - start };
  }

  #segmentAt(position: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle]!.position <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
