/** Which bytes are a printable character, in each encoding of `strings`. */
import type { TextEncoding } from "./text-pattern.ts";

export interface Alphabet {
  /** Bytes of the printable character at a place, 0 where there is none or where it is not whole. */
  readonly over: (bytes: Uint8Array, at: number) => number;
  /** Next place at or behind `from` at which a run of `min` characters may begin. */
  readonly skip: (bytes: Uint8Array, from: number, min: number) => number;
  /** 1 for bytes that are a character on their own. */
  readonly single: Uint8Array;
}

export function alphabetOf(encoding: "ascii" | TextEncoding): Alphabet {
  if (encoding === "ascii") return { over: (bytes, at) => ASCII[bytes[at]!]!, skip: (bytes, from, min) => skipBytes(ASCII, bytes, from, min), single: ASCII };
  if (encoding === "utf-8") return { over: overUtf8, skip: (bytes, from, min) => skipBytes(UTF8, bytes, from, min), single: ASCII };
  const units = utf16Units();
  const low = encoding === "utf-16le" ? 0 : 1;
  return {
    over: (bytes, at) => (at + 1 < bytes.length && units[bytes[at + low]! | (bytes[at + 1 - low]! << 8)] === 1 ? 2 : 0),
    skip: low === 0 ? (bytes, from) => skipLittle(units, bytes, from) : (bytes, from) => skipBig(units, bytes, from),
    single: NONE,
  };
}

/** A byte that stands in no character rules out all runs over it. */
function skipBytes(ofText: Uint8Array, bytes: Uint8Array, from: number, min: number): number {
  let start = from;
  for (let probe = from + min - 1; probe < bytes.length; probe += min) {
    if (ofText[bytes[probe]!] === 1) {
      let at = probe;
      while (at > start && ofText[bytes[at - 1]!] === 1) at--;
      return at;
    }
    start = probe + 1;
  }
  return start;
}

function skipLittle(units: Uint8Array, bytes: Uint8Array, from: number): number {
  const end = bytes.length - 1;
  let at = from;
  while (at < end && units[bytes[at]! | (bytes[at + 1]! << 8)] === 0) at++;
  return at;
}

function skipBig(units: Uint8Array, bytes: Uint8Array, from: number): number {
  const end = bytes.length - 1;
  let at = from;
  while (at < end && units[(bytes[at]! << 8) | bytes[at + 1]!] === 0) at++;
  return at;
}

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\u200c\u200d]$/u;

/** As GNU strings: space to `~`, and the tab. */
function isPrintableAscii(code: number): boolean {
  return (code >= 0x20 && code <= 0x7e) || code === 9;
}

const NONE = new Uint8Array(256);
const ASCII: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => (isPrintableAscii(code) ? 1 : 0));

/** Bytes that stand in printable characters of UTF-8, the first and the following ones. */
const UTF8: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  isPrintableAscii(code) || (code >= 0x80 && code <= 0xf4 && code !== 0xc0 && code !== 0xc1) ? 1 : 0,
);

/** Answers for 256 code points each, made when one of them is met: asking the expression takes far longer than looking up. */
const blocks: (Uint8Array | undefined)[] = [];

function isPrintable(code: number): boolean {
  const block = (blocks[code >> 8] ??= Uint8Array.from({ length: 256 }, (_, low) => (PRINTABLE.test(String.fromCodePoint((code & ~0xff) | low)) ? 1 : 0)));
  return block[code & 0xff] === 1;
}

/** Only the shortest form of a code point is UTF-8, and halves of surrogate pairs are none (RFC 3629, section 4). */
function overUtf8(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return ASCII[first]!;
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > bytes.length) return 0;
  let code = first & (0x7f >> size);
  for (let index = 1; index < size; index++) {
    const byte = bytes[at + index]!;
    if ((byte & 0xc0) !== 0x80) return 0;
    code = (code << 6) | (byte & 0x3f);
  }
  if ((size === 3 && (code < 0x800 || code >> 11 === 0x1b)) || (size === 4 && (code < 0x10000 || code > 0x10ffff))) return 0;
  return isPrintable(code) ? size : 0;
}

/**
 * Units of UTF-16 that count: ASCII as above, the printable ones up to U+07FF (Latin, Greek, Cyrillic, Hebrew, Arabic) and the
 * general punctuation and currency signs. Ideographs do not: two random bytes are one more often than not.
 */
let utf16: Uint8Array | undefined;

function utf16Units(): Uint8Array {
  return (utf16 ??= Uint8Array.from({ length: 0x10000 }, (_, code) => {
    if (code < 0x80) return isPrintableAscii(code) ? 1 : 0;
    return (code < 0x800 || (code >= 0x2000 && code < 0x20d0)) && PRINTABLE.test(String.fromCharCode(code)) ? 1 : 0;
  }));
}
