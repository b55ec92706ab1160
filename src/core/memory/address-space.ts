/**
 * One address space: what stands at every address from 0 to 2^64. Built from the finished tables, so that all formats share
 * it. Nothing is read but the bytes that are asked for.
 */
import { readAround, type Lost } from "../bytes/refused-bytes.ts";
import { span } from "../bytes/span.ts";
import type { MemoryBytes, MemoryPiece, PieceKind } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { UNSAVED } from "../model/page-place.ts";
import type { PageIndex, PageRuns } from "./page-runs.ts";

export const ADDRESS_END = 1n << 64n;

/**
 * What a stretch of addresses is: pages in this image or in a parent, pages that were lost or lie behind the end of their
 * file; never written, as in the mapped file, or absent by the rule of the region; a guard; behind the end of shared memory.
 */
export const STRETCH = { image: 0, parent: 1, lost: 2, cut: 3, zero: 4, file: 5, absent: 6, guard: 7, beyond: 8, unmapped: 9 } as const;
export type Stretch = (typeof STRETCH)[keyof typeof STRETCH];

/** `runs` and `at`: the run of pages, where it is one. `shared`: the memory that it belongs to, if not the space's own. */
export type VisitStretch = (from: bigint, to: bigint, what: Stretch, region: SpaceRegion | undefined, shared: SharedMemory | undefined, runs: PageRuns | undefined, at: number) => boolean;

