/** What an opened archive is: members to read, parts that account for every byte, problems. Plain facts, no behaviour. */
import type { ByteSource } from "../bytes/source.ts";
import type { ArchiveProblemCode } from "./archive-problems.ts";
import type { Decoder } from "./decoder.ts";
import type { ScratchStore } from "./scratch.ts";

export type Compression = "none" | "gzip" | "zstd" | "bzip2" | "xz" | "lz4";

export type MemberKind = "file" | "directory" | "symlink" | "hardlink" | "device" | "fifo" | "other";

/** Bytes [start, end) of the archive that hold the contents from `at` on. */
export interface DataStretch {
  /** Offset in the member. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

export interface ArchiveMember {
  /** Name as it stands in the archive, decoded, NOT normalised (a zip of Windows has `/` here for its backslashes): a label, never a place to write to. */
  readonly path: string;
  readonly kind: MemberKind;
  /** Contents in bytes, of the expanded file where it is sparse; 0 for everything that is no file. */
  readonly size: number;
  /**
   * Contents. Holes of sparse members read as zeros, a hard link reads as the earlier member it names. Shorter than `size`
   * when the archive ends first. Rejects with `RefusedBytes` when the contents were not kept.
   */
  readonly source: ByteSource;
  /** Whether the contents were compared with the checksum that the archive records of them; absent where it records none. */
  isCompared?(): boolean;
  /** Where a symbolic or hard link leads, as it stands in the archive. */
  readonly link?: string;
  /** Permission bits and set-id bits, as `chmod` takes them. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly user?: string;
  readonly group?: string;
  /** Seconds since 1970, fractions kept. */
  readonly mtime?: number;
  readonly device?: { readonly major: number; readonly minor: number };
  /** Records of PAX headers that no other field holds, such as extended attributes (`SCHILY.xattr.user.name`). */
  readonly pax?: ReadonlyMap<string, string>;
  /** Its header in the archive's bytes: in a zip, the entry of the central directory. */
  readonly header: { readonly start: number; readonly end: number };
  /**
   * Where the contents stand in `OpenedArchive.source`: one stretch for ordinary members, several or none for sparse
   * ones; absent when the contents are compressed inside a zip.
   */
  readonly data?: readonly DataStretch[];
}

export type PartKind =
  | "header"
  | "pax"
  | "global-pax"
  | "long-name"
  | "long-link"
  | "sparse-map"
  | "contents"
  | "padding"
  | "end"
  | "trailing"
  | "unknown"
  | "marker"
  | "zip-local"
  | "zip-central"
  | "zip-end";

/** Parts tile [0, source.size) of the archive in order, without gap or overlap. */
export interface ArchivePart {
  readonly kind: PartKind;
  readonly start: number;
  readonly end: number;
  /** Index of the member that it belongs to, -1 for none. */
  readonly member: number;
}

export interface ArchiveProblem {
  readonly code: ArchiveProblemCode;
  /** A sentence with the numbers in it. */
  readonly message: string;
  /** Bytes of `OpenedArchive.source` that it is about. */
  readonly start?: number;
  readonly end?: number;
  readonly member?: number;
}

export interface OpenedArchive {
  /**
   * `single`: a compressed file with no archive inside; its one member is named like the file, less the suffix.
   * `capture`: what CRIU's image streamer wrote, in one shard or several.
   */
  readonly kind: "tar" | "zip" | "single" | "capture";
  readonly compression: Compression;
  /** The bytes that `start` and `end` count in: the inflated stream, or the file itself; shards one behind the other. */
  readonly source: ByteSource;
  readonly members: readonly ArchiveMember[];
  readonly parts: readonly ArchivePart[];
  readonly problems: readonly ArchiveProblem[];
  /** Releases scratch space; sources of members must not be read afterwards. */
  close(): Promise<void>;
}

export interface ArchiveOptions {
  /** Most bytes that the compressed data may inflate to. Default 16 GiB with scratch space, 1 GiB without. */
  readonly inflateLimit?: number;
  /** Most inflated bytes that are kept in memory. Default 128 MiB. */
  readonly memoryLimit?: number;
  /** Members of at least so many bytes go to scratch space. Default 1 MiB. */
  readonly largeMember?: number;
  /** Where large members go. Without it they are refused once the memory limit is used up. */
  readonly scratch?: ScratchStore;
  /** Decoders of the platform, in place of the built-in ones. */
  readonly codecs?: Partial<Record<Compression, Decoder>>;
  /** Most members that are listed. Default 1,000,000. */
  readonly mostMembers?: number;
  /** Members of compressed archives are listed and their contents not kept: reading them is refused. Default false. */
  readonly listOnly?: boolean;
}
