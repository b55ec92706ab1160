import { sliceSource } from "../bytes/slice.ts";
import { memorySource, type ByteSource } from "../bytes/source.ts";
import type { ArchiveMember, DataStretch, MemberKind } from "./opened-archive.ts";
import { sparseSource } from "./sparse.ts";

/** What the members of one archive share: its bytes, known once the pass over them is done. */
export interface TarBytes {
  source: ByteSource;
}

const KINDS: Readonly<Record<string, MemberKind>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  S: "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "device",
  "4": "device",
  "5": "directory",
  D: "directory",
  "6": "fifo",
};

/** Old archives mark a directory only by the slash at the end of its name. */
export function memberKind(type: string, path: string): MemberKind {
  const kind = KINDS[type] ?? "other";
  return kind === "file" && type !== "S" && path.endsWith("/") ? "directory" : kind;
}

/** Kinds whose size field says nothing about bytes that follow. GNU's `D` (a directory with a list in it) does have contents. */
export function hasContents(type: string, kind: MemberKind): boolean {
  return kind === "file" || kind === "other" || type === "D";
}

/** A member of a tar. Its source and stretches are worked out when asked for: most members of a large archive never are. */
export class TarMember implements ArchiveMember {
  readonly path: string;
  readonly kind: MemberKind;
  readonly size: number;
  link?: string;
  mode?: number;
  uid?: number;
  gid?: number;
  user?: string;
  group?: string;
  mtime?: number;
  device?: { readonly major: number; readonly minor: number };
  pax?: ReadonlyMap<string, string>;
  /** Stretches of a sparse member, as they should be. */
  sparse: readonly DataStretch[] | undefined;
  /** What a hard link reads as. */
  target: TarMember | undefined;
  /** Contents as they stand in the archive: after the header and a sparse map, before the padding. */
  contents = 0;
  stored = 0;
  readonly #bytes: TarBytes;
  readonly #headerStart: number;
  #source: ByteSource | undefined;

  constructor(bytes: TarBytes, path: string, kind: MemberKind, size: number, headerStart: number) {
    this.#bytes = bytes;
    this.path = path;
    this.kind = kind;
    this.size = size;
    this.#headerStart = headerStart;
  }

  /** From its first extended header to its contents. */
  get header(): { readonly start: number; readonly end: number } {
    return { start: this.#headerStart, end: Math.min(this.contents, this.#bytes.source.size) };
  }

  get data(): readonly DataStretch[] {
    const { size } = this.#bytes.source;
    if (this.sparse === undefined) {
      const end = Math.min(this.contents + this.stored, size);
      return end > this.contents ? [{ at: 0, start: this.contents, end }] : [];
    }
    if ((this.sparse.at(-1)?.end ?? 0) <= size) return this.sparse;
    return this.sparse.filter(({ start }) => start < size).map(({ at, start, end }) => ({ at, start, end: Math.min(end, size) }));
  }

  get source(): ByteSource {
    this.#source ??= this.target?.source ?? this.#open();
    return this.#source;
  }

  #open(): ByteSource {
    if (this.kind !== "file" && this.kind !== "other") return memorySource(new Uint8Array(0));
    const { source } = this.#bytes;
    if (this.sparse === undefined) return sliceSource(source, this.contents, this.contents + this.stored);
    // Cut off by the end: what was not read is not there, rather than zeros.
    const whole = this.data === this.sparse;
    const last = this.data.at(-1);
    return sparseSource(source, whole ? this.size : last === undefined ? 0 : last.at + (last.end - last.start), this.data);
  }
}
