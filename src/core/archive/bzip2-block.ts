/**
 * One block of bzip2: Huffman codes in groups of fifty symbols, a move-to-front list, the Burrows-Wheeler order, runs.
 * Written here because the decoders on npm loop forever on a run whose length overflows, which a hostile file can have.
 */
const GROUP = 50;
const LONGEST = 20;
/** Most symbols of a code: 256 bytes less one, two of runs, the end. */
const MOST_SYMBOLS = 258;

/** Bits of a buffer, first bit highest. Beyond the end they are zeros and `short` is set. */
export class Bits {
  short = false;
  bit: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, bit: number) {
    this.#bytes = bytes;
    this.bit = bit;
    this.#end = bytes.length * 8;
  }

  /** The next 24 bits, of which `count` (1 to 24) are given, without moving on. */
  peek(count: number): number {
    const at = this.bit >>> 3;
    const bytes = this.#bytes;
    const four = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) << (this.bit & 7);
    return four >>> (32 - count);
  }

  skip(count: number): void {
    this.bit += count;
    if (this.bit > this.#end) this.short = true;
  }

  /** 1 to 24 bits. */
  take(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  take32(): number {
    return ((this.take(16) << 16) | this.take(16)) >>> 0;
  }
}

/** A canonical code: symbols in the order of their codes, and for each length the last code and what to subtract. */
interface Code {
  readonly shortest: number;
  readonly last: Int32Array;
  readonly base: Int32Array;
  readonly symbols: Uint16Array;
}

export interface Block {
  /** Bytes before the runs are undone: each word is `next << 8 | byte`, a chain that begins at `first`. */
  readonly chain: Uint32Array;
  readonly count: number;
  readonly first: number;
  readonly crc: number;
}

/** The block behind its magic number; `words` holds its contents. A sentence when it is damaged; check `bits.short` first. */
export function readBlock(bits: Bits, words: Uint32Array): Block | string {
  const crc = bits.take32();
  if (bits.take(1) === 1) return "a block is randomised, as only versions before 0.9.5 (1998) wrote it";
  const origin = bits.take(24);
  const bytes = readUsedBytes(bits);
  if (bytes.length === 0) return "a block uses no bytes";
  const groups = bits.take(3);
  const selectorCount = bits.take(15);
  if (groups < 2 || groups > 6 || selectorCount === 0) return "a block has a wrong number of codes";
  const selectors = readSelectors(bits, groups, selectorCount);
  if (selectors === undefined) return "a block selects a code that does not exist";
  const codes: Code[] = [];
  for (let group = 0; group < groups; group++) {
    const code = readCode(bits, bytes.length + 2);
    if (code === undefined) return "a code of a block is wrong";
    codes.push(code);
  }
  const count = readSymbols(bits, bytes, selectors, codes, words);
  if (typeof count === "string") return count;
  if (origin >= count) return "a block begins outside itself";
  return { chain: words, count, first: linkChain(words, count, origin), crc };
}

function readUsedBytes(bits: Bits): Uint8Array {
  const used: number[] = [];
  const rows = bits.take(16);
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.take(16);
    for (let column = 0; column < 16; column++) if (columns & (0x8000 >> column)) used.push(row * 16 + column);
  }
  return Uint8Array.from(used);
}

function readSelectors(bits: Bits, groups: number, count: number): Uint8Array | undefined {
  const selectors = new Uint8Array(count);
  const order = [0, 1, 2, 3, 4, 5];
  for (let index = 0; index < count; index++) {
    let place = 0;
    while (bits.take(1) === 1) if (++place >= groups) return undefined;
    const [code] = order.splice(place, 1) as [number];
    order.unshift(code);
    selectors[index] = code;
  }
  return selectors;
}

function readCode(bits: Bits, symbols: number): Code | undefined {
  const lengths = new Uint8Array(symbols);
  const counts = new Int32Array(LONGEST + 2);
  let length = bits.take(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (;;) {
      if (length < 1 || length > LONGEST || bits.short) return undefined;
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
    counts[length]!++;
  }
  const last = new Int32Array(LONGEST + 2).fill(-1);
  const base = new Int32Array(LONGEST + 2);
  const order = new Uint16Array(MOST_SYMBOLS);
  let placed = 0;
  let code = 0;
  let shortest = 0;
  for (length = 1; length <= LONGEST; length++) {
    if (counts[length]! > 0 && shortest === 0) shortest = length;
    base[length] = code - placed;
    for (let symbol = 0; symbol < symbols; symbol++) if (lengths[symbol] === length) order[placed++] = symbol;
    code += counts[length]!;
    last[length] = code - 1;
    code *= 2;
  }
  return { shortest, last, base, symbols: order };
}

/** Fill `words` with bytes; how many, or what is wrong. */
function readSymbols(bits: Bits, bytes: Uint8Array, selectors: Uint8Array, codes: readonly Code[], words: Uint32Array): number | string {
  const order = bytes.slice();
  const end = bytes.length + 1;
  let count = 0;
  let run = 0;
  let weight = 1;
  for (const selector of selectors) {
    const { base, last, shortest, symbols } = codes[selector]!;
    for (let index = 0; index < GROUP; index++) {
      const ahead = bits.peek(LONGEST);
      let length = shortest;
      while (length <= LONGEST && ahead >>> (LONGEST - length) > last[length]!) length++;
      if (length > LONGEST || bits.short) return "a block has a code without a symbol";
      const symbol = symbols[(ahead >>> (LONGEST - length)) - base[length]!]!;
      bits.skip(length);
      if (symbol <= 1) {
        // The length of a run in digits of 1 and 2, lowest first; longer than a block it makes no sense, before it overflows.
        run += weight << symbol;
        weight *= 2;
        if (run > words.length) return "a run is longer than its block";
        continue;
      }
      if (run > 0) {
        if (count + run > words.length) return "a block is longer than its size";
        words.fill(order[0]!, count, count + run);
        count += run;
        run = 0;
        weight = 1;
      }
      if (symbol === end) return count;
      if (count >= words.length) return "a block is longer than its size";
      const place = symbol - 1;
      const byte = order[place]!;
      order.copyWithin(1, 0, place);
      order[0] = byte;
      words[count++] = byte;
    }
  }
  return "a block has no end";
}

/** Undo the Burrows-Wheeler order: give each byte the place of the next one. Returns the place of the first. */
function linkChain(words: Uint32Array, count: number, origin: number): number {
  const starts = new Uint32Array(257);
  for (let at = 0; at < count; at++) starts[words[at]! + 1]!++;
  for (let byte = 0; byte < 256; byte++) starts[byte + 1]! += starts[byte]!;
  for (let at = 0; at < count; at++) {
    const byte = words[at]! & 0xff;
    words[starts[byte]!++]! |= at << 8;
  }
  return words[origin]! >>> 8;
}
