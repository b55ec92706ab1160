import { clampRange, type ByteSource } from "./source.ts";

/** Bytes [start, end) of a source as a source of their own; what lies beyond its end is not there. */
export function sliceSource(source: ByteSource, start: number, end: number): ByteSource {
  const [from, to] = clampRange(source.size, start, end);
  const { readInto } = source;
  return {
    size: to - from,
    ...(readInto === undefined ? {} : {
      async readInto(target, first, signal) {
        const [low, high] = clampRange(to - from, first, first + target.length);
        return await readInto.call(source, target.subarray(0, high - low), from + low, signal);
      },
    } satisfies Pick<ByteSource, "readInto">),
    read(first, last, signal) {
      const [low, high] = clampRange(to - from, first, last);
      return source.read(from + low, from + high, signal);
    },
  };
}
