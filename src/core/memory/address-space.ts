/**
 * One address space: what stands at every address from 0 to 2^64. Built from the finished tables, so that all formats share
 * it. Nothing is read but the bytes that are asked for.
 */
import { span } from "../bytes/span.ts";
import type { MemoryBytes, MemoryPiece, PieceKind } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { UNSAVED } from "../model/page-place.ts";
import type { PageIndex, PageRun, PageRuns } from "./page-runs.ts";

export const ADDRESS_END = 1n << 64n;

/** A piece, and which of several owners its bytes belong to: the key of a shared object, or undefined for private memory. */
export interface OwnedPiece extends MemoryPiece {
  readonly shared: SharedMemory | undefined;
}

/** Shared memory by its row, or where a format has none, by its id. */
export interface SharedMemory {
  readonly row: number;
  readonly id: number;
}

/** A region as the space sees it. Where regions overlap, the earlier one wins; guards lie over the others. */
export interface SpaceRegion {
  readonly row: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly isGuard: boolean;
  /** Bytes into the file or object that backs it. */
  readonly offset: bigint;
  readonly shared: SharedMemory | undefined;
  /** Bytes of the object; undefined when they are not known. */
  readonly sharedSize: bigint | undefined;
  readonly unsaved: string | undefined;
  readonly path: string | undefined;
}

export class AddressSpace {
  readonly row: number;
  /** All regions in order of address, guards and overlaps included. */
  readonly regions: readonly SpaceRegion[];
  readonly #checkpoint: Checkpoint;
  readonly #index: PageIndex;
  readonly #pages: PageRuns;
  /** Regions without guards, cut so that they lie apart. */
  readonly cover: readonly Cover[];
  readonly #guards: readonly Cover[];

  constructor(checkpoint: Checkpoint, index: PageIndex, row: number, regionRows: readonly number[]) {
    this.#checkpoint = checkpoint;
    this.#index = index;
    this.row = row;
    this.#pages = index.ofSpace(row);
    this.regions = regionRows.map((region) => regionOf(checkpoint, region)).filter(({ start, end }) => end > start).sort((a, b) => compare(a.start, b.start) || a.row - b.row);
    this.#guards = coverOf(this.regions.filter(({ isGuard }) => isGuard));
    this.cover = coverOf(this.regions.filter(({ isGuard }) => !isGuard));
  }

  /** The region that holds an address, guards left out. */
  regionAt(address: bigint): SpaceRegion | undefined {
    const found = this.cover[firstBehind(this.cover, address)];
    return found !== undefined && found.start <= address ? found.region : undefined;
  }

  guardAt(address: bigint): SpaceRegion | undefined {
    const found = this.#guards[firstBehind(this.#guards, address)];
    return found !== undefined && found.start <= address ? found.region : undefined;
  }

  /** The nearest regions that end at or below an address, and begin above it. */
  neighbours(address: bigint): { readonly below: SpaceRegion | undefined; readonly above: SpaceRegion | undefined } {
    const at = firstBehind(this.cover, address);
    const next = this.cover[at];
    return { below: this.cover[at - 1]?.region, above: next !== undefined && next.start > address ? next.region : this.cover[at + 1]?.region };
  }

  /** Pieces that tile [start, end), those that go on in the same file joined. */
  *resolve(start: bigint, end: bigint): Generator<OwnedPiece> {
    let held: OwnedPiece | undefined;
    for (const piece of this.#pieces(start, end)) {
      if (held === undefined) held = piece;
      else if (goesOn(held, piece)) held = joined(held, piece);
      else {
        yield held;
        held = piece;
      }
    }
    if (held !== undefined) yield held;
  }

