/**
 * The x87 and SSE state as FXSAVE stores it (512 bytes) and the x87 state as FSAVE does (108 bytes): Intel SDM volume 1,
 * 10.5.1 and 8.1.10. Areas of these kinds are little endian.
 */
import type { RegisterGroup, RegisterValue } from "../memory-inspector.ts";
import { fctrlText, fstatText, ftagText, mxcsrText } from "./flags.ts";
import { putBytes, readRegisters, register, slotBytes, slots, toBigint, toBytes, writeRegisters, type RegisterArea, type RegisterLookup, type RegisterSlot } from "./register-area.ts";
import { abridgedTags, describeSt, fullTags, physicalOf } from "./x87.ts";

export const FXSAVE_BYTES = 512;
export const FSAVE_BYTES = 108;

/** i386 has the first eight of the sixteen vector registers of x86-64. */
export type X86 = "x86_64" | "i386";

export const vectorCount = (machine: X86): number => (machine === "i386" ? 8 : 16);

/** State of a processor that has not computed anything yet. */
export const INITIAL_FCTRL = 0x37f;
export const INITIAL_MXCSR = 0x1f80;

const STATUS = 2;
const TAGS = 4;
const FX_ST = 32;
export const XMM = 160;
const F_ST = 28;
const ST_BYTES = 10;

/** What comes before and behind the tag word; the two pointers are whole on x86-64, offset and selector on i386. */
const WORDS: readonly RegisterSlot[] = [
  { name: "fctrl", offset: 0, size: 2, meaning: fctrlText },
  { name: "fstat", offset: STATUS, size: 2, meaning: fstatText },
];
const POINTERS: Readonly<Record<X86, readonly RegisterSlot[]>> = {
  x86_64: [{ name: "fop", offset: 6, size: 2 }, { name: "fip", offset: 8, size: 8 }, { name: "fdp", offset: 16, size: 8 }],
  i386: [
    { name: "fop", offset: 6, size: 2 }, { name: "fip", offset: 8, size: 4 }, { name: "fiseg", offset: 12, size: 2 }, { name: "fdp", offset: 16, size: 4 }, { name: "foseg", offset: 20, size: 2 },
  ],
};
const MXCSR: readonly RegisterSlot[] = [{ name: "mxcsr", offset: 24, size: 4, meaning: mxcsrText }, { name: "mxcsr_mask", offset: 28, size: 4 }];
const FX_STACK = slots("st", 8, FX_ST, ST_BYTES, 16);
const FSAVE_WORDS: readonly RegisterSlot[] = [
  ...WORDS.map((slot) => ({ ...slot, offset: slot.offset * 2 })),
  { name: "ftag", offset: 8, size: 2, meaning: ftagText },
  { name: "fop", offset: 18, size: 2 }, { name: "fip", offset: 12, size: 4 }, { name: "fiseg", offset: 16, size: 2 }, { name: "fdp", offset: 20, size: 4 }, { name: "foseg", offset: 24, size: 2 },
];
const F_STACK = slots("st", 8, F_ST, ST_BYTES);

/** Groups `x87` and `SSE` of an FXSAVE area; what lies behind its end or was not saved is left out. */
export function decodeFxsave(area: RegisterArea, machine: X86): readonly RegisterGroup[] {
  return [decodeX87(area, machine), { title: "SSE", as: "vectors", registers: [...readRegisters(area, slots("xmm", vectorCount(machine), XMM, 16)), ...readRegisters(area, MXCSR)] }];
}

/** Group `x87` of an FXSAVE area. */
export function decodeX87(area: RegisterArea, machine: X86): RegisterGroup {
  const status = numberAt(area, STATUS, 2);
  const abridged = numberAt(area, TAGS, 1);
  const registers: RegisterValue[] = [];
  const words = readRegisters(area, WORDS);
  if (status !== undefined && abridged !== undefined) {
    const tags = fullTags(abridged, status, (index) => slotBytes(area, FX_ST + index * 16, ST_BYTES) ?? new Uint8Array(ST_BYTES));
    registers.push(...stack(area, FX_STACK, tags, status), ...words, register("ftag", toBytes(tags, 2), area.place(TAGS, 1)!, ftagText(BigInt(tags))));
  } else registers.push(...readRegisters(area, FX_STACK), ...words);
  registers.push(...readRegisters(area, POINTERS[machine]));
  return { title: "x87", as: "x87", registers };
}

/** Group `x87` of an FSAVE area (i386). */
export function decodeFsave(area: RegisterArea): RegisterGroup {
  const status = numberAt(area, STATUS * 2, 2);
  const tags = numberAt(area, TAGS * 2, 2);
  const st = status === undefined || tags === undefined ? readRegisters(area, F_STACK) : stack(area, F_STACK, tags, status);
  // The upper five bits of the opcode are not a part of it.
  const words = readRegisters(area, FSAVE_WORDS).map((value) => (value.name === "fop" ? { ...value, bytes: toBytes(toBigint(value.bytes) & 0x7ffn, 2) } : value));
  return { title: "x87", as: "x87", registers: [...st, ...words] };
}

function stack(area: RegisterArea, layout: readonly RegisterSlot[], tags: number, status: number): readonly RegisterValue[] {
  return readRegisters(area, layout).map((value) => {
    const tag = (tags >> (physicalOf(Number(value.name.slice(2)), status) * 2)) & 3;
    return { ...value, meaning: describeSt(value.bytes, tag) };
  });
}

function numberAt(area: RegisterArea, offset: number, size: number): number | undefined {
  const bytes = slotBytes(area, offset, size);
  return bytes === undefined ? undefined : Number(toBigint(bytes));
}

/** An FXSAVE area. Registers that are not known get the values of a fresh processor: an empty stack, every exception masked. */
export function encodeFxsave(lookup: RegisterLookup, machine: X86): Uint8Array<ArrayBuffer> {
  const known = withInitial(lookup);
  const layout = [...WORDS, ...POINTERS[machine], ...MXCSR, ...FX_STACK, ...slots("xmm", vectorCount(machine), XMM, 16)];
  const area = writeRegisters(layout, FXSAVE_BYTES, known, true);
  area[TAGS] = abridgedTags(Number(toBigint(known("ftag")!)));
  return area;
}

/** An FSAVE area, with the reserved halves of its words all ones as the processor leaves them. */
export function encodeFsave(lookup: RegisterLookup): Uint8Array<ArrayBuffer> {
  const area = writeRegisters([...FSAVE_WORDS, ...F_STACK], FSAVE_BYTES, withInitial(lookup), true);
  for (const offset of [2, 6, 10, 26]) putBytes(area, offset, 2, new Uint8Array([0xff, 0xff]));
  return area;
}

function withInitial(lookup: RegisterLookup): RegisterLookup {
  const initial: Readonly<Record<string, Uint8Array>> = { fctrl: toBytes(INITIAL_FCTRL, 2), ftag: toBytes(0xffff, 2), mxcsr: toBytes(INITIAL_MXCSR, 4) };
  return (name) => lookup(name) ?? initial[name];
}
