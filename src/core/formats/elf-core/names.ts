/** Names for the numbers of ELF files, core notes and siginfo_t. */
import { AUXV_NUMBERS, SIGNALS, SIGNALS_MIPS } from "../../model/linux.ts";
import { names, namesBy } from "../../schema/define.ts";
import { signalName } from "../../schema/show.ts";
import { EM } from "../../machine/core-layout.ts";

export const ET_CORE = 4;
export const PT_LOAD = 1;
export const PT_NOTE = 4;
/** In `e_phnum`: the count stands in section header 0 (PN_XNUM). */
export const MANY_HEADERS = 0xffff;

export const CLASS = names("class", { ELFCLASS32: 1, ELFCLASS64: 2 });
export const DATA = names("data", { ELFDATA2LSB: 1, ELFDATA2MSB: 2 });
export const OSABI = names("OS ABI", { "System V": 0, NetBSD: 2, Linux: 3, Solaris: 6, FreeBSD: 9, ARM: 97 });
export const FILE_TYPE = names("file type", { ET_NONE: 0, ET_REL: 1, ET_EXEC: 2, ET_DYN: 3, ET_CORE });
export const MACHINE = names("machine", Object.fromEntries(Object.entries(EM).map(([name, value]) => [`EM_${name}`, value])));
export const SEGMENT_TYPE = names("segment type", {
  PT_NULL: 0, PT_LOAD, PT_DYNAMIC: 2, PT_INTERP: 3, PT_NOTE, PT_SHLIB: 5, PT_PHDR: 6, PT_TLS: 7, PT_GNU_EH_FRAME: 0x6474e550, PT_GNU_STACK: 0x6474e551,
});
export const SEGMENT_FLAGS = names("segment flags", { X: 1, W: 2, R: 4 });
export const SECTION_TYPE = names("section type", { SHT_NULL: 0, SHT_PROGBITS: 1, SHT_SYMTAB: 2, SHT_STRTAB: 3, SHT_NOTE: 7, SHT_NOBITS: 8 });

export const AUXV_TYPE = names("auxiliary vector", Object.fromEntries(AUXV_NUMBERS));

function isMips(machine: string): boolean {
  return machine.startsWith("mips");
}

/** Name of a signal on a machine. */
export function signalOn(machine: string, signal: number): string {
  return (isMips(machine) ? SIGNALS_MIPS.get(signal) : undefined) ?? signalName(signal);
}

export const SIGNAL = namesBy("signal", ({ architecture }) => new Map([[0, "none"], ...(isMips(architecture) ? SIGNALS_MIPS : SIGNALS)]));

/** Codes that any signal can have (include/uapi/asm-generic/siginfo.h). */
const ANY_CODE: Readonly<Record<number, string>> = { 0: "SI_USER", 128: "SI_KERNEL", [-1]: "SI_QUEUE", [-2]: "SI_TIMER", [-3]: "SI_MESGQ", [-4]: "SI_ASYNCIO", [-5]: "SI_SIGIO", [-6]: "SI_TKILL", [-7]: "SI_DETHREAD", [-60]: "SI_ASYNCNL" };

const CODES: Readonly<Record<string, readonly (readonly [name: string, words: string])[]>> = {
  SIGSEGV: [
    ["SEGV_MAPERR", "address not mapped"], ["SEGV_ACCERR", "access not permitted"], ["SEGV_BNDERR", "bound check failed"], ["SEGV_PKUERR", "denied by a protection key"], ["SEGV_ACCADI", "memory tagging not enabled"],
    ["SEGV_ADIDERR", "tag mismatch, trap at once"], ["SEGV_ADIPERR", "tag mismatch, trap later"], ["SEGV_MTEAERR", "memory tag mismatch, address not known"], ["SEGV_MTESERR", "memory tag mismatch"], ["SEGV_CPERR", "control protection fault"],
  ],
  SIGBUS: [["BUS_ADRALN", "address not aligned"], ["BUS_ADRERR", "no such physical address"], ["BUS_OBJERR", "hardware error of the object"], ["BUS_MCEERR_AR", "memory failure, action required"], ["BUS_MCEERR_AO", "memory failure found"]],
  SIGILL: [
    ["ILL_ILLOPC", "illegal opcode"], ["ILL_ILLOPN", "illegal operand"], ["ILL_ILLADR", "illegal addressing mode"], ["ILL_ILLTRP", "illegal trap"], ["ILL_PRVOPC", "privileged opcode"], ["ILL_PRVREG", "privileged register"],
    ["ILL_COPROC", "coprocessor error"], ["ILL_BADSTK", "stack error"],
  ],
  SIGFPE: [
    ["FPE_INTDIV", "integer divided by zero"], ["FPE_INTOVF", "integer overflow"], ["FPE_FLTDIV", "floating point divided by zero"], ["FPE_FLTOVF", "floating point overflow"], ["FPE_FLTUND", "floating point underflow"],
    ["FPE_FLTRES", "floating point result inexact"], ["FPE_FLTINV", "invalid floating point operation"], ["FPE_FLTSUB", "subscript out of range"],
  ],
  SIGTRAP: [["TRAP_BRKPT", "breakpoint"], ["TRAP_TRACE", "single step"], ["TRAP_BRANCH", "branch taken"], ["TRAP_HWBKPT", "hardware breakpoint or watchpoint"]],
  SIGCHLD: [["CLD_EXITED", "child exited"], ["CLD_KILLED", "child was killed"], ["CLD_DUMPED", "child dumped core"], ["CLD_TRAPPED", "child was trapped"], ["CLD_STOPPED", "child stopped"], ["CLD_CONTINUED", "child went on"]],
  SIGSYS: [["SYS_SECCOMP", "system call refused by seccomp"], ["SYS_USER_DISPATCH", "system call handed to the program"]],
};

export function codeName(signal: string, code: number): string | undefined {
  return ANY_CODE[code] ?? CODES[signal]?.[code - 1]?.[0];
}

/** What a code of a signal says, in words; undefined where it says who sent it rather than why. */
export function codeWords(signal: string, code: number): string | undefined {
  return code > 0 && code < 128 ? CODES[signal]?.[code - 1]?.[1] : undefined;
}

/** Signals whose siginfo_t holds an address, where their code is that of a fault. */
export const FAULTS: ReadonlySet<string> = new Set(["SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"]);
