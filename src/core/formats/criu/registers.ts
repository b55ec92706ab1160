/** Where each architecture keeps its registers: names of the fields in `core_entry` and below. */
import type { MessageValue } from "../../schema/decode-message.ts";

export interface RegisterSpec {
  readonly mtype: number;
  /** Field of `core_entry`. */
  readonly part: string;
  readonly ip: string;
  readonly sp: string;
  /** Field with the thread pointer, below `part`. */
  readonly tls?: string;
  /** Field with the floating point state, below `part`. */
  readonly fpu: string;
}

/** Program counter and stack pointer are below `part`.gpregs. */
export const REGISTERS: readonly RegisterSpec[] = [
  { mtype: 1, part: "thread_info", ip: "ip", sp: "sp", tls: "gpregs.fs_base", fpu: "fpregs" },
  { mtype: 2, part: "ti_arm", ip: "pc", sp: "sp", tls: "tls", fpu: "fpstate" },
  { mtype: 3, part: "ti_aarch64", ip: "pc", sp: "sp", tls: "tls", fpu: "fpsimd" },
  { mtype: 4, part: "ti_ppc64", ip: "nip", sp: "gpr.1", tls: "gpregs.gpr.13", fpu: "fpstate" },
  { mtype: 5, part: "ti_s390", ip: "psw_addr", sp: "gprs.15", fpu: "fpregs" },
  { mtype: 6, part: "ti_mips", ip: "cp0_epc", sp: "r29", tls: "tls", fpu: "fpregs" },
  { mtype: 7, part: "ti_loongarch64", ip: "pc", sp: "regs.3", tls: "tls", fpu: "fpregs" },
  { mtype: 8, part: "ti_riscv64", ip: "pc", sp: "sp", tls: "tls", fpu: "fpsimd" },
];

export function registersOf(core: MessageValue): RegisterSpec | undefined {
  const { length } = REGISTERS;
  const mtype = core.number("mtype");
  return mtype >= 1 && mtype <= length ? REGISTERS[mtype - 1] : undefined;
}

/** Number by a path of names, the last of which may be the place in a list. */
export function registerAt(message: MessageValue | undefined, path: string): bigint | undefined {
  let current = message;
  const steps = path.split(".");
  for (const [index, step] of steps.entries()) {
    if (current === undefined || !current.message.byName.has(step)) return undefined;
    const next = steps[index + 1];
    if (next !== undefined && /^\d+$/.test(next)) {
      const value = current.numbers(step)[Number(next)];
      return value === undefined ? undefined : BigInt.asUintN(64, BigInt(value));
    }
    if (next === undefined) return current.big(step);
    current = current.sub(step);
  }
  return undefined;
}
