/** Descriptions of the records of an ELF core: headers, notes and what stands in them (elf.h, linux/elfcore.h, linux/elf.h). */
import { address, array, bytes, chars, flags, hex, microseconds, nested, number, oneOf, raw, s16, s32, signals, size, struct, u16, u32, u64, u8, ulong } from "../../schema/define.ts";
import type { Field, Struct } from "../../schema/schema.ts";
import type { CoreLayout } from "../../machine/core-layout.ts";
import { AUXV_TYPE, CLASS, DATA, FILE_TYPE, MACHINE, OSABI, SECTION_TYPE, SEGMENT_FLAGS, SEGMENT_TYPE, SIGNAL } from "./names.ts";

const ident = struct("e_ident", {
  magic: u32(hex, "7f 45 4c 46"),
  class: u8(oneOf(CLASS), "Width of addresses"),
  data: u8(oneOf(DATA), "Byte order"),
  version: u8(),
  osabi: u8(oneOf(OSABI)),
  abiversion: u8(),
  pad: bytes(7, raw),
});

export const elfHeader = struct("Elf_Ehdr", {
  e_ident: nested(ident),
  e_type: u16(oneOf(FILE_TYPE)),
  e_machine: u16(oneOf(MACHINE)),
  e_version: u32(),
  e_entry: ulong(address),
  e_phoff: ulong(hex, "Where the program headers begin"),
  e_shoff: ulong(hex, "Where the section headers begin; 0 = there are none"),
  e_flags: u32(hex),
  e_ehsize: u16(size),
  e_phentsize: u16(size),
  e_phnum: u16(number, "Program headers; 65535: the count stands in sh_info of section header 0"),
  e_shentsize: u16(size),
  e_shnum: u16(),
  e_shstrndx: u16(),
});

const pType = u32(oneOf(SEGMENT_TYPE));
const pFlags = u32(flags(SEGMENT_FLAGS));
const place = {
  p_offset: ulong(hex, "Where the bytes begin in the file"),
  p_vaddr: ulong(address, "First address"),
  p_paddr: ulong(address),
  p_filesz: ulong(size, "Bytes in the file"),
  p_memsz: ulong(size, "Bytes in memory; what is more than p_filesz is not in the dump"),
};
/** ELF64 has the flags second, ELF32 seventh. */
export const programHeader64 = struct("Elf64_Phdr", { p_type: pType, p_flags: pFlags, ...place, p_align: ulong(hex) });
export const programHeader32 = struct("Elf32_Phdr", { p_type: pType, ...place, p_flags: pFlags, p_align: ulong(hex) });

export const sectionHeader = struct("Elf_Shdr", {
  sh_name: u32(number, "Place of the name in the string table"),
  sh_type: u32(oneOf(SECTION_TYPE)),
  sh_flags: ulong(hex),
  sh_addr: ulong(address),
  sh_offset: ulong(hex),
  sh_size: ulong(size, "In section header 0: how many section headers there are, when e_shnum does not say"),
  sh_link: u32(),
  sh_info: u32(number, "In section header 0: how many program headers there are, when e_phnum is 65535"),
  sh_addralign: ulong(hex),
  sh_entsize: ulong(size),
});

export const noteHeader = struct("Elf_Nhdr", {
  n_namesz: u32(size, "Bytes of the owner's name, with its NUL"),
  n_descsz: u32(size, "Bytes of the description"),
  n_type: u32(hex, "What the description is, as its owner numbers it"),
  name: chars({ field: "n_namesz" }, "Owner"),
});

const timeval = struct("timeval", { tv_sec: ulong(number, "Seconds"), tv_usec: ulong(microseconds) });

/** The block of general registers; words that no register uses are `reserved`. */
function registerBlock({ registers, prstatus, machine }: CoreLayout): Struct {
  const fields: Record<string, Field> = {};
  let at = 0;
  const fill = (to: number): void => {
    if (to > at) fields[`reserved@${at}`] = bytes(to - at, raw);
    at = to;
  };
  for (const { name, offset, size: width } of registers) {
    fill(offset);
    fields[name] = width === 8 ? u64(hex) : width === 4 ? u32(hex) : u16(hex);
    at = offset + width;
  }
  fill(prstatus.registersSize);
  return struct(`elf_gregset_t (${machine})`, fields);
}

