import { describe, expect, it } from "vitest";
import { identify, nameOf } from "../../src/ui/state/image-identity.ts";

describe("the name of a set of files", () => {
  it("is that of its one file, wherever that stood", () => {
    expect(nameOf(["core-1.img"])).toBe("core-1.img");
    expect(nameOf(["dump/core-1.img"])).toBe("dump/core-1.img");
    expect(nameOf([])).toBe("");
  });

  it("is that of the folder that holds them all", () => {
    expect(nameOf(["dump/core-1.img", "dump/inner/pages-1.img"])).toBe("dump");
  });

  it("is the first of them otherwise, in whatever order they come", () => {
    expect(nameOf(["b/x", "a/y"])).toBe("a/y");
    expect(nameOf(["a/y", "b/x"])).toBe("a/y");
    expect(nameOf(["two.tar", "one.tar"])).toBe("one.tar");
    expect(nameOf(["dump", "dump/x"])).toBe("dump");
  });
});

describe("the identity of a set of files", () => {
  it("counts the files and their bytes", () => {
    const files = [
      { name: "dump/a", blob: new Blob(["123"]) },
      { name: "dump/b", blob: new Blob(["4567"]) },
    ];
    expect(identify(files)).toEqual({ name: "dump", size: 7, fileCount: 2 });
    expect(identify(files, "chain")).toMatchObject({ sample: "chain" });
  });
});
