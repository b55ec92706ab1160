/** Matcher for aligned words whose value lies in a range: pointers into it, and integers as a range of one. */
import type { Block, Finder, Matcher, OnMatch } from "./matcher.ts";

/** Values in [from, to), to at most 2^64. */
export function wordMatcher(from: bigint, to: bigint, width: 4 | 8, byteOrder: "little" | "big"): Matcher {
  const little = byteOrder === "little";
  const last = to - 1n;
  const next = width === 4 ? nextWord4(Number(from), Number(last), little) : nextWord8(from, last, little);
  const finder: Finder = {
    find({ bytes, position, from, limit }: Block, onMatch: OnMatch) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const end = Math.min(limit, bytes.length - width + 1);
      let at = from + ((width - ((position + from) % width)) % width);
      while ((at = next(view, at, end)) < end) {
        if (!onMatch({ at, length: width })) return at;
        at += width;
      }
      return Math.max(from, limit, at);
    },
  };
  return { before: 0, overlap: width - 1, start: () => finder };
}

type NextWord = (view: DataView, at: number, end: number) => number;

function nextWord4(from: number, last: number, little: boolean): NextWord {
  return (view, start, end) => {
    let at = start;
    for (; at < end; at += 4) {
      const value = view.getUint32(at, little);
      if (value >= from && value <= last) break;
    }
    return at;
  };
}

/** The high half decides for nearly all words; no bigint is made. */
function nextWord8(from: bigint, last: bigint, little: boolean): NextWord {
  const fromHigh = Number(from >> 32n);
  const fromLow = Number(from & 0xffff_ffffn);
  const lastHigh = Number(last >> 32n);
  const lastLow = Number(last & 0xffff_ffffn);
  const toHigh = little ? 4 : 0;
  return (view, start, end) => {
    let at = start;
    for (; at < end; at += 8) {
      const high = view.getUint32(at + toHigh, little);
      if (high < fromHigh || high > lastHigh) continue;
      const low = view.getUint32(at + 4 - toHigh, little);
      if ((high > fromHigh || low >= fromLow) && (high < lastHigh || low <= lastLow)) break;
    }
    return at;
  };
}
