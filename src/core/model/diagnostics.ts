/** Collects diagnostics, at most so many of one code: a hostile image must not fill the memory with complaints. */
import type { Span } from "../bytes/span.ts";
import type { Diagnostic, RowRef, Severity } from "./diagnostic.ts";
import { PROBLEM_CODES, type ProblemCode } from "./problem-codes.ts";

/** Most diagnostics of one code that are kept; the rest is counted. */
export const MOST_PER_CODE = 1000;

export class Diagnostics {
  readonly list: Diagnostic[] = [];
  readonly #counts = new Map<ProblemCode, number>();
  readonly #most: number;

  constructor(most = MOST_PER_CODE) {
    this.#most = most;
  }

  /** The message is only made when it is kept. */
  report(code: ProblemCode, message: string | (() => string), span?: Span, row?: RowRef): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count > this.#most) return;
    this.list.push({
      code,
      severity: PROBLEM_CODES[code].severity,
      message: typeof message === "string" ? message : message(),
      ...(span === undefined ? {} : { span }),
      ...(row === undefined ? {} : { row }),
    });
  }

  count(code: ProblemCode): number {
    return this.#counts.get(code) ?? 0;
  }

  /** Add one line for each code that overflowed. Call once, at the end. */
  finish(): void {
    for (const [code, count] of this.#counts) {
      if (count <= this.#most) continue;
      const severity: Severity = PROBLEM_CODES[code].severity;
      this.list.push({ code, severity, message: `${count - this.#most} more of ${code} are not listed.` });
    }
  }
}
