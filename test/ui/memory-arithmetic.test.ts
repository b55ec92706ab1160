import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MemoryPiece, MemoryRow, MemoryStrip } from "../../src/core/inspector.ts";
import { bytesAs } from "../../src/ui/parts/byte-text.ts";
import { knownIn } from "../../src/ui/parts/memory/copy-memory.ts";
import { addressInRow, endOf, firstOf, stepOf, type GridShape } from "../../src/ui/parts/memory/grid-steps.ts";
import { ADDRESS_END, distanceTo, gdbCommand, selectedAddresses, wordAt, wordStart } from "../../src/ui/parts/memory/memory-words.ts";
import { pieceText, placeInFile } from "../../src/ui/parts/memory/pieces.ts";
import { joinedRanges } from "../../src/ui/parts/memory/save-plan.ts";
import { cellAt, markOf, shareWords, stepCell, stripPaths } from "../../src/ui/parts/memory/strip-paths.ts";
import { SHARES } from "../../src/ui/parts/memory/sums.ts";
import { areReal, askedWords } from "../../src/ui/parts/memory/use-memory-rows.ts";
import { matchesLine } from "../../src/ui/parts/memory/use-map-lines.ts";

const COLUMNS = 16;
const word = fc.constantFrom(1, 2, 4, 8);
const address = fc.bigInt({ min: 0n, max: ADDRESS_END - 1n });

const piece = (start: bigint, end: bigint, kind: MemoryPiece["kind"]): MemoryPiece => ({ start, end, kind, depth: 0, region: -1, object: -1 });

