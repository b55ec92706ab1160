import type { ArchiveProblemCode } from "./archive-problems.ts";
import { quoted } from "./member-path.ts";
import type { ArchiveProblem } from "./opened-archive.ts";

/** Complaints of one code that are kept; a hostile archive could make a million of them. */
const MOST_OF_A_CODE = 1000;

/** Names of members in a problem of many of them; the rest is counted. */
const NAMED = 8;

interface Group {
  readonly code: ArchiveProblemCode;
  /** What is wrong with all of them, in words that go on with their number. */
  readonly what: string;
  readonly names: string[];
  count: number;
  /** The first of them. */
  readonly message: string;
  readonly place: Omit<ArchiveProblem, "code" | "message">;
}

/** Problems in the order in which they were met, so many of each code and no more. */
export class ProblemList {
  readonly list: ArchiveProblem[] = [];
  readonly #counts = new Map<ArchiveProblemCode, number>();
  readonly #groups = new Map<string, Group>();

  add(code: ArchiveProblemCode, message: string, place: Omit<ArchiveProblem, "code" | "message"> = {}): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count <= MOST_OF_A_CODE) this.list.push({ code, message, ...place });
  }

  /**
   * A problem that members have together when they have it at all, such as names that all begin with a slash: one line in the
   * end, with their number and the place of the first. `message` is that of a single one.
   */
  addMember(code: ArchiveProblemCode, what: string, name: string, message: string, place: Omit<ArchiveProblem, "code" | "message">): void {
    const key = `${code} ${what}`;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { code, what, names: [name], count: 1, message, place });
    else {
      group.count++;
      if (group.names.length < NAMED) group.names.push(name);
    }
  }

  /** All of them, about bytes of an archive of `size` bytes, with a line for each code of which some were left out. */
  finish(size: number): readonly ArchiveProblem[] {
    for (const { code, count, message, names, place, what } of this.#groups.values()) {
      const rest = count > names.length ? ` and ${count - names.length} more` : "";
      this.add(code, count === 1 ? message : `${count} ${what}: ${names.map(quoted).join(", ")}${rest}.`, place);
    }
    this.#groups.clear();
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
