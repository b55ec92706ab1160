/**
 * A pagemap in memory: its entries as columns. Only entries with PRESENT own bytes in the pages file; those of parents and
 * lazy ones do not advance the position there.
 */
import { PE } from "./names.ts";

const FIRST = 256;

export class Pagemap {
  readonly file: number;
  /** Record of entry 0. */
  readonly firstRecord: number;
  /** Number in the name of the pages file; -1 when the head is missing. */
  readonly pagesId: number;
  length = 0;
  /** Addresses as two halves. */
  low = new Uint32Array(FIRST);
  high = new Uint32Array(FIRST);
  pages = new Float64Array(FIRST);
  flags = new Uint32Array(FIRST);
  /** Pages of the pages file that stand before the entry's own. */
  before = new Float64Array(FIRST);
  /** Pages that own bytes, so far. */
  stored = 0;
  /** First entry without pages or address: how many pages it had is not known. */
  #brokenAt = Infinity;

  constructor(file: number, firstRecord: number, pagesId: number) {
    this.file = file;
    this.firstRecord = firstRecord;
    this.pagesId = pagesId;
  }

  /** Make room for `more` further entries. */
  reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.low.length) return;
    const size = Math.max(wanted, this.low.length * 2);
    this.low = grown(this.low, new Uint32Array(size));
    this.high = grown(this.high, new Uint32Array(size));
    this.pages = grown(this.pages, new Float64Array(size));
    this.flags = grown(this.flags, new Uint32Array(size));
    this.before = grown(this.before, new Float64Array(size));
  }

  /** Append an entry; room must have been reserved. */
  add(low: number, high: number, pages: number, flags: number): void {
    const at = this.length++;
    this.low[at] = low;
    this.high[at] = high;
    this.pages[at] = pages;
    this.flags[at] = flags;
    this.before[at] = this.stored;
    if (!(pages > 0)) this.#brokenAt = Math.min(this.#brokenAt, at);
    if ((flags & PE.PRESENT) !== 0) this.stored += pages;
  }

  /** Whether the place of an entry in the pages file is uncertain: one before it is broken, and the sizes do not agree. */
  isShifted(at: number, pagesSize: number, pageSize: number): boolean {
    return at > this.#brokenAt && pagesSize !== this.stored * pageSize;
  }

  /** Address as a number: exact for every multiple of a page. */
  address(at: number): number {
    return this.high[at]! * 0x1_0000_0000 + this.low[at]!;
  }

  /** Address to the last digit, also where it is no multiple of a page. */
  exactAddress(at: number): bigint {
    return (BigInt(this.high[at]!) << 32n) | BigInt(this.low[at]!);
  }

  /** One past the last address. */
  endAddress(at: number, pageSize: number): number {
    return this.address(at) + this.pages[at]! * pageSize;
  }

  /** First entry that ends behind an address; the length when there is none. Entries must ascend. */
  firstBehind(address: number, pageSize: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.endAddress(middle, pageSize) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  /** Entry whose bytes hold a page of the pages file, or -1. */
  entryOfPage(page: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.before[middle]! <= page) low = middle;
      else high = middle - 1;
    }
    // Entries without bytes of their own stand at the same place as the next one that has some.
    while (low >= 0 && (this.flags[low]! & PE.PRESENT) === 0) low--;
    return low >= 0 && page >= this.before[low]! && page < this.before[low]! + this.pages[low]! ? low : -1;
  }
}

function grown<T extends Uint32Array | Float64Array>(before: T, after: T): T {
  after.set(before as never);
  return after;
}

/**
 * Flags of an entry in the form of 3.5 and later. Before that, `in_parent` said where the contents are, and an entry without
 * flags was present.
 */
export function normalFlags(flags: number | undefined, inParent: boolean): number {
  if (inParent) return (flags ?? 0) | PE.PARENT;
  return flags ?? PE.PRESENT;
}
