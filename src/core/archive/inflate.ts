/**
 * Deflate (RFC 1951) in plain code, for where the platform's decoder is not enough: it says to the bit where the data
 * ends, and gives out everything before damage. About a third of the platform's speed.
 *
 * Positions are in bits of the bytes at hand. The loop over symbols looks no further than what surely is there; the last
 * bytes of a stream are followed by zeros, and a symbol that would need those is the cut.
 */
import { huffman, type Huffman } from "./huffman.ts";

/** Matches reach back so far. Bytes. */
const WINDOW = 32 * 1024;
const OUTPUT = 256 * 1024;
const LONGEST_MATCH = 258;

/** Most bits of a symbol with its match: 15 + 5 + 15 + 13, and what peeking reads beyond. In bytes. */
const MARGIN = 12;
/** Most bytes of the tables of a block: 3 + 14 + 19 * 3 + 320 * (7 + 7) bits. */
const TABLES = 600;

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = Uint16Array.from({ length: 30 }, (_, code) => (code < 4 ? code + 1 : ((2 + (code & 1)) << ((code >> 1) - 1)) + 1));
const DISTANCE_BITS = Uint8Array.from({ length: 30 }, (_, code) => (code < 4 ? 0 : (code >> 1) - 1));
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const FIXED_LITERALS = huffman(Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)))!;
const FIXED_DISTANCES = huffman(new Uint8Array(32).fill(5))!;

/** `more`: feed further bytes. `output`: take the output and go on. `end`: the last block is done, at `at`. */
export type InflateStep = "more" | "output" | "end" | "damage";

export class Inflater {
  /** Why the data is wrong, after `damage`. */
  damage = "";
  /** Bytes given to `run` that were used up, rounded up to a whole byte at the end. */
  at = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #bit = 0;
  /** The first bytes are what matches may reach back to. */
  readonly #out = new Uint8Array(WINDOW + OUTPUT);
  #filled = WINDOW;
  #taken = WINDOW;
  #produced = 0;
  #state: "block" | "stored" | "symbols" | "end" = "block";
  #last = false;
  #stored = 0;
  #literals: Huffman = FIXED_LITERALS;
  #distances: Huffman = FIXED_DISTANCES;

  /** Bytes made since the last call. A copy: the buffer goes on. */
  take(): Uint8Array {
    const output = this.#out.slice(this.#taken, this.#filled);
    this.#out.copyWithin(0, this.#filled - WINDOW, this.#filled);
    this.#filled = WINDOW;
    this.#taken = WINDOW;
    return output;
  }

