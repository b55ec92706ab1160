import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { critExplorations, critTexts, criuFiles } from "../support/criu-samples.ts";
import { criuImage } from "../support/criu-image.ts";
import { buildProgram, expectRefused, SAMPLES, SOUND, type Program } from "./icecore.ts";

let program: Program;
/** Folder of a sample, with its images. */
let tree: string;
const at = (name: string): string => join(program.folder, name);

beforeAll(async () => {
  program = await buildProgram();
  tree = at("03-tree");
  for (const [path, bytes] of criuFiles("03-tree")) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), bytes);
  }
});
afterAll(() => program.remove());

const run: Program["run"] = (words, options) => program.run(words, options);

function crit(path: string, pretty: boolean): string {
  const truth = critTexts("03-tree", pretty).get(path)!;
  return "text" in truth ? truth.text : "";
}

describe.concurrent("icecore decode", () => {
  test("prints what crit decode prints", async () => {
    for (const path of ["pstree.img", "mm-22595.img", "stats-dump"]) {
      expect(await run(["decode", join(tree, path)])).toEqual({ status: 0, out: `${crit(path, false)}\n`, err: "" });
      expect(await run(["decode", "--pretty", join(tree, path)])).toEqual({ status: 0, out: `${crit(path, true)}\n`, err: "" });
    }
  });

  test("reads standard input, and writes a file without a line end, as crit does", async () => {
    const input = criuFiles("03-tree").get("pstree.img")!;
    expect(await run(["decode", "-"], { input })).toMatchObject({ status: 0, out: `${crit("pstree.img", false)}\n` });
    const out = at("pstree.json");
    expect(await run(["decode", "-", "--pretty", "-o", out], { input })).toEqual({ status: 0, out: "", err: "" });
    expect(readFileSync(out, "utf8")).toBe(crit("pstree.img", true));
  });

  test("refuses what holds no messages, and leaves no file behind", async () => {
    const out = at("never.json");
    expectRefused(await run(["decode", join(tree, "pages-1.img"), "-o", out]), /cannot be decoded: it holds contents of memory/);
    expect(existsSync(out)).toBe(false);
    expectRefused(await run(["decode", join(SAMPLES, SOUND)]), /no image of CRIU/);
    expectRefused(await run(["decode", tree]), /is a directory/);
    expectRefused(await run(["decode", at("nothing.img")]), /there is no such file/);
    expectRefused(await run(["decode", join(tree, "pstree.img"), "ps"]), /one argument too many/);
    expectRefused(await run(["decode", "-o"]), /needs a value: --output=OUT/);
    expectRefused(await run(["decode", join(tree, "pstree.img"), "-o", "/nowhere/at/all"]), /could not be written/);
  });

  test("never writes over its input", async () => {
    const path = at("own.img");
    writeFileSync(path, criuFiles("03-tree").get("pstree.img")!);
    expectRefused(await run(["decode", path, "-o", path]), /is the input itself/);
    expect(readFileSync(path)).toEqual(Buffer.from(criuFiles("03-tree").get("pstree.img")!));
  });

  test("prints a damaged image as far as it goes, with status 1", async () => {
    const input = criuFiles("03-tree").get("pstree.img")!.subarray(0, -1);
    const { status, out, err } = await run(["decode", "-"], { input });
    expect(status).toBe(1);
    expect((JSON.parse(out) as { entries: unknown[] }).entries).toHaveLength(9);
    expect(err).toMatch(/^icecore: <stdin>: entry 9 has \d+ bytes, of which \d+ are there\n$/);
  });
});

describe.concurrent("icecore encode", () => {
  test("gives the image back, from a file or from standard input", async () => {
    const json = at("mm.json");
    const out = at("mm.img");
    writeFileSync(json, crit("mm-22595.img", true));
    expect(await run(["encode", json, "-o", out])).toEqual({ status: 0, out: "", err: "" });
    expect(readFileSync(out)).toEqual(Buffer.from(criuFiles("03-tree").get("mm-22595.img")!));
    const input = new TextEncoder().encode('{"magic": "FS", "entries": [{"cwd_id": 3, "root_id": 4}]}');
    const { status, out: bytes } = await run(["encode", "-"], { input });
    expect({ status, bytes }).toEqual({ status: 0, bytes: new TextDecoder().decode(criuImage("FS", [{ cwd_id: 3, root_id: 4 }])) });
  });

  test("takes byte order and head", async () => {
    const out = at("fs.img");
    const input = new TextEncoder().encode('{"magic": "FS", "entries": [{"cwd_id": 3, "root_id": 4}]}');
    expect(await run(["encode", "-", "--endian", "big", "--head=none", "-o", out], { input })).toMatchObject({ status: 0 });
    expect(readFileSync(out)).toEqual(Buffer.from(criuImage("FS", [{ cwd_id: 3, root_id: 4 }], { endian: "big", head: "none" })));
    expectRefused(await run(["encode", "-", "--endian=middle"], { input }), /takes little, big/);
  });

  test("says what is wrong, and writes nothing", async () => {
    const out = at("bad.img");
    const input = new TextEncoder().encode('{"magic": "FS", "entries": [{"cwd_id": -3, "root_id": 4}]}');
    expectRefused(await run(["encode", "-", "-o", out], { input }), /<stdin> is no image in JSON: entries\[0\]\.cwd_id: -3 is out of range for uint32/);
    expectRefused(await run(["encode", join(tree, "pstree.img")]), /not JSON: line 1, column 1/);
    expect(existsSync(out)).toBe(false);
  });
});

describe.concurrent("icecore x", () => {
  test("prints what crit x prints, and goes on past zombies", async () => {
    for (const { what, out } of critExplorations("03-tree", "")) {
      const ours = await run(["x", tree, what]);
      expect(ours).toMatchObject({ status: 0, err: "" });
      expect(ours.out.startsWith(out)).toBe(true);
      for (const pid of [22603, 22598]) expect(ours.out).toMatch(new RegExp(`^ *${pid}\\b`, "m"));
    }
  });

  test("names missing images with status 1", async () => {
    const folder = at("few");
    mkdirSync(folder);
    for (const name of ["pstree.img", "core-22595.img"]) writeFileSync(join(folder, name), criuFiles("03-tree").get(name)!);
    const { status, out, err } = await run(["x", folder, "ps"]);
    expect(status).toBe(1);
    expect(out).toMatch(/^ {2}22595 .*tree-root$/m);
    expect(err).toMatch(/^icecore: .*: there is no core-22596\.img$/m);
  });

  test("needs a folder with a tree of tasks, and a word it knows", async () => {
    expectRefused(await run(["x", tree, "fd"]), /does not know fd; did you mean fds/);
    expectRefused(await run(["x", tree]), /x needs WHAT/);
    expectRefused(await run(["x", join(tree, "dump.log"), "ps"]), /holds no CRIU images/);
    expect(await run(["x", join(tree, "pstree.img"), "ps"])).toMatchObject({ status: 1, err: expect.stringMatching(/there is no core-/) });
    expectRefused(await run(["x", at("nowhere"), "ps"]), /there is no such file/);
  });
});
