/**
 * Paths by their parts, for questions about every folder above a file or every end of a path at once. Asking costs the
 * length of the path, where a slice and a look-up for each slash would cost its square: names in archives may be megabytes.
 */

/** Values that are remembered at a node. Whoever asks wants none, one, or to know that there are several. */
const MOST_VALUES = 3;

export interface PathNode<T> {
  /** A path that was added ends here. */
  isEnd: boolean;
  /** The first values of different paths that pass through. */
  readonly values: T[];
}

interface Inner<T> extends PathNode<T> {
  below: Map<string, Inner<T>> | undefined;
}

export class PathTree<T> {
  readonly #root: Inner<T> = { isEnd: false, values: [], below: undefined };

  /** Paths of one value must be added one after the other. */
  add(parts: readonly string[], value: T): void {
    let node = this.#root;
    for (const part of parts) {
      node.below ??= new Map();
      let next = node.below.get(part);
      if (next === undefined) {
        next = { isEnd: false, values: [], below: undefined };
        node.below.set(part, next);
      }
      if (next.values.length < MOST_VALUES && next.values.at(-1) !== value) next.values.push(value);
      node = next;
    }
    node.isEnd = true;
  }

  /** Nodes along a path, from the top, which stands for no part, as far as the tree goes. */
  *along(parts: readonly string[]): Generator<PathNode<T>> {
    let node: Inner<T> | undefined = this.#root;
    yield node;
    for (const part of parts) {
      node = node.below?.get(part);
      if (node === undefined) return;
      yield node;
    }
  }
}

/** Folders, asked whether a file is somewhere below one of them. */
export class FolderSet {
  readonly #tree = new PathTree<true>();

  /** An empty path is the top, which all files are below. */
  constructor(folders: Iterable<string>) {
    for (const folder of folders) this.#tree.add(partsOf(folder), true);
  }

  /** Whether the file with a path is in one of the folders, or below it. */
  holds(path: string): boolean {
    const parts = partsOf(path);
    parts.pop();
    for (const { isEnd } of this.#tree.along(parts)) if (isEnd) return true;
    return false;
  }
}

/** Parts of a normal path; none of the empty one. */
export function partsOf(path: string): string[] {
  return path === "" ? [] : path.split("/");
}
