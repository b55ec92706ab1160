/** What real tools write, where they are installed: their own listing and contents are the judge. */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, linkSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../fixtures/archives/examine.ts";

const version = spawnSync("tar", ["--version"], { encoding: "utf8" });
const isGnuTar = version.error === undefined && version.stdout.includes("GNU tar");
const folder = mkdtempSync(join(tmpdir(), "icecore-test-"));
const LONG = `${"very-long-name-".repeat(12)}.img`;

function writeHoles(path: string, size: number, pieces: readonly number[]): void {
  const file = openSync(path, "w");
  for (const at of pieces) writeSync(file, `data at ${at}`, at);
  ftruncateSync(file, size);
  closeSync(file);
}

beforeAll(() => {
  const at = (name: string): string => join(folder, "tree", name);
  mkdirSync(at("deep/er"), { recursive: true });
  writeFileSync(at("deep/core-1.img"), "x".repeat(5000));
  writeFileSync(at("deep/er/empty"), "");
  writeFileSync(at("first"), "linked");
  linkSync(at("first"), at("second"));
  symlinkSync("deep/core-1.img", at("soft"));
  writeHoles(at("sparse"), 3_000_000, [0, 1_000_000, 2_500_000]);
  writeHoles(at("many-holes"), 20_000_000, Array.from({ length: 60 }, (_, index) => index * 300_000));
  writeHoles(at("only-hole"), 1_000_000, []);
});
afterAll(() => rmSync(folder, { recursive: true }));

const FORMATS: readonly (readonly [name: string, options: readonly string[], long: boolean])[] = [
  ["v7", ["--format=v7"], false],
  ["ustar", ["--format=ustar"], false],
  ["old GNU", ["--format=oldgnu", "--sparse"], true],
  ["GNU", ["--format=gnu", "--sparse"], true],
  ["PAX", ["--format=pax"], true],
  ["PAX with sparse 0.0", ["--format=pax", "--sparse", "--sparse-version=0.0"], true],
  ["PAX with sparse 0.1", ["--format=pax", "--sparse", "--sparse-version=0.1"], true],
  ["PAX with sparse 1.0", ["--format=pax", "--sparse", "--sparse-version=1.0"], true],
];

describe.skipIf(!isGnuTar)("a tar of GNU tar", () => {
  test.each(FORMATS)("in the format %s has the tree that was packed", async (_, options, long) => {
    const path = join(folder, "made.tar");
    if (long) writeFileSync(join(folder, "tree", LONG), "long");
    expect(spawnSync("tar", ["-C", join(folder, "tree"), ...options, "--sort=name", "-cf", path, "."]).status).toBe(0);
    rmSync(join(folder, "tree", LONG), { force: true });
    const archive = await open(Uint8Array.from(readFileSync(path)));
    expect(archive.problems).toEqual([]);
    expect(archive.members.map((member) => member.path)).toEqual(spawnSync("tar", ["-tf", path], { encoding: "utf8" }).stdout.trim().split("\n"));
    for (const { kind, path: name, size, source } of archive.members) {
      if (kind !== "file" || name.includes(LONG)) continue;
      const real = readFileSync(join(folder, "tree", name));
      expect(size).toBe(real.length);
      expect(Buffer.compare(await source.read(0, size), real), name).toBe(0);
    }
    const linked = archive.members.find(({ kind }) => kind === "hardlink")!;
    expect(new TextDecoder().decode(await linked.source.read(0, 100))).toBe("linked");
    expect(archive.members.find(({ kind }) => kind === "symlink")!.link).toBe("deep/core-1.img");
  });
});

describe.skipIf(spawnSync("zip", ["-v"]).error !== undefined)("a zip of Info-ZIP", () => {
  test("has the tree that was packed", async () => {
    const path = join(folder, "made.zip");
    expect(spawnSync("zip", ["-qr", path, "."], { cwd: join(folder, "tree") }).status).toBe(0);
    const archive = await open(Uint8Array.from(readFileSync(path)));
    expect(archive.problems).toEqual([]);
    for (const { kind, path: name, size, source } of archive.members) {
      if (kind === "file") expect(Buffer.compare(await source.read(0, size), readFileSync(join(folder, "tree", name))), name).toBe(0);
    }
    expect(archive.members.some(({ path: name }) => name === "deep/er/")).toBe(true);
    expect(archive.problems).toEqual([]);
  });
});
