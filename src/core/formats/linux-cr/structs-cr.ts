/** Records of the first generation (v0 to v14): payloads that follow an eight-byte header of 16-bit type and length. */
import { address, array, bytes, chars, count, flags, given, hex, objref, oneOf, padding, path, raw, s16, s32, size, struct, time, u16, u32, u64, ulong } from "../../schema/define.ts";
import type { Field } from "../../schema/schema.ts";
import { F_MODE, FD_TYPE, TASK_STATE, VM, VMA_TYPE } from "./enums.ts";
import { before, ordinal, since } from "./revisions.ts";

const magic32 = u32(hex, "low half of the head magic; later words are not known");

/** v0, v1: only the magic is known, the rest of the payload is opaque. */
export const headV1 = struct("cr_hdr_head", { magic: magic32, payload: bytes("rest", raw, "time stamp and kernel version numbers, positions unknown") });

export const head = struct(
  "cr_hdr_head",
  {
    magic: u64(hex, "0x00feed0cc0a2d200"),
    major: u16(undefined, "kernel version, first number"),
    minor: u16(undefined, "kernel version, second number"),
    patch: u16(undefined, "kernel version, third number"),
    rev: u16(undefined, "format revision (cr_version)"),
    time: u64(time, "when the image was written"),
    flags: u64(hex, "checkpoint flags given by the caller"),
    release: chars(64, "uts release"),
    version: chars(64, "uts version"),
    machine: chars(64, "uts machine"),
  },
  8,
);

/** v14: the uts names moved into three BUFFER records whose lengths stand here. */
export const headV14 = struct(
  "cr_hdr_head",
  {
    magic: u64(hex, "0x00feed0cc0a2d200"),
    major: u16(undefined, "kernel version, first number"),
    minor: u16(undefined, "kernel version, second number"),
    patch: u16(undefined, "kernel version, third number"),
    rev: u16(undefined, "format revision"),
    payload: bytes("rest", raw, "lengths of the uts names, time and flags; positions unknown"),
  },
);

export const headArch = struct(
  "cr_hdr_head_arch",
  {
    has_fxsr: u16(undefined, "1 = FXSR used"),
    has_xsave: u16(undefined, "1 = XSAVE used"),
    xstate_size: u16(size, "bytes of one FPU record"),
    _pading: u16(padding),
  },
  8,
);

export const tree = struct("cr_hdr_tree", { tasks_nr: u32(count("task"), "pid entries that follow without a header") }, 8);

/** Raw after TREE, v9 to v14. */
export const pidsV9 = struct("cr_hdr_pids", {
  vpid: s32(undefined, "pid in the namespace of the root task"),
  vtgid: s32(undefined, "thread group"),
  vppid: s32(undefined, "parent, 0 = outside the tree"),
  _padding: u32(padding),
});

export const pidsV9Array = struct("pids", { pids: array({ type: { kind: "struct", struct: pidsV9 }, show: { as: "number" } }, "rest") });

export const task = struct(
  "cr_hdr_task",
  {
    state: u32(oneOf(TASK_STATE), "task state"),
    exit_state: u32(undefined, "0, or 16 for a zombie"),
    exit_code: u32(hex, "wait status: signal in the low 7 bits, status << 8"),
    exit_signal: u32(undefined, "signal sent to the parent"),
    task_comm_len: s32(count("byte"), "length of the name that follows"),
  },
  8,
);

export const thread = struct(
  "cr_hdr_thread",
  {
    gdt_entry_tls_entries: s16(undefined, "number of TLS slots"),
    sizeof_tls_array: s16(size, "bytes of the TLS array that follows"),
    ntls: s16(undefined, "slots in use"),
  },
  8,
);

const register = (doc?: string): Field => u64(hex, doc);

/** General registers in the order in which every x86 CPU record begins. */
export const x86Registers: Readonly<Record<string, Field>> = {
  r15: register(),
  r14: register(),
  r13: register(),
  r12: register(),
  bp: u64(address, "frame pointer"),
  bx: register(),
  r11: register(),
  r10: register(),
  r9: register(),
  r8: register(),
  ax: register("result of the system call"),
  cx: register(),
  dx: register(),
  si: register(),
  di: register(),
  orig_ax: register("system call number, or -1"),
  ip: u64(address, "instruction pointer"),
};

/** Registers as u64 with whole segment selectors, v2 to v16. */
export const x86SelectorRegisters: Readonly<Record<string, Field>> = {
  ...x86Registers,
  cs: register("segment selector"),
  flags: register(),
  sp: u64(address, "stack pointer"),
  ss: register("segment selector"),
  ds: register("segment selector"),
  es: register("segment selector"),
  fs: register("segment selector; the upper half can hold other bits"),
  gs: register("segment selector; the upper half can hold other bits"),
  debugreg0: register(),
  debugreg1: register(),
  debugreg2: register(),
  debugreg3: register(),
};

const x86AllRegisters: Readonly<Record<string, Field>> = {
  ...x86SelectorRegisters,
  debugreg4: register(),
  debugreg5: register(),
  debugreg6: register(),
  debugreg7: register(),
};

/** v2 to v8: the FPU state is part of the record. */
export const cpuV2 = struct(
  "cr_hdr_cpu",
  {
    ...x86AllRegisters,
    uses_debug: u16(undefined, "1 = the debug registers are in use"),
    used_math: u16(undefined, "1 = the FPU state is meaningful"),
    has_fxsr: u16(undefined, "1 = FXSR used"),
    _padding: u16(padding),
    thread_xstate: bytes(512, raw, "FPU state"),
  },
  8,
);

