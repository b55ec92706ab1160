/** One fault at a time, planted in a real set: each rule is reported, in the right file, at the right field. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { CheckpointInspector } from "../../../../src/core/checkpoint-inspector.ts";
import { cgroupEntry } from "../../../../src/core/formats/criu/messages/namespaces.ts";
import type { FieldNode } from "../../../../src/core/inspector.ts";
import { encodeMessage } from "../../../../src/core/schema/encode-message.ts";
import { bytesOf, openSample, openSet, sampleFiles, type InputFile } from "../../../support/criu-open.ts";
import { editBytes, indexOf, withBytes, withEdited, without, type Editable, type EditableEntry } from "../../../support/criu-edit.ts";
import { CRIU_SAMPLES } from "../../../support/criu-samples.ts";
import { criuImage } from "../../../support/criu-image.ts";
import { examineSet } from "../../../fuzz/examine-set.ts";
import { procTruth } from "../../../support/criu-truth.ts";

type Plant = (files: InputFile[]) => InputFile[] | Promise<InputFile[]>;

interface Fault {
  /** Rule of the catalogue of invariants. */
  readonly rule: string;
  readonly what: string;
  readonly sample: string;
  readonly plant: Plant;
  readonly code: string;
  /** End of the path of the file that is blamed; absent: a problem of the whole set. */
  readonly file?: string;
  /** Field that the problem lies on. */
  readonly path?: string;
}

const edit = (name: string, change: (messages: Editable[], entries: EditableEntry[]) => void | EditableEntry[]): Plant => async (files) => await withEdited(files, name, (entries) => change(entries.map(({ message }) => message as Editable), entries));
const bytes = (name: string, change: (image: Uint8Array) => Uint8Array): Plant => async (files) => await withBytes(files, name, change);
const lose = (...names: string[]): Plant => (files) => names.reduce((left, name) => without(left, name), files);
const add = (name: string, contents: Uint8Array): Plant => (files) => [...files, { name, source: memorySource(contents) }];
const rename = (name: string, to: string): Plant => (files) => files.with(indexOf(files, name), { ...files[indexOf(files, name)]!, name: to });
const both = (...plants: Plant[]): Plant => async (files) => {
  let set = files;
  for (const plant of plants) set = await plant(set);
  return set;
};
const put = (image: Uint8Array, at: number, ...values: number[]): Uint8Array => {
  const changed = image.slice();
  changed.set(values, at);
  return changed;
};
const append = (image: Uint8Array, ...values: number[]): Uint8Array => Uint8Array.from([...image, ...values]);
/** Entry of files.img of a type. */
const fileOf = (messages: Editable[], part: string, which = 0): Editable => messages.filter((message) => message[part] !== undefined)[which]!;

const PID = 22467;
const TREE = 22595;

