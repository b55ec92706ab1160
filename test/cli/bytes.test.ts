import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram, DAMAGED, expectRefused, SAMPLES, SOUND, type Program } from "./icecore.ts";

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const run: Program["run"] = (words, options) => program.run(words, options);
const json: Program["json"] = (words, status) => program.json(words, status);

describe.concurrent("icecore records", () => {
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

describe.concurrent("icecore hex", () => {
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

describe.concurrent("icecore explain", () => {
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
