/** Registers of images that kernels wrote against /proc of the same tasks, and of every layout from made images. */
import { describe, expect, test } from "vitest";
import type { Checkpoint } from "../../../../src/core/model/checkpoint.ts";
import type { ThreadRegisters } from "../../../../src/core/memory-inspector.ts";
import { toBigint } from "../../../../src/core/machine/register-area.ts";
import { openLinuxCr } from "../../../support/open.ts";
import { byName, registerFixture, valuesOf } from "../../../support/registers.ts";
import { beside, SAMPLES } from "../../../support/samples.ts";

const bytesOf = (name: string): Uint8Array => SAMPLES.find((sample) => sample.name === name)!.bytes;

async function open(name: string, bytes = bytesOf(name)): Promise<Checkpoint> {
  return (await openLinuxCr(bytes)).checkpoint;
}

async function registersOf(checkpoint: Checkpoint, row: number): Promise<ThreadRegisters> {
  return (await checkpoint.decoder.registers!(row))!;
}

/** Threads of a table with their process ids. */
function threadsOf({ tables }: Checkpoint): readonly { readonly row: number; readonly pid: number }[] {
  const threads = tables.get("threads");
  const tasks = tables.get("tasks");
  return Array.from({ length: threads.length }, (_, row) => ({ row, pid: tasks.number(threads.number(row, "task"), "pid") }));
}

/** Stack and instruction pointer of each task: fields 29 and 30 of /proc/PID/stat, which these kernels still filled. */
function statPointers(name: string): ReadonlyMap<number, { readonly sp: bigint; readonly ip: bigint }> {
  const pointers = new Map<number, { sp: bigint; ip: bigint }>();
  for (const [, line] of beside(`${name}.proc`).matchAll(/^-- stat\n(.*)$/gm)) {
    const pid = Number(line!.split(" ")[0]);
    const fields = line!.slice(line!.lastIndexOf(")") + 2).split(" ");
    pointers.set(pid, { sp: BigInt(fields[26]!), ip: BigInt(fields[27]!) });
  }
  return pointers;
}

