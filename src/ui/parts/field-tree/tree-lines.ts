/** A field tree as the list of lines that are open: arithmetic for the tree's drawing and keys. */
import type { FieldNode } from "../../../core/index.ts";

export interface TreeLine {
  readonly node: FieldNode;
  /** 1 for a direct child of the record. */
  readonly level: number;
  readonly isBranch: boolean;
  readonly isOpen: boolean;
  /** Place among its siblings, from 1, and how many they are. */
  readonly place: number;
  readonly siblings: number;
  /** Index of the parent's line; -1 at the top. */
  readonly parent: number;
}

/** Short structures are open from the start; long arrays and lazy branches wait to be asked. */
const OPEN_AT_MOST = 24;
const OPEN_LEVELS = 2;

export function isOpenAtFirst(node: FieldNode, level: number): boolean {
  return level <= OPEN_LEVELS && node.more !== true && (node.children?.length ?? 0) <= OPEN_AT_MOST;
}

/** `choices` holds the branches that the user opened (true) or closed (false), by path. */
export function openLines(root: FieldNode, choices: ReadonlyMap<string, boolean>): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  const visit = (nodes: readonly FieldNode[], level: number, parent: number): void => {
    nodes.forEach((node, index) => {
      const isBranch = node.more === true || (node.children?.length ?? 0) > 0;
      const isOpen = isBranch && (choices.get(node.path) ?? isOpenAtFirst(node, level));
      lines.push({ node, level, isBranch, isOpen, place: index + 1, siblings: nodes.length, parent });
      if (isOpen && node.children !== undefined) visit(node.children, level + 1, lines.length - 1);
    });
  };
  visit(root.children ?? [], 1, -1);
  return lines;
}

/** The node with a path, wherever it is in the decoded part of the tree. */
export function findNode(root: FieldNode, path: string): FieldNode | undefined {
  if (root.path === path) return root;
  for (const child of root.children ?? []) {
    const found = findNode(child, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Paths of the branches above a node, outermost first; undefined when the node is not in the decoded part. */
export function ancestorsOf(root: FieldNode, path: string): readonly string[] | undefined {
  for (const child of root.children ?? []) {
    if (child.path === path) return [];
    const below = ancestorsOf(child, path);
    if (below !== undefined) return [child.path, ...below];
  }
  return undefined;
}
