/**
 * Facts of ELF core files by machine: where the fields of NT_PRSTATUS and NT_PRPSINFO stand, and which registers the general
 * register block holds, as gdb calls them. Offsets and sizes are bytes. Sources: include/linux/elfcore.h and
 * arch/.../include/uapi/asm/ptrace.h of Linux, and cores of the named machines.
 */

export interface CoreRegister {
  /** As gdb calls it. */
  readonly name: string;
  /** From the beginning of the register block. */
  readonly offset: number;
  readonly size: 2 | 4 | 8;
}

export interface CoreLayout {
  /** `x86_64`, `x32`, `i386`, `arm` ... */
  readonly name: string;
  /** Name of the machine as `ThreadRegisters` has it; that of x32 is `x86_64`. */
  readonly machine: string;
  /** `e_machine`. */
  readonly elfMachine: number;
  /** Bytes of a pointer and of `unsigned long`: 8 in ELF64, 4 in ELF32. */
  readonly wordSize: 4 | 8;
  /** Alignment of a 64-bit member of a struct. */
  readonly u64Align: 4 | 8;
  readonly prstatus: { readonly size: number; readonly registersAt: number; readonly registersSize: number; readonly fpvalidAt: number };
  /** Bytes of NT_PRPSINFO, and of each of its user and group ids. */
  readonly prpsinfo: { readonly size: number; readonly idSize: 2 | 4 };
  readonly registers: readonly CoreRegister[];
  readonly roles: { readonly ip: string; readonly sp: string; readonly fp?: string; readonly lr?: string };
  /** Register that is the thread pointer; elsewhere it stands in a note of its own. */
  readonly tls?: string;
  /** Register with the number of the system call, -1 outside of one, and the one with its result. */
  readonly call?: { readonly number: string; readonly result: string };
  /** Bytes of NT_FPREGSET. */
  readonly fpregsetSize?: number;
  /** `e_flags` of a core that is written for this machine. */
  readonly flags?: number;
}

/** Offsets of the fields of NT_PRSTATUS before the registers; the times are pairs of seconds and microseconds. */
export const PRSTATUS_FIELDS = {
  4: { signo: 0, code: 4, errno: 8, cursig: 12, sigpend: 16, sighold: 20, pid: 24, ppid: 28, pgrp: 32, sid: 36, utime: 40, stime: 48, cutime: 56, cstime: 64, registers: 72 },
  8: { signo: 0, code: 4, errno: 8, cursig: 12, sigpend: 16, sighold: 24, pid: 32, ppid: 36, pgrp: 40, sid: 44, utime: 48, stime: 64, cutime: 80, cstime: 96, registers: 112 },
} as const;

/** Offsets of the fields of NT_PRPSINFO by its size; `idSize` bytes for uid and gid. `state`, `sname`, `zomb` and `nice` are the bytes 0 to 3. */
export const PRPSINFO_FIELDS: ReadonlyMap<number, PrpsinfoFields> = new Map([
  [124, { wordSize: 4, idSize: 2, flag: 4, uid: 8, gid: 10, pid: 12, ppid: 16, pgrp: 20, sid: 24, fname: 28, psargs: 44 }],
  [128, { wordSize: 4, idSize: 4, flag: 4, uid: 8, gid: 12, pid: 16, ppid: 20, pgrp: 24, sid: 28, fname: 32, psargs: 48 }],
  [136, { wordSize: 8, idSize: 4, flag: 8, uid: 16, gid: 20, pid: 24, ppid: 28, pgrp: 32, sid: 36, fname: 40, psargs: 56 }],
]);

export interface PrpsinfoFields {
  readonly wordSize: 4 | 8;
  readonly idSize: 2 | 4;
  readonly flag: number;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly sid: number;
  readonly fname: number;
  readonly psargs: number;
}

/** Bytes of the names in NT_PRPSINFO. */
export const FNAME_BYTES = 16;
export const PSARGS_BYTES = 80;

