/** Finds the parent of an incremental dump whose link was lost, as it is when a browser reads a folder. */
import { Window } from "../../bytes/window.ts";
import { walkEntries } from "./entries.ts";
import { identify, typeOfName } from "./identify.ts";
import type { Directory } from "./find.ts";
import { PE } from "./names.ts";
import { normalFlags } from "./pagemap.ts";
import { pagesOf } from "./pagemap-frame.ts";
import type { SetFile } from "../../archive/file-set.ts";

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
  const { type, headLength, endian } = identify(file.path, await file.source.read(0, 8, signal));
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

function pagemaps({ files }: Directory): Map<number, SetFile> {
  return new Map(files.flatMap((file) => {
    const named = typeOfName(file.path);
    return named?.type.name === "PAGEMAP" && file.link === undefined ? [[named.number, file] as const] : [];
  }));
}

/** A directory that holds every page that this one leaves to its parent; of several the one that needs no further parent for most of them, the last in order. */
export async function guessParent(top: Directory, all: readonly Directory[], signal?: AbortSignal): Promise<Directory | undefined> {
  if (top.parentLink !== undefined || all.length < 2) return undefined;
  const wanted = new Map<number, readonly Run[]>();
  for (const [number, file] of pagemaps(top)) {
    const runs = (await runsOf(file, signal)).filter(({ flags }) => (flags & PE.PARENT) !== 0);
    if (runs.length > 0) wanted.set(number, runs);
  }
  if (wanted.size === 0) return undefined;
  let found: Directory | undefined;
  for (const candidate of all.slice(0, MOST_CANDIDATES)) {
    // A later full dump cannot be the parent of an earlier one.
    if (candidate === top || (candidate.hasTree && order.compare(candidate.path, top.path) > 0)) continue;
    const maps = pagemaps(candidate);
    let fits = true;
    for (const [number, runs] of wanted) {
      const file = maps.get(number);
      const own = file === undefined ? [] : await runsOf(file, signal);
      if (!runs.every((run) => covers(own, run))) {
        fits = false;
        break;
      }
    }
    if (fits) found = candidate;
  }
  return found;
}

function covers(runs: readonly Run[], { start, end }: Run): boolean {
  let position = start;
  for (const run of runs) {
    if (run.end <= position) continue;
    if (run.start > position) return false;
    position = run.end;
    if (position >= end) return true;
  }
  return false;
}
