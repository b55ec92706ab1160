/**
 * Drives a matcher over runs of bytes. Runs that continue each other are searched across their borders, wherever their bytes
 * stand; the bytes of a window (1 MiB and what the pattern needs round about it) are in memory, and those of the reads under way.
 */
import type { OnProgress } from "../progress.ts";
import type { Finder, Match, Matcher } from "./matcher.ts";
import { readParts, type Run } from "./read-ahead.ts";
import { Stretch } from "./stretch.ts";

export interface RunHit<R extends Run> {
  /** The run with the first byte found, and where in it. */
  readonly run: R;
  readonly offset: number;
  readonly address: bigint;
  /** Bytes found, 1 or more. */
  readonly length: number;
  readonly text?: string;
  /** The match, or its text, goes on beyond what is given here. */
  readonly cut?: true;
  /** The bytes found (at most `MAX_SHOWN`) and those round about: `contextAt` of them before. Empty when they are gone. */
  readonly context: Uint8Array;
  readonly contextAt: number;
}

export interface SearchOptions<R extends Run> {
  /** Bytes of all runs, for the progress. */
  readonly total: number;
  /** Most hits. */
  readonly cap: number;
  /** Bytes of context on either side of a hit. */
  readonly context?: number;
  /** Called with the hits of a window, in order of the runs; the search goes on when it has resolved. */
  readonly onHits: (hits: readonly RunHit<R>[]) => void | Promise<void>;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of a window and of a read, for tests. */
  readonly window?: number;
}

export interface RunsDone {
  readonly hits: number;
  /** Bytes that were looked at. */
  readonly searched: number;
  /** There are more hits than the cap. */
  readonly capped: boolean;
  /** Bytes of the runs that their sources do not have. */
  readonly missing: number;
  /** Bytes of which could not be told whether a match begins there: the expression was too much for the engine. */
  readonly unsure: number;
}

/** Most bytes of a hit that come with the context. */
export const MAX_SHOWN = 256;
const WINDOW = 1024 * 1024;
const WINDOWS_AHEAD = 4;
const READS_AHEAD = 16;
/** After so many ms of work the caller's messages, such as one to stop, get their turn. */
const TURN = 30;

/** Rejects when aborted, when a source fails, or when `onHits` does. */
export async function searchRuns<R extends Run>(runs: Iterable<R> | AsyncIterable<R>, matcher: Matcher, options: SearchOptions<R>): Promise<RunsDone> {
  const search = new RunSearch<R>(matcher, options);
  const window = options.window ?? WINDOW;
  options.signal?.throwIfAborted();
  for await (const parts of readParts(runs, { read: window, ahead: window * WINDOWS_AHEAD, reads: READS_AHEAD }, options.signal)) {
    options.signal?.throwIfAborted();
    for (const { run, offset, bytes, continues, ends, missing } of parts) {
      await search.add(run, offset, bytes, continues, ends);
      search.missing += missing;
      if (search.capped) return search.done();
    }
  }
  return search.done();
}

class RunSearch<R extends Run> {
  missing = 0;
  capped = false;
  readonly #matcher: Matcher;
  readonly #options: SearchOptions<R>;
  readonly #stretch: Stretch<R>;
  readonly #context: number;
  #finder: Finder | undefined;
  #hits = 0;
  #batch: RunHit<R>[] = [];
  #searched = 0;
  #unsure = 0;
  #turnBegan = Date.now();

  constructor(matcher: Matcher, options: SearchOptions<R>) {
    this.#matcher = matcher;
    this.#options = options;
    this.#context = options.context ?? 0;
    const around = Math.max(matcher.before, this.#context) + matcher.overlap + this.#context;
    this.#stretch = new Stretch(around + (options.window ?? WINDOW) + 8);
  }

  async add(run: R, offset: number, bytes: Uint8Array, continues: boolean, ends: boolean): Promise<void> {
    const stretch = this.#stretch;
    if (!continues || this.#finder === undefined) {
      stretch.begin(run.address + BigInt(offset));
      this.#finder = this.#matcher.start();
    }
    for (let taken = 0; taken < bytes.length && !this.capped; ) {
      const part = bytes.subarray(taken, taken + stretch.room);
      stretch.append(run, offset + taken, part);
      taken += part.length;
      this.#searched += part.length;
      if (stretch.room === 0) await this.#search(this.#finder, false);
    }
    if (ends) {
      await this.#search(this.#finder, true);
      this.#unsure += this.#finder.unsure ?? 0;
      this.#finder = undefined;
    }
  }

  done(): RunsDone {
    this.#options.onProgress?.({ phase: "searching", done: this.#searched, total: this.#options.total });
    return { hits: this.#hits, searched: this.#searched, capped: this.capped, missing: this.missing, unsure: this.#unsure + (this.#finder?.unsure ?? 0) };
  }

  async #search(finder: Finder, atEnd: boolean): Promise<void> {
    const stretch = this.#stretch;
    const { bytes, position } = stretch;
    const limit = atEnd ? bytes.length : bytes.length - this.#matcher.overlap - this.#context;
    const onMatch = (match: Match): boolean => {
      this.capped = this.#hits === this.#options.cap;
      if (!this.capped) this.#batch.push(this.#hitOf(match, bytes));
      if (!this.capped) this.#hits++;
      return !this.capped;
    };
    while (stretch.from < limit && !this.capped) {
      stretch.from = finder.find({ bytes, position, from: stretch.from, limit, atEnd }, onMatch);
      await this.#giveTurn();
    }
    // A character of several bytes may have passed the limit of the last window and ended with the stretch.
    if (atEnd && finder.pending !== undefined && !this.capped) stretch.from = finder.find({ bytes, position, from: stretch.from, limit, atEnd }, onMatch);
    if (this.#batch.length > 0) {
      const hits = this.#batch;
      this.#batch = [];
      await this.#options.onHits(hits);
    }
    if (!atEnd) stretch.forget(Math.max(0, Math.min(stretch.from, limit) - Math.max(this.#matcher.before, this.#context)), finder.pending);
  }

  async #giveTurn(): Promise<void> {
    if (Date.now() - this.#turnBegan < TURN) return;
    this.#options.onProgress?.({ phase: "searching", done: this.#searched, total: this.#options.total });
    await new Promise<void>((resolve) => void setTimeout(resolve));
    this.#options.signal?.throwIfAborted();
    this.#turnBegan = Date.now();
  }

  #hitOf({ at, length, ...match }: Match, bytes: Uint8Array): RunHit<R> {
    const { run, offset } = this.#stretch.placeOf(this.#stretch.position + at);
    const first = Math.max(0, at - this.#context);
    const context = at < 0 ? new Uint8Array(0) : bytes.slice(first, Math.min(bytes.length, at + Math.min(length, MAX_SHOWN) + this.#context));
    return { run, offset, address: run.address + BigInt(offset), length, ...match, context, contextAt: at < 0 ? 0 : at - first };
  }
}