  /**
   * Go on with `bytes`, which begin where the last call said `at` was (the first bits of its first byte may be used
   * already). `final`: no more will come.
   */
  run(bytes: Uint8Array, final: boolean): InflateStep {
    this.#bytes = final ? withZeros(bytes) : bytes;
    this.#bit &= 7;
    const step = this.#run(bytes.length, final);
    this.at = step === "end" ? Math.min(bytes.length, (this.#bit + 7) >> 3) : this.#bit >> 3;
    return step;
  }

  #run(length: number, final: boolean): InflateStep {
    for (;;) {
      if (this.#filled + LONGEST_MATCH > this.#out.length) return "output";
      let step: InflateStep | undefined;
      if (this.#state === "symbols") step = this.#symbols(length, final);
      else if (this.#state === "stored") step = this.#copyStored(length, final);
      else if (this.#last) return "end";
      else if (!final && length - (this.#bit >> 3) < TABLES) return "more";
      else step = this.#block(length);
      if (step !== undefined) return step;
    }
  }

  #fail(why: string): "damage" {
    this.damage = why;
    return "damage";
  }

  #peek(bit: number): number {
    const at = bit >> 3;
    const bytes = this.#bytes;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >> (bit & 7);
  }

  #take(count: number): number {
    const value = this.#peek(this.#bit) & ((1 << count) - 1);
    this.#bit += count;
    return value;
  }

  #block(length: number): InflateStep | undefined {
    const last = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 3) return this.#fail("a block has the type 3, which does not exist");
    if (type === 0) {
      this.#bit = (this.#bit + 7) & ~7;
      const size = this.#take(16);
      const inverse = this.#take(16);
      if (this.#bit > length * 8) return this.#fail("it ends in the middle");
      if ((size ^ inverse) !== 0xffff) return this.#fail("the length of a stored block and its complement disagree");
      this.#stored = size;
      this.#state = "stored";
    } else {
      const wrong = type === 2 ? this.#readTables() : this.#fixedTables();
      if (this.#bit > length * 8) return this.#fail("it ends in the middle");
      if (wrong !== undefined) return this.#fail(wrong);
      this.#state = "symbols";
    }
    this.#last = last;
    return undefined;
  }

  #fixedTables(): undefined {
    this.#literals = FIXED_LITERALS;
    this.#distances = FIXED_DISTANCES;
  }

  /** Why the tables are wrong, if they are. */
  #readTables(): string | undefined {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const orders = this.#take(4) + 4;
    if (literals > 286 || distances > 30) return "a block has more symbols than there are";
    const lengths = new Uint8Array(19);
    for (let index = 0; index < orders; index++) lengths[LENGTH_ORDER[index]!] = this.#take(3);
    const codes = huffman(lengths);
    if (codes === undefined) return "the code lengths of a block make no code";
    const all = new Uint8Array(literals + distances);
    for (let index = 0; index < all.length; ) {
      const entry = codes.table[this.#peek(this.#bit) & codes.mask]!;
      if (entry === 0) return "a block has a code length that does not exist";
      this.#bit += entry & 15;
      const symbol = entry >> 4;
      if (symbol < 16) {
        all[index++] = symbol;
        continue;
      }
      if (symbol === 16 && index === 0) return "a block repeats a code length before the first";
      const value = symbol === 16 ? all[index - 1]! : 0;
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (index + times > all.length) return "a block has more code lengths than symbols";
      all.fill(value, index, index + times);
      index += times;
    }
    if (all[256] === 0) return "a block has no code for its end";
    const made = huffman(all.subarray(0, literals));
    const reach = huffman(all.subarray(literals));
    if (made === undefined || reach === undefined) return "the codes of a block make no code";
    this.#literals = made;
    this.#distances = reach;
    return undefined;
  }

  #copyStored(length: number, final: boolean): InflateStep | undefined {
    const at = this.#bit >> 3;
    const count = Math.min(this.#stored, length - at, this.#out.length - this.#filled);
    this.#out.set(this.#bytes.subarray(at, at + count), this.#filled);
    this.#filled += count;
    this.#produced += count;
    this.#stored -= count;
    this.#bit += count * 8;
    if (this.#stored === 0) this.#state = "block";
    else if (this.#filled < this.#out.length) return final ? this.#fail("it ends in the middle") : "more";
    return undefined;
  }

  #symbols(length: number, final: boolean): InflateStep | undefined {
    const bytes = this.#bytes;
    const out = this.#out;
    const { table: literals, mask: literalMask } = this.#literals;
    const { table: distances, mask: distanceMask } = this.#distances;
    const enough = (final ? length : length - MARGIN) * 8;
    const full = out.length - LONGEST_MATCH;
    let bit = this.#bit;
    let filled = this.#filled;
    let step: InflateStep | undefined;
    let produced = this.#produced;
    while (filled <= full) {
      if (bit > enough) {
        step = final ? this.#fail("it ends in the middle") : "more";
        break;
      }
      const begin = bit;
      let at = bit >> 3;
      const literal = literals[((bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >> (bit & 7)) & literalMask]!;
      bit += literal & 15;
      const symbol = literal >> 4;
      if (symbol < 256 && literal !== 0) {
        if (final && bit > enough) {
          step = this.#fail("it ends in the middle");
          bit = begin;
          break;
        }
        out[filled++] = symbol;
        produced++;
        continue;
      }
      if (symbol === 256) {
        if (final && bit > enough) step = this.#fail("it ends in the middle");
        this.#state = "block";
        break;
      }
      const code = symbol - 257;
      if (literal === 0 || code > 28) {
        step = this.#fail(final && bit + 15 > enough ? "it ends in the middle" : "a symbol has no meaning");
        break;
      }
      at = bit >> 3;
      const longer = LENGTH_BITS[code]!;
      const match = LENGTH_BASE[code]! + (((bytes[at]! | (bytes[at + 1]! << 8)) >> (bit & 7)) & ((1 << longer) - 1));
      bit += longer;
      at = bit >> 3;
      const reach = distances[((bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >> (bit & 7)) & distanceMask]!;
      bit += reach & 15;
      const farther = DISTANCE_BITS[reach >> 4]!;
      at = bit >> 3;
      const distance = DISTANCE_BASE[reach >> 4]! + (((bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >> (bit & 7)) & ((1 << farther) - 1));
      bit += farther;
      if (final && bit > enough) {
        step = this.#fail("it ends in the middle");
        bit = begin;
        break;
      }
      if (reach === 0 || reach >> 4 > 29 || distance > produced) {
        step = this.#fail(reach === 0 ? "a distance has no meaning" : "a match reaches back before the beginning");
        break;
      }
      // The ranges overlap when the distance is short: then the match repeats itself.
      for (let from = filled - distance, end = filled + match; filled < end; ) out[filled++] = out[from++]!;
      produced += match;
    }
    this.#bit = bit;
    this.#filled = filled;
    this.#produced = produced;
    return step;
  }
}

/** Peeking reads a little beyond the end. */
function withZeros(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(bytes.length + MARGIN + TABLES);
  padded.set(bytes);
  return padded;
}
