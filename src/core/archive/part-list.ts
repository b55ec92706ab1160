import type { ArchivePart, PartKind } from "./opened-archive.ts";

/**
 * Parts as they are met, one after another: a part begins where the one before it ends, so they tile by construction.
 * Three columns, since an archive of a million members has three million parts; objects are made when someone asks.
 */
export class PartList {
  /** Where the next part begins. */
  end = 0;
  readonly #kinds: PartKind[] = [];
  readonly #ends: number[] = [];
  readonly #members: number[] = [];

  get last(): PartKind | undefined {
    return this.#kinds.at(-1);
  }

  /** Up to `end`; nothing when it is not beyond the part before. */
  add(kind: PartKind, end: number, member = -1): void {
    if (end <= this.end) return;
    const at = this.#ends.length - 1;
    if (at >= 0 && this.#kinds[at] === kind && this.#members[at] === member && kind !== "header") {
      this.#ends[at] = end;
    } else {
      this.#kinds.push(kind);
      this.#ends.push(end);
      this.#members.push(member);
    }
    this.end = end;
  }

  /** Cut off at `size`, the end of the bytes. */
  clip(size: number): void {
    while (this.#ends.length > 0 && (this.#ends.length === 1 ? 0 : this.#ends.at(-2)!) >= size) {
      this.#ends.pop();
      this.#kinds.pop();
      this.#members.pop();
    }
    if (this.#ends.length > 0 && this.#ends.at(-1)! > size) this.#ends[this.#ends.length - 1] = size;
    this.end = this.#ends.at(-1) ?? 0;
  }

  /** All parts; those announced for a member beyond `memberCount`, which never came, belong to none. */
  toArray(memberCount: number): ArchivePart[] {
    let start = 0;
    return this.#kinds.map((kind, index) => {
      const member = this.#members[index]!;
      const part = { kind, start, end: this.#ends[index]!, member: member < memberCount ? member : -1 };
      start = part.end;
      return part;
    });
  }
}
