/** What a format has to offer: find the checkpoints in a set of files, and open one. Nothing outside its folder knows more. */
import type { FileSet } from "../archive/file-set.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { OnProgress, OpenOptions } from "../inspector.ts";

/** A checkpoint that was found in the files. */
export interface Candidate {
  /** Where it stands: path of a file or folder of the set; empty for the set as a whole. */
  readonly name: string;
  /** A few words: what it is. */
  readonly detail: string;
  /** 0 = certainly none, 1 = certainly one. */
  readonly score: number;
  /** Nothing in the bytes names the format: they could be read as it. Counts only where nothing else was found. */
  readonly isGuess?: boolean;
  /** Files, and their bytes. */
  readonly files: number;
  readonly size: number;
  /** It is a part of another candidate, such as the parent of an incremental dump. */
  readonly isPart: boolean;
  open(options: OpenOptions, onProgress: OnProgress, signal?: AbortSignal): Promise<Checkpoint>;
}

export interface Found {
  /** The most likely first. */
  readonly candidates: readonly Candidate[];
  /** Why, or why not, in a few words. */
  readonly reason: string;
}

export interface Format {
  readonly name: string;
  readonly title: string;
  find(set: FileSet, onProgress: OnProgress, signal?: AbortSignal): Promise<Found>;
}
