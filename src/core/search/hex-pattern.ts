import type { BytePattern } from "./byte-pattern.ts";
import { MAX_PATTERN, type Refusal } from "./matcher.ts";

/**
 * Bytes in hex, `??` for any byte, `4?` and `?4` for any half of one: `48 8b ?? 0f`, `488b??0f`. Blanks and commas part the
 * bytes but need not be there; parts may begin with 0x, and a `?` alone between blanks is a whole byte.
 */
export function hexPattern(text: string): BytePattern | Refusal {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  const digits = parts.map((part) => (part === "?" ? "??" : part.replace(/^0x/i, ""))).join("");
  const wrong = /[^0-9a-f?]/iu.exec(digits);
  if (wrong !== null) return { why: `“${wrong[0]}” is not a hex digit; bytes are written as in 48 8b ?? 0f.` };
  if (digits === "") return { why: "There are no bytes to look for." };
  const odd = parts.length > 1 ? parts.find((part) => part !== "?" && part.length % 2 === 1) : digits.length % 2 === 1 ? text.trim() : undefined;
  if (odd !== undefined) return { why: `“${shorten(odd)}” has an odd number of digits; each byte takes two.` };
  if (digits.length / 2 > MAX_PATTERN) return { why: `The pattern is longer than ${MAX_PATTERN} bytes.` };
  const values = new Uint8Array(digits.length / 2);
  const masks = new Uint8Array(digits.length / 2);
  for (let index = 0; index < digits.length; index++) {
    if (digits[index] === "?") continue;
    const shift = index % 2 === 0 ? 4 : 0;
    values[index >> 1]! |= parseInt(digits[index]!, 16) << shift;
    masks[index >> 1]! |= 0xf << shift;
  }
  if (masks.every((mask) => mask === 0)) return { why: "The pattern fits any bytes: at least one digit must be given." };
  return { values, masks, choices: [] };
}

function shorten(text: string): string {
  return text.length > 24 ? `${text.slice(0, 24)}…` : text;
}
