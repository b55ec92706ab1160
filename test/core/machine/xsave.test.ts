/** XSAVE areas of both columns and the compacted form: against gdb, the values that a program loaded, and the kernel's layout note. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lookupIn, toBigint } from "../../../src/core/machine/register-area.ts";
import { decodeXsave, encodeXsave } from "../../../src/core/machine/xsave.ts";
import { readXsaveLayout } from "../../../src/core/machine/xsave-layout.ts";
import { areaOf, byName, expectedOf, gdbRegisters, registerFixture, valuesOf } from "../../support/registers.ts";

const XCR0 = 464;
const XSTATE_BV = 512;
const XCOMP_BV = 520;
const truth = gdbRegisters("x87").values().next().value!;
/** As the kernel gave it on a processor of AMD, and the same with its parts at Intel's places, from which gdb reads. */
const kernel = registerFixture("x87.xstate");
const intel = registerFixture("x87-intel.xstate");
const groupsOf = (bytes: Uint8Array) => decodeXsave(areaOf(bytes), "x86_64");
const withoutPlaces = (bytes: Uint8Array) => groupsOf(bytes).map(({ registers, ...group }) => ({ ...group, registers: registers.map(({ name, bytes, meaning }) => ({ name, bytes, meaning })) }));

function changed(bytes: Uint8Array, words: Readonly<Record<number, bigint>>): Uint8Array {
  const copy = bytes.slice();
  for (const [at, value] of Object.entries(words)) new DataView(copy.buffer).setBigUint64(Number(at), value, true);
  return copy;
}

/** What the program loaded: byte j of vector i. */
const pattern = (index: number): Uint8Array => Uint8Array.from({ length: 64 }, (_, at) => (index << 3) ^ (at * 5 + 1));

describe("XSAVE", () => {
  test("every vector and mask register is that of gdb", () => {
    const names = [...Array.from({ length: 32 }, (_, index) => `zmm${index}`), ...Array.from({ length: 8 }, (_, index) => `k${index}`)];
    expect(valuesOf(groupsOf(intel), names)).toEqual(expectedOf(truth, names));
    const low = valuesOf(groupsOf(intel), ["ymm5", "xmm5"]);
    expect(low).toEqual({ ymm5: truth.get("zmm5")!.value & ((1n << 256n) - 1n), xmm5: truth.get("zmm5")!.value & ((1n << 128n) - 1n) });
    expect(groupsOf(intel).map(({ title, registers, why }) => [title, registers.length, why])).toEqual([["x87", 14, undefined], ["SSE", 18, undefined], ["AVX", 16, undefined], ["AVX-512", 40, undefined]]);
  });

  test.each([["AMD", kernel], ["Intel", intel]])("%s: vectors and masks are those that the program loaded", (_, area) => {
    const registers = byName(groupsOf(area));
    for (let index = 0; index < 32; index++) expect([index, registers.get(`zmm${index}`)!.bytes]).toEqual([index, pattern(index)]);
    for (let index = 0; index < 8; index++) expect(toBigint(registers.get(`k${index}`)!.bytes)).toBe(BigInt.asUintN(64, 0x0123_4567_89ab_cdefn * BigInt(2 * index + 1)));
  });

  test("the place of a part is that of its column", () => {
    expect([kernel, intel].map((area) => ["k1", "zmm16", "ymm1"].map((name) => byName(groupsOf(area)).get(name)!.path))).toEqual([["840+8", "1408+64", "176+16"], ["1096+8", "1664+64", "176+16"]]);
  });

  test("a compacted area has the same registers", () => {
    expect(withoutPlaces(changed(kernel, { [XCOMP_BV]: (1n << 63n) | 0xe7n, [XCR0]: 0n }))).toEqual(withoutPlaces(intel));
  });

  test("a compacted area without AVX-512", () => {
    const groups = groupsOf(changed(intel.slice(0, 832), { [XCOMP_BV]: (1n << 63n) | 7n, [XSTATE_BV]: 7n }));
    expect(groups.map(({ title }) => title)).toEqual(["x87", "SSE", "AVX"]);
    expect(valuesOf(groups, ["ymm15"])["ymm15"]).toBe(truth.get("zmm15")!.value & ((1n << 256n) - 1n));
  });

  test("an area of a kernel core: with its layout note and without, ymm9 holds what the thread had loaded", () => {
    const bytes = registerFixture("packed.xstate");
    const layout = readXsaveLayout(registerFixture("packed.layout"));
    expect([...layout]).toEqual([[2, { size: 256, offset: 576 }], [5, { size: 64, offset: 832 }], [6, { size: 512, offset: 896 }], [7, { size: 1024, offset: 1408 }]]);
    const loaded = Uint8Array.from({ length: 32 }, (_, index) => 0xa1 + index);
    for (const explicit of [layout, undefined]) expect(byName(decodeXsave(areaOf(bytes), "x86_64", explicit)).get("ymm9")!.bytes).toEqual(loaded);
  });

  test("parts that are not in use hold initial values, whatever their bytes are", () => {
    const groups = groupsOf(changed(intel, { [XSTATE_BV]: 0n }));
    for (const { why } of groups) expect(why).toContain("XSTATE_BV");
    for (const [name, { bytes }] of byName(groups)) if (/^([xyz]mm|k|st|fip|fstat)\d*$/.test(name)) expect([name, bytes.every((byte) => byte === 0)]).toEqual([name, true]);
    const registers = byName(groups);
    expect([registers.get("fctrl")!.bytes, registers.get("ftag")!.bytes, registers.get("mxcsr")!.bytes]).toEqual([new Uint8Array([0x7f, 3]), new Uint8Array([255, 255]), new Uint8Array([0x80, 0x1f, 0, 0])]);
    expect(registers.get("st0")!.meaning).toBe("empty");
  });

  test("with AVX in use and SSE not, the control register is the area's and the low halves are 0", () => {
    const registers = byName(groupsOf(changed(intel, { [XSTATE_BV]: 4n })));
    expect(registers.get("mxcsr")!.bytes).toEqual(intel.slice(24, 28));
    expect(registers.get("ymm1")!.bytes).toEqual(new Uint8Array([...new Uint8Array(16), ...intel.subarray(592, 608)]));
  });

  test("keys of memory protection say what they close", () => {
    const area = new Uint8Array(2696);
    area.set(intel);
    new DataView(area.buffer).setUint32(2688, 0x5555_5558, true);
    const { registers } = groupsOf(changed(area, { [XCR0]: 0x2e7n, [XSTATE_BV]: 0x2e7n })).find(({ title }) => title === "PKRU")!;
    expect(registers[0]).toMatchObject({ name: "pkru", meaning: "no access: 2 3 4 5 6 7 8 9 10 11 12 13 14 15; no write: 1" });
  });

  test("a part whose place is not known is not shown", () => {
    const { registers, why } = groupsOf(changed(intel.slice(0, 2000), {})).find(({ title }) => title === "AVX-512")!;
    expect(registers).toHaveLength(0);
    expect(why).toContain("not known");
  });

  test("any bytes and any layout give registers that lie in them", () => {
    const header = fc.tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 528, maxLength: 3000 }), header, fc.option(fc.uint8Array({ maxLength: 160 })), (bytes, [xcr0, used, compacted], layout) => {
        const area = changed(bytes, { [XCR0]: xcr0, [XSTATE_BV]: used, [XCOMP_BV]: compacted });
        for (const { registers } of decodeXsave(areaOf(area), "x86_64", layout === null ? undefined : readXsaveLayout(layout))) {
          for (const { path } of registers) {
            const [offset, size] = path!.split("+").map(Number);
            expect(offset! + size!).toBeLessThanOrEqual(area.length);
          }
        }
      }),
    );
  });
});

