/** From runs to their bytes, in order, with several reads under way while the bytes before are looked at. */
import { readAround, RefusedBytes, type ByteRange } from "../bytes/refused-bytes.ts";
import type { ByteSource } from "../bytes/source.ts";

/** A range of addresses whose bytes stand together in one source. */
export interface Run {
  /** Of the first byte. */
  readonly address: bigint;
  /** Bytes. */
  readonly size: number;
  readonly source: ByteSource;
  /** Of the first byte in the source. */
  readonly offset: number;
  /** The run follows the one before without a gap: what begins there may go on here. */
  readonly continues: boolean;
}

export interface Part<R extends Run> {
  readonly run: R;
  /** Of the first byte in the run. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Follows the part before, unless that one ends. */
  readonly continues: boolean;
  /** Nothing follows without a gap. */
  readonly ends: boolean;
  /** Bytes of the run that the source lacks behind these. */
  readonly missing: number;
}

interface Slice<R extends Run> extends Omit<Part<R>, "bytes"> {
  readonly size: number;
}

interface Read<R extends Run> {
  readonly source: ByteSource;
  readonly start: number;
  end: number;
  readonly slices: Slice<R>[];
}

export interface ReadLimits {
  /** Most bytes of one read. */
  readonly read: number;
  /** Most bytes and reads under way. */
  readonly ahead: number;
  readonly reads: number;
}

/** Smaller reads are left to the source and its caches. Bytes. */
const LEAST_REUSED = 128 * 1024;
/** Runs, empty ones too, that share a read. */
const MOST_SLICES = 4096;

/** The bytes of parts are only good until the next ones are asked for. */
export async function* readParts<R extends Run>(runs: Iterable<R> | AsyncIterable<R>, limits: ReadLimits, signal?: AbortSignal): AsyncGenerator<readonly Part<R>[]> {
  const planner = new ReadPlanner(runs, limits.read);
  const underWay: { read: Read<R>; bytes: Promise<Uint8Array>; buffer: Uint8Array | undefined }[] = [];
  /** Buffers whose bytes have been looked at: new memory for each read would cost more than the reading. */
  const free: Uint8Array[] = [];
  let bytesAhead = 0;
  let done = false;
  try {
    await planner.start();
    for (;;) {
      while (!done && underWay.length < limits.reads && bytesAhead < limits.ahead) {
        const read = await planner.next();
        if (read === undefined) {
          done = true;
          break;
        }
        const size = read.end - read.start;
        const buffer = read.source.readInto === undefined || size < LEAST_REUSED ? undefined : (free.pop() ?? new Uint8Array(limits.read));
        const bytes = buffer === undefined ? read.source.read(read.start, read.end, signal) : readInto(read.source, buffer.subarray(0, size), read.start, signal);
        // A read that fails is reported when its turn comes; until then nobody waits for it.
        bytes.catch(() => undefined);
        underWay.push({ read, bytes, buffer });
        bytesAhead += read.end - read.start;
      }
      const first = underWay.shift();
      if (first === undefined) return;
      bytesAhead -= first.read.end - first.read.start;
      yield await bytesOf(first.read, first.bytes, signal);
      if (first.buffer !== undefined) free.push(first.buffer);
    }
  } finally {
    await planner.close();
  }
}

async function readInto(source: ByteSource, target: Uint8Array, start: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const filled = await source.readInto!(target, start, signal);
  return filled === target.length ? target : target.subarray(0, filled);
}

/** Parts of a read. What the source refuses is missing from it, and no more. */
async function bytesOf<R extends Run>(read: Read<R>, reading: Promise<Uint8Array>, signal: AbortSignal | undefined): Promise<readonly Part<R>[]> {
  try {
    return partsOf(read, await reading);
  } catch (error) {
    if (!(error instanceof RefusedBytes)) throw error;
    const { bytes, lost } = await readAround(read.source, read.start, read.end, signal);
    return partsOf(read, bytes).flatMap((part) => partsAround(part, lost));
  }
}

/** A part without the bytes that were lost: what is left of it before, between and behind them. */
function partsAround<R extends Run>(part: Part<R>, lost: readonly ByteRange[]): readonly Part<R>[] {
  const base = part.run.offset + part.offset;
  const inside = lost.map(({ start, end }) => ({ start: Math.max(0, start - base), end: Math.min(part.bytes.length, end - base) })).filter(({ start, end }) => start < end);
  let at = 0;
  const parts = inside.map(({ start, end }, index): Part<R> => {
    const bytes = part.bytes.subarray(at, start);
    const offset = part.offset + at;
    at = end;
    return { ...part, offset, bytes, continues: part.continues && index === 0, ends: true, missing: end - start };
  });
  return [...parts, { ...part, offset: part.offset + at, bytes: part.bytes.subarray(at), continues: part.continues && at === 0 }];
}

function partsOf<R extends Run>({ slices }: Read<R>, bytes: Uint8Array): readonly Part<R>[] {
  let at = 0;
  return slices.map(({ run, offset, size, continues, ends, missing }) => {
    const part = bytes.subarray(at, at + size);
    const lost = size - part.length;
    at += size;
    return { run, offset, bytes: part, continues, ends: ends || lost > 0, missing: missing + lost };
  });
}

/** Puts runs that follow each other in their source into one read, and cuts long ones. */
class ReadPlanner<R extends Run> {
  readonly #runs: Iterator<R> | AsyncIterator<R>;
  readonly #most: number;
  /** The run being cut, how far it is, and the one behind it: whether a run goes on is told by the next. */
  #run: R | undefined;
  #offset = 0;
  #continues = false;
  #following: R | undefined;

  constructor(runs: Iterable<R> | AsyncIterable<R>, most: number) {
    this.#runs = Symbol.asyncIterator in runs ? runs[Symbol.asyncIterator]() : runs[Symbol.iterator]();
    this.#most = most;
  }

  async start(): Promise<void> {
    this.#run = await this.#pull();
    this.#following = await this.#pull();
  }

  async next(): Promise<Read<R> | undefined> {
    let read: Read<R> | undefined;
    while (this.#run !== undefined) {
      const run = this.#run;
      const size = run.offset < 0 ? 0 : Math.max(0, Math.min(run.size, run.source.size - run.offset));
      const start = run.offset + this.#offset;
      read ??= { source: run.source, start, end: start, slices: [] };
      const room = this.#most - (read.end - read.start);
      if (read.source !== run.source || read.end !== start || room <= 0 || read.slices.length >= MOST_SLICES) return read;
      const piece = Math.min(size - this.#offset, room);
      const isLast = this.#offset + piece === size;
      const missing = isLast ? run.size - size : 0;
      const ends = isLast && (missing > 0 || this.#following?.continues !== true);
      read.slices.push({ run, offset: this.#offset, size: piece, continues: this.#offset > 0 || this.#continues, ends, missing });
      read.end += piece;
      this.#offset += piece;
      if (!isLast) continue;
      this.#run = this.#following;
      this.#offset = 0;
      this.#continues = this.#run?.continues === true;
      // No wait where there is none to be had: runs of a page each come by the million.
      const pulled = this.#pull();
      this.#following = pulled instanceof Promise ? await pulled : pulled;
    }
    return read;
  }

  async close(): Promise<void> {
    await this.#runs.return?.();
  }

  #pull(): R | undefined | Promise<R | undefined> {
    const next = this.#runs.next();
    const valueOf = (result: IteratorResult<R>): R | undefined => (result.done === true ? undefined : result.value);
    return next instanceof Promise ? next.then(valueOf) : valueOf(next as IteratorResult<R>);
  }
}
