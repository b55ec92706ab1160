import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram, DAMAGED, expectRefused, SOUND, WIDE, type Program } from "./icecore.ts";

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const run: Program["run"] = (words, options) => program.run(words, options);
const json: Program["json"] = (words, status) => program.json(words, status);

describe.concurrent("icecore show", () => {
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
    expect(out).toMatch(/^ {2}error vma\.overlap 0x00001d[0-9a-f]{2}-0x00001d[0-9a-f]{2} Region/m);
  });

  test("reads as another revision when told to, and refuses one that does not exist", async () => {
    const shown = await run(["show", "--revision", "v17", SOUND, "--format=json"]);
    expect(JSON.parse(shown.out)).toMatchObject({ revision: "v17", overridden: { revision: true } });
    expectRefused(await run(["show", "--revision", "v99", SOUND]), /no revision v99; did you mean/);
    expectRefused(await run(["show", "--architecture", "x86-64", SOUND]), /no architecture x86-64; did you mean x86_64/);
  });
});

describe.concurrent("icecore table", () => {
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
    const problems = (await json(["table", DAMAGED, "problems"], 1)) as { start: number; end: number }[];
    expect(problems).toMatchObject([{ code: "vma.overlap", severity: "error", message: expect.stringContaining("overlaps"), file: DAMAGED }]);
    expect(problems[0]!.start).toBeLessThanOrEqual(0x1dd1);
    expect(problems[0]!.end).toBeGreaterThan(0x1dd1);
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
