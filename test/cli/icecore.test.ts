import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram, SAMPLES, type Outcome, type Program } from "./icecore.ts";

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const SOUND = "v16-tree.img";
const DAMAGED = "damaged/overlap-vma.img";
const WIDE = "v20-x86_64-tree.img";

const run: Program["run"] = (words, options) => program.run(words, options);

/** Runs a call that must be sound, and reads its JSON. */
async function json(words: readonly string[], status = 0): Promise<unknown> {
  const outcome = await run([...words, "--format", "json"]);
  expect(outcome).toMatchObject({ status, err: "" });
  return JSON.parse(outcome.out);
}

function expectRefused({ status, out, err }: Outcome, words: RegExp): void {
  expect(err).toMatch(words);
  expect(err).toMatch(/^icecore: [^\n]+\n$/);
  expect({ status, out }).toEqual({ status: 2, out: "" });
}

describe("the built file", () => {
  test("is one executable file that names its interpreter and brings everything along", () => {
    expect(statSync(program.path).mode & 0o111).toBe(0o111);
    expect(readdirSync(join(program.path, ".."))).toEqual(["icecore.js"]);
    const text = readFileSync(program.path, "utf8");
    expect(text.startsWith("#!/usr/bin/env node\n")).toBe(true);
    const imported = [...text.matchAll(/^import .* from "([^"]+)"/gm)].map((match) => match[1]);
    expect(imported.filter((name) => !name!.startsWith("node:"))).toEqual([]);
  });
});

describe("icecore show", () => {
  test("says what an image is, in text", async () => {
    const { status, out, err } = await run(["show", SOUND]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/Revision +v16/);
    expect(out).toMatch(/Architecture +x86_32, little endian/);
    expect(out).toMatch(/Explained bytes +100 % \(93,705 of 93,705 bytes\)/);
    expect(out).toMatch(/0 errors, 0 warnings/);
    expect(out).toMatch(/tasks 5/);
  });

  test("prints one object for one image", async () => {
    expect(await json(["show", SOUND])).toMatchObject({
      path: SOUND,
      format: "linux-cr",
      revision: "v16",
      architecture: "x86_32",
      byteOrder: "little",
      pageSize: 4096,
      counts: { tasks: 5, regions: 28 },
      coverage: { total: 93705, explained: 93705 },
      problems: { error: 0, warning: 0, note: 0 },
      reasons: expect.arrayContaining([expect.any(String)]),
      revisionAlternatives: expect.any(Array),
      files: [{ name: SOUND, size: 93705 }],
      facts: expect.arrayContaining([expect.objectContaining({ label: "Kernel", text: "2.6.30-rc7" })]),
    });
  });

  test("prints an array for several images, and the worst status stands", async () => {
    const shown = await json(["show", SOUND, DAMAGED], 1);
    expect(shown).toMatchObject([{ path: SOUND }, { path: DAMAGED, problems: { error: 1 } }]);
  });

  test("shows the other images when one cannot be opened", async () => {
    const { status, out, err } = await run(["show", "--format=json", "missing.img", SOUND]);
    expect({ status, err }).toEqual({ status: 2, err: "icecore: missing.img could not be opened: there is no such file\n" });
    expect(JSON.parse(out)).toMatchObject([{ path: SOUND }]);
  });

  test("names the worst problems with their offsets", async () => {
    const { status, out } = await run(["show", DAMAGED]);
    expect(status).toBe(1);
    expect(out).toMatch(/error vma\.overlap 0x00001da9-0x00001df1 Region/);
  });

  test("reads as another revision when told to, and refuses one that does not exist", async () => {
    const shown = await run(["show", "--revision", "v17", SOUND, "--format=json"]);
    expect(JSON.parse(shown.out)).toMatchObject({ revision: "v17", overridden: { revision: true } });
    expectRefused(await run(["show", "--revision", "v99", SOUND]), /no revision v99; did you mean/);
    expectRefused(await run(["show", "--architecture", "x86-64", SOUND]), /no architecture x86-64; did you mean x86_64/);
  });
});

