/** Trees of paths, against looking at every path. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FolderSet, partsOf, PathTree } from "../../../src/core/formats/path-tree.ts";

const path = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 5 }).map((parts) => parts.join("/"));

test("a file is below a folder when its path says so", () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 6 }), path, (folders, folder) => {
      const file = folder === "" ? "file" : `${folder}/file`;
      expect(new FolderSet(folders).holds(file)).toBe(folders.some((each) => each === "" || file.startsWith(`${each}/`)));
    }),
  );
});

test("nodes along a path know whose paths pass, up to three", () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 8 }), path, (paths, asked) => {
      const tree = new PathTree<number>();
      for (const [index, each] of paths.entries()) tree.add(partsOf(each), index);
      const parts = partsOf(asked);
      const [, ...nodes] = tree.along(parts);
      for (let length = 1; length <= parts.length; length++) {
        const begin = parts.slice(0, length).join("/");
        const passing = paths.flatMap((each, index) => (each === begin || each.startsWith(`${begin}/`) ? [index] : []));
        expect(nodes[length - 1]?.values ?? []).toEqual(passing.slice(0, 3));
        expect(nodes[length - 1]?.isEnd ?? false).toBe(paths.includes(begin));
      }
    }),
  );
});

test("a path of a million parts is asked in time that its length allows", () => {
  const long = "a/".repeat(1_000_000);
  const began = performance.now();
  expect(new FolderSet(["b", `${long}x`]).holds(`${long}file`)).toBe(false);
  expect(new FolderSet(["a/a/a"]).holds(`${long}file`)).toBe(true);
  expect(performance.now() - began).toBeLessThan(8000);
});
