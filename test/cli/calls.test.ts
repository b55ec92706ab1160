import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { zip } from "../fixtures/archives/build-zip.ts";
import { untar } from "../support/untar.ts";
import { buildProgram, DAMAGED, expectRefused, SAMPLES, SOUND, WIDE, type Program } from "./icecore.ts";

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const run: Program["run"] = (words, options) => program.run(words, options);
const json: Program["json"] = (words, status) => program.json(words, status);

describe.concurrent("the built file", () => {
  test("is one executable file that names its interpreter and brings everything along", () => {
    expect(statSync(program.path).mode & 0o111).toBe(0o111);
    expect(readdirSync(join(program.path, ".."))).toEqual(["icecore.js"]);
    const text = readFileSync(program.path, "utf8");
    expect(text.startsWith("#!/usr/bin/env node\n")).toBe(true);
    const imported = [...text.matchAll(/^import .* from "([^"]+)"/gm)].map((match) => match[1]);
    expect(imported.filter((name) => !name!.startsWith("node:"))).toEqual([]);
  });
});

describe.concurrent("where an image comes from", () => {
  const image = readFileSync(join(SAMPLES, WIDE));

  test.each([
    [["table", "fds", "--format", "csv"]],
    [["records", "--format", "ndjson"]],
    [["hex", "--length", "0x4000"]],
  ])("standard input gives the same as the file: %j", async ([command, ...rest]) => {
    const fromFile = await run([command!, WIDE, ...rest]);
    expect(fromFile.out).not.toBe("");
    expect(await run([command!, "-", ...rest], { input: image })).toEqual(fromFile);
  });

  test("a pipe leaves no file behind", async () => {
    const folder = join(program.folder, "spool");
    mkdirSync(folder);
    expect(await run(["show", "-"], { input: image, environment: { TMPDIR: folder } })).toMatchObject({ status: 0, err: "" });
    expect(readdirSync(folder)).toEqual([]);
    const nowhere = await run(["show", "-"], { input: image, environment: { TMPDIR: join(folder, "missing") } });
    expectRefused(nowhere, /<stdin> could not be opened/);
  });

  test("a folder of Docker's checkpoints brings what Docker says of the container", async () => {
    const folder = join(program.folder, "containers");
    const archive = new Uint8Array(readFileSync(new URL("../fixtures/real/containers/docker-folder.tar.gz", import.meta.url)));
    for (const [path, bytes] of untar(archive)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const [id] = readdirSync(folder);
    const { out, status } = await run(["show", join(folder, id!, "checkpoints", "before-upgrade")]);
    expect(status).toBe(0);
    expect(out).toMatch(/: Docker container checkpoint: shop\n/);
    expect(out).toMatch(new RegExp(`Id +${id!}\\n +Checkpoint +before-upgrade\\n`));
  });

  test("a compressed image reads like the plain one, from a file and from a pipe", async () => {
    const path = join(program.folder, "image.gz");
    writeFileSync(path, gzipSync(image));
    const words = ["table", WIDE, "tasks", "--format", "csv"];
    const plain = await run(words);
    expect(await run(words.with(1, path))).toEqual(plain);
    expect(await run(words.with(1, "-"), { input: gzipSync(image) })).toEqual(plain);
    expect((await run(["show", path])).out).toMatch(/stored compressed in/);
    expect(await run(["check", path, "--inflate-limit", "4K"])).toMatchObject({ status: 1, out: expect.stringMatching(/archive\.limit/) });
    expect(await run(["check", path, "--inflate-limit", "1M"])).toMatchObject({ status: 0 });
    expectRefused(await run(["check", path, "--inflate-limit", "lots"]), /500M or 4G/);
  });

  test("checksums of what nobody reads are compared when --checksums asks for it", async () => {
    const path = join(program.folder, "set.zip");
    writeFileSync(path, zip([{ name: "image", contents: image, method: 0 }, { name: "large.bin", contents: new Uint8Array(2 ** 22), method: 0, crc: 1 }]));
    expect((await run(["check", path])).out).not.toContain("archive.crc");
    expect(await run(["check", path, "--checksums"])).toMatchObject({ status: 1, out: expect.stringMatching(/^error archive\.crc .*"large\.bin"/m) });
  });

  test("a file of 100 GB is not read whole", async () => {
    const path = join(program.folder, "sparse.img");
    writeFileSync(path, image);
    truncateSync(path, 100 * 2 ** 30);
    const { out } = await run(["hex", path, "--offset", String(99 * 2 ** 30), "--length", "1"]);
    expect(out).toMatch(/^18c0000000: 00 +\.\n$/);
  });

  test("what cannot be opened is refused in one line", async () => {
    expectRefused(await run(["show", "missing.img"]), /missing\.img could not be opened: there is no such file/);
    expectRefused(await run(["check", "damaged", "--checkpoint", "nowhere"]), /There is no checkpoint nowhere/);
    expectRefused(await run(["show", `${SOUND}/x`]), /not a directory/);
    expectRefused(await run(["table", "missing\u001b[31m.img"]), /missing\\x1b\[31m\.img/);
    expectRefused(await run(["show", "-", "-"]), /read only once/);
  });

  test("a file that is no checkpoint is shown as bytes, with status 2", async () => {
    const outcome = await run(["show", "README.md", "--format", "json"]);
    expect(outcome).toMatchObject({ status: 2, err: "icecore: README.md: no format recognises this file\n" });
    expect(JSON.parse(outcome.out)).toMatchObject({ format: "unknown", revision: null });
    expect(await run(["show", "-"])).toMatchObject({ status: 1, out: expect.stringMatching(/image\.empty/) });
  });
});

describe.concurrent("the call", () => {
  test("options may stand anywhere and be tied with =, and -- ends them", async () => {
    const plain = await run(["table", SOUND, "fds", "--format", "csv"]);
    expect(await run(["--format=csv", "table", SOUND, "fds"])).toEqual(plain);
    expect(await run(["table", "--format", "csv", SOUND, "--", "fds"])).toEqual(plain);
    expectRefused(await run(["show", "--", "--help"]), /--help could not be opened/);
  });

  test("a wrong one is refused in one line", async () => {
    expectRefused(await run([]), /no command was given/);
    expectRefused(await run(["show", SOUND, "--format", "xml"]), /--format takes text, json, not "xml"/);
    expectRefused(await run(["table", SOUND, "constructor"]), /no table constructor/);
    expectRefused(await run(["completion", "ksh"]), /no completion for ksh/);
  });

  test("prints help, the version and completion scripts on standard output", async () => {
    expect(await run(["--help"])).toMatchObject({ status: 0, err: "", out: expect.stringMatching(/^icecore looks inside/) });
    expect(await run(["help", "hex"])).toMatchObject({ status: 0, err: "", out: expect.stringMatching(/^Usage: icecore hex PATH /) });
    expect(await run(["--version"])).toMatchObject({ status: 0, out: expect.stringMatching(/^icecore \d+\.\d+\.\d+\n$/) });
    expect(await run(["completion", "zsh"])).toMatchObject({ status: 0, err: "", out: expect.stringMatching(/^#compdef icecore\n/) });
  });
});

describe.concurrent("the output", () => {
  const ESCAPE = "\u001b";

  test("has no colour unless it goes to a terminal or is asked for", async () => {
    expect((await run(["check", DAMAGED])).out).not.toContain(ESCAPE);
    expect((await run(["check", DAMAGED, "--color", "always"])).out).toContain(`${ESCAPE}[31merror${ESCAPE}[0m`);
    expect((await run(["check", DAMAGED, "--color", "never"])).out).not.toContain(ESCAPE);
  });

  test("shows control characters of an image instead of obeying them", async () => {
    const bytes = readFileSync(join(SAMPLES, SOUND));
    const path = join(program.folder, "hostile.img");
    const name = bytes.indexOf("g1-grandchild");
    bytes.write("\u001b]0;x\u0007\u009b2J", name, "latin1");
    writeFileSync(path, bytes);
    for (const words of [["show", path], ["table", path, "tasks"], ["records", path, "--fields"], ["explain", path, "--offset", String(name)], ["table", path, "tasks", "--format", "json"]]) {
      const { out } = await run(words);
      // oxlint-disable-next-line no-control-regex
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
    const rows = (await json(["table", path, "tasks"])) as { name: string }[];
    expect(rows.map((row) => row.name)).toContainEqual(expect.stringContaining(ESCAPE));
  });

  test("may be cut off by its reader, with the status it would have had", async () => {
    const sound = await run(["hex", SOUND, "--length", "93705"], { readLittle: true });
    expect(sound).toMatchObject({ status: 0, err: "" });
    const damaged = await run(["records", "damaged/trunc-page.img", "--fields"], { readLittle: true });
    expect(damaged).toMatchObject({ status: 1, err: "" });
    const several = await run(["show", SOUND, "damaged/trunc-page.img"], { readLittle: true });
    expect(several).toMatchObject({ status: 1, err: "" });
  });

  test("ends at once when interrupted, by the signal itself, which a shell calls 130", async () => {
    expect(await run(["show", "-"], { interruptAfterMs: 300 })).toEqual({ status: "SIGINT", out: "", err: "" });
  });
});
