/** Sets that are small and were made to cost much: what is shown of them, in time that their size allows. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { ArchiveLister } from "../../../../src/core/formats/criu/beside.ts";
import { member, tar } from "../../../fixtures/archives/build-tar.ts";
import { IMAGE_TYPES } from "../../../../src/core/formats/criu/image-types.ts";
import { criuImage, type CriuEntry } from "../../../support/criu-image.ts";
import { openSet, type InputFile, type OpenedSet } from "../../../support/criu-open.ts";
import { rawRows } from "../../../support/criu-truth.ts";

const PAGE = 4096;
const file = (name: string, bytes: Uint8Array): InputFile => ({ name, source: memorySource(bytes) });
const link = (name: string, target: string): InputFile => ({ name, link: target, source: memorySource(new Uint8Array(0)) });
const image = (name: string, type: string, entries: readonly CriuEntry[]): InputFile => file(name, criuImage(type, entries));
const inventory = (folder = ""): InputFile => file(`${folder}inventory.img`, criuImage("INVENTORY", [{ img_version: 2 }], { head: "none" }));
const task = (pid: number, threads: readonly number[] = [pid], ppid = 0) => ({ pid, ppid, pgid: pid, sid: pid, threads });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

/** Open in at most so many seconds, look, close. */
async function opened(seconds: number, inputs: readonly InputFile[], look: (set: OpenedSet) => void, name?: string): Promise<void> {
  const began = performance.now();
  const set = (await openSet(inputs, name))!;
  expect((performance.now() - began) / 1000).toBeLessThan(seconds);
  look(set);
  await set.inspector.close();
}

const codesOf = ({ checkpoint }: OpenedSet): string[] => checkpoint.diagnostics.list.map(({ code }) => code);