const STATUS_HEAD = {
  si_signo: s32(oneOf(SIGNAL), "Signal that ended the process; gdb leaves it 0"),
  si_code: s32(number, "0 in cores of the kernel: NT_SIGINFO has the true one"),
  si_errno: s32(),
  pr_cursig: s16(oneOf(SIGNAL), "Signal that ended the process"),
  pr_sigpend: ulong(signals, "Signals that wait for the thread"),
  pr_sighold: ulong(signals, "Signals that the thread blocks"),
  pr_pid: s32(number, "Thread id"),
  pr_ppid: s32(),
  pr_pgrp: s32(),
  pr_sid: s32(),
  pr_utime: nested(timeval, "Time in user mode"),
  pr_stime: nested(timeval, "Time in the kernel"),
  pr_cutime: nested(timeval, "Time of the children in user mode"),
  pr_cstime: nested(timeval, "Time of the children in the kernel"),
};

/** NT_PRSTATUS of a machine whose registers are known. */
export function prstatus(layout: CoreLayout): Struct {
  return struct("elf_prstatus", { ...STATUS_HEAD, pr_reg: nested(registerBlock(layout), "General registers"), pr_fpvalid: s32(number, "Whether there are floating point registers; gdb leaves it 0") }, layout.wordSize);
}

/** NT_PRSTATUS of an unknown machine or size: the registers as words. */
export const rawPrstatus = struct("elf_prstatus", { ...STATUS_HEAD, pr_reg: array(ulong(hex), "rest", "Registers, as words: their names are not known"), rest: bytes("rest", raw) });

/** NT_PRPSINFO; `idSize`: bytes of the user and group id. */
export function prpsinfo(idSize: 2 | 4): Struct {
  const id = idSize === 2 ? u16 : u32;
  return struct("elf_prpsinfo", {
    pr_state: u8(number, "State as a number"),
    pr_sname: chars(1, "State as a letter"),
    pr_zomb: u8(),
    pr_nice: { type: { kind: "int", bytes: 1, signed: true }, show: number, doc: "Nice value" },
    pr_flag: ulong(hex, "PF_* flags"),
    pr_uid: id(),
    pr_gid: id(),
    pr_pid: s32(),
    pr_ppid: s32(),
    pr_pgrp: s32(),
    pr_sid: s32(),
    pr_fname: chars(16, "Name of the program or of the dumping thread"),
    pr_psargs: chars(80, "Beginning of the arguments"),
  });
}

export const auxv = struct("auxv", { auxv: array(nested(struct("auxv_t", { a_type: ulong(oneOf(AUXV_TYPE)), a_val: ulong(hex) })), "rest"), rest: bytes("rest", raw) });

export const mappedRange = struct("mapping", { start: ulong(address), end: ulong(address), file_ofs: ulong(hex, "Offset in the file, in units of page_size") });
/** Head of NT_FILE; the paths follow the ranges. `param`: ranges that are there. */
export const fileHead = struct("NT_FILE", { count: ulong(number, "Ranges"), page_size: ulong(size, "Unit of file_ofs; gdb writes 1"), ranges: array(nested(mappedRange), "param") });

/** FXSAVE, 512 bytes: also the beginning of an XSAVE area. */
export const FXSAVE: Readonly<Record<string, Field>> = {
  fcw: u16(hex, "x87 control word"),
  fsw: u16(hex, "x87 status word"),
  ftw: u8(hex, "x87 registers that are in use, a bit each"),
  reserved: u8(hex),
  fop: u16(hex, "Last x87 opcode"),
  fip: u64(address, "Last x87 instruction"),
  fdp: u64(address, "Last x87 operand"),
  mxcsr: u32(hex),
  mxcsr_mask: u32(hex),
  st: array(bytes(16, raw), 8, "x87 registers, 10 bytes each"),
  xmm: array(bytes(16, raw), 16, "SSE registers"),
  rest: bytes(48, raw),
};

export const fxsave = struct("user_fpregs_struct", { ...FXSAVE, software: bytes(48, raw) });

export const fsave = struct("user_i387_struct", {
  cwd: u32(hex), swd: u32(hex), twd: u32(hex), fip: u32(address), fcs: u32(hex), foo: u32(address), fos: u32(hex), st: array(bytes(10, raw), 8, "x87 registers"),
});

