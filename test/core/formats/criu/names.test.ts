/** Numbers of a set by name: signals and their codes, owners of open files, what a task registered for. */
import { describe, expect, test } from "vitest";
import { withEdited, type Editable } from "../../../support/criu-edit.ts";
import { openSet, sampleFiles, type OpenedSet } from "../../../support/criu-open.ts";
import { rawRows } from "../../../support/criu-truth.ts";

const TASK = 22814;

/** siginfo_t of 128 bytes; words by their place. */
function siginfo(words: Readonly<Record<number, number>>, little = true): Uint8Array {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of Object.entries(words)) view.setInt32(Number(at), word, little);
  return bytes;
}

async function withCore(edit: (core: Editable) => void, name = "13-signals-seccomp", pid = TASK): Promise<OpenedSet> {
  return (await openSet(await withEdited(await sampleFiles(name), `core-${pid}.img`, ([core]) => edit(core!.message as Editable))))!;
}

/** Bytes that a cell leads to, as a word. */
async function wordOf({ inspector }: OpenedSet, table: string, row: number, column: string): Promise<number> {
  const { span } = (await inspector.locate(table, row, column))!;
  const bytes = await inspector.bytes(span.file, span.start, span.end);
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}

describe("codes of waiting signals", () => {
  test.each([
    ["sent by a task", { 0: 10, 8: 0, 16: 77, 20: 1000 }, { signal: "SIGUSR1", code: 0, code_name: "SI_USER", sender: 77, uid: 1000, value: null, address: null }],
    ["sent to a thread", { 0: 10, 8: -6, 16: 77, 20: -2 }, { code: -6, code_name: "SI_TKILL", sender: 77, uid: 0xffff_fffe }],
    ["queued with a value", { 0: 40, 8: -1, 16: 77, 24: 5, 28: 0x7fff_0001 }, { signal: "SIGRT+6", code: -1, code_name: "SI_QUEUE", sender: 77, value: 0x7fff_0001_0000_0005n }],
    ["of a timer", { 0: 14, 8: -2, 16: 1, 24: 9 }, { code_name: "SI_TIMER", sender: null, uid: null, value: 9n }],
    ["of a message queue", { 0: 40, 8: -3, 16: 77, 24: 6 }, { code_name: "SI_MESGQ", sender: 77, value: 6n }],
    ["of the kernel", { 0: 11, 8: 128 }, { signal: "SIGSEGV", code: 128, code_name: "SI_KERNEL", sender: null, address: null }],
    ["of a fault", { 0: 11, 8: 1, 16: 0x7000 }, { code: 1, code_name: "SEGV_MAPERR", sender: null, address: 0x7000n }],
    ["of a child", { 0: 17, 8: 1, 16: 99, 20: 3 }, { signal: "SIGCHLD", code_name: "CLD_EXITED", sender: 99, uid: 3, address: null }],
    ["of floating point, beyond a gap in the numbers", { 0: 8, 8: 14 }, { signal: "SIGFPE", code_name: "FPE_FLTUNK" }],
    ["of a descriptor with a signal of its own", { 0: 40, 8: 6 }, { code_name: "POLL_HUP", sender: null }],
    ["that has no name", { 0: 11, 8: 77 }, { code: 77, code_name: null }],
  ] as const)("%s", async (_, words, shown) => {
    const set = await withCore((core) => void (core["tc"]["signals_s"]["signals"][0]["siginfo"] = siginfo(words as Record<number, number>)));
    const [row] = rawRows(set.checkpoint, "pending_signals");
    expect(row).toMatchObject(shown);
    expect(await wordOf(set, "pending_signals", 0, "code_name")).toBe((words as Record<number, number>)[8]);
    expect(await wordOf(set, "pending_signals", 0, "code")).toBe((words as Record<number, number>)[8]);
    await set.inspector.close();
  });

  test("that end early are no codes", async () => {
    const { checkpoint, inspector } = await withCore((core) => void (core["tc"]["signals_s"]["signals"][0]["siginfo"] = siginfo({ 0: 11, 8: 1 }).slice(0, 10)));
    expect(rawRows(checkpoint, "pending_signals")[0]).toMatchObject({ signal: "SIGSEGV", code: null, code_name: null, sender: null, address: null });
    await inspector.close();
  });
});

