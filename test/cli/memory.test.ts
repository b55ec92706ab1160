import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { procTruth } from "../support/criu-truth.ts";
import { buildProgram, expectRefused, SAMPLES, type Program } from "./icecore.ts";

const CRIU = fileURLToPath(new URL("../fixtures/real/criu/", import.meta.url));
const SIMPLE = join(CRIU, "01-simple.tar.gz");
const TREE = join(CRIU, "03-tree.tar.gz");
const PIPES = join(CRIU, "04-pipes.tar.gz");

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const run: Program["run"] = (words, options) => program.run(words, options);

const [task] = procTruth("01-simple").tasks;
const heap = task!.maps.find(({ path }) => path === "[heap]")!;

/** Bytes that `icecore read` gives. */
async function readBytes(path: string, ...words: readonly string[]): Promise<Uint8Array> {
  const out = join(program.folder, `read-${Math.random()}`);
  const { status, err } = await run(["read", path, ...words, "-o", out]);
  expect([status, err]).toEqual([0, ""]);
  return readFileSync(out);
}

describe.concurrent("icecore map", () => {
  test("prints a line for each region, as /proc/PID/maps has them, and what is there of it", async () => {
    const { out, status } = await run(["map", SIMPLE]);
    expect(status).toBe(0);
    for (const { start, end, prot, offset, path } of task!.maps) {
      // CRIU joins the two areas of the kernel's variables.
      if (path.startsWith("[vvar")) continue;
      const hex = (value: bigint): string => value.toString(16).padStart(8, "0");
      expect(out).toMatch(new RegExp(`^${hex(start)}-${hex(end)} +${prot} +${hex(offset)} .*${path.replaceAll(/[[\]/.]/g, "\\$&")}`, "m"));
    }
    expect(out).toMatch(/^22467 simple: .* mapped, .* in this image/m);
    const lines = (await run(["map", SIMPLE, "--format", "ndjson"])).out.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(task!.maps.filter(({ path }) => path !== "[vvar_vclock]").length);
    for (const { start, end, image, parent, zero, file, absent } of lines) expect(Number(BigInt(end as string) - BigInt(start as string))).toBe([image, parent, zero, file, absent].reduce<number>((sum, part) => sum + (part as number), 0));
  });

  test("asks which task is meant where there are several", async () => {
    expectRefused(await run(["map", TREE]), /holds the memory of 8 tasks; choose one with --pid: 22595 tree-root/);
    expectRefused(await run(["map", TREE, "--pid", "1"]), /No task has the pid 1; there is that of/);
    expectRefused(await run(["map", TREE, "--pid", "x"]), /--pid takes a process id/);
    expect((await run(["map", TREE, "--pid", "22596"])).out).toMatch(/^22596 a-group: /m);
  });
});

describe.concurrent("icecore read", () => {
  test("gives the bytes of any address, to a file or to standard output", async () => {
    const bytes = await readBytes(SIMPLE, "--address", "0x7ffec0260fe3", "--length", "21");
    expect(new TextDecoder().decode(bytes)).toBe("/srv/demo/bin/simple\0");
    const { out } = await run(["read", SIMPLE, "--address", "0x7ffec0260fe3", "--length", "20"]);
    expect(out).toBe("/srv/demo/bin/simple");
    expect(await readBytes(SIMPLE, "--address", "heap+0x10", "--length", "16")).toEqual(await readBytes(SIMPLE, "--address", `0x${(heap.start + 0x10n).toString(16)}`, "--length", "0x10"));
  });

  test("says which part is not there, and writes nothing; with --fill zeros stand in its place", async () => {
    const out = join(program.folder, "absent");
    expectRefused(await run(["read", SIMPLE, "--address", "0x401000", "--length", "8K", "-o", out]), /4\.0 KiB of the range are not in the checkpoint: 0x402000 to 0x403000: as in \/srv\/demo\/bin\/simple/);
    expect(existsSync(out)).toBe(false);
    const filled = await run(["read", SIMPLE, "--address", "0x401000", "--length", "8K", "--fill", "-o", out]);
    expect([filled.status, filled.err]).toEqual([0, expect.stringMatching(/^icecore: 4\.0 KiB of the range are not in the checkpoint and written as zeros/)]);
    const bytes = readFileSync(out);
    expect([bytes.length, bytes.subarray(4096).every((byte) => byte === 0), bytes.subarray(0, 4096).some((byte) => byte !== 0)]).toEqual([8192, true, true]);
    expectRefused(await run(["read", SIMPLE, "--address", "nowhere", "--length", "1"]), /is called "nowhere"/);
    expectRefused(await run(["read", SIMPLE, "--address", "0x401000"]), /read needs --address and --length/);
  });
});

