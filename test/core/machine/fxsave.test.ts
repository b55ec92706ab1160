/** FXSAVE and FSAVE areas of a program with known values, against what gdb reads from the same bytes. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFsave, decodeFxsave, encodeFsave, encodeFxsave } from "../../../src/core/machine/fxsave.ts";
import { lookupIn } from "../../../src/core/machine/register-area.ts";
import { areaOf, byName, expectedOf, gdbRegisters, registerFixture, valuesOf, type GdbRegister } from "../../support/registers.ts";

const STACK = Array.from({ length: 8 }, (_, index) => `st${index}`);
const WORDS = ["fctrl", "fstat", "ftag", "fop", "fip", "fdp"];
const first = (name: string): ReadonlyMap<string, GdbRegister> => gdbRegisters(name).values().next().value!;

/** What differs by design: bytes between the registers and behind them, and the upper byte of the tags. */
function mask(area: Uint8Array): Uint8Array {
  const masked = area.slice(0, 512);
  masked[5] = 0;
  for (let index = 0; index < 8; index++) masked.fill(0, 32 + index * 16 + 10, 48 + index * 16);
  return masked.fill(0, 416);
}

describe("FXSAVE", () => {
  const truth = first("x87");
  const groups = decodeFxsave(areaOf(registerFixture("x87.fxsave")), "x86_64");

  test("values are those of gdb", () => {
    const names = [...STACK, ...WORDS, "mxcsr"];
    expect(valuesOf(groups, names)).toEqual(expectedOf(truth, names));
    for (let index = 0; index < 16; index++) expect(valuesOf(groups, [`xmm${index}`])[`xmm${index}`]).toBe(truth.get(`zmm${index}`)!.value & ((1n << 128n) - 1n));
  });

  test("what they mean: numbers, an empty register, flags", () => {
    const registers = byName(groups);
    for (const name of STACK) expect(registers.get(name)!.meaning).toBe(name === "st6" ? `empty, last ${truth.get(name)!.text}` : truth.get(name)!.text);
    // gdb names the flags; the program set rounding up (bits 13 and 14, and 10 and 11, hold 2) and unmasked division by zero.
    expect(registers.get("mxcsr")!.meaning).toBe(`${truth.get("mxcsr")!.text.slice(2, -2)} (round up)`);
    expect(registers.get("fctrl")!.meaning).toBe("IM DM OM UM PM, 64-bit precision, round up");
    expect(registers.get("fstat")!.meaning).toBe("ZE ES B TOP=0");
    expect(registers.get("ftag")!.meaning).toBe("R0 special, R1 valid, R2 special, R3 special, R4 special, R5 zero, R7 valid");
  });

  test("i386 has eight vector registers, and pointers with segments", () => {
    const registers = byName(decodeFxsave(areaOf(registerFixture("x87.fxsave")), "i386"));
    expect([...registers.keys()].filter((name) => name.startsWith("xmm"))).toHaveLength(8);
    expect(registers.get("fip")!.bytes).toHaveLength(4);
    expect(registers.get("fiseg")!.bytes).toHaveLength(2);
  });

  test("places name the bytes", () => {
    const registers = byName(groups);
    expect(registers.get("st3")).toMatchObject({ record: 7, path: "80+10" });
    expect(registers.get("xmm2")).toMatchObject({ record: 7, path: "192+16" });
    expect(registers.get("ftag")).toMatchObject({ record: 7, path: "4+1" });
  });

  test("what was not saved is not there", () => {
    const without = byName(decodeFxsave(areaOf(registerFixture("x87.fxsave"), true, (offset) => (offset < 160 ? { record: 1 } : undefined)), "x86_64"));
    expect(without.has("st7")).toBe(true);
    expect(without.has("xmm0")).toBe(false);
    expect(byName(decodeFxsave(areaOf(registerFixture("x87.fxsave").subarray(0, 20)), "x86_64")).has("fdp")).toBe(false);
  });

  test("any area that is decoded and encoded again has the same registers and bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 512, maxLength: 512 }), fc.constantFrom("x86_64" as const, "i386" as const), (bytes, machine) => {
        const decoded = decodeFxsave(areaOf(bytes), machine);
        const encoded = encodeFxsave(lookupIn(decoded), machine);
        expect(decodeFxsave(areaOf(encoded), machine)).toEqual(decoded);
        if (machine === "x86_64") expect(mask(encoded)).toEqual(mask(bytes));
      }),
    );
  });

  test("of nothing is the state of a fresh processor", () => {
    const registers = byName(decodeFxsave(areaOf(encodeFxsave(() => undefined, "x86_64")), "x86_64"));
    expect([registers.get("fctrl")!.bytes, registers.get("mxcsr")!.bytes, registers.get("ftag")!.meaning]).toEqual([new Uint8Array([0x7f, 3]), new Uint8Array([0x80, 0x1f, 0, 0]), "all empty"]);
  });

  test("any bytes give registers that lie in them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        for (const { registers } of [...decodeFxsave(areaOf(bytes), "i386"), decodeFsave(areaOf(bytes))]) {
          for (const { path } of registers) {
            const [offset, size] = path!.split("+").map(Number);
            expect(offset! + size!).toBeLessThanOrEqual(bytes.length);
          }
        }
      }),
    );
  });
});

describe("FSAVE", () => {
  const truth = first("fsave");

  test("values are those of gdb", () => {
    const group = decodeFsave(areaOf(registerFixture("x87.fsave")));
    const names = [...STACK, ...WORDS, "fiseg", "foseg"];
    expect(valuesOf([group], names)).toEqual(expectedOf(truth, names));
    expect(byName([group]).get("st1")!.meaning).toBe(truth.get("st1")!.text);
  });

  test("the bytes come back", () => {
    const bytes = registerFixture("x87.fsave");
    expect(encodeFsave(lookupIn([decodeFsave(areaOf(bytes))]))).toEqual(bytes);
  });

  test("any area that is decoded and encoded again has the same registers", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 108, maxLength: 108 }), (bytes) => {
        const decoded = decodeFsave(areaOf(bytes));
        expect(decodeFsave(areaOf(encodeFsave(lookupIn([decoded]))))).toEqual(decoded);
      }),
    );
  });
});
