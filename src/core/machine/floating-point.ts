/**
 * Floating point and vector registers of the machines other than x86, in the blocks that the kernel's register sets have
 * (arch/.../kernel/ptrace.c of Linux), which are those of ELF notes as well. Names as gdb has them.
 */
import type { RegisterGroup, RegisterValue } from "../memory-inspector.ts";
import { fpcrText, fpsrText } from "./flags.ts";
import { joined, readRegisters, register, slotBytes, slots, writeRegisters, type RegisterArea, type RegisterLookup, type RegisterSlot } from "./register-area.ts";

export interface RegisterSet {
  readonly title: string;
  readonly as: RegisterGroup["as"];
  /** Bytes of the block. */
  readonly size: number;
  readonly slots: (little: boolean) => readonly RegisterSlot[];
}

const set = (title: string, as: RegisterGroup["as"], size: number, layout: readonly RegisterSlot[]): RegisterSet => ({ title, as, size, slots: () => layout });

const RISCV_NAMES = "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11".split(" ");

/** The set that holds the floating point registers (NT_FPREGSET; of arm NT_ARM_VFP), by machine. */
export const FLOATING_POINT: Readonly<Record<string, RegisterSet>> = {
  // The words behind FPSCR are no part of the note; a format may have them.
  arm: set("floating point", "doubles", 260, [
    ...slots("d", 32, 0, 8), { name: "fpscr", offset: 256, size: 4 }, { name: "fpexc", offset: 260, size: 4 }, { name: "fpinst", offset: 264, size: 4 }, { name: "fpinst2", offset: 268, size: 4 },
  ]),
  aarch64: set("vector", "vectors", 528, [...slots("v", 32, 0, 16), { name: "fpsr", offset: 512, size: 4, meaning: fpsrText }, { name: "fpcr", offset: 516, size: 4, meaning: fpcrText }]),
  ppc: set("floating point", "doubles", 264, [...slots("f", 32, 0, 8), { name: "fpscr", offset: 256, size: 8 }]),
  ppc64: set("floating point", "doubles", 264, [...slots("f", 32, 0, 8), { name: "fpscr", offset: 256, size: 8 }]),
  s390x: set("floating point", "doubles", 136, [...slots("f", 16, 8, 8), { name: "fpc", offset: 0, size: 4 }]),
  mips: set("floating point", "doubles", 264, [...slots("f", 32, 0, 8), { name: "fcsr", offset: 256, size: 4 }, { name: "fir", offset: 260, size: 4 }]),
  mips64: set("floating point", "doubles", 264, [...slots("f", 32, 0, 8), { name: "fcsr", offset: 256, size: 4 }, { name: "fir", offset: 260, size: 4 }]),
  loongarch64: set("floating point", "doubles", 272, [...slots("f", 32, 0, 8), ...slots("fcc", 8, 256, 1), { name: "fcsr", offset: 264, size: 4 }]),
  riscv64: set("floating point", "doubles", 264, [...slots((index) => RISCV_NAMES[index]!, 32, 0, 8), { name: "fcsr", offset: 256, size: 4 }]),
};

/** NT_PPC_VMX: the control word is the low word of a vector. */
export const PPC_VMX: RegisterSet = {
  title: "vector", as: "vectors", size: 544,
  slots: (little) => [...slots("vr", 32, 0, 16), { name: "vscr", offset: little ? 512 : 524, size: 4 }, { name: "vrsave", offset: 528, size: 4 }],
};
/** NT_PPC_VSX: the low halves of vs0 to vs31, whose upper halves are f0 to f31. */
export const PPC_VSX: RegisterSet = set("VSX", "vectors", 256, slots("vs", 32, 0, 8));
/** NT_S390_VXRS_LOW: the low halves of v0 to v15, whose upper halves are f0 to f15. */
export const S390_VXRS_LOW: RegisterSet = set("vector", "vectors", 128, slots("v", 16, 0, 8));
/** NT_S390_VXRS_HIGH. */
export const S390_VXRS_HIGH: RegisterSet = set("vector", "vectors", 256, slots((index) => `v${index + 16}`, 16, 0, 16));

/** Registers of one set. */
export function decodeSet({ title, as, slots: layout }: RegisterSet, area: RegisterArea): RegisterGroup {
  return { title, as, registers: readRegisters(area, layout(area.little)) };
}

/** A block from registers, by name; those that are not known are 0. Sets of low halves take the low half of whole registers. */
export function encodeSet({ size, slots: layout }: RegisterSet, lookup: RegisterLookup, little: boolean): Uint8Array<ArrayBuffer> {
  return writeRegisters(layout(little), size, lookup, little);
}

/** Vector registers whose low halves stand in one set and whose upper halves are floating point registers. */
export function joinHalves(low: RegisterSet, lowArea: RegisterArea, machine: "ppc64" | "s390x", highArea: RegisterArea): readonly RegisterValue[] {
  const high = FLOATING_POINT[machine]!.slots(highArea.little);
  return low.slots(lowArea.little).flatMap(({ name, offset, size }, index) => {
    const lower = slotBytes(lowArea, offset, size);
    const upper = slotBytes(highArea, high[index]!.offset, high[index]!.size);
    return lower === undefined || upper === undefined ? [] : [register(name, joined(lower, upper), highArea.place(high[index]!.offset, high[index]!.size)!)];
  });
}
