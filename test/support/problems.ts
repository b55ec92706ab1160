/** Codes of the problems of an opened set, sorted. */
import type { OpenedSet } from "./criu-open.ts";

export function problemsOf({ checkpoint }: OpenedSet): readonly string[] {
  return checkpoint.diagnostics.list.map(({ code }) => code).sort();
}
