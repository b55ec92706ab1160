/**
 * Matcher for regular expressions of JavaScript over bytes: each character of the expression is a byte, `.` is any byte, `^` and
 * `$` are borders of lines (LF or CR) and of stretches. Matches of no bytes are no matches.
 *
 * A match is what the expression finds at its place with `LONGEST` bytes in sight, and `BEHIND` bytes for looking back; a match
 * that fills these is marked as cut. A single call of the engine cannot be interrupted. So it gets pieces, short ones when it
 * is slow, and places are passed over as unsure where it runs out of memory for going back (`(?:(.)(q)?(q)?...)*z`); yet an expression that is exponential (`(a+)+b`) hangs in any piece, and only ending the worker helps.
 */
import { ByteStrings } from "./byte-string.ts";
import type { Block, Finder, Matcher, OnMatch, Refusal } from "./matcher.ts";

export interface RegexLimits {
  /** Longest match, in bytes. */
  readonly longest: number;
  readonly behind: number;
  /** Most places that one call of the engine looks at. */
  readonly most: number;
}

/** With 64 KiB in sight of the engine, the worst a quadratic expression (`a.*b`) takes at once is about two seconds. */
export const REGEX_LIMITS: RegexLimits = { longest: 16_384, behind: 256, most: 49_152 };
const FEWEST = 256;
/** A call of the engine that takes longer makes the pieces shorter, one that takes less longer again. In ms. */
const SLOW = 20;
const FAST = 4;

export function regexMatcher(source: string, ignoreCase: boolean, limits: RegexLimits = REGEX_LIMITS): Matcher | Refusal {
  if (source === "") return { why: "There is no expression to look for." };
  const wide = /[^\0-\xff]/u.exec(source);
  if (wide !== null) return { why: `“${wide[0]}” is more than one byte; its bytes are written as in \\xc3\\xa9.` };
  const flags = ignoreCase ? "ims" : "ms";
  const regex = compile(source, flags);
  if ("why" in regex) return regex;
  const strings = new ByteStrings();
  return { before: limits.behind, overlap: limits.longest, start: () => new RegexFinder(regex.any, regex.here, limits, strings) };
}

/** One that finds the next match, and one that matches at a place only. */
function compile(source: string, flags: string): { any: RegExp; here: RegExp } | Refusal {
  try {
    const any = new RegExp(source, `g${flags}`);
    // Engines translate an expression when it is first used and may find it too large then.
    any.exec("\u0100");
    return { any, here: new RegExp(source, `y${flags}`) };
  } catch (error) {
    const reason = error instanceof Error ? /: ([^:]+)$/.exec(error.message)?.[1] : undefined;
    return { why: reason === undefined ? "This is not a regular expression." : `This is not a regular expression: ${reason}.` };
  }
}

class RegexFinder implements Finder {
  unsure = 0;
  readonly #any: RegExp;
  readonly #here: RegExp;
  readonly #limits: RegexLimits;
  readonly #strings: ByteStrings;
  #places: number;
  /** The text of the block that was begun, and where it starts. */
  #text = "";
  #textOf: Uint8Array | undefined;
  #textStart = 0;

  constructor(any: RegExp, here: RegExp, limits: RegexLimits, strings: ByteStrings) {
    this.#any = any;
    this.#here = here;
    this.#limits = limits;
    this.#strings = strings;
    this.#places = Math.min(4096, limits.most);
  }

  find({ bytes, from, limit, atEnd }: Block, onMatch: OnMatch): number {
    const { longest, behind, most } = this.#limits;
    if (this.#textOf !== bytes) {
      this.#textOf = bytes;
      this.#textStart = Math.max(0, from - behind);
      this.#text = this.#strings.of(bytes.subarray(this.#textStart, Math.min(bytes.length, limit + longest)));
    }
    const began = Date.now();
    let at = from;
    while (at < limit) {
      const places = Math.min(this.#places, limit - at);
      const callBegan = Date.now();
      const found = this.#next(this.#any, at, at + places + longest);
      const took = Date.now() - callBegan;
      if (took > SLOW) this.#places = Math.max(Math.min(FEWEST, most), this.#places >> 2);
      else if (took < FAST) this.#places = Math.min(most, this.#places * 2);

      if (found === undefined) {
        if (places > FEWEST) continue;
        this.unsure += places;
        at += places;
      } else if (found.at >= at + places) {
        at += places;
      } else {
        const place = found.at;
        const length = found.length > longest ? this.#lengthAt(place) : found.length;
        if (length > 0) {
          const cut = length === longest && !(atEnd && place + length === bytes.length);
          if (!onMatch({ at: place, length, ...(cut ? { cut } : {}) })) return place;
        }
        at = place + Math.max(1, length);
      }
      if (Date.now() - began > SLOW) return at;
    }
    this.#textOf = undefined;
    return at;
  }

  /** First match at or behind `at` with the bytes up to `end` in sight, at Infinity when there is none; undefined when the engine gave up. */
  #next(regex: RegExp, at: number, end: number): { at: number; length: number } | undefined {
    const head = Math.max(this.#textStart, at - this.#limits.behind);
    const piece = this.#text.substring(head - this.#textStart, end - this.#textStart);
    regex.lastIndex = at - head;
    try {
      const found = regex.exec(piece);
      return found === null ? { at: Infinity, length: 0 } : { at: head + found.index, length: found[0].length };
    } catch {
      return undefined;
    }
  }

  /** Bytes of the match at a place with no more in sight than the longest match has; 0 = none. */
  #lengthAt(place: number): number {
    const found = this.#next(this.#here, place, place + this.#limits.longest);
    if (found === undefined) this.unsure++;
    return found?.length ?? 0;
  }
}
