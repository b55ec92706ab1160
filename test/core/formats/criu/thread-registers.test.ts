/** Registers of real sets against gdb's view of the same tasks and the values that programs had loaded, and of every machine from made images. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import type { FieldNode } from "../../../../src/core/inspector.ts";
import type { ThreadRegisters } from "../../../../src/core/memory-inspector.ts";
import { toBigint } from "../../../../src/core/machine/register-area.ts";
import type { Checkpoint } from "../../../../src/core/model/checkpoint.ts";
import type { MessageInputs } from "../../../../src/core/schema/encode-message.ts";
import { criuImage } from "../../../support/criu-image.ts";
import { bytesOf, openSample, openSet, sampleFiles } from "../../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../../support/criu-samples.ts";
import { byName, expectedOf, gdbRegisters, valuesOf } from "../../../support/registers.ts";

function threadsOf({ tables }: Checkpoint): readonly { readonly row: number; readonly tid: number; readonly name: string | undefined }[] {
  const threads = tables.get("threads");
  return Array.from({ length: threads.length }, (_, row) => ({ row, tid: threads.number(row, "tid"), name: threads.text(row, "thread_name") }));
}

async function registersOf(checkpoint: Checkpoint, row: number): Promise<ThreadRegisters> {
  return (await checkpoint.decoder.registers!(row))!;
}

/** Fields of a record by path, everything opened. */
async function fieldsOf(checkpoint: Checkpoint, record: number): Promise<ReadonlyMap<string, FieldNode>> {
  const nodes = new Map<string, FieldNode>();
  const visit = (node: FieldNode): void => {
    nodes.set(node.path, node);
    for (const child of node.children ?? []) visit(child);
  };
  visit(await checkpoint.decoder.explain(record, () => true));
  return nodes;
}

/** CRIU takes a thread out of its system call: it steps back and puts the number where the result was. */
const CHANGED_BY_CRIU = new Set(["rax", "eax", "rip", "eip", "orig_rax", "orig_eax"]);

/** gdb 13 looks for AVX-512 at Intel's places; these sets are from a processor of AMD, so that gdb saw other bytes (zeros). */
const MISREAD = /^k\d$|^zmm(1[6-9]|2\d|3[01])$/;

describe("against an ELF core that gdb wrote just before the dump", () => {
  test.each(["01-simple", "02-threads", "15-python3", "18-compat32"])("%s: all registers of all threads", async (name) => {
    const { checkpoint } = await openSample(name);
    const truth = gdbRegisters(name);
    const threads = threadsOf(checkpoint);
    expect(threads.map(({ tid }) => tid).toSorted()).toEqual([...truth.keys()].toSorted());
    for (const { row, tid } of threads) {
      const { groups } = await registersOf(checkpoint, row);
      const registers = byName(groups);
      const known = truth.get(tid)!;
      const names = [...known.keys()].filter((register) => !CHANGED_BY_CRIU.has(register) && !MISREAD.test(register) && registers.has(register));
      // gdb shows the selectors of the x87 pointers also where the processor does not save them.
      expect([...known.keys()].filter((register) => !registers.has(register) && !/^fiseg|^foseg|^mm\d/.test(register))).toEqual([]);
      expect([tid, valuesOf(groups, names)]).toEqual([tid, expectedOf(known, names)]);
      for (const index of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const { meaning } = registers.get(`st${index}`)!;
        const { text } = known.get(`st${index}`)!;
        expect([tid, index, [text, "empty", `empty, last ${text}`]]).toEqual([tid, index, expect.arrayContaining([meaning])]);
      }
      expect(`[ ${registers.get("eflags")!.meaning} ]`).toBe(known.get("eflags")!.text);
      expect(`[ ${registers.get("mxcsr")!.meaning} ]`).toBe(known.get("mxcsr")!.text);
    }
  });

  test("a system call that CRIU took a thread out of", async () => {
    const { checkpoint } = await openSample("18-compat32");
    const { groups } = await registersOf(checkpoint, 0);
    const truth = gdbRegisters("18-compat32").get(threadsOf(checkpoint)[0]!.tid)!;
    // `int 0x80` and `sysenter` have two bytes; 29 is pause.
    expect(valuesOf(groups, ["eip", "eax"])).toEqual({ eip: truth.get("eip")!.value - 2n, eax: 29n });
    expect(byName(groups).get("orig_eax")!.meaning).toBe("system call 29");
  });
});