const FAULTS: readonly Fault[] = [
  // ---- F: framing and messages
  { rule: "F1", what: "a type that no release knows", sample: "01-simple", plant: bytes(`fs-${PID}.img`, (image) => put(image, 4, 0x78, 0x56, 0x34, 0x12)), code: "set.unknown-image", file: `fs-${PID}.img` },
  { rule: "F1", what: "no head at all", sample: "01-simple", plant: bytes("seccomp.img", () => new Uint8Array(40)), code: "set.unknown-image", file: "seccomp.img" },
  { rule: "F1", what: "a name that suggests another type", sample: "01-simple", plant: both(lose(`fs-${PID}.img`), rename(`ids-${PID}.img`, `fs-${PID}.img`)), code: "set.image-name", file: `fs-${PID}.img` },
  { rule: "F1", what: "an image without the common head in a set that has it", sample: "01-simple", plant: bytes(`mm-${PID}.img`, (image) => image.slice(4)), code: "set.magic-form", file: `mm-${PID}.img` },
  { rule: "F1", what: "images with the common head in a set of version 1", sample: "01-simple", plant: edit("inventory.img", ([inventory]) => void (inventory!["img_version"] = 1)), code: "set.magic-form", file: "inventory.img", path: "img_version" },
  { rule: "F2", what: "an entry longer than the file", sample: "01-simple", plant: bytes("pstree.img", (image) => put(image, 8, 200)), code: "frame.truncated", file: "pstree.img" },
  { rule: "F2", what: "a size beyond 2^31", sample: "01-simple", plant: bytes("pstree.img", (image) => put(image, 11, 0x80)), code: "frame.bad-length", file: "pstree.img" },
  { rule: "F2", what: "a part of a size", sample: "01-simple", plant: bytes("fdinfo-2.img", (image) => append(image, 1, 0)), code: "frame.truncated", file: "fdinfo-2.img" },
  { rule: "F2", what: "a part of an entry of a pagemap", sample: "01-simple", plant: bytes(`pagemap-${PID}.img`, (image) => image.slice(0, -3)), code: "frame.truncated", file: `pagemap-${PID}.img` },
  { rule: "F3", what: "two entries where one is usual", sample: "01-simple", plant: edit(`fs-${PID}.img`, (_, entries) => [...entries, ...entries]), code: "set.extra-entries", file: `fs-${PID}.img` },
  { rule: "F4", what: "a field with the number 0", sample: "01-simple", plant: edit(`fs-${PID}.img`, (_, entries) => void (entries[0]!.message = Uint8Array.of(0x08, 1, 0x00, 1))), code: "proto.damage", file: `fs-${PID}.img` },
  { rule: "F4", what: "a group", sample: "01-simple", plant: edit(`fs-${PID}.img`, (_, entries) => void (entries[0]!.message = Uint8Array.of(0x08, 1, 0x1b, 0x1c))), code: "proto.damage", file: `fs-${PID}.img` },
  { rule: "F4", what: "a length beyond the body", sample: "01-simple", plant: edit(`fs-${PID}.img`, (_, entries) => void (entries[0]!.message = Uint8Array.of(0x08, 1, 0x3a, 100, 1))), code: "proto.damage", file: `fs-${PID}.img` },
  { rule: "F4", what: "a number of eleven bytes", sample: "01-simple", plant: edit(`fs-${PID}.img`, (_, entries) => void (entries[0]!.message = Uint8Array.of(0x08, ...Array.from({ length: 10 }, () => 0xff), 1))), code: "proto.damage", file: `fs-${PID}.img` },
  { rule: "F4", what: "another wire type than the field's", sample: "01-simple", plant: edit(`fs-${PID}.img`, (_, entries) => void (entries[0]!.message = Uint8Array.of(0x0a, 1, 5, 0x10, 1))), code: "proto.wire-type", file: `fs-${PID}.img` },
  {
    rule: "F4", what: "messages inside each other without end", sample: "12a-namespaces", code: "proto.damage", file: "cgroup.img",
    plant: async (files) => {
      const controller = cgroupEntry.byName.get("controllers")!.message!();
      const directory = controller.byName.get("dirs")!.message!();
      let nested: Uint8Array = encodeMessage(directory, { dir_name: "x" });
      for (let depth = 0; depth < 100; depth++) nested = encodeMessage(directory, { children: [nested] });
      return await add("cgroup.img", criuImage("CGROUP", [{ controllers: [{ cnames: ["cpu"], dirs: [nested] }] }]))(files);
    },
  },
  { rule: "F5", what: "a required field that is missing", sample: "01-simple", plant: edit("pstree.img", ([task]) => void delete task!["sid"]), code: "proto.missing", file: "pstree.img" },
  { rule: "F5", what: "a required field that is missing deep inside", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void delete mm!["vmas"][1]["end"]), code: "proto.missing", file: `mm-${PID}.img`, path: "vmas.1" },
  { rule: "F5", what: "a number that stands for no name", sample: "01-simple", plant: edit("fdinfo-2.img", ([fd]) => void (fd!["type"] = 77)), code: "proto.enum", file: "fdinfo-2.img", path: "type" },
  { rule: "F5", what: "a text that is not UTF-8", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void (core!["tc"]["comm"] = Uint8Array.of(0x61, 0xff, 0xfe))), code: "proto.text", file: `core-${PID}.img`, path: "tc.comm" },
  { rule: "F5", what: "a field that is newer than all releases", sample: "01-simple", plant: edit(`fs-${PID}.img`, (_, entries) => void (entries[0]!.message = Uint8Array.of(0x08, 16, 0x10, 17, 0x18, 18, 0x98, 0x3f, 1))), code: "set.newer", file: `fs-${PID}.img` },
  { rule: "F6", what: "one file of the other byte order", sample: "01-simple", plant: async (files) => await withEdited(files, `fs-${PID}.img`, () => undefined, "big"), code: "set.byte-order", file: `fs-${PID}.img` },
  { rule: "F7", what: "contents that the file has not", sample: "04-pipes", plant: edit("pipes-data.img", (messages) => void (messages.at(-1)!["bytes"] = 1_000_000)), code: "frame.truncated", file: "pipes-data.img" },
  { rule: "F7", what: "padding that the file has not", sample: "11-sysv-ipc", plant: bytes("ipcns-sem-9.img", (image) => image.slice(0, -2)), code: "frame.truncated", file: "ipcns-sem-9.img" },
  { rule: "F7", what: "a queue with fewer messages than it says", sample: "11-sysv-ipc", plant: edit("ipcns-msg-9.img", (messages) => void (messages.at(-1)!["qnum"] = 1000)), code: "frame.truncated", file: "ipcns-msg-9.img" },
  // ---- S: the set and its tasks
  { rule: "S1", what: "no inventory", sample: "01-simple", plant: lose("inventory.img"), code: "set.no-inventory" },
  { rule: "S1", what: "an empty inventory", sample: "01-simple", plant: bytes("inventory.img", () => new Uint8Array(0)), code: "set.no-inventory" },
  { rule: "S1", what: "a version that nobody reads", sample: "01-simple", plant: edit("inventory.img", ([inventory]) => void (inventory!["img_version"] = 4)), code: "set.version", file: "inventory.img", path: "img_version" },
  { rule: "S2", what: "no process tree", sample: "01-simple", plant: lose("pstree.img"), code: "set.no-pstree" },
  { rule: "S2", what: "two roots", sample: "03-tree", plant: edit("pstree.img", (tasks) => void (tasks[3]!["ppid"] = 0)), code: "pid.root", file: "pstree.img", path: "ppid" },
  { rule: "S2", what: "no root", sample: "03-tree", plant: edit("pstree.img", (tasks) => void (tasks[0]!["ppid"] = 1)), code: "pid.root", file: "pstree.img" },
  { rule: "S2", what: "two tasks with one number", sample: "03-tree", plant: edit("pstree.img", (tasks) => void (tasks[3]!["pid"] = tasks[2]!["pid"])), code: "pid.duplicate", file: "pstree.img", path: "pid" },
  { rule: "S2", what: "tasks in a circle", sample: "03-tree", plant: edit("pstree.img", (tasks) => void (tasks[1]!["ppid"] = tasks.find(({ ppid }) => ppid === tasks[1]!["pid"])!["pid"])), code: "pid.cycle", file: "pstree.img", path: "ppid" },
  { rule: "S2", what: "a child before its parent", sample: "03-tree", plant: edit("pstree.img", (_, entries) => entries.toReversed()), code: "pid.order", file: "pstree.img", path: "ppid" },
  { rule: "S2", what: "a parent that is not there", sample: "03-tree", plant: edit("pstree.img", (tasks) => void (tasks[4]!["ppid"] = 4_000_000)), code: "task.parent", file: "pstree.img", path: "ppid" },
  { rule: "S2", what: "a pid of 0", sample: "03-tree", plant: edit("pstree.img", (tasks) => void (tasks[4]!["pid"] = 0)), code: "pid.invalid", file: "pstree.img", path: "pid" },
  { rule: "S3", what: "a task without its core image", sample: "01-simple", plant: lose(`core-${PID}.img`), code: "set.image-missing", file: "pstree.img", path: "pid" },
  { rule: "S3", what: "a thread without its core image", sample: "02-threads", plant: lose("core-22509.img"), code: "set.image-missing", file: "pstree.img" },
  { rule: "S3", what: "a task without ids", sample: "01-simple", plant: lose(`ids-${PID}.img`), code: "set.image-missing", file: "pstree.img" },
  { rule: "S3", what: "a task without memory", sample: "03-tree", plant: lose(`mm-${TREE}.img`), code: "set.image-missing", file: "pstree.img" },
  { rule: "S3", what: "a task without directories", sample: "01-simple", plant: lose(`fs-${PID}.img`), code: "set.image-missing", file: "pstree.img" },
  { rule: "S3", what: "a core image without a task", sample: "03-tree", plant: edit("pstree.img", (_, entries) => entries.slice(0, -1)), code: "set.image-orphan" },
  { rule: "S3", what: "a pagemap without a task", sample: "01-simple", plant: async (files) => await add("pagemap-99.img", await bytesOf(files[indexOf(files, `pagemap-${PID}.img`)]!.source))(files), code: "set.image-orphan", file: "pagemap-99.img" },
  { rule: "S3", what: "a core image without the task's part", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void delete core!["tc"]), code: "record.missing", file: `core-${PID}.img` },
  { rule: "S3", what: "a state that is none", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void (core!["tc"]["task_state"] = 9)), code: "task.state", file: `core-${PID}.img`, path: "tc.task_state" },
  { rule: "S4", what: "a thread of two tasks", sample: "03-tree", plant: edit("pstree.img", (tasks) => void tasks[1]!["threads"].push(tasks[0]!["pid"])), code: "task.thread", file: "pstree.img", path: "threads.1" },
  { rule: "S4", what: "a first thread that is not the task", sample: "02-threads", plant: edit("pstree.img", ([task]) => void task!["threads"].reverse()), code: "task.thread", file: "pstree.img", path: "threads.0" },
  { rule: "S5", what: "one memory map for two tasks", sample: "03-tree", plant: both(edit("ids-22595.img", ([ids]) => void (ids!["vm_id"] = 77)), edit("ids-22596.img", ([ids]) => void (ids!["vm_id"] = 77))), code: "task.shared-id", file: "ids-22596.img", path: "vm_id" },
  { rule: "S6", what: "a thread of another machine", sample: "02-threads", plant: edit("core-22510.img", ([core]) => void (core!["mtype"] = 3)), code: "set.machine", file: "core-22510.img", path: "mtype" },
  { rule: "S6", what: "registers of another machine", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void (core!["mtype"] = 3)), code: "set.machine", file: `core-${PID}.img`, path: "thread_info" },
  { rule: "S6", what: "no registers at all", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void delete core!["thread_info"]), code: "set.machine", file: `core-${PID}.img` },
  { rule: "10.1", what: "a pagemap without its head", sample: "01-simple", plant: bytes(`pagemap-${PID}.img`, (image) => image.slice(0, 8)), code: "record.missing", file: `pagemap-${PID}.img` },
  { rule: "10.1", what: "too few signal actions", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void core!["tc"]["sigactions"].pop()), code: "core.count", file: `core-${PID}.img`, path: "tc.sigactions" },
  { rule: "10.1", what: "too few floating point registers", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void core!["thread_info"]["fpregs"]["st_space"].splice(0, 4)), code: "core.registers", file: `core-${PID}.img`, path: "thread_info.fpregs" },
  { rule: "10.1", what: "a time with too many microseconds", sample: "13-signals-seccomp", plant: edit("core-22814.img", ([core]) => void (core!["tc"]["timers"]["real"]["vusec"] = 1_000_000)), code: "timer.value", file: "core-22814.img", path: "tc.timers.real.vusec" },
  { rule: "10.1", what: "a negative time", sample: "13-signals-seccomp", plant: edit("core-22814.img", ([core]) => void (core!["tc"]["timers"]["posix"][1]["isec"] = 2n ** 64n - 5n)), code: "timer.value", file: "core-22814.img", path: "tc.timers.posix.1.isec" },
  // ---- M: memory
  { rule: "M1", what: "a region that ends before it begins", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["vmas"][2]["end"] = 4096)), code: "vma.empty", file: `mm-${PID}.img`, path: "vmas.2.end" },
  { rule: "M1", what: "a region that begins inside a page", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["vmas"][2]["start"] += 8)), code: "vma.unaligned", file: `mm-${PID}.img`, path: "vmas.2.start" },
  { rule: "M1", what: "regions that overlap", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["vmas"][0]["end"] = mm!["vmas"][2]["end"])), code: "vma.overlap", file: `mm-${PID}.img`, path: "vmas.0.end" },
  { rule: "M1", what: "regions out of order", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void mm!["vmas"].reverse()), code: "vma.order", file: `mm-${PID}.img`, path: "vmas.1.start" },
  { rule: "M1", what: "status bits of a restore", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["vmas"][1]["status"] |= 0x1000_0000)), code: "vma.status", file: `mm-${PID}.img`, path: "vmas.1.status" },
  {
    rule: "M1", what: "a fault among hundreds of regions", sample: "01-simple", code: "vma.empty", file: `mm-${PID}.img`, path: "vmas.603.end",
    plant: edit(`mm-${PID}.img`, ([mm]) => {
      const last = mm!["vmas"].at(-1);
      for (let index = mm!["vmas"].length; index < 700; index++) mm!["vmas"].push({ ...last, start: 2 ** 44 + index * 8192, end: 2 ** 44 + index * 8192 + (index === 603 ? 0 : 4096) });
    }),
  },
  { rule: "M2", what: "arguments outside every region", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["mm_arg_start"] = 4096)), code: "mm.range", file: `mm-${PID}.img`, path: "mm_arg_start" },
  { rule: "M2", what: "a stack outside every region", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["mm_start_stack"] = 4096)), code: "mm.range", file: `mm-${PID}.img`, path: "mm_start_stack" },
  { rule: "M2", what: "a heap outside every region", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["mm_brk"] = 2 ** 46)), code: "mm.range", file: `mm-${PID}.img`, path: "mm_brk" },
  { rule: "M2", what: "a program that is not among the files", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["exe_file_id"] = 999)), code: "file.dangling", file: `mm-${PID}.img`, path: "exe_file_id" },
  { rule: "M3", what: "pages that begin inside a page", sample: "01-simple", plant: edit(`pagemap-${PID}.img`, (runs) => void (runs[2]!["vaddr"] += 16)), code: "page.unaligned", file: `pagemap-${PID}.img`, path: "vaddr" },
  { rule: "M3", what: "runs of pages out of order", sample: "01-simple", plant: edit(`pagemap-${PID}.img`, (_, entries) => [entries[0]!, ...entries.slice(1).reverse()]), code: "pagemap.order", file: `pagemap-${PID}.img`, path: "vaddr" },
  { rule: "M3", what: "runs of pages that overlap", sample: "01-simple", plant: edit(`pagemap-${PID}.img`, (runs) => void (runs[1]!["nr_pages"] = 1000)), code: "pagemap.order", file: `pagemap-${PID}.img`, path: "vaddr" },
  { rule: "M3", what: "a run without pages", sample: "01-simple", plant: edit(`pagemap-${PID}.img`, (runs) => void (runs[1]!["nr_pages"] = 0)), code: "pagemap.empty", file: `pagemap-${PID}.img` },
  { rule: "M3", what: "more pages than there are addresses", sample: "01-simple", plant: edit(`pagemap-${PID}.img`, (runs) => void (runs.at(-1)!["nr_pages"] = 2n ** 64n - 1n)), code: "pagemap.wrap", file: `pagemap-${PID}.img` },
  { rule: "M4", what: "pages outside every region", sample: "01-simple", plant: edit(`pagemap-${PID}.img`, (runs) => void (runs[1]!["vaddr"] = 0x10000)), code: "pagemap.outside", file: `pagemap-${PID}.img`, path: "vaddr" },
  { rule: "M4", what: "pages behind the end of a shared object", sample: "08-anonfd", plant: edit("pagemap-shmem-112824.img", (runs) => void (runs.at(-1)!["vaddr"] = 0x100000)), code: "pagemap.beyond", file: "pagemap-shmem-112824.img", path: "vaddr" },
  { rule: "M5", what: "a pages file that is cut", sample: "01-simple", plant: bytes("pages-1.img", (pages) => pages.slice(0, -5000)), code: "pages.short", file: "pages-1.img" },
  { rule: "M5", what: "a pages file that is too long", sample: "01-simple", plant: bytes("pages-1.img", (pages) => append(pages, ...new Uint8Array(4096))), code: "pages.long", file: "pages-1.img" },
  { rule: "M5", what: "no pages file", sample: "01-simple", plant: lose("pages-1.img"), code: "pages.missing", file: `pagemap-${PID}.img`, path: "pages_id" },
  { rule: "M6", what: "no parent", sample: "14a-incremental", plant: (files) => files.filter(({ name }) => name.startsWith("dump/")), code: "chain.missing", file: "dump/pagemap-193.img" },
  { rule: "M6", what: "a link to what is not there", sample: "14a-incremental", plant: (files) => files.filter(({ name }) => name.startsWith("dump/")), code: "chain.outside" },
  { rule: "M6", what: "a parent that lacks the pages", sample: "14a-incremental", plant: edit("pre1/pagemap-193.img", (_, entries) => entries.slice(0, 2)), code: "chain.missing", file: "dump/pagemap-193.img" },
  { rule: "M6", what: "links in a circle", sample: "14a-incremental", plant: (files) => [...files, { name: "pre1/parent", link: "../dump", source: memorySource(new Uint8Array(0)) }], code: "chain.loop" },
  {
    rule: "M6", what: "more parents than anybody makes", sample: "14a-incremental", code: "chain.depth",
    plant: async (files) => {
      const source = files[indexOf(files, "pre1/inventory.img")]!.source;
      const link = (name: string, target: string): InputFile => ({ name, link: target, source: memorySource(new Uint8Array(0)) });
      return [...files, link("pre1/parent", "../p0"), ...Array.from({ length: 1005 }, (_, depth) => [{ name: `p${depth}/inventory.img`, source }, link(`p${depth}/parent`, `../p${depth + 1}`)]).flat()];
    },
  },
  { rule: "M7", what: "two pagemaps with one pages file", sample: "04-pipes", plant: edit("pagemap-22628.img", ([head]) => void (head!["pages_id"] = 1)), code: "pages.twice", file: "pagemap-22628.img", path: "pages_id" },
  { rule: "M7", what: "a pages file that nobody names", sample: "01-simple", plant: add("pages-9.img", new Uint8Array(4096)), code: "pages.unused", file: "pages-9.img" },
  { rule: "M8", what: "pages that went over the network", sample: "01-simple", plant: edit(`pagemap-${PID}.img`, (runs) => void (runs.at(-1)!["flags"] = 2)), code: "pages.lazy", file: `pagemap-${PID}.img` },
  // ---- R: references
  { rule: "R1", what: "a descriptor of a file that is not there", sample: "01-simple", plant: edit("fdinfo-2.img", ([fd]) => void (fd!["id"] = 999)), code: "file.dangling", file: "fdinfo-2.img", path: "id" },
  { rule: "R1", what: "a working directory that is not there", sample: "01-simple", plant: edit(`fs-${PID}.img`, ([fs]) => void (fs!["cwd_id"] = 999)), code: "file.dangling", file: `fs-${PID}.img`, path: "cwd_id" },
  { rule: "R1", what: "a root that is not there", sample: "01-simple", plant: edit(`fs-${PID}.img`, ([fs]) => void (fs!["root_id"] = 999)), code: "file.dangling", file: `fs-${PID}.img`, path: "root_id" },
  { rule: "R1", what: "a mapped file that is not there", sample: "01-simple", plant: edit(`mm-${PID}.img`, ([mm]) => void (mm!["vmas"][0]["shmid"] = 999)), code: "file.dangling", file: `mm-${PID}.img`, path: "vmas.0.shmid" },
  { rule: "R1", what: "a file in flight that is not there", sample: "05-unix-sockets", plant: edit("sk-queues.img", (packets) => void (packets.find(({ scm }) => scm?.length > 0)!["scm"][0]["rights"][0] = 999)), code: "file.dangling", file: "sk-queues.img" },
  { rule: "R1", what: "a FIFO that was opened as nothing", sample: "04-pipes", plant: edit("files.img", (files) => void (fileOf(files, "fifo")["fifo"]["regf_id"] = 999)), code: "file.dangling", file: "files.img", path: "fifo.regf_id" },
  { rule: "R1", what: "a terminal that was opened as nothing", sample: "09-tty", plant: edit("files.img", (files) => void (fileOf(files, "tty")["tty"]["regf_id"] = 999)), code: "file.dangling", file: "files.img", path: "tty.regf_id" },
  { rule: "R1", what: "a terminal that is not there", sample: "09-tty", plant: edit("files.img", (files) => void (fileOf(files, "tty")["tty"]["tty_info_id"] = 999)), code: "tty.info", file: "files.img", path: "tty.tty_info_id" },
  { rule: "R1", what: "a memfd without an inode", sample: "08-anonfd", plant: edit("files.img", (files) => void (fileOf(files, "memfd")["memfd"]["inode_id"] = 999)), code: "memfd.inode", file: "files.img", path: "memfd.inode_id" },
  { rule: "R1", what: "shared memory that is not there", sample: "10-memory", plant: lose("memfd.img"), code: "vma.object", file: "mm-22791.img" },
  { rule: "R2", what: "two files with one id", sample: "01-simple", plant: edit("files.img", (_, entries) => [...entries, entries[0]!]), code: "file.duplicate", file: "files.img" },
  { rule: "R2", what: "a file without the part of its type", sample: "01-simple", plant: edit("files.img", (files) => void (files[0]!["type"] = 2)), code: "file.message", file: "files.img", path: "type" },
  { rule: "R3", what: "a descriptor twice", sample: "01-simple", plant: edit("fdinfo-2.img", (fds) => void (fds[1]!["fd"] = fds[0]!["fd"])), code: "fd.duplicate", file: "fdinfo-2.img", path: "fd" },
  { rule: "R4", what: "no ghost file", sample: "07-files-locks", plant: lose("ghost-file-2.img"), code: "remap.target", file: "remap-fpath.img", path: "remap_id" },
  { rule: "R4", what: "a link that is not there", sample: "07-files-locks", plant: edit("remap-fpath.img", (remaps) => void (remaps.find((remap) => remap["remap_type"] === 0)!["remap_id"] = 999)), code: "remap.target", file: "remap-fpath.img", path: "remap_id" },
  { rule: "R4", what: "a remap of a file that is not there", sample: "07-files-locks", plant: edit("remap-fpath.img", ([remap]) => void (remap!["orig_id"] = 999)), code: "remap.target", file: "remap-fpath.img", path: "orig_id" },
  {
    rule: "R4", what: "pieces of a ghost file that overlap", sample: "07-files-locks", code: "ghost.chunks",
    plant: async (files) => {
      for (const number of [1, 2, 3, 4]) {
        const name = `ghost-file-${number}.img`;
        const image = await bytesOf(files[indexOf(files, name)]!.source);
        let chunks = 0;
        const changed = await editBytes(name, image, (entries) => {
          chunks = entries.length - 1;
          if (chunks > 1) (entries[2]!.message as Editable)["off"] = 0;
        });
        if (chunks > 1) return await withBytes(files, name, () => changed);
      }
      throw new Error("no ghost file has pieces");
    },
  },
  { rule: "R5", what: "data of a pipe that nobody has open", sample: "04-pipes", plant: edit("pipes-data.img", ([data]) => void (data!["pipe_id"] = 999)), code: "pipe.unused", file: "pipes-data.img", path: "pipe_id" },
  { rule: "R5", what: "a watched descriptor that is not there", sample: "08-anonfd", plant: edit("files.img", (files) => void (fileOf(files, "epfd")["epfd"]["tfd"][0]["tfd"] = 900)), code: "epoll.target", file: "files.img", path: "epfd.tfd.0.tfd" },
  { rule: "R5", what: "a unix socket whose peer is outside", sample: "05-unix-sockets", plant: edit("files.img", (files) => void (fileOf(files, "usk")["usk"]["peer"] = 999)), code: "socket.peer", file: "files.img", path: "usk.peer" },
  { rule: "R5", what: "data of a socket that is not there", sample: "05-unix-sockets", plant: edit("sk-queues.img", ([packet]) => void (packet!["id_for"] = 999)), code: "queue.target", file: "sk-queues.img", path: "id_for" },
  { rule: "R5", what: "a connection without its stream", sample: "06-inet-sockets", plant: lose("tcp-stream-5beea.img"), code: "tcp.stream", file: "files.img", path: "isk.ino" },
  { rule: "10.1", what: "a connection that does not say what was sent", sample: "06-inet-sockets", plant: edit("tcp-stream-5beea.img", ([stream]) => void delete stream!["unsq_len"]), code: "tcp.options", file: "tcp-stream-5beea.img" },
  { rule: "10.1", what: "a window scale option without a scale", sample: "06-inet-sockets", plant: edit("tcp-stream-5beea.img", ([stream]) => { stream!["opt_mask"] |= 4; delete stream!["rcv_wscale"]; }), code: "tcp.options", file: "tcp-stream-5beea.img", path: "opt_mask" },
  { rule: "10.1", what: "a mount of a known type that names its file system", sample: "12a-namespaces", plant: edit("mountpoints-13.img", (mounts) => void (mounts.find(({ fstype }) => fstype !== 16)!["fsname"] = "ext4")), code: "mount.name", file: "mountpoints-13.img", path: "fsname" },
  { rule: "R6", what: "a namespace of its own without an image", sample: "12a-namespaces", plant: lose("utsns-12.img"), code: "namespace.missing" },
  { rule: "R6", what: "mounts that are not there", sample: "12a-namespaces", plant: lose("mountpoints-13.img"), code: "namespace.missing" },
  { rule: "R6", what: "control groups that are not there", sample: "21b-podman-none", plant: edit("core-1.img", ([core]) => void (core!["thread_core"]["cg_set"] = 99)), code: "cgroup.set", file: "core-1.img", path: "thread_core.cg_set" },
  { rule: "R6", what: "a newest filter that is not there", sample: "13-signals-seccomp", plant: edit("core-22814.img", ([core]) => void (core!["thread_core"]["seccomp_filter"] = 9)), code: "seccomp.chain", file: "core-22814.img", path: "thread_core.seccomp_filter" },
  { rule: "R6", what: "filters in a circle", sample: "13-signals-seccomp", plant: edit("seccomp.img", ([seccomp]) => void (seccomp!["seccomp_filters"][0]["prev"] = 1)), code: "seccomp.chain", file: "seccomp.img", path: "seccomp_filters.0.prev" },
  { rule: "R7", what: "no mount that is the root", sample: "12a-namespaces", plant: edit("mountpoints-13.img", (mounts) => void (mounts.find(({ mountpoint }) => mountpoint === "/" || Buffer.from(mountpoint).toString() === "/")!["mountpoint"] = "/elsewhere")), code: "mount.root", file: "mountpoints-13.img" },
  { rule: "R7", what: "a mount on nothing", sample: "12a-namespaces", plant: edit("mountpoints-13.img", (mounts) => void (mounts[0]!["parent_mnt_id"] = 999)), code: "mount.parent", file: "mountpoints-13.img", path: "parent_mnt_id" },
  { rule: "R7", what: "mounts in a circle", sample: "12a-namespaces", plant: edit("mountpoints-13.img", (mounts) => void (mounts.find(({ mnt_id }) => mnt_id === 129)!["parent_mnt_id"] = 62)), code: "mount.parent", file: "mountpoints-13.img", path: "parent_mnt_id" },
  { rule: "R7", what: "two mounts with one number", sample: "12a-namespaces", plant: edit("mountpoints-13.img", (mounts) => void (mounts[1]!["mnt_id"] = mounts[0]!["mnt_id"])), code: "mount.duplicate", file: "mountpoints-13.img", path: "mnt_id" },
  { rule: "F7", what: "padding that is not zero", sample: "11-sysv-ipc", plant: bytes("ipcns-sem-9.img", (image) => put(image, image.length - 1, 7)), code: "frame.padding", file: "ipcns-sem-9.img" },
  { rule: "S2", what: "a pid that no Linux gives", sample: "03-tree", plant: edit("pstree.img", (tasks) => void (tasks[4]!["pid"] = 5_000_000)), code: "pid.large", file: "pstree.img", path: "pid" },
  { rule: "S3", what: "a zombie with memory", sample: "03-tree", plant: edit("core-22596.img", ([core]) => void (core!["tc"]["task_state"] = 6)), code: "set.image-orphan", file: "mm-22596.img" },
  { rule: "10.1", what: "a parent that is a thread", sample: "02-threads", plant: edit("pstree.img", ([task], entries) => [...entries, { message: { ...task!, pid: 9999, ppid: task!["threads"][3], threads: [9999] }, payload: new Uint8Array(0) }]), code: "task.parent", file: "pstree.img", path: "ppid" },
  { rule: "10.1", what: "a thread with the number of a task", sample: "03-tree", plant: edit("pstree.img", (tasks) => void tasks[1]!["threads"].push(tasks[2]!["pid"])), code: "task.thread", file: "pstree.img", path: "threads.1" },
  { rule: "10.1", what: "a session that nobody leads", sample: "03-tree", plant: edit("pstree.img", (tasks) => void (tasks.find(({ ppid }) => ppid !== 0 && ppid !== tasks[0]!["pid"])!["sid"] = 77)), code: "task.session", file: "pstree.img", path: "sid" },
  { rule: "10.1", what: "a task with host names of its own", sample: "03-tree", plant: edit("ids-22596.img", ([ids]) => void (ids!["uts_ns_id"] = 99)), code: "task.namespaces", file: "ids-22596.img", path: "uts_ns_id" },
  { rule: "10.1", what: "a root with the descriptors of the dumping process", sample: "01-simple", plant: async (files) => await edit("inventory.img", ([inventory]) => void (inventory!["root_ids"]["files_id"] = 2))(files), code: "task.root-ids", file: `ids-${PID}.img`, path: "files_id" },
  { rule: "10.1", what: "ids that the user namespace does not map", sample: "01-simple", plant: add("userns-13.img", criuImage("USERNS", [{ uid_map: [{ first: 1, lower_first: 1, count: 10 }], gid_map: [] }])), code: "creds.unmapped", file: `core-${PID}.img`, path: "thread_core.creds.uid" },
  { rule: "10.1", what: "an address of three words", sample: "06-inet-sockets", plant: edit("files.img", (files) => void (files.find(({ isk }) => isk?.family === 10)!["isk"]["src_addr"].pop())), code: "inet.address", file: "files.img", path: "isk.src_addr" },
  { rule: "10.1", what: "a tmpfs without its files", sample: "12a-namespaces", plant: (files) => files.filter(({ name }) => !name.startsWith("tmpfs-")), code: "mount.contents", file: "mountpoints-13.img", path: "root_dev" },
  { rule: "10.1", what: "a deleted link without a target", sample: "07-files-locks", plant: edit("ghost-file-2.img", ([ghost]) => void (ghost!["mode"] = 0o120777)), code: "ghost.field", file: "ghost-file-2.img", path: "mode" },
  { rule: "10.1", what: "a SysV segment with its beginning left out", sample: "11-sysv-ipc", plant: async (files) => await withEdited(files, files.find(({ name }) => name.startsWith("mm-"))!.name, (entries) => { const vma = (entries[0]!.message as Editable)["vmas"].find(({ status }: Editable) => (status & 0x400) !== 0); vma["pgoff"] = 4096; }), code: "vma.sysv" },
  { rule: "10.1", what: "a SysV segment that ends too early", sample: "11-sysv-ipc", plant: async (files) => await withEdited(files, files.find(({ name }) => name.startsWith("mm-"))!.name, (entries) => { const vma = (entries[0]!.message as Editable)["vmas"].find(({ status, start, end }: Editable) => (status & 0x400) !== 0 && Number(end) - Number(start) > 4096); vma["end"] = Number(vma["end"]) - 4096; }), code: "vma.sysv" },
  { rule: "10.1", what: "descriptor tables without ids", sample: "01-simple", plant: edit("inventory.img", ([inventory]) => void (inventory!["fdinfo_per_id"] = false)), code: "set.inventory", file: "inventory.img", path: "fdinfo_per_id" },
  { rule: "10.1", what: "a control group set of 0", sample: "01-simple", plant: edit("inventory.img", ([inventory]) => void (inventory!["root_cg_set"] = 0)), code: "set.inventory", file: "inventory.img", path: "root_cg_set" },
  { rule: "10.1", what: "a resource limit too many", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void core!["tc"]["rlimits"]["rlimits"].push({ cur: 1, max: 1 })), code: "core.count", file: `core-${PID}.img`, path: "tc.rlimits.rlimits.16" },
  { rule: "10.1", what: "two lists of files in one packet", sample: "05-unix-sockets", plant: edit("sk-queues.img", (packets) => { const { scm } = packets.find((packet) => packet["scm"]?.length > 0)!; scm.push(scm[0]); }), code: "queue.rights", file: "sk-queues.img" },
  { rule: "10.1", what: "the data of a pipe twice", sample: "04-pipes", plant: edit("pipes-data.img", (_, entries) => [...entries, entries[0]!]), code: "pipe.data", file: "pipes-data.img", path: "pipe_id" },
  { rule: "10.1", what: "a pseudoterminal with the index of another", sample: "09-tty", plant: edit("tty-info.img", (terminals) => void (terminals.find(({ pty }) => pty !== undefined)!["pty"]["index"] += 50)), code: "tty.index", file: "tty-info.img", path: "pty.index" },
  { rule: "10.1", what: "data of a terminal that is not there", sample: "09-tty", plant: edit("tty-data.img", ([data]) => void (data!["tty_id"] = 999)), code: "tty.info", file: "tty-data.img", path: "tty_id" },
  { rule: "R1", what: "a lock of a descriptor that is not there", sample: "07-files-locks", plant: edit("filelocks.img", ([lock]) => void (lock!["fd"] = 900)), code: "lock.descriptor", file: "filelocks.img", path: "fd" },
  { rule: "R1", what: "contents of a BPF map that is not there", sample: "01-simple", plant: add("bpfmap-data.img", criuImage("BPFMAP_DATA", [{ map_id: 7, keys_bytes: 0, values_bytes: 0, count: 0 }])), code: "bpf.data", file: "bpfmap-data.img", path: "map_id" },
  { rule: "R2", what: "a file that calls itself by another id", sample: "01-simple", plant: edit("files.img", (files) => void (fileOf(files, "reg")["reg"]["id"] = 999)), code: "file.id", file: "files.img", path: "reg.id" },
  { rule: "R2", what: "a file that nothing refers to", sample: "01-simple", plant: edit("files.img", (files, entries) => [...entries, { message: { ...fileOf(files, "reg"), id: 999, reg: { ...fileOf(files, "reg")["reg"], id: 999 } }, payload: new Uint8Array(0) }]), code: "file.unused", file: "files.img" },
  { rule: "R4", what: "a ghost file that nobody had open", sample: "07-files-locks", plant: async (files) => await add("ghost-file-9.img", await bytesOf(files[indexOf(files, "ghost-file-2.img")]!.source))(files), code: "set.image-orphan", file: "ghost-file-9.img" },
  { rule: "R5", what: "pages of shared memory that nobody maps", sample: "10-memory", plant: rename("pagemap-shmem-112837.img", "pagemap-shmem-99.img"), code: "set.image-orphan", file: "pagemap-shmem-99.img" },
  { rule: "R6", what: "a socket in a network namespace that is not there", sample: "06-inet-sockets", plant: edit("files.img", (files) => void (fileOf(files, "isk")["isk"]["ns_id"] = 999)), code: "namespace.missing", file: "files.img", path: "isk.ns_id" },
  // ---- X: what the dump said of itself, and what stands beside
  { rule: "S3", what: "a core image without an entry", sample: "01-simple", plant: bytes(`core-${PID}.img`, (image) => image.slice(0, 8)), code: "set.image-missing", file: `core-${PID}.img` },
  { rule: "M2", what: "a thread outside all regions", sample: "01-simple", plant: edit(`core-${PID}.img`, ([core]) => void (core!["thread_info"]["gpregs"]["ip"] = 0x10000)), code: "thread.ip", file: `core-${PID}.img`, path: "thread_info.gpregs.ip" },
  { rule: "M2", what: "a thread of another task", sample: "03-tree", plant: async (files) => { const other = await sampleFiles("15-python3"); const from = other.find(({ name }) => /core-\d+\.img$/.test(name))!; return files.with(indexOf(files, `core-${TREE}.img`), { ...files[indexOf(files, `core-${TREE}.img`)]!, source: from.source }); }, code: "thread.ip", file: `core-${TREE}.img` },
  { rule: "X1", what: "other page counts in the statistics", sample: "01-simple", plant: edit("stats-dump", ([stats]) => void (stats!["dump"]["pages_written"] += 1)), code: "stats.pages", file: "stats-dump", path: "dump.pages_written" },
  { rule: "X1", what: "other counts of shared pages", sample: "10-memory", plant: edit("stats-dump", ([stats]) => void (stats!["dump"]["shpages_written"] += 1)), code: "stats.pages", file: "stats-dump", path: "dump.shpages_written" },
  { rule: "X2", what: "a log of a dump that failed", sample: "01-simple", plant: bytes("dump.log", (log) => append(log, ...Buffer.from("(00.100000) Error (criu/cr-dump.c:2057): Dumping FAILED.\n"))), code: "log.failed", file: "dump.log" },
  { rule: "X2", what: "a log of a restore that gave up early", sample: "01-simple", plant: add("restore.log", Buffer.from("(00.001000) Version: 4.3 (gitid 0)\n(00.033627) Error (criu/image.c:704): Magic doesn't match for ids-22467.img\n(00.033640) pstree pid_max=22467\n")), code: "log.failed", file: "restore.log" },
  { rule: "X2", what: "a log that ends too early", sample: "01-simple", plant: bytes("dump.log", (log) => log.slice(0, log.length >> 1)), code: "log.unfinished", file: "dump.log" },
  { rule: "1.7", what: "a dump of the network that is cut", sample: "12a-namespaces", plant: bytes("route-10.img", (image) => image.slice(0, -6)), code: "netlink.damage", file: "route-10.img" },
  { rule: "4.1", what: "a container without its specification", sample: "21a-podman-gzip", plant: lose("spec.dump"), code: "container.file", file: "config.dump" },
  { rule: "4.1", what: "a configuration that is no JSON", sample: "21a-podman-gzip", plant: bytes("config.dump", () => new TextEncoder().encode("<xml>")), code: "json.damaged", file: "config.dump" },
  { rule: "4.1", what: "a list of deleted files that ends too early", sample: "21a-podman-gzip", plant: bytes("deleted.files", () => new TextEncoder().encode('["/etc/a", "/etc/b')), code: "json.damaged", file: "deleted.files" },
  { rule: "4.1", what: "a list of deleted files without its beginning", sample: "21a-podman-gzip", plant: bytes("deleted.files", () => new TextEncoder().encode('"/etc/a"]')), code: "json.damaged", file: "deleted.files" },
  { rule: "4.1", what: "networks that are other bytes", sample: "21a-podman-gzip", plant: bytes("network.status", () => new TextEncoder().encode("\0\u0001binary")), code: "json.damaged", file: "network.status" },
  { rule: "4.1", what: "a specification that is a list", sample: "21a-podman-gzip", plant: bytes("spec.dump", () => new TextEncoder().encode("[]")), code: "container.file", file: "spec.dump" },
  { rule: "3.3", what: "JSON that ends too early", sample: "21a-podman-gzip", plant: bytes("config.dump", (text) => text.slice(0, text.length >> 1)), code: "json.damaged", file: "config.dump" },
];