describe.concurrent("icecore read --hex", () => {
  test("prints the bytes in the manner of xxd, and says what is not there", async () => {
    const bytes = await readBytes(SIMPLE, "--address", "0x4a2a00", "--length", "0x60");
    const { out, status } = await run(["read", SIMPLE, "--address", "0x4a2a00", "--length", "0x60", "--hex"]);
    expect(status).toBe(0);
    expect(out.replace(/^[0-9a-f]+: (.{40}).*$/gm, "$1").replace(/\s/g, "")).toBe(Buffer.from(bytes).toString("hex"));
    const gap = (await run(["read", SIMPLE, "--address", "0x401ff8", "--length", "64", "--hex"])).out.split("\n");
    expect(gap[0]).toMatch(/^000000401ff0: {21}[0-9a-f]{4} /);
    expect(gap[1]).toBe("000000402000: 56 B to 0x402037: as in /srv/demo/bin/simple, which is not in the image");
    expect((await run(["read", SIMPLE, "--address", "0x400ffc", "--length", "8", "--hex"])).out).toMatch(/^000000400ff0: {31}\.\.\.\. \.\.\.\. /);
  });
});

describe.concurrent("icecore search and strings", () => {
  test("find what grep finds in the bytes that read gives", async () => {
    const raw = await readBytes(SIMPLE, "--address", "stack", "--length", `0x${(task!.maps.find(({ path }) => path === "[stack]")!.end - task!.maps.find(({ path }) => path === "[stack]")!.start).toString(16)}`);
    const stack = task!.maps.find(({ path }) => path === "[stack]")!.start;
    const wanted = [...spawnSync("grep", ["-abo", "demo"], { input: raw }).stdout.toString("latin1").matchAll(/^(\d+):/gm)].map((match) => `0x${(stack + BigInt(match[1]!)).toString(16)}`);
    const { out, status } = await run(["search", SIMPLE, "demo", "--pid", "22467", "--format", "ndjson"]);
    expect(status).toBe(0);
    const found = out.trim().split("\n").map((line) => JSON.parse(line) as { address: string; owner: string; bytes: string });
    expect(found.filter(({ owner }) => owner === "22467 simple: stack").map(({ address }) => address)).toEqual(wanted);
    for (const { bytes } of found) expect(bytes).toBe(Buffer.from("demo").toString("hex"));
    expect((await run(["search", SIMPLE, "DEMO", "-i"])).out.trim().split("\n").length).toBeGreaterThanOrEqual(found.length);
    expect((await run(["search", SIMPLE, "64 65 ?? 6f", "--as", "hex"])).out.match(/\[de.o\]/g)!.length).toBeGreaterThanOrEqual(found.length);
    expect((await run(["search", SIMPLE, "d[ef]mo", "--as", "regex"])).out).toMatch(/\[demo\]/);
  });

  test("look into what waits in pipes, and say whose it is", async () => {
    const { out } = await run(["search", PIPES, "hello|data", "--as", "regex", "--format", "ndjson"]);
    expect(out.split("\n").some((line) => line.includes('"where":"data"') && line.includes('"table":"pipes"'))).toBe(true);
  });

  test("tell of a pattern that is none, of nothing found, and of the cap", async () => {
    expectRefused(await run(["search", SIMPLE, "4x", "--as", "hex"]), /is not a hex digit/);
    expectRefused(await run(["search", SIMPLE, "(", "--as", "regex"]), /expression/i);
    const none = await run(["search", SIMPLE, "no such text in there"]);
    expect([none.status, none.out]).toEqual([1, ""]);
    const some = await run(["search", SIMPLE, "00", "--as", "hex", "--max", "3"]);
    expect([some.status, some.out.trim().split("\n").length]).toEqual([0, 3]);
    expect(some.err).toMatch(/the search ended at 3 hits/);
    const { out } = await run(["strings", SIMPLE, "--min", "16"]);
    for (const line of out.trim().split("\n")) expect(line).toMatch(/^0x[0-9a-f]{12} {2}22467 simple: \w+ {2}.{16,}$/);
    expect(out).toMatch(/MALLOC_TRIM_THRESHOLD_$/m);
  });
});

