/** Each rule at a core that breaks it, and none at those that do not; what else may stand where a core is looked for. */
import { describe, expect, test } from "vitest";
import { memorySource, openCheckpoint } from "../../../../src/core/index.ts";
import { CORE_PROBLEM_CODES } from "../../../../src/core/model/problem-codes-core.ts";
import { coreBytes, coreTruth, openCoreBytes, packedCore } from "../../../support/core-samples.ts";

const PHDR = 56;
const PHOFF = 64;

interface Edit {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

function edit(sample: string, change: (edit: Edit) => Uint8Array | void): Uint8Array {
  const bytes = coreBytes(sample).slice();
  return change({ bytes, view: new DataView(bytes.buffer) }) ?? bytes;
}

/** Where the description of the nth note of a number stands, in a little-endian core of the kernel. */
function noteAt({ view }: Edit, type: number, nth = 0): { readonly start: number; readonly desc: number; readonly size: number } {
  let at = Number(view.getBigUint64(PHOFF + 8, true));
  for (let seen = 0; ; ) {
    const desc = at + 12 + ((view.getUint32(at, true) + 3) & ~3);
    const size = view.getUint32(at + 4, true);
    if (view.getUint32(at + 8, true) === type && seen++ === nth) return { start: at, desc, size };
    at = desc + ((size + 3) & ~3);
  }
}

const field = (segment: number, offset: number): number => PHOFF + segment * PHDR + offset;
const FILESZ = 32;
const MEMSZ = 40;
const VADDR = 16;
const PRSTATUS = 1;
const PID = 32;
const RIP = 112 + 16 * 8;
const RSP = 112 + 19 * 8;

type Rule = keyof typeof CORE_PROBLEM_CODES | "vma.overlap" | "vma.order" | "vma.empty" | "vma.range";

const BREAKS: readonly (readonly [rule: Rule, what: string, make: () => Uint8Array])[] = [
  ["core.ident", "a version of 9", () => edit("k64-threads-abrt", ({ bytes }) => void (bytes[6] = 9))],
  ["core.ident", "no byte order", () => edit("k64-threads-abrt", ({ bytes }) => void (bytes[5] = 0))],
  ["core.ident", "a class of 7", () => edit("q-ppc-be-segv", ({ bytes }) => void (bytes[4] = 7))],
  ["core.header-size", "program headers of 57 bytes", () => edit("k64-threads-abrt", ({ view }) => view.setUint16(54, 57, true))],
  ["core.headers-cut", "a table of 60,000 headers", () => edit("k64-truncated", ({ view }) => view.setUint16(56, 60_000, true))],
  ["core.headers-cut", "65,535 or more headers, and the end with their count cut off", () => coreBytes("k64-pnxnum").subarray(0, coreBytes("k64-pnxnum").length - 64)],
  ["core.note", "a name that passes the segment", () => edit("k64-threads-abrt", (core) => core.view.setUint32(noteAt(core, 3).start, 0x7fff_ffff, true))],
  ["core.notes-missing", "the notes of gdb cut off", () => coreBytes("g64-threads").subarray(0, 1_000_000)],
  ["core.notes-missing", "the notes cut off within", () => coreBytes("k64-threads-abrt").subarray(0, 0x1000)],
  ["core.no-threads", "threads that are something else", () => edit("k64-single-segv", (core) => core.view.setUint32(noteAt(core, PRSTATUS).start + 8, 99, true))],
  ["core.registers", "another machine", () => edit("k64-single-segv", ({ view }) => view.setUint16(18, 183, true))],
  ["core.cut", "a cut", () => coreBytes("k64-truncated")],
  ["core.file-size", "more bytes in the file than in memory", () => edit("k64-threads-abrt", ({ view }) => view.setBigUint64(field(1, MEMSZ), 0x800n, true))],
  ["core.note-missing", "no auxiliary vector", () => edit("k64-threads-abrt", (core) => core.view.setUint32(noteAt(core, 6).start + 8, 77, true))],
  ["core.thread-address", "a wild jump", () => edit("k64-threads-abrt", (core) => core.view.setBigUint64(noteAt(core, PRSTATUS, 1).desc + RIP, 0x1234n, true))],
  ["core.thread-address", "a stack in the text", () => edit("k64-threads-abrt", (core) => core.view.setBigUint64(noteAt(core, PRSTATUS).desc + RSP, 0x401000n, true))],
  ["core.thread-id", "a thread with the id 0", () => edit("k64-threads-abrt", (core) => core.view.setInt32(noteAt(core, PRSTATUS, 1).desc + PID, 0, true))],
  ["core.thread-id", "two threads with one id", () => edit("k64-threads-abrt", (core) => core.view.setInt32(noteAt(core, PRSTATUS, 1).desc + PID, 13966, true))],
  ["core.files", "a count that does not fit", () => edit("k64-threads-abrt", (core) => core.view.setBigUint64(noteAt(core, 0x46494c45).desc, 1_000_000n, true))],
  ["core.files", "a range that ends before it begins", () => edit("k64-threads-abrt", (core) => core.view.setBigUint64(noteAt(core, 0x46494c45).desc + 24, 1n, true))],
  ["core.file-range", "text that gdb left out", () => coreBytes("g64-threads")],
  ["core.xstate", "an XSAVE area that lacks a part of the layout", () => edit("k64-single-segv", (core) => core.view.setUint32(noteAt(core, 0x205).desc + 8, 60_000, true))],
  ["core.auxv", "no end mark", () => edit("k64-threads-abrt", (core) => {
    const { desc, size } = noteAt(core, 6);
    core.view.setBigUint64(desc + size - 16, 99n, true);
  })],
  ["core.trailing", "bytes behind the end", () => edit("k64-single-segv", ({ bytes }) => new Uint8Array([...bytes, 1, 2, 3]))],
  ["vma.overlap", "two headers for one address", () => edit("k64-threads-abrt", ({ view }) => view.setBigUint64(field(2, VADDR), 0x400800n, true))],
  ["vma.order", "headers out of order", () => edit("k64-threads-abrt", ({ view }) => view.setBigUint64(field(3, VADDR), 0x1000n, true))],
  ["vma.empty", "an empty range", () => edit("k64-threads-abrt", ({ view }) => {
    view.setBigUint64(field(8, MEMSZ), 0n, true);
    view.setBigUint64(field(8, FILESZ), 0n, true);
  })],
  ["vma.range", "a range beyond the address space", () => edit("k64-threads-abrt", ({ view }) => view.setBigUint64(field(18, MEMSZ), 0xffff_ffff_ffff_0000n, true))],
];

describe("a rule is broken by", () => {
  test.each(BREAKS)("%s: %s", async (rule, _what, make) => {
    const { checkpoint, inspector } = (await openCoreBytes(make()))!;
    const found = checkpoint.diagnostics.list.filter(({ code }) => code === rule);
    expect(found.length).toBeGreaterThan(0);
    const { size } = checkpoint.files[0]!.source;
    for (const { span } of found) if (span !== undefined) expect(span.start >= 0 && span.start <= span.end && span.end <= size).toBe(true);
    await inspector.summary();
  });

  test("every code of the catalogue", () => {
    const broken = new Set<string>(BREAKS.map(([rule]) => rule));
    expect(Object.keys(CORE_PROBLEM_CODES).filter((code) => !broken.has(code))).toEqual([]);
  });
});

test.each(["k64-single-segv", "k64-threads-abrt", "k64-maps-segv", "k64-maps-full", "k64-dyn-threads-quit", "k32-threads-segv", "k32-maps-abrt", "k-arm64-threads-segv", "k-arm64-maps-segv"])("%s breaks no rule", async (sample) => {
  const { checkpoint } = (await openCoreBytes(coreBytes(sample)))!;
  expect(checkpoint.diagnostics.list).toEqual([]);
});

test("the count of headers is worked out where it is cut off", async () => {
  const whole = coreBytes("k64-pnxnum");
  const { checkpoint } = (await openCoreBytes(whole.subarray(0, whole.length - 64)))!;
  expect(checkpoint.tables.get("regions").length).toBe(66_012);
});

test("a cut core says of each range what is there, cut and absent", async () => {
  const { checkpoint: { tables } } = (await openCoreBytes(coreBytes("k64-truncated")))!;
  const regions = tables.get("regions");
  const extents = tables.get("extents");
  const size = coreBytes("k64-truncated").length;
  const bytes = new Map<number, { present: number; cut: number }>();
  for (let row = 0; row < extents.length; row++) {
    const region = extents.number(row, "region");
    const sum = bytes.get(region) ?? { present: 0, cut: 0 };
    bytes.set(region, sum);
    const length = extents.number(row, "pages") * extents.number(row, "page_size");
    if (Number.isNaN(extents.number(row, "offset"))) {
      expect(extents.text(row, "where")).toBe("missing: the core is cut off");
      sum.cut += length;
    } else {
      expect(extents.number(row, "offset") + length).toBeLessThanOrEqual(size);
      sum.present += length;
    }
  }
  // Program headers of eu-readelf: offset, address, file and memory size.
  const headers = [...coreTruth("k64-truncated", "eu-readelf.txt").matchAll(/^ {2}LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+)/gm)].map((match) => match.slice(1).map(Number));
  expect(headers.length).toBe(regions.length);
  for (const [row, [offset, , filesz, memsz]] of headers.entries()) {
    const present = Math.max(0, Math.min(filesz!, size - offset!));
    expect(bytes.get(row) ?? { present: 0, cut: 0 }).toEqual({ present, cut: filesz! - present });
    if (filesz! < memsz!) expect(["file", "not in the dump (no access)", "not in the dump"]).toContain(regions.text(row, "unsaved"));
    else if (filesz! > present) expect(regions.text(row, "unsaved")).toBe("missing: the core is cut off");
    else expect(regions.text(row, "unsaved")).toBeUndefined();
  }
});

