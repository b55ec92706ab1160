/** Files without a byte where images should be: why an image that is needed is not there. */
import type { Span } from "../../bytes/span.ts";
import type { CriuSet } from "./criu-set.ts";

/** Files of the set's directory without a byte, by name: a full disk leaves them, and nobody finds them anywhere else. */
export function emptyFiles({ reader, top }: CriuSet): ReadonlyMap<string, number> {
  const within = top.path === "" ? "" : `${top.path}/`;
  const empty = new Map<string, number>();
  for (const [file, { name, source }] of reader.files.entries()) if (source.size === 0 && name.startsWith(within)) empty.set(name.slice(within.length), file);
  return empty;
}

/** The words for an image of which there must be one, and whose file gives no entry; undefined where its damage is a problem already. */
export function whyNone(set: CriuSet, type: string, name: string): readonly [message: string, at: Span | undefined] | undefined {
  if (set.top.all(type).some(({ isCut }) => isCut)) return undefined;
  const file = emptyFiles(set).get(name);
  return file === undefined ? [`There is no ${name}.`, undefined] : [`${name} is empty.`, { file, start: 0, end: 0 }];
}
