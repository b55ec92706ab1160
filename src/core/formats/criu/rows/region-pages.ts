/**
 * Which region of a task an address lies in, and how many pages of runs and regions lie in each other. Regions of a sound
 * image lie apart and ascend; those of a damaged one may overlap in any number, and a page then counts in each of them.
 *
 * The bounds of all regions cut the address space into stretches. A run adds to the stretches of its two ends and marks
 * those between as full, so that it costs two searches however many regions it passes.
 */
import type { Region } from "./memory.ts";

export class RegionPages {
  readonly #regions: readonly Region[];
  /** Largest end among the regions up to each: it ascends even where the ends do not. */
  readonly #reach: Float64Array;
  /** Where stretches begin; the last one has no end. */
  readonly #bounds: Float64Array;
  /** Bytes of private regions before each bound, and how many of them the stretch behind it lies in. */
  readonly #before: Float64Array;
  readonly #layers: Int32Array;
  /** Bytes of runs that begin or end in a stretch, and how many more runs fill it than the one before it. */
  readonly #partly: Float64Array;
  readonly #fills: Int32Array;

  /** `regions` ascend by their beginning; those that `isPrivate` takes are what `covered` counts. */
  constructor(regions: readonly Region[], isPrivate: (region: Region) => boolean) {
    this.#regions = regions;
    this.#reach = new Float64Array(regions.length);
    let reach = 0;
    for (const [at, { end }] of regions.entries()) this.#reach[at] = reach = Math.max(reach, end);
    this.#bounds = boundsOf(regions);
    const { length } = this.#bounds;
    this.#partly = new Float64Array(length);
    this.#fills = new Int32Array(length + 1);
    this.#layers = new Int32Array(length);
    for (const region of regions) {
      if (region.end <= region.start || !isPrivate(region)) continue;
      this.#layers[this.#stretch(region.start)]!++;
      this.#layers[this.#stretch(region.end)]!--;
    }
    this.#before = new Float64Array(length);
    for (let at = 1; at < length; at++) {
      this.#before[at] = this.#before[at - 1]! + this.#layers[at - 1]! * (this.#bounds[at]! - this.#bounds[at - 1]!);
      this.#layers[at]! += this.#layers[at - 1]!;
    }
  }

  /** Region of an address: of several the one that stands first. */
  at(address: number): Region | undefined {
    const region = this.#regions[firstAbove(this.#reach, address)];
    return region !== undefined && region.start <= address ? region : undefined;
  }

  /** Bytes of [from, to) that lie in private regions, each as often as regions hold it. */
  covered(from: number, to: number): number {
    return this.#upTo(to) - this.#upTo(from);
  }

  #upTo(address: number): number {
    const at = this.#stretch(address);
    return at < 0 ? 0 : this.#before[at]! + this.#layers[at]! * (address - this.#bounds[at]!);
  }

  /** A run of stored pages. */
  add(from: number, to: number): void {
    const bounds = this.#bounds;
    const first = this.#stretch(from);
    const last = this.#stretch(to);
    if (last < 0) return;
    if (first === last) {
      this.#partly[first]! += to - from;
      return;
    }
    if (first >= 0) this.#partly[first]! += bounds[first + 1]! - from;
    this.#partly[last]! += to - bounds[last]!;
    this.#fills[first + 1]!++;
    this.#fills[last]!--;
  }

  /** Bytes of the runs that were added in each region, in the order of the regions. */
  stored(): Float64Array {
    const bounds = this.#bounds;
    const before = new Float64Array(bounds.length);
    for (let at = 0, full = 0; at + 1 < bounds.length; at++) {
      full += this.#fills[at]!;
      before[at + 1] = before[at]! + full * (bounds[at + 1]! - bounds[at]!) + this.#partly[at]!;
    }
    const stored = new Float64Array(this.#regions.length);
    for (const [index, { start, end }] of this.#regions.entries()) if (end > start) stored[index] = before[this.#stretch(end)]! - before[this.#stretch(start)]!;
    return stored;
  }

  /** Stretch of an address, -1 before the first. */
  #stretch(address: number): number {
    return firstAbove(this.#bounds, address) - 1;
  }
}

/** Beginnings and ends of regions, ascending, each once. */
function boundsOf(regions: readonly Region[]): Float64Array {
  const all = new Float64Array(regions.length * 2);
  for (const [at, { start, end }] of regions.entries()) {
    all[2 * at] = start;
    all[2 * at + 1] = end;
  }
  all.sort();
  let length = 0;
  for (const bound of all) if (length === 0 || bound > all[length - 1]!) all[length++] = bound;
  return all.subarray(0, length);
}

/** Index of the first number above another one in an ascending list; the length when there is none. */
function firstAbove(list: Float64Array, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
