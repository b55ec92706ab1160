import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { scratchStore } from "../../src/cli/scratch.ts";

const folder = mkdtempSync(join(tmpdir(), "icecore-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("scratch space of the command line", () => {
  test("gives back what was appended, and leaves no file in the folder even while it is open", async () => {
    const file = await scratchStore(folder).create();
    expect(readdirSync(folder)).toEqual([]);
    await file.append(new Uint8Array([1, 2, 3]));
    await file.append(new Uint8Array(100_000).fill(7));
    expect(file.size).toBe(100_003);
    const source = file.source();
    expect([...(await source.read(1, 5))]).toEqual([2, 3, 7, 7]);
    expect(await source.read(100_000, 200_000)).toHaveLength(3);
    await file.close();
    await file.close();
  });

  test("says in a sentence why it cannot be had", async () => {
    await expect(scratchStore(join(folder, "missing")).create()).rejects.toThrow(/cannot be kept in .*missing .*TMPDIR/);
  });
});