/** `e_machine` of the machines whose cores are known, and of some others by name. */
export const EM = { SPARC: 2, I386: 3, I486: 6, MIPS: 8, PPC: 20, PPC64: 21, S390: 22, ARM: 40, SPARCV9: 43, X86_64: 62, AARCH64: 183, RISCV: 243, LOONGARCH: 258 } as const;

/** Registers of one size, one after the other; an empty name is a word that no register uses. */
function block(names: string, size: 4 | 8, from = 0): readonly CoreRegister[] {
  return names.split(" ").flatMap((name, index) => (name === "-" ? [] : [{ name, offset: from + index * size, size }]));
}

const numbered = (prefix: string, count: number): string => Array.from({ length: count }, (_, index) => `${prefix}${index}`).join(" ");

const X86_64 = block("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs", 8);
const I386 = block("ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss", 4);
const ARM = block(`${numbered("r", 13)} sp lr pc cpsr orig_r0`, 4);
const AARCH64 = block(`${numbered("x", 31)} sp pc cpsr`, 8);
const POWERPC = `${numbered("r", 32)} pc msr orig_r3 ctr lr xer cr mq trap dar dsisr result`;
const S390X = [...block(`pswm pswa ${numbered("r", 16)}`, 8), ...block(numbered("acr", 16), 4, 144), ...block("orig_r2", 8, 208)];
const MIPS_GENERAL = "zero at v0 v1 a0 a1 a2 a3 t0 t1 t2 t3 t4 t5 t6 t7 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp s8 ra";
/** The new ABIs of MIPS have eight argument registers. */
const MIPS64_GENERAL = "zero at v0 v1 a0 a1 a2 a3 a4 a5 a6 a7 t0 t1 t2 t3 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp s8 ra";
const RISCV = "pc ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6";

interface Given extends Pick<CoreLayout, "name" | "elfMachine" | "wordSize" | "registers" | "roles" | "tls" | "call" | "fpregsetSize" | "flags"> {
  readonly machine?: string;
  readonly registersSize: number;
  readonly u64Align?: 4;
  readonly idSize?: 2;
}

function layout({ machine, registersSize, idSize = undefined, u64Align = undefined, ...given }: Given): CoreLayout {
  const { wordSize, name, registers } = given;
  const registersAt = PRSTATUS_FIELDS[wordSize].registers;
  const fpvalidAt = registersAt + registersSize;
  // The struct is padded to the alignment of its widest member.
  const align = wordSize === 8 || (registers.some(({ size }) => size === 8) && u64Align === undefined) ? 8 : 4;
  const size = Math.ceil((fpvalidAt + 4) / align) * align;
  return {
    ...given,
    machine: machine ?? name,
    u64Align: u64Align ?? 8,
    prstatus: { size, registersAt, registersSize, fpvalidAt },
    prpsinfo: wordSize === 8 ? { size: 136, idSize: 4 } : idSize === 2 ? { size: 124, idSize: 2 } : { size: 128, idSize: 4 },
  };
}

