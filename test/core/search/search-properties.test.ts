/** Every kind of pattern finds what the slow way finds, however its bytes are cut into runs, reads and windows. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SearchPattern } from "../../../src/core/memory-inspector.ts";
import type { Matcher } from "../../../src/core/search/matcher.ts";
import { compilePattern } from "../../../src/core/search/pattern.ts";
import { regexMatcher } from "../../../src/core/search/regex-matcher.ts";
import { allHits, cutRuns, type Bytes } from "./cut-runs.ts";
import { oracle } from "./oracle.ts";

const order = fc.constantFrom("little" as const, "big" as const);

function compiled(pattern: SearchPattern, byteOrder: "little" | "big", wordSize: 4 | 8): Matcher {
  const matcher = compilePattern(pattern, byteOrder, wordSize);
  if ("why" in matcher) throw new Error(matcher.why);
  return matcher;
}

/** Bytes that hold many beginnings, endings and whole ones of `seeds`. */
function bytesWith(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const seed = fc.constantFrom(...seeds);
  const piece = fc.oneof(
    { weight: 4, arbitrary: seed },
    { weight: 3, arbitrary: fc.tuple(seed, fc.nat(), fc.nat()).map(([bytes, a, b]) => bytes.subarray(a % (bytes.length + 1), bytes.length - (b % 3))) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 5 }) },
    { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 40 })).map(([byte, count]) => new Uint8Array(count).fill(byte)) },
  );
  return fc.array(piece, { maxLength: 24 }).map((pieces) => new Uint8Array(Buffer.concat(pieces)));
}

interface Case {
  readonly pattern: SearchPattern;
  readonly byteOrder: "little" | "big";
  readonly wordSize: 4 | 8;
  readonly seeds: readonly Uint8Array[];
  readonly matcher?: Matcher;
}

