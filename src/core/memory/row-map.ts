/**
 * Rows of a hex grid over a whole address space: a row for each stretch of `width` addresses that has bytes, and one row for
 * each run of addresses that has none. Prefix sums over the pieces lead from rows to addresses and back.
 */
import { ADDRESS_END, STRETCH, type AddressSpace, type SharedMemory, type SpaceRegion } from "./address-space.ts";

export class RowMap {
  readonly width: number;
  readonly total: number;
  /** First address of each block: for blocks with bytes, of the first byte. */
  readonly #starts: BigUint64Array;
  /** First row of each block. */
  readonly #rows: Float64Array;
  /** 1: has bytes. */
  readonly #hasBytes: Uint8Array;
  readonly #length: number;

  constructor(space: AddressSpace, width: number) {
    this.width = width;
    const mask = ~BigInt(width - 1);
    let starts = new BigUint64Array(64);
    let rows = new Float64Array(64);
    let kinds = new Uint8Array(64);
    let length = 0;
    let total = 0;
    let end = 0n;
    // What a folded run is: stretches that go on alike are one row, as they are one piece.
    let lastWhat = -1;
    let lastRegion: SpaceRegion | undefined;
    let lastShared: SharedMemory | undefined;
    let lastWhy = "";
    space.walk(0n, ADDRESS_END, (start, to, what, region, shared, runs, at) => {
      const hasBytes = what === STRETCH.image || what === STRETCH.parent;
      const why = what === STRETCH.lost ? `${runs!.depth(at)} ${runs!.why(at)}` : what === STRETCH.cut ? String(runs!.depth(at)) : "";
      end = to;
      if (hasBytes && length > 0 && kinds[length - 1] === 1) {
        // Goes on the block before, whatever file it stands in.
        total = rows[length - 1]! + rowsBetween(starts[length - 1]!, to, mask, width);
        return true;
      }
      if (!hasBytes && what === lastWhat && region === lastRegion && shared === lastShared && why === lastWhy && kinds[length - 1] === 0) return true;
      lastWhat = what;
      lastRegion = region;
      lastShared = shared;
      lastWhy = why;
      if (length === starts.length) {
        starts = grown(starts, new BigUint64Array(length * 2));
        rows = grown(rows, new Float64Array(length * 2));
        kinds = grown(kinds, new Uint8Array(length * 2));
      }
      starts[length] = start;
      rows[length] = total;
      kinds[length] = hasBytes ? 1 : 0;
      length++;
      total += hasBytes ? rowsBetween(start, to, mask, width) : 1;
      return true;
    });
    if (end !== ADDRESS_END) throw new Error("stretches do not tile the address space");
    this.#starts = starts;
    this.#rows = rows;
    this.#hasBytes = kinds;
    this.#length = length;
    this.total = total;
  }

  /** The row that shows an address. */
  rowOf(address: bigint): number {
    const block = last(this.#length, (at) => this.#starts[at]! <= address);
    if (this.#hasBytes[block] === 0) return this.#rows[block]!;
    return this.#rows[block]! + rowsBetween(this.#starts[block]!, address + 1n, ~BigInt(this.width - 1), this.width) - 1;
  }

  /** Address of the first byte of a row, which is a multiple of the width; for a folded run its first address. */
  at(row: number): { readonly address: bigint; readonly hasBytes: boolean } {
    const block = last(this.#length, (at) => this.#rows[at]! <= row);
    const start = this.#starts[block]!;
    if (this.#hasBytes[block] === 0) return { address: start, hasBytes: false };
    const first = start & ~BigInt(this.width - 1);
    return { address: first + BigInt(row - this.#rows[block]!) * BigInt(this.width), hasBytes: true };
  }
}

function rowsBetween(start: bigint, end: bigint, mask: bigint, width: number): number {
  return Number((end - 1n) / BigInt(width) - (start & mask) / BigInt(width)) + 1;
}

/** Last of `length` places for which something holds, which it does for all before. */
function last(length: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function grown<T extends BigUint64Array | Float64Array | Uint8Array>(before: T, after: T): T {
  after.set(before as never);
  return after;
}

