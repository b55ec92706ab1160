/** Matcher for one or more patterns of fixed length. */
import { ByteSearch, WordView } from "./byte-search.ts";
import type { BytePattern } from "./byte-pattern.ts";
import type { Block, Finder, Match, Matcher, OnMatch } from "./matcher.ts";
import { decodeText, type TextEncoding } from "./text-pattern.ts";

export interface Literal {
  readonly pattern: BytePattern;
  /** How to give the bytes found as a text. */
  readonly encoding?: TextEncoding;
  /** Index of another literal of the same length: where that one stands one byte on, this one is not meant. */
  readonly unlessNext?: number;
}

/** `align`: matches begin at multiples of it; 1, 2, 4 or 8. Of two matches that begin together the first literal is given. */
export function literalMatcher(literals: readonly Literal[], align = 1): Matcher {
  const searches = literals.map(({ pattern }) => new ByteSearch(pattern));
  const longest = Math.max(...searches.map(({ length }) => length));
  const finder: Finder = { find: (block, onMatch) => findLiterals(literals, searches, align, block, onMatch) };
  return {
    before: 0,
    overlap: literals.some(({ unlessNext }) => unlessNext !== undefined) ? longest : longest - 1,
    start: () => finder,
  };
}

function findLiterals(literals: readonly Literal[], searches: readonly ByteSearch[], align: number, block: Block, onMatch: OnMatch): number {
  const { bytes, limit, position } = block;
  const view = new WordView(bytes);
  const find = (index: number, from: number): number => {
    const { unlessNext } = literals[index]!;
    for (let at = from; ; at++) {
      at = searches[index]!.next(view, at, limit);
      if (at < 0) return Infinity;
      if ((position + at) % align !== 0) continue;
      if (unlessNext === undefined || !searches[unlessNext]!.standsAt(bytes, at + 1)) return at;
    }
  };
  const next = searches.map((_, index) => find(index, block.from));
  let from = block.from;
  for (;;) {
    const at = Math.min(...next);
    if (at === Infinity) return Math.max(from, limit);
    const winner = next.indexOf(at);
    const { length } = searches[winner]!;
    if (!onMatch(matchOf(literals[winner]!, bytes, at, length))) return at;
    from = at + length;
    for (let index = 0; index < next.length; index++) if (next[index]! < from) next[index] = find(index, from);
  }
}

function matchOf({ encoding }: Literal, bytes: Uint8Array, at: number, length: number): Match {
  return encoding === undefined ? { at, length } : { at, length, text: decodeText(bytes.subarray(at, at + length), encoding) };
}
