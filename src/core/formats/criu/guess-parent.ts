/** Finds the parent of an incremental dump whose link was lost, as it is when a browser reads a folder. */
import { Window } from "../../bytes/window.ts";
import { walkEntries } from "./entries.ts";
import { identify, typeOfName } from "./identify.ts";
import type { Directory } from "./find.ts";
import { PE } from "./names.ts";
import { normalFlags } from "./pagemap.ts";
import { pagesOf } from "./pagemap-frame.ts";
import { headOf, type SetFile } from "../../archive/file-set.ts";

/** Entries of a pagemap that are looked at. */
const MOST_ENTRIES = 4096;
const MOST_CANDIDATES = 32;

const order = new Intl.Collator("en", { numeric: true });

interface Run {
  readonly start: number;
  readonly end: number;
  readonly flags: number;
}

/** Runs of one pagemap; empty when it cannot be read. */
async function runsOf(file: SetFile, signal?: AbortSignal): Promise<readonly Run[]> {
  const { type, headLength, endian } = identify(file.path, await headOf(file, 8, signal));
  if (type?.first === undefined) return [];
  const window = new Window(file.source);
  window.little = endian !== "big";
  const runs: Run[] = [];
  await walkEntries(window, type, headLength, {
    onEntry: ({ index, value }) => {
      if (index === 0) return;
      const start = value.number("vaddr");
      // The page size does not matter here: runs of both sides are counted in the same pages.
      runs.push({ start, end: start + pagesOf(value) * 4096, flags: normalFlags(value.has("flags") ? value.number("flags") : undefined, value.flag("in_parent")) });
    },
    onProblem: () => undefined,
    most: MOST_ENTRIES,
    signal,
  });
  return runs;
}

/** Runs without borders between neighbours, ascending. */
function joined(runs: readonly Run[]): readonly { readonly start: number; readonly end: number }[] {
  const stretches: { start: number; end: number }[] = [];
  for (const { start, end } of runs.toSorted((a, b) => a.start - b.start)) {
    const last = stretches.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else stretches.push({ start, end });
  }
  return stretches;
}

function pagemaps({ files }: Directory): Map<number, SetFile> {
  return new Map(files.flatMap((file) => {
    const named = typeOfName(file.path);
    return named?.type.name === "PAGEMAP" && file.link === undefined ? [[named.number, file] as const] : [];
  }));
}

/** Looks for parents among directories. What was read of a pagemap is kept: each step of a chain asks the same ones. */
export class ParentGuess {
  readonly #all: readonly Directory[];
  readonly #signal: AbortSignal | undefined;
  readonly #pagemaps = new Map<Directory, ReadonlyMap<number, SetFile>>();
  readonly #stored = new Map<SetFile, ReturnType<typeof joined>>();

  constructor(all: readonly Directory[], signal?: AbortSignal) {
    this.#all = all;
    this.#signal = signal;
  }

  /** A directory that holds every page that this one leaves to its parent; of several the one that needs no further parent for most of them, the last in order. */
  async parentOf(top: Directory): Promise<Directory | undefined> {
    if (top.parentLink !== undefined || this.#all.length < 2) return undefined;
    const wanted = new Map<number, readonly Run[]>();
    for (const [number, file] of this.#pagemapsOf(top)) {
      const runs = (await runsOf(file, this.#signal)).filter(({ flags }) => (flags & PE.PARENT) !== 0);
      if (runs.length > 0) wanted.set(number, runs);
    }
    if (wanted.size === 0) return undefined;
    let found: Directory | undefined;
    for (const candidate of this.#all.slice(0, MOST_CANDIDATES)) {
      // A later full dump cannot be the parent of an earlier one.
      if (candidate === top || (candidate.hasTree && order.compare(candidate.path, top.path) > 0)) continue;
      if (await this.#holds(candidate, wanted)) found = candidate;
    }
    return found;
  }

  #pagemapsOf(directory: Directory): ReadonlyMap<number, SetFile> {
    let known = this.#pagemaps.get(directory);
    if (known === undefined) {
      known = pagemaps(directory);
      this.#pagemaps.set(directory, known);
    }
    return known;
  }

  async #holds(candidate: Directory, wanted: ReadonlyMap<number, readonly Run[]>): Promise<boolean> {
    const maps = this.#pagemapsOf(candidate);
    for (const [number, runs] of wanted) {
      const file = maps.get(number);
      if (file === undefined) return false;
      let stored = this.#stored.get(file);
      if (stored === undefined) {
        stored = joined(await runsOf(file, this.#signal));
        this.#stored.set(file, stored);
      }
      for (const run of runs) if (!covers(stored, run)) return false;
    }
    return true;
  }
}

/** Whether one of the stretches holds all of a run. */
function covers(stretches: ReturnType<typeof joined>, { start, end }: Run): boolean {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle]!.end <= start) low = middle + 1;
    else high = middle;
  }
  const stretch = stretches[low];
  return stretch !== undefined && stretch.start <= start && stretch.end >= end;
}
