/**
 * The extended state of x86 processors: an XSAVE area in groups, with the vector registers put together from their pieces,
 * and such an area from registers.
 */
import type { RegisterGroup, RegisterValue } from "../memory-inspector.ts";
import { ftagText, fctrlText, fstatText, mxcsrText, pkruText } from "./flags.ts";
import { decodeX87, decodeFxsave, encodeFxsave, FXSAVE_BYTES, INITIAL_FCTRL, INITIAL_MXCSR, vectorCount, XMM, type X86 } from "./fxsave.ts";
import { joined, readRegisters, register, slotBytes, slots, toBytes, putBytes, type RegisterArea, type RegisterLookup, type RegisterSlot } from "./register-area.ts";
import { hasPart, INTEL, PART, shapeOf, XCR0_AT, XSTATE_BV_AT, type XsaveLayout, type XsaveShape } from "./xsave-layout.ts";

const UNUSED = "The thread has not used these since they were reset (not in XSTATE_BV): initial values.";

/**
 * Groups `x87`, `SSE` and, as far as the area has them, `AVX`, `AVX-512`, `MPX`, `PKRU`. Parts that are not in use have
 * initial values, whatever their bytes are, and say so in `why`.
 */
export function decodeXsave(area: RegisterArea, machine: X86, explicit?: XsaveLayout): readonly RegisterGroup[] {
  const shape = shapeOf(area.bytes, explicit);
  if (area.bytes.length <= XSTATE_BV_AT) return decodeFxsave(area, machine);
  const groups: RegisterGroup[] = [legacyX87(area, machine, shape), legacySse(area, machine, shape)];
  if (hasPart(shape.parts, PART.avx)) groups.push(avx(area, machine, shape));
  if (hasPart(shape.parts, PART.opmask)) groups.push(avx512(area, machine, shape));
  if (hasPart(shape.parts, PART.bndregs)) groups.push(plain(area, shape, "MPX", "vectors", BOUNDS));
  if (hasPart(shape.parts, PART.pkru)) groups.push(plain(area, shape, "PKRU", "words", KEYS));
  return groups;
}

const isUsed = ({ used }: XsaveShape, part: number): boolean => hasPart(used, part);

function legacyX87(area: RegisterArea, machine: X86, shape: XsaveShape): RegisterGroup {
  const group = decodeX87(area, machine);
  if (isUsed(shape, PART.x87)) return group;
  const registers = group.registers.map((value): RegisterValue => {
    const { length } = value.bytes;
    switch (value.name) {
      case "fctrl":
        return { ...value, bytes: toBytes(INITIAL_FCTRL, length), meaning: fctrlText(BigInt(INITIAL_FCTRL)) };
      case "fstat":
        return { ...value, bytes: new Uint8Array(length), meaning: fstatText(0n) };
      case "ftag":
        return { ...value, bytes: toBytes(0xffff, length), meaning: ftagText(0xffffn) };
      default:
        return { ...value, bytes: new Uint8Array(length), ...(value.meaning === undefined ? {} : { meaning: "empty" }) };
    }
  });
  return { ...group, registers, why: UNUSED };
}

function legacySse(area: RegisterArea, machine: X86, shape: XsaveShape): RegisterGroup {
  const group = decodeFxsave(area, machine)[1]!;
  if (isUsed(shape, PART.sse)) return group;
  // MXCSR belongs to both SSE and AVX.
  const isControlUsed = isUsed(shape, PART.avx);
  const registers = group.registers.map((value): RegisterValue => {
    if (value.name === "mxcsr_mask" || (value.name === "mxcsr" && isControlUsed)) return value;
    if (value.name === "mxcsr") return { ...value, bytes: toBytes(INITIAL_MXCSR, 4), meaning: mxcsrText(BigInt(INITIAL_MXCSR)) };
    return { ...value, bytes: new Uint8Array(value.bytes.length) };
  });
  return { ...group, registers, why: UNUSED };
}

/** Bytes of a piece of a part; zeros when the part is not in use, undefined when it is not there. */
function piece(area: RegisterArea, shape: XsaveShape, part: number, at: number, size: number): Uint8Array | undefined {
  const placed = shape.layout?.get(part);
  // Compacted areas leave parts out that are not in use.
  if (placed === undefined || at + size > placed.size) return undefined;
  const bytes = slotBytes(area, placed.offset + at, size);
  return bytes === undefined || isUsed(shape, part) ? bytes : new Uint8Array(size);
}

function xmm(area: RegisterArea, shape: XsaveShape, index: number): Uint8Array | undefined {
  const bytes = slotBytes(area, XMM + index * 16, 16);
  return bytes === undefined || isUsed(shape, PART.sse) ? bytes : new Uint8Array(16);
}

function ymm(area: RegisterArea, shape: XsaveShape, index: number): Uint8Array | undefined {
  const low = xmm(area, shape, index);
  const high = piece(area, shape, PART.avx, index * 16, 16);
  return low === undefined || high === undefined ? undefined : joined(low, high);
}

function avx(area: RegisterArea, machine: X86, shape: XsaveShape): RegisterGroup {
  const registers: RegisterValue[] = [];
  for (let index = 0; index < vectorCount(machine); index++) {
    const bytes = ymm(area, shape, index);
    if (bytes !== undefined) registers.push(register(`ymm${index}`, bytes, area.place(XMM + index * 16, 16)!));
  }
  return withReason({ title: "AVX", as: "vectors", registers }, shape, [PART.avx], "The upper halves were not used since they were reset (not in XSTATE_BV): they are 0.");
}