describe("pages of an incremental dump", () => {
  const vma = (start: number, end: number) => ({ start: BigInt(start), end: BigInt(end), pgoff: 0n, shmid: 0n, prot: 3, flags: 0x22, status: 0x201, fd: -1 });
  const run = (address: number, pages: number, flags: number) => ({ vaddr: BigInt(address), nr_pages: BigInt(pages), flags });
  const dump = (vmas: readonly ReturnType<typeof vma>[], child: readonly ReturnType<typeof run>[], parent: readonly ReturnType<typeof run>[], pages: number): InputFile[] => [
    inventory("b/"), image("b/pstree.img", "PSTREE", [task(1)]), image("b/core-1.img", "CORE", [{ mtype: 1 }]), image("b/mm-1.img", "MM", [{ mm_start_code: 0n, vmas }]),
    image("b/pagemap-1.img", "PAGEMAP", [{ pages_id: 1 }, ...child]), link("b/parent", "../a"),
    inventory("a/"), image("a/pagemap-1.img", "PAGEMAP", [{ pages_id: 1 }, ...parent]), file("a/pages-1.img", new Uint8Array(pages * PAGE)),
  ];

  test("one run over many regions and many runs of the parent", async () => {
    const count = 60_000;
    const at = (index: number): number => (1 + 2 * index) * PAGE;
    const inputs = dump(times(count, (index) => vma(at(index), at(index) + PAGE)), [run(PAGE, 2 * count, 1)], times(count, (index) => run(at(index), 1, 4)), count);
    await opened(12, inputs, ({ checkpoint }) => {
      expect(rawRows(checkpoint, "regions").every(({ pages }) => pages === 1)).toBe(true);
      const stored = rawRows(checkpoint, "extents").filter(({ where }) => where === "in the parent 1 up");
      expect(stored.map(({ region }) => region)).toEqual(times(count, (index) => index));
    }, "b");
  });

  test("a parent whose runs do not ascend is named as such where a run leads there", async () => {
    const inputs = dump([vma(PAGE, 100 * PAGE)], [run(PAGE, 2, 1)], [run(2 * PAGE, 1, 4), run(PAGE, 1, 4)], 2);
    await opened(5, inputs, ({ checkpoint }) => {
      const problem = checkpoint.diagnostics.list.find(({ code }) => code === "pagemap.order")!;
      expect(problem.message).toBe("In the parent 1 up, the run of pages of task 1 at 0x1000 begins before the end of the one before it, 0x3000: pages may seem to be missing.");
      expect(checkpoint.files[problem.span!.file]!.name).toBe("a/pagemap-1.img");
    }, "b");
  });

  test("many pagemaps under many parents, of which no run needs one", async () => {
    const parents = times(500, (index) => [inventory(`d${index}/`), link(`d${index}/parent`, `../d${index + 1}`)]).flat();
    const { source } = image("", "PAGEMAP", [{ pages_id: 1 }, run(PAGE, 1, 4)]);
    const pagemaps = times(20_000, (index): InputFile => ({ name: `d0/pagemap-${index + 1}.img`, source }));
    await opened(15, [image("d0/pstree.img", "PSTREE", [task(1)]), ...parents, ...pagemaps], ({ checkpoint }) => expect(rawRows(checkpoint, "extents").length).toBe(20_000), "d0");
  });

  test("two pagemaps without a number in their names have each their own runs", async () => {
    const inputs = [inventory(), image("pstree.img", "PSTREE", [task(1)]), image("first.img", "PAGEMAP", [{ pages_id: 1 }, run(PAGE, 1, 2), run(5 * PAGE, 2, 2)]), image("second.img", "PAGEMAP", [{ pages_id: 2 }, run(9 * PAGE, 3, 2)])];
    await opened(5, inputs, ({ checkpoint }) => expect(rawRows(checkpoint, "extents").map(({ start, pages }) => [start, pages])).toEqual([[BigInt(PAGE), 1], [BigInt(5 * PAGE), 2], [BigInt(9 * PAGE), 3]]));
  });

  test("regions and runs that all overlap each other", async () => {
    const count = 40_000;
    const inputs = dump(times(count, (index) => vma((1 + index) * PAGE, (count + 10) * PAGE)), times(count, (index) => run((1 + index) * PAGE, count - index, 4)), [], 0);
    await opened(10, [...inputs, file("b/pages-1.img", new Uint8Array(PAGE))], (set) => {
      expect(codesOf(set)).toContain("pagemap.order");
      expect(rawRows(set.checkpoint, "extents").length).toBeGreaterThan(count - 1);
    }, "b");
  });

  test("a parent whose runs do not ascend is walked to a limit, which is said at the run where it was met", async () => {
    const count = 50_000;
    const inputs = dump([vma(PAGE, 100 * PAGE)], times(count, () => run(10 * PAGE, 2, 1)), times(count, () => run(10 * PAGE, 1, 4)), count);
    await opened(20, inputs, (set) => {
      const limit = set.checkpoint.diagnostics.list.find(({ code }) => code === "limit.records")!;
      expect(limit.message).toMatch(/^Runs of pages of task 1 and its parents overlap each other in more than 200,000,000 places/);
      expect(set.checkpoint.files[limit.span!.file]!.name).toBe("b/pagemap-1.img");
      // Numbers that were not counted to the end are not given.
      expect(rawRows(set.checkpoint, "spaces")[0]!["pages"]).toBeNull();
      expect(rawRows(set.checkpoint, "regions")[0]!["unsaved"]).toMatch(/^not known/);
    }, "b");
  });
});