/** Pieces that are made at once. */
const PIECES_AT_ONCE = 256;

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
  /** Regions that the image announces and does not have: what is not mapped by the others may be theirs. */
  readonly missing: number;
  readonly #byRow: ReadonlyMap<number, SpaceRegion>;
  readonly #guards: readonly Cover[];

  /** `announced`: how many regions the image says that there are. */
  constructor(checkpoint: Checkpoint, index: PageIndex, row: number, regionRows: readonly number[], announced: number) {
    this.#checkpoint = checkpoint;
    this.#index = index;
    this.row = row;
    this.#pages = index.ofSpace(row);
    this.regions = regionRows.map((region) => regionOf(checkpoint, region)).filter(({ start, end }) => end > start).sort((a, b) => compare(a.start, b.start) || a.row - b.row);
    this.missing = Math.max(0, announced - regionRows.length);
    this.#byRow = new Map(this.regions.map((region) => [region.row, region]));
    this.#guards = coverOf(this.regions.filter(({ isGuard }) => isGuard));
    this.cover = coverOf(this.regions.filter(({ isGuard }) => !isGuard));
  }

  /** A region by its row. */
  region(row: number): SpaceRegion | undefined {
    return this.#byRow.get(row);
  }

  /** The part of a region that it has for itself: none where earlier ones lie over all of it. */
  partOf(region: SpaceRegion): Cover | undefined {
    const list = region.isGuard ? this.#guards : this.cover;
    const found = list[firstBehind(list, region.end - 1n)];
    return found?.region === region ? found : undefined;
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
    for (let at = start; at < end; ) {
      const pieces = this.pieces(at, end, PIECES_AT_ONCE);
      for (const piece of pieces) {
        if (held !== undefined && goesOn(held, piece)) held = joined(held, piece);
        else {
          if (held !== undefined) yield held;
          held = piece;
        }
      }
      at = pieces.at(-1)!.end;
    }
    if (held !== undefined) yield held;
  }

  /** The first pieces of [start, end), at most `most`, not joined. */
  pieces(start: bigint, end: bigint, most: number): OwnedPiece[] {
    const pieces: OwnedPiece[] = [];
    this.walk(start, end, (from, to, what, region, shared, runs, at) => {
      pieces.push(this.#piece(from, to, what, region, shared, runs, at));
      return pieces.length < most;
    });
    return pieces;
  }

  /**
   * What tiles [start, end), without an object for each stretch: a space may have millions. Ends when `visit` returns false.
   */
  walk(start: bigint, end: bigint, visit: VisitStretch): void {
    let at = start;
    for (let next = firstBehind(this.cover, start); at < end; next++) {
      const cover = this.cover[next];
      if (cover === undefined || cover.start >= end) {
        this.#walkPages(at, end, undefined, visit);
        return;
      }
      if (cover.start > at && !this.#walkPages(at, cover.start, undefined, visit)) return;
      const to = cover.end < end ? cover.end : end;
      if (!this.#walkPages(cover.start > at ? cover.start : at, to, cover.region, visit)) return;
      at = to;
    }
  }

  /** Pages of the space itself; between them what backs the region. */
  #walkPages(from: bigint, to: bigint, region: SpaceRegion | undefined, visit: VisitStretch): boolean {
    const { starts, lasts, length } = this.#pages;
    let at = from;
    for (let next = this.#pages.firstBehind(from); next < length; next++) {
      const start = starts[next]!;
      if (start >= to) break;
      if (start > at) {
        if (!this.#walkBehind(at, start, region, visit)) return false;
        at = start;
      }
      const last = lasts[next]! + 1n;
      const end = last < to ? last : to;
      if (!this.#walkRun(at, end, region, undefined, this.#pages, next, at - start, visit)) return false;
      at = end;
    }
    return at >= to || this.#walkBehind(at, to, region, visit);
  }

  #walkBehind(from: bigint, to: bigint, region: SpaceRegion | undefined, visit: VisitStretch): boolean {
    // Where regions are lost nobody knows what was mapped.
    if (region === undefined) return visit(from, to, this.regions.length === 0 || this.missing > 0 ? STRETCH.absent : STRETCH.unmapped, undefined, undefined, undefined, -1);
    const { shared } = region;
    if (shared === undefined) return this.#walkUnsaved(from, to, region, visit);
    const runs = this.#index.ofObject(shared.row, shared.id);
    /** From a place in the object to an address. */
    const shift = region.start - region.offset;
    // The last page is mapped whole.
    const page = BigInt(this.#checkpoint.identity.pageSize);
    const limit = region.sharedSize === undefined ? to : ((region.sharedSize + page - 1n) / page) * page + shift;
    let at = from;
    for (let next = runs.firstBehind(from - shift); next < runs.length; next++) {
      const start = runs.starts[next]! + shift;
      if (start >= to) break;
      if (start > at) {
        if (!this.#walkHole(at, start, limit, region, visit)) return false;
        at = start;
      }
      const last = runs.lasts[next]! + 1n + shift;
      const end = last < to ? last : to;
      if (!this.#walkRun(at, end, region, shared, runs, next, at - start, visit)) return false;
      at = end;
    }
    return at >= to || this.#walkHole(at, to, limit, region, visit);
  }

  /** A part of shared memory that has no pages: never written, or behind the end of the object. */
  #walkHole(from: bigint, to: bigint, limit: bigint, region: SpaceRegion, visit: VisitStretch): boolean {
    const inside = limit < from ? from : limit < to ? limit : to;
    if (inside > from && !this.#walkUnsaved(from, inside, region, visit)) return false;
    return inside >= to || visit(inside, to, STRETCH.beyond, region, undefined, undefined, -1);
  }

  #walkUnsaved(from: bigint, to: bigint, region: SpaceRegion, visit: VisitStretch): boolean {
    const usual = region.unsaved === UNSAVED.zero ? STRETCH.zero : region.unsaved === UNSAVED.file ? STRETCH.file : STRETCH.absent;
    let at = from;
    for (let next = firstBehind(this.#guards, from); next < this.#guards.length; next++) {
      const guard = this.#guards[next]!;
      if (guard.start >= to) break;
      if (guard.start > at) {
        if (!visit(at, guard.start, usual, region, undefined, undefined, -1)) return false;
        at = guard.start;
      }
      const end = guard.end < to ? guard.end : to;
      if (!visit(at, end, STRETCH.guard, guard.region, undefined, undefined, -1)) return false;
      at = end;
    }
    return at >= to || visit(at, to, usual, region, undefined, undefined, -1);
  }

  /** A run of pages from its byte `skip` on, cut where the file ends: a place in the file is not to be trusted. */
  #walkRun(from: bigint, to: bigint, region: SpaceRegion | undefined, shared: SharedMemory | undefined, runs: PageRuns, at: number, skip: bigint, visit: VisitStretch): boolean {
    const stored = runs.stored(at);
    if (stored < 0) return visit(from, to, STRETCH.lost, region, shared, runs, at);
    const what = runs.depth(at) > 0 ? STRETCH.parent : STRETCH.image;
    // The run may begin before the address from which it won.
    const room = stored - Number(skip + runs.before(at));
    if (room >= Number(to - from)) return visit(from, to, what, region, shared, runs, at);
    const there = room <= 0 ? from : from + BigInt(room);
    if (there > from && !visit(from, there, what, region, shared, runs, at)) return false;
    return visit(there, to, STRETCH.cut, region, shared, runs, at);
  }

  #piece(start: bigint, end: bigint, what: Stretch, region: SpaceRegion | undefined, shared: SharedMemory | undefined, runs: PageRuns | undefined, at: number): OwnedPiece {
    const base = { start, end, depth: 0, region: region?.row ?? -1, object: region?.shared?.row ?? -1, shared: undefined };
    switch (what) {
      case STRETCH.image:
      case STRETCH.parent: {
        const { file, offset, depth } = runs!.place(at, shared === undefined ? start : start - region!.start + region!.offset);
        return { ...base, kind: "image", depth, object: shared?.row ?? -1, shared, span: span(file, offset, offset + Number(end - start)) };
      }
      case STRETCH.lost:
        return { ...base, kind: "absent", depth: runs!.depth(at), object: shared?.row ?? -1, shared, why: runs!.why(at) };
      case STRETCH.cut:
        return { ...base, kind: "absent", depth: runs!.depth(at), object: shared?.row ?? -1, shared, why: "missing: the file ends here" };
      case STRETCH.zero:
        return { ...base, kind: "zero", why: "zero: never written" };
      case STRETCH.file: {
        const fileOffset = BigInt.asUintN(64, region!.offset + (start - region!.start));
        return { ...base, kind: "file", why: `as in ${region!.path ?? "the mapped file"}, which is not in the image`, ...(region!.path === undefined ? {} : { path: region!.path }), fileOffset };
      }
      case STRETCH.absent:
        return { ...base, kind: "absent", why: region === undefined ? this.#whyUnknown() : (region.unsaved ?? "not known: the format does not say what pages are that it did not save") };
      case STRETCH.guard:
        return { ...base, kind: "absent", why: "guard: an access is a fault" };
      case STRETCH.beyond:
        return { ...base, kind: "absent", why: "behind the end of the shared memory: an access is a fault" };
      case STRETCH.unmapped:
        return { ...base, kind: "unmapped", why: "not mapped" };
    }
  }

  #whyUnknown(): string {
    return this.regions.length === 0 ? "not known: the image has no regions of this task" : `not known: ${this.missing} of the task's regions are not in the image`;
  }

  /** Bytes of [start, end). Callers bound the length. */
  async read(start: bigint, end: bigint, signal?: AbortSignal): Promise<MemoryBytes> {
    const pieces = this.#joinedPieces(start, end);
    const first = pieces[0];
    // Mostly one piece: no copy.
    if (pieces.length === 1 && first!.kind === "image") {
      const { bytes, lost } = await this.#fetch(first!, signal);
      return { start, bytes, pieces: piecesAround(first!, lost) };
    }
    const bytes = new Uint8Array(Number(end - start));
    const known = await Promise.all(
      pieces.map(async (piece) => {
        if (piece.kind !== "image") return [piece];
        const fetched = await this.#fetch(piece, signal);
        bytes.set(fetched.bytes, Number(piece.start - start));
        return piecesAround(piece, fetched.lost);
      }),
    );
    return { start, bytes, pieces: known.flat() };
  }

  #joinedPieces(start: bigint, end: bigint): OwnedPiece[] {
    // Most reads lie in one run of pages.
    const first = this.pieces(start, end, 1);
    return first.length === 0 || first[0]!.end === end ? first : [...this.resolve(start, end)];
  }

  async #fetch(piece: MemoryPiece, signal: AbortSignal | undefined): ReturnType<typeof readAround> {
    const { file, start, end } = piece.span!;
    const read = await readAround(this.#checkpoint.files[file]!.source, start, end, signal);
    if (read.bytes.length < end - start) throw new Error("The file became shorter while it was read.");
    return read;
  }
}

/** A piece with bytes of its image, cut where they are lost. */
function piecesAround(piece: OwnedPiece, lost: readonly Lost[]): OwnedPiece[] {
  const { span: all, ...rest } = piece;
  const { file, start, end } = all!;
  const pieces: OwnedPiece[] = [];
  const addressOf = (position: number): bigint => piece.start + BigInt(position - start);
  let at = start;
  const upTo = (position: number): void => {
    if (position > at) pieces.push({ ...piece, start: addressOf(at), end: addressOf(position), span: span(file, at, position) });
  };
  for (const hole of lost) {
    upTo(hole.start);
    pieces.push({ ...rest, kind: "absent", start: addressOf(hole.start), end: addressOf(hole.end), why: `missing: ${hole.why}` });
    at = hole.end;
  }
  upTo(end);
  return pieces;
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
