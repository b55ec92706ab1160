import { exactBytes } from "./byte-pattern.ts";
import { literalMatcher } from "./literal-matcher.ts";
import type { Matcher, Refusal } from "./matcher.ts";
import type { SearchPattern } from "../memory-inspector.ts";
import { wordMatcher } from "./word-matcher.ts";

/** A decimal or 0x number, negative ones as two's complement: from -2^(bits-1) to 2^bits - 1. */
export function integerMatcher({ text, width, byteOrder, aligned }: Extract<SearchPattern, { kind: "integer" }>): Matcher | Refusal {
  const parsed = /^([+-]?)(0x[0-9a-f]+|[0-9]+)$/i.exec(text.trim().replaceAll("_", ""));
  // 2^64 has 20 digits; a longer number need not be computed to be too large.
  if (parsed === null) return { why: text.trim() === "" ? "There is no number to look for." : "This is not a number; it is written as in 4096, -1 or 0x1000." };
  const digits = parsed[2]!.replace(/^(0x)?0+(?=[0-9a-f])/i, "$1");
  const value = digits.length > 24 ? 1n << 128n : BigInt(digits) * (parsed[1] === "-" ? -1n : 1n);
  const bits = BigInt(width * 8);
  if (value >= 1n << bits || value < -(1n << (bits - 1n))) {
    return { why: `The number does not fit into ${width === 1 ? "1 byte" : `${width} bytes`}: from ${-(1n << (bits - 1n))} to ${(1n << bits) - 1n}.` };
  }
  const unsigned = BigInt.asUintN(width * 8, value);
  if (aligned && width >= 4) return wordMatcher(unsigned, unsigned + 1n, width === 4 ? 4 : 8, byteOrder);
  const bytes = new Uint8Array(width);
  for (let index = 0; index < width; index++) {
    bytes[byteOrder === "little" ? index : width - 1 - index] = Number((unsigned >> BigInt(index * 8)) & 0xffn);
  }
  return literalMatcher([{ pattern: exactBytes(bytes) }], aligned ? width : 1);
}