describe("values that a thread had loaded", () => {
  const value = (index: number): bigint => 0xf0f0_0000_0000_0000n + BigInt(index) * 0x1_0101_0101n;
  const vectors = (prefix: string): Readonly<Record<string, bigint>> => Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`${prefix}${index}`, value(2 * index) | (value(2 * index + 1) << 64n)]));

  async function spinning(name: string): Promise<ThreadRegisters> {
    const { checkpoint } = await openSample(name);
    return await registersOf(checkpoint, threadsOf(checkpoint).find((thread) => thread.name === "fpu-spin")!.row);
  }

  test("x86-64: general registers, three x87 numbers, sixteen vectors", async () => {
    const { machine, wordSize, roles, groups } = await spinning("02-threads");
    expect({ machine, wordSize, roles }).toEqual({ machine: "x86_64", wordSize: 8, roles: { ip: "rip", sp: "rsp", fp: "rbp" } });
    const general = Object.fromEntries([["rax", 1n], ["rcx", 2n], ["rdx", 3n], ["r8", 8n], ["r9", 9n], ["r10", 10n], ["r12", 12n], ["r13", 13n], ["r14", 14n], ["r15", 15n]].map(([name, digit]) => [name, (digit as bigint) * 0x1111_1111_1111_1111n]));
    expect(valuesOf(groups, Object.keys(general))).toEqual(general);
    expect(valuesOf(groups, Object.keys(vectors("xmm")))).toEqual(vectors("xmm"));
    // fldl2e was the last of three.
    const st = [0, 1, 2, 3].map((index) => byName(groups).get(`st${index}`)!.meaning);
    expect(st.map((text) => (text === "empty" ? text : Number(text)))).toEqual([Math.LOG2E, 1, Math.PI, "empty"]);
    expect(byName(groups).get("ftag")!.meaning).toBe("R5 valid, R6 valid, R7 valid");
    expect(byName(groups).get("orig_rax")!.meaning).toBe("not in a system call");
  });

  test("x86-64: what the C library's string functions left in the vectors of AVX-512: `%` in 32 bytes, for which printf searched", async () => {
    const { groups } = await spinning("02-threads");
    expect(byName(groups).get("zmm17")!.bytes).toEqual(new Uint8Array([...new Uint8Array(32).fill("%".charCodeAt(0)), ...new Uint8Array(32)]));
  });

  test("aarch64: general registers and sixteen vectors", async () => {
    const { machine, wordSize, roles, groups } = await spinning("23b-aarch64-threads");
    expect({ machine, wordSize, roles }).toEqual({ machine: "aarch64", wordSize: 8, roles: { ip: "pc", sp: "sp", fp: "x29", lr: "x30" } });
    expect(valuesOf(groups, ["x19", "x20", "x21", "x22", "x28"])).toEqual({ x19: 0x1919n, x20: 0x2020n, x21: 0x2121n, x22: 0x2222n, x28: 0x2828n });
    expect(valuesOf(groups, Object.keys(vectors("v")))).toEqual(vectors("v"));
    expect(groups.map(({ title, as, registers }) => [title, as, registers.length])).toEqual([["general", "pointers", 33], ["control", "words", 2], ["vector", "vectors", 34]]);
  });
});

