/**
 * An entry of a zip's central directory (APPNOTE.TXT, 4.3.12). All numbers little endian:
 *
 *   0 signature 4 | 4 made by 2 | 6 needed 2 | 8 flags 2 | 10 method 2 | 12 time 2 | 14 date 2 | 16 crc 4 | 20 packed 4
 *   24 size 4 | 28 name length 2 | 30 extra length 2 | 32 comment length 2 | 34 disk 2 | 36 internal 2 | 38 external 4
 *   42 offset of the local header 4 | 46 name, extra fields, comment
 */
import { decodeCp437 } from "./cp437.ts";
import type { MemberKind } from "./opened-archive.ts";

export const ENTRY_BYTES = 46;

export interface ZipEntry {
  readonly path: string;
  readonly kind: MemberKind;
  /** Whose rules the name follows: the upper byte of "version made by" (4.4.2). A local header does not say. */
  readonly host?: number;
  readonly encrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Where the local header should be, as recorded. */
  readonly offset: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

const FLAG_ENCRYPTED = 1;
const FLAG_DESCRIPTOR = 8;
const FLAG_UTF8 = 0x800;
const IN_ZIP64 = 0xffff_ffff;

const EXTRA_ZIP64 = 0x0001;
const EXTRA_TIMES = 0x5455;
const EXTRA_UNICODE_PATH = 0x7075;
const EXTRA_OWNER = 0x7875;

/** Bytes of the whole entry, by its fixed part. */
export function entryLength(view: DataView): number {
  return ENTRY_BYTES + view.getUint16(28, true) + view.getUint16(30, true) + view.getUint16(32, true);
}

/** `bytes` is the whole entry. */
export function readEntry(bytes: Uint8Array): ZipEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nameEnd = ENTRY_BYTES + view.getUint16(28, true);
  const extras = readExtras(bytes.subarray(nameEnd, nameEnd + view.getUint16(30, true)));
  const flags = view.getUint16(8, true);
  const raw = bytes.subarray(ENTRY_BYTES, nameEnd);
  const path = readPath(raw, (flags & FLAG_UTF8) !== 0, extras.get(EXTRA_UNICODE_PATH));
  const host = view.getUint8(5);
  // Unix and macOS put the mode into the upper half of the external attributes.
  const mode = host === 3 || host === 19 ? view.getUint32(38, true) >>> 16 : 0;
  const [size, packed, offset] = wide([view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)], extras.get(EXTRA_ZIP64)) as [number, number, number];
  return {
    path,
    kind: kindOf(mode, path),
    host,
    encrypted: (flags & FLAG_ENCRYPTED) !== 0,
    method: view.getUint16(10, true),
    crc: view.getUint32(16, true),
    packed,
    size,
    offset,
    ...(mode === 0 ? {} : { mode: mode & 0o7777 }),
    ...readOwner(extras.get(EXTRA_OWNER)),
    mtime: readTime(extras.get(EXTRA_TIMES)) ?? dosTime(view.getUint16(14, true), view.getUint16(12, true)),
  };
}

export const LOCAL_BYTES = 30;

/** Bytes of a local header with name and extra fields, by its fixed part. */
export function localLength(view: DataView): number {
  return LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

/** What a local header says (4.3.7): no mode and no owner. `hasDescriptor`: sizes and checksum may stand behind the contents. */
export function readLocal(bytes: Uint8Array, offset: number): ZipEntry & { readonly hasDescriptor: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nameEnd = LOCAL_BYTES + view.getUint16(26, true);
  const extras = readExtras(bytes.subarray(nameEnd));
  const flags = view.getUint16(6, true);
  const path = readPath(bytes.subarray(LOCAL_BYTES, nameEnd), (flags & FLAG_UTF8) !== 0, extras.get(EXTRA_UNICODE_PATH));
  const [size, packed] = wide([view.getUint32(22, true), view.getUint32(18, true)], extras.get(EXTRA_ZIP64)) as [number, number];
  return {
    path,
    kind: kindOf(0, path),
    encrypted: (flags & FLAG_ENCRYPTED) !== 0,
    method: view.getUint16(8, true),
    crc: view.getUint32(14, true),
    packed,
    size,
    offset,
    ...readOwner(extras.get(EXTRA_OWNER)),
    mtime: readTime(extras.get(EXTRA_TIMES)) ?? dosTime(view.getUint16(12, true), view.getUint16(10, true)),
    hasDescriptor: (flags & FLAG_DESCRIPTOR) !== 0,
  };
}

function readExtras(bytes: Uint8Array): Map<number, DataView> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const extras = new Map<number, DataView>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > bytes.length) break;
    extras.set(view.getUint16(at, true), new DataView(bytes.buffer, bytes.byteOffset + at + 4, length));
    at += 4 + length;
  }
  return extras;
}

function readPath(raw: Uint8Array, isUtf8: boolean, unicode: DataView | undefined): string {
  if (isUtf8) return utf8.decode(raw);
  if (unicode !== undefined && unicode.byteLength > 5) return utf8.decode(new Uint8Array(unicode.buffer, unicode.byteOffset + 5, unicode.byteLength - 5));
  return decodeCp437(raw);
}

/** FAT, HPFS, NTFS (10, and 11 as Info-ZIP numbers it) and VFAT: the backslash is no character of a name there (4.4.2). */
const BACKSLASH_HOSTS = new Set([0, 6, 10, 11, 14]);

/**
 * Names with `/` between their parts. It has to be (4.4.17.1), and some programs of Windows write a backslash all the same:
 * what was made there, and an archive in which no name has a `/`, is read like that.
 */
export function withSlashes(entries: readonly ZipEntry[]): readonly ZipEntry[] {
  const always = entries.every(({ path }) => !path.includes("/"));
  return entries.map((entry) => {
    if (!entry.path.includes("\\") || !(always || BACKSLASH_HOSTS.has(entry.host ?? -1))) return entry;
    const path = entry.path.replaceAll("\\", "/");
    return { ...entry, path, kind: entry.kind === "file" && path.endsWith("/") ? "directory" : entry.kind };
  });
}

/** Numbers that do not fit 32 bits stand in the zip64 field, in this order and only those. At most 2^53 - 1. */
function wide(numbers: readonly number[], field: DataView | undefined): number[] {
  let at = 0;
  return numbers.map((number) => {
    if (number !== IN_ZIP64 || field === undefined || at + 8 > field.byteLength) return number;
    at += 8;
    return Math.min(Number(field.getBigUint64(at - 8, true)), Number.MAX_SAFE_INTEGER);
  });
}

function kindOf(mode: number, path: string): MemberKind {
  const kinds: Readonly<Record<number, MemberKind>> = { 0o01: "fifo", 0o02: "device", 0o04: "directory", 0o06: "device", 0o10: "file", 0o12: "symlink" };
  return kinds[mode >> 12] ?? (path.endsWith("/") ? "directory" : "file");
}

function readOwner(field: DataView | undefined): { uid?: number; gid?: number } {
  if (field === undefined || field.byteLength < 11 || field.getUint8(0) !== 1 || field.getUint8(1) !== 4 || field.getUint8(6) !== 4) return {};
  return { uid: field.getUint32(2, true), gid: field.getUint32(7, true) };
}

function readTime(field: DataView | undefined): number | undefined {
  return field !== undefined && field.byteLength >= 5 && (field.getUint8(0) & 1) !== 0 ? field.getInt32(1, true) : undefined;
}

/** Local time of who knows where, in steps of two seconds; taken as UTC. */
function dosTime(date: number, time: number): number {
  return Date.UTC(1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1000;
}
