import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { doubleText, registerDecimal, registerHex, registerNumber, vectorText } from "../../src/ui/parts/thread/register-text.ts";

/** Bytes of numbers as a little-endian machine holds them, by the platform's own typed arrays. */
function bytesOf(array: Float32Array | Float64Array | BigUint64Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer);
}

describe("a register", () => {
  it("is one number, least significant byte first", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (value) => {
        const bytes = bytesOf(BigUint64Array.of(value));
        expect(registerNumber(bytes)).toBe(value);
        expect(BigInt(registerHex(bytes))).toBe(value);
        expect(registerHex(bytes)).toHaveLength(18);
      }),
    );
  });

  it("is told as a negative number too where it may be one", () => {
    expect(registerDecimal(Uint8Array.of(0xfe, 0xff, 0xff, 0xff))).toBe("4294967294 (-2)");
    expect(registerDecimal(Uint8Array.of(7, 0, 0, 0))).toBe("7");
  });
});

describe("a vector register", () => {
  it("shows its lanes from the lowest on", () => {
    expect(vectorText(bytesOf(BigUint64Array.of(1n, (1n << 64n) - 1n)), "u64")).toBe("1 18446744073709551615");
    expect(vectorText(bytesOf(Uint16Array.of(1, 2, 3, 65535)), "u16")).toBe("1 2 3 65535");
    expect(vectorText(bytesOf(Float64Array.of(Math.PI, -0)), "f64")).toBe(`${Math.PI} -0`);
    expect(vectorText(bytesOf(Float32Array.of(0.1, 1, Infinity, Number.NaN)), "f32")).toBe("0.100000001 1.0 Infinity NaN");
  });

  it("has each float with enough digits to tell it from its neighbours", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (low, high) => {
        const lanes = vectorText(bytesOf(Float32Array.of(low, high)), "f32").split(" ").map(Number);
        expect(lanes.map((lane) => Math.fround(lane))).toEqual([low, high]);
      }),
    );
  });

  it("is one number in hex", () => {
    expect(vectorText(Uint8Array.from({ length: 16 }, (_, at) => at), "hex")).toBe("0x0f0e0d0c0b0a09080706050403020100");
  });

  it("that is only a control word stays a number in any form", () => {
    expect(vectorText(Uint8Array.of(0x80, 0x1f, 0, 0), "u8")).toBe("0x00001f80");
    expect(vectorText(new Uint8Array(0), "f64")).toBe("0x");
  });
});

describe("a register that holds a double", () => {
  it("shows it, and its bits where it is none", () => {
    expect(doubleText(bytesOf(Float64Array.of(1.5)))).toBe("1.5");
    expect(doubleText(Uint8Array.of(1, 2, 3, 4))).toBe("0x04030201");
  });
});
