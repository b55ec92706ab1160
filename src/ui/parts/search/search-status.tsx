/** How far the search has come, and what it did not look at. */
import type { ReactNode } from "react";
import styles from "../../styles/search.module.css";
import { countText, plural, shareText, sizeText } from "../words.ts";
import type { SearchState } from "./search-run.ts";
import { MOST_HITS } from "./search-run.ts";

/** One sentence for each thing to know, in the order of importance. */
export function statusText({ phase, hits, searched, total, done }: SearchState, what: string): string {
  const found = plural(hits, what);
  switch (phase) {
    case "running":
      return total === 0 ? `${found} so far` : `${found} so far; ${sizeText(searched)} of ${sizeText(total)} (${shareText(searched, total)})`;
    case "cancelled":
      return `Cancelled after ${sizeText(searched)}: ${found} until then`;
    case "failed":
      return hits === 0 ? "" : `Stopped: ${found} until then`;
    case "done": {
      if (done === undefined) return found;
      const absent = done.absent > 0n ? `; ${sizeText(Number(done.absent))} of the scope are not in the image` : "";
      const capped = done.capped ? `; the search ended there, as ${countText(MOST_HITS)} are the most that are kept: make the pattern or the scope narrower` : "";
      const unsure = (done.unsure ?? 0) === 0 ? "" : `; the expression was too much for the engine at ${plural(done.unsure ?? 0, "byte")}, where a match may begin`;
      return `${found} in ${sizeText(done.searched)}${absent}${unsure}${capped}`;
    }
  }
}

export function SearchStatus({ state, what }: { state: SearchState; what: string }): ReactNode {
  const { phase, searched, total } = state;
  const text = statusText(state, what);
  return (
    <span className={styles.status}>
      {/* Progress is not read out: it would never stop. The end is. */}
      <span aria-hidden="true">{text}</span>
      <span className="visually-hidden" role="status">
        {phase === "running" ? "" : text}
      </span>
      {phase === "running" && <progress aria-label="Searched" value={total === 0 ? undefined : searched} max={total === 0 ? undefined : total} />}
    </span>
  );
}
