/** What a format has to offer: recognise a set of files, and open it. Nothing outside its folder knows more. */
import type { Checkpoint, OpenedFile } from "../model/checkpoint.ts";
import type { OnProgress, OpenOptions } from "../inspector.ts";

export interface Score {
  /** 0 = certainly not, 1 = certainly. */
  readonly score: number;
  /** Why, in a few words. */
  readonly reason: string;
}

export interface Format {
  readonly name: string;
  readonly title: string;
  score(files: readonly OpenedFile[]): Promise<Score>;
  open(files: readonly OpenedFile[], options: OpenOptions, onProgress: OnProgress, signal?: AbortSignal): Promise<Checkpoint>;
}