  *#pieces(start: bigint, end: bigint): Generator<OwnedPiece> {
    let at = start;
    for (let next = firstBehind(this.cover, start); at < end; next++) {
      const cover = this.cover[next];
      if (cover === undefined || cover.start >= end) {
        yield* this.#private(at, end, undefined);
        return;
      }
      if (cover.start > at) {
        yield* this.#private(at, cover.start, undefined);
        at = cover.start;
      }
      const to = cover.end < end ? cover.end : end;
      yield* this.#private(at, to, cover.region);
      at = to;
    }
  }

  /** Pages of the space itself; between them what backs the region. */
  *#private(from: bigint, to: bigint, region: SpaceRegion | undefined): Generator<OwnedPiece> {
    let at = from;
    for (let next = this.#pages.firstBehind(from); next < this.#pages.length && at < to; next++) {
      if (this.#pages.starts[next]! >= to) break;
      const run = this.#pages.part(next, at, to);
      if (run.start > at) yield* this.#behind(at, run.start, region);
      yield* this.#stored(run, run.start, region, undefined);
      at = run.end;
    }
    if (at < to) yield* this.#behind(at, to, region);
  }

  *#behind(from: bigint, to: bigint, region: SpaceRegion | undefined): Generator<OwnedPiece> {
    if (region === undefined) {
      yield { start: from, end: to, kind: "unmapped", depth: 0, region: -1, object: -1, why: "not mapped", shared: undefined };
      return;
    }
    if (region.shared === undefined) {
      yield* this.#unsaved(from, to, region);
      return;
    }
    const { shared, sharedSize } = region;
    const runs = this.#index.ofObject(shared.row, shared.id);
    /** From a place in the object to an address. */
    const shift = region.start - region.offset;
    const size = sharedSize === undefined ? to - shift : sharedSize;
    let at = from;
    for (let next = runs.firstBehind(from - shift); next < runs.length && at < to; next++) {
      if (runs.starts[next]! >= to - shift) break;
      const run = runs.part(next, at - shift, to - shift);
      if (run.start + shift > at) yield* this.#hole(at, run.start + shift, region, size + shift);
      yield* this.#stored(run, run.start + shift, region, shared);
      at = run.end + shift;
    }
    if (at < to) yield* this.#hole(at, to, region, size + shift);
  }

  /** A part of shared memory that has no pages: never written, or behind the end of the object. */
  *#hole(from: bigint, to: bigint, region: SpaceRegion, objectEnd: bigint): Generator<OwnedPiece> {
    // The last page is mapped whole.
    const page = BigInt(this.#checkpoint.identity.pageSize);
    const limit = ((objectEnd + page - 1n) / page) * page;
    const inside = limit < from ? from : limit < to ? limit : to;
    if (inside > from) yield* this.#unsaved(from, inside, region);
    if (inside < to) yield { start: inside, end: to, kind: "absent", depth: 0, region: region.row, object: region.shared?.row ?? -1, why: "behind the end of the shared memory: an access is a fault", shared: undefined };
  }

  *#unsaved(from: bigint, to: bigint, region: SpaceRegion): Generator<OwnedPiece> {
    const base = { depth: 0, region: region.row, object: region.shared?.row ?? -1, shared: undefined };
    let at = from;
    for (let next = firstBehind(this.#guards, from); next < this.#guards.length; next++) {
      const guard = this.#guards[next]!;
      if (guard.start >= to) break;
      const begin = guard.start > at ? guard.start : at;
      const end = guard.end < to ? guard.end : to;
      if (begin > at) yield this.#default(at, begin, region, base);
      yield { ...base, start: begin, end, kind: "absent", region: guard.region.row, why: "guard: an access is a fault" };
      at = end;
    }
    if (at < to) yield this.#default(at, to, region, base);
  }

  #default(start: bigint, end: bigint, region: SpaceRegion, base: Pick<OwnedPiece, "depth" | "region" | "object" | "shared">): OwnedPiece {
    switch (region.unsaved) {
      case UNSAVED.zero:
        return { ...base, start, end, kind: "zero", why: "zero: never written" };
      case UNSAVED.file: {
        const fileOffset = BigInt.asUintN(64, region.offset + (start - region.start));
        return { ...base, start, end, kind: "file", why: `as in ${region.path ?? "the mapped file"}, which is not in the image`, ...(region.path === undefined ? {} : { path: region.path }), fileOffset };
      }
      default:
        return { ...base, start, end, kind: "absent", why: region.unsaved ?? "not known: the format does not say what pages are that it did not save" };
    }
  }

  /** A run of pages, cut where the file ends: a place in the file is not to be trusted. */
  *#stored(run: PageRun, start: bigint, region: SpaceRegion | undefined, shared: SharedMemory | undefined): Generator<OwnedPiece> {
    const end = start + (run.end - run.start);
    const base = { depth: run.depth, region: region?.row ?? -1, object: shared?.row ?? -1, shared };
    if (run.file < 0) {
      yield { ...base, start, end, kind: "absent", why: run.why! };
      return;
    }
    const size = this.#checkpoint.files[run.file]?.source.size ?? 0;
    const room = BigInt(Math.max(0, size - run.offset));
    const there = start + room < end ? start + room : end;
    if (there > start) yield { ...base, start, end: there, kind: "image", span: span(run.file, run.offset, run.offset + Number(there - start)) };
    if (there < end) yield { ...base, start: there, end, kind: "absent", why: "missing: the file ends here" };
  }

  /** Bytes of [start, end). Callers bound the length. */
  async read(start: bigint, end: bigint, signal?: AbortSignal): Promise<MemoryBytes> {
    const pieces = [...this.resolve(start, end)];
    const first = pieces[0];
    // Mostly one piece: no copy.
    if (pieces.length === 1 && first!.kind === "image") return { start, bytes: await this.#fetch(first!, signal), pieces };
    const bytes = new Uint8Array(Number(end - start));
    await Promise.all(
      pieces.map(async (piece) => {
        if (piece.kind === "image") bytes.set(await this.#fetch(piece, signal), Number(piece.start - start));
      }),
    );
    return { start, bytes, pieces };
  }

  async #fetch(piece: MemoryPiece, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { file, start, end } = piece.span!;
    return await this.#checkpoint.files[file]!.source.read(start, end, signal);
  }
}

