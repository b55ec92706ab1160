/** From a header, what precedes it and what follows it (sparse maps) to a member and its parts. */
import { climbsOut, labelOf, quoted, unsafePath } from "./member-path.ts";
import type { PartList } from "./part-list.ts";
import type { ProblemList } from "./problem-list.ts";
import { inBlocks, MapLines, MOST_ENTRIES, placeMap, readOldEntries, type SparseMap } from "./sparse.ts";
import type { Extended } from "./tar-extended.ts";
import { BLOCK, tarNumber, type TarHeader } from "./tar-header.ts";
import { hasContents, memberKind, TarMember, type TarBytes } from "./tar-member.ts";

/** Where the walk goes next, and whether what stands there still belongs to the member being made. */
interface Step {
  readonly next: number;
  readonly more: boolean;
}

/** A sparse member whose map is still being read. */
interface OpenMap {
  readonly member: TarMember;
  readonly map: SparseMap;
  /** Lines before the data (PAX 1.0), or extension blocks (old GNU) when undefined. */
  readonly lines: MapLines | undefined;
  broken: boolean;
}

export class MemberMaker {
  readonly members: TarMember[] = [];
  readonly #bytes: TarBytes;
  readonly #extended: Extended;
  readonly #parts: PartList;
  readonly #problems: ProblemList;
  readonly #byPath = new Map<string, TarMember>();
  #open: OpenMap | undefined;
  /** Where the member being made has come to. */
  #at = 0;

  constructor(bytes: TarBytes, extended: Extended, parts: PartList, problems: ProblemList) {
    this.#bytes = bytes;
    this.#extended = extended;
    this.#parts = parts;
    this.#problems = problems;
  }

