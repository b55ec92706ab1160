/** What flags of a pagemap say that nobody knows, and where they say nothing: each once for an image. */
import { formatCount, formatHex } from "../../../schema/show.ts";
import type { CriuSet } from "../criu-set.ts";
import { PE } from "../names.ts";
import type { Pagemap } from "../pagemap.ts";
import { NEWEST } from "../version.ts";

/** Those that say where the pages are, and all. */
const PLACES = PE.PARENT | PE.LAZY | PE.PRESENT;
const KNOWN = PLACES | PE.PAYLOAD_ALIGNED;

interface Found {
  count: number;
  first: number;
}

function note(found: Found, at: number): void {
  if (found.count++ === 0) found.first = at;
}

export function checkFlags({ reader }: CriuSet, map: Pagemap, owner: string): void {
  const unknown: Found = { count: 0, first: -1 };
  const nowhere: Found = { count: 0, first: -1 };
  let bits = 0;
  for (let at = 0; at < map.length; at++) {
    const flags = map.flags[at]!;
    if ((flags & ~KNOWN) !== 0) {
      bits |= flags & ~KNOWN;
      note(unknown, at);
    }
    if ((flags & PLACES) === 0) note(nowhere, at);
  }
  const told = ({ count, first }: Found): string => (count === 1 ? `The run of pages of ${owner} at ${formatHex(map.exactAddress(first))}` : `${formatCount(count)} runs of pages of ${owner}, the first at ${formatHex(map.exactAddress(first))},`);
  const place = ({ first }: Found) => reader.fieldOf(map.firstRecord + first, "flags");
  if (unknown.count > 0) reader.report("set.newer", `${told(unknown)} ${unknown.count === 1 ? "has" : "have"} flags that CRIU ${NEWEST} does not have: ${formatHex(bits >>> 0)}.`, place(unknown));
  if (nowhere.count > 0) reader.report("pagemap.flags", `${told(nowhere)} ${nowhere.count === 1 ? "is" : "are"} neither present, nor in the parent, nor lazy.`, place(nowhere));
}
