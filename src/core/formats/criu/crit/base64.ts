/** Base64 in lines, as MIME has it and crit prints it: 76 characters and a line end, also after the last line. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CODES = Uint8Array.from(ALPHABET, (char) => char.charCodeAt(0));
const PAD = 0x3d;
const LINE_END = 0x0a;

/** Bytes in one line: a text made piece by piece is the same when every piece but the last is a multiple of it. */
export const LINE_BYTES = 57;

const ascii = new TextDecoder();

/** Lines of base64; the empty text for no bytes. */
export function base64Lines(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4 + Math.ceil(bytes.length / LINE_BYTES));
  let to = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    if (at > 0 && at % LINE_BYTES === 0) out[to++] = LINE_END;
    const left = bytes.length - at;
    const group = (bytes[at]! << 16) | ((left > 1 ? bytes[at + 1]! : 0) << 8) | (left > 2 ? bytes[at + 2]! : 0);
    out[to++] = CODES[group >> 18]!;
    out[to++] = CODES[(group >> 12) & 63]!;
    out[to++] = left > 1 ? CODES[(group >> 6) & 63]! : PAD;
    out[to++] = left > 2 ? CODES[group & 63]! : PAD;
  }
  if (bytes.length > 0) out[to++] = LINE_END;
  return ascii.decode(out.subarray(0, to));
}

const INVALID = 64;
const VALUES = new Uint8Array(128).fill(INVALID);
for (const [value, code] of CODES.entries()) VALUES[code] = value;

/** Bytes of base64, with lines and spaces anywhere; undefined for anything that is not whole groups of four. */
export function base64Bytes(text: string): Uint8Array | undefined {
  const out = new Uint8Array(Math.floor(text.length / 4) * 3);
  let to = 0;
  let group = 0;
  let count = 0;
  let pads = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) continue;
    if (code === PAD) {
      pads++;
      if (count < 2) return undefined;
    } else if (pads > 0 || code > 127 || VALUES[code] === INVALID) return undefined;
    group = (group << 6) | (code === PAD ? 0 : VALUES[code]!);
    if (++count < 4) continue;
    out[to++] = (group >> 16) & 0xff;
    if (pads < 2) out[to++] = (group >> 8) & 0xff;
    if (pads < 1) out[to++] = group & 0xff;
    group = 0;
    count = 0;
  }
  return count === 0 && pads < 3 ? out.subarray(0, to) : undefined;
}
