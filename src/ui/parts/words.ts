/** Amounts in words, for what the page itself counts (everything about the image is spelled by the core). */

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/** `93,705 bytes` is exact; `91.5 KiB` is for a glance. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

export function exactBytes(bytes: number): string {
  return `${countText(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
}

export function countText(count: number): string {
  return count.toLocaleString("en");
}

/** `3 rows`, `1 row`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

export function hexText(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `99.98 %`; 100 % only when nothing is missing, 0 % only when there is nothing. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return "–";
  if (part === whole) return "100 %";
  if (part === 0) return "0 %";
  const percent = Math.min(99.99, Math.max(0.01, (part / whole) * 100));
  return `${percent.toFixed(2)} %`;
}
