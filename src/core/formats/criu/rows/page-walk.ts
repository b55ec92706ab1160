/** Entries of pagemaps cut into pieces with one place each, through the parents of an incremental dump. */
import { formatHex } from "../../../schema/show.ts";
import type { CriuSet, ImageFile } from "../criu-set.ts";
import { PE } from "../names.ts";
import type { Pagemap } from "../pagemap.ts";
import type { DamagedPages } from "../unpack-pages.ts";

/** One level of a chain: a pagemap with the file of its pages. */
interface Level {
  readonly map: Pagemap;
  readonly pages: { readonly file: number; readonly size: number } | undefined;
  readonly damaged: readonly DamagedPages[];
}

/** A run of pages with one place. */
export interface Piece {
  readonly address: number;
  readonly pages: number;
  readonly where: "image" | "lazy" | "nowhere" | "no-parent" | "no-file" | "cut" | "shifted" | "damaged";
  readonly depth: number;
  readonly file: number;
  /** Position in the file; -1 when the contents are not there. */
  readonly offset: number;
}

/** Hears of the pieces of an entry, one after the other. */
type OnPiece = (piece: Piece) => void;

/**
 * Steps that resolving may take altogether: pieces, and entries of parents that are passed. Sound sets need one or two for
 * each run and parent; runs that overlap each other, each over millions of runs of a parent, would take days. So many take a
 * few seconds.
 */
export const MOST_STEPS = 200_000_000;

export class Budget {
  #left = MOST_STEPS;

  /** False when it is used up. */
  take(): boolean {
    return this.#left-- > 0;
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }
}

/** Cuts entries into pieces with one place each. */
export class PieceWalk {
  readonly #chain: Chain;
  readonly #pageSize: number;
  readonly #budget: Budget;
  readonly #onPiece: OnPiece;

  constructor(chain: Chain, pageSize: number, budget: Budget, onPiece: OnPiece) {
    this.#chain = chain;
    this.#pageSize = pageSize;
    this.#budget = budget;
    this.#onPiece = onPiece;
  }

  /** Pieces of entry `at` of a level, in ascending order. They tile [from, to), unless the budget ends before. */
  entry(depth: number, at: number, from: number, to: number): void {
    const { map, pages, damaged } = this.#chain.level(depth)!;
    const pageSize = this.#pageSize;
    const flags = map.flags[at]!;
    if ((flags & PE.PARENT) !== 0) return this.#parent(depth + 1, from, to);
    if ((flags & PE.PRESENT) === 0) return this.#emit((flags & PE.LAZY) !== 0 ? "lazy" : "nowhere", depth, from, to);
    if (pages === undefined) return this.#emit("no-file", depth, from, to);
    if (map.isShifted(at, pages.size, pageSize)) return this.#emit("shifted", depth, from, to);
    const offset = (map.before[at]! + (from - map.address(at)) / pageSize) * pageSize;
    const whole = from + Math.max(0, Math.min((to - from) / pageSize, Math.floor((pages.size - offset) / pageSize))) * pageSize;
    if (whole > from) this.#stored(depth, from, whole, pages.file, offset, damaged);
    if (whole < to) this.#emit("cut", depth, whole, to);
  }

  /** Contents that are there, but for what cannot be decoded. */
  #stored(depth: number, from: number, to: number, file: number, offset: number, damaged: readonly DamagedPages[]): void {
    let at = from;
    for (let index = firstDamaged(damaged, offset); index < damaged.length && from + damaged[index]!.start - offset < to; index++) {
      const start = Math.max(at, from + damaged[index]!.start - offset);
      const end = Math.min(to, from + damaged[index]!.end - offset);
      if (start > at) this.#emit("image", depth, at, start, file, offset + at - from);
      this.#emit("damaged", depth, start, end);
      at = end;
    }
    if (at < to) this.#emit("image", depth, at, to, file, offset + at - from);
  }

  #emit(where: Piece["where"], depth: number, from: number, to: number, file = -1, offset = -1): void {
    if (this.#budget.take()) this.#onPiece({ address: from, pages: (to - from) / this.#pageSize, where, depth, file, offset });
  }

  #parent(depth: number, from: number, to: number): void {
    const level = this.#chain.level(depth);
    if (level === undefined) return this.#emit("no-parent", depth, from, to);
    const { map } = level;
    const pageSize = this.#pageSize;
    let position = from;
    // Entries that do not ascend may be passed in any number.
    for (let at = map.firstBehind(from, pageSize); at < map.length && position < to && this.#budget.take(); at++) {
      const start = map.address(at);
      if (start >= to) break;
      const end = Math.min(to, map.endAddress(at, pageSize));
      if (end <= position) continue;
      if (start > position) this.#emit("no-parent", depth, position, start);
      this.entry(depth, at, Math.max(start, position), end);
      position = end;
    }
    if (position < to) this.#emit("no-parent", depth, position, to);
  }
}

/** The first that ends behind a position; the length when there is none. */
function firstDamaged(damaged: readonly DamagedPages[], position: number): number {
  let low = 0;
  let high = damaged.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (damaged[middle]!.end <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Pagemaps of the same task or object, from this image up through its parents; looked up when a run leads there. */
export class Chain {
  readonly #set: CriuSet;
  readonly #image: ImageFile;
  readonly #owner: string;
  readonly #levels: (Level | undefined)[] = [];

  constructor(set: CriuSet, image: ImageFile, owner: string) {
    this.#set = set;
    this.#image = image;
    this.#owner = owner;
  }

  /** Undefined where the directory has no pagemap of the number, and behind the last parent. */
  level(depth: number): Level | undefined {
    while (this.#levels.length <= depth) this.#levels.push(this.#look(this.#levels.length));
    return this.#levels[depth];
  }

  #look(depth: number): Level | undefined {
    const { type, number, pagemap } = this.#image;
    const directory = this.#set.directories[depth];
    // Another image of the directory may have the same number, or none too.
    const map = depth === 0 ? pagemap : directory?.image(type.name, number)?.pagemap;
    if (map === undefined) return undefined;
    if (depth > 0) checkParent(this.#set, map, this.#owner, depth);
    const pages = directory!.pages.get(map.pagesId);
    return { map, pages, damaged: (pages === undefined ? undefined : this.#set.damagedPages.get(pages.file)) ?? [] };
  }
}

/** Pages are looked for in parents as if their runs ascended. */
function checkParent({ reader, abi }: CriuSet, map: Pagemap, owner: string, depth: number): void {
  for (let at = 1; at < map.length; at++) {
    const behind = map.endAddress(at - 1, abi.pageSize);
    if (map.address(at) >= behind) continue;
    reader.report("pagemap.order", `In the parent ${depth} up, the run of pages of ${owner} at ${formatHex(map.address(at))} begins before the end of the one before it, ${formatHex(behind)}: pages may seem to be missing.`, reader.fieldOf(map.firstRecord + at, "vaddr"));
    return;
  }
}
