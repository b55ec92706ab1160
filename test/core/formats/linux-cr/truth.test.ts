/** Samples against what their makers wrote down: the truth files of made images, /proc of the tasks in kernel images. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Inspector } from "../../../../src/core/inspector.ts";
import { openLinuxCr, tableRows } from "../../../support/open.ts";
import { beside, isSound, SAMPLES } from "../../../support/samples.ts";

interface TruthRegion {
  start: string;
  end: string;
  type: string;
  flags: string;
  pgoff: number;
  path?: string;
  ino?: number;
  pages?: Record<string, string>;
}
interface Truth {
  revision: string;
  recognised: string[];
  arch: string;
  byte_order: string;
  release: string;
  machine: string;
  time: number;
  tasks: { vpid: number; vppid: number; vtgid: number; vpgid?: number; vsid?: number; comm: string; dead?: boolean; exit_code?: number; regs?: Record<string, string> }[];
  mms: Record<string, TruthRegion[]>;
  file_tables: Record<string, Record<string, { file: number; cloexec: number }>>;
  files: Record<string, { type: string; path?: string; flags: string; pos: number }>;
  pipes?: Record<string, string>;
  ipc?: Record<string, { shm: { id: number; size: number; key: string; pages: Record<string, string> }[]; msg: { id: number; messages: [number, number][] }[]; sem: { id: number; values: number[] }[] }>;
  error?: string;
}

const KINDS: Record<string, string> = {
  ANON: "anonymous",
  FILE: "private file",
  SHM_ANON: "shared anonymous",
  SHM_ANON_SKIP: "shared anonymous",
  SHM_FILE: "shared file",
  SHM_IPC: "SysV shm",
  SHM_IPC_SKIP: "SysV shm",
  VDSO: "vdso",
};
const FILE_KINDS: Record<string, string> = { GENERIC: "file", PIPE: "pipe", FIFO: "fifo", SOCKET: "socket", TTY: "tty", EPOLL: "eventpoll", EVENTFD: "eventfd" };

/** The pattern of all sample pages. */
function seedPage(seed: number): Uint8Array {
  return Uint8Array.from({ length: 4096 }, (_, offset) => (seed * 37 + offset * 11 + (offset >> 8)) & 0xff);
}

/** Page contents by address or by offset in a shared object, read through the extents table. */
async function pageAt(inspector: Inspector, match: (row: Record<string, unknown>) => boolean, address: bigint): Promise<Uint8Array | undefined> {
  for (const row of await tableRows(inspector, "extents")) {
    if (!match(row)) continue;
    const start = BigInt(row["start"] as string);
    const index = Number((address - start) / 4096n);
    if (address >= start && index < (row["pages"] as number)) {
      const offset = (row["offset"] as number) + index * 4096;
      return await inspector.bytes(0, offset, offset + 4096);
    }
  }
  return undefined;
}

const made = SAMPLES.filter(({ folder }) => folder === "made");

