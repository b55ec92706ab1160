/** Names of the bits of flag and control registers, lowest bit first, as debuggers write them. */

type Bits = readonly (readonly [bit: number, name: string])[];

function names(value: bigint, bits: Bits): string[] {
  return bits.filter(([bit]) => (value >> BigInt(bit)) & 1n).map(([, name]) => name);
}

const field = (value: bigint, from: number, mask: number): number => Number(value >> BigInt(from)) & mask;

function text(...words: readonly (string | false)[]): string {
  return words.filter((word) => word !== false && word !== "").join(" ") || "none";
}

const EFLAGS: Bits = [
  [0, "CF"], [2, "PF"], [4, "AF"], [6, "ZF"], [7, "SF"], [8, "TF"], [9, "IF"], [10, "DF"], [11, "OF"], [14, "NT"], [16, "RF"], [17, "VM"], [18, "AC"], [19, "VIF"], [20, "VIP"], [21, "ID"],
];

/** Intel SDM volume 1, 3.4.3. Bit 1 is always set and has no name. */
export function eflagsText(value: bigint): string {
  const level = field(value, 12, 3);
  return text(...names(value, EFLAGS), level > 0 && `IOPL=${level}`);
}

const EXCEPTIONS: Bits = [[0, "IE"], [1, "DE"], [2, "ZE"], [3, "OE"], [4, "UE"], [5, "PE"]];
const ROUNDING = ["", "round down", "round up", "round to zero"];

const MXCSR: Bits = [...EXCEPTIONS, [6, "DAZ"], [7, "IM"], [8, "DM"], [9, "ZM"], [10, "OM"], [11, "UM"], [12, "PM"], [15, "FZ"], [17, "MM"]];

/** Intel SDM volume 1, 10.2.3. */
export function mxcsrText(value: bigint): string {
  const rounding = ROUNDING[field(value, 13, 3)]!;
  return text(...names(value, MXCSR), rounding !== "" && `(${rounding})`);
}

const PRECISION = ["24-bit precision", "reserved precision", "53-bit precision", "64-bit precision"];

/** Control word of the x87 unit: which exceptions are masked, precision, rounding. */
export function fctrlText(value: bigint): string {
  const masked = names(value, EXCEPTIONS).map((name) => name.replace("E", "M"));
  return [text(...masked), PRECISION[field(value, 8, 3)]!, ROUNDING[field(value, 10, 3)]! || "round to nearest"].join(", ");
}

const FSTAT: Bits = [...EXCEPTIONS, [6, "SF"], [7, "ES"], [8, "C0"], [9, "C1"], [10, "C2"], [14, "C3"], [15, "B"]];

/** Status word of the x87 unit. */
export function fstatText(value: bigint): string {
  return text(...names(value, FSTAT), `TOP=${field(value, 11, 7)}`);
}

const TAGS = ["valid", "zero", "special", "empty"];

/** Full tag word: what st0 to st7 hold needs the status word, so physical registers are named. */
export function ftagText(value: bigint): string {
  if (value === 0xffffn) return "all empty";
  const parts = [];
  for (let index = 0; index < 8; index++) {
    const tag = field(value, index * 2, 3);
    if (tag !== 3) parts.push(`R${index} ${TAGS[tag]!}`);
  }
  return parts.join(", ");
}

/** Rights of memory protection keys: two bits for each of 16 keys. */
export function pkruText(value: bigint): string {
  const closed = [];
  const readOnly = [];
  for (let key = 0; key < 16; key++) {
    const bits = field(value, key * 2, 3);
    if (bits & 1) closed.push(key);
    else if (bits & 2) readOnly.push(key);
  }
  return [closed.length > 0 && `no access: ${closed.join(" ")}`, readOnly.length > 0 && `no write: ${readOnly.join(" ")}`].filter(Boolean).join("; ") || "every key opens";
}

const CPSR64: Bits = [
  [0, "SP"], [4, "nRW"], [6, "F"], [7, "I"], [8, "A"], [9, "D"], [12, "SSBS"], [20, "IL"], [21, "SS"], [22, "PAN"], [23, "UAO"], [24, "DIT"], [25, "TCO"], [28, "V"], [29, "C"], [30, "Z"], [31, "N"],
];

/** Arm ARM, SPSR_EL1 for exceptions from AArch64. */
export function pstateText(value: bigint): string {
  const branch = field(value, 10, 3);
  return text(`EL=${field(value, 2, 3)}`, branch > 0 && `BTYPE=${branch}`, ...names(value, CPSR64));
}

const CPSR32: Bits = [[5, "T"], [6, "F"], [7, "I"], [8, "A"], [9, "E"], [24, "J"], [27, "Q"], [28, "V"], [29, "C"], [30, "Z"], [31, "N"]];
const ARM_MODES: ReadonlyMap<number, string> = new Map([[0x10, "user"], [0x11, "FIQ"], [0x12, "IRQ"], [0x13, "supervisor"], [0x17, "abort"], [0x1b, "undefined"], [0x1f, "system"]]);

export function armCpsrText(value: bigint): string {
  const mode = field(value, 0, 0x1f);
  return text(`mode=${ARM_MODES.get(mode) ?? `0x${mode.toString(16)}`}`, ...names(value, CPSR32));
}

const FPSR: Bits = [[0, "IOC"], [1, "DZC"], [2, "OFC"], [3, "UFC"], [4, "IXC"], [7, "IDC"], [27, "QC"]];
const FPCR_ROUNDING = ["", "round up", "round down", "round to zero"];
const FPCR: Bits = [[8, "IOE"], [9, "DZE"], [10, "OFE"], [11, "UFE"], [12, "IXE"], [15, "IDE"], [24, "FZ"], [25, "DN"], [26, "AHP"]];

export function fpsrText(value: bigint): string {
  return text(...names(value, FPSR));
}

export function fpcrText(value: bigint): string {
  const rounding = FPCR_ROUNDING[field(value, 22, 3)]!;
  return text(...names(value, FPCR), rounding !== "" && `(${rounding})`);
}

/** Program status word of s390x: condition code, addressing mode, problem state. */
export function pswMaskText(value: bigint): string {
  const mode = ["24-bit", "invalid", "31-bit", "64-bit"][field(value, 32, 1) | (field(value, 31, 1) << 1)]!;
  return `${mode} addresses, condition code ${field(value, 44, 3)}${field(value, 48, 1) === 1 ? ", problem state" : ""}`;
}

/** Number of the system call, when there is one; restarts and signals leave -1. */
export function systemCallText(value: bigint, bits: 32 | 64): string {
  const number = BigInt.asIntN(bits, value);
  return number < 0n ? "not in a system call" : `system call ${number}`;
}
