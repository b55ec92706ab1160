/** The general registers of a thread in groups, whatever format they come from; names, widths and roles as in `core-layout.ts`. */
import type { RegisterGroup, RegisterValue, ThreadRegisters } from "../memory-inspector.ts";
import { coreLayoutOf, type CoreRegister } from "./core-layout.ts";
import { armCpsrText, eflagsText, pstateText, pswMaskText, systemCallText } from "./flags.ts";
import { register, toBytes, type Meaning, type Place } from "./register-area.ts";

export interface GeneralValue {
  readonly value: bigint | number;
  readonly place: Place;
}

/** Registers that hold no addresses. */
const CONTROL = new Set("eflags orig_rax orig_eax cpsr orig_r0 tls tpidr msr cr xer orig_r3 mq trap dar dsisr result pswm orig_r2 system_call lo hi badvaddr sr cause orig_a0 badv".split(" "));
/** The bases of fs and gs are addresses. */
const SEGMENTS = new Set("cs ss ds es fs gs fs_base gs_base".split(" "));

/** Order of debuggers, where it is not that of the kernel. */
const ORDER: Readonly<Record<string, string>> = {
  x86_64: "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags orig_rax cs ss ds es fs gs fs_base gs_base",
  i386: "eax ecx edx ebx esp ebp esi edi eip eflags orig_eax cs ss ds es fs gs",
};

/** Beside those of the register block: thread pointers and the like, which the kernel keeps elsewhere. */
const MORE: Readonly<Record<string, readonly CoreRegister[]>> = {
  aarch64: [{ name: "tpidr", offset: -1, size: 8 }],
  arm: [{ name: "tls", offset: -1, size: 4 }],
  // They stand in TLS descriptors, which the selectors name.
  i386: [{ name: "fs_base", offset: -1, size: 4 }, { name: "gs_base", offset: -1, size: 4 }],
  mips64: [{ name: "tls", offset: -1, size: 8 }],
  s390x: [{ name: "system_call", offset: -1, size: 4 }],
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  "x86_64 eflags": eflagsText,
  "i386 eflags": eflagsText,
  "x86_64 orig_rax": (value) => systemCallText(value, 64),
  "i386 orig_eax": (value) => systemCallText(value, 32),
  "arm cpsr": armCpsrText,
  "aarch64 cpsr": pstateText,
  "s390x pswm": pswMaskText,
};

function registersOf(machine: string): readonly CoreRegister[] {
  const own = coreLayoutOf(machine)?.registers ?? [];
  const order = ORDER[machine]?.split(" ");
  const ordered = order === undefined ? own : order.flatMap((name) => own.find((candidate) => candidate.name === name) ?? []);
  return [...ordered, ...(MORE[machine] ?? [])];
}

/** Groups of those registers that `valueOf` knows: `general`, `control`, and `segments` or `access`. Empty groups are left out. */
export function generalGroups(machine: string, valueOf: (name: string) => GeneralValue | undefined): readonly RegisterGroup[] {
  const general: RegisterValue[] = [];
  const control: RegisterValue[] = [];
  const segments: RegisterValue[] = [];
  const access: RegisterValue[] = [];
  for (const { name, size } of registersOf(machine)) {
    const found = valueOf(name);
    if (found === undefined) continue;
    const bytes = toBytes(found.value, size);
    const meaning = MEANINGS[`${machine} ${name}`]?.(BigInt.asUintN(size * 8, BigInt(found.value)));
    const list = CONTROL.has(name) ? control : SEGMENTS.has(name) ? segments : name.startsWith("acr") ? access : general;
    list.push(register(name, bytes, found.place, meaning));
  }
  const groups: readonly RegisterGroup[] = [
    { title: "general", as: "pointers", registers: general },
    { title: "control", as: "words", registers: control },
    { title: "segments", as: "pointers", registers: segments },
    { title: "access", as: "words", registers: access },
  ];
  return groups.filter(({ registers }) => registers.length > 0);
}

/** Registers of a thread of a machine that `core-layout.ts` knows; undefined for others. */
export function threadRegisters(thread: number, machine: string, groups: readonly RegisterGroup[]): ThreadRegisters | undefined {
  const layout = coreLayoutOf(machine);
  return layout === undefined ? undefined : { thread, machine, wordSize: layout.wordSize, groups, roles: layout.roles };
}
