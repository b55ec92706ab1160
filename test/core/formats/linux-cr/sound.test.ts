/** What the samples' READMEs promise: sound images are explained to the last byte and blamed for nothing. */
import { describe, expect, test } from "vitest";
import { openLinuxCr, tableRows } from "../../../support/open.ts";
import { isSound, SAMPLES } from "../../../support/samples.ts";

describe("a sound image", () => {
  test.each(SAMPLES.filter(isSound))("$name has coverage 100 % and no error", async ({ bytes }) => {
    const { inspector } = await openLinuxCr(bytes);
    const { coverage, worst, problems } = await inspector.summary();
    expect(coverage).toEqual({ total: bytes.length, explained: bytes.length });
    expect(worst.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([]);
    expect(problems.error).toBe(0);
  });
});

describe("a damaged image", () => {
  test.each([
    ["trunc-header", "frame.truncated", 0x48ff],
    ["trunc-page", "frame.truncated", 0x69b5],
    ["len-negative", "frame.bad-length", 0x58d],
    ["len-zero", "frame.bad-length", 0x3ed6],
    ["nr-pages-huge", "count.mismatch", 0x10648],
    ["overlap-vma", "vma.overlap", 0x1dd1],
    ["dangling-objref", "objref.dangling", 0x156f5],
    ["duplicate-pid", "pid.duplicate", 0x128],
  ])("%s is reported as %s at its place", async (name, code, start) => {
    const { bytes } = SAMPLES.find((sample) => sample.name === `damaged/${name}`)!;
    const { checkpoint } = await openLinuxCr(bytes);
    const found = checkpoint.diagnostics.list.filter((problem) => problem.code === code);
    expect(found.map(({ span }) => span?.start)).toContain(start);
  });

  test("with one list of IPC entries too many says so", async () => {
    const { bytes } = SAMPLES.find(({ name }) => name === "v16-container")!;
    const { inspector } = await openLinuxCr(bytes);
    const list = (await tableRows(inspector, "records")).findLast(({ name }) => name === "IPC")!;
    const end = Number(list["offset"]) + Number(list["length"]);
    const image = new Uint8Array([...bytes.subarray(0, end), ...bytes.subarray(Number(list["offset"]))]);
    const { checkpoint } = await openLinuxCr(image);
    const found = checkpoint.diagnostics.list.filter(({ code }) => code === "ipc.type");
    expect(found.map(({ message, span }) => [message, span?.start])).toEqual([["IPC entries of the type 505 are announced where no further list is due.", end]]);
  });

  test("leaves everything before and after the damage readable", async () => {
    const counts: Record<string, number[]> = {};
    for (const { name, bytes } of SAMPLES.filter(({ folder }) => folder === "damaged")) {
      const { inspector } = await openLinuxCr(bytes);
      const { tasks, regions, fds } = (await inspector.summary()).counts;
      counts[name.slice("damaged/".length)] = [tasks!, regions!, fds!];
    }
    expect(counts).toEqual({
      "dangling-objref": [5, 24, 24],
      "duplicate-pid": [3, 10, 8],
      "len-negative": [1, 7, 3],
      "len-zero": [5, 24, 22],
      "nr-pages-huge": [5, 24, 22],
      "overlap-vma": [2, 12, 6],
      "trunc-header": [1, 6, 9],
      "trunc-page": [1, 8, 7],
    });
  });
});
