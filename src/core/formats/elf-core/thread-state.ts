/** What a thread's registers and notes say of it: thread pointer, system call, floating point state. */
import type { CoreLayout } from "../../machine/core-layout.ts";
import { viewOf, type Core } from "./core.ts";
import { NT } from "../../machine/note-numbers.ts";

/** Results of calls that the kernel begins again when the thread goes on (include/linux/errno.h). */
const RESTARTS: ReadonlyMap<bigint, string> = new Map([
  [-512n, "ERESTARTSYS: begins again"], [-513n, "ERESTARTNOINTR: begins again"], [-514n, "ERESTARTNOHAND: begins again, unless a handler ran"], [-516n, "ERESTART_RESTARTBLOCK: goes on where it was"],
]);

/** The note with the most of a thread's floating point registers; -1 for none. */
export function floatingPoint(core: Core, thread: number): number {
  const candidates = [["LINUX", NT.XSTATE], ["CORE", NT.FPREGSET], ["LINUX", NT.PRXFPREG], ["LINUX", NT.ARM_VFP]] as const;
  for (const [owner, number] of candidates) {
    const found = core.threadNote(thread, owner, number);
    if (found >= 0) return found;
  }
  return -1;
}

export function threadPointer(core: Core, thread: number, { name, tls, machine }: CoreLayout, values: ReadonlyMap<string, bigint>): bigint | undefined {
  if (tls !== undefined) return values.get(tls);
  if (name === "s390x") return ((values.get("acr0") ?? 0n) << 32n) | (values.get("acr1") ?? 0n);
  const little = core.abi.endian === "little";
  const view = own(core, thread, machine === "i386" ? NT.TLS386 : NT.ARM_TLS);
  if (view === undefined) return undefined;
  if (machine !== "i386") return view.byteLength >= 8 && machine === "aarch64" ? view.getBigUint64(0, little) : view.byteLength >= 4 ? BigInt(view.getUint32(0, little)) : undefined;
  const entry = Number((values.get("gs") ?? 0n) & 0xffffn) >> 3;
  for (let offset = 0; offset + 16 <= view.byteLength; offset += 16) if (view.getUint32(offset, little) === entry) return BigInt(view.getUint32(offset + 4, little));
  return undefined;
}

/** Note of a thread with a register or two. */
function own(core: Core, thread: number, number: number): DataView | undefined {
  const desc = core.notes.list[core.threadNote(thread, "LINUX", number)]?.desc;
  return desc === undefined ? undefined : viewOf(desc);
}

/** System call that a thread is in, and how it goes on. */
export function systemCall(core: Core, thread: number, { call, wordSize, machine }: CoreLayout, values: ReadonlyMap<string, bigint>): { readonly number: bigint; readonly restart?: string | undefined } | undefined {
  const bits = machine === "x86_64" ? 64 : wordSize * 8;
  if (machine === "aarch64") {
    const view = own(core, thread, NT.ARM_SYSTEM_CALL);
    const number = view === undefined || view.byteLength < 4 ? -1 : view.getInt32(0, core.abi.endian === "little");
    return number < 0 ? undefined : { number: BigInt(number), restart: RESTARTS.get(BigInt.asIntN(64, values.get("x0")!)) };
  }
  if (call === undefined) return undefined;
  const number = BigInt.asIntN(bits, values.get(call.number)!);
  // A 64-bit kernel may keep a 32-bit -1.
  return number < 0n || BigInt.asIntN(32, number) < 0n ? undefined : { number, restart: RESTARTS.get(BigInt.asIntN(bits, values.get(call.result)!)) };
}
