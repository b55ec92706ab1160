/** JSON with positions: agrees with JSON.parse, tiles any text, ends on any nesting. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FieldNode } from "../../../src/core/inspector.ts";
import { PLAIN_ABI } from "../../../src/core/schema/abi.ts";
import { explainJson } from "../../../src/core/schema/explain-json.ts";
import { parseJson, type JsonValue } from "../../../src/core/schema/json.ts";
import { expectTiles } from "../../support/criu-open.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Back to plain values; numbers that a double would round come as their text. */
function plain(value: JsonValue): unknown {
  if (value.kind === "object") {
    const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const child of value.children) object[child.key!] = plain(child);
    return { ...object };
  }
  if (value.kind === "array") return value.children.map(plain);
  return value.kind === "number" ? Number(value.value) : value.value;
}

function tree(bytes: Uint8Array, base: number, open = true): FieldNode {
  const children = explainJson(parseJson(bytes), base, base + bytes.length, { abi: PLAIN_ABI, file: 0, origin: 0, param: 0, open: () => open });
  return { name: "JSON", path: "", span: { file: 0, start: base, end: base + bytes.length }, type: "JSON", text: "", value: null, children };
}

function expectLaws(bytes: Uint8Array): void {
  const parsed = parseJson(bytes);
  expect(parsed.end).toBeLessThanOrEqual(bytes.length);
  if (parsed.problem === undefined) expect(parsed.end).toBe(bytes.length);
  for (const open of [true, false]) {
    const root = tree(bytes, 100, open);
    // A text of no bytes has no fields.
    if (bytes.length > 0) expectTiles(root);
    const unknown = root.children!.filter(({ role }) => role === "unknown").reduce((sum, { span }) => sum + span.end - span.start, 0);
    if (parsed.problem === undefined) expect(unknown).toBe(0);
    else if (bytes.length > 0) expect(unknown).toBe(bytes.length - parsed.end);
  }
}

const spaced = fc.tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t", "  \n"), fc.constantFrom("", " ", "\n\n")).map(([value, indent, around]) => `${around}${JSON.stringify(value, undefined, indent)}${around}`);

describe("JSON", () => {
  test("is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(spaced, (text) => {
        const { root, problem } = parseJson(encode(text));
        expect(problem).toBeUndefined();
        expect(plain(root!)).toEqual(JSON.parse(text));
        expectLaws(encode(text));
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  test("refuses nothing that JSON.parse accepts, and reads it the same", () => {
    const nearly = fc.tuple(spaced, fc.nat(), fc.constantFrom("", ",", "]", "}", '"', "\\", "x", "0", "-", ".", "\u0000", "\n", "é", "\\u00e9", "\\n"), fc.nat(2)).map(([text, at, piece, drop]) => {
      const where = at % (text.length + 1);
      return text.slice(0, where) + piece + text.slice(where + drop);
    });
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string({ unit: "binary" })), (text) => {
        if (/\p{Surrogate}/u.test(text)) return;
        let expected: unknown;
        try {
          expected = JSON.parse(text) as unknown;
        } catch {
          // Engines are not as strict either: control characters in strings and zeros before numbers are let pass.
          return;
        }
        const { root, problem } = parseJson(encode(text));
        expect([text, problem]).toEqual([text, undefined]);
        expect(plain(root!)).toEqual(expected);
        read++;
      }),
      { numRuns: 1500, seed: 3 },
    );
    expect(read).toBeGreaterThan(100);
  });

  test("tiles any bytes", () => {
    const piece = fc.oneof(fc.constantFrom(..."{}[],:\"\\ \n0-1.5e truefalsenull".split("")), fc.string({ maxLength: 3 }));
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => expectLaws(encode(pieces.join("")))), { numRuns: 1000, seed: 3 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => expectLaws(bytes)), { numRuns: 500, seed: 3 });
  });

  test("has a path for each field, also where keys repeat or hold the signs of a path", () => {
    const long = `[${Array.from({ length: 300 }, (_, index) => index).join()}]`;
    for (const text of ['{"a":{"b":1},"a.b":2}', '{"":1,"%":2}', '{"@open":1,"@value":2,"@close":3}', '{"%2E":1,".":2}', `{"0-255":${long},"a":${long}}`,
      '{"a":{"b":1},"b":2}', '{"a":1,"a":2,"a":[3]}', '{"x":[{"a":1,"a":{"b":2}}]}']) {
      const seen = new Set<string>();
      const visit = (node: FieldNode): void => {
        expect([text, node.path, seen.has(node.path)]).toEqual([text, node.path, false]);
        seen.add(node.path);
        for (const child of node.children ?? []) visit(child);
      };
      visit(tree(encode(text), 0));
    }
  });

  test("stops at deep nesting and at many values, and says so", () => {
    for (const text of ["[".repeat(100_000), '{"a":'.repeat(50_000), `${"[".repeat(1000)}${"]".repeat(1000)}`]) {
      const { problem } = parseJson(encode(text));
      expect(problem).toMatch(/nested/);
      expectLaws(encode(text));
    }
    expect(parseJson(encode(`[${"1,".repeat(100)}1]`), { mostValues: 50 }).problem).toMatch(/more than 50 values/);
  });

  test("folds long lists into groups that tile", () => {
    expectLaws(encode(JSON.stringify(Array.from({ length: 5000 }, (_, index) => ({ index })))));
    expectLaws(encode(JSON.stringify(Object.fromEntries(Array.from({ length: 700 }, (_, index) => [`k${index}`, [index]])))));
  });
});