async function checkAgainstOracle(cases: fc.Arbitrary<Case>, numRuns: number): Promise<void> {
  const full = cases.chain((which) =>
    fc.record({
      which: fc.constant(which),
      contents: fc.array(bytesWith(which.seeds), { minLength: 1, maxLength: 3 }),
      address: fc.bigInt({ min: 0n, max: 40n }),
      cuts: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 6 }),
      window: fc.integer({ min: 1, max: 80 }),
      context: fc.nat({ max: 9 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(full, async ({ which, contents, address, cuts, window, context }) => {
      const { pattern, byteOrder, wordSize } = which;
      let next = address;
      const stretches = contents.map((bytes): Bytes => {
        const start = next;
        // A gap of one byte, or none but in name: the runs say that they do not continue.
        next += BigInt(bytes.length) + (start % 2n);
        return { address: start, bytes };
      });
      const hits = await allHits(cutRuns(stretches, cuts), which.matcher ?? compiled(pattern, byteOrder, wordSize), { window, context });
      const expected = stretches.flatMap(({ address: start, bytes }) => oracle(pattern, bytes, start, byteOrder, wordSize).map(({ at, length }) => ({ address: start + BigInt(at), length })));
      expect(hits.map((hit) => ({ address: hit.address, length: hit.length }))).toEqual(expected);

      for (const { run, offset, address: at, length, context: around, contextAt } of hits) {
        const { address: start, bytes } = stretches.find((stretch) => at >= stretch.address && at < stretch.address + BigInt(stretch.bytes.length))!;
        const index = Number(at - start);
        expect(run.address + BigInt(offset)).toBe(at);
        expect(offset).toBeLessThan(run.size);
        expect((await run.source.read(run.offset + offset, run.offset + offset + 1))[0]).toBe(bytes[index]);
        if (pattern.kind === "strings") continue;
        expect(contextAt).toBe(Math.min(context, index));
        expect([...around]).toEqual([...bytes.subarray(index - contextAt, index + Math.min(length, 256) + context)]);
      }
    }),
    { numRuns },
  );
}

describe("the hits are those of the slow way", () => {
  test("text in every encoding, with and without case", async () => {
    const text = fc.oneof(
      fc.constantFrom("a", "ab", "aab", "abcdefg", "Password", "aaaaaaaaaa", "żółw", "Ж", "ſK", "σς", "İı", "ǆǅ", "😀x", "𐐨"),
      fc.string({ unit: fc.constantFrom("a", "A", "b", "\0", "é", "É", "µ", "ß", "ÿ", "€", "𐐀"), minLength: 1, maxLength: 40 }),
    );
    const cases = fc.record({ text, encoding: fc.constantFrom("utf-8" as const, "utf-16" as const, "any" as const), ignoreCase: fc.boolean(), byteOrder: order }).map(({ byteOrder, ...rest }): Case => {
      const forms = [rest.text, rest.text.toUpperCase(), rest.text.toLowerCase()];
      const seeds = forms.flatMap((form) => [Buffer.from(form, "utf8"), Buffer.from(form, "utf16le"), Buffer.from(form, "utf16le").swap16()]);
      return { pattern: { kind: "text", ...rest }, byteOrder, wordSize: 8, seeds };
    });
    await checkAgainstOracle(cases, 1500);
  });

  test("hex with wildcards of bytes and halves", async () => {
    const digit = fc.constantFrom("?", "?", "0", "0", "1", "4", "a", "f", "F");
    const cases = fc
      .array(fc.tuple(digit, digit), { minLength: 1, maxLength: 40 })
      .filter((pairs) => pairs.some(([high, low]) => high !== "?" || low !== "?"))
      .map((pairs): Case => {
        const text = pairs.map((pair) => pair.join("")).join(" ");
        const fill = (by: string): Uint8Array => Buffer.from(text.replaceAll(" ", "").replaceAll("?", by), "hex");
        return { pattern: { kind: "hex", text }, byteOrder: "little", wordSize: 8, seeds: [fill("0"), fill("7"), fill("f")] };
      });
    await checkAgainstOracle(cases, 1500);
  });

  test("integers of every width, order and sign, aligned or not", async () => {
    const width = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);
    const cases = fc.tuple(width, order, fc.boolean(), fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }), fc.boolean(), fc.boolean()).map(([bytes, byteOrder, aligned, number, isSmall, hex]): Case => {
      const bits = bytes * 8;
      const value = isSmall ? number % 3n : number < 0n ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
      const text = hex && value >= 0n ? `0x${value.toString(16)}` : String(value);
      const seed = Buffer.from(BigInt.asUintN(bits, value).toString(16).padStart(bytes * 2, "0"), "hex");
      const seeds = [seed, Buffer.from(seed).reverse(), Buffer.concat([seed, seed, seed])];
      return { pattern: { kind: "integer", text, width: bytes, byteOrder, aligned }, byteOrder, wordSize: 8, seeds };
    });
    await checkAgainstOracle(cases, 1000);
  });

  test("pointers into a range", async () => {
    const cases = fc.tuple(order, fc.constantFrom(4 as const, 8 as const), fc.bigInt({ min: 0n, max: 1n << 64n }), fc.bigInt({ min: 1n, max: 1n << 40n })).map(([byteOrder, wordSize, start, size]): Case => {
      const bits = BigInt(wordSize * 8);
      const from = start % (1n << bits);
      const to = from + size;
      const seeds = [from, from - 1n, to, to - 1n, from + (1n << 32n)].map((value) => {
        const seed = Buffer.from(BigInt.asUintN(Number(bits), value).toString(16).padStart(wordSize * 2, "0"), "hex");
        return byteOrder === "little" ? seed.reverse() : seed;
      });
      return { pattern: { kind: "pointer", from, to }, byteOrder, wordSize, seeds };
    });
    await checkAgainstOracle(cases, 1000);
  });

  test("regular expressions", async () => {
    const source = fc.constantFrom("ab+", "a[^b]c", "(?<=a)b", "\\bword\\b", "^line", "end$", "a.{0,3}z", "[\\x80-\\xff]{2,4}", "a*", "(a|ab)(c|bcd)", "\\x00\\x00", "(.)\\1\\1", "a??b", "x{3}", "(?!a)[a-c]");
    const cases = fc.tuple(source, fc.boolean()).map(([from, ignoreCase]): Case => {
      const matcher = regexMatcher(from, ignoreCase, { longest: 600, behind: 8, most: 24 });
      if ("why" in matcher) throw new Error(matcher.why);
      const seeds = ["abbb", "axc", " word ", "\nline", "end\r\n", "a\n\0z", "\x80\xff\xe9", "abcd", "\0\0\0", "XXXX", "ab", "AB"].map((text) => Buffer.from(text, "latin1"));
      return { pattern: { kind: "regex", source: from, ignoreCase }, byteOrder: "little", wordSize: 8, seeds, matcher };
    });
    await checkAgainstOracle(cases, 1500);
  });

  test("strings in every encoding", async () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom("ascii" as const, "utf-8" as const, "utf-16le" as const, "utf-16be" as const)).map(([min, encoding]): Case => {
      const texts = ["abcd\t ~", "\x7f", "żółw", "日本語", "😀", "\u0301\u00a0\u2028", "€‰", "Привет", "\ud800"];
      const seeds = texts.flatMap((text) => [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le"), Buffer.from(text, "utf16le").swap16()]);
      return { pattern: { kind: "strings", min, encoding }, byteOrder: "little", wordSize: 8, seeds: [...seeds, Buffer.from("c080eda080f4908080e28280", "hex")] };
    });
    await checkAgainstOracle(cases, 1500);
  });
});

