/** What gdb, eu-readelf, /proc and the dumped program itself say of each sample, against the tables. */
import { describe, expect, test } from "vitest";
import type { Checkpoint } from "../../../../src/core/model/checkpoint.ts";
import { CORE_SAMPLES, coreTruth, openCoreSample } from "../../../support/core-samples.ts";
import { plainRows } from "../../../support/criu-open.ts";

/** By thread id: registers as gdb prints them, those that it has not left out. */
function gdbRegisters(text: string): Map<number, Map<string, bigint>> {
  const threads = new Map<number, Map<string, bigint>>();
  let current: Map<string, bigint> | undefined;
  for (const line of text.split("\n")) {
    const thread = /^Thread \d+ \(LWP (\d+)\):/.exec(line);
    if (thread !== null) {
      current = new Map();
      threads.set(Number(thread[1]), current);
      continue;
    }
    const register = /^([a-z_][a-z_0-9]*)\s+(0x[0-9a-f]+)\s/.exec(`${line} `);
    if (register !== null && current !== undefined) current.set(register[1]!, BigInt(register[2]!));
    else if (!/^[a-z_][a-z_0-9]*\s+<unavailable>/.test(line)) current = undefined;
  }
  return threads;
}

/** Registers of all threads by id and name, as the table has them. */
function registersOf({ tables }: Checkpoint): Map<number, Map<string, bigint>> {
  const registers = tables.get("registers");
  const threads = tables.get("threads");
  const found = new Map<number, Map<string, bigint>>();
  for (let row = 0; row < registers.length; row++) {
    const tid = threads.number(registers.number(row, "thread"), "tid");
    const own = found.get(tid) ?? new Map<string, bigint>();
    found.set(tid, own);
    own.set(registers.text(row, "register")!, registers.big(row, "value"));
  }
  return found;
}

/** Bytes [address, address + length) by the extents; undefined when any of them is not there. */
async function memoryAt({ tables, files }: Checkpoint, address: bigint, length: number): Promise<Uint8Array | undefined> {
  const extents = tables.get("extents");
  const bytes = new Uint8Array(length);
  let found = 0;
  for (let row = 0; row < extents.length; row++) {
    const start = extents.big(row, "start");
    const size = extents.number(row, "pages") * extents.number(row, "page_size");
    const offset = extents.number(row, "offset");
    if (Number.isNaN(offset) || address >= start + BigInt(size) || address + BigInt(length) <= start) continue;
    const from = address > start ? address : start;
    const to = address + BigInt(length) < start + BigInt(size) ? address + BigInt(length) : start + BigInt(size);
    const at = offset + Number(from - start);
    bytes.set(await files[extents.number(row, "image")]!.source.read(at, at + Number(to - from)), Number(from - address));
    found += Number(to - from);
  }
  return found === length ? bytes : undefined;
}

function hash31(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) >>> 0;
  return hash;
}

const facts = (name: string, kind: string): Map<string, string>[] =>
  coreTruth(name, "facts").split("\n").filter((line) => line.startsWith(`${kind} `)).map((line) => new Map([...line.matchAll(/(\w+)=(\S+)/g)].map(([, key, value]) => [key!, value!])));

/** Buffers that a dump leaves out by design: read-only data of the program, mapped files without changes, MADV_DONTDUMP, PROT_NONE. */
const LEFT_OUT = new Set(["mark_ro", "map_private_ro_off4096", "map_shared_file", "map_prot_none", "map_dontdump"]);

/** Its texts are shortened, and it has no NT_FILE. */
const SHORTENED = "k64-pnxnum";

