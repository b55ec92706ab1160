/** From what a user asks for to a matcher. */
import type { SearchPattern } from "../memory-inspector.ts";
import { hexPattern } from "./hex-pattern.ts";
import { integerMatcher } from "./integer-pattern.ts";
import { literalMatcher, type Literal } from "./literal-matcher.ts";
import { MAX_PATTERN, type Matcher, type Refusal } from "./matcher.ts";
import { regexMatcher } from "./regex-matcher.ts";
import { stringsMatcher } from "./strings-matcher.ts";
import { hasLoneSurrogate, textPattern, type TextEncoding } from "./text-pattern.ts";
import { wordMatcher } from "./word-matcher.ts";

/** `byteOrder` and `wordSize` are those of the machine: of UTF-16 and of pointers. */
export function compilePattern(pattern: SearchPattern, byteOrder: "little" | "big", wordSize: 4 | 8): Matcher | Refusal {
  switch (pattern.kind) {
    case "text":
      return textMatcher(pattern, byteOrder);
    case "hex": {
      const bytes = hexPattern(pattern.text);
      return "why" in bytes ? bytes : literalMatcher([{ pattern: bytes }]);
    }
    case "integer":
      return integerMatcher(pattern);
    case "regex":
      return regexMatcher(pattern.source, pattern.ignoreCase);
    case "pointer": {
      const from = pattern.from > 0n ? pattern.from : 0n;
      const end = 1n << BigInt(wordSize * 8);
      const to = pattern.to < end ? pattern.to : end;
      return from < to ? wordMatcher(from, to, wordSize, byteOrder) : { why: `No pointer of ${wordSize} bytes has a value in this range.` };
    }
    case "strings":
      return stringsMatcher(pattern.min, pattern.encoding);
  }
}

/**
 * `any` looks for UTF-8 and both forms of UTF-16. Between zeros, a text of ASCII characters in one form of UTF-16 is the same
 * text in the other form a byte away; then the form of a little-endian machine is meant, unless the machine is big-endian.
 */
function textMatcher({ text, encoding, ignoreCase }: Extract<SearchPattern, { kind: "text" }>, byteOrder: "little" | "big"): Matcher | Refusal {
  if (text === "") return { why: "There is no text to look for." };
  const halved = hasLoneSurrogate(text);
  if (encoding === "utf-8" && halved) return { why: "The text has half of a character, which UTF-8 cannot say." };
  const native: TextEncoding = byteOrder === "little" ? "utf-16le" : "utf-16be";
  const wanted: readonly TextEncoding[] = encoding === "utf-8" ? ["utf-8"] : encoding === "utf-16" ? [native] : ["utf-16le", "utf-16be", ...(halved ? [] : ["utf-8" as const])];
  const literals = wanted.map((wantedEncoding): Literal => {
    const pattern = textPattern(text, wantedEncoding, ignoreCase);
    const yields = encoding === "any" && wantedEncoding === "utf-16be" && byteOrder === "little";
    return { pattern, encoding: wantedEncoding, ...(yields ? { unlessNext: 0 } : {}) };
  });
  if (literals.some(({ pattern }) => pattern.values.length > MAX_PATTERN)) return { why: `The text is longer than ${MAX_PATTERN} bytes.` };
  return literalMatcher(literals);
}
