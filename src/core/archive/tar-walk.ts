/**
 * The way through a tar, block by block, for whoever has its bytes: an index that jumps over contents, or a stream that
 * they pass by in. The walk says which bytes it wants next and gets them; everything it steps over is contents.
 *
 *   header -> (extended header contents -> header)* -> [sparse map] -> contents, padding -> header ... two zero blocks
 *
 * It knows no size: sizes in headers only move the place where the next header is wanted, and nothing is allocated by them.
 */
import { Extended, MOST_EXTENDED } from "./tar-extended.ts";
import { checksums, BLOCK, isHeader, isZeroBlock, readHeader, type TarHeader } from "./tar-header.ts";
import { MemberMaker } from "./tar-maker.ts";
import { PartList } from "./part-list.ts";
import { ProblemList } from "./problem-list.ts";
import { inBlocks } from "./sparse.ts";
import type { PartKind } from "./opened-archive.ts";
import type { TarBytes, TarMember } from "./tar-member.ts";

/** Zeros after the end marker are looked through for so many bytes: tapes and block devices pad their last record. */
const END_BYTES = 64 * 1024 * 1024;

const EXTENDED: Readonly<Record<string, PartKind>> = { x: "pax", X: "pax", g: "global-pax", L: "long-name", K: "long-link" };

export class TarWalk {
  /** Next bytes wanted: [position, position + wants), fewer only at the end of the archive. */
  position = 0;
  wants = BLOCK;
  /** Nothing more is wanted: what remains belongs to no member. */
  done = false;
  readonly problems = new ProblemList();
  readonly parts = new PartList();
  readonly #mostMembers: number;
  readonly #extended = new Extended();
  readonly #maker: MemberMaker;
  #state: "header" | "extended" | "member" | "search" | "after-end" = "header";
  #type = "";
  #zeroBlocks = 0;
  /** In a search: where it began, what the checksums were, and where the zeros just before began. */
  #search = { start: 0, stored: 0 as number | undefined, computed: 0, zeros: -1 };
  #endStart = 0;
  /** The archive ends inside a header: that it has no end blocks need not be said too. */
  #cut = false;

  constructor(bytes: TarBytes, mostMembers: number) {
    this.#mostMembers = mostMembers;
    this.#maker = new MemberMaker(bytes, this.#extended, this.parts, this.problems);
  }

  get members(): readonly TarMember[] {
    return this.#maker.members;
  }

  /** True when the bytes wanted are looked through rather than read as a header: they may be many. */
  get searching(): boolean {
    return this.#state === "search" || this.#state === "after-end";
  }

  /** Take the bytes wanted. They may be reused by the caller afterwards. */
  feed(bytes: Uint8Array): void {
    if (this.#state === "extended") this.#endExtended(bytes);
    else if (this.#state === "member") this.#goOn(this.#maker.feed(bytes));
    else if (this.#state === "after-end") this.#afterEnd(bytes);
    else if (bytes.length < BLOCK) this.#cutBlock(bytes);
    else if (this.#state === "search") this.#searchBlock(bytes);
    else this.#block(bytes);
  }

  #block(block: Uint8Array): void {
    if (isZeroBlock(block)) {
      this.#zeroBlocks++;
      this.position += BLOCK;
      if (this.#zeroBlocks === 2) {
        this.#endStart = this.position;
        this.parts.add("end", this.position);
        this.#state = "after-end";
      }
      return;
    }
    // A zero block alone ends nothing (GNU tar goes on too).
    if (this.#zeroBlocks > 0) this.parts.add("padding", this.position);
    this.#zeroBlocks = 0;
    if (isHeader(block)) return this.#header(block);
    this.#extended.clear();
    this.#search = { start: this.position, ...checksums(block), zeros: -1 };
    this.#state = "search";
    this.position += BLOCK;
  }

  #header(block: Uint8Array): void {
    const header = readHeader(block);
    if (EXTENDED[header.type] !== undefined) return this.#beginExtended(header);
    if (this.members.length >= this.#mostMembers) {
      this.problems.add("archive.members", `Only the first ${this.#mostMembers} members are listed; the archive goes on at ${this.position}.`, { start: this.position });
      this.done = true;
      return;
    }
    this.#state = "member";
    this.#goOn(this.#maker.begin(header, block, this.position));
  }

  /** The maker wants more of the member's own blocks, or the next header stands at `next`. */
  #goOn(step: { readonly next: number; readonly more: boolean }): void {
    this.position = step.next;
    this.wants = BLOCK;
    if (step.more) return;
    this.#state = "header";
    this.#extended.clear();
  }

  #beginExtended(header: TarHeader): void {
    const { size = -1, type } = header;
    const kind = EXTENDED[type]!;
    const start = this.position;
    const place = { start, end: start + BLOCK };
    if (!Number.isSafeInteger(size) || size < 0) {
      this.problems.add("archive.number", `The size of the extended header at ${start} is ${header.size ?? "no number"}.`, place);
      this.position += BLOCK;
    } else if (size > MOST_EXTENDED) {
      this.problems.add("archive.pax", `The extended header at ${start} has ${size} bytes, more than the ${MOST_EXTENDED} that are read; it is stepped over.`, place);
      this.position = Math.min(start + BLOCK + inBlocks(size), Number.MAX_SAFE_INTEGER);
    } else if (size > 0) {
      this.#type = type;
      this.#state = "extended";
      this.position += BLOCK;
      this.wants = size;
      return;
    } else this.position += BLOCK;
    this.parts.add(kind, this.position, kind === "global-pax" ? -1 : this.members.length);
  }

  #endExtended(bytes: Uint8Array): void {
    const start = this.position - BLOCK;
    const kind = EXTENDED[this.#type]!;
    if (bytes.length < this.wants) this.#cutExtended(bytes.length);
    else this.#extended.take(this.#type, bytes, start, this.problems);
    this.position += inBlocks(this.wants);
    this.wants = BLOCK;
    this.#state = "header";
    this.parts.add(kind, this.position, kind === "global-pax" ? -1 : this.members.length);
  }

  #cutExtended(given: number): void {
    this.#cut = true;
    const start = this.position - BLOCK;
    this.problems.add("archive.member-cut", `The archive ends in the extended header at ${start}: ${this.wants - given} of ${this.wants} bytes are missing.`, { start, end: this.position + given });
  }

