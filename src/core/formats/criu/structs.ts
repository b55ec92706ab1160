/** C structures inside CRIU images: heads, sizes, and what the kernel left in `bytes` fields. */
import { array, hex, oneOf, s32, struct, u16, u32, u8, bytes, raw, union, u64, address } from "../../schema/define.ts";
import type { Abi } from "../../schema/abi.ts";
import type { Field, Struct } from "../../schema/schema.ts";
import { SIGNAL } from "./names.ts";

/** Classic BPF, as seccomp has it (include/uapi/linux/filter.h). */
const sockFilter = struct("sock_filter", { code: u16(hex), jt: u8(), jf: u8(), k: u32(hex) });
export const sockFilters = struct("sock_fprog", { filter: array({ type: { kind: "struct", struct: sockFilter }, show: { as: "number" } }, "rest") });

/** Signals that have a form of their own in siginfo_t; MIPS numbers most of them differently. */
const FORMS = { 17: "child", 4: "fault", 7: "fault", 8: "fault", 11: "fault", 29: "poll", 31: "call" } as const;
const FORMS_MIPS = { 18: "child", 4: "fault", 10: "fault", 8: "fault", 11: "fault", 22: "poll", 12: "call" } as const;

/**
 * siginfo_t, 128 bytes (include/uapi/asm-generic/siginfo.h): three words, a union that begins at a multiple of the machine's
 * long. MIPS has the code before the errno (arch/mips/include/uapi/asm/siginfo.h).
 */
function siginfoStruct(isMips: boolean, wide: boolean): Struct {
  const long = wide ? u64 : u32;
  const size = wide ? 112 : 116;
  const tail = (used: number): Field => bytes(size - used, raw);
  const si_errno = s32();
  const si_code = s32(undefined, "How it was sent; 0 = kill, negative = by a system call that says so");
  return struct("siginfo_t", {
    si_signo: s32(oneOf(SIGNAL)),
    ...(isMips ? { si_code, si_errno } : { si_errno, si_code }),
    ...(wide ? { pad: s32(hex) } : {}),
    fields: union("si_signo", isMips ? FORMS_MIPS : FORMS, "rt", {
      rt: struct("_rt", { si_pid: s32(), si_uid: u32(), si_value: long(hex), rest: tail(wide ? 16 : 12) }),
      child: struct("_sigchld", { si_pid: s32(), si_uid: u32(), si_status: s32(), ...(wide ? { pad: s32(hex) } : {}), si_utime: long(), si_stime: long(), rest: tail(wide ? 32 : 20) }),
      fault: struct("_sigfault", { si_addr: long(address), rest: tail(wide ? 8 : 4) }),
      poll: struct("_sigpoll", { si_band: long(hex), si_fd: s32(), rest: tail(wide ? 12 : 8) }),
      call: struct("_sigsys", { si_call_addr: long(address), si_syscall: s32(), si_arch: u32(hex), rest: tail(wide ? 16 : 12) }),
    }),
  });
}

const SIGINFO = siginfoStruct(false, true);
const SIGINFO_32 = siginfoStruct(false, false);
const SIGINFO_MIPS = siginfoStruct(true, true);

export function siginfo({ architecture, longSize }: Abi): Struct {
  return architecture.startsWith("mips") ? SIGINFO_MIPS : longSize === 4 ? SIGINFO_32 : SIGINFO;
}