describe("siginfo_t of another machine", () => {
  const machine = async (mtype: number, bytes: Uint8Array): Promise<OpenedSet> =>
    await withCore((core) => {
      core["mtype"] = mtype;
      core["tc"]["signals_s"]["signals"][0]["siginfo"] = bytes;
    });

  test("MIPS has the code before the errno, and numbers of its own", async () => {
    const set = await machine(6, siginfo({ 0: 18, 4: -3, 8: 5, 16: 77, 24: 9 }));
    expect(rawRows(set.checkpoint, "pending_signals")[0]).toMatchObject({ signal: "SIGCHLD", code: -3, code_name: "SI_TIMER", errno: 5, sender: null, value: 9n });
    expect(await wordOf(set, "pending_signals", 0, "code")).toBe(-3);
    expect(await wordOf(set, "pending_signals", 0, "errno")).toBe(5);
    await set.inspector.close();
  });

  test("ARM has words of 32 bits, and no padding between them", async () => {
    const set = await machine(2, siginfo({ 0: 40, 8: -1, 12: 77, 16: 1000, 20: 5 }));
    expect(rawRows(set.checkpoint, "pending_signals")[0]).toMatchObject({ code_name: "SI_QUEUE", sender: 77, uid: 1000, value: 5n });
    const record = rawRows(set.checkpoint, "pending_signals")[0]!["record"] as number;
    const { root } = (await set.inspector.explain(record, ["tc", "tc.signals_s", "tc.signals_s.signals", "tc.signals_s.signals.0", "tc.signals_s.signals.0.siginfo", "tc.signals_s.signals.0.siginfo.fields"]))!;
    const texts: string[] = [];
    const visit = (node: typeof root): void => {
      if (node.path.startsWith("tc.signals_s.signals.0.siginfo.")) texts.push(`${node.name}=${node.text}`);
      for (const child of node.children ?? []) visit(child);
    };
    visit(root);
    expect(texts.join(" ")).toMatch(/si_pid=77 .*si_uid=1000 .*si_value=0x5 /);
    await set.inspector.close();
  });
});

describe("what a task says about itself", () => {
  const row = async (edit: (core: Editable) => void): Promise<Record<string, unknown>> => {
    const { checkpoint, inspector } = await withCore(edit);
    await inspector.close();
    return rawRows(checkpoint, "tasks")[0]!;
  };

  test("death signals by name, and none where there is none", async () => {
    expect(await row((core) => void (core["thread_core"]["pdeath_sig"] = 15))).toMatchObject({ pdeath_signal: "SIGTERM" });
    expect(await row((core) => void (core["thread_core"]["pdeath_sig"] = 36))).toMatchObject({ pdeath_signal: "SIGRT+2" });
    expect(await row((core) => void (core["thread_core"]["pdeath_sig"] = 0))).toMatchObject({ pdeath_signal: null });
    expect(await row((core) => void (core["tc"]["stop_signo"] = 0))).toMatchObject({ stop_signal: null });
  });

  test("a login user that is unset differs from one that was not saved", async () => {
    expect(await row((core) => void (core["tc"]["loginuid"] = 0xffff_ffff))).toMatchObject({ loginuid: "unset" });
    expect(await row((core) => void (core["tc"]["loginuid"] = 0))).toMatchObject({ loginuid: "0" });
    expect(await row((core) => void delete core["tc"]["loginuid"])).toMatchObject({ loginuid: null });
  });

  test("membarrier registrations by name, unknown bits as they are", async () => {
    expect(await row((core) => void (core["tc"]["membarrier_registration_mask"] = 0x10))).toMatchObject({ membarrier: "REGISTER_PRIVATE_EXPEDITED" });
    expect(await row((core) => void (core["tc"]["membarrier_registration_mask"] = 0x1040))).toMatchObject({ membarrier: "REGISTER_PRIVATE_EXPEDITED_SYNC_CORE|0x1000" });
    expect(await row((core) => void delete core["tc"]["membarrier_registration_mask"])).toMatchObject({ membarrier: null });
  });
});

test("an open file whose owner set no signal sends SIGIO", async () => {
  const files = await withEdited(await sampleFiles("13-signals-seccomp"), "files.img", (entries) => {
    const [first, second] = entries.map(({ message }) => message as Editable).filter((message) => message["reg"] !== undefined);
    first!["reg"]["fown"] = { uid: 0, euid: 0, signum: 0, pid_type: 1, pid: 7 };
    second!["reg"]["fown"] = { uid: 0, euid: 0, signum: 40, pid_type: 2, pid: 7 };
  });
  const set = (await openSet(files))!;
  const owned = rawRows(set.checkpoint, "files").flatMap(({ owner }, row) => (owner === null ? [] : [{ owner, row }]));
  expect(owned.map(({ owner }) => owner)).toEqual(["process 7, SIGIO by default", "process group 7, SIGRT+6"]);
  const { record, path } = (await set.inspector.locate("files", owned[0]!.row, "owner"))!;
  const { root } = (await set.inspector.explain(record, ["reg", path!]))!;
  const found: string[] = [];
  const visit = (node: typeof root): void => {
    if (node.path === `${path}.signum`) found.push(node.text);
    for (const child of node.children ?? []) visit(child);
  };
  visit(root);
  expect(found).toEqual(["none set: SIGIO (0)"]);
  await set.inspector.close();
});

