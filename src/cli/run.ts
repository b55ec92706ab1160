/** What a command works with: its words and options, where it prints, and the exit status so far. */
import type { Options } from "./arguments.ts";
import { printable, type Output } from "./terminal.ts";

/** 0: no errors in the image. 1: errors in an image. 2: not opened, or a wrong call. The highest one stands. */
export type ExitStatus = 0 | 1 | 2;

export class Run {
  readonly words: readonly string[];
  readonly options: Options;
  readonly out: Output;
  #status: ExitStatus = 0;

  constructor(words: readonly string[], options: Options, out: Output) {
    this.words = words;
    this.options = options;
    this.out = out;
  }

  get status(): ExitStatus {
    return this.#status;
  }

  raise(status: ExitStatus): void {
    if (status > this.#status) this.#status = status;
  }
}

export type Command = (run: Run) => Promise<void>;

/** One line on standard error. */
export function complain(message: string): void {
  process.stderr.write(`icecore: ${printable(message)}\n`);
}
