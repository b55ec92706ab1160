/** What may stand beside the images of a set: container engines put files there that other code knows. */
import type { OpenedArchive } from "../../archive/opened-archive.ts";
import type { SetArchive, SetFile } from "../../archive/file-set.ts";
import type { FactGroup } from "../../inspector.ts";
import type { FileKind, SetReader } from "../../model/set-reader.ts";

/** A file beside the images, before it is framed. */
export interface BesideFile {
  readonly file: number;
  readonly set: SetFile;
  readonly head: Uint8Array;
  /** The archive that it is, where it is one and could be opened. */
  readonly archive: OpenedArchive | undefined;
}

/** Where the images of a set stand. */
export interface SetPlace {
  /** Folder of the images; empty for the top. */
  readonly folder: string;
  /** Archives that were opened on the way to the files. */
  readonly archives: readonly SetArchive[];
  readonly signal?: AbortSignal | undefined;
}

/** Reads what one kind of engine left. Made anew for each set. */
export interface Companion {
  /** Kind of a file, or undefined when it is not the companion's. */
  kindOf(file: BesideFile): FileKind | undefined;
  /** What a member of an archive beside the images says about the container; undefined when the archive says nothing. */
  change(archive: string): ((path: string) => string | undefined) | undefined;
  /** Rows and facts, once all files are framed. */
  finish(): Promise<readonly FactGroup[]>;
  /** What a file is, in a few words, where the kind of its bytes does not say it. Asked when all is finished. */
  detailOf(path: string): string | undefined;
  /** What the set came from, for its name; undefined when nothing is known. */
  readonly title: string | undefined;
}

export type CompanionMaker = (reader: SetReader, place: SetPlace) => Companion;
