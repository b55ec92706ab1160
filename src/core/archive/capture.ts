/**
 * Captures of CRIU's image streamer: one or more shards of markers and contents (see capture-marker.ts), merged by the number
 * that each marker has. The contents stay where they are; only the markers are read.
 */
import { joinSources } from "../bytes/join.ts";
import type { ByteSource } from "../bytes/source.ts";
import { Window } from "../bytes/window.ts";
import type { OnProgress } from "../inspector.ts";
import { MARKER_LIMIT, readMarker, type Marker } from "./capture-marker.ts";
import { labelOf, quoted, unsafePath } from "./member-path.ts";
import type { ArchiveMember, DataStretch, OpenedArchive } from "./opened-archive.ts";
import { PartList } from "./part-list.ts";
import { ProblemList } from "./problem-list.ts";
import { RefusedBytes } from "../bytes/refused-bytes.ts";
import { sparseSource } from "./sparse.ts";

export interface Shard {
  readonly name: string;
  readonly source: ByteSource;
}

/** The markers of a shard, in columns: a capture of 100 GB has a million of them. */
export interface ScannedShard extends Shard {
  readonly kinds: readonly Marker["kind"][];
  readonly seqs: readonly number[];
  /** Where the record begins, its contents begin, and the record ends; positions in the shard. */
  readonly starts: readonly number[];
  readonly contents: readonly number[];
  readonly ends: readonly number[];
  /** Names by the number of their record. */
  readonly names: ReadonlyMap<number, string>;
  /** Where no marker could be read any more; the size of the shard when all of them could. */
  readonly end: number;
}

/** A first look at each record: size and marker, of which only a long name needs more. Bytes. */
const LOOK = 64;
/** Where reads are dear, contents up to this length are read rather than stepped over. Bytes. */
const STRIDE = 256 * 1024;
const REPORT_EVERY = 1024;
/** Markers of a shard that are taken: those of a terabyte, in pieces as the streamer makes them. */
const MOST_MARKERS = 8_000_000;

/** Walk over the records of a shard. Total on any bytes. Rejects when aborted or when the medium fails. */
export async function scanShard({ name, source }: Shard, onProgress: OnProgress, signal?: AbortSignal): Promise<ScannedShard> {
  const window = new Window(source, source.grain === undefined ? STRIDE : LOOK);
  const kinds: Marker["kind"][] = [];
  const seqs: number[] = [];
  const starts: number[] = [];
  const contents: number[] = [];
  const ends: number[] = [];
  const names = new Map<number, string>();
  let position = 0;
  while (position + 4 <= source.size && kinds.length < MOST_MARKERS) {
    if (!window.has(position, Math.min(LOOK, source.size - position))) await loadKept(window, position, LOOK, signal);
    if (!window.has(position, 4)) break;
    const size = window.u32(position);
    const from = position + 4;
    if (size === 0 || size >= MARKER_LIMIT || from + size > source.size) break;
    if (!window.has(from, size)) await loadKept(window, position, size + 4, signal);
    if (!window.has(from, size)) break;
    const marker = readMarker(window.bytes, from - window.start, from - window.start + size);
    if (marker === undefined) break;
    if (marker.kind === "filename") names.set(kinds.length, marker.name);
    const end = from + size + (marker.kind === "data" ? marker.bytes : 0);
    kinds.push(marker.kind);
    seqs.push(marker.seq);
    starts.push(position);
    contents.push(from + size);
    ends.push(end);
    position = end;
    if (kinds.length % REPORT_EVERY === 0) {
      signal?.throwIfAborted();
      onProgress({ phase: "indexing", done: Math.min(position, source.size), total: source.size });
    }
  }
  return { name, source, kinds, seqs, starts, contents, ends, names, end: Math.min(position, source.size) };
}

/** Bytes that were not kept, for want of space, end a shard like its end. */
async function loadKept(window: Window, position: number, length: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await window.load(position, length, signal);
  } catch (error) {
    if (!(error instanceof RefusedBytes)) throw error;
  }
}

/**
 * Which shards belong together. Numbers count over all shards of a capture, so no two of its shards have one in common:
 * where some do, each shard is taken for a capture of its own.
 */
export function groupShards(shards: readonly ScannedShard[]): readonly (readonly ScannedShard[])[] {
  if (shards.length < 2) return [shards];
  const all = new Float64Array(shards.reduce((sum, { seqs }) => sum + seqs.length, 0));
  let filled = 0;
  for (const { seqs } of shards) for (const seq of seqs) all[filled++] = seq;
  all.sort();
  for (let index = 1; index < all.length; index++) if (all[index] === all[index - 1]) return shards.map((shard) => [shard]);
  return [shards];
}

