/** Registers of a thread, decoded from its notes when somebody asks. */
import type { RegisterGroup, ThreadRegisters } from "../../memory-inspector.ts";
import { decodeSet, FLOATING_POINT, joinHalves, PPC_VMX, PPC_VSX, S390_VXRS_HIGH, S390_VXRS_LOW } from "../../machine/floating-point.ts";
import { decodeFsave, decodeFxsave, FXSAVE_BYTES, type X86 } from "../../machine/fxsave.ts";
import { generalGroups, type GeneralValue } from "../../machine/general.ts";
import type { Place, RegisterArea } from "../../machine/register-area.ts";
import { decodeXsave } from "../../machine/xsave.ts";
import { readXsaveLayout } from "../../machine/xsave-layout.ts";
import { FILE, viewOf, type Core } from "./core.ts";
import { NT } from "../../machine/note-numbers.ts";
import type { CoreThread } from "./rows-tasks.ts";

/** Bytes of a note of registers: the largest, of SME, has 64 KiB. */
const MOST_AREA = 1024 * 1024;

export async function threadRegisters(core: Core, threads: readonly CoreThread[], thread: number): Promise<ThreadRegisters | undefined> {
  const { layout } = core.elf;
  const read = threads[thread];
  if (layout === undefined || read?.registers === undefined) return undefined;
  const { machine, wordSize, roles } = layout;
  const groups = [...generalGroups(machine, (name) => generalValue(core, read, thread, name)), ...(await floatingPoint(core, machine, thread))];
  return { thread, machine, wordSize, groups, roles };
}

function generalValue(core: Core, { registers, note }: CoreThread, thread: number, name: string): GeneralValue | undefined {
  const value = registers?.get(name);
  if (value !== undefined) {
    const layout = core.elf.layout!;
    const { offset, size } = layout.registers.find((register) => register.name === name)!;
    return { value, place: { ...placeIn(core, note, layout.prstatus.registersAt + offset, size), path: `pr_reg.${name}` } };
  }
  return elsewhere(core, thread, name);
}

/** Thread pointers and system calls that have notes of their own. */
function elsewhere(core: Core, thread: number, name: string): GeneralValue | undefined {
  const of = (number: number, size: 4 | 8): GeneralValue | undefined => {
    const note = core.threadNote(thread, "LINUX", number);
    const desc = core.notes.list[note]?.desc;
    if (desc === undefined || desc.length < size) return undefined;
    const little = core.abi.endian === "little";
    return { value: size === 8 ? viewOf(desc).getBigUint64(0, little) : viewOf(desc).getUint32(0, little), place: placeIn(core, note, 0, size) };
  };
  if (name === "tpidr") return of(NT.ARM_TLS, 8);
  if (name === "tls" && core.elf.layout?.machine === "arm") return of(NT.ARM_TLS, 4);
  return name === "system_call" ? of(NT.S390_SYSTEM_CALL, 4) : undefined;
}

function placeIn(core: Core, note: number, offset: number, size: number): Place {
  const { descStart } = core.notes.list[note]!;
  return { record: core.noteRecord(note), span: { file: FILE, start: descStart + offset, end: descStart + offset + size } };
}

async function area(core: Core, thread: number, owner: string, number: number): Promise<RegisterArea | undefined> {
  const note = core.threadNote(thread, owner, number);
  const found = core.notes.list[note];
  if (found === undefined) return undefined;
  const bytes = await core.elf.source.read(found.descStart, found.descStart + Math.min(found.descSize, MOST_AREA));
  return { bytes, little: core.abi.endian === "little", place: (offset, size) => placeIn(core, note, offset, size) };
}

async function floatingPoint(core: Core, machine: string, thread: number): Promise<readonly RegisterGroup[]> {
  const groups = machine === "x86_64" || machine === "i386" ? await x86(core, machine, thread) : await others(core, machine, thread);
  if (groups.length > 0) return groups;
  return [{ title: "floating point", as: "doubles", registers: [], why: "The core has no floating point registers of this thread." }];
}

async function x86(core: Core, machine: X86, thread: number): Promise<readonly RegisterGroup[]> {
  const xstate = await area(core, thread, "LINUX", NT.XSTATE);
  if (xstate !== undefined && xstate.bytes.length >= FXSAVE_BYTES) {
    const told = core.note("LINUX", NT.XSAVE_LAYOUT)?.desc;
    return decodeXsave(xstate, machine, told === undefined ? undefined : readXsaveLayout(told));
  }
  const block = await area(core, thread, machine === "i386" ? "LINUX" : "CORE", machine === "i386" ? NT.PRXFPREG : NT.FPREGSET);
  if (block !== undefined) return decodeFxsave(block, machine);
  const old = machine === "i386" ? await area(core, thread, "CORE", NT.FPREGSET) : undefined;
  return old === undefined ? [] : [decodeFsave(old)];
}

async function others(core: Core, machine: string, thread: number): Promise<readonly RegisterGroup[]> {
  const groups: RegisterGroup[] = [];
  const set = FLOATING_POINT[machine];
  const block = machine === "arm" ? await area(core, thread, "LINUX", NT.ARM_VFP) : await area(core, thread, "CORE", NT.FPREGSET);
  if (set !== undefined && block !== undefined) groups.push(decodeSet(set, block));
  if (machine === "ppc" || machine === "ppc64") {
    const vmx = await area(core, thread, "LINUX", NT.PPC_VMX);
    if (vmx !== undefined) groups.push(decodeSet(PPC_VMX, vmx));
    const vsx = await area(core, thread, "LINUX", NT.PPC_VSX);
    if (vsx !== undefined && block !== undefined && machine === "ppc64") groups.push({ title: PPC_VSX.title, as: PPC_VSX.as, registers: joinHalves(PPC_VSX, vsx, machine, block) });
  }
  if (machine === "s390x") {
    const low = await area(core, thread, "LINUX", NT.S390_VXRS_LOW);
    const high = await area(core, thread, "LINUX", NT.S390_VXRS_HIGH);
    const lower = low === undefined || block === undefined ? [] : joinHalves(S390_VXRS_LOW, low, machine, block);
    const upper = high === undefined ? [] : decodeSet(S390_VXRS_HIGH, high).registers;
    if (lower.length + upper.length > 0) groups.push({ title: "vector", as: "vectors", registers: [...lower, ...upper] });
  }
  return groups;
}
