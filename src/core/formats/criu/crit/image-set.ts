/** The files of one images directory, and their entries by name. */
import type { ByteSource } from "../../../bytes/source.ts";
import { Window } from "../../../bytes/window.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { walkEntries } from "../entries.ts";
import { identify } from "../identify.ts";

/** Files of a set. Names are those in the directory itself, without a path. */
export interface ImageSet {
  names(): readonly string[];
  /** Undefined when the set has no such file. */
  source(name: string): ByteSource | undefined;
}

/** Reads images of a set by name, and collects what is wrong with them. */
export class SetReader {
  readonly problems: string[] = [];
  readonly #set: ImageSet;
  readonly #signal: AbortSignal | undefined;

  constructor(set: ImageSet, signal?: AbortSignal) {
    this.#set = set;
    this.#signal = signal;
  }

  /** Messages of all entries; undefined when there is no such file or it is not of a kind with messages. */
  async entries(name: string): Promise<readonly MessageValue[] | undefined> {
    const source = this.#set.source(name);
    if (source === undefined) return undefined;
    const window = new Window(source);
    await window.load(0, 8, this.#signal);
    const { type, endian, headLength } = identify(name, window.bytes.subarray(0, 8));
    if (type?.message === undefined) {
      this.problems.push(`${name} is no image with messages`);
      return undefined;
    }
    window.little = endian !== "big";
    const values: MessageValue[] = [];
    await walkEntries(window, type, headLength, {
      onEntry: ({ value }) => void values.push(value),
      onProblem: ({ message }) => this.problems.push(`${name}: ${message}`),
      signal: this.#signal,
    });
    return values;
  }

  /** Message of the only entry. */
  async entry(name: string): Promise<MessageValue | undefined> {
    return (await this.entries(name))?.[0];
  }
}
