/**
 * Notes of an ELF core: what debuggers read of threads and process. Order, sizes and owners as the kernel writes them
 * (fs/binfmt_elf.c of Linux), which gdb, lldb and elfutils rely on.
 */
import { encodeSet, FLOATING_POINT, PPC_VMX, PPC_VSX, S390_VXRS_HIGH, S390_VXRS_LOW } from "../../machine/floating-point.ts";
import { encodeFsave, encodeFxsave } from "../../machine/fxsave.ts";
import { FNAME_BYTES, PRPSINFO_FIELDS, PRSTATUS_FIELDS, PSARGS_BYTES, siginfoFields, type CoreLayout } from "../../machine/core-layout.ts";
import { NT } from "../../machine/note-numbers.ts";
import { lookupIn, putBytes, toBytes, type RegisterLookup } from "../../machine/register-area.ts";
import { encodeXsave } from "../../machine/xsave.ts";
import type { ThreadRegisters } from "../../memory-inspector.ts";
import { ByteWriter } from "./byte-writer.ts";

/** What a core tells of a thread. */
export interface CoreThread {
  readonly tid: number;
  readonly registers: ThreadRegisters | undefined;
  /** Blocked and waiting signals: bit n-1 is signal n. */
  readonly blocked: bigint;
  readonly pending: bigint;
  /** Thread pointer, where it is not one of the registers. */
  readonly tls: bigint | undefined;
}

export interface CoreProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly sid: number;
  readonly uid: number;
  readonly gid: number;
  readonly name: Uint8Array;
  readonly args: Uint8Array;
  /** Letter as in /proc/PID/stat. */
  readonly state: string;
  readonly signal: CoreSignal | undefined;
  /** Type and value. */
  readonly auxv: readonly (readonly [number, bigint])[];
  readonly files: readonly CoreFile[];
}

export interface CoreSignal {
  readonly signo: number;
  readonly errno: number;
  readonly code: number;
  readonly pid: number;
  readonly uid: number;
  readonly value: bigint;
  /** Of a fault. */
  readonly address: bigint | undefined;
  /** It ended the process; otherwise it waits, and the process was alive. */
  readonly isEnd: boolean;
}

export interface CoreFile {
  readonly start: bigint;
  readonly end: bigint;
  /** Bytes into the file. */
  readonly offset: bigint;
  readonly path: string;
}

const STATES = "RSDTZW";
const OVERFLOW_ID = 65_534;
/** No system call: debuggers would otherwise restart one. */
const NO_CALL = -1n;

export async function coreNotes(layout: CoreLayout, little: boolean, pageSize: number, process: CoreProcess, threads: AsyncIterable<CoreThread>): Promise<Uint8Array> {
  const notes = new ByteWriter(little, layout.wordSize);
  const note = (owner: "CORE" | "LINUX", type: number, desc: Uint8Array): void => {
    const name = new TextEncoder().encode(`${owner}\0`);
    notes.u32(name.length).u32(desc.length).u32(type).bytes(name).align(4).bytes(desc).align(4);
  };
  let isFirst = true;
  for await (const thread of threads) {
    const lookup = thread.registers === undefined ? () => undefined : lookupIn(thread.registers.groups);
    const hasFloats = floatNotes(layout, little, thread, lookup);
    note("CORE", NT.PRSTATUS, prstatus(layout, little, process, thread, lookup, hasFloats.length > 0));
    if (isFirst) {
      note("CORE", NT.PRPSINFO, prpsinfo(layout, little, process));
      if (process.signal !== undefined) note("CORE", NT.SIGINFO, siginfo(layout, little, process.signal));
      note("CORE", NT.AUXV, auxv(layout, little, process));
      if (process.files.length > 0) note("CORE", NT.FILE, fileNote(layout, little, pageSize, process.files));
    }
    for (const { owner, type, desc } of hasFloats) note(owner, type, desc);
    isFirst = false;
  }
  return notes.take();
}