interface File {
  readonly name: string;
  readonly header: { readonly start: number; readonly end: number };
  readonly data: DataStretch[];
  size: number;
  isEnded: boolean;
  /** Not all that was streamed of it is here. */
  isDoubtful: boolean;
  /** Gaps that came before it was named: after a further one its contents have no certain place. */
  readonly gaps: number;
  /** Bytes whose place in the file is not known. */
  misplaced: number;
}

/** The files of a capture whose shards are all here, or not. */
export function openCapture(shards: readonly ScannedShard[], mostMembers: number): OpenedArchive {
  const source = joinSources(shards.map((shard) => shard.source));
  const problems = new ProblemList();
  const reader = new Merger(shards, mostMembers, problems);
  reader.run();
  const members = reader.files.map((file): ArchiveMember => memberOf(file, source));
  const parts = reader.parts();
  return { kind: "capture", compression: "none", source, members, parts: parts.toArray(members.length), problems: problems.finish(source.size), close: async () => {} };
}

function memberOf({ data, header, name, size }: File, source: ByteSource): ArchiveMember {
  return { path: name, kind: "file", size, source: sparseSource(source, size, data), header, data };
}

/** Takes the markers of all shards in the order of their numbers. */
class Merger {
  readonly files: File[] = [];
  readonly #shards: readonly ScannedShard[];
  readonly #bases: number[] = [];
  readonly #problems: ProblemList;
  readonly #mostMembers: number;
  /** Files that were named and did not end yet. */
  readonly #open = new Map<string, number>();
  readonly #named = new Set<string>();
  /** File that contents belong to, or -1 when that is not known. */
  #current = -1;
  /** File of each record, by shard. */
  readonly #owners: Int32Array[];
  #gaps = 0;
  #lost = 0;
  #lostFirst = -1;
  #ownerless = 0;
  #isEnded = false;
  #isFull = false;

  constructor(shards: readonly ScannedShard[], mostMembers: number, problems: ProblemList) {
    this.#shards = shards;
    this.#mostMembers = mostMembers;
    this.#problems = problems;
    this.#owners = shards.map(({ kinds }) => new Int32Array(kinds.length).fill(-1));
    let base = 0;
    for (const { source } of shards) {
      this.#bases.push(base);
      base += source.size;
    }
  }

