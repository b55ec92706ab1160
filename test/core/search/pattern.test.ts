import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../src/core/bytes/source.ts";
import type { SearchPattern } from "../../../src/core/memory-inspector.ts";
import { compilePattern } from "../../../src/core/search/pattern.ts";
import { allHits } from "./cut-runs.ts";

async function placesIn(pattern: SearchPattern, bytes: Uint8Array, byteOrder: "little" | "big" = "little"): Promise<readonly (readonly [at: number, length: number, text?: string])[]> {
  const matcher = compilePattern(pattern, byteOrder, 8);
  if ("why" in matcher) throw new Error(matcher.why);
  const hits = await allHits([{ address: 0n, size: bytes.length, source: memorySource(bytes), offset: 0, continues: false }], matcher);
  return hits.map(({ address, length, text }) => (text === undefined ? [Number(address), length] : [Number(address), length, text]));
}

function whyOf(pattern: SearchPattern, wordSize: 4 | 8 = 8): string | undefined {
  const matcher = compilePattern(pattern, "little", wordSize);
  return "why" in matcher ? matcher.why : undefined;
}

const hex = (text: string): SearchPattern => ({ kind: "hex", text });
const integer = (text: string, width: 1 | 2 | 4 | 8 = 4): SearchPattern => ({ kind: "integer", text, width, byteOrder: "little", aligned: false });
const bytesOf = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("a pattern that cannot be searched for says why", () => {
  test.each([
    [hex(""), "no bytes"],
    [hex("  "), "no bytes"],
    [hex("48 8g"), "“g” is not a hex digit"],
    [hex("48 8"), "“8” has an odd number of digits"],
    [hex("488"), "“488” has an odd number of digits"],
    [hex("?? ??"), "at least one digit"],
    [hex("00".repeat(4097)), "longer than 4096 bytes"],
    [integer(""), "no number"],
    [integer("12x"), "not a number"],
    [integer("1.5"), "not a number"],
    [integer("256", 1), "from -128 to 255"],
    [integer("-129", 1), "from -128 to 255"],
    [integer("0x10000", 2), "does not fit into 2 bytes"],
    [integer("18446744073709551616", 8), "from -9223372036854775808 to 18446744073709551615"],
    [integer(`-${"9".repeat(100_000)}`, 8), "does not fit"],
    [{ kind: "text", text: "", encoding: "any", ignoreCase: false }, "no text"],
    [{ kind: "text", text: "a\ud800", encoding: "utf-8", ignoreCase: false }, "half of a character"],
    [{ kind: "text", text: "é".repeat(2049), encoding: "utf-8", ignoreCase: false }, "longer than 4096 bytes"],
    [{ kind: "regex", source: "", ignoreCase: false }, "no expression"],
    [{ kind: "regex", source: "a(b", ignoreCase: false }, "not a regular expression: Unterminated group."],
    [{ kind: "regex", source: "ł", ignoreCase: false }, "“ł” is more than one byte"],
    [{ kind: "pointer", from: 5n, to: 5n }, "No pointer"],
    [{ kind: "strings", min: 0, encoding: "ascii" }, "from 1 to"],
    [{ kind: "strings", min: NaN, encoding: "ascii" }, "from 1 to"],
  ] as const)("%o", (pattern, why) => {
    expect(whyOf(pattern)).toContain(why);
  });

  test("a pointer beyond the words of the machine", () => {
    expect(whyOf({ kind: "pointer", from: 1n << 32n, to: 1n << 40n }, 4)).toContain("4 bytes");
    expect(whyOf({ kind: "pointer", from: 1n << 32n, to: 1n << 40n }, 8)).toBeUndefined();
  });
});

test("hex may be written with and without blanks, in parts, with 0x", async () => {
  const bytes = bytesOf("00 48 8b 05 0f 48 8b 45 0f");
  for (const text of ["48 8b ?? 0f", "488b??0f", "488B ??0f", " 0x48, 0x8b ? 0x0f ", "4? ?b ?? ?f"]) expect(await placesIn(hex(text), bytes), text).toEqual([[1, 4], [5, 4]]);
  expect(await placesIn(hex("?? 05"), bytes)).toEqual([[2, 2]]);
  expect(await placesIn(hex("0f ??"), bytes), "a wildcard at the end needs a byte").toEqual([[4, 2]]);
});

