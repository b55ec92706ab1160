/** Bytes that a source has and cannot give: contents that were not kept, that are encrypted, or whose packed form is damaged. */
import type { ByteSource } from "./source.ts";

/** A range of a source. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The bytes asked for cannot be had. The message is a sentence for the user that says what to do, or what is damaged. */
export class RefusedBytes extends Error {
  /** Which bytes of the source: all of them where it does not say. */
  readonly where: ByteRange | undefined;

  constructor(message: string, where?: ByteRange) {
    super(message);
    this.name = "RefusedBytes";
    this.where = where;
  }
}

/** A stretch that was refused, and why. */
export interface Lost extends ByteRange {
  readonly why: string;
}

/**
 * Bytes [start, end) of a source around those that it refuses, which are zeros and listed. Fewer bytes where the source ends
 * before. A damaged block among thousands must not take the others away.
 */
export async function readAround(source: ByteSource, start: number, end: number, signal?: AbortSignal): Promise<{ readonly bytes: Uint8Array; readonly lost: readonly Lost[] }> {
  const lost: Lost[] = [];
  const parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  /** ByteRangees to read, the next one last. */
  const ahead: ByteRange[] = [{ start, end }];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    try {
      parts.push({ at: next.start, bytes: await source.read(next.start, next.end, signal) });
    } catch (error) {
      if (!(error instanceof RefusedBytes)) throw error;
      const hole = within(next, error.where);
      lost.push({ ...hole, why: error.message });
      if (hole.end < next.end) ahead.push({ start: hole.end, end: next.end });
      if (hole.start > next.start) ahead.push({ start: next.start, end: hole.start });
    }
  }
  const [only] = parts;
  if (lost.length === 0) return { bytes: only?.bytes ?? new Uint8Array(0), lost };
  const reach = Math.max(lost.at(-1)!.end, ...parts.map(({ at, bytes }) => at + bytes.length));
  const bytes = new Uint8Array(reach - start);
  for (const part of parts) bytes.set(part.bytes, part.at - start);
  return { bytes, lost: lost.toSorted((a, b) => a.start - b.start) };
}

/** The refused part of a range: all of it where the source names none, so that reading around it ends. */
function within(range: ByteRange, where: ByteRange = range): ByteRange {
  const start = Math.max(range.start, where.start);
  const end = Math.min(range.end, where.end);
  return start < end ? { start, end } : range;
}