describe("an XSAVE area from registers", () => {
  test("is the one from which gdb reads the right values, byte for byte, also from the other column", () => {
    for (const area of [intel, kernel]) expect(encodeXsave(lookupIn(groupsOf(area)), "x86_64")).toEqual(intel);
  });

  test("has one of the sizes that debuggers know, with XCR0 and standard form", () => {
    const named = (...names: readonly string[]) => encodeXsave((name) => (names.includes(name) ? new Uint8Array(64).fill(1) : undefined), "x86_64");
    const words = (area: Uint8Array | undefined) => [XCR0, XSTATE_BV, XCOMP_BV].map((at) => new DataView(area!.buffer).getBigUint64(at, true));
    expect([named("ymm0")!.length, words(named("ymm0"))]).toEqual([832, [7n, 7n, 0n]]);
    expect([named("bnd0raw", "ymm0")!.length, words(named("bnd0raw", "ymm0"))]).toEqual([1088, [0x1fn, 0x1fn, 0n]]);
    expect([named("zmm0")!.length, words(named("zmm0"))]).toEqual([2688, [0xe7n, 0xe7n, 0n]]);
    expect([named("zmm0", "pkru")!.length, words(named("zmm0", "pkru"))]).toEqual([2696, [0x2e7n, 0x2e7n, 0n]]);
    expect(named("xmm0")).toBeUndefined();
  });

  test("decoded again has the same registers, also from the other column", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2432, maxLength: 2432 }), fc.constantFrom("x86_64" as const, "i386" as const), (bytes, machine) => {
        const groups = decodeXsave(areaOf(changed(bytes, { [XCR0]: 0xe7n, [XSTATE_BV]: 0xe7n, [XCOMP_BV]: 0n })), machine);
        const again = decodeXsave(areaOf(encodeXsave(lookupIn(groups), machine)!), machine);
        const names = [...byName(groups).keys()];
        expect(names.length).toBeGreaterThan(40);
        expect(valuesOf(again, names)).toEqual(valuesOf(groups, names));
      }),
    );
  });
});
