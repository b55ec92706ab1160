/** The notes of Linux cores by owner and number (include/uapi/linux/elf.h; GDB's own from its include/elf/common.h). */
import { layoutOf } from "../../schema/layout.ts";
import type { Abi } from "../../schema/abi.ts";
import type { Field, Struct } from "../../schema/schema.ts";
import { PRPSINFO_FIELDS, type CoreLayout } from "../../machine/core-layout.ts";
import { NT } from "../../machine/note-numbers.ts";
import { array, hex, struct, u32, u64 } from "../../schema/define.ts";
import * as structs from "./structs.ts";

/** What decides about the form of a note. */
export interface NoteContext {
  readonly abi: Abi;
  /** Undefined for machines whose registers are not known. */
  readonly layout: CoreLayout | undefined;
  /** Bytes of the description. */
  readonly size: number;
}

export interface NoteType {
  readonly name: string;
  /** One sentence, without the full stop. */
  readonly doc: string;
  /** Each thread has its own. */
  readonly ofThread: boolean;
  /** Secret keys: their bytes are not written out. */
  readonly isSecret?: boolean;
  /** How the description is laid out; undefined: as bytes. */
  readonly form?: (context: NoteContext) => Struct | undefined;
}

export type Entry = readonly [owner: string, type: number, note: NoteType];

const thread = (owner: string, type: number, name: string, doc: string, form?: NoteType["form"], isSecret = false): Entry => [owner, type, { name, doc, ofThread: true, ...(form === undefined ? {} : { form }), ...(isSecret ? { isSecret } : {}) }];
const process = (owner: string, type: number, name: string, doc: string, form?: NoteType["form"]): Entry => [owner, type, { name, doc, ofThread: false, ...(form === undefined ? {} : { form }) }];
const plain = (form: Struct) => (): Struct => form;

const fpregs = (name: string, count: number, after: Readonly<Record<string, Field>>, before: Readonly<Record<string, Field>> = {}): Struct =>
  struct(name, { ...before, fpr: array(u64(hex), count, "Floating point registers"), ...after });
const ppcFpregs = fpregs("elf_fpregset_t", 32, { fpscr: u64(hex) });
const s390Fpregs = fpregs("s390_fp_regs", 16, {}, { fpc: u32(hex), pad: u32(hex) });
const riscvFpregs = fpregs("__riscv_d_ext_state", 32, { fcsr: u32(hex), pad: u32(hex) });
const mipsFpregs = fpregs("elf_fpregset_t", 32, { fcsr: u32(hex), fir: u32(hex) });
const loongFpregs = fpregs("user_fp_state", 32, { fcc: u64(hex), fcsr: u32(hex), pad: u32(hex) });

const FPREGS: Readonly<Record<string, Struct>> = {
  x86_64: structs.fxsave, i386: structs.fsave, aarch64: structs.fpsimd, ppc: ppcFpregs, ppc64: ppcFpregs, s390x: s390Fpregs, riscv64: riscvFpregs, mips: mipsFpregs, mips64: mipsFpregs, loongarch64: loongFpregs,
};

function statusForm({ layout, abi, size: bytes }: NoteContext): Struct | undefined {
  if (layout !== undefined && layout.prstatus.size === bytes) return statusOf(layout);
  return bytes >= layoutOf(structs.rawPrstatus, abi).fixedSize ? structs.rawPrstatus : undefined;
}

const statuses = new Map<CoreLayout, Struct>();

function statusOf(layout: CoreLayout): Struct {
  let known = statuses.get(layout);
  if (known === undefined) statuses.set(layout, (known = structs.prstatus(layout)));
  return known;
}

const INFO = { 2: structs.prpsinfo(2), 4: structs.prpsinfo(4) } as const;

function infoForm({ abi, size: bytes }: NoteContext): Struct | undefined {
  const fields = PRPSINFO_FIELDS.get(bytes);
  return fields !== undefined && fields.wordSize === abi.longSize ? INFO[fields.idSize] : undefined;
}

/** The software fields of the legacy area, the header, then the parts, whose places differ between processors. */
const xstate = struct("xregs_state", {
  ...structs.FXSAVE,
  xcr0: u64(hex, "Parts that the area has room for"),
  software: structs.rest(40),
  xstate_bv: u64(hex, "Parts that hold values; the others are in their initial state"),
  xcomp_bv: u64(hex, "0 = parts at their standard places"),
  header: structs.rest(48),
  extended: structs.rest("rest"),
});

