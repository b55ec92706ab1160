/** Where the central directory of a zip is, by the record at the end of the file. */
import type { ByteSource } from "../bytes/source.ts";

export interface ZipEnd {
  /** The directory, [start, end). */
  readonly start: number;
  readonly end: number;
  /** Members, as recorded; not to be relied on. */
  readonly count: number;
  /** What recorded offsets lack: bytes that were put before the archive. */
  readonly shift: number;
  /** End of the last record with its comment; bytes may follow. */
  readonly close: number;
}

const END = 0x0605_4b50;
const END_BYTES = 22;
const LOCATOR = 0x0706_4b50;
const LOCATOR_BYTES = 20;
const END64 = 0x0606_4b50;
const END64_BYTES = 56;
const ENTRY = 0x0201_4b50;

/** The last record with the longest comment. */
const TAIL_BYTES = END_BYTES + 0xffff;

/** A sentence when there is no directory to be found. */
export async function findDirectory(source: ByteSource, signal?: AbortSignal): Promise<ZipEnd | string> {
  const tailStart = Math.max(0, source.size - TAIL_BYTES);
  const bytes = await source.read(tailStart, source.size, signal);
  const tail = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = tail.byteLength - END_BYTES;
  // The record whose comment ends with the file is the one; bytes after the archive make it the last that fits.
  let fits = -1;
  for (; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END) continue;
    const close = at + END_BYTES + tail.getUint16(at + 20, true);
    if (close === tail.byteLength) break;
    if (fits < 0 && close < tail.byteLength) fits = at;
  }
  if (at < 0) at = fits;
  if (at < 0) return "The archive ends without its central directory: it is cut off.";
  const position = tailStart + at;
  const close = position + END_BYTES + tail.getUint16(at + 20, true);
  const wide = await readEnd64(source, position, signal);
  const size = wide?.size ?? tail.getUint32(at + 12, true);
  const start = wide?.start ?? tail.getUint32(at + 16, true);
  const count = wide?.count ?? tail.getUint16(at + 10, true);
  const end = wide?.position ?? position;
  if (size === 0 && count === 0) return { start: end, end, count, shift: 0, close };
  // The directory stands right before these records. An offset that says otherwise counts from what the archive was before.
  for (const candidate of [end - size, start]) {
    if (candidate < 0 || candidate > end) continue;
    const head = await source.read(candidate, candidate + 4, signal);
    if (head.length === 4 && new DataView(head.buffer, head.byteOffset).getUint32(0, true) === ENTRY) return { start: candidate, end, count, shift: candidate - start, close };
  }
  return `The central directory should be ${size} bytes at ${start}, and is not there.`;
}

interface End64 {
  readonly position: number;
  readonly count: number;
  readonly size: number;
  readonly start: number;
}

/** The zip64 record, when a locator right before the ordinary one leads to it. */
async function readEnd64(source: ByteSource, end: number, signal: AbortSignal | undefined): Promise<End64 | undefined> {
  const before = await source.read(end - LOCATOR_BYTES - END64_BYTES, end, signal);
  const view = new DataView(before.buffer, before.byteOffset, before.byteLength);
  const locator = view.byteLength - LOCATOR_BYTES;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR) return undefined;
  // Where it is recorded to be, or, with bytes put before the archive, right before the locator.
  for (const position of [Number(view.getBigUint64(locator + 8, true)), end - LOCATOR_BYTES - END64_BYTES]) {
    if (position < 0 || position > end - LOCATOR_BYTES - END64_BYTES) continue;
    const bytes = await source.read(position, position + END64_BYTES, signal);
    const record = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (record.byteLength < END64_BYTES || record.getUint32(0, true) !== END64) continue;
    const number = (at: number): number => Number(record.getBigUint64(at, true));
    return { position, count: number(32), size: number(40), start: number(48) };
  }
  return undefined;
}