function prstatus(layout: CoreLayout, little: boolean, process: CoreProcess, thread: CoreThread, lookup: RegisterLookup, hasFloats: boolean): Uint8Array {
  const { size, registersAt, fpvalidAt } = layout.prstatus;
  const fields = PRSTATUS_FIELDS[layout.wordSize];
  const bytes = new Uint8Array(size);
  const put = (at: number, width: number, value: bigint | number): void => putBytes(bytes, at, width, toBytes(value, width), little);
  if (process.signal?.isEnd === true) {
    put(fields.signo, 4, process.signal.signo);
    put(fields.cursig, 2, process.signal.signo);
  }
  put(fields.sigpend, layout.wordSize, thread.pending);
  put(fields.sighold, layout.wordSize, thread.blocked);
  put(fields.pid, 4, thread.tid);
  put(fields.ppid, 4, process.ppid);
  put(fields.pgrp, 4, process.pgrp);
  put(fields.sid, 4, process.sid);
  for (const register of layout.registers) {
    const known = lookup(register.name) ?? (register.name === layout.roles.ip ? lookup(thread.registers?.roles.ip ?? "") : register.name === layout.roles.sp ? lookup(thread.registers?.roles.sp ?? "") : undefined);
    if (known !== undefined) putBytes(bytes, registersAt + register.offset, register.size, known, little);
    else if (register.name === layout.call?.number) put(registersAt + register.offset, register.size, NO_CALL);
    else if (register.name === layout.tls && thread.tls !== undefined) put(registersAt + register.offset, register.size, thread.tls);
  }
  put(fpvalidAt, 4, hasFloats ? 1 : 0);
  return bytes;
}

interface FloatNote {
  readonly owner: "CORE" | "LINUX";
  readonly type: number;
  readonly desc: Uint8Array;
}

/** Floating point, vector and thread pointer notes: those for which there are registers. */
function floatNotes(layout: CoreLayout, little: boolean, { tls }: CoreThread, lookup: RegisterLookup): readonly FloatNote[] {
  const notes: FloatNote[] = [];
  const add = (owner: "CORE" | "LINUX", type: number, desc: Uint8Array | undefined): void => {
    if (desc !== undefined) notes.push({ owner, type, desc });
  };
  const { machine } = layout;
  const pointer = (): Uint8Array | undefined => {
    if (tls === undefined) return undefined;
    const bytes = new Uint8Array(layout.wordSize);
    putBytes(bytes, 0, layout.wordSize, toBytes(tls, layout.wordSize), little);
    return bytes;
  };
  if (machine === "x86_64" || machine === "i386") {
    if (lookup("st0") === undefined && lookup("xmm0") === undefined) {
      if (machine === "i386") add("LINUX", NT.TLS386, i386Tls(lookup));
      return notes;
    }
    add("CORE", NT.FPREGSET, machine === "i386" ? encodeFsave(lookup) : encodeFxsave(lookup, machine));
    if (machine === "i386") {
      add("LINUX", NT.PRXFPREG, encodeFxsave(lookup, machine));
      add("LINUX", NT.TLS386, i386Tls(lookup));
    }
    add("LINUX", NT.XSTATE, encodeXsave(lookup, machine));
    return notes;
  }
  const set = FLOATING_POINT[machine];
  const first = set?.slots(little)[0];
  if (set !== undefined && first !== undefined && lookup(first.name) !== undefined) add(machine === "arm" ? "LINUX" : "CORE", machine === "arm" ? NT.ARM_VFP : NT.FPREGSET, encodeSet(set, lookup, little));
  if (machine === "aarch64" || machine === "arm") add("LINUX", NT.ARM_TLS, pointer());
  if (machine === "ppc64" && lookup("vr0") !== undefined) add("LINUX", NT.PPC_VMX, encodeSet(PPC_VMX, lookup, little));
  if (machine === "ppc64" && lookup("vs0") !== undefined) add("LINUX", NT.PPC_VSX, encodeSet(PPC_VSX, lookup, little));
  if (machine === "s390x" && lookup("v0") !== undefined) {
    add("LINUX", NT.S390_VXRS_LOW, encodeSet(S390_VXRS_LOW, lookup, little));
    add("LINUX", NT.S390_VXRS_HIGH, encodeSet(S390_VXRS_HIGH, lookup, little));
  }
  return notes;
}

