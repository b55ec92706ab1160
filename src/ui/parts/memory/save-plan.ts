/** What saving memory as a raw file would write, and what it would have to leave out. */
import type { MapLine, MemoryInspector } from "../../../core/index.ts";
import type { AddressRange } from "./memory-words.ts";

export interface SavePlan {
  /** In order, apart from each other. */
  readonly ranges: readonly AddressRange[];
  /** Bytes of the ranges. */
  readonly size: bigint;
  /** Bytes that have a value: stored ones and zeros. */
  readonly there: bigint;
}

const LINES_AT_ONCE = 2048;
/** Answers of at most 65,536 pieces that are asked for one range. */
const MOST_ANSWERS = 1024;

/** The mapped ranges of a map: neighbouring and overlapping lines joined. */
export function joinedRanges(lines: readonly Pick<MapLine, "start" | "end">[]): readonly AddressRange[] {
  const ranges: { start: bigint; end: bigint }[] = [];
  for (const { start, end } of lines) {
    const last = ranges.at(-1);
    if (last !== undefined && start <= last.end) last.end = end > last.end ? end : last.end;
    else ranges.push({ start, end });
  }
  return ranges;
}

async function plannedRanges(memory: MemoryInspector, space: number, ranges: readonly AddressRange[]): Promise<SavePlan> {
  let there = 0n;
  for (const { start, end } of ranges) {
    let at = start;
    for (let answers = 0; at < end && answers < MOST_ANSWERS; answers++) {
      const pieces = await memory.resolve({ space, start: at, end });
      for (const piece of pieces) if (piece.kind === "image" || piece.kind === "zero") there += piece.end - piece.start;
      at = pieces.at(-1)?.end ?? end;
    }
  }
  return { ranges, size: ranges.reduce((sum, { start, end }) => sum + (end - start), 0n), there };
}

export async function rangePlan(memory: MemoryInspector, space: number, range: AddressRange): Promise<SavePlan> {
  return await plannedRanges(memory, space, [range]);
}

/** Everything that is mapped. */
export async function wholePlan(memory: MemoryInspector, space: number): Promise<SavePlan> {
  const { lines: count } = await memory.map({ space });
  const lines: MapLine[] = [];
  while (lines.length < count) {
    const more = await memory.mapLines({ space, from: lines.length, to: Math.min(count, lines.length + LINES_AT_ONCE) });
    if (more.length === 0) break;
    lines.push(...more);
  }
  return await plannedRanges(memory, space, joinedRanges(lines));
}