describe.each(CRIU_SAMPLES)("$name", ({ name }) => {
  test("each register lies in its field, and instruction and stack pointer are those of the thread", async () => {
    const { checkpoint } = await openSample(name);
    const threads = checkpoint.tables.get("threads");
    for (const { row } of threadsOf(checkpoint).slice(0, 12)) {
      const { groups, roles } = await registersOf(checkpoint, row);
      const registers = byName(groups);
      expect(valuesOf(groups, [roles.ip, roles.sp])).toEqual({ [roles.ip]: threads.big(row, "ip"), [roles.sp]: threads.big(row, "sp") });
      const record = threads.number(row, "record");
      const fields = await fieldsOf(checkpoint, record);
      for (const register of registers.values()) {
        const field = fields.get(register.path!);
        expect([register.name, register.record, field === undefined]).toEqual([register.name, record, false]);
        expect([register.name, register.span!.start]).toEqual([register.name, field!.span.start]);
        expect(register.span!.end).toBeGreaterThanOrEqual(field!.span.end);
        // A register that is one field has its value.
        const whole = groups.find(({ registers: list }) => list.includes(register))!.title;
        if (["general", "control", "segments"].includes(whole)) expect([register.name, toBigint(register.bytes)]).toEqual([register.name, BigInt.asUintN(register.bytes.length * 8, BigInt(field!.value as number | bigint | string))]);
      }
    }
    expect(await checkpoint.decoder.registers!(threads.length)).toBeUndefined();
    expect(await checkpoint.decoder.registers!(-1)).toBeUndefined();
  });
});

/** A set of one task with one thread, whose core image holds `info` in the field `part`. */
async function made(mtype: number, part: string, info: MessageInputs, endian: "little" | "big" = "little"): Promise<ThreadRegisters | undefined> {
  const core = { mtype, [part]: info, tc: { task_state: 1, exit_code: 0, personality: 0, flags: 0, blk_sigset: 0n, comm: "made" } } as MessageInputs;
  const images: readonly (readonly [string, Uint8Array])[] = [
    ["pstree.img", criuImage("PSTREE", [{ pid: 7, ppid: 0, pgid: 7, sid: 7, threads: [7] }], { endian })],
    ["core-7.img", criuImage("CORE", [core], { endian })],
  ];
  const set = await openSet(images.map(([name, bytes]) => ({ name, source: memorySource(Uint8Array.from(bytes)) })));
  return await set!.checkpoint.decoder.registers!(0);
}

const numbers = (count: number, first: bigint): readonly bigint[] => Array.from({ length: count }, (_, index) => first + BigInt(index));
const fields = (names: string, first: bigint): Readonly<Record<string, bigint>> => Object.fromEntries(names.split(" ").map((name, index) => [name, first + BigInt(index)]));
const small = (names: string, first: number): Readonly<Record<string, number>> => Object.fromEntries(names.split(" ").map((name, index) => [name, first + index]));