/** Bits of `user_desc`: 32-bit, limit in pages, usable. */
const TLS_FLAGS = 0x51;

/** The TLS descriptor that gs selects; three entries, as the kernel has them. */
function i386Tls(lookup: RegisterLookup): Uint8Array | undefined {
  const base = lookup("gs_base");
  const gs = lookup("gs");
  if (base === undefined || gs === undefined) return undefined;
  const entry = (gs[0]! | (gs[1]! << 8)) >> 3;
  const writer = new ByteWriter(true, 4);
  for (let slot = 0; slot < 3; slot++) {
    const isUsed = entry === 12 + slot || (entry === 6 + slot);
    writer.u32(isUsed ? entry : 12 + slot);
    if (isUsed) writer.bytes(base.subarray(0, 4)).u32(0xf_ffff).u32(TLS_FLAGS);
    else writer.zeros(12);
  }
  return writer.take();
}

function prpsinfo(layout: CoreLayout, little: boolean, process: CoreProcess): Uint8Array {
  const { size } = layout.prpsinfo;
  const fields = PRPSINFO_FIELDS.get(size)!;
  const bytes = new Uint8Array(size);
  const put = (at: number, width: number, value: number): void => putBytes(bytes, at, width, toBytes(value, width), little);
  bytes[0] = Math.max(0, STATES.indexOf(process.state));
  bytes[1] = process.state.charCodeAt(0);
  bytes[2] = process.state === "Z" ? 1 : 0;
  // Ids of 16 bits: the kernel writes its overflow id for larger ones.
  const id = (value: number): number => (fields.idSize === 2 && value > 0xffff ? OVERFLOW_ID : value);
  put(fields.uid, fields.idSize, id(process.uid));
  put(fields.gid, fields.idSize, id(process.gid));
  put(fields.pid, 4, process.pid);
  put(fields.ppid, 4, process.ppid);
  put(fields.pgrp, 4, process.pgrp);
  put(fields.sid, 4, process.sid);
  bytes.set(process.name.subarray(0, FNAME_BYTES - 1), fields.fname);
  // Without arguments the name is better than nothing.
  bytes.set((process.args.length > 0 ? process.args : process.name).subarray(0, PSARGS_BYTES - 1), fields.psargs);
  return bytes;
}

const SIGINFO_BYTES = 128;

function siginfo({ name, wordSize }: CoreLayout, little: boolean, signal: CoreSignal): Uint8Array {
  const fields = siginfoFields(name, wordSize);
  const bytes = new Uint8Array(SIGINFO_BYTES);
  const put = (at: number, width: number, value: number | bigint): void => putBytes(bytes, at, width, toBytes(value, width), little);
  put(0, 4, signal.signo);
  put(fields.errno, 4, signal.errno);
  put(fields.code, 4, signal.code);
  if (signal.address !== undefined) {
    put(fields.union, wordSize, signal.address);
    return bytes;
  }
  put(fields.union, 4, signal.pid);
  put(fields.union + 4, 4, signal.uid);
  put(fields.union + 8, wordSize, signal.value);
  return bytes;
}

function auxv(layout: CoreLayout, little: boolean, { auxv: pairs }: CoreProcess): Uint8Array {
  const writer = new ByteWriter(little, layout.wordSize);
  for (const [type, value] of pairs) writer.word(type).word(value);
  return writer.word(0).word(0).take();
}

function fileNote(layout: CoreLayout, little: boolean, pageSize: number, files: readonly CoreFile[]): Uint8Array {
  const writer = new ByteWriter(little, layout.wordSize);
  writer.word(files.length).word(pageSize);
  for (const { start, end, offset } of files) writer.word(start).word(end).word(offset / BigInt(pageSize));
  const encoder = new TextEncoder();
  for (const { path } of files) writer.bytes(encoder.encode(path)).u8(0);
  return writer.take();
}