describe.each(CORE_SAMPLES)("%s", (name) => {
  test("threads come in the order of the file, as gdb lists them", async () => {
    const { checkpoint: { tables } } = await openCoreSample(name);
    const threads = tables.get("threads");
    const tids = Array.from({ length: threads.length }, (_, row) => threads.number(row, "tid"));
    expect(tids).toEqual([...coreTruth(name, "gdb.txt").matchAll(/^\[New LWP (\d+)\]$/gm)].map(([, tid]) => Number(tid)));
  });

  test("general registers are gdb's", async () => {
    const { checkpoint } = await openCoreSample(name);
    const own = registersOf(checkpoint);
    const truth = gdbRegisters(coreTruth(name, "gdb.txt"));
    expect(new Set(truth.keys())).toEqual(new Set(own.keys()));
    let compared = 0;
    for (const [tid, registers] of truth) {
      for (const [register, value] of registers) {
        const found = own.get(tid)!.get(register);
        if (found === undefined) continue;
        // gdb shows the selectors of i386 without the upper half.
        expect({ tid, register, value: /^[c-gs]s$/.test(register) ? found & 0xffffn : found }).toEqual({ tid, register, value });
        compared++;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(truth.size * 16);
  });

  test.skipIf(name === SHORTENED)("instruction and stack pointer, thread pointer and masks are those of eu-readelf", async () => {
    const { checkpoint: { tables } } = await openCoreSample(name);
    const threads = tables.get("threads");
    const text = coreTruth(name, "eu-readelf.txt");
    const statuses = text.split(/^ {2}CORE\s+\d+\s+PRSTATUS$/m).slice(1);
    expect(statuses.length).toBe(threads.length);
    for (const [row, status] of statuses.entries()) {
      expect(threads.number(row, "tid")).toBe(Number(/pid: (\d+)/.exec(status)![1]));
      // rip and rsp, eip and esp, pc and sp: hex or decimal, by the register.
      const value = (label: string): bigint | undefined => {
        const found = new RegExp(`\\b${label}:\\s+(0x[0-9a-f]+|-?\\d+)`).exec(status);
        return found === null ? undefined : BigInt.asUintN(label.startsWith("e") || label === "nip" ? 32 : 64, BigInt(found[1]!));
      };
      const ip = value("rip") ?? value("eip") ?? value("nip");
      if (ip !== undefined) expect(threads.big(row, "ip")).toBe(ip);
      const sp = value("rsp") ?? value("esp");
      if (sp !== undefined) expect(threads.big(row, "sp")).toBe(sp);
      const base = value("fs\\.base");
      if (base !== undefined) expect(threads.big(row, "tls")).toBe(base);
      expect(/sighold: <>/.test(status)).toBe(threads.big(row, "blocked") === 0n);
    }
  });

  test.skipIf(name === SHORTENED)("the process is the one that eu-readelf shows", async () => {
    const { checkpoint: { tables } } = await openCoreSample(name);
    const [, info] = coreTruth(name, "eu-readelf.txt").split(/^ {2}CORE\s+\d+\s+PRPSINFO$/m);
    const number = (label: string): number => Number(new RegExp(`\\b${label}: (-?\\d+)`).exec(info!)![1]);
    const tasks = tables.get("tasks");
    expect(tasks.length).toBe(1);
    for (const [column, label] of [["pid", "pid"], ["ppid", "ppid"], ["pgid", "pgrp"], ["sid", "sid"]] as const) expect(tasks.number(0, column)).toBe(number(label));
    expect(tasks.text(0, "name")).toBe(/fname: (.*?)(?:, psargs: .*)?$/m.exec(info!)![1]);
    // qemu leaves the letter out.
    const letter = /sname: (.?),/.exec(info!)![1]!;
    expect(tasks.text(0, "state")).toMatch(letter === "" ? /^not saved$/ : new RegExp(`^${letter} `));
    const credentials = tables.get("credentials");
    expect(credentials.number(0, "uid")).toBe(number("uid"));
    expect(credentials.number(0, "gid")).toBe(number("gid"));
  });

  test.skipIf(name === SHORTENED)("notes have the owners, sizes and order of eu-readelf", async () => {
    const { checkpoint: { tables, files } } = await openCoreSample(name);
    const bytes = await files[0]!.source.read(0, files[0]!.source.size);
    const records = tables.get("records");
    const big = /big endian/.test(coreTruth(name, "eu-readelf.txt"));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const own: string[] = [];
    for (let row = 0; row < records.length; row++) {
      if (!/^NT_|^note /.test(records.text(row, "name")!)) continue;
      const at = records.number(row, "offset");
      const owner = new TextDecoder().decode(bytes.subarray(at + 12, at + 12 + view.getUint32(at, !big) - 1));
      own.push(`${owner} ${view.getUint32(at + 4, !big)} ${records.text(row, "name")!.replace(/^NT_/, "")}`);
    }
    const truth = [...coreTruth(name, "eu-readelf.txt").matchAll(/^ {2}(CORE|LINUX|GDB)\s+(\d+)\s+(.+)$/gm)].map(([, owner, size, type]) => ({ owner, size, type: type! }));
    expect(own.length).toBe(truth.length);
    for (const [index, { owner, size, type }] of truth.entries()) {
      const [ownOwner, ownSize, ownType] = own[index]!.split(" ");
      expect(`${ownOwner} ${ownSize}`).toBe(`${owner} ${size}`);
      // eu-readelf 0.188 does not know the newer ones, and calls the others as binutils do.
      if (!type.startsWith("<unknown>")) expect(ownType).toBe(type.trim());
    }
  });

  test("the auxiliary vector is gdb's", async () => {
    const { checkpoint: { tables } } = await openCoreSample(name);
    const auxv = tables.get("auxv");
    const own = Array.from({ length: auxv.length }, (_, row) => auxv.big(row, "value"));
    const lines = [...coreTruth(name, "gdb.txt").matchAll(/^(\d+)\s+(?:AT_\S+|\?\?\?)\s+.*?(0x[0-9a-f]+|\d+)(?: (?:".*"|<error.*>))?$/gm)].filter(([, type]) => type !== "0");
    // The text of the largest sample is shortened.
    expect(name === SHORTENED ? own.slice(0, lines.length) : own).toEqual(lines.map(([, , value]) => BigInt(value!)));
    expect(lines.length).toBeGreaterThan(10);
  });

  test("mapped files are those of eu-readelf", async () => {
    const { inspector } = await openCoreSample(name);
    const regions = await plainRows(inspector, "regions");
    const lines = [...coreTruth(name, "eu-readelf.txt").matchAll(/^ {6}([0-9a-f]+)-([0-9a-f]+) ([0-9a-f]+) (\d+)\s+(\S.*)$/gm)];
    for (const [, start, end, offset, , path] of lines) {
      const region = regions.find((candidate) => candidate["start"] === `0x${BigInt(`0x${start}`).toString(16)}`);
      expect({ start, end: region?.["end"], offset: region?.["offset"], path: region?.["path"] }).toEqual({ start, end: `0x${BigInt(`0x${end}`).toString(16)}`, offset: `0x${BigInt(`0x${offset}`).toString(16)}`, path });
    }
  });

  test("ranges are those of /proc/PID/maps, with their rights and names", async () => {
    const { checkpoint: { tables } } = await openCoreSample(name);
    const regions = tables.get("regions");
    const rows = new Map(Array.from({ length: regions.length }, (_, row) => [regions.big(row, "start"), row] as const));
    const maps = [...coreTruth(name, "maps").matchAll(/^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)$/gm)];
    expect(maps.length).toBeGreaterThan(5);
    const isQemu = name.startsWith("q");
    let compared = 0;
    for (const [, start, end, prot, , path] of maps) {
      const row = rows.get(BigInt(`0x${start}`));
      // gdb leaves out what it cannot read; qemu shows another map than it dumps, and the file gets shorter in the text of the largest.
      if (row === undefined || regions.big(row, "end") !== BigInt(`0x${end}`)) {
        expect(isQemu || name === SHORTENED || (name.startsWith("g") && (prot!.startsWith("---") || path!.startsWith("[vvar")))).toBe(true);
        continue;
      }
      compared++;
      const own = regions.number(row, "prot_bits");
      const bits = (prot![0] === "r" ? 1 : 0) | (prot![1] === "w" ? 2 : 0) | (prot![2] === "x" ? 4 : 0);
      // gdb says that it can read what it has read.
      if (own >= 0 && !name.startsWith("g")) expect({ start, bits: own & 7 }).toEqual({ start, bits });
      const shown = regions.text(row, "path") ?? "";
      // Nothing in a core without NT_FILE names the files, and /proc calls the stack of a thread nothing.
      if (isQemu || (name === SHORTENED && path!.startsWith("/")) || (path === "" && shown.startsWith("[stack:"))) continue;
      expect({ start, path: shown }).toEqual({ start, path: path === "[vvar_vclock]" ? "[vvar]" : path });
    }
    expect(compared).toBeGreaterThan(isQemu ? 0 : 5);
  });

  test("buffers of the program stand at their addresses", async () => {
    const { checkpoint } = await openCoreSample(name);
    let compared = 0;
    for (const buffer of facts(name, "bytes")) {
      const bytes = await memoryAt(checkpoint, BigInt(buffer.get("addr")!), Number(buffer.get("len")));
      if (bytes === undefined) {
        expect(name === "k64-truncated" || LEFT_OUT.has(buffer.get("name")!)).toBe(true);
        continue;
      }
      if (!buffer.has("hash31")) continue;
      compared++;
      expect({ name: buffer.get("name"), hash: hash31(bytes) }).toEqual({ name: buffer.get("name"), hash: Number(buffer.get("hash31")) });
    }
    expect(compared).toBeGreaterThanOrEqual(name === "k64-truncated" ? 1 : 4);
  });

  test("workers had the values in their registers that they say", async () => {
    const { checkpoint } = await openCoreSample(name);
    const own = registersOf(checkpoint);
    const threads = checkpoint.tables.get("threads");
    // The main thread of the samples that end inside the C library has moved on.
    const isLoaded = (thread: Map<string, string>): boolean => thread.get("id") !== "9" || /segv|^g64/.test(name);
    for (const thread of facts(name, "thread").filter(isLoaded)) {
      const tid = Number(thread.get("tid"));
      const row = Array.from({ length: threads.length }, (_, index) => index).find((index) => threads.number(index, "tid") === tid)!;
      const decoded = (await checkpoint.decoder.registers!(row))!;
      for (const [register, value] of thread) {
        if (["id", "tid", "comm"].includes(register)) continue;
        const vector = /^([a-z]+\d+)_byte0$/.exec(register);
        if (vector === null) {
          expect({ tid, register, value: own.get(tid)!.get(register) }).toEqual({ tid, register, value: BigInt(value) });
          continue;
        }
        const all = decoded.groups.flatMap(({ registers }) => registers);
        const found = all.find((candidate) => candidate.name === vector[1]!);
        if (found === undefined && name.startsWith("q")) continue;
        expect([...found!.bytes.subarray(0, 16)]).toEqual(Array.from({ length: 16 }, (_, index) => (Number(value) + index) & 0xff));
      }
    }
  });

  test("decoded registers agree with the table, and say where they stand", async () => {
    const { checkpoint } = await openCoreSample(name);
    const threads = checkpoint.tables.get("threads");
    const own = registersOf(checkpoint);
    for (let row = 0; row < threads.length; row++) {
      const { groups, roles, wordSize } = (await checkpoint.decoder.registers!(row))!;
      const values = new Map(groups.flatMap(({ registers }) => registers).map((register) => [register.name, register]));
      for (const [register, value] of own.get(threads.number(row, "tid"))!) {
        const { bytes, span } = values.get(register)!;
        expect(bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)).toBe(value);
        const raw = await checkpoint.files[0]!.source.read(span!.start, span!.end);
        expect([...raw].sort()).toEqual([...bytes].sort());
      }
      expect(values.has(roles.ip) && values.has(roles.sp)).toBe(true);
      expect(wordSize).toBe(/ELF32/.test(coreTruth(name, "eu-readelf.txt")) ? 4 : 8);
    }
  });
});

