/** The map of an address space as lines of /proc/PID/maps with what is there of each, and as cells of a picture. */
import type { MapLine, MemoryMap, MemoryStrip, MemorySums } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { STRETCH, type AddressSpace, type SpaceRegion, type Stretch } from "./address-space.ts";
import { knownProt, protText } from "./names.ts";
import type { SpaceList } from "./space-list.ts";

/** Shares of a cell, in the order of the strip. */
const SHARES = ["image", "parent", "zero", "file", "absent"] as const;
export const STRIP_SHARES = SHARES.length;
const ABSENT = SHARES.indexOf("absent");
const MOST_CELLS = 65_536;

/** By kind of stretch; -1 is not counted. */
const SHARE_OF: Readonly<Record<Stretch, number>> = {
  [STRETCH.image]: 0, [STRETCH.parent]: 1, [STRETCH.zero]: 2, [STRETCH.file]: 3,
  [STRETCH.lost]: 4, [STRETCH.cut]: 4, [STRETCH.absent]: 4, [STRETCH.guard]: 4, [STRETCH.beyond]: 4, [STRETCH.unmapped]: -1,
};

/** Counts bytes by where they are. */
class Counter {
  readonly #counts: bigint[] = SHARES.map(() => 0n);

  add(what: Stretch, bytes: bigint): void {
    const share = SHARE_OF[what];
    if (share >= 0) this.#counts[share]! += bytes;
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
    let absentAt: bigint | undefined;
    // Where regions overlap each byte counts once, with the region that has it.
    const part = this.#space.partOf(region);
    this.#space.walk(part?.start ?? 0n, part?.end ?? 0n, (from, to, what) => {
      counter.add(what, to - from);
      if (SHARE_OF[what] === ABSENT) absentAt ??= from;
      return true;
    });
    const why = absentAt === undefined ? undefined : this.#space.pieces(absentAt, absentAt + 1n, 1)[0]?.why;
    const kind = regions.text(region.row, "kind") ?? "";
    return {
      region: region.row,
      start: region.start,
      end: region.end,
      prot: protText(knownProt(this.#checkpoint, region.row)),
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
    const base = position - start;
    let at = Number(position / cell);
    let border = BigInt(at + 1) * cell;
    space.walk(start, end, (first, last, what) => {
      const share = SHARE_OF[what];
      const to = base + last;
      for (let from = base + first; from < to; ) {
        const stop = border < to ? border : to;
        bytes[at * STRIP_SHARES + share]! += Number(stop - from);
        from = stop;
        if (from === border) {
          at++;
          border += cell;
        }
      }
      return true;
    });
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