export const cpu = struct(
  "cr_hdr_cpu",
  {
    ...x86AllRegisters,
    uses_debug: u32(undefined, "1 = the debug registers are in use"),
    used_math: u32(undefined, "1 = the FPU state follows without a header"),
  },
  8,
);

const mmFields: Readonly<Record<string, Field>> = {
  start_code: u64(address, "text start"),
  end_code: u64(address, "text end"),
  start_data: u64(address),
  end_data: u64(address),
  start_brk: u64(address, "heap start"),
  brk: u64(address, "current break"),
  start_stack: u64(address, "initial stack pointer"),
  arg_start: u64(address, "argv strings start"),
  arg_end: u64(address, "argv strings end"),
  env_start: u64(address, "environment start"),
  env_end: u64(address, "environment end"),
};
export { mmFields };

export const mmV0 = struct("cr_hdr_mm", { tag: u32(hex), ...mmFields, map_count: s16(count("region"), "VMA records that follow") });

export const mm = struct(
  "cr_hdr_mm",
  { objref: u32(objref, "id of this memory"), map_count: u32(count("region"), "VMA records that follow"), ...mmFields },
  8,
);

const vmaFields: Readonly<Record<string, Field>> = {
  vm_start: u64(address, "first address"),
  vm_end: u64(address, "one past the last address"),
  vm_page_prot: u64(hex, "page protection bits of the architecture"),
  vm_flags: u64(flags(VM), "VM_* flags"),
  vm_pgoff: u64(count("page"), "file offset in pages"),
};
export { vmaFields };

const pageCounts: Readonly<Record<string, Field>> = {
  npages: s16(count("page"), "pages that follow"),
  namelen: s16(count("byte"), "length of the file name that follows"),
};

export const vmaV0 = struct("cr_hdr_vma", { how: u32(oneOf(VMA_TYPE)), ...vmaFields, ...pageCounts });

export const vma = struct(
  "cr_hdr_vma",
  {
    vma_type: u32(oneOf(VMA_TYPE), "what kind of area"),
    _padding: u32(padding),
    ...vmaFields,
    npages: before("v5", pageCounts["npages"]!),
    namelen: before("v5", pageCounts["namelen"]!),
  },
  8,
);

export const mmContext = struct(
  "cr_hdr_mm_context",
  { ldt_entry_size: s16(size), nldt: s16(undefined, "LDT entries that follow") },
  1,
);
export const mmContextV2 = struct("cr_hdr_mm_context", mmContext.fields, 8);

export const files = struct(
  "cr_hdr_files",
  {
    tag: before("v5", u32(objref, "id of this file table")),
    objref: since("v5", u32(objref, "id of this file table")),
    nfds: u32(count("descriptor"), "FD_ENT records that follow"),
  },
  8,
);

export const fdEntV2 = struct(
  "cr_hdr_fd_ent",
  {
    tag: u32(objref, "id of the open file"),
    fd: u16(undefined, "descriptor number"),
    close_on_exec: u16(undefined, "1 = close on exec"),
  },
  8,
);

export const fdEnt = struct(
  "cr_hdr_fd_ent",
  {
    objref: u32(objref, "id of the open file"),
    fd: s32(undefined, "descriptor number"),
    close_on_exec: u32(undefined, "1 = close on exec"),
  },
  8,
);

export const fdData = struct("cr_hdr_fd_data", {
  how: before("v5", u16(oneOf(FD_TYPE))),
  fd_type: since("v5", u16(oneOf(FD_TYPE), "what kind of file")),
  f_mode: u16(flags(F_MODE), "FMODE_* bits"),
  f_flags: u32({ as: "hex" }, "open flags"),
  f_uid: before("v5", u32()),
  f_gid: before("v5", u32()),
  rest: before("v5", bytes("rest", raw, "position and version: layout not known")),
  f_pos: since("v5", u64(undefined, "file position in bytes")),
  f_version: since("v5", u64(undefined, "file version")),
});

export const pgarr = struct("cr_hdr_pgarr", { nr_pages: u64(count("page"), "pages that follow; 0 ends the area") }, 8);
export const tail = struct("cr_hdr_tail", { magic: u64(hex, "0x002d2a0cc0deef00") }, 8);

/** Record header. `id` became `parent` in v2 and went away in v14. */
export const header16 = struct("cr_hdr", {
  type: s16(undefined, "record type"),
  len: s16(size, "payload bytes"),
  id: before("v2", u32(undefined, "pid of the task in task records")),
  parent: given({ from: ordinal("v2"), to: ordinal("v14") }, u32(undefined, "pid or objref that the record belongs to")),
});

/** Opaque payloads: TASK, THREAD and CPU of v0 and v1, whose layouts are not known. */
export const opaque = struct("opaque", { payload: bytes("rest", raw, "layout not known") });

/** Payloads that are a string or anonymous bytes. */
export const textPayload = struct("string", { text: chars("rest") });
export const pathPayload = struct("path", { path: chars("rest", "path relative to the root of the checkpointed container", path) });
export const bytesPayload = struct("bytes", { bytes: bytes("rest") });

/** Addresses, then the pages themselves, raw or inside one BUFFER. */
export const pagesPayload = struct("pages", {
  addresses: array(ulong(address), "param", "address of each page, or its index in a shared object"),
  pages: array(bytes("page"), "param", "page contents"),
});

/** Elements of known structs, as many as fit. */
export const tlsPayload = struct("tls", { tls_array: array(u64(hex), "rest", "segment descriptors") });
export const ldtPayload = struct("ldt", { ldt: array(u64(hex), "rest", "segment descriptors") });