/** Rows of a whole space, as the core makes them: folded runs of any length between rows of bytes, up to the last address. */
const spaces = fc.array(fc.record({ gap: fc.bigInt({ min: 1n, max: 1n << 40n }), rows: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 6 }).map((runs) => {
  const rows: MemoryRow[] = [];
  let at = 0n;
  for (const { gap, rows: count } of runs) {
    const start = at + gap * BigInt(COLUMNS);
    rows.push({ kind: "fold", piece: piece(at, start, "unmapped") });
    for (let row = 0; row < count; row++) rows.push({ kind: "bytes", address: start + BigInt(row * COLUMNS), bytes: new Uint8Array(COLUMNS), real: 0xffff, region: 0, depth: 0 });
    at = start + BigInt(count * COLUMNS);
  }
  rows.push({ kind: "fold", piece: piece(at, ADDRESS_END, "unmapped") });
  return rows;
});

const rowOf = (rows: readonly MemoryRow[], of: bigint): number => rows.findIndex((row) => firstOf(row) <= of && of < endOf(row));

function press(rows: readonly MemoryRow[], from: bigint, key: string, ctrl = false, size = 1): bigint {
  const at = rowOf(rows, from);
  const shape: GridShape = { columns: COLUMNS, word: size, pageRows: 3, rowCount: rows.length };
  const led = stepOf(key, ctrl, from, rows[at]!, at, shape);
  return led.kind === "address" ? led.address : addressInRow(rows[led.row]!, from, COLUMNS);
}

describe("keys in the hex grid of a space", () => {
  it("to the right go by every byte once and over every folded run in one step", () => {
    fc.assert(
      fc.property(spaces, (rows) => {
        const places = rows.reduce((sum, row) => sum + (row.kind === "fold" ? 1 : COLUMNS), 0);
        let at = 0n;
        for (let step = 1; step < places; step++) {
          const next = press(rows, at, "ArrowRight");
          expect(next).toBeGreaterThan(at);
          at = next;
        }
        expect(rowOf(rows, at)).toBe(rows.length - 1);
        expect(press(rows, at, "ArrowRight")).toBe(ADDRESS_END - 1n);
      }),
    );
  });

  it("to the left lead back to the row that the right one came from", () => {
    fc.assert(
      fc.property(spaces, fc.nat(), word, (rows, pick, size) => {
        const row = rows[pick % (rows.length - 1)]!;
        const from = firstOf(row);
        const there = press(rows, from, "ArrowRight", false, size);
        expect(rowOf(rows, press(rows, there, "ArrowLeft", false, size))).toBe(rowOf(rows, from));
      }),
    );
  });

  it("up, down and by pages move by rows and keep the column where there are columns", () => {
    fc.assert(
      fc.property(spaces, fc.nat(), fc.nat({ max: COLUMNS - 1 }), fc.constantFrom(["ArrowDown", 1], ["ArrowUp", -1], ["PageDown", 3], ["PageUp", -3] as const), (rows, pick, column, [key, by]) => {
        const at = pick % rows.length;
        const row = rows[at]!;
        const from = row.kind === "fold" ? firstOf(row) : firstOf(row) + BigInt(column);
        const to = press(rows, from, String(key));
        const wanted = Math.max(0, Math.min(at + Number(by), rows.length - 1));
        expect(rowOf(rows, to)).toBe(wanted);
        if (row.kind === "bytes" && rows[wanted]!.kind === "bytes") expect(to % BigInt(COLUMNS)).toBe(BigInt(column));
      }),
    );
  });

  it("Home and End lead to the ends of the row, with Ctrl to those of the space", () => {
    fc.assert(
      fc.property(spaces, fc.nat(), (rows, pick) => {
        const row = rows[pick % rows.length]!;
        expect(press(rows, firstOf(row), "End")).toBe(endOf(row) - 1n);
        expect(press(rows, endOf(row) - 1n, "Home")).toBe(firstOf(row));
        expect(press(rows, firstOf(row), "Home", true)).toBe(0n);
        expect(rowOf(rows, press(rows, firstOf(row), "End", true))).toBe(rows.length - 1);
      }),
    );
  });
});

describe("words of memory", () => {
  it("are read in the byte order of the task, as a DataView reads them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat({ max: 8 }), fc.boolean(), (bytes, at, little) => {
        const view = new DataView(bytes.buffer);
        const order = little ? "little" : "big";
        expect(wordAt(bytes, at, 8, order)).toBe(view.getBigUint64(at, little));
        expect(wordAt(bytes, at, 4, order)).toBe(BigInt(view.getUint32(at, little)));
        expect(wordAt(bytes, at, 2, order)).toBe(BigInt(view.getUint16(at, little)));
        expect(wordAt(bytes, at, 1, order)).toBe(BigInt(view.getUint8(at)));
      }),
    );
  });

  it("are selected whole, both ends in", () => {
    fc.assert(
      fc.property(address, fc.option(address, { nil: undefined }), word, (cursor, anchor, size) => {
        const { start, end } = selectedAddresses(anchor, cursor, size);
        for (const each of [cursor, anchor ?? cursor]) {
          expect(each >= start && each < end).toBe(true);
        }
        expect(start % BigInt(size)).toBe(0n);
        expect((end - start) % BigInt(size)).toBe(0n);
        expect(start === wordStart(cursor, size) || start === wordStart(anchor ?? cursor, size)).toBe(true);
      }),
    );
  });

  it("are shown to gdb in its own letters, in bytes where the range is not made of whole words", () => {
    expect(gdbCommand({ start: 0x1000n, end: 0x1010n }, 8)).toBe("x/2xg 0x1000");
    expect(gdbCommand({ start: 0x1000n, end: 0x1010n }, 4)).toBe("x/4xw 0x1000");
    expect(gdbCommand({ start: 0x1001n, end: 0x1011n }, 2)).toBe("x/16xb 0x1001");
    expect(gdbCommand({ start: 0x7f00_0000_0000n, end: 0x7f00_0000_0001n }, 1)).toBe("x/1xb 0x7f0000000000");
  });

  it("that are not wholly in the files point nowhere, and each region is named where it begins", () => {
    const bytes = new Uint8Array(16);
    bytes[0] = 0x10;
    bytes[9] = 0x20;
    const row = (start: bigint, real: number, region: number): MemoryRow => ({ kind: "bytes", address: start, bytes, real, region, depth: 0 });
    const asked = askedWords([[3, row(0x1000n, 0x00ff, 5)], [4, row(0x1010n, 0xffff, 5)], [5, { kind: "fold", piece: piece(0x1020n, 0x2000n, "zero") }], [6, row(0x2000n, 0xffff, 6)]], 8, "little");
    expect(asked).toEqual([
      { row: 3, at: -1, word: 0x1000n },
      { row: 3, at: 0, word: 0x10n },
      { row: 4, at: 0, word: 0x10n },
      { row: 4, at: 8, word: 0x2000n },
      { row: 6, at: -1, word: 0x2000n },
      { row: 6, at: 0, word: 0x10n },
      { row: 6, at: 8, word: 0x2000n },
    ]);
    expect(areReal(0x8000_0000, 31, 1)).toBe(true);
    expect(areReal(0x8000_0000, 30, 2)).toBe(false);
  });

  it("are as far from a region as there are bytes to cross", () => {
    expect(distanceTo(0x0fffn, { start: 0x1000n, end: 0x2000n })).toBe(1n);
    expect(distanceTo(0x2000n, { start: 0x1000n, end: 0x2000n })).toBe(1n);
    expect(distanceTo(0x1800n, { start: 0x1000n, end: 0x2000n })).toBe(0n);
  });
});

describe("bytes without a value", () => {
  it("are copied as ??, never as 00", () => {
    const pieces = [{ ...piece(0x1000n, 0x1002n, "image"), span: { file: 0, start: 0, end: 2 } }, piece(0x1002n, 0x1005n, "absent"), piece(0x1005n, 0x1008n, "zero")];
    const known = knownIn(pieces, 0x1000n, 8);
    expect([...known]).toEqual([1, 1, 0, 0, 0, 1, 1, 1]);
    const bytes = Uint8Array.of(0xab, 0xcd, 0, 0, 0, 0, 0, 0);
    const isKnown = (at: number): boolean => known[at] === 1;
    expect(bytesAs("hex", bytes, 0x1000n, isKnown)).toBe("ab cd ?? ?? ?? 00 00 00");
    expect(bytesAs("xxd", bytes, 0x7fff_ffff_f000n, isKnown)).toBe("7ffffffff000: abcd ???? ??00 0000                      ........");
  });

  it("say what they are, at their own place in the file that they are as in", () => {
    const file: MemoryPiece = { ...piece(0x7000n, 0x9000n, "file"), path: "/lib/a.so", fileOffset: 0x3000n };
    expect(pieceText(file, 0x7010n)).toBe("as in /lib/a.so at 0x3010");
    expect(pieceText({ ...piece(0n, 1n, "absent"), why: "missing: not in the parent" })).toBe("missing: not in the parent");
    expect(placeInFile(file, 0x7010n)).toBeUndefined();
    const stored: MemoryPiece = { ...piece(0x7000n, 0x7100n, "image"), span: { file: 2, start: 0x40, end: 0x140 } };
    expect(placeInFile(stored, 0x7010n)).toEqual({ file: 2, offset: 0x50 });
    expect(placeInFile(stored, 0x7100n)).toBeUndefined();
  });
});

