/** The registers of a task as debuggers have them, from its CPU record and the floating point state behind it. */
import type { OpenedFile } from "../../model/checkpoint.ts";
import type { RegisterGroup, ThreadRegisters } from "../../memory-inspector.ts";
import { span } from "../../bytes/span.ts";
import { coreLayoutOf } from "../../machine/core-layout.ts";
import { decodeFsave, FSAVE_BYTES, FXSAVE_BYTES, type X86 } from "../../machine/fxsave.ts";
import { generalGroups, threadRegisters, type GeneralValue } from "../../machine/general.ts";
import { readRegisters, slots, slotBytes, toBigint, type RegisterArea, type RegisterSlot } from "../../machine/register-area.ts";
import { decodeXsave } from "../../machine/xsave.ts";
import type { Abi } from "../../schema/abi.ts";
import { findSlot, layoutOf, measure } from "../../schema/layout.ts";
import { intSlot } from "../../schema/scan.ts";
import type { Struct } from "../../schema/schema.ts";
import type { Dialect } from "./dialect.ts";
import type { Reader } from "./reader.ts";
import { ordinal } from "./revisions.ts";

/** Largest state that is read; that of a processor with AVX has 832 bytes. */
const MOST_BYTES = 64 * 1024;

/** A record as far as it goes. */
interface LoadedRecord {
  readonly row: number;
  readonly struct: Struct;
  /** File position of its header. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Registers of a row of the threads table; undefined when its record is not there, or of a revision whose layout is not known. */
export async function linuxCrRegisters(reader: Reader, file: OpenedFile, thread: number): Promise<ThreadRegisters | undefined> {
  const threads = reader.table("threads");
  if (thread < 0 || thread >= threads.length) return undefined;
  const cpu = await load(reader, file, threads.number(thread, "record"));
  if (cpu === undefined || reader.kindOf(cpu.row).key !== "CPU") return undefined;
  const { dialect } = reader;
  const architecture = dialect.architecture;
  if (architecture === "ppc32" || architecture === "ppc64") {
    const why = "The order of the registers depends on the configuration of the kernel that wrote them: they are in the record.";
    return threadRegisters(thread, architecture === "ppc32" ? "ppc" : architecture, [{ title: "general", as: "pointers", registers: [], why }]);
  }
  const fields = fieldsOf(dialect, cpu);
  const isX86 = architecture === "x86_32" || architecture === "x86_64";
  // A 32-bit task on a 64-bit kernel has the code of a 32-bit segment.
  const machine = architecture === "x86_32" || (architecture === "x86_64" && fields("cs")?.value === USER32_CS) ? "i386" : architecture;
  const bases = machine === "x86_64" ? await segmentBases(reader, file, cpu, fields) : undefined;
  const general = generalGroups(machine, (name) => bases?.get(name) ?? (isX86 ? x86Value(dialect, machine as X86, fields, name) : fields(FIELDS[machine]!(name))));
  if (general.length === 0) return undefined;
  const more = isX86 ? [...(await x86State(reader, file, thread, cpu, fields, machine as X86)), ...debugGroup(dialect, cpu)] : machine === "s390x" ? s390State(dialect, cpu) : [];
  return threadRegisters(thread, machine, [...general, ...more]);
}

async function load(reader: Reader, file: OpenedFile, row: number): Promise<LoadedRecord | undefined> {
  if (row < 0) return undefined;
  const records = reader.table("records");
  const start = records.number(row, "offset");
  const bytes = await file.source.read(start, start + Math.min(records.number(row, "length"), MOST_BYTES));
  return { row, struct: reader.kindOf(row).struct, start, bytes };
}

type Fields = (path: string) => GeneralValue | undefined;

/** Numbers of a record by path, with their places; undefined where the revision has no such field or the record ends before. */
function fieldsOf({ abi }: Dialect, { row, struct, start, bytes }: LoadedRecord): Fields {
  return (path) => {
    const slot = intSlot(struct, abi, path);
    if (slot === undefined) return undefined;
    const place = { record: row, path, span: span(0, start + slot.offset, start + slot.offset + slot.bytes) };
    const value = slotBytes({ bytes, little: abi.endian === "little", place: () => place }, slot.offset, slot.bytes);
    return value === undefined ? undefined : { value: toBigint(value), place };
  };
}

/** Field of the CPU record that holds a register. */
const FIELDS: Readonly<Record<string, (name: string) => string>> = {
  s390x: (name) => ({ pswm: "psw_t_mask", pswa: "psw_t_addr", system_call: "svcnr", orig_r2: "orig_gpr2" })[name] ?? name.replace(/^r(?=\d)/, "gprs.").replace(/^acr(?=\d)/, "acrs."),
  arm: (name) => `uregs.${coreLayoutOf("arm")!.registers.findIndex((register) => register.name === name)}`,
};

const USER32_CS = 1n;
const SELECTORS = new Set(["cs", "ss", "ds", "es", "fs", "gs"]);

function x86Value(dialect: Dialect, machine: X86, fields: Fields, name: string): GeneralValue | undefined {
  const hasCodes = dialect.index >= ordinal("v17");
  if (SELECTORS.has(name)) {
    const found = fields(hasCodes && (name === "fs" || name === "gs") ? `${name}index` : name);
    if (found === undefined) return undefined;
    // Before v17 the upper half of a selector's word can hold other bits.
    if (!hasCodes) return { ...found, value: BigInt(found.value) & 0xffffn };
    const selector = selectorOf(Number(found.value), dialect.architecture === "x86_64");
    return selector === undefined ? undefined : { ...found, value: selector };
  }
  if (name === "fs_base" || name === "gs_base") return hasCodes ? fields(name.slice(0, 2)) : undefined;
  const own = name === "eflags" ? "flags" : name.replace(machine === "i386" ? /^(orig_)?e(?=[a-z][xipd]$)/ : /^(orig_)?r(?=[a-z])/, "$1");
  return fields(own);
}

/** Records between THREAD and CPU of a task: the TLS descriptors and the restart block. */
const MOST_BETWEEN = 3;

/** Bases of fs and gs that stand in TLS descriptors: of addresses below 4 GiB the kernel makes one, and leaves the base register 0. */
async function segmentBases(reader: Reader, file: OpenedFile, cpu: LoadedRecord, fields: Fields): Promise<ReadonlyMap<string, GeneralValue>> {
  const bases = new Map<string, GeneralValue>();
  const wanted = (["fs", "gs"] as const).flatMap((name) => {
    const code = Number(fields(`${name}index`)?.value ?? 0);
    return isTlsCode(code) ? [{ name: `${name}_base`, slot: code - TLS_CODE }] : [];
  });
  if (wanted.length === 0) return bases;
  let row = cpu.row - 1;
  while (row >= 0 && row >= cpu.row - MOST_BETWEEN && reader.kindOf(row).key !== "THREAD") row--;
  const thread = row >= 0 && reader.kindOf(row).key === "THREAD" ? await load(reader, file, row) : undefined;
  if (thread === undefined) return bases;
  for (const { name, slot } of wanted) {
    const descriptor = fieldsOf(reader.dialect, thread)(`tls_array.${slot}`);
    if (descriptor !== undefined) bases.set(name, { ...descriptor, value: baseOf(BigInt(descriptor.value)) });
  }
  return bases;
}

/** Base of a segment descriptor: bits 16 to 39 and 56 to 63. */
function baseOf(descriptor: bigint): bigint {
  return ((descriptor >> 16n) & 0xff_ffffn) | ((descriptor >> 56n) << 24n);
}

const TLS_CODE = 0x4000;
const LDT_CODE = 0x8000;
const isTlsCode = (code: number): boolean => code >= TLS_CODE && code <= TLS_CODE + 2;

/** Selectors of the codes 0 to 4: none, code and data of 32 bits, code and data of 64 bits. */
const SELECTOR_32 = [0, 0x73, 0x7b];
const SELECTOR_64 = [0, 0x23, 0x2b, 0x33, 0x2b];

/** Selector that a restart makes of a segment code (arch/x86/include/asm/segment.h of Linux 2.6.3x); undefined for codes that it rejects. */
function selectorOf(code: number, is64: boolean): number | undefined {
  if (code >= LDT_CODE) return (code - LDT_CODE) * 8 + 7;
  if (isTlsCode(code)) return ((is64 ? 12 : 6) + code - TLS_CODE) * 8 + 3;
  return (is64 ? SELECTOR_64 : SELECTOR_32)[code];
}

/** Bytes of a record from some offset on, as an area in which each register has its field. */
function areaOf({ abi }: Dialect, { row, struct, start, bytes }: LoadedRecord, from = 0): RegisterArea {
  return {
    bytes: bytes.subarray(from),
    little: abi.endian === "little",
    place: (offset, size) => ({ record: row, path: pathAt(struct, abi, from + offset), span: span(0, start + from + offset, start + from + offset + size) }),
  };
}

/** Field of a record that holds a byte. */
function pathAt(struct: Struct, abi: Abi, position: number): string {
  const slot = layoutOf(struct, abi).slots.find(({ offset, size }) => offset >= 0 && position >= offset && (size < 0 || position < offset + size));
  if (slot === undefined) return "";
  const { type } = slot.field;
  const size = type.kind === "array" ? measure(type.of.type, abi).size : 0;
  return size > 0 ? `${slot.name}.${Math.floor((position - slot.offset) / size)}` : slot.name;
}

/** The floating point state: in the record (v2 to v8), behind it, or not there because the task has not computed. */
async function x86State(reader: Reader, file: OpenedFile, thread: number, cpu: LoadedRecord, fields: Fields, machine: X86): Promise<readonly RegisterGroup[]> {
  const { dialect } = reader;
  if (fields("used_math")?.value === 0n) return [{ title: "x87", as: "x87", registers: [], why: "The thread has not used the floating point unit: nothing is saved." }];
  const inside = findSlot(cpu.struct, dialect.abi, "thread_xstate");
  if (inside !== undefined) {
    const area = areaOf(dialect, { ...cpu, bytes: cpu.bytes.subarray(0, inside.offset + FXSAVE_BYTES) }, inside.offset);
    return fields("has_fxsr")?.value === 0n ? [decodeFsave(area)] : decodeXsave(area, machine);
  }
  const state = await load(reader, file, reader.table("threads").number(thread, "fpu_record"));
  if (state === undefined) return [{ title: "x87", as: "x87", registers: [], why: "The record with the floating point state is missing." }];
  const area = areaOf(dialect, state, reader.kindOf(state.row).key === "raw:fpu" ? 0 : dialect.headerSize);
  // A processor without FXSR has the short form, with four bytes of the kernel's behind it.
  const announced = reader.head.xstateSize > 0 ? reader.head.xstateSize : area.bytes.length;
  return announced >= FSAVE_BYTES && announced < FXSAVE_BYTES ? [decodeFsave(area)] : decodeXsave(area, machine);
}

function s390State(dialect: Dialect, cpu: LoadedRecord): readonly RegisterGroup[] {
  const fprs = findSlot(cpu.struct, dialect.abi, "fprs");
  const fpc = findSlot(cpu.struct, dialect.abi, "fpc");
  if (fprs === undefined || fpc === undefined) return [];
  const layout = [...slots("f", 16, fprs.offset, 8), { name: "fpc", offset: fpc.offset, size: 4 }];
  return [{ title: "floating point", as: "doubles", registers: readRegisters(areaOf(dialect, cpu), layout) }];
}

/** Debug registers, which revisions before v19-rc3 saved. */
function debugGroup(dialect: Dialect, cpu: LoadedRecord): readonly RegisterGroup[] {
  const layout = layoutOf(cpu.struct, dialect.abi).slots.filter(({ name }) => name.startsWith("debugreg")).map(({ name, offset, size }): RegisterSlot => ({ name: name.replace("debugreg", "dr"), offset, size }));
  const registers = readRegisters(areaOf(dialect, cpu), layout);
  return registers.length === 0 ? [] : [{ title: "debug", as: "words", registers }];
}
