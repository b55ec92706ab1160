/** Pasted text that spells bytes: an xxd or hexdump listing, bare hex digits, a C array, or base64. */

export type Pasted =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly readAs: string }
  | { readonly kind: "unreadable"; readonly why: string };

export function bytesOfText(text: string): Pasted {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "unreadable", why: "The pasted text is empty." };
  const dump = dumpOf(trimmed);
  if (dump !== undefined) return { kind: "bytes", bytes: dump, readAs: "hex dump" };
  if (/^(?:0x)?[0-9a-f]{4,16}:\s/i.test(trimmed)) {
    return { kind: "unreadable", why: "The pasted hex dump has lines missing or damaged: its offsets do not follow from its bytes." };
  }
  const hex = hexOf(trimmed);
  if (hex !== undefined) return { kind: "bytes", bytes: hex, readAs: "hex digits" };
  const base64 = base64Of(trimmed);
  if (base64 !== undefined) return { kind: "bytes", bytes: base64, readAs: "base64" };
  return {
    kind: "unreadable",
    why: "The pasted text is neither a hex dump (xxd, hexdump -C), nor hex digits, nor base64.",
  };
}

/**
 * `xxd`: `00000000: 00d2 a2c0 ...  text`; `hexdump -C`: `00000000  00 d2 ...  |text|`, where a line `*` repeats the one before.
 * The offset must rise as the bytes say, so that a listing with lines missing is refused rather than read shifted.
 */
function dumpOf(text: string): Uint8Array | undefined {
  const out: number[] = [];
  let base: number | undefined;
  let repeat = false;
  let last: number[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    if (line.trim() === "*") {
      repeat = true;
      continue;
    }
    const match = /^\s*(?:0x)?([0-9a-f]{4,16})(:\s?|\s{2}|$)(.*)$/i.exec(line);
    if (match === null) return undefined;
    const offset = Number.parseInt(match[1] ?? "", 16);
    base ??= offset;
    if (repeat && last.length > 0) while (out.length < offset - base) out.push(...last);
    repeat = false;
    if (offset - base !== out.length) return undefined;
    last = (match[2] ?? "").startsWith(":") ? xxdColumn(match[3] ?? "") : hexdumpColumn(match[3] ?? "");
    if (last.length === 0 && (match[3] ?? "").trim() !== "") return undefined;
    out.push(...last);
  }
  return out.length === 0 ? undefined : Uint8Array.from(out);
}

/** In xxd two spaces part the bytes from the text. */
function xxdColumn(rest: string): number[] {
  return strictPairs(rest.split("  ", 1)[0] ?? "");
}

/** hexdump -C puts the text between bars, and two spaces in the middle of the bytes. */
function hexdumpColumn(rest: string): number[] {
  return strictPairs(rest.split("|", 1)[0] ?? "");
}

function strictPairs(hex: string): number[] {
  const digits = hex.replace(/\s+/g, "");
  return digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits) ? [] : pairs(digits);
}

function hexOf(text: string): Uint8Array | undefined {
  const inner = /\{([^}]*)\}/.exec(text)?.[1] ?? text;
  const digits = inner.replace(/0x/gi, "").replace(/\\x/gi, "").replace(/[\s,:;]+/g, "");
  if (digits.length === 0 || digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined;
  return Uint8Array.from(pairs(digits));
}

function pairs(digits: string): number[] {
  const out: number[] = [];
  for (let at = 0; at < digits.length; at += 2) out.push(Number.parseInt(digits.slice(at, at + 2), 16));
  return out;
}

function base64Of(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s+/g, "").replace(/-/g, "+").replace(/_/g, "/");
  // Shorter words are far more often a slip than an image.
  if (compact.length < 16 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  try {
    return Uint8Array.from(atob(compact), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