describe("against /proc of the frozen tasks", () => {
  test.each(["v16-tree", "v16-vdso", "v20-i386-simple", "v20-i386-threads", "v20-x86_64-simple", "v20-x86_64-sig", "v20-x86_64-tree"])("%s: stack and instruction pointers", async (name) => {
    const checkpoint = await open(name);
    const truth = statPointers(name);
    let compared = 0;
    for (const { row, pid } of threadsOf(checkpoint)) {
      const pointers = truth.get(pid);
      // Zombies have none.
      if (pointers === undefined || pointers.ip === 0n) continue;
      const { roles, groups } = await registersOf(checkpoint, row);
      expect([pid, valuesOf(groups, [roles.sp, roles.ip])]).toEqual([pid, { [roles.sp]: pointers.sp, [roles.ip]: pointers.ip }]);
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  });

  test("x86-64: a thread pointer below 4 GiB stands in a TLS descriptor; it lies in writable memory", async () => {
    const checkpoint = await open("v20-x86_64-tree");
    const { groups, machine } = await registersOf(checkpoint, 0);
    expect(machine).toBe("x86_64");
    const base = byName(groups).get("fs_base")!;
    const value = toBigint(base.bytes);
    const regions = checkpoint.tables.get("regions");
    const row = Array.from({ length: regions.length }, (_, index) => index).find((index) => regions.big(index, "start")! <= value && value < regions.big(index, "end")!)!;
    expect([value > 0n, regions.number(row, "prot_bits") & 3]).toEqual([true, 3]);
    expect(base.path).toBe("tls_array.0");
    // The selector is that of the first TLS slot.
    expect(valuesOf(groups, ["fs", "cs", "ss"])).toEqual({ fs: 0x63n, cs: 0x33n, ss: 0x2bn });
  });

  test("i386: selectors of the kernel, from words and from codes alike", async () => {
    for (const name of ["v16-tree", "v20-i386-threads"]) {
      const checkpoint = await open(name);
      const { machine, wordSize, roles, groups } = await registersOf(checkpoint, 0);
      expect({ machine, wordSize, roles }).toEqual({ machine: "i386", wordSize: 4, roles: { ip: "eip", sp: "esp", fp: "ebp" } });
      expect(valuesOf(groups, ["cs", "ss", "ds", "es"])).toEqual({ cs: 0x73n, ss: 0x7bn, ds: 0x7bn, es: 0x7bn });
    }
  });
});

describe.each(SAMPLES.filter(({ folder }) => folder !== "damaged"))("$name", ({ name }) => {
  test("each register is the field that it names", async () => {
    const checkpoint = await open(name);
    const rows = checkpoint.tables.get("registers");
    const bytes = bytesOf(name);
    const little = checkpoint.identity.byteOrder === "little";
    const selectors = new Set(["cs", "ss", "ds", "es", "fs", "gs", "fs_base", "gs_base"]);
    /** Rows of the registers table by record and name of the field. */
    const fields = new Map(Array.from({ length: rows.length }, (_, row) => [`${rows.number(row, "record")} ${rows.text(row, "register")!.replace(/\[(\d+)\]/, ".$1")}`, rows.big(row, "value")]));
    for (const { row } of threadsOf(checkpoint)) {
      const found = await checkpoint.decoder.registers!(row);
      for (const { registers } of found?.groups ?? []) {
        for (const { name: register, bytes: value, record, path, span } of registers) {
          const own = bytes.slice(span!.start, span!.start + Math.min(value.length, span!.end - span!.start));
          const width = value.length * 8;
          const field = fields.get(`${record} ${path}`);
          if (field !== undefined && !selectors.has(register)) expect([register, toBigint(value)]).toEqual([register, BigInt.asUintN(width, field!)]);
          else if (field === undefined && register !== "ftag" && path !== "tls_array.0") expect([register, value.slice(0, own.length)]).toEqual([register, little ? own : own.reverse()]);
        }
      }
    }
  });
});

describe("floating point state", () => {
  /** Overwrite the state of the first thread with the FXSAVE area of a program with known values. */
  async function planted(name: string, header: number): Promise<ThreadRegisters> {
    const before = await open(name);
    const record = before.tables.get("threads").number(0, "fpu_record");
    const at = before.tables.get("records").number(record, "offset") + header;
    const bytes = bytesOf(name).slice();
    bytes.set(registerFixture("x87.fxsave"), at);
    return await registersOf(await open(name, bytes), 0);
  }

  test.each([["v20-x86_64-simple", 8, "st.1", "xmm.3"], ["made/v19rc2-x86_32", 8, "st.1", "xmm.3"], ["made/v13-x86_32", 0, "fpu", "fpu"]])("%s: an FXSAVE area, with and without a header", async (name, header, stPath, xmmPath) => {
    const { groups } = await planted(name, header);
    const registers = byName(groups);
    expect(registers.get("st1")).toMatchObject({ meaning: "3.14159265358979323851", path: stPath });
    expect(registers.get("xmm3")!.path).toBe(xmmPath);
    // The program's pattern: byte j of register i is (i << 3) ^ (j * 5 + 1).
    expect(registers.get("xmm3")!.bytes).toEqual(Uint8Array.from({ length: 16 }, (_, index) => (3 << 3) ^ (index * 5 + 1)));
  });

  test("a task that has not computed has none, and the group says why", async () => {
    const { groups } = await registersOf(await open("v20-i386-simple"), 0);
    const group = groups.find(({ title }) => title === "x87")!;
    expect([group.registers.length, group.why]).toEqual([0, expect.stringContaining("not used")]);
  });

  test("a state that is cut off has what is there", async () => {
    const before = await open("v20-x86_64-simple");
    const record = before.tables.get("threads").number(0, "fpu_record");
    const at = before.tables.get("records").number(record, "offset");
    const found = await (await open("v20-x86_64-simple", bytesOf("v20-x86_64-simple").slice(0, at + 8 + 100))).decoder.registers!(0);
    expect(byName(found!.groups).has("rip")).toBe(true);
    expect(byName(found!.groups).has("xmm15")).toBe(false);
  });

  test("s390x: registers of every kind with their fields", async () => {
    const { machine, roles, groups } = await registersOf(await open("made/v21-s390x"), 0);
    expect({ machine, roles }).toEqual({ machine: "s390x", roles: { ip: "pswa", sp: "r15", fp: "r11", lr: "r14" } });
    expect(groups.map(({ title, registers }) => [title, registers.length])).toEqual([["general", 17], ["control", 3], ["access", 16], ["floating point", 17]]);
    expect(byName(groups).get("f15")!.path).toBe("fprs.15");
  });
});

describe("any bytes", () => {
  test("damaged images: registers of every thread, or none, and no exception", async () => {
    for (const { name, bytes } of SAMPLES) {
      for (const cut of [bytes.length, Math.floor(bytes.length / 2), 900, 700]) {
        const checkpoint = await open(name, bytes.slice(0, cut));
        for (const { row } of threadsOf(checkpoint)) {
          const found = await checkpoint.decoder.registers!(row);
          for (const { registers } of found?.groups ?? []) for (const { span } of registers) expect(span!.end).toBeLessThanOrEqual(cut);
        }
        expect(await checkpoint.decoder.registers!(1_000_000)).toBeUndefined();
      }
    }
  });
});
