/** Sets whose images repeat something very often: time grows with the bytes, not with their square. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../src/core/bytes/source.ts";
import { openSet, sampleFiles, type InputFile } from "../support/criu-open.ts";
import { withEdited, type Editable } from "../support/criu-edit.ts";
import { criuImage } from "../support/criu-image.ts";

const MANY = 40_000;
/** Milliseconds; the slowest takes a fifth of it on an idle machine. */
const SLOW = 8000;

type Make = (files: InputFile[]) => InputFile[] | Promise<InputFile[]>;

const many = <T>(make: (index: number) => T, count = MANY): T[] => Array.from({ length: count }, (_, index) => make(index));
const edit = (name: string, change: (messages: Editable[]) => Editable[]): Make => async (files) =>
  await withEdited(files, name, (entries) => change(entries.map(({ message }) => message as Editable)).map((message) => ({ message, payload: new Uint8Array(0) })));
const add = (name: string, image: Uint8Array): Make => (files) => [...files.filter((file) => file.name !== name), { name, source: memorySource(image) }];
const FOWN = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };

const HUGE: readonly (readonly [what: string, sample: string, make: Make])[] = [
  ["ends of one pipe", "04-pipes", edit("files.img", (files) => [...files, ...many((index) => ({ type: 2, id: 1000 + index, pipe: { id: 1000 + index, pipe_id: 7, flags: index & 1, fown: FOWN } }))])],
  ["descriptors of one end of a pipe", "04-pipes", edit("fdinfo-2.img", (fds) => [...fds, ...many((index) => ({ ...fds.find(({ type }) => type === 2)!, fd: 100 + index }))])],
  ["data of one pipe", "04-pipes", edit("pipes-data.img", () => many(() => ({ pipe_id: 5, bytes: 0, size: 65536 })))],
  ["open files with one id", "01-simple", edit("files.img", (files) => many(() => files[0]!))],
  ["tasks without images", "01-simple", edit("pstree.img", (tasks) => [...tasks, ...many((index) => ({ ...tasks[0]!, pid: 100_000 + index, ppid: index === 0 ? tasks[0]!["pid"] : 100_000 + index - 1, threads: [100_000 + index] }))])],
  ["tasks with one number", "01-simple", edit("pstree.img", (tasks) => many(() => tasks[0]!))],
  ["threads of one task", "01-simple", edit("pstree.img", (tasks) => [{ ...tasks[0]!, threads: many((index) => index + 1) }])],
  ["threads with one number", "01-simple", edit("pstree.img", (tasks) => [{ ...tasks[0]!, threads: many(() => tasks[0]!["pid"]) }])],
  ["mounts in a chain", "12a-namespaces", edit("mountpoints-13.img", (mounts) => many((index) => ({ ...mounts[0]!, mnt_id: index + 1, parent_mnt_id: index })))],
  ["mounts in a ring", "12a-namespaces", edit("mountpoints-13.img", (mounts) => many((index) => ({ ...mounts[0]!, mnt_id: index, parent_mnt_id: (index + 1) % MANY })))],
  ["packets for one socket", "05-unix-sockets", edit("sk-queues.img", (packets) => many(() => ({ ...packets[0]!, length: 0, scm: [{ type: 1, rights: [3] }] })))],
  ["files in flight in one packet", "05-unix-sockets", edit("sk-queues.img", (packets) => [{ ...packets[0]!, length: 0, scm: [{ type: 1, rights: many((index) => index) }] }])],
  ["unix sockets with one peer", "05-unix-sockets", edit("files.img", (files) => { const socket = files.find(({ usk }) => usk !== undefined)!; return [...files, ...many((index) => ({ ...socket, id: 1000 + index, usk: { ...socket["usk"], id: 1000 + index, ino: 5000 + index } }))]; })],
  ["filters in a chain", "13-signals-seccomp", edit("seccomp.img", ([seccomp]) => [{ seccomp_filters: many((index) => ({ ...seccomp!["seccomp_filters"][0], ...(index === 0 ? {} : { prev: index - 1 }) })) }])],
  ["regions over each other", "01-simple", edit("mm-22467.img", ([mm]) => [{ ...mm!, vmas: many(() => mm!["vmas"][0]) }])],
  ["regions in reverse", "01-simple", edit("mm-22467.img", ([mm]) => [{ ...mm!, vmas: many((index) => ({ ...mm!["vmas"][0], start: (MANY - index) * 8192, end: (MANY - index) * 8192 + 4096 })) }])],
  ["regions in a huge run of pages, over and over", "01-simple", async (files) => await edit("pagemap-22467.img", ([head]) => [head!, ...many((index) => ({ vaddr: index * 4096, nr_pages: 2 ** 40, compat_nr_pages: 0, flags: 4 }), 2000)])(await edit("mm-22467.img", ([mm]) => [{ ...mm!, vmas: many((index) => ({ ...mm!["vmas"][0], start: index * 8192, end: index * 8192 + 4096 })) }])(files))],
  ["words of the auxiliary vector", "01-simple", edit("mm-22467.img", ([mm]) => [{ ...mm!, mm_saved_auxv: many(() => 3) }])],
  ["watches of one epoll file", "08-anonfd", edit("files.img", (files) => files.map((file) => (file["epfd"] === undefined ? file : { ...file, epfd: { ...file["epfd"], tfd: many((index) => ({ id: 0, tfd: index, events: 1, data: 1 })) } })))],
  ["links of deleted files", "07-files-locks", edit("remap-fpath.img", (remaps) => many(() => remaps[0]!))],
  ["locks on one descriptor", "07-files-locks", edit("filelocks.img", (locks) => many(() => locks[0]!))],
  ["pieces of a ghost file", "07-files-locks", add("ghost-file-2.img", criuImage("GHOST_FILE", [{ uid: 0, gid: 0, mode: 0o100644, chunks: true, size: 10 }, ...many(() => ({ len: 0, off: 0 }))]))],
  ["control groups inside each other", "12a-namespaces", add("cgroup.img", criuImage("CGROUP", [{ sets: many((index) => ({ id: index, ctls: [{ name: "cpu", path: "/" }] }), 20_000), controllers: [{ cnames: ["cpu"], dirs: many((index) => ({ dir_name: `d${index}`, children: [], properties: [{ name: "a", value: "b", perms: { mode: 0, uid: 0, gid: 0 } }] }), 20_000) }] }]))],
  ["waiting signals", "13-signals-seccomp", edit("core-22814.img", ([core]) => [{ ...core!, tc: { ...core!["tc"], signals_s: { signals: many(() => core!["tc"]["signals_s"]["signals"][0], 20_000) } } }])],
  ["messages of a queue", "11-sysv-ipc", edit("ipcns-msg-9.img", (queues) => many(() => ({ ...queues[1]!, qnum: 0 })))],
  ["semaphore sets without an end", "11-sysv-ipc", edit("ipcns-sem-9.img", (sets) => [{ ...sets[0]!, nsems: 0xffff_ffff }])],
  ["terminals with one number", "09-tty", edit("tty-info.img", (terminals) => many(() => terminals[0]!, 20_000))],
  ["network devices with one number", "12a-namespaces", edit("netdev-10.img", (devices) => many(() => ({ type: devices[0]!["type"], ifindex: 1, mtu: 1, flags: 1, name: "x" })))],
  ["a log of one long line that almost says something", "01-simple", add("dump.log", new TextEncoder().encode(`(00.1) Running on h Linux k ${"a".repeat(65_000)} \n`.repeat(60)))],
  ["a log of lines that almost are errors", "01-simple", add("dump.log", new TextEncoder().encode(`(00.1)${" ".repeat(30_000)}Error${" ".repeat(30_000)}x\n`.repeat(60)))],
];

describe("a set with very many", () => {
  test.each(HUGE)("%s opens in time", async (_what, sample, make) => {
    const files = await make(await sampleFiles(sample));
    const began = performance.now();
    const { inspector } = (await openSet(files))!;
    const tables = await inspector.tables();
    for (const { name, rowCount } of tables) if (rowCount > 1000) await inspector.query(name, {});
    const took = Math.round(performance.now() - began);
    if (process.env["ICECORE_TIMES"] !== undefined) console.log(`${took} ms ${_what}`);
    expect(took).toBeLessThan(SLOW);
  });
});
