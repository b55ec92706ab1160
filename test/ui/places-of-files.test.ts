import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { memorySource, openCheckpoint, type Inspector } from "../../src/core/index.ts";

let inspector: Inspector;
let fileNames: readonly string[];

beforeAll(async () => {
  const bytes = new Uint8Array(readFileSync(new URL("../fixtures/real/criu/14a-incremental.tar.gz", import.meta.url)));
  inspector = await openCheckpoint([{ name: "14a-incremental.tar.gz", source: memorySource(bytes) }]);
  fileNames = (await inspector.summary()).files.map(({ name }) => name);
});

const at = (name: string): number => fileNames.indexOf(name);

describe("the address of a file of the set", () => {
  it("is its path, or its name where no other file has it", async () => {
    expect(await inspector.resolvePlace("dump/pstree.img")).toEqual({ kind: "offset", file: at("dump/pstree.img"), offset: 0 });
    expect(await inspector.resolvePlace("pstree.img")).toEqual({ kind: "offset", file: at("dump/pstree.img"), offset: 0 });
    expect(await inspector.resolvePlace("PSTREE.IMG")).toMatchObject({ kind: "offset", file: at("dump/pstree.img") });
  });

  it("leads to a choice where several files have the name, by their paths", async () => {
    const place = await inspector.resolvePlace("pages-1.img");
    expect(place).toMatchObject({ kind: "choices" });
    expect(place.kind === "choices" && place.choices.map(({ label, table, row }) => [label, table, fileNames[row]])).toEqual(
      ["dump", "pre2", "pre1"].map((folder) => [`${folder}/pages-1.img`, "images", `${folder}/pages-1.img`]),
    );
  });

  it("takes an offset in it", async () => {
    expect(await inspector.resolvePlace("dump/pages-1.img@0x3000")).toEqual({ kind: "offset", file: at("dump/pages-1.img"), offset: 0x3000 });
    expect(await inspector.resolvePlace("pstree.img@8")).toEqual({ kind: "offset", file: at("dump/pstree.img"), offset: 8 });
  });

  it("says which offsets the file has when there is no such one", async () => {
    const place = await inspector.resolvePlace("pstree.img@0x9999");
    expect(place).toMatchObject({ kind: "nowhere", why: expect.stringMatching(/^dump\/pstree\.img has \d+ bytes: its offsets go from 0 to 0x/) as string });
    expect(await inspector.resolvePlace("nix.img@1")).toEqual({ kind: "nowhere", why: "There is no file nix.img." });
  });
});

describe("an offset alone", () => {
  it("is one in the file of the cursor, whose size counts", async () => {
    const pages = at("dump/pages-1.img");
    expect(await inspector.resolvePlace("0x3000", { file: pages, offset: 0 })).toEqual({ kind: "offset", file: pages, offset: 0x3000 });
    expect(await inspector.resolvePlace("+0x10", { file: pages, offset: 0x20 })).toEqual({ kind: "offset", file: pages, offset: 0x30 });
    const small = at("dump/pstree.img");
    expect(await inspector.resolvePlace("-1", { file: small, offset: 0 })).toMatchObject({ kind: "nowhere", why: expect.stringContaining("dump/pstree.img has") as string });
  });
});
