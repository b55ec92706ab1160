/** 80-bit numbers: against gdb, and against the numbers of the language they are tested in. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBytes } from "../../../src/core/machine/register-area.ts";
import { abridgedTags, formatX87, fullTags, tagOf } from "../../../src/core/machine/x87.ts";
import { gdbRegisters } from "../../support/registers.ts";

/** A double as the x87 unit loads it: exponent of 15 bits, integer bit stored. */
function widen(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const sign = (bits >> 63n) << 79n;
  let exponent = (bits >> 52n) & 0x7ffn;
  let mantissa = bits & 0xf_ffff_ffff_ffffn;
  if (exponent === 0n && mantissa === 0n) return toBytes(sign, 10);
  if (exponent === 0n) for (exponent = 1n; mantissa >> 52n === 0n; exponent--) mantissa <<= 1n;
  return toBytes(sign | ((exponent - 1023n + 16383n) << 64n) | (((mantissa | (1n << 52n)) & 0x1f_ffff_ffff_ffffn) << 11n), 10);
}

describe("80-bit numbers", () => {
  test("are written as gdb writes them: pi, a denormal, infinity, no number, -0, the largest, 0.1", () => {
    const truth = gdbRegisters("x87").values().next().value!;
    for (let index = 0; index < 8; index++) {
      const { value, text } = truth.get(`st${index}`)!;
      expect([index, formatX87(toBytes(value, 10))]).toEqual([index, text]);
    }
  });

  test("hold every double exactly: the text reads back as the same number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(Number(formatX87(widen(value))), value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("tell zero, special and valid numbers apart", () => {
    expect(tagOf(widen(1.5))).toBe(0);
    expect(tagOf(widen(-0))).toBe(1);
    // Infinity, a denormal, and a number whose integer bit is missing.
    for (const bits of [0x7fff_8000_0000_0000_0000n, 1n, 0x4000_0000_0000_0000_0001n]) expect(tagOf(toBytes(bits, 10))).toBe(2);
    expect(formatX87(toBytes(0x4000_0000_0000_0000_0001n, 10))).toContain("unsupported");
  });

  test("any ten bytes have a text and a tag", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        expect(formatX87(bytes)).not.toBe("");
        expect(tagOf(bytes)).toBeLessThan(3);
      }),
    );
  });

  test("the tag byte and the tag word agree on what is empty", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 0xffff }), (abridged, status) => {
        expect(abridgedTags(fullTags(abridged, status, () => widen(2)))).toBe(abridged);
      }),
    );
  });
});
