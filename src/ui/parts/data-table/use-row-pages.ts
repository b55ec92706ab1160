/** Rows of a view in pages, fetched as they come near the window and forgotten when they are long out of it. */
import { useEffect, useMemo, useState } from "react";
import type { Inspector, Row } from "../../../core/index.ts";

const PAGE_ROWS = 128;
const KEPT_PAGES = 24;

export interface RowPages {
  readonly at: (index: number) => Row | undefined;
  /** Why the last fetch failed. */
  readonly error: Error | undefined;
}

interface Cache {
  readonly pages: Map<number, readonly Row[]>;
  readonly asked: Set<number>;
}

export function useRowPages(inspector: Inspector, view: number | undefined, first: number, count: number): RowPages {
  const [, setArrivals] = useState(0);
  const [error, setError] = useState<Error | undefined>(undefined);
  // A cache for each view: an answer that belongs to an older view lands in a cache that nobody reads.
  const cache = useMemo<Cache & { readonly view: number | undefined }>(() => ({ view, pages: new Map(), asked: new Set() }), [view]);

  useEffect(() => {
    if (view === undefined || count === 0) return;
    const fetchPage = async (page: number): Promise<void> => {
      cache.asked.add(page);
      try {
        cache.pages.set(page, await inspector.rows(view, page * PAGE_ROWS, (page + 1) * PAGE_ROWS));
        forgetFarPages(cache, page);
        setError(undefined);
      } catch (reason) {
        cache.asked.delete(page);
        setError(reason instanceof Error ? reason : new Error(String(reason)));
      }
      setArrivals((before) => before + 1);
    };
    const from = Math.floor(first / PAGE_ROWS);
    const to = Math.floor((first + count - 1) / PAGE_ROWS);
    for (let page = from; page <= to; page++) if (!cache.asked.has(page)) void fetchPage(page);
  }, [inspector, view, cache, first, count]);

  return { at: (index) => cache.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS], error };
}

function forgetFarPages({ pages, asked }: Cache, near: number): void {
  if (pages.size <= KEPT_PAGES) return;
  const farthest = [...pages.keys()].reduce((a, b) => (Math.abs(a - near) >= Math.abs(b - near) ? a : b));
  pages.delete(farthest);
  asked.delete(farthest);
}