describe.concurrent("icecore core", () => {
  test("writes an ELF core, in which long runs of zeros take no space", async () => {
    const file = join(program.folder, "core.threads");
    const { status, err } = await run(["core", join(CRIU, "02-threads.tar.gz"), "--pid", "22506", "-o", file]);
    expect(status).toBe(0);
    expect(err).toMatch(/^icecore: 22506 main-thread: 8 threads, 56\.\d MiB of memory, 56\.\d MiB in all$/m);
    const bytes = readFileSync(file);
    expect([...bytes.subarray(0, 5), bytes.readUInt16LE(16), bytes.readUInt16LE(18)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 4, 62]);
    const { size, blocks } = statSync(file);
    expect(size).toBe(bytes.length);
    // The stacks of the threads, 8 MiB each, were hardly used.
    expect(blocks * 512).toBeLessThan(size / 4);
    expect((await run(["table", file, "threads", "--columns", "tid", "--format", "csv"])).out).toMatch(/^22506\r$/m);
    const small = join(program.folder, "core.small");
    expect((await run(["core", SIMPLE, "--small", "-o", small])).status).toBe(0);
    expect(statSync(small).size).toBeLessThan(200_000);
  });

  test("is of the very task, also of one that shares the memory of another", async () => {
    const image = join(SAMPLES, "made/v13-x86_32.img");
    const rows = (await run(["table", image, "threads", "--columns", "pid,ip", "--format", "ndjson"])).out.trim().split("\n").map((line) => JSON.parse(line) as { pid: number; ip: string });
    for (const { pid, ip } of rows) {
      const file = join(program.folder, `core.${pid}`);
      expect((await run(["core", image, "--pid", String(pid), "-o", file])).status).toBe(0);
      const [thread] = (await run(["table", file, "threads", "--columns", "pid,ip", "--format", "ndjson"])).out.trim().split("\n").map((line) => JSON.parse(line) as { pid: number; ip: string });
      expect([thread!.pid, BigInt(thread!.ip)]).toEqual([pid, BigInt(ip)]);
    }
    expect(new Set(rows.map(({ ip }) => ip)).size).toBeGreaterThan(1);
  });

  test("does not write over what it reads: the archive, a file of a folder, or what --with names", async () => {
    const folder = join(program.folder, "set");
    mkdirSync(folder);
    const archive = join(folder, "whole.tar.gz");
    copyFileSync(SIMPLE, archive);
    const before = readFileSync(archive);
    for (const words of [["core", archive, "-o", archive], ["core", folder, "-o", archive], ["core", SIMPLE, "--with", archive, "-o", archive], ["read", folder, "--address", "stack", "--length", "16", "-o", archive]]) {
      const { status, out, err } = await run(words);
      expect([status, out, err]).toEqual([2, "", expect.stringMatching(/is the input itself, or a part of it/)]);
      expect(Buffer.compare(readFileSync(archive), before)).toBe(0);
    }
  });

  test("needs a task and a file to write to", async () => {
    expectRefused(await run(["core", SIMPLE]), /core needs -o OUT/);
    expectRefused(await run(["core", TREE, "-o", join(program.folder, "none")]), /choose one with --pid/);
    expect(existsSync(join(program.folder, "none"))).toBe(false);
  });
});