describe("icecore table", () => {
  test("lists the tables with their row counts", async () => {
    const { status, out } = await run(["table", SOUND]);
    expect(status).toBe(0);
    expect(out).toMatch(/^regions +28 /m);
    expect(await json(["table", SOUND])).toEqual(expect.arrayContaining([expect.objectContaining({ name: "tasks", rows: 5 })]));
    const csv = await run(["table", SOUND, "--format", "csv"]);
    expect(csv.out.split("\r\n")[0]).toBe("name,rows,group,label,doc");
    const lines = (await run(["table", SOUND, "--format", "ndjson"])).out.trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toHaveLength(csv.out.trimEnd().split("\r\n").length - 1);
  });

  test.each([
    ["tasks", ["pid", "ppid", "pgid", "sid", "name", "state"]],
    ["regions", ["pid", "start", "end", "prot", "kind", "path", "offset"]],
    ["fds", ["pid", "fd", "kind", "path", "position", "flags"]],
  ])("gives every row of %s its main columns", async (name, columns) => {
    const rows = (await json(["table", WIDE, name])) as Record<string, unknown>[];
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(Object.keys(row)).toEqual(expect.arrayContaining(columns));
  });

  test("writes addresses as 0x text and protection as in /proc/PID/maps", async () => {
    const rows = (await json(["table", SOUND, "regions"])) as { start: string; end: string; prot: string; offset: string }[];
    for (const { start, end, prot, offset } of rows) {
      for (const address of [start, end, offset]) expect(address).toMatch(/^0x[0-9a-f]+$/);
      expect(prot).toMatch(/^[r-][w-][x-][ps]$/);
    }
  });

  test("has the columns of a problem", async () => {
    expect(await json(["table", DAMAGED, "problems"], 1)).toEqual([
      expect.objectContaining({ code: "vma.overlap", severity: "error", message: expect.any(String), file: DAMAGED, start: 0x1da9, end: 0x1df1 }),
    ]);
  });

  test("gives the same rows as json, ndjson and csv", async () => {
    const words = ["table", SOUND, "fds", "--columns", "fd,pid,path"];
    const rows = (await json(words)) as { fd: number; pid: number; path: string }[];
    const ndjson = await run([...words, "--format", "ndjson"]);
    expect(ndjson.out.trimEnd().split("\n").map((line): unknown => JSON.parse(line))).toEqual(rows);
    const csv = await run([...words, "--format", "csv"]);
    expect(csv.out.trimEnd().split("\r\n")).toEqual(["fd,pid,path", ...rows.map(({ fd, pid, path }) => `${fd},${pid},${path}`)]);
  });

  test("aligns text, shows the telling columns, and all of them on demand", async () => {
    const lines = (await run(["table", SOUND, "tasks"])).out.trimEnd().split("\n");
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^pid +name +state/);
    expect(lines[0]).not.toMatch(/exit_signal/);
    // Children stand under their parents, indented.
    expect(lines[2]).toMatch(/^ 89 {4}c1 /);
    expect((await run(["table", SOUND, "tasks", "--all-columns"])).out).toMatch(/exit_signal/);
  });

  test("filters, searches and sorts", async () => {
    const words = ["table", SOUND, "fds", "--filter", "pid=88", "--filter", "fd=>=3", "--sort", "fd:desc", "--columns", "fd"];
    expect(await json(words)).toEqual([{ fd: 6 }, { fd: 5 }, { fd: 4 }, { fd: 3 }]);
    expect(await json(["table", SOUND, "fds", "--search", "/dev/null", "--columns=pid", "--filter=fd=0", "--sort=pid"])).toEqual(
      [88, 89, 90, 91].map((pid) => ({ pid })),
    );
    expect(await run(["table", SOUND, "fds", "--filter", "fd=77"])).toEqual({ status: 0, out: "None of the 24 rows fits.\n", err: "" });
    expect(await json(["table", SOUND, "fds", "--filter", "fd=77"])).toEqual([]);
  });

  test("names near matches of a wrong table, column or filter", async () => {
    expectRefused(await run(["table", SOUND, "region"]), /no table region; did you mean regions\?/);
    expectRefused(await run(["table", SOUND, "tasks", "--columns", "pid,nmae"]), /no column nmae; did you mean name\?/);
    expectRefused(await run(["table", SOUND, "tasks", "--sort", "ppd"]), /did you mean .*ppid/);
    expectRefused(await run(["table", SOUND, "tasks", "--sort", "pid:down"]), /COL:desc/);
    expectRefused(await run(["table", SOUND, "tasks", "--filter", "pid"]), /COL=EXPR/);
    expectRefused(await run(["table", SOUND, "--sort", "pid"]), /needs the NAME/);
  });
});

