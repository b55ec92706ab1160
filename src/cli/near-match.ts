/** Names close to a misspelt one, for "did you mean". */

/** Smallest number of single letters to insert, delete, change or swap with a neighbour. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j]! + 1, current[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, beforeLast[j - 2]! + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

/** Names within a third of their letters of `wanted`, or that contain it or begin it; the nearest first, at most three. */
export function nearMatches(wanted: string, names: readonly string[]): readonly string[] {
  const low = wanted.toLowerCase();
  // A hostile argument may be long: beyond this nothing resembles a name of ours, and the table below would be large.
  if (low === "" || low.length > 64) return [];
  return names
    .map((name) => {
      const known = name.toLowerCase();
      const near = distance(low, known);
      const part = known.includes(low) || (known.length > 2 && low.includes(known));
      return { name, near: part ? Math.min(near, 1.5) : near };
    })
    .filter(({ name, near }) => near <= Math.max(1.5, name.length / 3))
    .sort((a, b) => a.near - b.near)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** `; did you mean a, b or c?`, or what else there is when nothing is near. */
export function suggestion(wanted: string, names: readonly string[], otherwise: string): string {
  const near = nearMatches(wanted, names);
  if (near.length === 0) return otherwise === "" ? "" : `; ${otherwise}`;
  const last = near.at(-1)!;
  return `; did you mean ${near.length === 1 ? last : `${near.slice(0, -1).join(", ")} or ${last}`}?`;
}