/** The part of a region that it has for itself. */
export interface Cover {
  readonly start: bigint;
  readonly end: bigint;
  readonly region: SpaceRegion;
}

/** Regions in order of address, cut so that they lie apart: the earlier one wins. */
function coverOf(regions: readonly SpaceRegion[]): Cover[] {
  const cover: Cover[] = [];
  let covered = 0n;
  for (const region of regions) {
    if (region.end <= covered) continue;
    cover.push({ start: region.start < covered ? covered : region.start, end: region.end, region });
    covered = region.end;
  }
  return cover;
}

/** Place of the first that ends behind an address. */
function firstBehind(cover: readonly Cover[], address: bigint): number {
  let low = 0;
  let high = cover.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cover[middle]!.end <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function goesOn(a: OwnedPiece, b: OwnedPiece): boolean {
  if (a.kind !== b.kind || a.region !== b.region || a.object !== b.object || a.depth !== b.depth || a.why !== b.why || a.shared !== b.shared) return false;
  return a.span === undefined || (a.span.file === b.span!.file && a.span.end === b.span!.start);
}

function joined(a: OwnedPiece, b: OwnedPiece): OwnedPiece {
  return { ...a, end: b.end, ...(a.span === undefined ? {} : { span: span(a.span.file, a.span.start, b.span!.end) }) };
}

export const PIECE_KINDS: readonly PieceKind[] = ["image", "zero", "file", "absent", "unmapped"];

function regionOf({ tables }: Checkpoint, row: number): SpaceRegion {
  const regions = tables.get("regions");
  const big = (column: string): bigint => regions.big(row, column);
  const object = regions.number(row, "memory_object");
  const inode = regions.number(row, "shared_inode");
  const pageSize = regions.number(row, "page_size");
  const size = regions.column("shared_size").value(row);
  const isShared = object >= 0 || inode > 0;
  const objectSize = object >= 0 ? tables.get("memory_objects").column("size").value(object) : size;
  const path = regions.text(row, "path") ?? (regions.number(row, "file") >= 0 ? tables.get("files").text(regions.number(row, "file"), "path") : undefined);
  return {
    row,
    start: big("start"),
    end: big("end"),
    isGuard: regions.text(row, "kind") === "guard",
    offset: big("pgoff") * BigInt(Number.isNaN(pageSize) ? 1 : pageSize),
    shared: isShared ? { row: object, id: object >= 0 ? -1 : inode } : undefined,
    sharedSize: isShared && typeof objectSize === "bigint" ? objectSize : undefined,
    unsaved: regions.text(row, "unsaved"),
    path,
  };
}