test("what a dump leaves out is never called zero", async () => {
  const { checkpoint: { tables } } = (await openCoreBytes(coreBytes("k64-maps-segv")))!;
  const regions = tables.get("regions");
  const left = Array.from({ length: regions.length }, (_, row) => [regions.text(row, "path") ?? regions.text(row, "kind"), regions.text(row, "unsaved")] as const).filter(([, why]) => why !== undefined);
  expect(left).toEqual([
    ["/opt/demo/bin/demo64", "file"],
    ["/opt/demo/bin/demo64", "file"],
    ["anonymous", "not in the dump"],
    ["anonymous", "not in the dump (no access)"],
    ["/opt/demo/data/beta.bin", "not in the dump: as in the mapped file, unless it was written"],
    ["/opt/demo/data/alpha.bin", "file"],
  ]);
});

test("a fault from the kernel without an address shows none", async () => {
  const bytes = edit("k64-single-segv", (core) => core.view.setInt32(noteAt(core, 0x53494749).desc + 8, 128, true));
  const { checkpoint, inspector } = (await openCoreBytes(bytes))!;
  const { groups } = await inspector.summary();
  expect(groups.flatMap(({ facts }) => facts).find(({ label }) => label === "Signal")?.text).toBe("SIGSEGV: from the kernel, address unknown");
  expect(checkpoint.tables.get("pending_signals").column("address").value(0)).toBeNull();
});