export const CORE_LAYOUTS: readonly CoreLayout[] = [
  layout({ name: "x86_64", elfMachine: EM.X86_64, wordSize: 8, registers: X86_64, registersSize: 216, roles: { ip: "rip", sp: "rsp", fp: "rbp" }, tls: "fs_base", call: { number: "orig_rax", result: "rax" }, fpregsetSize: 512 }),
  layout({ name: "x32", machine: "x86_64", elfMachine: EM.X86_64, wordSize: 4, registers: X86_64, registersSize: 216, idSize: 2, roles: { ip: "rip", sp: "rsp", fp: "rbp" }, tls: "fs_base", call: { number: "orig_rax", result: "rax" }, fpregsetSize: 512 }),
  layout({ name: "i386", elfMachine: EM.I386, wordSize: 4, u64Align: 4, registers: I386, registersSize: 68, idSize: 2, roles: { ip: "eip", sp: "esp", fp: "ebp" }, call: { number: "orig_eax", result: "eax" }, fpregsetSize: 108 }),
  layout({ name: "arm", elfMachine: EM.ARM, wordSize: 4, registers: ARM, registersSize: 72, idSize: 2, roles: { ip: "pc", sp: "sp", fp: "r11", lr: "lr" }, fpregsetSize: 116, flags: 0x0500_0000 }),
  layout({ name: "aarch64", elfMachine: EM.AARCH64, wordSize: 8, registers: AARCH64, registersSize: 272, roles: { ip: "pc", sp: "sp", fp: "x29", lr: "x30" }, fpregsetSize: 528 }),
  layout({ name: "ppc", elfMachine: EM.PPC, wordSize: 4, registers: block(POWERPC, 4), registersSize: 192, roles: { ip: "pc", sp: "r1", lr: "lr" }, tls: "r2", fpregsetSize: 264 }),
  layout({ name: "ppc64", elfMachine: EM.PPC64, wordSize: 8, registers: block(POWERPC, 8), registersSize: 384, roles: { ip: "pc", sp: "r1", lr: "lr" }, tls: "r13", fpregsetSize: 264 }),
  layout({ name: "s390x", elfMachine: EM.S390, wordSize: 8, registers: S390X, registersSize: 216, roles: { ip: "pswa", sp: "r15", fp: "r11", lr: "r14" }, fpregsetSize: 136 }),
  layout({ name: "mips", elfMachine: EM.MIPS, wordSize: 4, registers: block(`- - - - - - ${MIPS_GENERAL} lo hi pc badvaddr sr cause`, 4), registersSize: 180, roles: { ip: "pc", sp: "sp", fp: "s8", lr: "ra" }, fpregsetSize: 264 }),
  layout({ name: "mips64", elfMachine: EM.MIPS, wordSize: 8, registers: block(`${MIPS64_GENERAL} lo hi pc badvaddr sr cause`, 8), registersSize: 360, roles: { ip: "pc", sp: "sp", fp: "s8", lr: "ra" }, fpregsetSize: 264 }),
  layout({ name: "riscv64", elfMachine: EM.RISCV, wordSize: 8, registers: block(RISCV, 8), registersSize: 256, roles: { ip: "pc", sp: "sp", fp: "fp", lr: "ra" }, tls: "tp", fpregsetSize: 264 }),
  layout({ name: "loongarch64", elfMachine: EM.LOONGARCH, wordSize: 8, registers: block(`${numbered("r", 32)} orig_a0 pc badv`, 8), registersSize: 360, roles: { ip: "pc", sp: "r3", fp: "r22", lr: "r1" }, tls: "r2", fpregsetSize: 272 }),
];

/** Layout of a machine and class (ELF32: `wordSize` 4), or undefined when its registers are not known. */
export function coreLayout(elfMachine: number, wordSize: 4 | 8): CoreLayout | undefined {
  const wanted = elfMachine === EM.I486 ? EM.I386 : elfMachine;
  return CORE_LAYOUTS.find((candidate) => candidate.elfMachine === wanted && candidate.wordSize === wordSize);
}

/** By the name of a layout. */
export function coreLayoutOf(name: string): CoreLayout | undefined {
  return CORE_LAYOUTS.find((candidate) => candidate.name === name);
}

/**
 * Offsets inside siginfo_t (128 bytes): errno and code change places on MIPS, and the union that depends on the signal is
 * aligned to a pointer.
 */
export function siginfoFields(machine: string, wordSize: 4 | 8): { readonly errno: number; readonly code: number; readonly union: number } {
  const isMips = machine.startsWith("mips");
  return { errno: isMips ? 8 : 4, code: isMips ? 4 : 8, union: wordSize === 8 ? 16 : 12 };
}