describe.each(made)("$name agrees with its truth file", ({ name, bytes }) => {
  const truth = JSON.parse(beside(`${name}.truth.json`)) as Truth;

  test("revision, machine, byte order and head", async () => {
    const { inspector } = await openLinuxCr(bytes);
    const summary = await inspector.summary();
    expect(summary.revision).toBe(truth.revision);
    expect([truth.revision, ...truth.recognised]).toEqual(expect.arrayContaining([summary.revision]));
    expect(summary.architecture).toBe(truth.arch);
    expect(summary.byteOrder).toBe(truth.byte_order);
    const facts = Object.fromEntries(summary.groups.flatMap((group) => group.facts.map((fact) => [fact.label, fact.text])));
    expect(facts["Kernel"]).toBe(truth.release);
    expect(facts["Machine"]).toBe(truth.machine);
    expect(facts["Written"]).toBe(`${new Date(truth.time * 1000).toISOString().slice(0, 19)}Z`);
  });

  test("tasks and registers", async () => {
    const { inspector } = await openLinuxCr(bytes);
    const tasks = await tableRows(inspector, "tasks");
    expect(tasks.map(({ pid, name: comm }) => ({ pid, comm }))).toEqual(truth.tasks.map(({ vpid, comm }) => ({ pid: vpid, comm })));
    const threads = await tableRows(inspector, "threads");
    const registers = await tableRows(inspector, "registers");
    for (const [index, task] of truth.tasks.entries()) {
      const row = tasks[index]!;
      // v6 to v8 know one task and no parent.
      expect(row["ppid"] ?? undefined).toBe(task.vppid);
      if (task.vtgid !== undefined) expect(row["tgid"]).toBe(task.vtgid);
      if (task.vpgid !== undefined && !truth.revision.startsWith("v8") && !truth.revision.startsWith("v13")) expect([row["pgid"], row["sid"]]).toEqual([task.vpgid, task.vsid]);
      if (task.dead === true) {
        expect(row["state"]).toBe("Z (zombie)");
        expect(row["exit"]).toBe(`exited with ${(task.exit_code ?? 0) >> 8}`);
        continue;
      }
      const thread = threads.find(({ pid }) => pid === task.vpid)!;
      for (const [register, value] of Object.entries(task.regs ?? {})) {
        if (register === "ip" || register === "sp") expect(BigInt(thread[register] as string)).toBe(BigInt(value));
        const found = registers.find((candidate) => candidate["pid"] === task.vpid && candidate["register"] === register);
        if (found !== undefined) expect(BigInt(found["value"] as string)).toBe(BigInt(value));
      }
    }
  });

  test("memory regions and the contents of every saved page", async () => {
    const { inspector } = await openLinuxCr(bytes);
    const spaces = await tableRows(inspector, "spaces");
    const regions = await tableRows(inspector, "regions");
    let pages = 0;
    for (const [objref, expected] of Object.entries(truth.mms)) {
      const space = spaces.findIndex((row) => row["objref"] === Number(objref));
      expect(space).toBeGreaterThanOrEqual(0);
      const mine = regions.filter((row) => row["space"] === `memory map of ${spaces[space]!["pid"] ?? "no task"}`);
      expect(mine.length).toBe(expected.length);
      for (const [index, region] of expected.entries()) {
        const row = mine[index]!;
        const flags = Number(region.flags);
        expect({ start: row["start"], end: row["end"], kind: row["kind"] }).toEqual({ start: region.start, end: region.end, kind: KINDS[region.type] });
        expect(row["prot"]).toBe(`${flags & 1 ? "r" : "-"}${flags & 2 ? "w" : "-"}${flags & 4 ? "x" : "-"}${flags & 0x80 ? "s" : "p"}`);
        if (region.path !== undefined) expect(BigInt(row["offset"] as string)).toBe(BigInt(region.pgoff) * 4096n);
        expect(row["pgoff"]).toBe(region.pgoff);
        if (region.path !== undefined) expect(row["path"]).toBe(region.path);
        for (const [address, contents] of Object.entries(region.pages ?? {})) {
          const shared = region.type.startsWith("SHM");
          const page = await pageAt(
            inspector,
            (extent) => (shared ? extent["object"] === region.ino : extent["pid"] === spaces[space]!["pid"] && extent["object"] === null),
            shared ? BigInt(address) * 4096n : BigInt(address),
          );
          expect(page).toBeDefined();
          const seed = /^seed (\d+)$/.exec(contents);
          if (seed !== null) expect(page).toEqual(seedPage(Number(seed[1])));
          pages++;
        }
      }
    }
    expect(pages).toBeGreaterThan(4);
  });

  test("descriptors, files and pipes", async () => {
    const { inspector } = await openLinuxCr(bytes);
    const tables = await tableRows(inspector, "fd_tables");
    const fds = await tableRows(inspector, "fds");
    for (const [objref, expected] of Object.entries(truth.file_tables)) {
      const table = tables.find((row) => row["objref"] === Number(objref))!;
      const mine = fds.filter((row) => row["table"] === `descriptor table of ${table["pid"] ?? "no task"}`);
      expect(mine.length).toBe(Object.keys(expected).length);
      for (const [fd, { file, cloexec }] of Object.entries(expected)) {
        const row = mine.find((candidate) => candidate["fd"] === Number(fd))!;
        expect(row["cloexec"]).toBe(cloexec === 1);
        const open = truth.files[file]!;
        const kind = row["kind"] === "directory" ? "file" : row["kind"];
        expect(kind).toBe(FILE_KINDS[open.type]);
        expect(row["position"]).toBe(open.pos);
        if (open.path !== undefined) expect(row["path"]).toBe(open.path);
        const access = ["O_RDONLY", "O_WRONLY", "O_RDWR"][Number(open.flags) & 3]!;
        expect(String(row["flags"]).split("|")[0]).toBe(access);
        expect(String(row["flags"]).includes("O_APPEND")).toBe((Number(open.flags) & 0o2000) !== 0);
      }
    }
    const pipes = await tableRows(inspector, "pipes");
    for (const [objref, contents] of Object.entries(truth.pipes ?? {})) {
      const pipe = pipes.find((row) => row["objref"] === Number(objref))!;
      const data = await inspector.bytes(0, pipe["offset"] as number, (pipe["offset"] as number) + (pipe["bytes"] as number));
      expect(new TextDecoder().decode(data)).toBe(contents);
    }
  });

  test("SysV IPC", async () => {
    const { inspector } = await openLinuxCr(bytes);
    const ipc = await tableRows(inspector, "ipc");
    const messages = await tableRows(inspector, "messages");
    const semaphores = await tableRows(inspector, "semaphores");
    for (const expected of Object.values(truth.ipc ?? {})) {
      for (const segment of expected.shm) {
        const row = ipc.find(({ kind, id }) => kind === "shm" && id === segment.id)!;
        expect(row).toMatchObject({ key: segment.key, size: segment.size });
        for (const [index, contents] of Object.entries(segment.pages)) {
          const page = await pageAt(inspector, (extent) => extent["object"] === row["shared_inode"], BigInt(index) * 4096n);
          expect(page).toEqual(seedPage(Number(contents.slice(5))));
        }
      }
      for (const queue of expected.msg) {
        const mine = messages.filter((row) => row["queue"] === queue.id);
        expect(mine.map(({ type, size }) => [type, size])).toEqual(queue.messages.map(([type, size]) => [type, typeof size === "number" ? size : String(size).length]));
      }
      for (const set of expected.sem) expect(semaphores.filter((row) => row["set_id"] === set.id).map(({ value }) => value)).toEqual(set.values);
    }
  });

  test("the error of the kernel, where there is one", async () => {
    const { inspector } = await openLinuxCr(bytes);
    const failures = await tableRows(inspector, "failures");
    expect(failures.map(({ message }) => message)).toEqual(truth.error === undefined ? [] : [truth.error.replace(/\n$/, "")]);
  });
});

