/**
 * One 512-byte tar header: checksum, numbers, names. All dialects share the first 257 bytes (v7); what follows depends on
 * the magic: ustar has a prefix of the name, GNU has times and a sparse map in the same place.
 *
 *   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 typeflag
 *   157 linkname 100 | 257 magic 6, version 2 | 265 uname 32 | 297 gname 32 | 329 devmajor 8 | 337 devminor 8 | 345 prefix 155
 */
export const BLOCK = 512;

export type TarDialect = "v7" | "ustar" | "gnu";

export interface TarHeader {
  readonly dialect: TarDialect;
  /** One character; NUL in old archives means a file. */
  readonly type: string;
  readonly name: string;
  readonly link: string;
  readonly size: number | undefined;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly mtime: number | undefined;
  readonly user: string;
  readonly group: string;
  readonly major: number | undefined;
  readonly minor: number | undefined;
}

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text up to the first NUL; bytes that are no UTF-8 become U+FFFD. */
export function text(block: Uint8Array, start: number, length: number): string {
  let end = start;
  while (end < start + length && block[end] !== 0) end++;
  // Most names are plain ASCII and short: cheaper here than a call of the decoder.
  let plain = "";
  for (let at = start; at < end; at++) {
    const byte = block[at]!;
    if (byte >= 0x80) return lossy.decode(block.subarray(start, end));
    plain += String.fromCharCode(byte);
  }
  return plain;
}

/**
 * A number of a header: octal digits between blanks and NULs, or, when the top bit of the first byte is set, a big-endian
 * two's complement number (GNU, for what octal cannot hold). Undefined when it is neither; 0 when the field is empty.
 * Beyond 2^53 it is not exact, and negative is possible: the caller decides.
 */
export function tarNumber(block: Uint8Array, start: number, length: number): number | undefined {
  const first = block[start]!;
  if (first >= 0x80) {
    // The top bit is the mark, the one below it the sign.
    let value = first & 0x40 ? (first & 0x3f) - 0x40 : first & 0x3f;
    for (let at = start + 1; at < start + length; at++) value = value * 256 + block[at]!;
    return value;
  }
  let at = start;
  const end = start + length;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at++;
  let value = 0;
  for (; at < end; at++) {
    const byte = block[at]!;
    if (byte === 0x20 || byte === 0) break;
    if (byte < 0x30 || byte > 0x37) return undefined;
    value = value * 8 + (byte - 0x30);
  }
  for (; at < end; at++) if (block[at] !== 0x20 && block[at] !== 0) return undefined;
  return value;
}

export function isZeroBlock(block: Uint8Array): boolean {
  if (block[0] !== 0) return false;
  for (let at = 1; at < block.length; at++) if (block[at] !== 0) return false;
  return true;
}

/** The checksum that stands in a header and the one that its bytes have, with the field itself counted as blanks. */
export function checksums(block: Uint8Array): { readonly stored: number | undefined; readonly computed: number } {
  let computed = 8 * 0x20;
  for (let at = 0; at < 148; at++) computed += block[at]!;
  for (let at = 156; at < BLOCK; at++) computed += block[at]!;
  return { stored: tarNumber(block, 148, 8), computed };
}

/** Some old programs added the bytes as signed numbers. */
function signedChecksum(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += (block[at]! << 24) >> 24;
  return sum;
}

/** Whether a whole block can be a header: not empty, and its checksum is right. */
export function isHeader(block: Uint8Array): boolean {
  // A quick look first: searching for a header after damage asks this of every block.
  const first = block[148]!;
  if (block.length < BLOCK || (first !== 0x20 && first !== 0 && (first < 0x30 || first > 0x37))) return false;
  const { stored, computed } = checksums(block);
  if (stored === undefined || stored === 0) return false;
  return stored === computed || stored === signedChecksum(block);
}

export function dialectOf(block: Uint8Array): TarDialect {
  if (text(block, 257, 5) !== "ustar") return "v7";
  return block[262] === 0x20 ? "gnu" : "ustar";
}

/** The fields of a block, whether its checksum is right or not. */
export function readHeader(block: Uint8Array): TarHeader {
  const dialect = dialectOf(block);
  const name = text(block, 0, 100);
  const prefix = dialect === "ustar" ? text(block, 345, 155) : "";
  const named = dialect !== "v7";
  return {
    dialect,
    type: String.fromCharCode(block[156]!),
    name: prefix === "" ? name : `${prefix}/${name}`,
    link: text(block, 157, 100),
    size: tarNumber(block, 124, 12),
    mode: tarNumber(block, 100, 8),
    uid: tarNumber(block, 108, 8),
    gid: tarNumber(block, 116, 8),
    mtime: tarNumber(block, 136, 12),
    user: named ? text(block, 265, 32) : "",
    group: named ? text(block, 297, 32) : "",
    major: named ? tarNumber(block, 329, 8) : undefined,
    minor: named ? tarNumber(block, 337, 8) : undefined,
  };
}
