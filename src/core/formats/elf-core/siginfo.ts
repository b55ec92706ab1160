/** siginfo_t: the signal that ended the process, who sent it, or what the fault was. */
import { siginfoFields } from "../../machine/core-layout.ts";
import { codeName, codeWords, FAULTS } from "../../model/signal-codes.ts";
import type { Abi } from "../../schema/abi.ts";
import { formatHex } from "../../schema/show.ts";
import { signalOn } from "./names.ts";
import type { SiginfoForm } from "./structs.ts";

export interface Siginfo {
  readonly signal: number;
  /** `SIGSEGV`. */
  readonly name: string;
  readonly errno: number;
  readonly code: number;
  /** `SEGV_MAPERR`; undefined for codes without a name. */
  readonly codeName: string | undefined;
  readonly form: SiginfoForm;
  /** Address of a fault, where the kernel knew it. */
  readonly address?: bigint;
  readonly pid?: number;
  readonly uid?: number;
  readonly value?: bigint;
  /** Status of a child; number of a refused system call. */
  readonly status?: number;
}

/** Undefined when the note ends before the part that depends on the signal. */
export function readSiginfo(desc: Uint8Array, abi: Abi): Siginfo | undefined {
  const wide = abi.longSize === 8;
  const at = siginfoFields(abi.architecture, wide ? 8 : 4);
  if (desc.length < at.union + 4 * (wide ? 8 : 4)) return undefined;
  const view = new DataView(desc.buffer, desc.byteOffset, desc.byteLength);
  const little = abi.endian === "little";
  const word = (position: number): bigint => (wide ? view.getBigUint64(position, little) : BigInt(view.getUint32(position, little)));
  const signal = view.getInt32(0, little);
  const code = view.getInt32(at.code, little);
  const name = signalOn(abi.architecture, signal);
  const form = formOf(name, code);
  const head = { signal, name, code, codeName: codeName(name, code, abi.architecture), errno: view.getInt32(at.errno, little), form };
  const sender = { pid: view.getInt32(at.union, little), uid: view.getUint32(at.union + 4, little) };
  switch (form) {
    case "fault":
      return { ...head, address: word(at.union) };
    case "kill":
      return { ...head, ...sender };
    case "queue":
      return { ...head, ...sender, value: word(at.union + 8) };
    case "child":
      return { ...head, ...sender, status: view.getInt32(at.union + 8, little) };
    case "call":
      return { ...head, address: word(at.union), status: view.getInt32(at.union + (wide ? 8 : 4), little) };
    case "other":
      return head;
  }
}

/** Codes up to 0 say who sent the signal; SI_KERNEL (128) says nothing more. */
function formOf(name: string, code: number): SiginfoForm {
  if (code === 0 || code === -6) return "kill";
  if (code === -1 || code === -3) return "queue";
  if (code < 0 || code >= 128) return "other";
  if (FAULTS.has(name)) return "fault";
  return name === "SIGCHLD" ? "child" : name === "SIGSYS" ? "call" : "other";
}

/** `SIGSEGV: address not mapped, at 0xdead0000`. */
export function siginfoText({ name, code, codeName: named, form, address, pid, uid, status }: Siginfo): string {
  const words = codeWords(name, code);
  switch (form) {
    case "fault":
      return `${name}: ${words ?? `code ${code}`}, at ${formatHex(address ?? 0n)}`;
    case "kill":
    case "queue":
      return `${name}: sent by process ${pid} of user ${uid}${code === -6 ? " to the thread" : ""}`;
    case "child":
      return `${name}: ${words ?? `code ${code}`}, process ${pid}, status ${status}`;
    case "call":
      return `${name}: ${words ?? `code ${code}`}, system call ${status}`;
    case "other":
      if (code === 128) return FAULTS.has(name) && name !== "SIGTRAP" ? `${name}: from the kernel, address unknown` : `${name}: from the kernel`;
      return `${name}: ${words ?? named ?? `code ${code}`}`;
  }
}
