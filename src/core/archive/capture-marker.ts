/**
 * Markers of CRIU's image streamer. A shard is a sequence of records:
 *
 *   record = size 4 (little endian, below 10240), marker, [contents]
 *   marker = protobuf: 1 seq, and one of 2 filename, 3 file_data (bytes of contents that follow), 4 file_eof, 5 image_eof
 *
 * `seq` counts over all shards; as proto3 has it, 0 is not written.
 */

import { wordAt } from "../bytes/word.ts";

export type Marker =
  | { readonly kind: "filename"; readonly seq: number; readonly name: string }
  | { readonly kind: "data"; readonly seq: number; readonly bytes: number }
  | { readonly kind: "file-end" | "image-end"; readonly seq: number };

/** Sizes from here up are none. Bytes. */
export const MARKER_LIMIT = 10240;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The marker in [at, end), or undefined when the bytes are no whole marker. */
export function readMarker(bytes: Uint8Array, at: number, end: number): Marker | undefined {
  let seq = 0;
  let marker: Marker | undefined;
  let position = at;
  /** NaN when it does not end, or is larger than any count. */
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; position < end; scale *= 128) {
      const byte = bytes[position++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : Number.NaN;
    }
    return Number.NaN;
  };
  while (position < end) {
    const key = bytes[position++]!;
    if (key === 0x12) {
      const length = varint();
      if (marker !== undefined || !(position + length <= end)) return undefined;
      const name = textOf(bytes.subarray(position, position + length));
      if (name === undefined) return undefined;
      marker = { kind: "filename", seq, name };
      position += length;
      continue;
    }
    const value = varint();
    if (Number.isNaN(value)) return undefined;
    if (key === 0x08) seq = value;
    else if (marker !== undefined) return undefined;
    else if (key === 0x18 && value < 2 ** 32) marker = { kind: "data", seq, bytes: value };
    else if (key === 0x20 && value === 1) marker = { kind: "file-end", seq };
    else if (key === 0x28 && value === 1) marker = { kind: "image-end", seq };
    else return undefined;
  }
  return marker === undefined ? undefined : { ...marker, seq };
}

/** A name of at least one character, without NUL. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether a file that begins so is a shard: as many markers as can be seen are whole, and there is one. */
export function isShardHead(head: Uint8Array): boolean {
  let seen = 0;
  for (let at = 0; at + 4 <= head.length; seen++) {
    const size = wordAt(head, at);
    if (size === 0 || size >= MARKER_LIMIT) return false;
    if (at + 4 + size > head.length) break;
    const marker = readMarker(head, at + 4, at + 4 + size);
    if (marker === undefined) return false;
    at += 4 + size + (marker.kind === "data" ? marker.bytes : 0);
  }
  return seen > 0;
}
