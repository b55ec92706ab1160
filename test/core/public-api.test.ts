import { expect, test } from "vitest";
import * as core from "../../src/core/index.ts";

test("the public surface of the core is what callers were promised", () => {
  expect(Object.keys(core).toSorted()).toMatchInlineSnapshot(`
    [
      "CRIT_EXPLORATIONS",
      "OpenError",
      "RefusedBytes",
      "blobSource",
      "chunkSource",
      "critDecode",
      "critDecodeText",
      "critEncode",
      "critExplore",
      "csvField",
      "formatCount",
      "formatHex",
      "formatSize",
      "jsonRow",
      "memorySource",
      "openCheckpoint",
      "openImages",
      "problemCatalogue",
      "span",
    ]
  `);
});
