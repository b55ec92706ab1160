/**
 * String fields as text that can be turned back into the same bytes.
 *
 * A protobuf string should be UTF-8, but paths of Linux are any bytes and CRIU stores them as they are. Bytes that are no
 * UTF-8 become the lone surrogates U+DC80 to U+DCFF, which no valid text contains (Python calls this "surrogateescape").
 */
import { joinBytes } from "./join-bytes.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Text of any bytes; `bytesOfText` gives them back. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escapedText(bytes);
  }
}

function escapedText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at]!);
    const character = length === 0 ? undefined : decoded(bytes.subarray(at, at + length));
    text += character ?? String.fromCharCode(0xdc00 + bytes[at]!);
    at += character === undefined ? 1 : length;
  }
  return text;
}

/** Bytes of the character that a byte begins; 0 for a byte that begins none. */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes of a text; undefined when it has lone surrogates that do not stand for a byte. */
export function bytesOfText(text: string): Uint8Array | undefined {
  if (!/\p{Surrogate}/u.test(text)) return encoder.encode(text);
  const pieces: Uint8Array[] = [];
  for (const part of text.split(/(\p{Surrogate})/u)) {
    const code = part.length === 1 ? part.charCodeAt(0) : 0;
    const isLone = code >= 0xd800 && code <= 0xdfff;
    if (isLone && (code < 0xdc80 || code > 0xdcff)) return undefined;
    pieces.push(isLone ? Uint8Array.of(code - 0xdc00) : encoder.encode(part));
  }
  return joinBytes(pieces);
}
