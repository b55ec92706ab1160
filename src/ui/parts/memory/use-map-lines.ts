/** Lines of a memory map beyond those on screen: the ones that a filter leaves, and the one of an address. */
import { useEffect, useState } from "react";
import type { MapLine, MemoryInspector } from "../../../core/index.ts";

const STRETCH = 4096;

export interface MatchingLines {
  readonly lines: readonly MapLine[];
  /** Lines of the map that were looked at so far. */
  readonly lookedAt: number;
  readonly error: Error | undefined;
}

const NOTHING: MatchingLines = { lines: [], lookedAt: 0, error: undefined };

/** The lines among the first `count` in which every typed word occurs, as they are found; none are looked for without words. */
export function useMatchingLines(memory: MemoryInspector, space: number, count: number, typed: string): MatchingLines {
  const key = `${space} ${typed}`;
  const [answer, setAnswer] = useState<MatchingLines & { readonly key: string }>({ ...NOTHING, key });
  useEffect(() => {
    if (typed === "") return;
    const left = new AbortController();
    const look = async (): Promise<void> => {
      let lines: readonly MapLine[] = [];
      for (let from = 0; from < count; from += STRETCH) {
        const more = await memory.mapLines({ space, from, to: Math.min(count, from + STRETCH) });
        if (left.signal.aborted) return;
        const found = more.filter((line) => matchesLine(line, typed));
        if (found.length > 0) lines = [...lines, ...found];
        setAnswer({ lines, lookedAt: Math.min(count, from + STRETCH), error: undefined, key });
      }
    };
    look().catch((error: unknown) => {
      if (!left.signal.aborted) setAnswer({ ...NOTHING, error: error instanceof Error ? error : new Error(String(error)), key });
    });
    return () => left.abort();
  }, [memory, space, count, typed, key]);
  return answer.key === key ? answer : NOTHING;
}

/** The last line that begins at or below an address; -1 when there is none. Lines come in order of their beginnings. */
export async function lineAt(memory: MemoryInspector, space: number, count: number, address: bigint): Promise<number> {
  let low = -1;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const [line] = await memory.mapLines({ space, from: middle, to: middle + 1 });
    if (line !== undefined && line.start <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** True when every word that was typed occurs in the line as the map shows it. */
export function matchesLine(line: MapLine, typed: string): boolean {
  const text = `${rangeText(line)} ${line.prot} ${line.kind} ${line.path}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word.replace(/^0x/, "")));
}

/** As /proc/PID/maps writes it. */
export function rangeText({ start, end }: Pick<MapLine, "start" | "end">): string {
  const digits = (address: bigint): string => address.toString(16).padStart(8, "0");
  return `${digits(start)}-${digits(end)}`;
}
