/** Searches that a place in memory leads to. */
import { formatHex } from "../../../core/index.ts";
import type { SearchView } from "../../state/view.ts";
import type { AddressRange } from "./memory-words.ts";

/** Words of the space that point into a range; its end is written half-open, as in /proc/PID/maps. */
export function pointerSearch(space: number, { start, end }: AddressRange): SearchView {
  const text = end - start === 1n ? formatHex(start) : `${formatHex(start)}-${formatHex(end)}`;
  return { kind: "search", mode: "pointer", text, space };
}

export function spaceSearch(space: number): SearchView {
  return { kind: "search", mode: "text", text: "", space };
}

export function regionSearch(space: number, region: number): SearchView {
  return { kind: "search", mode: "text", text: "", space, region };
}
