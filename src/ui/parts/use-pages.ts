/** Items of a long list in pages, fetched as they come near the window and forgotten when they are long out of it. */
import { useEffect, useEffectEvent, useMemo, useState } from "react";

const PAGE_ITEMS = 128;
const KEPT_PAGES = 24;

export interface Pages<T> {
  readonly at: (index: number) => T | undefined;
  /** Why the last fetch failed. */
  readonly error: Error | undefined;
  /** Changes whenever a page comes in. */
  readonly arrivals: number;
}

interface Cache<T> {
  readonly pages: Map<number, readonly T[]>;
  readonly asked: Set<number>;
}

/** `key` stands for the list that `fetch` reads [from, to) of; undefined while there is none. [first, first + count) is on screen. */
export function usePages<T>(key: string | undefined, fetch: (from: number, to: number) => Promise<readonly T[]>, first: number, count: number): Pages<T> {
  const [arrivals, setArrivals] = useState(0);
  const [error, setError] = useState<Error | undefined>(undefined);
  // A cache for each list: an answer that belongs to an older one lands in a cache that nobody reads.
  const cache = useMemo<Cache<T> & { readonly key: string | undefined }>(() => ({ key, pages: new Map(), asked: new Set() }), [key]);
  const fetchNow = useEffectEvent(fetch);

  useEffect(() => {
    if (key === undefined || count === 0) return;
    const fetchPage = async (page: number): Promise<void> => {
      cache.asked.add(page);
      try {
        cache.pages.set(page, await fetchNow(page * PAGE_ITEMS, (page + 1) * PAGE_ITEMS));
        forgetFarPages(cache, page);
        setError(undefined);
      } catch (reason) {
        cache.asked.delete(page);
        setError(reason instanceof Error ? reason : new Error(String(reason)));
      }
      setArrivals((before) => before + 1);
    };
    const from = Math.floor(first / PAGE_ITEMS);
    const to = Math.floor((first + count - 1) / PAGE_ITEMS);
    for (let page = from; page <= to; page++) if (!cache.asked.has(page)) void fetchPage(page);
  }, [key, cache, first, count]);

  return { at: (index) => cache.pages.get(Math.floor(index / PAGE_ITEMS))?.[index % PAGE_ITEMS], error, arrivals };
}

function forgetFarPages<T>({ pages, asked }: Cache<T>, near: number): void {
  if (pages.size <= KEPT_PAGES) return;
  const farthest = [...pages.keys()].reduce((a, b) => (Math.abs(a - near) >= Math.abs(b - near) ? a : b));
  pages.delete(farthest);
  asked.delete(farthest);
}
