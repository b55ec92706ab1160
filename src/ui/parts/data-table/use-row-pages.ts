/** Rows of a view of a table, around those that are on screen. */
import type { Inspector, Row } from "../../../core/index.ts";
import { usePages, type Pages } from "../use-pages.ts";

export function useRowPages(inspector: Inspector, view: number | undefined, first: number, count: number): Pages<Row> {
  return usePages(view === undefined ? undefined : String(view), (from, to) => inspector.rows(view ?? 0, from, to), first, count);
}
