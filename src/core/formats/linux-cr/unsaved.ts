/**
 * What the pages of a region are that the image does not hold. A checkpoint leaves out what was never written and what is as
 * in the mapped file; but where the image is cut off or damaged in the midst of the contents, nobody knows.
 */
import { UNSAVED } from "../../model/page-place.ts";
import type { Span } from "../../bytes/span.ts";
import type { Reader } from "./reader.ts";

const OF_KIND: Readonly<Record<string, string>> = {
  anonymous: UNSAVED.zero, "shared anonymous": UNSAVED.zero, "SysV shm": UNSAVED.zero, hugetlb: UNSAVED.zero,
  "private file": UNSAVED.file, "shared file": UNSAVED.file, vdso: "never saved: the kernel makes these pages anew",
};

const SHARED_KINDS = new Set(["shared anonymous", "SysV shm", "hugetlb"]);

const NEVER_MET = "not known: the contents of the shared memory are not in the image";
const CUT = "not known: the image ends inside the contents";
const DAMAGED = "not known: a part of the contents cannot be read";
const FULL = "not known: there are more runs of pages than are listed";

/** Stretches of the image that hold the contents of a region, of shared memory, or of both. */
interface Stretch {
  readonly region: number;
  readonly inode: number;
  readonly start: number;
  end: number;
}

export class Unsaved {
  readonly #stretches: Stretch[] = [];
  #open: Stretch | undefined;
  /** First region whose runs were not all listed. */
  fullFrom = Infinity;

  /** Contents of a region, or of a segment without one, may follow. */
  begin(region: number, inode: number, start: number): void {
    this.close(start);
    this.#open = { region, inode, start, end: start };
    this.#stretches.push(this.#open);
  }

  /** Something else follows. */
  close(at: number): void {
    if (this.#open !== undefined) this.#open.end = at;
    this.#open = undefined;
  }

  finish(reader: Reader): void {
    const regions = reader.table("regions");
    if (this.#open !== undefined) this.#open.end = reader.size + 1;
    const ofRegion = new Map<number, string>();
    const ofInode = new Map<number, string>();
    const met = new Set<number>();
    for (const stretch of this.#stretches) {
      if (stretch.inode > 0) met.add(stretch.inode);
      const why = stretch.end > reader.size && !reader.complete ? CUT : isTouched(stretch, reader.coverage.runs) ? DAMAGED : undefined;
      if (why === undefined) continue;
      if (stretch.region >= 0) ofRegion.set(stretch.region, why);
      if (stretch.inode > 0) ofInode.set(stretch.inode, why);
    }
    for (let row = 0; row < regions.length; row++) {
      const inode = regions.number(row, "shared_inode");
      const kind = regions.text(row, "kind") ?? "";
      const why = row >= this.fullFrom ? FULL : inode > 0 && SHARED_KINDS.has(kind) ? (met.has(inode) ? ofInode.get(inode) : NEVER_MET) : ofRegion.get(row);
      const usual = OF_KIND[kind];
      if (usual !== undefined) regions.set(row, "unsaved", why ?? usual);
    }
  }
}

/** Whether one of ascending runs lies in a stretch. */
function isTouched({ start, end }: Stretch, runs: readonly Span[]): boolean {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.end <= start) low = middle + 1;
    else high = middle;
  }
  return low < runs.length && runs[low]!.start < end;
}
