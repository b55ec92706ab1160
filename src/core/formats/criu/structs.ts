/** C structures inside CRIU images: heads, sizes, and what the kernel left in `bytes` fields. */
import { array, hex, oneOf, s32, struct, u16, u32, u8, bytes, raw, union, u64, address } from "../../schema/define.ts";
import { SIGNAL } from "./names.ts";

/** Classic BPF, as seccomp has it (include/uapi/linux/filter.h). */
const sockFilter = struct("sock_filter", { code: u16(hex), jt: u8(), jf: u8(), k: u32(hex) });
export const sockFilters = struct("sock_fprog", { filter: array({ type: { kind: "struct", struct: sockFilter }, show: { as: "number" } }, "rest") });

/** siginfo_t of a 64-bit kernel: three words, padding, then a union of 112 bytes (include/uapi/asm-generic/siginfo.h). */
export const siginfo = struct("siginfo_t", {
  si_signo: s32(oneOf(SIGNAL)),
  si_errno: s32(),
  si_code: s32(undefined, "How it was sent; 0 = kill, negative = by a system call that says so"),
  pad: s32(hex),
  fields: union("si_signo", { 17: "child", 4: "fault", 7: "fault", 8: "fault", 11: "fault", 29: "poll", 31: "call" }, "rt", {
    rt: struct("_rt", { si_pid: s32(), si_uid: u32(), si_value: u64(hex), rest: bytes(96, raw) }),
    child: struct("_sigchld", { si_pid: s32(), si_uid: u32(), si_status: s32(), pad: s32(hex), si_utime: u64(), si_stime: u64(), rest: bytes(80, raw) }),
    fault: struct("_sigfault", { si_addr: u64(address), rest: bytes(104, raw) }),
    poll: struct("_sigpoll", { si_band: u64(hex), si_fd: s32(), rest: bytes(100, raw) }),
    call: struct("_sigsys", { si_call_addr: u64(address), si_syscall: s32(), si_arch: u32(hex), rest: bytes(96, raw) }),
  }),
});