describe("each machine", () => {
  test("arm", async () => {
    const found = (await made(2, "ti_arm", {
      clear_tid_addr: 0n, tls: 0x9000,
      gpregs: { ...small("r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 fp ip sp lr pc", 100), cpsr: 0x6000_0030, orig_r0: 5 },
      fpstate: { vfp_regs: numbers(32, 0x4000_0000_0000_0000n), ...small("fpscr fpexc fpinst fpinst2", 1) },
    }))!;
    expect(found).toMatchObject({ machine: "arm", wordSize: 4, roles: { ip: "pc", sp: "sp", lr: "lr" } });
    expect(valuesOf(found.groups, ["r10", "r11", "r12", "sp", "lr", "pc", "d31", "fpscr", "fpinst2", "tls"])).toEqual({ r10: 110n, r11: 111n, r12: 112n, sp: 113n, lr: 114n, pc: 115n, d31: 0x4000_0000_0000_001fn, fpscr: 1n, fpinst2: 4n, tls: 0x9000n });
    expect(byName(found.groups).get("cpsr")!.meaning).toBe("mode=user T C Z");
    expect(byName(found.groups).get("r11")!.path).toBe("ti_arm.gpregs.fp");
  });

  test("ppc64: vectors of pairs, and of a floating point register and a low half", async () => {
    const found = (await made(4, "ti_ppc64", {
      clear_tid_addr: 0n,
      gpregs: { gpr: numbers(32, 1000n), ...fields("nip msr orig_gpr3 ctr link xer ccr trap", 2000n) },
      fpstate: { fpregs: numbers(33, 3000n) }, vrstate: { vrregs: numbers(66, 4000n), vrsave: 17 }, vsxstate: { vsxregs: numbers(32, 5000n) },
    }))!;
    expect(found).toMatchObject({ machine: "ppc64", wordSize: 8, roles: { ip: "pc", sp: "r1", lr: "lr" } });
    expect(valuesOf(found.groups, ["r1", "r31", "pc", "msr", "orig_r3", "ctr", "lr", "xer", "cr", "trap"])).toEqual({ r1: 1001n, r31: 1031n, pc: 2000n, msr: 2001n, orig_r3: 2002n, ctr: 2003n, lr: 2004n, xer: 2005n, cr: 2006n, trap: 2007n });
    expect(valuesOf(found.groups, ["f31", "fpscr", "vr2", "vscr", "vrsave", "vs3"])).toEqual({ f31: 3031n, fpscr: 3032n, vr2: 4004n | (4005n << 64n), vscr: 4064n, vrsave: 17n, vs3: 5003n | (3003n << 64n) });
    expect(byName(found.groups).get("vr2")!.path).toBe("ti_ppc64.vrstate.vrregs.4");
  });

  test("s390x, big endian: the upper halves of vectors are floating point registers", async () => {
    const found = (await made(5, "ti_s390", {
      clear_tid_addr: 0n,
      gpregs: { psw_mask: 0x0705_2001_8000_0000n, psw_addr: 0x1234n, gprs: numbers(16, 100n), acrs: [...small32(16, 200)], orig_gpr2: 7n, system_call: 29 },
      fpregs: { fpc: 3, fprs: numbers(16, 300n) }, vxrs_low: { regs: numbers(16, 400n) }, vxrs_high: { regs: numbers(32, 500n) },
    }, "big"))!;
    expect(found).toMatchObject({ machine: "s390x", wordSize: 8, roles: { ip: "pswa", sp: "r15", fp: "r11", lr: "r14" } });
    expect(valuesOf(found.groups, ["pswa", "r15", "acr15", "orig_r2", "system_call", "f15", "fpc"])).toEqual({ pswa: 0x1234n, r15: 115n, acr15: 215n, orig_r2: 7n, system_call: 29n, f15: 315n, fpc: 3n });
    // Pairs stand with the high half first.
    expect(valuesOf(found.groups, ["v15", "v16"])).toEqual({ v15: 415n | (315n << 64n), v16: 501n | (500n << 64n) });
    expect(byName(found.groups).get("pswm")!.meaning).toBe("64-bit addresses, condition code 2, problem state");
  });

  test("mips64", async () => {
    const names = Array.from({ length: 32 }, (_, index) => `r${index}`).join(" ");
    const found = (await made(6, "ti_mips", {
      clear_tid_addr: 0n, tls: 0x77n, gpregs: { ...fields(names, 100n), ...fields("lo hi cp0_epc cp0_badvaddr cp0_status cp0_cause", 200n) }, fpregs: { ...fields(names, 300n), lo: 0n, hi: 0n, fpu_fcr31: 8, fpu_id: 9 },
    }))!;
    expect(found).toMatchObject({ machine: "mips64", wordSize: 8, roles: { ip: "pc", sp: "sp", fp: "s8", lr: "ra" } });
    expect(valuesOf(found.groups, ["zero", "a0", "sp", "s8", "ra", "pc", "lo", "hi", "badvaddr", "sr", "cause", "f31", "fcsr", "fir", "tls"])).toEqual({ zero: 100n, a0: 104n, sp: 129n, s8: 130n, ra: 131n, pc: 202n, lo: 200n, hi: 201n, badvaddr: 203n, sr: 204n, cause: 205n, f31: 331n, fcsr: 8n, fir: 9n, tls: 0x77n });
  });

  test("loongarch64: what CRIU did not read is said to mean nothing", async () => {
    const found = (await made(7, "ti_loongarch64", { clear_tid_addr: 0n, tls: 0n, gpregs: { regs: numbers(32, 100n), pc: 50n }, fpregs: { regs: numbers(32, 300n), fcc: 0x0102n, fcsr: 6 } }))!;
    expect(found).toMatchObject({ machine: "loongarch64", roles: { ip: "pc", sp: "r3", fp: "r22", lr: "r1" } });
    expect(valuesOf(found.groups, ["r3", "r31", "pc", "f31", "fcc0", "fcc1", "fcsr"])).toEqual({ r3: 103n, r31: 131n, pc: 50n, f31: 331n, fcc0: 2n, fcc1: 1n, fcsr: 6n });
    expect(found.groups.at(-1)!.why).toContain("mean nothing");
  });

  test("riscv64", async () => {
    const found = (await made(8, "ti_riscv64", { clear_tid_addr: 0n, tls: 0n, gpregs: fields("pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6", 100n), fpsimd: { f: numbers(32, 300n), fcsr: 4 } }))!;
    expect(found).toMatchObject({ machine: "riscv64", roles: { ip: "pc", sp: "sp", fp: "fp", lr: "ra" } });
    // x8 is the frame pointer, f10 the first argument.
    expect(valuesOf(found.groups, ["pc", "ra", "sp", "fp", "t6", "ft0", "fa0", "ft11", "fcsr"])).toEqual({ pc: 100n, ra: 101n, sp: 102n, fp: 108n, t6: 131n, ft0: 300n, fa0: 310n, ft11: 331n, fcsr: 4n });
  });

  test("what a core lacks is not there", async () => {
    const found = (await made(1, "thread_info", { clear_tid_addr: 0n, gpregs: { ax: 1n, ip: 2n }, fpregs: { cwd: 0x37f, st_space: [1, 2, 3] } }))!;
    // Three of the four words of st0 hold its ten bytes; without status and tag words nobody knows whether it is empty.
    expect([...byName(found.groups).keys()]).toEqual(["rax", "rip", "st0", "fctrl"]);
    expect(byName(found.groups).get("st0")!.meaning).toBeUndefined();
  });

  test("a core of one machine with registers of another has none", async () => {
    expect(await made(3, "thread_info", { clear_tid_addr: 0n, gpregs: { ax: 1n } })).toBeUndefined();
  });
});

function small32(count: number, first: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

test("damaged core images: registers whose bytes lie in the image, or none, and no exception", async () => {
  const files = await sampleFiles("18-compat32");
  const at = files.findIndex(({ name }) => /(^|\/)core-\d+\.img$/.test(name));
  const bytes = await bytesOf(files[at]!.source);
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(bytes.length - 13), fc.nat(255)), { minLength: 1, maxLength: 12 }), fc.option(fc.nat(bytes.length)), async (changes, cut) => {
      const damaged = bytes.slice(0, cut ?? bytes.length);
      for (const [position, value] of changes) if (12 + position < damaged.length) damaged[12 + position] = value;
      const set = await openSet(files.map((file, index) => (index === at ? { ...file, source: memorySource(damaged) } : file)));
      const { checkpoint } = set!;
      for (const { row } of threadsOf(checkpoint)) {
        const registers = await checkpoint.decoder.registers!(row);
        for (const { span } of (registers?.groups ?? []).flatMap((group) => group.registers)) if (span !== undefined) expect(span.end).toBeLessThanOrEqual(damaged.length);
        if (registers !== undefined) found++;
      }
    }),
    { numRuns: 60 },
  );
  expect(found).toBeGreaterThan(0);
});
