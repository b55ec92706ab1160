/** The registers of a thread as debuggers have them, from its `core_entry`. */
import { decodeSet, FLOATING_POINT, joinHalves, PPC_VMX, PPC_VSX, S390_VXRS_HIGH, S390_VXRS_LOW, type RegisterSet } from "../../machine/floating-point.ts";
import { generalGroups, threadRegisters, type GeneralValue } from "../../machine/general.ts";
import { coreLayoutOf } from "../../machine/core-layout.ts";
import { decodeXsave } from "../../machine/xsave.ts";
import { hasPart, INTEL, LEGACY_BYTES, PART, XCR0_AT, XSTATE_BV_AT } from "../../machine/xsave-layout.ts";
import { readRegisters, type RegisterArea } from "../../machine/register-area.ts";
import type { RegisterGroup, RegisterValue, ThreadRegisters } from "../../memory-inspector.ts";
import type { FieldNode } from "../../inspector.ts";
import type { RecordDecoder } from "../../model/checkpoint.ts";
import type { Span } from "../../bytes/span.ts";
import type { MessageValue } from "../../schema/decode-message.ts";
import { MACHINES, type CriuSet } from "./criu-set.ts";
import { FieldBlock } from "./field-block.ts";
import { registerAt, registersOf } from "./registers.ts";

/** Largest core image whose fields are placed for its registers; CRIU writes a few kilobytes. */
const MOST_PLACED = 1024 * 1024;
const COMPAT = 2;

/** Registers of a row of the threads table; undefined when its image is not there or has none. */
export async function criuRegisters(set: CriuSet, decoder: RecordDecoder, thread: number): Promise<ThreadRegisters | undefined> {
  const threads = set.reader.table("threads");
  const record = thread >= 0 && thread < threads.length ? threads.number(thread, "record") : -1;
  const core = set.coreOf(record);
  const spec = core === undefined ? undefined : registersOf(core);
  const info = spec === undefined ? undefined : core!.sub(spec.part);
  if (spec === undefined || info === undefined) return undefined;
  const isCompat = spec.mtype === 1 && info.sub("gpregs")?.number("mode") === COMPAT;
  const machine = isCompat ? "i386" : MACHINES.get(spec.mtype)!;
  const state = new ThreadState(record, spec.part, info, set.little);
  const groups = [...generalGroups(machine, (name) => state.general(machine, name)), ...state.floatingPoint(machine)];
  const spans = await spansOf(set, decoder, record, spec.part, groups, (path) => state.lastPath(path));
  return threadRegisters(thread, machine, groups.map((group) => ({ ...group, registers: group.registers.map((value) => withSpan(value, spans)) })));
}

function withSpan(value: RegisterValue, spans: ReadonlyMap<string, Span>): RegisterValue {
  const span = spans.get(value.path ?? "");
  return span === undefined ? value : { ...value, span };
}

/** Bytes of the fields behind registers, by the path of their first field. */
async function spansOf(set: CriuSet, decoder: RecordDecoder, record: number, part: string, groups: readonly RegisterGroup[], lastPath: (path: string) => string): Promise<ReadonlyMap<string, Span>> {
  const spans = new Map<string, Span>();
  const { start, end } = set.reader.recordSpan(record);
  if (end - start > MOST_PLACED) return spans;
  const nodes = new Map<string, Span>();
  const visit = (node: FieldNode): void => {
    nodes.set(node.path, node.span);
    for (const child of node.children ?? []) visit(child);
  };
  visit(await decoder.explain(record, (path) => path === part || path.startsWith(`${part}.`)));
  for (const { registers } of groups) {
    for (const { path } of registers) {
      const first = path === undefined ? undefined : nodes.get(path);
      if (first === undefined) continue;
      const last = nodes.get(lastPath(path!));
      spans.set(path!, last === undefined || last.end < first.start ? first : { ...first, end: last.end });
    }
  }
  return spans;
}

/** Name of the field below `gpregs` that holds a register, by machine; those that are called alike are not listed. */
const FIELDS: Readonly<Record<string, (name: string) => string>> = {
  x86_64: (name) => (name === "eflags" ? "flags" : name.replace(/^(orig_)?r(?=[a-z])/, "$1")),
  i386: (name) => (name === "eflags" ? "flags" : name.replace(/^(orig_)?e(?=[a-z][xipd]$)/, "$1")),
  arm: (name) => (name === "r11" ? "fp" : name === "r12" ? "ip" : name),
  aarch64: (name) => (name === "cpsr" ? "pstate" : name.replace(/^x(?=\d)/, "regs.")),
  ppc64: (name) => ({ pc: "nip", lr: "link", cr: "ccr", orig_r3: "orig_gpr3" })[name] ?? name.replace(/^r(?=\d)/, "gpr."),
  s390x: (name) => ({ pswm: "psw_mask", pswa: "psw_addr", orig_r2: "orig_gpr2" })[name] ?? name.replace(/^r(?=\d)/, "gprs.").replace(/^acr(?=\d)/, "acrs."),
  mips64: (name) => ({ lo: "lo", hi: "hi", pc: "cp0_epc", badvaddr: "cp0_badvaddr", sr: "cp0_status", cause: "cp0_cause" })[name] ?? `r${coreLayoutOf("mips64")!.registers.findIndex((register) => register.name === name)}`,
  loongarch64: (name) => name.replace(/^r(?=\d)/, "regs."),
  riscv64: (name) => (name === "fp" ? "s0" : name),
};

