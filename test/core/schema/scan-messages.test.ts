/** The quick scan of pagemaps reads what the decoder reads: in every form, byte order and piece of a file. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pagemapEntry } from "../../../src/core/formats/criu/messages/memory.ts";
import { decodeMessage, type MessageValue } from "../../../src/core/schema/decode-message.ts";
import { encodeMessage, type MessageInputs } from "../../../src/core/schema/encode-message.ts";
import { compileScan, scanColumns, scanEntries } from "../../../src/core/schema/scan-messages.ts";

const FIELDS = ["vaddr", "compat_nr_pages", "flags", "nr_pages", "in_parent"] as const;
const SCAN = compileScan(pagemapEntry, FIELDS);

const address = fc.oneof(fc.nat(0x7fff_ffff).map((page) => BigInt(page) * 4096n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(0n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 32n, 2n ** 35n - 1n));
const wide = fc.oneof(fc.nat(5000).map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
/** As 4.2 writes it, as releases from 3.5 on and as those before; and any mixture. */
const entry: fc.Arbitrary<MessageInputs> = fc.oneof(
  fc.record({ vaddr: address, compat_nr_pages: fc.constant(0), flags: fc.nat(7), nr_pages: wide }),
  fc.record({ vaddr: address, compat_nr_pages: fc.integer({ min: 0, max: 0xffff_ffff }), flags: fc.nat(7) }),
  fc.record({ vaddr: address, compat_nr_pages: fc.nat(9999), in_parent: fc.boolean() }),
  fc.record({ vaddr: address, compat_nr_pages: fc.nat(300), in_parent: fc.boolean(), flags: fc.integer({ min: 0, max: 0xffff_ffff }), nr_pages: wide }, { requiredKeys: [] }),
);
/** Bytes that the loop must leave to the decoder: unknown fields, longer forms, fields twice, damage. */
const odd = fc.oneof(fc.uint8Array({ maxLength: 20 }), entry.map((values) => Uint8Array.from([...encodeMessage(pagemapEntry, values), 0x30, 1])), entry.map((values) => Uint8Array.from([...encodeMessage(pagemapEntry, values), ...encodeMessage(pagemapEntry, values)])));
const body = fc.oneof({ weight: 8, arbitrary: entry.map((values) => encodeMessage(pagemapEntry, values) as Uint8Array) }, { weight: 1, arbitrary: odd });

function framed(bodies: readonly Uint8Array[], little: boolean): Uint8Array {
  const bytes = new Uint8Array(bodies.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const each of bodies) {
    view.setUint32(at, each.length, little);
    bytes.set(each, at + 4);
    at += 4 + each.length;
  }
  return bytes;
}

type Row = readonly (bigint | undefined)[];

function rowOf(value: MessageValue): Row {
  return FIELDS.map((name) => value.big(name));
}

/** Scan a file in pieces of a size, decoding what the scan leaves; where entries begin, and their values. */
function scanAll(bytes: Uint8Array, little: boolean, piece: number, rows: number): { start: number; row: Row }[] {
  const found: { start: number; row: Row }[] = [];
  const columns = scanColumns(SCAN, rows);
  const stop = { position: 0, rows: 0, isOdd: false };
  const view = new DataView(bytes.buffer);
  for (let at = 0, end = Math.min(piece, bytes.length); at < bytes.length; ) {
    // As in a window: the piece has bytes of its own, and nothing behind them.
    const part = bytes.slice(at, end);
    scanEntries(SCAN, part, 0, part.length, little, columns, stop);
    for (let row = 0; row < stop.rows; row++) {
      found.push({
        start: at + columns.start[row]!,
        row: FIELDS.map((_, slot) => ((columns.present[row]! & (1 << slot)) === 0 ? undefined : (BigInt(columns.high[slot]![row]!) << 32n) + BigInt(columns.low[slot]![row]!))),
      });
    }
    if (stop.rows === 0) {
      if (at + 4 > bytes.length) break;
      const size = view.getUint32(at, little);
      if (!stop.isOdd && at + 4 + size > end) {
        end = Math.max(end, Math.min(bytes.length, at + 4 + size));
        continue;
      }
      found.push({ start: at, row: rowOf(decodeMessage(pagemapEntry, bytes, at + 4, at + 4 + size)) });
      at += 4 + size;
    } else at += stop.position;
    end = Math.max(end, Math.min(bytes.length, at + piece));
  }
  return found;
}

function decodeAll(bodies: readonly Uint8Array[]): { start: number; row: Row }[] {
  let start = 0;
  return bodies.map((each) => {
    const at = start;
    start += 4 + each.length;
    return { start: at, row: rowOf(decodeMessage(pagemapEntry, each, 0, each.length)) };
  });
}

describe("the scan of pagemap entries", () => {
  test("agrees with the decoder, wherever a window ends", () => {
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 8 }), fc.boolean(), fc.integer({ min: 1, max: 5 }), (bodies, little, rows) => {
        const bytes = framed(bodies, little);
        const expected = decodeAll(bodies);
        for (let piece = 1; piece <= bytes.length + 1; piece++) expect(scanAll(bytes, little, piece, rows)).toEqual(expected);
      }),
      { numRuns: 150, seed: 5 },
    );
  });

  test("understands what CRIU writes without the decoder's help", () => {
    const plain = [
      { vaddr: 0x7fff_ffff_f000n, compat_nr_pages: 0, flags: 4, nr_pages: 2n ** 40n },
      { vaddr: 0x400000n, compat_nr_pages: 0xffff_ffff, flags: 5 },
      { vaddr: 0n, compat_nr_pages: 1, in_parent: true },
    ].map((values) => encodeMessage(pagemapEntry, values));
    const bytes = framed(plain, true);
    const stop = { position: 0, rows: 0, isOdd: false };
    scanEntries(SCAN, bytes, 0, bytes.length, true, scanColumns(SCAN, 8), stop);
    expect(stop).toEqual({ position: bytes.length, rows: 3, isOdd: false });
  });

  test("ends on any bytes, and never passes the end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, little) => {
        const stop = { position: 0, rows: 0, isOdd: false };
        scanEntries(SCAN, bytes, 0, bytes.length, little, scanColumns(SCAN, 4), stop);
        expect(stop.position).toBeLessThanOrEqual(bytes.length);
        expect(stop.rows).toBeLessThanOrEqual(4);
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});
