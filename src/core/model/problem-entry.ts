/** One line of the catalogue of problem codes. */
import type { Severity } from "./diagnostic.ts";

export interface ProblemEntry {
  readonly severity: Severity;
  readonly doc: string;
  readonly remedy: string;
}

export const error = (doc: string, remedy: string): ProblemEntry => ({ severity: "error", doc, remedy });
export const warning = (doc: string, remedy: string): ProblemEntry => ({ severity: "warning", doc, remedy });
export const note = (doc: string, remedy: string): ProblemEntry => ({ severity: "note", doc, remedy });
