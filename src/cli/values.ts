/** Numbers as people type them on a command line. */
import { CallError } from "./call-error.ts";

/** A count or position in bytes: decimal or `0x` hex. */
export function parseBytes(text: string, option: string): number {
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new CallError(`--${option} takes a number of bytes, decimal or 0x, not "${text}"`);
  return value;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A size with an optional binary unit: `1048576`, `0x100000`, `1M`, `1MiB`. */
export function parseSize(text: string, option: string): number {
  const match = /^(\d+|0x[0-9a-f]+)\s*(?:([kmgt])(?:i?b)?)?$/i.exec(text);
  const value = match === null ? NaN : Number(match[1]) * UNITS[(match[2] ?? "").toLowerCase()]!;
  if (!Number.isSafeInteger(value)) throw new CallError(`--${option} takes a size such as 500M or 4G, not "${text}"`);
  return value;
}
