import { clampRange, type ByteSource } from "./source.ts";

/** Sources one behind the other, read as one. */
export function joinSources(sources: readonly ByteSource[]): ByteSource {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  const starts: number[] = [];
  let size = 0;
  let grain: number | undefined = 0;
  for (const source of sources) {
    starts.push(size);
    size += source.size;
    grain = grain === undefined || source.grain === undefined ? undefined : Math.max(grain, source.grain);
  }
  return {
    size,
    ...(grain === undefined || grain === 0 ? {} : { grain }),
    async read(start, end, signal) {
      const [from, to] = clampRange(size, start, end);
      const parts: Uint8Array[] = [];
      for (const [index, source] of sources.entries()) {
        const base = starts[index]!;
        if (base >= to || base + source.size <= from) continue;
        parts.push(await source.read(Math.max(0, from - base), to - base, signal));
      }
      if (parts.length === 1) return parts[0]!;
      const joined = new Uint8Array(to - from);
      let filled = 0;
      for (const part of parts) {
        joined.set(part, filled);
        filled += part.length;
      }
      return joined.subarray(0, filled);
    },
  };
}
