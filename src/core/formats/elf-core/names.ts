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