function avx512(area: RegisterArea, machine: X86, shape: XsaveShape): RegisterGroup {
  const registers: RegisterValue[] = [];
  for (let index = 0; index < vectorCount(machine); index++) {
    const low = ymm(area, shape, index);
    const high = piece(area, shape, PART.zmmUpper, index * 32, 32);
    if (low !== undefined && high !== undefined) registers.push(register(`zmm${index}`, joined(low, high), area.place(XMM + index * 16, 16)!));
  }
  if (machine === "x86_64") registers.push(...part(area, shape, PART.zmmHigh, slots((index) => `zmm${index + 16}`, 16, 0, 64)));
  registers.push(...part(area, shape, PART.opmask, slots("k", 8, 0, 8)));
  return withReason({ title: "AVX-512", as: "vectors", registers }, shape, [PART.opmask, PART.zmmUpper, PART.zmmHigh], UNUSED);
}

/** Registers of one part; offsets of slots count from its beginning. */
function part(area: RegisterArea, shape: XsaveShape, number: number, layout: readonly RegisterSlot[]): readonly RegisterValue[] {
  const placed = shape.layout?.get(number);
  if (placed === undefined) return [];
  const registers = readRegisters(area, layout.filter(({ offset, size }) => offset + size <= placed.size).map((slot) => ({ ...slot, offset: slot.offset + placed.offset })));
  if (isUsed(shape, number)) return registers;
  return registers.map((value) => ({ ...value, bytes: new Uint8Array(value.bytes.length) }));
}

type PartSlots = readonly (readonly [part: number, layout: readonly RegisterSlot[]])[];

const BOUNDS: PartSlots = [
  [PART.bndregs, slots((index) => `bnd${index}raw`, 4, 0, 16)],
  [PART.bndcsr, [{ name: "bndcfgu", offset: 0, size: 8 }, { name: "bndstatus", offset: 8, size: 8 }]],
];
const KEYS: PartSlots = [[PART.pkru, [{ name: "pkru", offset: 0, size: 4, meaning: pkruText }]]];

function plain(area: RegisterArea, shape: XsaveShape, title: string, as: RegisterGroup["as"], parts: PartSlots): RegisterGroup {
  const registers = parts.flatMap(([number, layout]) => part(area, shape, number, layout));
  return withReason({ title, as, registers }, shape, parts.map(([number]) => number), UNUSED);
}

/** Why a group is empty, or has initial values. */
function withReason(group: RegisterGroup, shape: XsaveShape, parts: readonly number[], unused: string): RegisterGroup {
  if (group.registers.length === 0) return { ...group, why: shape.layout === undefined ? "Where the processor puts this part of the state is not known." : "This part of the state is not in the image." };
  return parts.some((number) => isUsed(shape, number)) ? group : { ...group, why: unused };
}

/**
 * An XSAVE area for NT_X86_XSTATE: standard form, Intel's places, XCR0 in it. 832 bytes with AVX, 1088 with MPX, 2688 with
 * AVX-512, 2696 with PKRU; undefined when there is nothing above SSE. Debuggers know no other column and sizes.
 */
export function encodeXsave(lookup: RegisterLookup, machine: X86): Uint8Array<ArrayBuffer> | undefined {
  const parts = new Set<number>();
  if (lookup("ymm0") !== undefined || lookup("zmm0") !== undefined) parts.add(PART.avx);
  if (lookup("zmm0") !== undefined) for (const number of [PART.opmask, PART.zmmUpper, PART.zmmHigh]) parts.add(number);
  if (lookup("bnd0raw") !== undefined) for (const number of [PART.bndregs, PART.bndcsr]) parts.add(number);
  if (lookup("pkru") !== undefined) parts.add(PART.pkru);
  if (parts.size === 0) return undefined;
  const area = new Uint8Array(Math.max(...[...parts].map((number) => INTEL.get(number)!.offset + INTEL.get(number)!.size)));
  area.set(encodeFxsave(lookup, machine).subarray(0, FXSAVE_BYTES));
  const put = (number: number, at: number, size: number, bytes: Uint8Array | undefined): void => {
    if (parts.has(number) && bytes !== undefined) putBytes(area, INTEL.get(number)!.offset + at, size, bytes);
  };
  for (let index = 0; index < vectorCount(machine); index++) {
    const whole = lookup(`zmm${index}`) ?? lookup(`ymm${index}`);
    put(PART.avx, index * 16, 16, whole?.subarray(16, 32));
    put(PART.zmmUpper, index * 32, 32, whole?.subarray(32, 64));
  }
  if (machine === "x86_64") for (let index = 0; index < 16; index++) put(PART.zmmHigh, index * 64, 64, lookup(`zmm${index + 16}`));
  for (const [number, layout] of [[PART.opmask, slots("k", 8, 0, 8)] as const, ...BOUNDS, ...KEYS]) for (const { name, offset, size } of layout) put(number, offset, size, lookup(name));
  let mask = 3n;
  for (const number of parts) mask |= 1n << BigInt(number);
  const view = new DataView(area.buffer);
  view.setBigUint64(XCR0_AT, mask, true);
  view.setBigUint64(XSTATE_BV_AT, mask, true);
  return area;
}