describe("what tasks share", () => {
  const taskCore = { task_state: 1, exit_code: 0, personality: 0, flags: 0, blk_sigset: 0n, comm: "x" };
  const fown = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };

  test("one chain of seccomp filters over many threads", async () => {
    const count = 10_000;
    const tids = times(count, (index) => index + 1);
    // Two threads stop half way down the chain.
    const filterOf = (tid: number): number => (tid <= 2 ? count / 2 : count - 1);
    const cores = tids.map((tid) => image(`core-${tid}.img`, "CORE", [{ mtype: 1, ...(tid === 1 ? { tc: taskCore } : {}), thread_core: { futex_rla: 0n, futex_rla_len: 0, seccomp_mode: 2, seccomp_filter: filterOf(tid) } }]));
    const filters = times(count, (index) => ({ filter: new Uint8Array(8), ...(index > 0 ? { prev: index - 1 } : {}) }));
    await opened(15, [inventory(), image("pstree.img", "PSTREE", [task(1, tids)]), image("seccomp.img", "SECCOMP", [{ seccomp_filters: filters }]), ...cores], ({ checkpoint }) => {
      const users = rawRows(checkpoint, "seccomp_filters").map((row) => row["users"]);
      expect([users[0], users[count / 2], users[count / 2 + 1], users[count - 1]]).toEqual([count, count, count - 2, count - 2]);
    });
  });

  test("one table of many descriptors in many tasks", async () => {
    const count = 3000;
    const tasks = times(count, (index) => index + 1);
    const inputs = [
      file("inventory.img", criuImage("INVENTORY", [{ img_version: 2, fdinfo_per_id: true }], { head: "none" })),
      image("pstree.img", "PSTREE", tasks.map((pid) => task(pid, [pid], pid === 1 ? 0 : 1))),
      ...tasks.flatMap((pid) => [image(`core-${pid}.img`, "CORE", [{ mtype: 1, tc: taskCore }]), image(`ids-${pid}.img`, "IDS", [{ vm_id: pid, files_id: 1, fs_id: pid, sighand_id: pid }])]),
      image("fdinfo-1.img", "FDINFO", times(count + 1, (fd) => ({ id: Math.max(1, fd), flags: 0, type: 1, fd }))),
      image("files.img", "FILES", times(count, (index) => ({ type: 1, id: 1 + index, reg: { id: 1 + index, flags: 0, pos: 0n, fown, name: "/a" } }))),
    ];
    await opened(8, inputs, ({ checkpoint }) => {
      const files = rawRows(checkpoint, "files");
      expect(files[0]!["holders"]).toBe(`1 fd 0, 1 fd 1, 2 fd 0, 2 fd 1, 3 fd 0, 3 fd 1, 4 fd 0, 4 fd 1, 5 fd 0, 5 fd 1, 6 fd 0, 6 fd 1 and ${2 * count - 12} more`);
      expect(files[1]!["holders"]).toMatch(/^1 fd 2, 2 fd 2, .*, 12 fd 2 and 2988 more$/);
      // Each task leads to the table, and the table to each descriptor.
      expect(rawRows(checkpoint, "tasks").every((row) => row["descriptor_table"] === 0)).toBe(true);
      expect(rawRows(checkpoint, "fds").length).toBe(count + 1);
    });
  });

  test("an epoll file in many tables, which watches descriptors that few of them have", async () => {
    const count = 12_000;
    const inputs = [
      inventory(), image("pstree.img", "PSTREE", [task(1)]),
      ...times(count, (index) => image(`fdinfo-${index + 1}.img`, "FDINFO", [{ id: 1, flags: 0, type: 7, fd: 3 }, ...(index === 0 || index === 9 ? [{ id: index === 0 ? 2 : 1, flags: 0, type: 7, fd: 100 }] : [])])),
      image("files.img", "FILES", [{ type: 7, id: 1, epfd: { id: 1, flags: 0, fown, tfd: times(count, (index) => ({ id: 1, tfd: 100 + index, events: 1, data: 0n })) } }, { type: 7, id: 2, epfd: { id: 2, flags: 0, fown } }]),
    ];
    await opened(8, inputs, (set) => {
      const watches = rawRows(set.checkpoint, "watches");
      // The first table that has both the epoll file and the descriptor decides.
      expect([watches[0]!["file"], watches[1]!["file"]]).toEqual([1, null]);
      expect(codesOf(set)).toContain("epoll.target");
    });
  });
});