  #searchBlock(block: Uint8Array): void {
    if (isHeader(block)) {
      this.#reportSearch(this.position, "the next sound header");
      this.parts.add("unknown", this.position);
      this.#state = "header";
      return this.#header(block);
    }
    if (!isZeroBlock(block)) this.#search.zeros = -1;
    else if (this.#search.zeros < 0) this.#search.zeros = this.position;
    this.position += BLOCK;
  }

  #reportSearch(end: number, what: string): void {
    const { start, stored, computed } = this.#search;
    this.problems.add("archive.checksum", `The header at ${start} has the checksum ${stored ?? "(no number)"} where its bytes have ${computed}; ${end - start} bytes up to ${what} are unknown.`, { start, end });
  }

  #afterEnd(block: Uint8Array): void {
    if (isZeroBlock(block) && this.position - this.#endStart < END_BYTES) {
      this.position += block.length;
      this.parts.add("end", this.position);
      return;
    }
    const joined = isHeader(block) ? "They begin with a tar header: perhaps two archives were joined." : "They belong to no member.";
    this.problems.add("archive.trailing", `Bytes follow the end of the archive at ${this.position}. ${joined}`, { start: this.position });
    this.done = true;
  }

  /** The archive ends inside the block that was wanted. */
  #cutBlock(bytes: Uint8Array): void {
    if (this.#state !== "search" && !isZeroBlock(bytes)) {
      this.#cut = true;
      this.problems.add("archive.member-cut", `The archive ends in the middle of the header at ${this.position}, after ${bytes.length} bytes.`, { start: this.position, end: this.position + bytes.length });
      this.parts.add("unknown", this.position + bytes.length);
    }
    this.position += bytes.length;
  }

  /** The archive has `size` bytes: settle what its end leaves open, so that parts tile exactly those. */
  finish(size: number): void {
    if (this.#state === "search") this.#finishSearch(size);
    else if (this.#state === "member") this.#maker.cut(size);
    else if (this.#state === "extended") {
      this.#cutExtended(0);
      this.parts.add(EXTENDED[this.#type]!, size);
    }
    if (this.#extended.start >= 0 && this.#state === "header") {
      const start = this.#extended.start;
      this.problems.add("archive.pax", `The extended header at ${start} belongs to no member.`, { start, end: size });
    }
    const whole = this.#maker.checkEnd(size) && !this.#cut;
    if (this.#state === "header" && !this.done && whole) this.problems.add("archive.no-end", `The archive ends at ${size} without the two zero blocks that mark its end.`, { start: size, end: size });
    this.parts.clip(size);
    if (this.#zeroBlocks === 1 && this.#state === "header") this.parts.add("end", size);
    this.parts.add(this.#state === "after-end" ? "trailing" : "unknown", size);
  }

  #finishSearch(size: number): void {
    const { zeros } = this.#search;
    const ended = zeros >= 0 && size - zeros >= 2 * BLOCK;
    const end = ended ? zeros : size;
    this.#reportSearch(end, ended ? "the end blocks" : "the end");
    this.parts.add("unknown", end);
    if (ended) this.parts.add("end", size);
  }
}
