/** `si_code` of a signal by name, and in words (include/uapi/asm-generic/siginfo.h). */

/** Codes that any signal can have: who sent it. */
const ANY_CODE: Readonly<Record<number, string>> = {
  0: "SI_USER", 128: "SI_KERNEL", [-1]: "SI_QUEUE", [-2]: "SI_TIMER", [-3]: "SI_MESGQ", [-4]: "SI_ASYNCIO", [-5]: "SI_SIGIO", [-6]: "SI_TKILL", [-7]: "SI_DETHREAD",
  [-60]: "SI_ASYNCNL",
};

/** MIPS numbers three of them its own way (arch/mips/include/uapi/asm/siginfo.h). */
const ANY_CODE_MIPS: typeof ANY_CODE = { ...ANY_CODE, [-2]: "SI_ASYNCIO", [-3]: "SI_TIMER", [-4]: "SI_MESGQ" };

type Code = readonly [name: string, words: string];
/** Codes from 1 on; numbers of machines that no format has are left out. */
type Codes = readonly (Code | undefined)[];

const POLL: Codes = [["POLL_IN", "input is there"], ["POLL_OUT", "there is room for output"], ["POLL_MSG", "an input message is there"], ["POLL_ERR", "input or output failed"], ["POLL_PRI", "urgent input is there"], ["POLL_HUP", "device hung up"]];

const CODES: Readonly<Record<string, Codes>> = {
  SIGSEGV: [
    ["SEGV_MAPERR", "address not mapped"], ["SEGV_ACCERR", "access not permitted"], ["SEGV_BNDERR", "bound check failed"], ["SEGV_PKUERR", "denied by a protection key"], ["SEGV_ACCADI", "memory tagging not enabled"],
    ["SEGV_ADIDERR", "tag mismatch, trap at once"], ["SEGV_ADIPERR", "tag mismatch, trap later"], ["SEGV_MTEAERR", "memory tag mismatch, address not known"], ["SEGV_MTESERR", "memory tag mismatch"], ["SEGV_CPERR", "control protection fault"],
  ],
  SIGBUS: [["BUS_ADRALN", "address not aligned"], ["BUS_ADRERR", "no such physical address"], ["BUS_OBJERR", "hardware error of the object"], ["BUS_MCEERR_AR", "memory failure, action required"], ["BUS_MCEERR_AO", "memory failure found"]],
  SIGILL: [
    ["ILL_ILLOPC", "illegal opcode"], ["ILL_ILLOPN", "illegal operand"], ["ILL_ILLADR", "illegal addressing mode"], ["ILL_ILLTRP", "illegal trap"], ["ILL_PRVOPC", "privileged opcode"], ["ILL_PRVREG", "privileged register"],
    ["ILL_COPROC", "coprocessor error"], ["ILL_BADSTK", "stack error"], ["ILL_BADIADDR", "no such address of instructions"],
  ],
  SIGFPE: [
    ["FPE_INTDIV", "integer divided by zero"], ["FPE_INTOVF", "integer overflow"], ["FPE_FLTDIV", "floating point divided by zero"], ["FPE_FLTOVF", "floating point overflow"], ["FPE_FLTUND", "floating point underflow"],
    ["FPE_FLTRES", "floating point result inexact"], ["FPE_FLTINV", "invalid floating point operation"], ["FPE_FLTSUB", "subscript out of range"], undefined, undefined, undefined, undefined, undefined,
    ["FPE_FLTUNK", "floating point exception that was not diagnosed"], ["FPE_CONDTRAP", "trap on a condition"],
  ],
  SIGTRAP: [["TRAP_BRKPT", "breakpoint"], ["TRAP_TRACE", "single step"], ["TRAP_BRANCH", "branch taken"], ["TRAP_HWBKPT", "hardware breakpoint or watchpoint"], ["TRAP_UNK", "trap that was not diagnosed"], ["TRAP_PERF", "performance event"]],
  SIGCHLD: [["CLD_EXITED", "child exited"], ["CLD_KILLED", "child was killed"], ["CLD_DUMPED", "child dumped core"], ["CLD_TRAPPED", "child was trapped"], ["CLD_STOPPED", "child stopped"], ["CLD_CONTINUED", "child went on"]],
  SIGSYS: [["SYS_SECCOMP", "system call refused by seccomp"], ["SYS_USER_DISPATCH", "system call handed to the program"]],
  SIGEMT: [["EMT_TAGOVF", "tag overflow"]],
};

/** A descriptor can send any signal in place of SIGIO (F_SETSIG), and says why with the codes of SIGIO (fs/fcntl.c). */
function codesOf(signal: string): Codes {
  return CODES[signal] ?? POLL;
}

/** `SI_TKILL`, `SEGV_MAPERR`; undefined for codes without a name. `signal` by name, `machine` decides between the numbers of MIPS and of all others. */
export function codeName(signal: string, code: number, machine: string): string | undefined {
  return (machine.startsWith("mips") ? ANY_CODE_MIPS : ANY_CODE)[code] ?? codesOf(signal)[code - 1]?.[0];
}

/** What a code of a signal says, in words; undefined where it says who sent it rather than why. */
export function codeWords(signal: string, code: number): string | undefined {
  return code > 0 && code < 128 ? codesOf(signal)[code - 1]?.[1] : undefined;
}

/** Signals whose siginfo_t holds an address, where their code is that of a fault. */
export const FAULTS: ReadonlySet<string> = new Set(["SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"]);