  run(): void {
    let expected = 0;
    this.#inOrder((shard, record) => {
      const seq = this.#shards[shard]!.seqs[record]!;
      if (seq !== expected) this.#gap(expected, seq, shard, record);
      expected = seq + 1;
      this.#take(shard, record);
    });
    this.#report();
  }

  /** The records of all shards by their numbers. */
  #inOrder(visit: (shard: number, record: number) => void): void {
    const shardOf = new Uint32Array(this.#owners.reduce((sum, { length }) => sum + length, 0));
    const firsts: number[] = [];
    let count = 0;
    for (const [shard, { length }] of this.#owners.entries()) {
      firsts.push(count);
      shardOf.fill(shard, count, (count += length));
    }
    const seqOf = (index: number): number => this.#shards[shardOf[index]!]!.seqs[index - firsts[shardOf[index]!]!]!;
    const order = Uint32Array.from(shardOf.keys());
    // One shard is in order already, if it is sound: what is not, shows.
    if (this.#shards.length > 1) order.sort((a, b) => seqOf(a) - seqOf(b));
    for (const index of order) visit(shardOf[index]!, index - firsts[shardOf[index]!]!);
  }

  #gap(expected: number, seq: number, shard: number, record: number): void {
    const start = this.#bases[shard]! + this.#shards[shard]!.starts[record]!;
    if (seq < expected) this.#problems.add("archive.capture", `The marker ${seq} is there more than once, or out of order.`, { start, end: start + 4 });
    else {
      if (this.#lost === 0) this.#lostFirst = expected;
      this.#lost += seq - expected;
    }
    // Another file may have been named in what is missing, and contents of any that was open.
    this.#current = -1;
    this.#gaps++;
  }

  #take(shard: number, record: number): void {
    const { contents, ends, kinds, names, source, starts } = this.#shards[shard]!;
    const base = this.#bases[shard]!;
    const owner = (): void => void (this.#owners[shard]![record] = this.#current);
    switch (kinds[record]!) {
      case "filename":
        this.#name(names.get(record)!, { start: base + starts[record]!, end: base + contents[record]! });
        owner();
        return;
      case "data": {
        owner();
        const start = contents[record]!;
        const end = Math.min(ends[record]!, source.size);
        const file = this.files[this.#current];
        if (file === undefined) {
          if (!this.#isFull) this.#ownerless += end - start;
          return;
        }
        if (file.gaps !== this.#gaps) {
          file.misplaced += end - start;
          this.#owners[shard]![record] = -1;
          return;
        }
        if (end > start) file.data.push({ at: file.size, start: base + start, end: base + end });
        file.size += end - start;
        if (end < ends[record]!) {
          file.isDoubtful = true;
          this.#problems.add("archive.member-cut", `The contents of ${quoted(file.name)} are cut off: ${end - start} of ${ends[record]! - start} bytes are there.`, { start: base + start, end: base + end, member: this.#current });
        }
        return;
      }
      case "file-end": {
        owner();
        const file = this.files[this.#current];
        if (file === undefined) return;
        file.isEnded = true;
        if (file.gaps !== this.#gaps) file.isDoubtful = true;
        this.#open.delete(file.name);
        this.#current = -1;
        return;
      }
      case "image-end":
        this.#isEnded = true;
    }
  }

  #name(name: string, header: File["header"]): void {
    const open = this.#open.get(name);
    if (open !== undefined) {
      this.#current = open;
      return;
    }
    const member = this.files.length;
    if (member >= this.#mostMembers) {
      if (!this.#isFull) this.#problems.add("archive.members", `The capture has more than ${this.#mostMembers} files; the rest are not listed.`, header);
      this.#isFull = true;
      this.#current = -1;
      return;
    }
    const why = unsafePath(name);
    if (why !== undefined) this.#problems.addMember("archive.path", `file names are unsafe (${why})`, name, `${quoted(name)} is an unsafe name: ${why}.`, { ...header, member });
    if (this.#named.has(labelOf(name))) this.#problems.addMember("archive.duplicate", "files are in the capture more than once", name, `${quoted(name)} is in the capture more than once.`, { ...header, member });
    this.#named.add(labelOf(name));
    // What was lost before may have named the file too, and begun it.
    this.files.push({ name, header, data: [], size: 0, isEnded: false, isDoubtful: this.#gaps > 0, gaps: this.#gaps, misplaced: 0 });
    this.#open.set(name, member);
    this.#current = member;
  }

  #report(): void {
    for (const [shard, { end, kinds, name, source }] of this.#shards.entries()) {
      const at = { start: this.#bases[shard]! + end, end: this.#bases[shard]! + source.size };
      const why = kinds.length === MOST_MARKERS ? `has more markers than the ${MOST_MARKERS} that are read` : "has no marker";
      if (end < source.size) this.#problems.add("archive.capture", `From byte ${end} on, ${quoted(name)} ${why}: ${source.size - end} bytes cannot be read.`, at);
    }
    if (this.#lost > 0) this.#problems.add("archive.capture", `${this.#lost} markers are missing, the first of them number ${this.#lostFirst}: a shard is not here, or one is cut off.`);
    if (this.#ownerless > 0) this.#problems.add("archive.capture", `${this.#ownerless} bytes of contents belong to a file that the missing markers name.`);
    if (!this.#isEnded) this.#problems.add("archive.capture", "The capture ends without the marker of its end.");
    for (const [member, { header, isDoubtful, isEnded, misplaced, name, size }] of this.files.entries()) {
      if (isEnded && !isDoubtful) continue;
      const further = misplaced === 0 ? "" : `; of ${misplaced} more, the place in it is not known`;
      this.#problems.add("archive.member-cut", `${quoted(name)} may not be whole: ${isEnded ? "markers are missing before or in it" : "the marker of its end is missing"}. ${size} bytes of it are there${further}.`, { ...header, member });
    }
  }

  parts(): PartList {
    const parts = new PartList();
    for (const [shard, { contents, end, ends, kinds, source }] of this.#shards.entries()) {
      const base = this.#bases[shard]!;
      for (let record = 0; record < kinds.length; record++) {
        const owner = this.#owners[shard]![record]!;
        parts.add("marker", base + contents[record]!, owner);
        parts.add(owner < 0 && kinds[record] === "data" ? "unknown" : "contents", base + Math.min(ends[record]!, source.size), owner);
      }
      if (end < source.size) parts.add("unknown", base + source.size);
    }
    return parts;
  }
}
