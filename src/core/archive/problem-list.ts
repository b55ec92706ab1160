import type { ArchiveProblemCode } from "./archive-problems.ts";
import type { ArchiveProblem } from "./opened-archive.ts";

/** Complaints of one code that are kept; a hostile archive could make a million of them. */
const MOST_OF_A_CODE = 1000;

/** Problems in the order in which they were met, so many of each code and no more. */
export class ProblemList {
  readonly list: ArchiveProblem[] = [];
  readonly #counts = new Map<ArchiveProblemCode, number>();

  add(code: ArchiveProblemCode, message: string, place: Omit<ArchiveProblem, "code" | "message"> = {}): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count <= MOST_OF_A_CODE) this.list.push({ code, message, ...place });
  }

  /** All of them, about bytes of an archive of `size` bytes, with a line for each code of which some were left out. */
  finish(size: number): readonly ArchiveProblem[] {
    for (const [index, { end = 0, start = 0, ...rest }] of this.list.entries()) {
      // What a header promises may lie beyond the end.
      if (end > size || start > size) this.list[index] = { ...rest, start: Math.min(start, size), end: Math.min(end, size) };
    }
    for (const [code, count] of this.#counts) {
      if (count > MOST_OF_A_CODE) this.list.push({ code, message: `${count - MOST_OF_A_CODE} more problems of this kind are not listed.` });
    }
    return this.list;
  }
}
