/** The map of an address space as lines of /proc/PID/maps with what is there of each, and as cells of a picture. */
import type { MapLine, MemoryMap, MemoryStrip, MemorySums } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { AddressSpace, OwnedPiece, SpaceRegion } from "./address-space.ts";
import { protBits, protText } from "./names.ts";
import type { SpaceList } from "./space-list.ts";

/** Shares of a cell, in the order of the strip. */
const SHARES = ["image", "parent", "zero", "file", "absent"] as const;
export const STRIP_SHARES = SHARES.length;
const MOST_CELLS = 65_536;

function shareOf({ kind, depth }: OwnedPiece): number {
  switch (kind) {
    case "image":
      return depth > 0 ? 1 : 0;
    case "zero":
      return 2;
    case "file":
      return 3;
    default:
      return 4;
  }
}

/** Counts bytes by where they are. */
class Counter {
  readonly #counts: bigint[] = SHARES.map(() => 0n);

  add(piece: OwnedPiece): void {
    if (piece.kind !== "unmapped") this.#counts[shareOf(piece)]! += piece.end - piece.start;
  }

  addAll(sums: MemorySums): void {
    for (const [at, share] of SHARES.entries()) this.#counts[at]! += sums[share];
  }

  get sums(): MemorySums {
    const [image, parent, zero, file, absent] = this.#counts;
    return { image: image!, parent: parent!, zero: zero!, file: file!, absent: absent! };
  }
}

export class MapLines {
  readonly #checkpoint: Checkpoint;
  readonly #space: AddressSpace;
  readonly #lines: (MapLine | undefined)[] = [];
  #map: MemoryMap | undefined;

  constructor(checkpoint: Checkpoint, space: AddressSpace) {
    this.#checkpoint = checkpoint;
    this.#space = space;
  }

  get length(): number {
    return this.#space.regions.length;
  }

  line(at: number): MapLine {
    this.#lines[at] ??= this.#make(this.#space.regions[at]!);
    return this.#lines[at];
  }

  #make(region: SpaceRegion): MapLine {
    const regions = this.#checkpoint.tables.get("regions");
    const counter = new Counter();
    let why: string | undefined;
    for (const piece of this.#space.resolve(region.start, region.end)) {
      counter.add(piece);
      if (piece.kind === "absent") why ??= piece.why;
    }
    const kind = regions.text(region.row, "kind") ?? "";
    return {
      region: region.row,
      start: region.start,
      end: region.end,
      prot: protText(protBits(this.#checkpoint, region.row)),
      offset: region.path === undefined || region.path.startsWith("[") ? 0n : region.offset,
      kind,
      path: region.path ?? "",
      sums: counter.sums,
      ...(why === undefined ? {} : { why }),
    };
  }

  summary(list: SpaceList): MemoryMap {
    if (this.#map === undefined) {
      const counter = new Counter();
      let mapped = 0n;
      for (let at = 0; at < this.length; at++) {
        const line = this.line(at);
        // Guards lie over other regions, whose bytes are counted there.
        if (this.#space.regions[at]!.isGuard) continue;
        counter.addAll(line.sums);
        mapped += line.end - line.start;
      }
      this.#map = { ...list.info(this.#space.row), lines: this.length, mapped, sums: counter.sums };
    }
    return this.#map;
  }
}

/** Mapped memory in cells of one size, gaps left out. */
export function stripOf(space: AddressSpace, pageSize: number, wanted: number): MemoryStrip {
  const ranges = mappedRanges(space);
  const total = ranges.reduce((sum, { start, end }) => sum + (end - start), 0n);
  const count = Math.max(1, Math.min(MOST_CELLS, Math.floor(wanted)));
  const page = BigInt(pageSize);
  const rough = (total + BigInt(count) - 1n) / BigInt(count);
  const cell = rough <= page ? page : ((rough + page - 1n) / page) * page;
  const cells = Number((total + cell - 1n) / cell);
  const bytes = new Float64Array(cells * STRIP_SHARES);
  const starts = new BigUint64Array(cells);
  const gaps: number[] = [];
  let position = 0n;
  let marked = 0;
  for (const { start, end } of ranges) {
    if (position > 0n) gaps.push(Number(position / cell));
    for (; marked < cells && BigInt(marked) * cell < position + (end - start); marked++) starts[marked] = start + (BigInt(marked) * cell - position);
    for (const piece of space.resolve(start, end)) {
      let from = position + (piece.start - start);
      const to = position + (piece.end - start);
      while (from < to) {
        const at = from / cell;
        const stop = (at + 1n) * cell < to ? (at + 1n) * cell : to;
        bytes[Number(at) * STRIP_SHARES + shareOf(piece)]! += Number(stop - from);
        from = stop;
      }
    }
    position += end - start;
  }
  const shares = new Uint8Array(cells * STRIP_SHARES);
  for (let at = 0; at < cells; at++) {
    const size = Number(at === cells - 1 ? total - BigInt(at) * cell : cell);
    for (let share = 0; share < STRIP_SHARES; share++) {
      const part = bytes[at * STRIP_SHARES + share]! / size;
      // What is there at all must be seen.
      shares[at * STRIP_SHARES + share] = part > 0 ? Math.max(1, Math.min(255, Math.round(part * 255))) : 0;
    }
  }
  return { cell, shares, starts, gaps: [...new Set(gaps)] };
}

/** Stretches of neighbouring regions. */
function mappedRanges(space: AddressSpace): { start: bigint; end: bigint }[] {
  const ranges: { start: bigint; end: bigint }[] = [];
  for (const { start, end, isGuard } of space.regions) {
    if (isGuard) continue;
    const last = ranges.at(-1);
    if (last !== undefined && start <= last.end) {
      if (end > last.end) last.end = end;
    } else ranges.push({ start, end });
  }
  return ranges;
}
