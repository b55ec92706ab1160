/** Sizes of the blocks of a file of compressed page contents, one after the other: millions of them, of any number of runs. */

/** Sums are kept for every so many blocks. */
const STEP = 256;

export class BlockSizes {
  #sizes = new Uint32Array(64);
  /** Sum of the sizes before every `STEP`th block. */
  readonly #marks: number[] = [];
  #sum = 0;
  length = 0;

  add(size: number): void {
    if (this.length === this.#sizes.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.#sizes);
      this.#sizes = grown;
    }
    if (this.length % STEP === 0) this.#marks.push(this.#sum);
    this.#sizes[this.length++] = size;
    this.#sum += size;
  }

  at(block: number): number {
    return this.#sizes[block]!;
  }

  /** Sum of the sizes before a block; `block` may be one past the last. */
  before(block: number): number {
    if (block === this.length) return this.#sum;
    const mark = Math.floor(block / STEP);
    let sum = this.#marks[mark]!;
    for (let index = mark * STEP; index < block; index++) sum += this.#sizes[index]!;
    return sum;
  }
}
