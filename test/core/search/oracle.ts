/** What a search must find, told the slow way: each place of each stretch is tried on its own, with none of the code under test. */
import type { SearchPattern } from "../../../src/core/memory-inspector.ts";

export interface Found {
  readonly at: number;
  readonly length: number;
}

type Encoding = "utf-8" | "utf-16le" | "utf-16be";
type TryAt = (at: number) => number;

/** Hits in a stretch whose first byte has `address`, none of which begins inside another. */
export function oracle(pattern: SearchPattern, bytes: Uint8Array, address: bigint, byteOrder: "little" | "big", wordSize: 4 | 8): Found[] {
  if (pattern.kind === "strings") return textRuns(pattern, bytes);
  const found: Found[] = [];
  const lengthAt = tryAt(pattern, bytes, address, byteOrder, wordSize);
  for (let at = 0; at < bytes.length; at++) {
    const length = lengthAt(at);
    if (length === 0) continue;
    found.push({ at, length });
    at += length - 1;
  }
  return found;
}

function tryAt(pattern: SearchPattern, bytes: Uint8Array, address: bigint, byteOrder: "little" | "big", wordSize: 4 | 8): TryAt {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (pattern.kind) {
    case "hex": {
      const digits = pattern.text.replaceAll(" ", "").toLowerCase();
      return (at) => {
        const here = view.toString("hex", at, at + digits.length / 2);
        return here.length === digits.length && [...digits].every((digit, index) => digit === "?" || digit === here[index]) ? digits.length / 2 : 0;
      };
    }
    case "text": {
      const encodings: Encoding[] = pattern.encoding === "utf-8" ? ["utf-8"] : pattern.encoding === "utf-16" ? [byteOrder === "little" ? "utf-16le" : "utf-16be"] : ["utf-16le", "utf-16be", "utf-8"];
      return (at) => {
        for (const encoding of encodings) {
          const length = textLength(view, at, pattern.text, encoding, pattern.ignoreCase);
          if (length === 0) continue;
          // The same text one byte on, in the order of the machine, is the one that is meant.
          if (pattern.encoding === "any" && encoding === "utf-16be" && byteOrder === "little" && textLength(view, at + 1, pattern.text, "utf-16le", pattern.ignoreCase) > 0) continue;
          return length;
        }
        return 0;
      };
    }
    case "integer": {
      const wanted = BigInt.asUintN(pattern.width * 8, pattern.text.startsWith("-") ? -BigInt(pattern.text.slice(1)) : BigInt(pattern.text));
      return (at) => (at + pattern.width <= bytes.length && (!pattern.aligned || (address + BigInt(at)) % BigInt(pattern.width) === 0n) && word(view, at, pattern.width, pattern.byteOrder) === wanted ? pattern.width : 0);
    }
    case "pointer":
      return (at) => {
        if (at + wordSize > bytes.length || (address + BigInt(at)) % BigInt(wordSize) !== 0n) return 0;
        const value = word(view, at, wordSize, byteOrder);
        return value >= pattern.from && value < pattern.to ? wordSize : 0;
      };
    case "regex": {
      const text = view.toString("latin1");
      const regex = new RegExp(pattern.source, pattern.ignoreCase ? "yims" : "yms");
      return (at) => {
        regex.lastIndex = at;
        return regex.exec(text)?.[0].length ?? 0;
      };
    }
    case "strings":
      throw new Error("runs of characters are not told place by place");
  }
}

/** Runs are told one after the other: a run of UTF-16 that is too short hides what begins inside it. */
function textRuns({ min, encoding }: Extract<SearchPattern, { kind: "strings" }>, bytes: Uint8Array): Found[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Found[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const start = at;
    let characters = 0;
    for (let size; (size = printableSize(view, at, encoding)) > 0; characters++) at += size;
    if (characters >= min) found.push({ at: start, length: at - start });
  }
  return found;
}

function word(view: Buffer, at: number, width: number, byteOrder: "little" | "big"): bigint {
  const hex = view.subarray(at, at + width);
  return BigInt(`0x${(byteOrder === "little" ? Buffer.from(hex).reverse() : hex).toString("hex")}`);
}

function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  const bytes = Buffer.from(text, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}

function textLength(view: Buffer, start: number, text: string, encoding: Encoding, ignoreCase: boolean): number {
  let at = start;
  for (const character of text) {
    const own = encode(character, encoding);
    const lower = character.toLowerCase();
    const upper = character.toUpperCase();
    const forms = ignoreCase ? [character, lower, upper, upper.toLowerCase(), lower.toUpperCase()] : [character];
    const here = view.subarray(at, at + own.length);
    if (here.length < own.length || !forms.some((form) => [...form].length === 1 && encode(form, encoding).equals(here))) return 0;
    at += own.length;
  }
  return at - start;
}

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\u200c\u200d]$/u;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function printableSize(view: Buffer, at: number, encoding: "ascii" | Encoding): number {
  const isAscii = (code: number | undefined): boolean => code !== undefined && ((code >= 32 && code < 127) || code === 9);
  if (encoding === "ascii") return isAscii(view[at]) ? 1 : 0;
  if (encoding !== "utf-8") {
    if (at + 2 > view.length) return 0;
    const code = encoding === "utf-16le" ? view.readUInt16LE(at) : view.readUInt16BE(at);
    return isAscii(code) || (code >= 0x80 && (code < 0x800 || (code >= 0x2000 && code < 0x20d0)) && PRINTABLE.test(String.fromCharCode(code))) ? 2 : 0;
  }
  for (let size = 1; size <= 4 && at + size <= view.length; size++) {
    try {
      const character = strict.decode(view.subarray(at, at + size));
      return size === 1 ? (isAscii(view[at]) ? 1 : 0) : PRINTABLE.test(character) ? size : 0;
    } catch {
      // Not whole yet, or never.
    }
  }
  return 0;
}