describe("archives that belong to the set", () => {
  const archive = (name: string, count: number, size: number): InputFile => file(name, Uint8Array.from(gzipSync(tar(...times(count, (index) => member({ name: `m${index}` }, new Uint8Array(size)))))));
  const listed = async (lister: ArchiveLister, files: readonly InputFile[]): Promise<[members: number | undefined, codes: string[]][]> => {
    const lists: [number | undefined, string[]][] = [];
    for (const { name: path, source } of files) {
      const codes: string[] = [];
      lists.push([(await lister.list({ path, source }, ({ code }) => void codes.push(code)))?.members.length, codes]);
    }
    return lists;
  };

  test("are listed up to so many members together, and each that is not says so", async () => {
    const files = times(4, (index) => archive(`${index}.tar.gz`, 30, 0));
    expect(await listed(new ArchiveLister(1e9, 75), files)).toEqual([[30, []], [30, []], [15, ["archive.members"]], [undefined, ["archive.members"]]]);
  });

  test("are inflated up to so many bytes together", async () => {
    const files = times(3, (index) => archive(`${index}.tar.gz`, 2, 100_000));
    const plain = file("plain.tar", tar(member({ name: "a" })));
    const [first, second, third, last] = await listed(new ArchiveLister(300_000), [...files, plain]);
    expect([first, third, last]).toEqual([[2, []], [undefined, ["archive.limit"]], [1, []]]);
    expect(second![1]).toContain("archive.limit");
  });
});

describe("many files and folders", () => {
  const core = image("core-1.img", "CORE", [{ mtype: 1 }]).source;
  const tree = image("pstree.img", "PSTREE", [task(1)]).source;
  const dump = (folder: string): InputFile[] => [inventory(`${folder}/`), { name: `${folder}/pstree.img`, source: tree }, { name: `${folder}/core-1.img`, source: core }];

  test("an image behind 30,000 other files is found, and an archive too", async () => {
    const others = times(30_000, (index) => file(`a/${index}`, new Uint8Array(16).fill(0x41)));
    const packed = Uint8Array.from(gzipSync(tar(member({ name: "inventory.img" }, criuImage("INVENTORY", [{ img_version: 2 }], { head: "none" })), member({ name: "pstree.img" }, criuImage("PSTREE", [task(7)])))));
    await opened(20, [...others, file("z/dump.tar.gz", packed)], ({ checkpoint }) => expect(rawRows(checkpoint, "tasks").map(({ pid }) => pid)).toEqual([7]));
  });

  test("links to parents that are not there, in many folders", async () => {
    const target = `/${times(700, (index) => `p${index}`).join("/")}`;
    const folders = times(1500, (index) => `d${index}`);
    await opened(10, folders.flatMap((folder) => [inventory(`${folder}/`), link(`${folder}/parent`, target)]), (set) => expect(codesOf(set)).toContain("chain.outside"), "d0");
  });

  test("the end of a link's path leads to the one folder that has it, and to none of several", async () => {
    const parent = (folder: string): InputFile[] => [inventory(`${folder}/`), image(`${folder}/pagemap-1.img`, "PAGEMAP", [{ pages_id: 1 }])];
    const child = (target: string): InputFile[] => [...dump("child"), link("child/parent", target)];
    const directories = ({ checkpoint }: OpenedSet): string[] => [...new Set(checkpoint.files.map(({ name }) => name.slice(0, name.lastIndexOf("/"))))].filter((folder) => folder !== "child");
    const others = [...parent("x/pre"), ...parent("y/pre"), ...parent("z/last.tar.gz")];
    await opened(5, [...child("/var/y/pre"), ...others], (set) => expect(directories(set)).toEqual(["y/pre"]), "child");
    await opened(5, [...child("/var/pre"), ...others], (set) => expect(directories(set)).toEqual([]), "child");
    await opened(5, [...child("/var/last"), ...others], (set) => expect(directories(set)).toEqual(["z/last.tar.gz"]), "child");
  });

  test("dumps and page servers: each server belongs to the first dump whose tasks it has", async () => {
    const server = (folder: string, pid: number): InputFile => image(`${folder}/pagemap-${pid}.img`, "PAGEMAP", [{ pages_id: 1 }]);
    const inputs = times(3000, (index) => [...dump(`d${index}`), server(`s${index}`, index < 2 ? 1 : 2)]).flat();
    await opened(10, inputs, ({ checkpoint }) => expect(checkpoint.files.map(({ name }) => name)).toContain("s0/pagemap-1.img"), "d0");
    await opened(10, inputs, ({ checkpoint }) => expect(checkpoint.files.map(({ name }) => name)).toContain("s1/pagemap-1.img"), "d1");
    await opened(10, inputs, ({ checkpoint }) => expect(checkpoint.files.length).toBe(3), "d2");
  });

  test("files that nothing explains", async () => {
    const inputs = [inventory(), ...times(20_000, (index) => file(`x${index}`, new Uint8Array([1, 2, 3, 4])))];
    await opened(8, inputs, ({ checkpoint }) => expect(rawRows(checkpoint, "images").filter(({ unexplained }) => unexplained === 4).length).toBe(20_000));
  });
});

