import type { Span } from "../bytes/span.ts";

export type Severity = "error" | "warning" | "note";

export interface RowRef {
  readonly table: string;
  readonly row: number;
}

/** Something wrong or worth knowing about the image: what, how bad, where, and which row it is about. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  /** A sentence with the numbers in it. */
  readonly message: string;
  readonly span?: Span;
  readonly row?: RowRef;
}

/** Entry of the catalogue of problem codes. */
export interface ProblemInfo {
  readonly code: string;
  readonly severity: Severity;
  /** What it means, for somebody who meets the code for the first time. */
  readonly doc: string;
  /** What to do about it. */
  readonly remedy: string;
}