describe("the system call that a thread stood in", () => {
  const calls = async (set: OpenedSet): Promise<readonly unknown[]> => {
    await set.inspector.close();
    return [...rawRows(set.checkpoint, "threads").slice(0, 1), ...rawRows(set.checkpoint, "tasks").slice(0, 1)].map(({ syscall }) => syscall);
  };
  const registers = (values: Editable) => (core: Editable) => void Object.assign(core["thread_info"]["gpregs"], values);

  test("has the name that its machine gives the number", async () => {
    expect(await calls(await withCore(registers({ orig_ax: 35n })))).toEqual(["nanosleep (35)", "nanosleep (35)"]);
    expect(await calls(await withCore(registers({ orig_ax: 162n, mode: 2 })))).toEqual(["nanosleep (162)", "nanosleep (162)"]);
    expect(await calls(await withCore(registers({ orig_ax: 0n })))).toEqual(["read (0)", "read (0)"]);
    expect(await calls(await withCore(registers({ orig_ax: 5000n })))).toEqual(["#5000", "#5000"]);
  });

  test("is none where the register holds -1, of 64 bits or of 32", async () => {
    expect(await calls(await withCore(registers({ orig_ax: 2n ** 64n - 1n })))).toEqual([null, null]);
    expect(await calls(await withCore(registers({ orig_ax: 0xffff_ffffn, mode: 2 })))).toEqual([null, null]);
  });

  test("leads to the register", async () => {
    const { inspector } = await withCore(registers({ orig_ax: 35n }));
    expect((await inspector.locate("threads", 0, "syscall"))!.path).toBe("thread_info.gpregs.orig_ax");
    await inspector.close();
  });

  test("is not told by the registers of aarch64", async () => {
    const set = (await openSet(await sampleFiles("23a-aarch64-simple")))!;
    expect(await calls(set)).toEqual([null, null]);
  });
});

test("clocks of timers: those of the CPU as the kernel keeps them", async () => {
  const { checkpoint, inspector } = await withCore((core) => {
    const timers = core["tc"]["timers"]["posix"];
    timers[0]["clock_id"] = 0xffff_fffa;
    timers[1]["clock_id"] = 0xffff_fffe;
  });
  expect(rawRows(checkpoint, "timers").map(({ clock }) => clock)).toEqual(expect.arrayContaining(["PROCESS_CPUTIME", "THREAD_CPUTIME"]));
  await inspector.close();
});

test("a file that never had a name is said to be opened like that", async () => {
  const { checkpoint, inspector } = (await openSet(await withEdited(await sampleFiles("01-simple"), "files.img", (entries) => void ((entries.find(({ message }) => (message as Editable)["reg"] !== undefined)!.message as Editable)["reg"]["flags"] = 0o20300002))))!;
  expect(rawRows(checkpoint, "files").map(({ flags }) => flags)).toContain("O_RDWR|O_TMPFILE|O_LARGEFILE");
  await inspector.close();
});

test("anonymous memory of huge pages has the name that the kernel gives it, shared or not", async () => {
  const HUGE = "27a-criu43";
  let files = await withEdited(await sampleFiles(HUGE), "memfd.img", (entries) => {
    const text = (name: unknown): string => (name instanceof Uint8Array ? new TextDecoder().decode(name) : String(name));
    for (const { message } of entries) if (text((message as Editable)["name"]).startsWith("/dev/zero")) (message as Editable)["name"] = "/anon_hugepage";
  });
  const before = rawRows((await openSet(await sampleFiles(HUGE)))!.checkpoint, "regions");
  const plain = before.findIndex(({ kind, path }) => kind === "anonymous" && path === null);
  files = await withEdited(files, files.find(({ name }) => /mm-\d+\.img$/.test(name))!.name, ([mm]) => void ((mm!.message as Editable)["vmas"][plain]["flags"] |= 0x40000));
  const { checkpoint, inspector } = (await openSet(files))!;
  const regions = rawRows(checkpoint, "regions");
  expect(regions[plain]).toMatchObject({ kind: "hugetlb", path: "/anon_hugepage (deleted)" });
  expect(regions.filter(({ kind, path }) => kind === "shared anonymous" && path === "/anon_hugepage (deleted)").length).toBeGreaterThan(0);
  await inspector.close();
});
