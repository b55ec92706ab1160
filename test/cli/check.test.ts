import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram, DAMAGED, SAMPLES, SOUND, type Program } from "./icecore.ts";

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const run: Program["run"] = (words, options) => program.run(words, options);
const json: Program["json"] = (words, status) => program.json(words, status);

describe.concurrent("icecore check", () => {
  test("prints a line for each problem and a summary", async () => {
    const { status, out } = await run(["check", DAMAGED]);
    expect(status).toBe(1);
    expect(out).toMatch(/^error vma\.overlap 0x0000[0-9a-f]{4}-0x0000[0-9a-f]{4} .+\n1 error, 0 warnings, 0 notes; 100 % .+ explained\n$/);
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
    const [{ start, end }] = (await json(["check", DAMAGED], 1)) as [{ start: number; end: number }];
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
              locations: [{ physicalLocation: { artifactLocation: { uri: DAMAGED, index: 0 }, region: { byteOffset: start, byteLength: end - start } } }],
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