describe("icecore check", () => {
  test("prints a line for each problem and a summary", async () => {
    const { status, out } = await run(["check", DAMAGED]);
    expect(status).toBe(1);
    expect(out).toMatch(/^error vma\.overlap 0x00001da9-0x00001df1 .+\n1 error, 0 warnings, 0 notes; 100 % .+ explained\n$/);
    expect(await run(["check", SOUND])).toMatchObject({ status: 0, out: expect.stringMatching(/^0 errors, /) });
  });

  test("finds an error in every damaged image, and none in the sound one", async () => {
    const damaged = readdirSync(join(SAMPLES, "damaged")).filter((name) => name.endsWith(".img")).map((name) => `damaged/${name}`);
    const { out, status } = await run(["check", SOUND, ...damaged]);
    expect(status).toBe(1);
    for (const name of damaged) expect(out).toContain(`${name}: error `);
    expect(out).not.toContain(`${SOUND}: error `);
  });

  test("prints the problems of all images as one JSON array", async () => {
    const problems = await json(["check", SOUND, DAMAGED, "damaged/trunc-page.img"], 1);
    expect(problems).toMatchObject([{ file: DAMAGED, code: "vma.overlap" }, { file: "damaged/trunc-page.img" }, { file: "damaged/trunc-page.img" }]);
    expect(await json(["check", SOUND])).toEqual([]);
  });

  test("prints SARIF 2.1.0 with rules, help and byte regions", async () => {
    const { status, out } = await run(["check", "--format", "sarif", DAMAGED]);
    expect(status).toBe(1);
    const log = JSON.parse(out) as { runs: { tool: { driver: { rules: { id: string; help: { text: string } }[] } }; results: { ruleId: string; ruleIndex: number }[] }[] };
    expect(log).toMatchObject({
      $schema: expect.stringContaining("sarif-2.1.0"),
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "icecore", version: expect.stringMatching(/^\d+\.\d+\.\d+/) } },
          invocations: [{ executionSuccessful: true, exitCode: 1 }],
          artifacts: [{ location: { uri: DAMAGED }, length: 50849 }],
          results: [
            {
              ruleId: "vma.overlap",
              level: "error",
              message: { text: expect.stringContaining("overlaps") },
              locations: [{ physicalLocation: { artifactLocation: { uri: DAMAGED, index: 0 }, region: { byteOffset: 0x1da9, byteLength: 0x48 } } }],
            },
          ],
        },
      ],
    });
    const { driver } = log.runs[0]!.tool;
    for (const { id, help } of driver.rules) expect({ id, help: help.text !== "" }).toEqual({ id: expect.stringMatching(/^[a-z]+\.[a-z-]+$/), help: true });
    for (const { ruleId, ruleIndex } of log.runs[0]!.results) expect(driver.rules[ruleIndex]!.id).toBe(ruleId);
  });

  test("writes file names into SARIF as URIs", async () => {
    const path = join(program.folder, "50 % [done].img");
    writeFileSync(path, readFileSync(join(SAMPLES, DAMAGED)));
    const { out } = await run(["check", "--format", "sarif", path]);
    expect(out).toContain('"uri": "file:///');
    expect(out).toMatch(/50%20%25%20(\[|%5B)done(\]|%5D)\.img"/);
  });
});

