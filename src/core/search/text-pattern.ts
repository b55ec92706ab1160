/**
 * A text as bytes: in UTF-8 and in both forms of UTF-16, with both cases of its letters where that is asked for.
 *
 * Case is told character by character: a character fits its own lower and upper case and the lower case of its upper case,
 * where these are one character that takes as many bytes. So `é` fits `É` and `ж` fits `Ж`, but `ß` does not fit `SS`, `ſ` does not
 * fit `s` in UTF-8, and nothing is normalised (`é` of one character does not fit `e` with an accent of its own).
 */
import { exactBytes, type BytePattern, type Choice } from "./byte-pattern.ts";

export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be";

export function encodeText(text: string, encoding: TextEncoding): Uint8Array {
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length * 2);
  const high = encoding === "utf-16be" ? 0 : 1;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    bytes[index * 2 + high] = unit >> 8;
    bytes[index * 2 + (1 - high)] = unit & 0xff;
  }
  return bytes;
}

/** One for all: making a decoder takes longer than decoding a short text. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  if (encoding === "utf-8") return utf8.decode(bytes);
  const high = encoding === "utf-16be" ? 0 : 1;
  const units: number[] = [];
  for (let index = 0; index + 1 < bytes.length; index += 2) units.push((bytes[index + high]! << 8) | bytes[index + 1 - high]!);
  return String.fromCharCode(...units);
}

/** Half of a character, which UTF-8 cannot say. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

export function textPattern(text: string, encoding: TextEncoding, ignoreCase: boolean): BytePattern {
  if (!ignoreCase) return exactBytes(encodeText(text, encoding));
  const values: number[] = [];
  const masks: number[] = [];
  const choices: Choice[] = [];
  for (const character of text) {
    const own = encodeText(character, encoding);
    const forms = caseForms(character)
      .map((form) => encodeText(form, encoding))
      .filter((form) => form.length === own.length);
    const at = values.length;
    let fitting = 1;
    for (let index = 0; index < own.length; index++) {
      // The bits in which all forms agree. Two forms that differ in a single bit need no more than that.
      const differing = forms.reduce((bits, form) => bits | (form[index]! ^ own[index]!), 0);
      masks.push(~differing & 0xff);
      values.push(own[index]! & ~differing);
      for (let bits = differing; bits !== 0; bits &= bits - 1) fitting *= 2;
    }
    if (fitting !== forms.length) choices.push({ at, any: forms });
  }
  return { values: Uint8Array.from(values), masks: Uint8Array.from(masks), choices };
}

function caseForms(character: string): string[] {
  const lower = character.toLowerCase();
  const upper = character.toUpperCase();
  const forms = new Set([character, lower, upper, upper.toLowerCase(), lower.toUpperCase()]);
  return [...forms].filter((form) => form.codePointAt(0)! > 0xffff === form.length > 1 && form.length <= 2 && form !== "");
}
