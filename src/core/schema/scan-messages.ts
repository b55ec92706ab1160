/**
 * Read a few number fields of very many small messages: compiled once per message and fields, then a plain loop that writes
 * halves of 64-bit numbers into arrays without allocating. Reads the same values as `decode-message.ts`; a property test holds
 * the two together. What the loop does not expect (unknown fields, other wire types, damage) it leaves to the caller.
 */
import { wireType, type Message } from "./message.ts";

export interface MessageScan {
  /** Field slot by tag byte, -1 for tags that the loop leaves to the caller. */
  readonly slots: Int8Array;
  readonly fields: readonly string[];
}

/** Columns that a scan fills: row `n` of each array belongs to the `n`th entry. Arrays of fields stand in the order of the scan's fields. */
export interface ScanColumns {
  readonly low: readonly Uint32Array[];
  readonly high: readonly Uint32Array[];
  /** Bit n set: the field in slot n was there. */
  readonly present: Uint8Array;
  /** Position of each entry's size word in the bytes that were given. */
  readonly start: Uint32Array;
}

/** At most eight fields, all varints with numbers below 16, so that their tags are single bytes. */
export function compileScan(message: Message, fields: readonly string[]): MessageScan {
  const slots = new Int8Array(256).fill(-1);
  for (const [slot, name] of fields.entries()) {
    const field = message.byName.get(name);
    if (field === undefined || wireType(field.type) !== 0 || field.number > 15 || slot > 7) throw new Error(`${message.name}.${name} cannot be scanned`);
    slots[field.number << 3] = slot;
  }
  return { slots, fields };
}

export function scanColumns(scan: MessageScan, rows: number): ScanColumns {
  return {
    low: scan.fields.map(() => new Uint32Array(rows)),
    high: scan.fields.map(() => new Uint32Array(rows)),
    present: new Uint8Array(rows),
    start: new Uint32Array(rows),
  };
}

/** Where a scan stopped: at the end of what is whole, at a full set of columns, or at an entry that it does not understand. */
export interface ScanStop {
  position: number;
  rows: number;
  isOdd: boolean;
}

/**
 * Scan entries (a size word, then a message) from `position` to `end`. `stop` receives where it ended; entries that are not
 * whole in the bytes are left.
 */
export function scanEntries(scan: MessageScan, bytes: Uint8Array, position: number, end: number, little: boolean, columns: ScanColumns, stop: ScanStop): void {
  const { slots } = scan;
  const { present, start } = columns;
  // Arrays of the first slots in locals: looking them up in a list for each field would cost a third of the speed.
  const [low0, low1, low2, low3, low4] = padded(columns.low);
  const [high0, high1, high2, high3, high4] = padded(columns.high);
  const room = present.length;
  let row = 0;
  let at = position;
  let isOdd = false;
  while (row < room && at + 4 <= end) {
    const size = little
      ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
      : (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const bodyEnd = at + 4 + size;
    if (size < 0 || size > 256) {
      isOdd = true;
      break;
    }
    if (bodyEnd > end) break;
    let p = at + 4;
    let seen = 0;
    while (p < bodyEnd) {
      const slot = slots[bytes[p++]!]!;
      if (slot < 0 || (seen & (1 << slot)) !== 0) {
        isOdd = true;
        break;
      }
      let byte = bytes[p++]!;
      let low = byte & 0x7f;
      let high = 0;
      if (byte >= 0x80) {
        byte = bytes[p++]!;
        low |= (byte & 0x7f) << 7;
        if (byte >= 0x80) {
          byte = bytes[p++]!;
          low |= (byte & 0x7f) << 14;
          if (byte >= 0x80) {
            byte = bytes[p++]!;
            low |= (byte & 0x7f) << 21;
            if (byte >= 0x80) {
              byte = bytes[p++]!;
              low |= byte << 28;
              high = (byte & 0x7f) >>> 4;
              if (byte >= 0x80) {
                byte = bytes[p++]!;
                high |= (byte & 0x7f) << 3;
                if (byte >= 0x80) {
                  byte = bytes[p++]!;
                  high |= (byte & 0x7f) << 10;
                  if (byte >= 0x80) {
                    // Longer than any address of user level: vsyscall and hostile numbers go the slow way.
                    isOdd = true;
                    break;
                  }
                }
              }
            }
          }
        }
      }
      seen |= 1 << slot;
      switch (slot) {
        case 0: low0[row] = low; high0[row] = high; break;
        case 1: low1[row] = low; high1[row] = high; break;
        case 2: low2[row] = low; high2[row] = high; break;
        case 3: low3[row] = low; high3[row] = high; break;
        default: low4[row] = low; high4[row] = high;
      }
    }
    // A number that runs over the end of the message is damage.
    if (isOdd || p !== bodyEnd) {
      isOdd = true;
      break;
    }
    present[row] = seen;
    start[row] = at;
    row++;
    at = bodyEnd;
  }
  stop.position = at;
  stop.rows = row;
  stop.isOdd = isOdd;
}

type Five = [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];

const NONE = new Uint32Array(0);

function padded(arrays: readonly Uint32Array[]): Five {
  return [arrays[0] ?? NONE, arrays[1] ?? NONE, arrays[2] ?? NONE, arrays[3] ?? NONE, arrays[4] ?? NONE];
}
