/** Prefix codes of deflate as one look-up table: the next bits of the stream lead to symbol and length at once. */

export interface Huffman {
  /** `symbol << 4 | length`; 0 where no code is. Indexed by as many bits as the longest code has, the first bit lowest. */
  readonly table: Uint16Array;
  readonly mask: number;
}

const LONGEST = 15;

/**
 * The code that `lengths` describe (bits of each symbol, 0 for none). Undefined when there are more codes than fit, or
 * fewer, except for a code of at most one symbol (a block without matches has such a code of distances).
 */
export function huffman(lengths: Uint8Array): Huffman | undefined {
  const counts = new Uint16Array(LONGEST + 1);
  for (const length of lengths) counts[length]!++;
  const used = lengths.length - counts[0]!;
  let longest = LONGEST;
  while (longest > 1 && counts[longest] === 0) longest--;
  const next = new Uint16Array(LONGEST + 2);
  let left = 1;
  for (let length = 1, code = 0; length <= LONGEST; length++) {
    left = left * 2 - counts[length]!;
    if (left < 0) return undefined;
    next[length] = code;
    code = (code + counts[length]!) << 1;
  }
  if (left > 0 && (used > 1 || longest > 1)) return undefined;
  const size = 1 << longest;
  const table = new Uint16Array(size);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    const code = next[length]!++;
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
    for (let at = reversed; at < size; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { table, mask: size - 1 };
}
