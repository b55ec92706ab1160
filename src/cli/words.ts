/** Phrases that several commands print. */
import { formatCount, formatHex, type Coverage, type Severity, type Span } from "../core/index.ts";

const DIGITS = 8;

export function hexRange({ start, end }: Pick<Span, "start" | "end">): string {
  return `${formatHex(start, DIGITS)}-${formatHex(end, DIGITS)}`;
}

export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

export function problemCounts({ error, warning, note }: Readonly<Record<Severity, number>>): string {
  return [counted(error, "error"), counted(warning, "warning"), counted(note, "note")].join(", ");
}

/** `99.98 % (93,680 of 93,705 bytes)`. Rounded down: one missing byte never reads as 100 %. */
export function coverageText({ total, explained }: Coverage): string {
  const percent = explained >= total ? "100" : (Math.floor((explained / total) * 10_000) / 100).toFixed(2);
  return `${percent} % (${formatCount(explained)} of ${formatCount(total)} bytes)`;
}