function nodeAt(node: FieldNode, path: string): FieldNode | undefined {
  if (node.path === path) return node;
  for (const child of node.children ?? []) {
    const found = nodeAt(child, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe("a planted fault", () => {
  test.each(FAULTS)("$rule: $what, in $sample", async ({ sample, plant, code, file, path }) => {
    const set = await openSet(await plant(await sampleFiles(sample)));
    expect(set, "the set opens").toBeDefined();
    const { checkpoint, inspector } = set!;
    const all = checkpoint.diagnostics.list.map((problem) => `${problem.code} in ${problem.span === undefined ? "-" : checkpoint.files[problem.span.file]!.name}: ${problem.message}`).join("\n");
    const found = checkpoint.diagnostics.list.filter((problem) => problem.code === code);
    expect(found.length, `${code} among\n${all}`).toBeGreaterThan(0);
    for (const { message } of found) expect(message).toMatch(/^[^a-z].*\.$|^\w.*\.$/s);
    if (file === undefined) return;
    const here = found.filter(({ span }) => span !== undefined && checkpoint.files[span.file]!.name.endsWith(file));
    expect(here.length, `${code} in ${file} among\n${all}`).toBeGreaterThan(0);
    if (path === undefined) return;
    const places: string[] = [];
    for (const { span } of here) {
      const owner = await inspector.ownerAt(span!.file, span!.start);
      const node = nodeAt(await checkpoint.decoder.explain(owner!.record, () => true), path);
      if (node !== undefined && node.span.start === span!.start && node.span.end === span!.end) return;
      places.push(`${owner!.field.path}: ${span!.start} to ${span!.end}, the field ${node === undefined ? "is not there" : `is ${node.span.start} to ${node.span.end}`}`);
    }
    throw new Error(`${code} does not lie on ${path} but on ${places.join("; ")}`);
  });
});

describe("a log of a run that failed", () => {
  const LIMIT = "(00.031602) Error (criu/util.c:1532): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted\n";
  const messages = async (log: string): Promise<string[]> => {
    const { checkpoint } = (await openSet(await add("restore.log", Buffer.from(log))(await sampleFiles("01-simple"))))!;
    return checkpoint.diagnostics.list.map(({ code, message }) => `${code}: ${message}`);
  };

  test("names its cause, and not the error that CRIU writes into every log of a user with fewer rights", async () => {
    expect(await messages(`${LIMIT}(00.056849) Error (criu/cr-restore.c:1245): Can't fork for 4138: File exists\n(00.093961) Error (criu/cr-restore.c:2424): Restoring FAILED.\n`)).toEqual([
      "log.failed: restore.log says that the run failed. Its errors, in their order: Can't fork for 4138: File exists. The pid 4138 was taken there: a task, a process group or a session had it.",
      "log.error: restore.log: Can't fork for 4138: File exists",
    ]);
  });

  test("names what the code inside the task said, with or without a time", async () => {
    expect(await messages("pie: 14737: Error (criu/pie/parasite.c:602): send_fds failed (-22)\n(00.046194) pie: 5407: Error (criu/pie/restorer.c:1981): Can't read pages data (-9)\n(00.047957) Error (criu/cr-restore.c:2424): Restoring FAILED.\n")).toEqual([
      "log.failed: restore.log says that the run failed. Its errors, in their order: send_fds failed (-22); Can't read pages data (-9).",
      "log.error: restore.log: send_fds failed (-22)",
      "log.error: restore.log: Can't read pages data (-9)",
    ]);
  });

  test("is no log that ends with that error, or goes on after another", async () => {
    expect(await messages(LIMIT)).toEqual([]);
    expect(await messages("(00.033627) Error (criu/cgroup.c:1): cg: Unable to do something\n(00.04) Restore finished successfully. Tasks resumed.\n")).toEqual([]);
  });
});

/** Damage that once broke a law, or made a message of the program's own words. */
const FRAGILE: readonly (readonly [what: string, sample: string, plant: Plant])[] = [
  ["a pages file that ends inside a page", "01-simple", bytes("pages-1.img", (pages) => pages.slice(0, -1000))],
  ["a dump of the network with another word in front", "12a-namespaces", bytes("rule-10.img", (image) => put(image, 0, 1, 2, 3, 4))],
  ["a mount without a path", "12a-namespaces", edit("mountpoints-13.img", (mounts) => mounts.forEach((mount) => void delete mount["mountpoint"]))],
  ["a filter that ends inside an instruction", "13-signals-seccomp", edit("seccomp.img", ([seccomp]) => void (seccomp!["seccomp_filters"][0]["filter"] = new Uint8Array(11)))],
  ["a siginfo that is too short", "13-signals-seccomp", edit("core-22814.img", ([core]) => void (core!["tc"]["signals_s"]["signals"][0]["siginfo"] = new Uint8Array(30)))],
  ["two files of page contents with one name, the first of which ends inside a page", "01-simple", async (files) => [{ name: "pages-1.img", source: memorySource(new Uint8Array(5000)) }, ...files]],
  ["an image of zeros behind its head", "01-simple", bytes("seccomp.img", (image) => Uint8Array.from([...image.subarray(0, 8), ...new Uint8Array(844)]))],
  ["tasks that are all the same", "03-tree", edit("pstree.img", (tasks) => tasks.forEach((task) => void Object.assign(task, tasks[1]))) ],
];

test.each(FRAGILE)("the laws hold for %s", async (_what, sample, plant) => {
  const verdict = await examineSet(await plant(await sampleFiles(sample)));
  expect(verdict.records).toBeGreaterThan(20);
});

test("images are written back byte by byte as CRIU wrote them", async () => {
  let count = 0;
  for (const { name } of CRIU_SAMPLES) {
    if (name.startsWith("15-") || name.startsWith("20b")) continue;
    for (const file of await sampleFiles(name)) {
      if (!file.name.endsWith(".img") && !file.name.endsWith("stats-dump")) continue;
      const image = await bytesOf(file.source);
      const word = image.length < 4 ? 0 : new DataView(image.buffer).getUint32(0, true);
      // Raw images and archives have no entries.
      if (word !== 0x54564319 && word !== 0x55105940 && !file.name.endsWith("inventory.img")) continue;
      expect([name, file.name, Buffer.compare(await editBytes(file.name, image, () => undefined), image)]).toEqual([name, file.name, 0]);
      count++;
    }
  }
  expect(count).toBeGreaterThan(1000);
});

test("a session whose leader is gone is sound below a child of the root that is in it", async () => {
  const task = (pid: number, ppid: number, sid: number): EditableEntry => ({ message: { pid, ppid, pgid: sid, sid, threads: [pid] }, payload: new Uint8Array(0) });
  const codes = async (...tasks: EditableEntry[]): Promise<readonly string[]> => {
    const { checkpoint } = (await openSet(await withEdited(await sampleFiles("01-simple"), "pstree.img", (entries) => [...entries, ...tasks])))!;
    return checkpoint.diagnostics.list.map(({ code }) => code).filter((code) => code === "task.session");
  };
  expect(await codes(task(30, PID, 77), task(31, 30, 31), task(32, 31, 77))).toEqual([]);
  expect(await codes(task(30, PID, PID), task(31, 30, 31), task(32, 31, 77))).toEqual(["task.session"]);
});

test("a task in the control groups of the dumping process is in none that the set must have", async () => {
  const files = await edit("core-1.img", ([core]) => void (core!["thread_core"]["cg_set"] = 99))(await sampleFiles("21b-podman-none"));
  const { checkpoint } = (await openSet(await edit("inventory.img", ([inventory]) => void (inventory!["root_cg_set"] = 99))(files)))!;
  expect(checkpoint.diagnostics.list.map(({ message }) => message)).toEqual([]);
});

test("a fault does not hide the rest of the set", async () => {
  const { checkpoint: whole } = await openSample("03-tree");
  const damaged = (await openSet(await bytes(`mm-${TREE}.img`, (image) => image.slice(0, 60))(await sampleFiles("03-tree"))))!.checkpoint;
  expect(damaged.tables.get("tasks").length).toBe(procTruth("03-tree").tasks.length);
  expect(damaged.tables.get("fds").length).toBe(whole.tables.get("fds").length);
  expect(damaged.tables.get("regions").length).toBeLessThan(whole.tables.get("regions").length);
  // Its pages are still there, by address; what else was mapped is not known.
  const inspector = new CheckpointInspector(damaged);
  const place = await inspector.memory.place({ text: `${TREE}:0x1000`, space: -1 });
  if (place.kind !== "address") throw new Error("the task has no memory");
  const pieces = await inspector.memory.resolve({ space: place.space, start: 0n, end: 1n << 64n });
  expect(pieces.filter(({ kind }) => kind === "image").length).toBeGreaterThan(3);
  expect(new Set(pieces.filter(({ kind }) => kind !== "image").map(({ kind, why }) => `${kind}: ${why}`))).toEqual(new Set(["absent: not known: the image has no regions of this task"]));
  const sound = new CheckpointInspector(whole);
  const before = await sound.memory.place({ text: `${TREE}:heap`, space: -1 });
  if (before.kind !== "address") throw new Error("the task has no heap");
  const [page] = (await sound.memory.resolve({ space: before.space, start: before.address, end: before.address + 0x10_0000n })).filter(({ kind }) => kind === "image");
  const range = { start: page!.start, end: page!.start + 64n };
  expect((await inspector.memory.read({ space: place.space, ...range })).bytes).toEqual((await sound.memory.read({ space: before.space, ...range })).bytes);
});