test("a match across every border of two runs is found", async () => {
  const text = "needle in memory";
  const patterns: SearchPattern[] = [
    { kind: "text", text, encoding: "any", ignoreCase: true },
    { kind: "hex", text: "6e 65 ?? 64 6c 65" },
    { kind: "regex", source: "need.{1,20}ry", ignoreCase: false },
    { kind: "strings", min: 16, encoding: "ascii" },
  ];
  const bytes = Buffer.concat([new Uint8Array(7), Buffer.from(text), new Uint8Array(5)]);
  for (const pattern of patterns) {
    for (let border = 1; border < bytes.length; border++) {
      for (const window of [1, 8, 64]) {
        const hits = await allHits(cutRuns([{ address: 0x1000n, bytes }], [border, bytes.length]), compiled(pattern, "little", 8), { window });
        expect(hits.map((hit) => hit.address), `${pattern.kind}, border ${border}, window ${window}`).toEqual([0x1007n]);
      }
    }
  }
});

test("a text whose last character ends with the bytes is found, wherever windows end", async () => {
  const bytes = Buffer.concat([Buffer.alloc(40), Buffer.from([0x9e]), Buffer.from("日本語😀")]);
  for (let window = 1; window <= bytes.length + 8; window++) {
    const hits = await allHits(cutRuns([{ address: 0x1000n, bytes }], [0]), compiled({ kind: "strings", min: 2, encoding: "utf-8" }, "little", 8), { window });
    expect(hits.map(({ address, length }) => [address, length]), `window ${window}`).toEqual([[0x1029n, 13]]);
  }
});

test("a match at any place of a window is found whole", async () => {
  const cases: readonly (readonly [SearchPattern, Buffer])[] = [
    [{ kind: "strings", min: 2, encoding: "utf-8" }, Buffer.from("\0😀😀\0")],
    [{ kind: "strings", min: 2, encoding: "utf-16be" }, Buffer.from("\0\0é\0é\0", "utf16le")],
    // Between zeros, where one form of UTF-16 must not be taken for the other.
    [{ kind: "text", text: "Ab", encoding: "any", ignoreCase: false }, Buffer.from("\0\0Ab\0\0", "utf16le")],
    [{ kind: "pointer", from: 1n << 40n, to: 1n << 41n }, Buffer.from("00000000000100000000ff", "hex")],
  ];
  for (const [pattern, needle] of cases) {
    const bytes = Buffer.concat(Array.from({ length: 48 }, (_, count) => Buffer.concat([needle, new Uint8Array(count % 11).fill(1)])));
    const expected = oracle(pattern, bytes, 0n, "little", 8);
    expect(expected.length).toBeGreaterThan(3);
    for (let window = 1; window < 48; window++) {
      const hits = await allHits(cutRuns([{ address: 0n, bytes }], [bytes.length]), compiled(pattern, "little", 8), { window });
      expect(hits.map(({ address, length }) => ({ at: Number(address), length })), `${pattern.kind}, window ${window}`).toEqual(expected);
    }
  }
});