describe("icecore records", () => {
  test("prints the raw stream in every format", async () => {
    const rows = (await json(["records", SOUND])) as { offset: number; length: number }[];
    let at = 0;
    for (const { offset, length } of rows) {
      expect(offset).toBe(at);
      at += length;
    }
    expect(at).toBe(93705);
    expect((await run(["records", SOUND, "--format", "csv"])).out.split("\r\n")).toHaveLength(rows.length + 2);
    expect((await run(["records", SOUND, "--format", "ndjson"])).out.split("\n")).toHaveLength(rows.length + 1);
    expect((await run(["records", SOUND])).out.split("\n")).toHaveLength(rows.length + 2);
  });

  test("prints the fields of each record on demand", async () => {
    const { out, status } = await run(["records", SOUND, "--fields", "--filter", "name==HEADER"]);
    expect(status).toBe(0);
    expect(out).toMatch(/^0x00000000-0x00000030 HEADER\n/);
    expect(out).toMatch(/^0x00000008-0x00000010 +magic +u64 +0xfeed0cc0a2d200$/m);
    expectRefused(await run(["records", SOUND, "--fields", "--format", "json"]), /text only/);
  });
});

describe("icecore hex", () => {
  test("prints what xxd prints", async () => {
    const { out, status } = await run(["hex", SOUND, "--offset", "0x30", "--length", "20"]);
    expect(status).toBe(0);
    expect(out).toBe(
      "00000030: 0300 0000 4900 0000 322e 362e 3330 2d72  ....I...2.6.30-r\n00000040: 6337 0000                                c7..\n",
    );
  });

  test("gives every byte of the file back, across its reading window", async () => {
    const { out } = await run(["hex", SOUND, "--length", "93705"]);
    const bytes = out.replace(/^[0-9a-f]+: (.{40}).*$/gm, "$1").replace(/\s/g, "");
    expect(bytes).toBe(readFileSync(join(SAMPLES, SOUND)).toString("hex"));
  });

  test("names the records on demand", async () => {
    const { out } = await run(["hex", SOUND, "--annotate", "--offset", "4", "--length", "93701"]);
    expect(out).toMatch(/^# HEADER \(continued\)\n00000004: /);
    expect(out).toMatch(/^# BUFFER \(release\)\n00000030: /m);
    const rows = (await json(["records", SOUND])) as unknown[];
    expect(out.match(/^# /gm)).toHaveLength(rows.length);
    const bytes = out.replace(/^#.*\n/gm, "").replace(/^[0-9a-f]+: (.{40}).*$/gm, "$1").replace(/\s/g, "");
    expect(bytes).toBe(readFileSync(join(SAMPLES, SOUND)).subarray(4).toString("hex"));
  });

  test("stops at the end of the file, and refuses to begin there", async () => {
    expect((await run(["hex", SOUND, "--offset", "93704", "--length", "1000"])).out).toMatch(/^00016e08: [0-9a-f]{2} {39}.\n$/);
    expectRefused(await run(["hex", SOUND, "--offset", "93705"]), /past the end: the image has 93,705 bytes/);
    expectRefused(await run(["hex", SOUND, "--offset", "ten"]), /decimal or 0x/);
    expectRefused(await run(["hex", SOUND, "--offset=-1"]), /decimal or 0x/);
  });
});

describe("icecore explain", () => {
  test("says what a byte belongs to", async () => {
    const { out, status } = await run(["explain", SOUND, "--offset", "0x48f"]);
    expect(status).toBe(0);
    expect(out).toMatch(/^path +FILE_DESC > h > len$/m);
    expect(out).toMatch(/^value +24 B$/m);
    expect(await json(["explain", SOUND, "--offset", "0x48f"])).toMatchObject({
      offset: 0x48f,
      breadcrumb: ["FILE_DESC", "h", "len"],
      field: { name: "len", value: 24, span: { start: 0x48f, end: 0x493 } },
      recordSpan: { start: 0x48b, end: 0x4a3 },
    });
  });

  test("names the problem of a damaged byte", async () => {
    const { out, status } = await run(["explain", DAMAGED, "--offset", "0x1dd1"]);
    expect(status).toBe(1);
    expect(out).toMatch(/^error +vma\.overlap /m);
  });

  test("needs an offset inside the file", async () => {
    expectRefused(await run(["explain", SOUND]), /needs --offset/);
    expectRefused(await run(["explain", SOUND, "--offset", "0x16e09"]), /past the end/);
  });
});

describe("where an image comes from", () => {
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

  test("a compressed image reads like the plain one, from a file and from a pipe", async () => {
    const path = join(program.folder, "image.gz");
    writeFileSync(path, gzipSync(image));
    const words = ["table", WIDE, "tasks", "--format", "csv"];
    const plain = await run(words);
    expect(await run(words.with(1, path))).toEqual(plain);
    expect(await run(words.with(1, "-"), { input: gzipSync(image) })).toEqual(plain);
    expect((await run(["show", path])).out).toMatch(/stored compressed in/);
    expect(await run(["check", path, "--inflate-limit", "4K"])).toMatchObject({ status: 1, out: expect.stringMatching(/gzip\.limit/) });
    expect(await run(["check", path, "--inflate-limit", "1M"])).toMatchObject({ status: 0 });
    expectRefused(await run(["check", path, "--inflate-limit", "lots"]), /500M or 4G/);
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
    expectRefused(await run(["check", "damaged"]), /damaged is a directory/);
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

describe("the call", () => {
  test("options may stand anywhere and be tied with =, and -- ends them", async () => {
    const plain = await run(["table", SOUND, "fds", "--format", "csv"]);
    expect(await run(["--format=csv", "table", SOUND, "fds"])).toEqual(plain);
    expect(await run(["table", "--format", "csv", SOUND, "--", "fds"])).toEqual(plain);
    expectRefused(await run(["show", "--", "--help"]), /--help could not be opened/);
  });

  test.each([
    [[], /no command was given/],
    [["shwo", SOUND], /no command shwo; did you mean show\?/],
    [[SOUND], /say icecore show v16-tree\.img/],
    [["show"], /show needs PATH/],
    [["show", ""], /an argument is empty/],
    [["hex", SOUND, "extra"], /"extra" is one argument too many/],
    [["show", SOUND, "--fromat", "json"], /no option --fromat; did you mean --format\?/],
    [["show", SOUND, "--annotate"], /show has no option --annotate/],
    [["show", SOUND, "--format", "xml"], /--format takes text, json, not "xml"/],
    [["show", SOUND, "--format"], /--format needs a value/],
    [["table", SOUND, "fds", "--search", "--sort", "fd"], /--search needs a value/],
    [["hex", SOUND, "--annotate=yes"], /takes no value/],
    [["show", SOUND, "--constructor"], /no option --constructor/],
    [["table", SOUND, "constructor"], /no table constructor/],
    [["completion", "ksh"], /no completion for ksh/],
  ])("%j is refused in one line", async (words, reason) => {
    expectRefused(await run(words), reason);
  });

  test("every command explains itself", async () => {
    const general = await run(["--help"]);
    expect(general).toMatchObject({ status: 0, err: "" });
    for (const command of ["show", "table", "check", "records", "hex", "explain", "completion", "help"]) {
      expect(general.out).toMatch(new RegExp(`^  ${command} `, "m"));
      const help = await run([command, "--help"]);
      expect(help).toMatchObject({ status: 0, err: "", out: expect.stringMatching(new RegExp(`^Usage: icecore ${command} `)) });
      if (command !== "help") expect(await run(["help", command])).toEqual(help);
      for (const line of help.out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    }
    expect(await run(["show", "-h", "--nonsense"])).toMatchObject({ status: 0 });
    expect(await run(["--version"])).toMatchObject({ status: 0, out: expect.stringMatching(/^icecore \d+\.\d+\.\d+\n$/) });
  });
});

describe("the output", () => {
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

  test("ends with 130 when interrupted", async () => {
    expect(await run(["show", "-"], { interruptAfterMs: 400 })).toEqual({ status: 130, out: "", err: "" });
  });
});