/** Bytes of the block that x86 state is put into: all parts in Intel's places. */
const XSAVE_BYTES = 2696;

class ThreadState {
  readonly #record: number;
  readonly #part: string;
  readonly #info: MessageValue;
  readonly #little: boolean;
  readonly #blocks: FieldBlock[] = [];

  constructor(record: number, part: string, info: MessageValue, little: boolean) {
    this.#record = record;
    this.#part = part;
    this.#info = info;
    this.#little = little;
  }

  general(machine: string, name: string): GeneralValue | undefined {
    if (machine === "i386" && name.endsWith("_base")) return this.#segmentBase(name.slice(0, 2));
    const isThreadPointer = name === "tls" || name === "tpidr";
    const path = isThreadPointer ? "tls" : `gpregs.${FIELDS[machine]?.(name) ?? name}`;
    const value = registerAt(this.#info, path);
    return value === undefined ? undefined : { value, place: { record: this.#record, path: `${this.#part}.${path}` } };
  }

  /** Base of the TLS descriptor that a selector of a 32-bit task names. */
  #segmentBase(segment: string): GeneralValue | undefined {
    const selector = registerAt(this.#info, `gpregs.${segment}`);
    if (selector === undefined || !this.#info.message.byName.has("tls")) return undefined;
    const index = this.#info.list("tls").findIndex((descriptor) => descriptor.flag("usable") && BigInt(descriptor.number("entry_number")) === selector >> 3n);
    const descriptor = index < 0 ? undefined : this.#info.list("tls")[index];
    return descriptor === undefined ? undefined : { value: BigInt(descriptor.number("base_addr")), place: { record: this.#record, path: `${this.#part}.tls.${index}.base_addr` } };
  }

  lastPath(path: string): string {
    for (const block of this.#blocks) {
      const last = block.lastPath(path);
      if (last !== path) return last;
    }
    return path;
  }

  floatingPoint(machine: string): readonly RegisterGroup[] {
    switch (machine) {
      case "x86_64":
      case "i386":
        return this.#x86(machine);
      case "arm":
        return this.#plain(machine, "fpstate", (block, message, path) => {
          block.list(message, `${path}.vfp_regs`, 0, 8, 32);
          for (const [index, name] of ["fpscr", "fpexc", "fpinst", "fpinst2"].entries()) block.number(message, `${path}.${name}`, 256 + index * 4, 4);
        }, 272);
      case "aarch64":
        return this.#plain(machine, "fpsimd", (block, message, path) => {
          block.list(message, `${path}.vregs`, 0, 8, 64);
          block.number(message, `${path}.fpsr`, 512, 4);
          block.number(message, `${path}.fpcr`, 516, 4);
        });
      case "ppc64":
        return this.#powerpc();
      case "s390x":
        return this.#s390();
      case "mips64":
        return this.#plain(machine, "fpregs", (block, message, path) => {
          for (let index = 0; index < 32; index++) block.number(message, `${path}.r${index}`, index * 8, 8);
          block.number(message, `${path}.fpu_fcr31`, 256, 4);
          block.number(message, `${path}.fpu_id`, 260, 4);
        });
      case "loongarch64":
        return this.#plain(machine, "fpregs", (block, message, path) => {
          block.list(message, `${path}.regs`, 0, 8, 32);
          block.number(message, `${path}.fcc`, 256, 8);
          block.number(message, `${path}.fcsr`, 264, 4);
        }).map((group) => ({ ...group, why: "CRIU 4.2 and before write these without reading them from the thread: the values mean nothing." }));
      default:
        return this.#plain(machine, "fpsimd", (block, message, path) => {
          block.list(message, `${path}.f`, 0, 8, 32);
          block.number(message, `${path}.fcsr`, 256, 4);
        });
    }
  }

  #block(size: number, little = this.#little): FieldBlock {
    const block = new FieldBlock(size, little);
    this.#blocks.push(block);
    return block;
  }

  /** The one set of a machine, when the message with it is there. */
  #plain(machine: string, field: string, fill: (block: FieldBlock, message: MessageValue, path: string) => void, size = FLOATING_POINT[machine]!.size): readonly RegisterGroup[] {
    const message = this.#info.sub(field);
    if (message === undefined) return [];
    const block = this.#block(size);
    fill(block, message, `${this.#part}.${field}`);
    return [decodeSet(FLOATING_POINT[machine]!, block.area(this.#record))];
  }

  /** A set that is one list of 64-bit words. */
  #words(field: string, list: string, { size }: RegisterSet): RegisterArea | undefined {
    const message = this.#info.sub(field);
    if (message === undefined) return undefined;
    const block = this.#block(size);
    block.list(message, `${this.#part}.${field}.${list}`, 0, 8, size / 8);
    return block.area(this.#record);
  }

  #powerpc(): readonly RegisterGroup[] {
    const groups: RegisterGroup[] = [];
    const fpr = this.#words("fpstate", "fpregs", FLOATING_POINT["ppc64"]!);
    if (fpr !== undefined) groups.push(decodeSet(FLOATING_POINT["ppc64"]!, fpr));
    const vrstate = this.#info.sub("vrstate");
    if (vrstate !== undefined) {
      const block = this.#block(PPC_VMX.size);
      block.list(vrstate, `${this.#part}.vrstate.vrregs`, 0, 8, 66);
      block.number(vrstate, `${this.#part}.vrstate.vrsave`, 528, 4);
      groups.push(decodeSet(PPC_VMX, block.area(this.#record)));
    }
    const vsx = this.#words("vsxstate", "vsxregs", PPC_VSX);
    if (fpr !== undefined && vsx !== undefined) groups.push({ title: PPC_VSX.title, as: PPC_VSX.as, registers: joinHalves(PPC_VSX, vsx, "ppc64", fpr) });
    return groups;
  }

  #s390(): readonly RegisterGroup[] {
    const fprs = this.#plain("s390x", "fpregs", (block, message, path) => {
      block.number(message, `${path}.fpc`, 0, 4);
      block.list(message, `${path}.fprs`, 8, 8, 16);
    });
    const fpr = fprs.length === 0 ? undefined : this.#blocks.at(-1)!.area(this.#record);
    const low = this.#words("vxrs_low", "regs", S390_VXRS_LOW);
    const high = this.#words("vxrs_high", "regs", S390_VXRS_HIGH);
    const registers = [
      ...(low === undefined || fpr === undefined ? [] : joinHalves(S390_VXRS_LOW, low, "s390x", fpr)),
      ...(high === undefined ? [] : decodeSet(S390_VXRS_HIGH, high).registers),
    ];
    return registers.length === 0 ? fprs : [...fprs, { title: "vector", as: "vectors", registers }];
  }

  /** The fields are those of an XSAVE area in Intel's order; the places of the processor that wrote them are lost. */
  #x86(machine: "x86_64" | "i386"): readonly RegisterGroup[] {
    const fpregs = this.#info.sub("fpregs");
    if (fpregs === undefined) return [];
    const path = `${this.#part}.fpregs`;
    const xsave = fpregs.sub("xsave");
    const block = this.#block(xsave === undefined ? LEGACY_BYTES : XSAVE_BYTES, true);
    for (const [name, offset, width] of [["cwd", 0, 2], ["swd", 2, 2], ["twd", 4, 2], ["fop", 6, 2], ["rip", 8, 8], ["rdp", 16, 8], ["mxcsr", 24, 4], ["mxcsr_mask", 28, 4]] as const) block.number(fpregs, `${path}.${name}`, offset, width);
    block.list(fpregs, `${path}.st_space`, 32, 4, 32);
    block.list(fpregs, `${path}.xmm_space`, 160, 4, 64);
    if (xsave === undefined) return decodeXsave(block.area(this.#record), machine);
    let parts = 3n;
    for (const [name, part, width] of XSAVE_LISTS) {
      const { offset, size } = INTEL.get(part)!;
      if (xsave.numbers(name).length === 0) continue;
      block.list(xsave, `${path}.xsave.${name}`, offset, width, size / width);
      parts |= 1n << BigInt(part);
    }
    const view = new DataView(block.bytes.buffer);
    view.setBigUint64(XCR0_AT, parts, true);
    const used = xsave.big("xstate_bv") ?? 0n;
    view.setBigUint64(XSTATE_BV_AT, used, true);
    return [...decodeXsave(block.area(this.#record), machine), ...this.#shadowStack(xsave.sub("cet"), `${path}.xsave.cet`, hasPart(used, CET_USER))];
  }

  #shadowStack(cet: MessageValue | undefined, path: string, isUsed: boolean): readonly RegisterGroup[] {
    if (cet === undefined) return [];
    const block = this.#block(16, true);
    block.number(cet, `${path}.cet`, 0, 8);
    block.number(cet, `${path}.ssp`, 8, 8);
    const registers = readRegisters(block.area(this.#record), [{ name: "pl3_ssp", offset: 8, size: 8 }, { name: "u_cet", offset: 0, size: 8 }]);
    return [{ title: "shadow stack", as: "pointers", registers, ...(isUsed ? {} : { why: "The thread has no shadow stack." }) }];
  }
}

const CET_USER = 11;

/** Lists of `xsave`, the part that each holds and the bytes of an element. */
const XSAVE_LISTS = [
  ["ymmh_space", PART.avx, 4], ["bndreg_state", PART.bndregs, 8], ["bndcsr_state", PART.bndcsr, 8], ["opmask_reg", PART.opmask, 8], ["zmm_upper", PART.zmmUpper, 8], ["hi16_zmm", PART.zmmHigh, 8], ["pkru", PART.pkru, 4],
] as const;
