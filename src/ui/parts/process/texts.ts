/** Command line and environment as they are shown and copied: pure functions over the texts that memory holds. */
import type { MemoryText } from "../../../core/index.ts";

export interface Variable {
  readonly name: string;
  /** Undefined when the text has no equals sign: the program may have written over it. */
  readonly value: string | undefined;
}

/** A name may be empty and a value may hold further equals signs: the first one divides them. */
export function variableOf(text: string): Variable {
  const at = text.indexOf("=");
  return at < 0 ? { name: text, value: undefined } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** The arguments as a POSIX shell takes them. */
export function shellCommand(texts: readonly MemoryText[]): string {
  return texts.map(({ text }) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)).join(" ");
}