/** Every note that is known: owner, number, and what it is. */
export const NOTE_TYPES: readonly Entry[] = [
  thread("CORE", NT.PRSTATUS, "NT_PRSTATUS", "Ids, signals and general registers of a thread", statusForm),
  thread("CORE", NT.FPREGSET, "NT_FPREGSET", "Floating point registers of the thread before it", ({ layout }) => FPREGS[layout?.machine ?? ""]),
  process("CORE", NT.PRPSINFO, "NT_PRPSINFO", "Name, arguments and ids of the process", infoForm),
  process("CORE", 4, "NT_TASKSTRUCT", "Copy of the kernel's task structure"),
  process("CORE", NT.AUXV, "NT_AUXV", "Auxiliary vector that the kernel gave to the program", plain(structs.auxv)),
  process("CORE", NT.SIGINFO, "NT_SIGINFO", "The signal that ended the process, and why it was sent"),
  process("CORE", NT.FILE, "NT_FILE", "Mapped files with their address ranges"),
  thread("LINUX", NT.PRXFPREG, "NT_PRXFPREG", "FXSAVE block of an i386 thread", plain(structs.fxsave)),
  thread("LINUX", NT.TLS386, "NT_386_TLS", "TLS descriptors of an i386 thread", plain(structs.userDescs)),
  thread("LINUX", 0x201, "NT_386_IOPERM", "I/O permission bitmap"),
  thread("LINUX", NT.XSTATE, "NT_X86_XSTATE", "XSAVE area: x87, SSE, AVX and later registers", ({ size: bytes }) => (bytes >= 576 ? xstate : undefined)),
  thread("LINUX", 0x204, "NT_X86_SHSTK", "Shadow stack pointer", plain(structs.word64("shadow stack", "Shadow stack pointer"))),
  process("LINUX", NT.XSAVE_LAYOUT, "NT_X86_XSAVE_LAYOUT", "Where the parts of the XSAVE areas stand", plain(structs.xsaveLayout)),
  thread("LINUX", NT.PPC_VMX, "NT_PPC_VMX", "Altivec registers"),
  thread("LINUX", 0x101, "NT_PPC_SPE", "SPE registers"),
  thread("LINUX", NT.PPC_VSX, "NT_PPC_VSX", "Lower halves of the VSX registers"),
  thread("LINUX", 0x103, "NT_PPC_TAR", "Target address register"),
  thread("LINUX", 0x104, "NT_PPC_PPR", "Program priority register"),
  thread("LINUX", 0x105, "NT_PPC_DSCR", "Data stream control register"),
  thread("LINUX", 0x106, "NT_PPC_EBB", "Event based branch registers"),
  thread("LINUX", 0x107, "NT_PPC_PMU", "Performance monitor registers"),
  thread("LINUX", 0x300, "NT_S390_HIGH_GPRS", "Upper halves of the general registers"),
  thread("LINUX", 0x301, "NT_S390_TIMER", "CPU timer"),
  thread("LINUX", 0x302, "NT_S390_TODCMP", "Clock comparator"),
  thread("LINUX", 0x303, "NT_S390_TODPREG", "Programmable part of the clock"),
  thread("LINUX", 0x304, "NT_S390_CTRS", "Control registers"),
  thread("LINUX", 0x305, "NT_S390_PREFIX", "Prefix register"),
  thread("LINUX", 0x306, "NT_S390_LAST_BREAK", "Address of the last break"),
  thread("LINUX", NT.S390_SYSTEM_CALL, "NT_S390_SYSTEM_CALL", "System call that the thread is in"),
  thread("LINUX", 0x308, "NT_S390_TDB", "Transaction diagnostic block"),
  thread("LINUX", NT.S390_VXRS_LOW, "NT_S390_VXRS_LOW", "Lower halves of the vector registers 0 to 15"),
  thread("LINUX", NT.S390_VXRS_HIGH, "NT_S390_VXRS_HIGH", "Vector registers 16 to 31"),
  thread("LINUX", 0x30b, "NT_S390_GS_CB", "Guarded storage registers"),
  thread("LINUX", NT.ARM_VFP, "NT_ARM_VFP", "Floating point registers of arm", plain(structs.arm32)),
  thread("LINUX", NT.ARM_TLS, "NT_ARM_TLS", "Thread pointer", ({ size: bytes, abi }) => (abi.longSize === 4 ? structs.armTls32 : bytes >= 16 ? structs.armTls2 : structs.armTls)),
  thread("LINUX", 0x402, "NT_ARM_HW_BREAK", "Hardware breakpoints", plain(structs.hardwareDebug)),
  thread("LINUX", 0x403, "NT_ARM_HW_WATCH", "Hardware watchpoints", plain(structs.hardwareDebug)),
  thread("LINUX", NT.ARM_SYSTEM_CALL, "NT_ARM_SYSTEM_CALL", "System call that the thread is in", plain(structs.systemCall)),
  thread("LINUX", 0x405, "NT_ARM_SVE", "Vector registers of SVE", plain(structs.sve)),
  thread("LINUX", 0x406, "NT_ARM_PAC_MASK", "Bits of pointers that hold authentication codes", plain(structs.pacMask)),
  thread("LINUX", 0x407, "NT_ARM_PACA_KEYS", "Keys that authenticate addresses: secrets", plain(structs.keys("apiakey apibkey apdakey apdbkey")), true),
  thread("LINUX", 0x408, "NT_ARM_PACG_KEYS", "Key that authenticates data: a secret", plain(structs.keys("apgakey")), true),
  thread("LINUX", 0x409, "NT_ARM_TAGGED_ADDR_CTRL", "Control of tagged addresses", plain(structs.word64("tagged addresses", "Flags of PR_SET_TAGGED_ADDR_CTRL"))),
  thread("LINUX", 0x40a, "NT_ARM_PAC_ENABLED_KEYS", "Pointer authentication keys that are enabled", plain(structs.word64("enabled keys", "A bit for each key"))),
  thread("LINUX", 0x40b, "NT_ARM_SSVE", "Vector registers of streaming SVE"),
  thread("LINUX", 0x40c, "NT_ARM_ZA", "Array of SME"),
  thread("LINUX", 0x40d, "NT_ARM_ZT", "Table registers of SME"),
  thread("LINUX", 0x40e, "NT_ARM_FPMR", "Floating point mode register", plain(structs.word64("fpmr", "Mode"))),
  thread("LINUX", 0x40f, "NT_ARM_POE", "Permission overlay register", plain(structs.word64("poe", "POR_EL0"))),
  thread("LINUX", 0x410, "NT_ARM_GCS", "Guarded control stack"),
  thread("LINUX", 0x800, "NT_MIPS_DSP", "DSP registers"),
  thread("LINUX", 0x801, "NT_MIPS_FP_MODE", "Floating point mode"),
  thread("LINUX", 0x802, "NT_MIPS_MSA", "MSA registers"),
  thread("LINUX", 0x900, "NT_RISCV_CSR", "Control and status registers"),
  thread("LINUX", 0x901, "NT_RISCV_VECTOR", "Vector registers"),
  thread("LINUX", 0x902, "NT_RISCV_TAGGED_ADDR_CTRL", "Control of tagged addresses"),
  thread("LINUX", 0xa00, "NT_LOONGARCH_CPUCFG", "Configuration of the processor"),
  thread("LINUX", 0xa01, "NT_LOONGARCH_CSR", "Control and status registers"),
  thread("LINUX", 0xa02, "NT_LOONGARCH_LSX", "128-bit vector registers"),
  thread("LINUX", 0xa03, "NT_LOONGARCH_LASX", "256-bit vector registers"),
  thread("LINUX", 0xa04, "NT_LOONGARCH_LBT", "Registers of binary translation"),
  process("GDB", 0xff00_0000, "NT_GDB_TDESC", "Register description of GDB, as XML", plain(structs.xml)),
];

const BY_KEY: ReadonlyMap<string, NoteType> = new Map(NOTE_TYPES.map(([owner, type, note]) => [`${owner}/${type}`, note]));

/** Undefined for notes of other owners, and for numbers that no machine has. */
export function noteType(owner: string, type: number): NoteType | undefined {
  return BY_KEY.get(`${owner}/${type}`);
}

/** Description of a note's bytes that fits them whole: without one they are shown as bytes. */
export function noteForm(type: NoteType, context: NoteContext): Struct {
  const form = type.form?.(context);
  if (form === undefined) return structs.rawNote;
  const layout = layoutOf(form, context.abi);
  // A form that is cut off, or that leaves bytes over, would explain half a note.
  if (layout.size >= 0 ? layout.size !== context.size : layout.fixedSize > context.size) return structs.rawNote;
  return form;
}