/** First words of the fact about the signal. */
const SIGNALS: readonly (readonly [sample: string, signal: string])[] = [
  ["k64-single-segv", "SIGSEGV: address not mapped, at 0xdead0000"],
  ["k64-threads-abrt", "SIGABRT: sent by process 13966 of user 1500 to the thread"],
  ["k-arm64-maps-segv", "SIGSEGV: address not mapped, at 0xdead0000"],
  ["k32-threads-segv", "SIGSEGV: address not mapped, at 0xdead0000"],
  ["g64-threads", "SIGSTOP: stopped by the debugger"],
  ["q-ppc-be-segv", "killed by SIGSEGV, core dumped"],
];

test.each(SIGNALS)("the summary of %s says %s", async (sample, signal) => {
  const { inspector } = await openCoreSample(sample);
  const { groups } = await inspector.summary();
  expect(groups.flatMap((group) => group.facts).find(({ label }) => label === "Signal")?.text).toBe(signal);
});

test.each([["k64-maps-segv", "the Linux kernel"], ["k-arm64-threads-segv", "the Linux kernel"], ["k64-truncated", "the Linux kernel"], ["g64-maps-all", "gdb (gcore)"], ["q-s390x-be-segv", "qemu-user"]])("%s was written by %s", async (sample, writer) => {
  const { inspector } = await openCoreSample(sample);
  const { groups } = await inspector.summary();
  expect(groups[0]!.facts.find(({ label }) => label === "Written by")?.text).toBe(writer);
});