describe("the picture of a space", () => {
  const strips = fc.array(fc.tuple(fc.array(fc.nat({ max: 51 }), { minLength: 5, maxLength: 5 }), fc.bigInt({ min: 1n, max: 1n << 30n })), { minLength: 1, maxLength: 40 }).map((cells): MemoryStrip => {
    const starts: bigint[] = [];
    let at = 0n;
    for (const [, gap] of cells) starts.push((at += 0x1000n + gap));
    return { cell: 0x1000n, shares: Uint8Array.from(cells.flatMap(([shares]) => shares)), starts: BigUint64Array.from(starts), gaps: [] };
  });

  it("gives each share the area that it has", () => {
    fc.assert(
      fc.property(strips, (strip) => {
        const paths = stripPaths(strip, 100);
        for (const [index, share] of SHARES.entries()) {
          const area = [...paths.shares[share](1).matchAll(/M([\d.]+) [\d.]+H([\d.]+)v([\d.]+)H/g)].reduce((sum, [, from, to, height]) => sum + (Number(to) - Number(from)) * Number(height), 0);
          const wanted = strip.starts.reduce((sum, _, cell) => sum + ((strip.shares[cell * 5 + index] ?? 0) / 255) * 100, 0);
          expect(Math.abs(area - wanted)).toBeLessThan(0.01 * strip.starts.length + 0.01);
        }
      }),
    );
  });

  it("finds the cell of an address, and marks it inside that cell", () => {
    fc.assert(
      fc.property(strips, fc.nat(), fc.bigInt({ min: 0n, max: 0xfffn }), (strip, pick, into) => {
        const cell = pick % strip.starts.length;
        const at = strip.starts[cell]! + into;
        expect(cellAt(strip, at)).toBe(cell);
        const mark = markOf(strip, at);
        expect(mark).toBeGreaterThanOrEqual(cell);
        expect(mark).toBeLessThanOrEqual(cell + 1);
      }),
    );
  });

  it("is walked through with the keys of a slider", () => {
    expect(stepCell("ArrowRight", 4, 100)).toBe(5);
    expect(stepCell("PageUp", 4, 100)).toBe(14);
    expect(stepCell("End", 4, 100)).toBe(99);
    expect(stepCell("ArrowLeft", 0, 100)).toBe(0);
    expect(stepCell("a", 0, 100)).toBeUndefined();
  });

  it("is put into words that name every share", () => {
    expect(shareWords({ image: 1, parent: 0, zero: 0, file: 0, absent: 0 })).toBe("all in this image");
    expect(shareWords({ image: 0.25, parent: 0, zero: 0, file: 0.75, absent: 0 })).toBe("25 % in this image, 75 % as in file");
    expect(shareWords({ image: 0.001, parent: 0, zero: 0.999, file: 0, absent: 0 })).toBe("1 % in this image, 100 % zero");
  });
});

describe("the filter of the map", () => {
  const line = { region: 0, start: 0x7f10_0000_0000n, end: 0x7f10_0000_1000n, prot: "r-xp", offset: 0n, kind: "private file", path: "/usr/lib/libc.so.6", sums: { image: 0n, parent: 0n, zero: 0n, file: 4096n, absent: 0n } };
  it("asks for every word, in any column that the map shows", () => {
    expect(matchesLine(line, "LIBC r-x")).toBe(true);
    expect(matchesLine(line, "libc rw-p")).toBe(false);
    expect(matchesLine(line, "0x7f10")).toBe(true);
    expect(matchesLine(line, "private")).toBe(true);
  });
});

describe("ranges to save", () => {
  it("are the union of the lines, in order and apart", () => {
    const lines = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 12 })), { maxLength: 12 }).map((all) => all.map(([start, length]) => ({ start: BigInt(start), end: BigInt(start + length) })).toSorted((a, b) => Number(a.start - b.start)));
    fc.assert(
      fc.property(lines, (all) => {
        const ranges = joinedRanges(all);
        for (let at = 0n; at < 80n; at++) {
          const isIn = (each: { start: bigint; end: bigint }): boolean => each.start <= at && at < each.end;
          expect(ranges.some(isIn)).toBe(all.some(isIn));
        }
        for (const [index, { start }] of ranges.entries()) if (index > 0) expect(start).toBeGreaterThan(ranges[index - 1]!.end);
      }),
    );
  });
});
