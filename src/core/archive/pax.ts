/**
 * The records of a PAX extended header: `LENGTH KEY=VALUE\n`, LENGTH in decimal digits and counting the whole record.
 * Values are UTF-8 by rule and any bytes in practice (extended attributes of security modules).
 */

export interface PaxRecords {
  /** In their order, since the sparse maps of version 0.0 repeat keys. */
  readonly records: readonly (readonly [key: string, value: string])[];
  /** Where reading stopped before the end, and why. */
  readonly damage?: { readonly at: number; readonly why: string };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** Records whose keys have this beginning are file attributes of any bytes. */
const BINARY = /^(SCHILY\.xattr|LIBARCHIVE\.xattr|SCHILY\.acl)\./;

/** Text as it is where it is UTF-8 without control characters; else every other byte as `\xNN`. */
function readable(bytes: Uint8Array): string {
  const escape = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`;
  try {
    const text = strict.decode(bytes);
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    if (!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) return text;
  } catch {
    // No UTF-8: shown byte by byte below.
  }
  let text = "";
  for (const byte of bytes) text += byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : escape(byte);
  return text;
}

/** Read records until the end or until one makes no sense. NULs after the last record are padding of some writers. */
export function readPax(bytes: Uint8Array): PaxRecords {
  const records: [string, string][] = [];
  let at = 0;
  const stop = (why: string): PaxRecords => ({ records, damage: { at, why } });
  while (at < bytes.length && bytes[at] !== 0) {
    let length = 0;
    let digits = at;
    for (; digits < bytes.length && bytes[digits]! >= 0x30 && bytes[digits]! <= 0x39; digits++) {
      length = length * 10 + bytes[digits]! - 0x30;
      if (length > bytes.length) return stop("a record is longer than the header");
    }
    if (digits === at || bytes[digits] !== 0x20) return stop("a record does not begin with its length");
    const end = at + length;
    if (end > bytes.length) return stop("a record is longer than the header");
    if (end <= digits + 1 || bytes[end - 1] !== 0x0a) return stop("a record does not end with a line feed");
    const equals = bytes.indexOf(0x3d, digits + 1);
    if (equals === -1 || equals >= end) return stop("a record has no equals sign");
    const key = lossy.decode(bytes.subarray(digits + 1, equals));
    const value = bytes.subarray(equals + 1, end - 1);
    records.push([key, BINARY.test(key) ? readable(value) : lossy.decode(value)]);
    at = end;
  }
  return { records };
}

/** A decimal number of a record, 0 or more; undefined when it is none or not exact (2^53 and beyond). */
export function paxCount(value: string): number | undefined {
  if (!/^\d{1,20}$/.test(value)) return undefined;
  const count = Number(value);
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Seconds since 1970 with a fraction; undefined when it is no number. */
export function paxTime(value: string): number | undefined {
  return /^-?\d{1,20}(\.\d*)?$/.test(value) ? Number(value) : undefined;
}