  /** Begin the member whose header is `block`, at `start`. */
  begin(header: TarHeader, block: Uint8Array, start: number): Step {
    const path = this.#extended.path(header);
    const kind = memberKind(header.type, path);
    this.#at = start + BLOCK;
    this.#parts.add("header", this.#at, this.members.length);
    const place = { start, end: this.#at, member: this.members.length };
    const stored = hasContents(header.type, kind) ? this.#count("size", this.#extended.count("size", header.size), path, place) ?? 0 : 0;
    const old = header.type === "S" && header.dialect === "gnu";
    const sparse = old ? { size: tarNumber(block, 483, 12), map: [] } : kind === "file" ? this.#extended.sparse() : undefined;
    const size = sparse === undefined ? stored : this.#count("expanded size", sparse.size, path, place) ?? 0;
    const member = new TarMember(this.#bytes, path, kind, kind === "file" || kind === "other" ? size : 0, this.#extended.start >= 0 ? this.#extended.start : start);
    member.stored = stored;
    this.#describe(member, header, place);
    this.#check(member, place);
    this.members.push(member);
    if (sparse === undefined) return this.#place(member);
    return this.#beginMap(member, block, old, sparse.map);
  }

  #beginMap(member: TarMember, block: Uint8Array, old: boolean, map: SparseMap | "before-data" | undefined): Step {
    if (old) {
      const entries: SparseMap = [];
      this.#open = { member, map: entries, lines: undefined, broken: !readOldEntries(block, 386, 4, entries) };
      return block[482] === 0 ? this.#endMap() : { next: this.#at, more: true };
    }
    if (map === "before-data") {
      const lines = new MapLines();
      this.#open = { member, map: lines.map, lines, broken: false };
      return member.stored > 0 ? { next: this.#at, more: true } : this.#endMap();
    }
    this.#open = { member, map: map ?? [], lines: undefined, broken: map === undefined };
    return this.#endMap();
  }

  /** Take the next block of the sparse map; fewer bytes only at the end of the archive. */
  feed(block: Uint8Array): Step {
    const open = this.#open!;
    this.#at += BLOCK;
    this.#parts.add("sparse-map", this.#at, this.members.length - 1);
    if (open.lines !== undefined) {
      const { member } = open;
      open.lines.feed(block.subarray(0, Math.min(block.length, member.stored)));
      member.stored = Math.max(0, member.stored - BLOCK);
      open.broken = open.lines.broken;
      return open.lines.done || member.stored === 0 ? this.#endMap() : { next: this.#at, more: true };
    }
    if (block.length < BLOCK || open.map.length >= MOST_ENTRIES * 2) open.broken = true;
    else open.broken ||= !readOldEntries(block, 0, 21, open.map);
    return block[504] === 0 || block.length < BLOCK ? this.#endMap() : { next: this.#at, more: true };
  }

  #endMap(): Step {
    const { member, map, lines, broken } = this.#open!;
    this.#open = undefined;
    const { data, why } = placeMap(map, member.size, this.#at, member.stored);
    member.sparse = data;
    const wrong = broken || (lines !== undefined && !lines.done) ? `cannot be read beyond ${data.length} entries` : why;
    if (wrong !== undefined) {
      const { start } = member.header;
      this.#problems.add("archive.sparse", `The map of the sparse member ${quoted(member.path)} is wrong: ${wrong}.`, { start, end: this.#at, member: this.members.length - 1 });
    }
    return this.#place(member);
  }

  /** Contents begin here; the next header follows their last block. */
  #place(member: TarMember): Step {
    member.contents = this.#at;
    const end = Math.min(this.#at + member.stored, Number.MAX_SAFE_INTEGER);
    const next = Math.min(this.#at + inBlocks(member.stored), Number.MAX_SAFE_INTEGER);
    this.#parts.add("contents", end, this.members.length - 1);
    this.#parts.add("padding", next, this.members.length - 1);
    this.#at = next;
    return { next, more: false };
  }

  /** The archive ends while the map of a member is still being read. */
  cut(size: number): void {
    if (this.#open === undefined) return;
    this.#open.broken = true;
    this.#at = Math.max(size, this.#at);
    this.#endMap();
  }

  /** Report a last member whose contents go beyond the end. False when one does. */
  checkEnd(size: number): boolean {
    const member = this.members.at(-1);
    if (member === undefined) return true;
    const missing = member.contents + member.stored - size;
    if (missing <= 0 || member.stored === 0) return true;
    this.#problems.add("archive.member-cut", `${quoted(member.path)} is cut off: ${missing} of its ${member.stored} bytes lie beyond the end of the archive at ${size}.`, { start: Math.min(member.contents, size), end: size, member: this.members.length - 1 });
    return false;
  }

  /** A count of a header that must not be negative or beyond 2^53. Undefined after a complaint. */
  #count(what: string, value: number | undefined, path: string, place: { readonly start: number; readonly end: number; readonly member: number }): number | undefined {
    if (value !== undefined && value >= 0 && Number.isSafeInteger(value)) return value;
    const is = value === undefined || Number.isNaN(value) ? "no number" : value < 0 ? `negative (${value})` : `too large (${value})`;
    this.#problems.add("archive.number", `The ${what} of ${quoted(path)} is ${is}.`, place);
    return undefined;
  }

  #describe(member: TarMember, header: TarHeader, place: { readonly start: number; readonly end: number; readonly member: number }): void {
    const { kind, path } = member;
    if (kind === "hardlink" || kind === "symlink") member.link = this.#extended.link(header);
    if (header.mode !== undefined) member.mode = header.mode & 0o7777;
    const uid = this.#count("uid", this.#extended.count("uid", header.uid), path, place);
    const gid = this.#count("gid", this.#extended.count("gid", header.gid), path, place);
    const mtime = this.#extended.mtime(header);
    const user = this.#extended.user(header);
    const group = this.#extended.group(header);
    const pax = this.#extended.others();
    if (uid !== undefined) member.uid = uid;
    if (gid !== undefined) member.gid = gid;
    if (mtime !== undefined) member.mtime = mtime;
    if (user !== "") member.user = user;
    if (group !== "") member.group = group;
    if (pax !== undefined) member.pax = pax;
    if (kind === "device" && header.major !== undefined && header.minor !== undefined) member.device = { major: header.major, minor: header.minor };
  }

  #check(member: TarMember, place: { readonly start: number; readonly end: number; readonly member: number }): void {
    const { kind, link = "", path } = member;
    const unsafe = unsafePath(path);
    if (unsafe !== undefined) this.#problems.addMember("archive.path", `member names are unsafe (${unsafe})`, path, `The member name ${quoted(path)} is unsafe: ${unsafe}.`, place);
    const key = labelOf(path);
    const before = this.#byPath.get(key);
    if (before !== undefined && !(kind === "directory" && before.kind === "directory")) {
      this.#problems.addMember("archive.duplicate", "members replace earlier ones of their names", path, `${quoted(path)} occurs again; this later member replaces the one at ${before.header.start}.`, place);
    }
    if (kind === "hardlink") {
      // Links only lead back, and a link to a link has its target already: loops cannot be.
      const target = this.#byPath.get(labelOf(link));
      if (target !== undefined) member.target = target.target ?? target;
      else this.#problems.add("archive.link", `The hard link ${quoted(path)} names ${quoted(link)}, which is no earlier member.`, place);
    } else if (kind === "symlink" && climbsOut(path, link)) {
      this.#problems.add("archive.link", `The symbolic link ${quoted(path)} leads out of the archive, to ${quoted(link)}.`, place);
    }
    this.#byPath.set(key, member);
  }
}
