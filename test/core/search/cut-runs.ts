/** Stretches of bytes cut into runs whose bytes lie in several sources in any order, and the search over them. */
import { memorySource } from "../../../src/core/bytes/source.ts";
import type { Matcher } from "../../../src/core/search/matcher.ts";
import type { Run } from "../../../src/core/search/read-ahead.ts";
import { searchRuns, type RunHit, type SearchOptions } from "../../../src/core/search/search-runs.ts";

export interface Bytes {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** `cuts`: sizes of the runs, used round and round; 0 is an empty run. Every second run stands in a source of its own, the others backwards in one. */
export function cutRuns(stretches: readonly Bytes[], cuts: readonly number[]): Run[] {
  const runs: (Omit<Run, "source" | "offset"> & { bytes: Uint8Array })[] = [];
  const sizes = cuts.some((cut) => cut > 0) ? cuts : [Infinity];
  let cut = 0;
  for (const { address, bytes } of stretches) {
    for (let at = 0; at < bytes.length; cut++) {
      const size = Math.min(sizes[cut % sizes.length]!, bytes.length - at);
      runs.push({ address: address + BigInt(at), size, bytes: bytes.subarray(at, at + size), continues: at > 0 });
      at += size;
    }
  }
  const shared = new Uint8Array(runs.reduce((sum, { size }) => sum + size, 0));
  const sharedSource = memorySource(shared);
  let end = shared.length;
  return runs.map(({ bytes, ...run }, index) => {
    if (index % 2 === 1) return { ...run, source: memorySource(Buffer.concat([new Uint8Array(index % 5), bytes])), offset: index % 5 };
    end -= bytes.length;
    shared.set(bytes, end);
    return { ...run, source: sharedSource, offset: end };
  });
}

export async function allHits<R extends Run>(runs: Iterable<R> | AsyncIterable<R>, matcher: Matcher, options: Partial<SearchOptions<R>> = {}): Promise<RunHit<R>[]> {
  const hits: RunHit<R>[] = [];
  await searchRuns(runs, matcher, { total: 0, cap: Infinity, onHits: (batch) => void hits.push(...batch), ...options });
  return hits;
}