describe("images whose names say nothing", () => {
  test("are counted by their kinds once", async () => {
    const { source } = image("", "MM", [{ mm_start_code: 0n }]);
    const inputs = [inventory(), image("pstree.img", "PSTREE", [task(1)]), ...times(40_000, (index): InputFile => ({ name: `x${index}`, source }))];
    await opened(12, inputs, ({ checkpoint }) => {
      const problem = checkpoint.diagnostics.list.find(({ code }) => code === "set.image-number")!;
      expect(problem.message).toMatch(/^40,000 images have names that do not say to what they belong: x0 \(mm-NUMBER\.img\), /);
    });
  });
});

describe("a long text that many rows repeat", () => {
  const long = "n".repeat(1_000_000);
  const fown = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };
  const regular = (id: number, name: string) => ({ type: 1, id, reg: { id, flags: 0, pos: 0n, fown, name } });
  const opts = { so_sndbuf: 1, so_rcvbuf: 1, so_snd_tmo_sec: 0n, so_snd_tmo_usec: 0n, so_rcv_tmo_sec: 0n, so_rcv_tmo_usec: 0n };
  const unix = (id: number, peer: number, name: string) => ({ type: 5, id, usk: { id, ino: 100 + id, type: 1, state: 1, flags: 0, uflags: 0, backlog: 0, peer, fown, opts, name: new TextEncoder().encode(name) } });
  const limits = ({ checkpoint }: OpenedSet): string[] => checkpoint.diagnostics.list.filter(({ code }) => code === "limit.records").map(({ message }) => message);

  test("a control group above many others", async () => {
    const children = times(3000, (index) => ({ dir_name: `c${index}`, children: [{ dir_name: "d", children: [], properties: [] }], properties: [] }));
    await opened(8, [inventory(), image("cgroup.img", "CGROUP", [{ sets: [], controllers: [{ cnames: ["cpu"], dirs: [{ dir_name: long, children, properties: [] }] }] }])], (set) => {
      const rows = rawRows(set.checkpoint, "cgroup_dirs");
      expect(rows.map(({ name }) => name)).toContain("c2999");
      expect(rows.find(({ name }) => name === "c3")!["path"]).toBe(`/${long}/c3`);
      expect(rows.find(({ name }) => name === "c2999")!["path"]).toBeNull();
      expect(limits(set)[0]).toMatch(/^The paths of control groups have more than 33,554,432 characters together/);
    });
  });

  test("open files in flight, more of them than a packet can carry", async () => {
    const files = image("files.img", "FILES", [regular(1, long), unix(2, 0, "")]);
    const queue = image("sk-queues.img", "SK_QUEUES", [{ id_for: 2, length: 0, scm: [{ type: 1, rights: times(900, () => 1) }] }]);
    await opened(5, [inventory(), files, queue], (set) => {
      const rights = String(rawRows(set.checkpoint, "socket_buffers")[0]!["rights"]);
      expect(rights.length).toBeLessThan(40_000_000);
      expect(rights).toMatch(/, #1, #1 and 647 more$/);
      expect(limits(set)[0]).toContain("open files in flight");
    });
  });

  test("a name of a socket, of shared memory, of a link, of a terminal's file, of a task", async () => {
    const count = 8000;
    const vma = (index: number) => ({ start: BigInt((1 + index) * PAGE), end: BigInt((2 + index) * PAGE), pgoff: 0n, shmid: 1n, prot: 3, flags: 1, status: 0x4081, fd: -1 });
    const inputs = [
      inventory(), image("pstree.img", "PSTREE", times(count, () => task(1))),
      image("core-1.img", "CORE", [{ mtype: 1, tc: { task_state: 1, exit_code: 0, personality: 0, flags: 0, blk_sigset: 0n, comm: long } }]),
      image("files.img", "FILES", [
        { type: 18, id: 1, memfd: { id: 1, flags: 0, pos: 0n, fown, inode_id: 5 } }, regular(2, long), unix(3, 0, long),
        ...times(count, (index) => unix(10 + index, 103, "")), ...times(count, (index) => ({ type: 11, id: 100_000 + index, tty: { id: 100_000 + index, tty_info_id: 1, flags: 0, fown, regf_id: 2 } })),
      ]),
      image("memfd.img", "MEMFD_INODE", [{ name: long, uid: 0, gid: 0, size: 4096n, shmid: 7, seals: 0, inode_id: 5 }]), image("mm-1.img", "MM", [{ vmas: times(count, vma) }]),
      image("remap-fpath.img", "REMAP_FPATH", times(count, () => ({ orig_id: 2, remap_id: 9, remap_type: 1 }))),
      image("ghost-file-9.img", "GHOST_FILE", [{ uid: 0, gid: 0, mode: 0o120777, dev: 1, ino: 1n, symlnk_target: long }]),
    ];
    await opened(15, inputs, ({ checkpoint }) => {
      const last = (table: Parameters<typeof rawRows>[1], column: string): unknown => rawRows(checkpoint, table).at(-1)![column];
      expect(last("tasks", "name")).toBe(long);
      expect(last("regions", "path")).toBe(`/memfd:${long} (deleted)`);
      expect(last("sockets", "remote")).toBe(long);
      expect(last("remaps", "target")).toBe(`ghost-file-9.img, a link to ${long}`);
      expect(last("files", "path")).toBe(long);
      // Beside the socket's row, which has the whole name.
      expect(rawRows(checkpoint, "files").find(({ objref }) => objref === 10)!["detail"]).toMatch(/^unix .* unnamed -> n{648}…$/);
    });
  });

  test("pieces of one ghost file that many open files were", async () => {
    const count = 4000;
    const inputs = [
      inventory(), image("files.img", "FILES", times(count, (index) => regular(1 + index, "/a"))),
      image("remap-fpath.img", "REMAP_FPATH", times(count, (index) => ({ orig_id: 1 + index, remap_id: 9, remap_type: 1 }))),
      image("ghost-file-9.img", "GHOST_FILE", [{ uid: 0, gid: 0, mode: 0o100644, dev: 1, ino: 1n, chunks: true, size: BigInt(2 * count) }, ...times(count, (index): CriuEntry => [{ len: 1n, off: BigInt(2 * index) }, new Uint8Array(1)])]),
    ];
    await opened(10, inputs, (set) => {
      const { checkpoint } = set;
      expect(rawRows(checkpoint, "remaps").every(({ size }) => size === BigInt(2 * count))).toBe(true);
      expect(checkpoint.scattered!.length).toBe(1_000_000);
      expect(limits(set)[0]).toBe("The ghost files of all open files have more than 1,000,000 pieces: those of ghost-file-9.img are not searched for this one.");
    });
  });
});

test("two million empty messages in an entry are not all made into objects", async () => {
  const head = IMAGE_TYPES.find(({ name }) => name === "AMDGPU_KFD")!.message!;
  const tag = head.fields.find(({ name }) => name === "bo_entries")!.number * 8 + 2;
  const bytes = new Uint8Array(4_000_000);
  for (let at = 0; at < bytes.length; at += 2) bytes[at] = tag;
  await opened(20, [inventory(), file("amdgpu-kfd-7.img", bytes)], ({ checkpoint }) => {
    const limit = checkpoint.diagnostics.list.find(({ code }) => code === "limit.records")!;
    expect(limit.message).toBe("amdgpu-kfd-7.img: criu_kfd has more than 1,500,000 messages inside; from this one of bo_entries on they are not read.");
    expect(limit.span).toEqual({ file: 0, start: 3_000_000, end: 3_000_002 });
  });
});
