/** Names of members as labels: nothing that looks like a place elsewhere, and nothing that hides another member unsaid. */
import { describe, expect, test } from "vitest";
import { openFileSet } from "../../../src/core/archive/file-set.ts";
import { labelOf } from "../../../src/core/archive/member-path.ts";
import { memorySource } from "../../../src/core/bytes/source.ts";
import { PROBLEM_CODES } from "../../../src/core/model/problem-codes.ts";
import { member, pax, tar } from "../../fixtures/archives/build-tar.ts";
import { zip } from "../../fixtures/archives/build-zip.ts";
import { open } from "../../fixtures/archives/examine.ts";

describe("a label", () => {
  test.each([
    ["checkpoint/core-1.img", "checkpoint/core-1.img"],
    ["./a//b/./c/", "a/b/c"],
    ["/etc/passwd", "etc/passwd"],
    ["../../etc/passwd", "(..)/(..)/etc/passwd"],
    ["a/../b", "a/(..)/b"],
    ["a/..b/c..", "a/..b/c.."],
    ["..", "(..)"],
    [".", ""],
    ["C:/dump/core-1.img", "(C:)/dump/core-1.img"],
    ["C:file", "(C:)file"],
    ["dump/C:file", "dump/C:file"],
    ["nul\0inside", "nul\u{fffd}inside"],
    [`a/${"x".repeat(3000)}/b`, `a/${"x".repeat(3000)}/b`],
  ])("of %j is %j", (path, label) => {
    expect(labelOf(path)).toBe(label);
  });

  test("of a name that is longer than any path is short, and holds both its ends", () => {
    const label = labelOf(`begin/${"x/".repeat(50_000)}end`);
    expect(label).toMatch(/^begin\/x.*\.\.\..*x\/end$/);
    expect(label.length).toBeLessThan(3000);
  });
});

const NAMES = ["a", "/abs", "../up", "C:/drive", "nul\0", "x".repeat(5000), "a"];

test.each(["tar", "zip"])("of many members of a %s that have one fault is one problem, with their number and the place of the first", async (kind) => {
  const names = [...Array.from({ length: 12 }, (_, index) => `/abs/f${index}`), ...Array.from({ length: 12 }, (_, index) => `abs/f${index}`)];
  const archive = await open(kind === "tar" ? tar(...names.map((name) => member({ name }))) : zip(names.map((name) => ({ name }))));
  expect(archive.problems.map(({ code, member: of, message }) => [code, of, message])).toEqual([
    ["archive.path", 0, expect.stringMatching(/^12 member names are unsafe \(it is absolute\): "\/abs\/f0", .* and 4 more\.$/)],
    ["archive.duplicate", 12, expect.stringMatching(/^12 members replace earlier ones of their names: "abs\/f0", .* and 4 more\.$/)],
  ]);
});

describe.each([
  ["tar", tar(...NAMES.flatMap((path, index) => [pax([["path", path]]), member({ name: "short" }, String(index))]))],
  ["zip", zip(NAMES.map((name, index) => ({ name, contents: String(index), method: 0 })))],
])("a %s whose names lead elsewhere or come twice", (_, bytes) => {
  test("shows every member under a harmless label, the last of two of one name, and says so", async () => {
    const set = await openFileSet([{ name: "set", source: memorySource(bytes) }], async (_files, level) => (level === 0 ? [0] : []), {}, () => {});
    const contents = await Promise.all(set.files.map(async ({ path, source }) => [path, new TextDecoder().decode(await source.read(0, 9))]));
    expect(contents).toEqual([["a", "6"], ["abs", "1"], ["(..)/up", "2"], ["(C:)/drive", "3"], ["nul\u{fffd}", "4"], [expect.stringMatching(/^x+\.\.\.x+$/), "5"]]);
    expect(set.problems.map(({ problem: { code, member: of } }) => [code, of])).toEqual([...[1, 2, 3, 4, 5].map((of) => ["archive.path", of]), ["archive.duplicate", 6]]);
    // Rule A1 of the invariants, and A2 for links.
    expect((["archive.path", "archive.duplicate", "archive.link"] as const).map((code) => PROBLEM_CODES[code].severity)).toEqual(["error", "warning", "error"]);
  });
});
