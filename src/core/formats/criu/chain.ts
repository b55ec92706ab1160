/** A dump with the dumps before it: by the links between them, and by their pagemaps where links were lost. */
import type { Directory } from "./find.ts";
import { ParentGuess } from "./guess-parent.ts";
import { MOST_PARENTS } from "./rows/pages.ts";

/** The directory and its parents, oldest last; what is wrong with the links. */
export function chainOf(top: Directory): { readonly chain: Directory[]; readonly loops: readonly ("loop" | "depth")[] } {
  const chain: Directory[] = [];
  const seen = new Set<Directory>();
  let at: Directory | undefined = top;
  while (at !== undefined) {
    if (seen.has(at)) return { chain, loops: ["loop"] };
    if (chain.length > MOST_PARENTS) return { chain, loops: ["depth"] };
    seen.add(at);
    chain.push(at);
    at = at.parent;
  }
  return { chain, loops: [] };
}

/** Go on with parents whose links were lost; those that were found. */
export async function guessChain(chain: Directory[], all: readonly Directory[], signal?: AbortSignal): Promise<readonly Directory[]> {
  const guessed: Directory[] = [];
  const guess = new ParentGuess(all, signal);
  while (chain.length <= MOST_PARENTS) {
    const parent = await guess.parentOf(chain.at(-1)!);
    if (parent === undefined || chain.includes(parent)) break;
    guessed.push(parent);
    // From there on, links that are whole are followed.
    for (let at: Directory | undefined = parent; at !== undefined && !chain.includes(at) && chain.length <= MOST_PARENTS; at = at.parent) chain.push(at);
  }
  return guessed;
}
