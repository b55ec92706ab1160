/** Rows of a space's hex grid around those that are on screen, and labels of the words in them that point into mapped memory. */
import { useMemo } from "react";
import type { MemoryInspector, MemoryRow, SpaceInfo } from "../../../core/index.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { usePages, type Pages } from "../use-pages.ts";
import { wordAt } from "./memory-words.ts";

/** Rows of the whole space; 0 until it is known. */
export function useRowCount(memory: MemoryInspector, space: number, columns: number): number {
  const answer = useAnswer(`${space} ${columns}`, async (signal) => (await memory.rows({ space, width: columns, from: 0, to: 0 }, { signal })).total);
  return answer.state === "ready" ? answer.value : answer.state === "waiting" ? (answer.previous ?? 0) : 0;
}

export function useMemoryRows(memory: MemoryInspector, space: number, columns: number, first: number, count: number): Pages<MemoryRow> {
  return usePages(`${space} ${columns}`, async (from, to) => (await memory.rows({ space, width: columns, from, to })).rows, first, count);
}

/** True when the `size` bytes from `at` on are all in the files. */
export function areReal(real: number, at: number, size: number): boolean {
  for (let place = at; place < at + size; place++) if (((real >>> place) & 1) === 0) return false;
  return true;
}

/** For each row on screen the labels of its pointers, by their place in the row; rows without any are missing. */
export type PointerLabels = ReadonlyMap<number, ReadonlyMap<number, string>>;

export interface RowLabels {
  readonly pointers: PointerLabels;
  /** Names of the regions that begin in a row, or that the first row is in the middle of. */
  readonly notes: ReadonlyMap<number, string>;
}

const NO_LABELS: RowLabels = { pointers: new Map(), notes: new Map() };

/** What a row asks for a name of: each aligned word that is there, and its own address where another region begins. */
interface Asked {
  readonly row: number;
  /** Place of the word in the row; -1 for the row itself. */
  readonly at: number;
  readonly word: bigint;
}

export function askedWords(rows: readonly (readonly [row: number, MemoryRow | undefined])[], wordSize: number, order: SpaceInfo["byteOrder"]): readonly Asked[] {
  const asked: Asked[] = [];
  let region = -1;
  for (const [row, found] of rows) {
    if (found?.kind !== "bytes") continue;
    if (found.region !== region && found.region >= 0) asked.push({ row, at: -1, word: found.address });
    region = found.region;
    for (let at = 0; at + wordSize <= found.bytes.length; at += wordSize) {
      if (areReal(found.real, at, wordSize)) asked.push({ row, at, word: wordAt(found.bytes, at, wordSize, order) });
    }
  }
  return asked;
}

export function useRowLabels(memory: MemoryInspector, { space, wordSize, byteOrder }: SpaceInfo, pages: Pages<MemoryRow>, first: number, count: number): RowLabels {
  const rows = Array.from({ length: count }, (_, at) => [first + at, pages.at(first + at)] as const);
  const answer = useAnswer(`${space} ${first} ${count} ${pages.arrivals}`, async () => {
    const asked = askedWords(rows, wordSize, byteOrder);
    return { asked, labels: asked.length === 0 ? [] : await memory.labels({ space, words: asked.map(({ word }) => word) }) };
  });
  const known = answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined;
  return useMemo(() => {
    if (known === undefined) return NO_LABELS;
    const pointers = new Map<number, Map<number, string>>();
    const notes = new Map<number, string>();
    for (const [index, { row, at }] of known.asked.entries()) {
      const label = known.labels[index];
      if (label === undefined) continue;
      if (at < 0) notes.set(row, label.replace(/\+0x0$/, ""));
      else pointers.set(row, (pointers.get(row) ?? new Map<number, string>()).set(at, label));
    }
    return { pointers, notes };
  }, [known]);
}