test("a machine whose registers are not known has threads without registers, and every byte is explained", async () => {
  const { checkpoint } = (await openCoreBytes(edit("k64-threads-abrt", ({ view }) => view.setUint16(18, 43, true))))!;
  const threads = checkpoint.tables.get("threads");
  expect(Array.from({ length: threads.length }, (_, row) => threads.number(row, "tid"))).toEqual([13966, 13967, 13968, 13969]);
  expect(threads.column("ip").value(0)).toBeNull();
  expect(checkpoint.tables.get("registers").length).toBe(0);
  expect(await checkpoint.decoder.registers!(0)).toBeUndefined();
  expect(checkpoint.diagnostics.list.filter(({ code }) => code === "core.registers")).toEqual([]);
  expect(checkpoint.coverage.explained).toBe(checkpoint.coverage.total);
});

test("keys of pointer authentication are not written out", async () => {
  const { checkpoint } = (await openCoreBytes(coreBytes("k-arm64-maps-segv")))!;
  const records = checkpoint.tables.get("records");
  const secret = Array.from({ length: records.length }, (_, row) => row).filter((row) => /NT_ARM_PAC[AG]_KEYS/.test(records.text(row, "name")!));
  expect(secret.length).toBe(2);
  for (const record of secret) {
    const tree = await checkpoint.decoder.explain(record, () => true);
    const keys = tree.children!.filter(({ name }) => name.endsWith("key"));
    expect(keys.length).toBeGreaterThan(0);
    for (const { text, value } of keys) expect([text, value]).toEqual(["16 B of a secret key, not written out", null]);
  }
});

describe("the product", () => {
  test("opens a compressed core", async () => {
    const inspector = await openCheckpoint([packedCore("k64-maps-segv")]);
    const { format, coverage, architecture } = await inspector.summary();
    expect([format, architecture, coverage.total]).toEqual(["elf-core", "x86_64", coreBytes("k64-maps-segv").length]);
    await inspector.close();
  });

  test("offers several cores of a folder", async () => {
    const names = ["k32-maps-abrt", "q-arm-segv", "g64-maps-all"];
    const inputs = names.map((name) => ({ name: `cores/${name}`, source: memorySource(coreBytes(name)) }));
    const { choices } = await (await openCheckpoint(inputs)).summary();
    expect(choices.map(({ name }) => name).toSorted()).toEqual(names.map((name) => `cores/${name}`).toSorted());
    const chosen = await openCheckpoint(inputs, { checkpoint: "cores/q-arm-segv" });
    expect((await chosen.summary()).architecture).toBe("arm");
    // The end of a name is enough where only one has it.
    expect((await (await openCheckpoint(inputs, { checkpoint: "q-arm-segv" })).summary()).architecture).toBe("arm");
    const twice = [...inputs, { name: "more/q-arm-segv", source: memorySource(coreBytes("k32-maps-abrt")) }];
    await expect(openCheckpoint(twice, { checkpoint: "q-arm-segv" })).rejects.toThrow("There is no checkpoint q-arm-segv");
  });

  test.each([
    ["a program", edit("k64-single-segv", ({ view }) => view.setUint16(16, 2, true)), "ELF, but no core (its type is ET_EXEC)"],
    ["a minidump", new TextEncoder().encode("MDMP\x93\xa7 and more"), "a minidump of Windows or breakpad, which is another format"],
  ])("says of %s what it is", async (_what, bytes, words) => {
    const inspector = await openCheckpoint([{ name: "x", source: memorySource(bytes) }]);
    const { format, worst } = await inspector.summary();
    expect(format).toBe("unknown");
    expect(worst.map(({ message }) => message)).toContain(`ELF core dump: ${words}.`);
  });
});
