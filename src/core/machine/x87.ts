/** The 80-bit numbers, tags and words of the x87 unit (Intel SDM volume 1, chapter 8). */
import { toBigint } from "./register-area.ts";

/** Two bits of the full tag word. */
export const TAG_EMPTY = 3;
const TAG_VALID = 0;
const TAG_ZERO = 1;
const TAG_SPECIAL = 2;

const BIAS = 16383;
const MANTISSA_BITS = 63;
/** Enough for every 64-bit mantissa to be told apart, as debuggers print. */
const DIGITS = 21;

interface Parts {
  readonly negative: boolean;
  readonly exponent: number;
  /** 64 bits with the integer bit, which these numbers store. */
  readonly mantissa: bigint;
}

function partsOf(bytes: Uint8Array): Parts {
  const high = (bytes[8] ?? 0) | ((bytes[9] ?? 0) << 8);
  return { negative: (high & 0x8000) !== 0, exponent: high & 0x7fff, mantissa: toBigint(bytes.subarray(0, 8)) };
}

/** Tag of what ten bytes hold, as FSAVE makes it: 0 valid, 1 zero, 2 special (infinite, no number, denormal or unsupported). */
export function tagOf(bytes: Uint8Array): number {
  const { exponent, mantissa } = partsOf(bytes);
  if (exponent === 0) return mantissa === 0n ? TAG_ZERO : TAG_SPECIAL;
  return exponent === 0x7fff || mantissa >> 63n === 0n ? TAG_SPECIAL : TAG_VALID;
}

/** The number in decimal with 21 digits, rounded to even, without trailing zeros, as C's `%.21Lg` has it. */
export function formatX87(bytes: Uint8Array): string {
  const { negative, exponent, mantissa } = partsOf(bytes);
  const sign = negative ? "-" : "";
  if (exponent === 0x7fff) return mantissa << 1n === 1n << 64n ? `${sign}inf` : `${sign}nan(0x${mantissa.toString(16).padStart(16, "0")})`;
  if (mantissa === 0n) return `${sign}0`;
  // Exponents 0 and 1 have the same weight.
  const text = decimal(mantissa, Math.max(exponent, 1) - BIAS - MANTISSA_BITS);
  return exponent !== 0 && mantissa >> 63n === 0n ? `${sign}${text} (unsupported: the integer bit is 0)` : `${sign}${text}`;
}

/** mantissa * 2^power, exactly rounded. */
function decimal(mantissa: bigint, power: number): string {
  const top = power >= 0 ? mantissa << BigInt(power) : mantissa;
  const bottom = power >= 0 ? 1n : 1n << BigInt(-power);
  let ten = Math.floor((mantissa.toString(2).length - 1 + power) * Math.log10(2));
  let digits = scaled(top, bottom, DIGITS - 1 - ten);
  // The logarithm of the leading bit may be one too small, and rounding may add a digit.
  if (digits >= 10n ** BigInt(DIGITS)) digits = scaled(top, bottom, DIGITS - 1 - ++ten);
  const text = digits.toString();
  const trimmed = text.replace(/0+$/, "");
  if (ten < -4 || ten >= DIGITS) {
    const shown = trimmed.length > 1 ? `${trimmed[0]}.${trimmed.slice(1)}` : trimmed;
    return `${shown}e${ten < 0 ? "-" : "+"}${String(Math.abs(ten)).padStart(2, "0")}`;
  }
  if (ten < 0) return `0.${"0".repeat(-ten - 1)}${trimmed}`;
  const whole = text.slice(0, ten + 1);
  const rest = text.slice(ten + 1).replace(/0+$/, "");
  return rest === "" ? whole : `${whole}.${rest}`;
}

/** top / bottom * 10^shift, rounded to the nearest, ties to even. */
function scaled(top: bigint, bottom: bigint, shift: number): bigint {
  const numerator = shift >= 0 ? top * 10n ** BigInt(shift) : top;
  const denominator = shift >= 0 ? bottom : bottom * 10n ** BigInt(-shift);
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  return twice > denominator || (twice === denominator && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}

/** Register of the stack that a physical register is, and the other way round: `st(i)` is register (TOP + i) mod 8. */
export function physicalOf(index: number, status: number): number {
  return (((status >> 11) & 7) + index) & 7;
}

/** Full tag word of FSAVE from the tag byte of FXSAVE (a bit for each register that is not empty) and the contents. */
export function fullTags(abridged: number, status: number, st: (index: number) => Uint8Array): number {
  let tags = 0;
  for (let index = 0; index < 8; index++) {
    const physical = physicalOf(index, status);
    tags |= ((abridged >> physical) & 1 ? tagOf(st(index)) : TAG_EMPTY) << (physical * 2);
  }
  return tags;
}

/** Tag byte of FXSAVE from the full tag word. */
export function abridgedTags(tags: number): number {
  let bits = 0;
  for (let physical = 0; physical < 8; physical++) if (((tags >> (physical * 2)) & 3) !== TAG_EMPTY) bits |= 1 << physical;
  return bits;
}

/** What a register holds, by its tag. */
export function describeSt(bytes: Uint8Array, tag: number): string {
  if (tag !== TAG_EMPTY) return formatX87(bytes);
  return bytes.every((byte) => byte === 0) ? "empty" : `empty, last ${formatX87(bytes)}`;
}
