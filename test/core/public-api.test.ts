import { expect, test } from "vitest";
import * as core from "../../src/core/index.ts";

test("the public surface of the core is what callers were promised", () => {
  expect(Object.keys(core).toSorted()).toMatchInlineSnapshot(`
    [
      "OpenError",
      "blobSource",
      "chunkSource",
      "formatCount",
      "formatHex",
      "formatSize",
      "memorySource",
      "openCheckpoint",
      "problemCatalogue",
      "span",
    ]
  `);
});