export const fpsimd = struct("user_fpsimd_state", { vregs: array(bytes(16, raw), 32, "Vector registers"), fpsr: u32(hex), fpcr: u32(hex), reserved: bytes(8, raw) });

export const userDescs = struct("user_desc[]", {
  desc: array(nested(struct("user_desc", { entry_number: u32(), base_addr: u32(address), limit: u32(hex), flags: u32(hex) })), "rest"),
  rest: bytes("rest", raw),
});

export const armTls = struct("tls", { tpidr_el0: u64(address, "Thread pointer") });
export const armTls2 = struct("tls", { tpidr_el0: u64(address, "Thread pointer"), tpidr2_el0: u64(address) });
export const systemCall = struct("system call", { syscall: s32(number, "-1 = not in a system call") });
export const hardwareDebug = struct("user_hwdebug_state", {
  dbg_info: u32(hex), pad: u32(hex), dbg_regs: array(nested(struct("dbg_reg", { addr: u64(address), ctrl: u32(hex), pad: u32(hex) })), "rest"), rest: bytes("rest", raw),
});
export const sve = struct("user_sve_header", {
  size: u32(size), max_size: u32(size), vl: u16(number, "Bytes of a vector"), max_vl: u16(), flags: u16(hex, "Bit 0: the data are in SVE form, else as NT_FPREGSET"), reserved: u16(hex), data: bytes("rest", raw),
});
export const pacMask = struct("user_pac_mask", { data_mask: u64(hex), insn_mask: u64(hex) });
export const word64 = (name: string, doc: string): Struct => struct(name, { value: u64(hex, doc) });
export const arm32 = struct("user_vfp", { fpregs: array(bytes(8, raw), 32, "Floating point registers"), fpscr: u32(hex) });
export const armTls32 = struct("tls", { tpuser: array(u32(address), "rest", "Thread pointer"), rest: bytes("rest", raw) });
export const xsaveLayout = struct("xsave_layout", {
  parts: array(nested(struct("x86_xfeat_component", { type: u32(number, "Number of the part"), size: u32(size), offset: u32(number, "Where it begins in the XSAVE area"), flags: u32(hex) })), "rest"),
  rest: bytes("rest", raw),
});
export const xml = struct("target description", { text: chars("rest") });
export const keys = (names: string): Struct => struct("user_pac_keys", Object.fromEntries(names.split(" ").map((name) => [name, bytes(16, raw)])));

/** What of siginfo_t follows the three numbers; `pad` fills up to 128 bytes. */
export type SiginfoForm = "fault" | "kill" | "queue" | "child" | "call" | "other";

const FORMS: Readonly<Record<SiginfoForm, Readonly<Record<string, Field>>>> = {
  fault: { si_addr: ulong(address, "Address of the fault") },
  kill: { si_pid: s32(number, "Sender"), si_uid: u32(number, "User id of the sender") },
  queue: { si_pid: s32(number, "Sender"), si_uid: u32(number, "User id of the sender"), si_value: ulong(hex, "Value sent with it") },
  child: { si_pid: s32(), si_uid: u32(), si_status: s32(), si_utime: ulong(), si_stime: ulong() },
  call: { si_call_addr: ulong(address), si_syscall: s32(), si_arch: u32(hex) },
  other: {},
};

const siginfoStructs = new Map<string, Struct>();

/** siginfo_t of a class; MIPS has code and error number the other way round. */
export function siginfo(form: SiginfoForm, wordSize: 4 | 8, isMips: boolean): Struct {
  const key = `${form}/${wordSize}/${isMips}`;
  let known = siginfoStructs.get(key);
  if (known === undefined) {
    const code = { si_code: s32(number, "How it was sent, or what the fault was") };
    const errno = { si_errno: s32() };
    const fields = { si_signo: s32(oneOf(SIGNAL)), ...(isMips ? { ...code, ...errno } : { ...errno, ...code }), ...(wordSize === 8 ? { pad: s32(hex) } : {}), ...FORMS[form], rest: bytes("rest", raw) };
    known = struct("siginfo_t", fields);
    siginfoStructs.set(key, known);
  }
  return known;
}

/** Bytes that are shown as they are. */
export const rest = (count: number | "rest"): Field => bytes(count, raw);
export const rawNote = struct("bytes", { desc: bytes("rest", raw) });
export const rawWords = struct("words", { words: array(u32(hex), "rest"), rest: bytes("rest", raw) });
