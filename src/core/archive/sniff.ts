/** What a file is by its first bytes, never by its name. */
import type { ByteSource } from "../bytes/source.ts";
import { isShardHead } from "./capture-marker.ts";
import { BLOCK, isHeader, text } from "./tar-header.ts";

export type Sniffed = "gzip" | "zstd" | "bzip2" | "xz" | "lz4" | "zip" | "tar" | "capture";

function begins(head: Uint8Array, ...bytes: number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}

/** Whether the first block of a stream is a tar header: sound, or damaged but with the magic in its place. */
export function isTarHead(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false;
  return isHeader(head.subarray(0, BLOCK)) || text(head, 257, 5) === "ustar";
}

/** Bytes at the beginning of a file that decide. */
export const SNIFFED_BYTES = BLOCK;

/** Undefined when a file that begins so is neither compressed nor an archive. */
export function sniffHead(head: Uint8Array): Sniffed | undefined {
  if (begins(head, 0x1f, 0x8b, 8)) return "gzip";
  if (begins(head, 0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  // A skippable frame of zstd, which may stand before the first frame (pzstd writes one).
  if (head.length >= 8 && (head[0]! & 0xf0) === 0x50 && begins(head.subarray(1), 0x2a, 0x4d, 0x18)) return "zstd";
  if (begins(head, 0x42, 0x5a, 0x68) && head[3]! >= 0x31 && head[3]! <= 0x39 && (begins(head.subarray(4), 0x31, 0x41, 0x59) || begins(head.subarray(4), 0x17, 0x72, 0x45))) return "bzip2";
  if (begins(head, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) return "xz";
  if (begins(head, 0x04, 0x22, 0x4d, 0x18)) return "lz4";
  // A member, an empty archive, or the mark of one that was meant to be split.
  if (begins(head, 0x50, 0x4b, 3, 4) || begins(head, 0x50, 0x4b, 5, 6) || begins(head, 0x50, 0x4b, 7, 8, 0x50, 0x4b, 3, 4)) return "zip";
  if (isTarHead(head)) return "tar";
  return isShardHead(head) ? "capture" : undefined;
}

/** Undefined when the file is neither compressed nor an archive. */
export async function sniff(source: ByteSource): Promise<Sniffed | undefined> {
  return sniffHead(await source.read(0, BLOCK));
}
