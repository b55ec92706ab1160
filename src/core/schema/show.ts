/** How a person reads a value: the only place that turns values into words. */
import type { Abi } from "./abi.ts";
import type { Show } from "./schema.ts";
import { capabilityNames, openFlags, SIGNALS } from "../model/linux.ts";

export type Value = string | number | bigint | boolean | null;

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** Binary units with one digit after the point; the exact count belongs beside it. */
export function formatSize(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** Decimal with thousands separated by commas, as in `1,048,576`; a number that is rounded says so. */
export function formatCount(value: number | bigint): string {
  if (typeof value === "number" && value > Number.MAX_SAFE_INTEGER) return `more than ${formatCount(Number.MAX_SAFE_INTEGER)}`;
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function formatHex(value: number | bigint, digits = 0): string {
  const negative = value < 0;
  const text = (negative ? -value : value).toString(16).padStart(digits, "0");
  return `${negative ? "-" : ""}0x${text}`;
}

/** Names of the set bits joined by `|`, unknown bits as a hex rest. */
export function flagNames(value: number | bigint, names: ReadonlyMap<number, string>): string {
  let rest = BigInt(value);
  if (rest === 0n) return names.get(0) ?? "0";
  const parts: string[] = [];
  for (const [bit, name] of names) {
    const mask = BigInt(bit);
    if (mask !== 0n && (rest & mask) === mask) {
      parts.push(name);
      rest &= ~mask;
    }
  }
  if (rest !== 0n) parts.push(formatHex(rest));
  return parts.join("|");
}

/** A resource limit: all ones of the kernel's long (`wide`: 64 bits) is none. 32-bit kernels save theirs as 0xffffffff. */
export function formatLimit(value: number | bigint, wide: boolean): string {
  const limit = BigInt(value);
  return limit === 0xffff_ffff_ffff_ffffn || (!wide && limit === 0xffff_ffffn) ? "unlimited" : String(limit);
}

/** Seconds since 1970 in ISO form; values beyond the calendar stay numbers. */
export function formatTime(seconds: number | bigint): string {
  const value = Number(seconds);
  if (value === 0) return "0 (never)";
  if (!(value > 0 && value < 253_402_300_800)) return String(seconds);
  return `${new Date(value * 1000).toISOString().slice(0, 19)}Z`;
}

export function formatNanoseconds(value: number | bigint): string {
  const nanoseconds = BigInt(value);
  const seconds = nanoseconds / 1_000_000_000n;
  const rest = (nanoseconds % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
  return `${seconds}${rest === "" ? "" : `.${rest}`} s`;
}

export function signalName(signal: number): string {
  const name = SIGNALS.get(signal);
  if (name !== undefined) return name;
  if (signal >= 34 && signal <= 64) return `SIGRT+${signal - 34}`;
  return signal === 32 || signal === 33 ? `SIG${signal}` : String(signal);
}

/** A set of signals, bit n-1 for signal n. */
export function formatSignals(set: bigint): string {
  if (set === 0n) return "none";
  if (set === 0xffff_ffff_ffff_ffffn) return "all";
  const parts: string[] = [];
  for (let signal = 1; signal <= 64; signal++) if ((set >> BigInt(signal - 1)) & 1n) parts.push(signalName(signal));
  return parts.join(" ");
}

/** Major and minor number of a device in one of the two packings. */
export function deviceNumber(value: number | bigint, packed: "kernel" | "libc"): { readonly major: number; readonly minor: number } {
  const wide = BigInt.asUintN(64, BigInt(value));
  if (packed === "kernel") return { major: Number(wide >> 20n), minor: Number(wide & 0xf_ffffn) };
  return { major: Number((wide >> 8n) & 0xfffn), minor: Number((wide & 0xffn) | ((wide >> 12n) & 0xfff_ff00n)) };
}

export function formatDevice(value: number | bigint, packed: "kernel" | "libc"): string {
  const { major, minor } = deviceNumber(value, packed);
  return `${major}:${minor}`;
}

const FILE_TYPES: ReadonlyMap<number, string> = new Map([
  [0o14, "socket"], [0o12, "symlink"], [0o10, "file"], [0o6, "block device"], [0o4, "directory"], [0o2, "character device"], [0o1, "fifo"],
]);

/** `file 0755`: type and permission bits of a st_mode. */
export function formatFileMode(mode: number): string {
  const type = FILE_TYPES.get((mode >>> 12) & 0o17);
  return `${type === undefined ? "" : `${type} `}0${(mode & 0o7777).toString(8).padStart(3, "0")}`;
}

/** Microseconds in the unit that leaves few digits. */
export function formatMicroseconds(value: number | bigint): string {
  const microseconds = Number(value);
  if (Math.abs(microseconds) < 1000) return `${microseconds} µs`;
  if (Math.abs(microseconds) < 1_000_000) return `${(microseconds / 1000).toFixed(1)} ms`;
  return `${(microseconds / 1_000_000).toFixed(3)} s`;
}

/** What a wait status says: bits 0 to 6 the signal, bit 7 a core dump, bits 8 to 15 the exit code. */
export function formatWaitStatus(status: number): string {
  const signal = status & 0x7f;
  if (signal === 0) return `exited with ${(status >>> 8) & 0xff}`;
  return `killed by ${signalName(signal)}${(status & 0x80) === 0 ? "" : ", core dumped"}`;
}

function plural(unit: string): string {
  return unit.endsWith("y") ? `${unit.slice(0, -1)}ies` : `${unit}s`;
}

export function formatValue(value: Exclude<Value, null>, show: Show, abi: Abi): string {
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  switch (show.as) {
    case "number":
      return show.unit === undefined ? String(value) : `${value} ${Number(value) === 1 ? show.unit : plural(show.unit)}`;
    case "address":
    case "hex":
    case "padding":
    case "bytes":
      return formatHex(value);
    case "octal":
      return `0${value.toString(8)}`;
    case "flags": {
      const text = flagNames(value, show.names.at(abi));
      return text.startsWith("0x") ? text : `${text} (${formatHex(value)})`;
    }
    case "name": {
      const name = show.names.at(abi).get(Number(value));
      const number = show.isHex === true ? formatHex(value) : String(value);
      return name === undefined ? `${number} (unknown)` : `${name} (${number})`;
    }
    case "size":
      return value < 1024 && value > -1024 ? `${value} B` : `${formatSize(value)} (${formatCount(value)})`;
    case "time":
      return formatTime(value);
    case "nanoseconds":
      return formatNanoseconds(value);
    case "objref":
      return Number(value) === 0 ? "none (0)" : `#${value}`;
    case "limit":
      return formatLimit(value, abi.longSize === 8);
    case "signals":
      return formatSignals(BigInt.asUintN(64, BigInt(value)));
    case "ipv4":
      return String(value);
    case "yes":
      return Number(value) === 0 ? "no" : "yes";
    case "device":
      return `${formatDevice(value, show.packed)} (${formatHex(value)})`;
    case "open-flags":
      return `${openFlags(Number(value), abi.architecture)} (${formatHex(value)})`;
    case "file-mode":
      return `${formatFileMode(Number(value))} (${formatHex(value)})`;
    case "microseconds":
      return `${formatMicroseconds(value)} (${formatCount(value)} µs)`;
    case "wait-status":
      return `${formatWaitStatus(Number(value))} (${formatHex(value)})`;
    case "capabilities":
      return capabilityNames(BigInt.asUintN(64, BigInt(value)));
    case "text":
    case "path":
    case "sockaddr":
      return String(value);
  }
}

// A byte order mark is a part of a name.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as UTF-8, or as Latin-1 where they are not UTF-8: every byte stays visible. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    let latin = "";
    for (const byte of bytes) latin += String.fromCharCode(byte);
    return latin;
  }
}

/** Text up to the first NUL. */
export function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Control characters and direction marks made visible, so that text from an image cannot pose as something else. */
export function escapeText(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (char) => {
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    if (char === "\r") return "\\r";
    const code = char.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

export function hexBytes(bytes: Uint8Array, most = 16): string {
  let text = "";
  for (const byte of bytes.subarray(0, most)) text += `${text === "" ? "" : " "}${byte.toString(16).padStart(2, "0")}`;
  return bytes.length > most ? `${text} …` : text;
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Value and words of a text or bytes field; `bytes` may be only its beginning, `length` is its whole length. */
export function describeText(
  bytes: Uint8Array,
  length: number,
  show: Show,
  abi: Abi,
): { readonly value: Value; readonly text: string } {
  switch (show.as) {
    case "text":
    case "path": {
      const text = cString(bytes);
      const rest = bytes.indexOf(0);
      const after = rest >= 0 && !isZero(bytes.subarray(rest)) ? " (bytes follow the NUL)" : "";
      return { value: text, text: `"${escapeText(text)}"${after}` };
    }
    case "signals": {
      const set = readSignalSet(bytes, abi);
      return { value: set, text: formatSignals(set) };
    }
    case "ipv4":
      return { value: formatIpv4(bytes), text: formatIpv4(bytes) };
    case "sockaddr": {
      const text = formatSockaddr(bytes, abi);
      return { value: text, text };
    }
    case "padding":
      return { value: null, text: isZero(bytes) ? `${length} × 00` : hexBytes(bytes) };
    default:
      return { value: hexBytes(bytes, bytes.length), text: length === 0 ? "empty" : `${length} B: ${hexBytes(bytes)}` };
  }
}

/** A kernel signal set: an array of native longs, lowest signals first. */
export function readSignalSet(bytes: Uint8Array, abi: Abi): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return 0n;
  const little = abi.endian === "little";
  if (abi.longSize === 8) return view.getBigUint64(0, little);
  return (BigInt(view.getUint32(4, little)) << 32n) | BigInt(view.getUint32(0, little));
}

export function formatIpv4(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 4)].join(".");
}

/** The short form of RFC 5952: the longest run of zero words is left out; the IPv4 address in a mapped one (::ffff:0:0/96) is written as such. */
export function formatIpv6(bytes: Uint8Array): string {
  if (bytes.length >= 16 && isMapped(bytes)) return `::ffff:${formatIpv4(bytes.subarray(12))}`;
  const words = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const text = words.map((word) => word.toString(16)).join(":");
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].toSorted((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (longest === undefined) return text;
  return `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length).replace(/^:/, "")}`;
}

function isMapped(bytes: Uint8Array): boolean {
  return isZero(bytes.subarray(0, 10)) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** A `struct sockaddr` of the address families that the formats carry. */
export function formatSockaddr(bytes: Uint8Array, abi: Abi): string {
  if (bytes.length < 2) return "none";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, abi.endian === "little");
  if (isZero(bytes)) return "none";
  if (family === 1) {
    const path = bytes.subarray(2);
    if (path[0] === 0) {
      const end = path.subarray(1).indexOf(0);
      const name = decodeText(path.subarray(1, end < 0 ? undefined : end + 1));
      return name === "" ? "unix, unnamed" : `@${escapeText(name)}`;
    }
    return escapeText(cString(path));
  }
  if (family === 2 && bytes.length >= 8) return `${formatIpv4(bytes.subarray(4))}:${view.getUint16(2, false)}`;
  return `family ${family}: ${hexBytes(bytes.subarray(2))}`;
}