interface ProcTask {
  maps: { start: bigint; end: bigint; prot: string; offset: bigint; path: string }[];
  fds: { fd: number; path: string; position: number }[];
  name: string;
}

/** Tasks as /proc had them just before the checkpoint; the reader stood outside, so paths begin with /mnt. */
function parseProc(text: string): ProcTask[] {
  return text
    .split(/^==== task /m)
    .slice(1)
    .map((block) => ({
      name: /^Name:\t(.*)$/m.exec(block)?.[1] ?? "",
      maps: [...block.matchAll(/^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)$/gm)].map((match) => ({
        start: BigInt(`0x${match[1]}`),
        end: BigInt(`0x${match[2]}`),
        prot: match[3]!,
        offset: BigInt(`0x${match[4]}`),
        path: match[5]!.trim().replace(/^\/mnt(?=\/)/, ""),
      })),
      fds: [...block.matchAll(/^-- fd (\d+) -> (.+?) pos: (\d+)/gm)].map((match) => ({
        fd: Number(match[1]),
        path: match[2]!.replace(/^\/mnt(?=\/)/, ""),
        position: Number(match[3]),
      })),
    }));
}

const withProc = SAMPLES.filter((sample) => sample.folder === "real" && isSound(sample) && existsSync(sample.path.replace(/\.img$/, ".proc")));

describe.each(withProc)("$name agrees with /proc of its tasks", ({ path, bytes }) => {
  const proc = parseProc(readFileSync(path.replace(/\.img$/, ".proc"), "utf8"));

  test("names, regions and descriptors of every task", async () => {
    const { inspector } = await openLinuxCr(bytes);
    const tasks = await tableRows(inspector, "tasks");
    const regions = await tableRows(inspector, "regions");
    const fds = await tableRows(inspector, "fds");
    const processes = tasks.filter(({ pid, tgid, state }) => pid === tgid && state !== "Z (zombie)");
    const live = proc.filter(({ maps }) => maps.length > 0);
    expect(processes.map(({ name }) => name).toSorted()).toEqual(live.map(({ name }) => name).toSorted());
    const matched = new Set<unknown>();
    for (const task of live) {
      // /proc lists tasks in pid order, the image depth first; pids of a container differ too.
      const row = processes.find((candidate) => candidate["name"] === task.name && !matched.has(candidate) && sameRegions(candidate, regions, task))!;
      expect(row, `a task in the image with the regions of ${task.name}`).toBeDefined();
      matched.add(row);
      const table = row["descriptor_table"];
      const mine = fds.filter((fd) => fd["table"] === table);
      expect(mine.map(({ fd }) => fd)).toEqual(task.fds.map(({ fd }) => fd));
      for (const expected of task.fds) {
        const fd = mine.find((candidate) => candidate["fd"] === expected.fd)!;
        if (expected.path.startsWith("/")) expect(fd["path"]).toBe(expected.path);
        expect(fd["position"]).toBe(expected.position);
      }
    }
  });
});

function sameRegions(task: Record<string, unknown>, regions: Record<string, unknown>[], proc: ProcTask): boolean {
  const mine = regions.filter((region) => region["space"] === task["space"]);
  const hasVdso = mine.some(({ kind }) => kind === "vdso");
  const expected = proc.maps.filter(({ path }) => path !== "[vsyscall]" && (hasVdso || path !== "[vdso]"));
  return (
    mine.length === expected.length &&
    expected.every((map, index) => {
      const region = mine[index]!;
      const isFile = map.path.startsWith("/") && !map.path.startsWith("/dev/zero") && !map.path.startsWith("/SYSV");
      const sameStart = BigInt(region["start"] as string) === map.start && BigInt(region["end"] as string) === map.end;
      const sameFile = !isFile || (region["path"] === map.path && BigInt(region["offset"] as string) === map.offset);
      // A kernel that knows where clone() put the stack of a thread names it; the image does not say.
      const sameName = !/^\[(heap|stack|vdso)\]$/.test(map.path) || region["path"] === map.path;
      return sameStart && region["prot"] === map.prot && sameFile && sameName;
    })
  );
}
