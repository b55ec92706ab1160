/** Register sets of the other machines: written and read again, and vectors put together from their halves. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coreLayoutOf } from "../../../src/core/machine/core-layout.ts";
import { decodeSet, encodeSet, FLOATING_POINT, joinHalves, PPC_VMX, PPC_VSX, S390_VXRS_HIGH, S390_VXRS_LOW } from "../../../src/core/machine/floating-point.ts";
import { lookupIn, toBigint } from "../../../src/core/machine/register-area.ts";
import { areaOf, byName, valuesOf } from "../../support/registers.ts";

const SETS = [...Object.entries(FLOATING_POINT), ["ppc64 VMX", PPC_VMX], ["ppc64 VSX", PPC_VSX], ["s390x low", S390_VXRS_LOW], ["s390x high", S390_VXRS_HIGH]] as const;

describe.each(SETS)("%s", (machine, set) => {
  test("registers that are written are read again, in both byte orders", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: set.size, maxLength: set.size }), fc.boolean(), (bytes, little) => {
        const group = decodeSet(set, areaOf(bytes, little));
        expect(group.registers.length).toBeGreaterThan(15);
        expect(decodeSet(set, areaOf(encodeSet(set, lookupIn([group]), little), little))).toEqual(group);
      }),
    );
  });

  test("no two registers share bytes or a name", () => {
    for (const little of [true, false]) {
      const ranges = set.slots(little).toSorted((a, b) => a.offset - b.offset);
      for (const [index, { offset }] of ranges.entries()) if (index > 0) expect(offset).toBeGreaterThanOrEqual(ranges[index - 1]!.offset + ranges[index - 1]!.size);
      expect(new Set(ranges.map(({ name }) => name)).size).toBe(ranges.length);
    }
  });

  test("has the size of the note, except arm, whose vector registers have a note of their own", () => {
    if (machine !== "arm") expect([undefined, set.size]).toContain(coreLayoutOf(machine)?.fpregsetSize);
  });
});

describe("vectors of two halves", () => {
  /** Words counted from 1, in the byte order of the machine. */
  const words = (count: number, little: boolean, first: bigint): Uint8Array => {
    const bytes = new Uint8Array(count * 8);
    for (let index = 0; index < count; index++) new DataView(bytes.buffer).setBigUint64(index * 8, first + BigInt(index), little);
    return bytes;
  };

  test.each([true, false])("ppc64, little endian %s: the upper half of vs5 is f5", (little) => {
    const registers = joinHalves(PPC_VSX, areaOf(words(32, little, 100n), little), "ppc64", areaOf(words(33, little, 200n), little));
    expect(registers).toHaveLength(32);
    expect([registers[5]!.name, toBigint(registers[5]!.bytes)]).toEqual(["vs5", (205n << 64n) | 105n]);
  });

  test("s390x: the upper half of v5 is f5, which stands behind the control word", () => {
    const registers = joinHalves(S390_VXRS_LOW, areaOf(words(16, false, 100n), false), "s390x", areaOf(words(17, false, 200n), false));
    expect(registers).toHaveLength(16);
    expect([registers[5]!.name, toBigint(registers[5]!.bytes)]).toEqual(["v5", (206n << 64n) | 105n]);
  });

  test("the control word of VMX is the low word of a vector in both byte orders", () => {
    const vector = new Uint8Array(544);
    vector[512] = 1;
    expect(valuesOf([decodeSet(PPC_VMX, areaOf(vector, true))], ["vscr"])).toEqual({ vscr: 1n });
    vector[512] = 0;
    vector[527] = 1;
    expect(valuesOf([decodeSet(PPC_VMX, areaOf(vector, false))], ["vscr"])).toEqual({ vscr: 1n });
    expect(byName([decodeSet(PPC_VMX, areaOf(vector, false))]).get("vr31")!.bytes).toHaveLength(16);
  });
});