test("integers are two's complement of their width", async () => {
  const bytes = bytesOf("ff ff ff ff ff ff ff ff 80 01 00");
  expect(await placesIn(integer("-1", 8), bytes)).toEqual([[0, 8]]);
  expect(await placesIn(integer("18446744073709551615", 8), bytes)).toEqual([[0, 8]]);
  expect(await placesIn(integer("-0x80", 1), bytes)).toEqual([[8, 1]]);
  expect(await placesIn(integer("+000000000000000000000000000000384", 2), bytes)).toEqual([[8, 2]]);
  expect(await placesIn({ kind: "integer", text: "0x8001", width: 2, byteOrder: "big", aligned: true }, bytes)).toEqual([[8, 2]]);
});

test("any encoding finds UTF-8 and both forms of UTF-16, and takes a text between zeros for the machine's form", async () => {
  const any: SearchPattern = { kind: "text", text: "Ab", encoding: "any", ignoreCase: false };
  const bytes = bytesOf("4162 ff 41006200 ff 00410062 ff 004100620000");
  expect(await placesIn(any, bytes)).toEqual([[0, 2, "Ab"], [3, 4, "Ab"], [8, 4, "Ab"], [14, 4, "Ab"]]);
  expect(await placesIn(any, bytes, "big")).toEqual([[0, 2, "Ab"], [3, 4, "Ab"], [8, 4, "Ab"], [13, 4, "Ab"]]);
});

test("the text of a hit is the one found, in its own case", async () => {
  expect(await placesIn({ kind: "text", text: "straße É", encoding: "utf-8", ignoreCase: true }, Buffer.from("STRASSE É, Straße é, STRAßE É"))).toEqual([
    [12, 10, "Straße é"],
    [24, 10, "STRAßE É"],
  ]);
});

test("no text of a pattern makes the search throw", async () => {
  const bytes = Buffer.from("a(b)c[d]\\x\0\xff\u0001 48 8b 12 -1", "latin1");
  const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.string({ unit: fc.constantFrom(..."(?:[^a]b)*+{1,9}\\xd|$.<=!>k0?\ud800") }));
  const pattern: fc.Arbitrary<SearchPattern> = fc.oneof(
    fc.record({ kind: fc.constant("text" as const), text: anyText, encoding: fc.constantFrom("utf-8" as const, "utf-16" as const, "any" as const), ignoreCase: fc.boolean() }),
    fc.record({ kind: fc.constant("hex" as const), text: fc.oneof(anyText, fc.string({ unit: fc.constantFrom(..."0123456789abcdef? x,") })) }),
    fc.record({ kind: fc.constant("integer" as const), text: fc.oneof(anyText, fc.string({ unit: fc.constantFrom(..."0123456789abcdefx-+_ ") })), width: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const), byteOrder: fc.constantFrom("little" as const, "big" as const), aligned: fc.boolean() }),
    fc.record({ kind: fc.constant("regex" as const), source: anyText, ignoreCase: fc.boolean() }),
    fc.record({ kind: fc.constant("pointer" as const), from: fc.bigInt(), to: fc.bigInt() }),
    fc.record({ kind: fc.constant("strings" as const), min: fc.oneof(fc.integer(), fc.double()), encoding: fc.constantFrom("ascii" as const, "utf-8" as const, "utf-16le" as const, "utf-16be" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(pattern, fc.constantFrom(4 as const, 8 as const), async (which, wordSize) => {
      const matcher = compilePattern(which, "little", wordSize);
      if ("why" in matcher) return void expect(matcher.why).toMatch(/[.]$/);
      await allHits([{ address: 0n, size: bytes.length, source: memorySource(bytes), offset: 0, continues: false }], matcher);
    }),
    { numRuns: 3000 },
  );
});

test("an expression that is too large for the engine is refused, not thrown", () => {
  for (const source of ["(?:a{60000}){60000}", `${"(".repeat(50_000)}a${")".repeat(50_000)}`, "[".repeat(1000), "(?<n>a)(?<n>b)"]) {
    expect(typeof whyOf({ kind: "regex", source, ignoreCase: false }), source.slice(0, 20)).toMatch(/string|undefined/);
  }
});
