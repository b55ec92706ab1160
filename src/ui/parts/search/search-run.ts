/**
 * A search under way and its hits. It lives outside of the screen, so that a hit can be looked at and the way back leads to
 * the same list without searching again; a new search ends the one before.
 */
import type { Inspector, SearchDone, SearchHit } from "../../../core/index.ts";
import { createStore, type Store } from "../../state/store.ts";
import type { SearchPlan } from "./search-plan.ts";

/** Most hits that are kept: each takes a few hundred bytes here and in the worker. */
export const MOST_HITS = 100_000;

/** Hits may come in thousands of pieces a second; the list is drawn again at most as often as this, in milliseconds. */
const NOTICE_MS = 100;

export interface SearchState {
  readonly phase: "running" | "done" | "cancelled" | "failed";
  readonly hits: number;
  /** Bytes looked at, and to be looked at. 0 until it is known. */
  readonly searched: number;
  readonly total: number;
  readonly done: SearchDone | undefined;
  /** Why it failed, in a sentence. */
  readonly why: string | undefined;
}

export interface SearchRun {
  /** What it answers: equal keys are equal searches. */
  readonly key: string;
  readonly state: Store<SearchState>;
  readonly at: (index: number) => SearchHit | undefined;
  readonly hits: readonly SearchHit[];
  /** Selected hit. */
  readonly selected: Store<number>;
  readonly cancel: () => void;
}

const START: SearchState = { phase: "running", hits: 0, searched: 0, total: 0, done: undefined, why: undefined };

const lastRuns = new WeakMap<Inspector, Store<SearchRun | undefined>>();

/** The last search of a checkpoint. */
export function lastRunOf(inspector: Inspector): Store<SearchRun | undefined> {
  const known = lastRuns.get(inspector) ?? createStore<SearchRun | undefined>(undefined);
  lastRuns.set(inspector, known);
  return known;
}

export function startSearch(inspector: Inspector, key: string, plan: () => Promise<SearchPlan>): SearchRun {
  const last = lastRunOf(inspector);
  last.get()?.cancel();
  const controller = new AbortController();
  const hits: SearchHit[] = [];
  const state = createStore<SearchState>(START);
  let progress = { searched: 0, total: 0 };
  let timer: ReturnType<typeof setTimeout> | undefined;

  const finish = (end: Partial<SearchState> & Pick<SearchState, "phase">): void => {
    clearTimeout(timer);
    timer = undefined;
    if (state.get().phase === "running") state.set({ ...state.get(), ...progress, hits: hits.length, ...end });
  };
  const tellSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (state.get().phase === "running") state.set({ ...state.get(), ...progress, hits: hits.length });
    }, NOTICE_MS);
  };
  const search = async (): Promise<void> => {
    const planned = await plan();
    if (controller.signal.aborted) return;
    if ("why" in planned) return finish({ phase: "failed", why: planned.why });
    const done = await inspector.memory.search(
      { ...planned, cap: MOST_HITS },
      {
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          progress = { searched: done, total: total ?? 0 };
          tellSoon();
        },
        onPiece: (piece) => {
          for (const hit of piece) if (hits.length < MOST_HITS) hits.push(hit);
          tellSoon();
        },
      },
    );
    finish({ phase: "done", done, searched: done.searched });
  };
  search().catch((error: unknown) => {
    if (!controller.signal.aborted) finish({ phase: "failed", why: error instanceof Error ? error.message : String(error) });
  });

  const run: SearchRun = {
    key,
    state,
    hits,
    at: (index) => hits[index],
    selected: createStore(0),
    cancel() {
      finish({ phase: "cancelled" });
      controller.abort();
    },
  };
  last.set(run);
  return run;
}
