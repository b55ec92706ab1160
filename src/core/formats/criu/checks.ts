/** Rules of CRIU sets that need more than one image. */
import { formatCount, formatHex } from "../../schema/show.ts";
import { checkLinks } from "./check-links.ts";
import { checkRestore } from "./check-restore.ts";
import type { CriuSet, ImageFile } from "./criu-set.ts";
import { MACHINES } from "./criu-set.ts";
import { whyNone } from "./empty-files.ts";
import { reportLost } from "./lost-images.ts";
import { typeOfName } from "./identify.ts";
import { compareVersions, NEWEST, type WriterVersion } from "./version.ts";
import { REGISTERS, registersOf } from "./registers.ts";

export function checkSet(set: CriuSet, writer: WriterVersion): void {
  inventory(set);
  heads(set);
  newerFields(set);
  magicForms(set);
  missingFields(set, writer);
  tree(set);
  sharedIds(set);
  orphans(set);
  machines(set);
  pagesFiles(set);
  reportLost(set);
  statistics(set);
  checkLinks(set, writer);
  checkRestore(set);
}

function inventory(set: CriuSet): void {
  const { reader, top } = set;
  const entry = top.entry("INVENTORY");
  if (entry === undefined) {
    // A page server's directory has pagemaps and pages only.
    const hasTasks = top.all("CORE").length > 0 && (top.all("MM").length > 0 || set.isCutOff);
    if (top.all("PSTREE").length > 0 || hasTasks) reportNone(set, "set.no-inventory", "INVENTORY", "inventory.img");
    if (top.all("PSTREE").length === 0 && hasTasks) reportNone(set, "set.no-pstree", "PSTREE", "pstree.img");
    return;
  }
  const version = entry.value.number("img_version");
  if (version > 3) reader.report("set.version", `The inventory announces the version ${version} of the images; 1 to 3 are known.`, reader.fieldOf(entry.record, "img_version"));
  if (version !== 0 && top.all("PSTREE").length === 0) reportNone(set, "set.no-pstree", "PSTREE", "pstree.img");
  for (const [field, option] of [["tcp_close", "--tcp-close"], ["allow_uprobes", "--allow-uprobes"]] as const) {
    if (entry.value.flag(field)) reader.report("set.options", `The dump was made with ${option}.`, reader.fieldOf(entry.record, field));
  }
}

function reportNone(set: CriuSet, code: "set.no-inventory" | "set.no-pstree", type: string, name: string): void {
  const why = whyNone(set, type, name);
  if (why !== undefined) set.reader.report(code, ...why);
}

/**
 * Since version 2 of the images, all but the inventory begin with a magic that says so. Where most images contradict the
 * version, it is the version that is wrong: one problem, at its field.
 */
function magicForms({ reader, top }: CriuSet): void {
  const inventory = top.entry("INVENTORY");
  const version = inventory?.value.number("img_version");
  if (inventory === undefined || version === undefined || version < 1 || version > 3) return;
  const headed = [...top.every()].filter(({ type, head }) => type.name !== "INVENTORY" && head !== "none");
  const wrong = headed.filter(({ head }) => (head === "bare") === (version !== 1));
  const what = version === 1 ? "the common or service magic, which sets of version 1 have not" : "no common or service magic, which sets of version 2 and later have";
  if (wrong.length > 1 && wrong.length * 2 > headed.length) {
    const names = wrong.slice(0, 8).map(({ name }) => name).join(", ");
    reader.report("set.magic-form", `The inventory announces the version ${version} of the images, and ${formatCount(wrong.length)} of ${formatCount(headed.length)} images have ${what}: ${names}${wrong.length > 8 ? ` and ${formatCount(wrong.length - 8)} more` : ""}.`, reader.fieldOf(inventory.record, "img_version"));
    return;
  }
  for (const image of wrong) reader.report("set.magic-form", `${image.name} has ${what}.`, reader.recordSpan(reader.firstRecord(image.file)), { table: "images", row: image.file });
}

function heads(set: CriuSet): void {
  const { reader } = set;
  for (const image of set.top.every()) {
    const at = reader.recordSpan(reader.firstRecord(image.file));
    const about = { table: "images", row: image.file };
    const named = typeOfName(image.name)?.type;
    if (named !== undefined && named !== image.type && named.magic !== image.type.magic && named.raw === undefined) {
      reader.report("set.image-name", `${image.name} is named like ${named.name} and has the head of ${image.type.name}.`, at, about);
    }
    if (image.type.many !== true && image.type.first === undefined && image.entries.length > 1) {
      reader.report("set.extra-entries", `${image.name} has ${image.entries.length} entries.`, reader.recordSpan(image.entries[1]!.record), about);
    }
  }
}

function newerFields({ unknownFields, reader }: CriuSet): void {
  for (const { number, message, image, at, count } of unknownFields.values()) {
    const often = count === 1 ? `in ${image}` : `${formatCount(count)} times, the first in ${image}`;
    reader.report("set.newer", `${message} has a field ${number} that CRIU ${NEWEST} does not have: ${often}.`, at, { table: "images", row: at.file });
  }
}

/** A field that came with a release is not missing in sets of older ones. */
function missingFields(set: CriuSet, writer: WriterVersion): void {
  for (const { field, message, record, path } of set.missing) {
    if (compareVersions(field.since, writer.least) > 0) continue;
    const { name } = set.reader.files[set.reader.fileOf(record)]!;
    set.reader.report("proto.missing", `${name}: ${field.name} of ${message.name} is missing (${path}).`, set.reader.fieldOf(record, path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : ""));
  }
}

/** PID_MAX_LIMIT of 64-bit kernels (include/linux/threads.h). */
const MOST_PID = 4 * 1024 * 1024;

function tree(set: CriuSet): void {
  const { reader } = set;
  const entries = set.top.entries("PSTREE");
  const all = new Set(entries.map(({ value }) => value.number("pid")));
  const seen = new Set<number>();
  const threads = new Map<number, number>();
  const tasks = reader.table("tasks");
  let roots = 0;
  for (const [row, { value, record }] of entries.entries()) {
    const pid = value.number("pid");
    const ppid = value.number("ppid");
    const about = { table: "tasks", row };
    if (ppid === 0) roots++;
    else if (!seen.has(ppid) && all.has(ppid)) {
      reader.report("pid.order", `Task ${pid} stands before its parent ${ppid}.`, reader.fieldOf(record, "ppid"), about);
    }
    if (ppid === 0 && roots > 1) reader.report("pid.root", `Task ${pid} has no parent, and is not the first of that kind.`, reader.fieldOf(record, "ppid"), about);
    if (pid > MOST_PID) reader.report("pid.large", `Task ${pid} has a pid above ${formatCount(MOST_PID)}.`, reader.fieldOf(record, "pid"), about);
    seen.add(pid);
    const ids = value.numbers("threads").map(Number);
    // Of a dead task, the list holds anything; where its core image is lost, nothing says that it is not dead.
    if (tasks.number(row, "threads") === 0 || tasks.number(row, "core_record") < 0) continue;
    for (const [index, id] of ids.entries()) {
      if (index === 0 && id !== pid) reader.report("task.thread", `The first thread of task ${pid} is ${id}.`, reader.fieldOf(record, "threads.0"), about);
      if (index > 0 && all.has(id)) reader.report("task.thread", `Thread ${id} of task ${pid} has the number of a task.`, reader.fieldOf(record, `threads.${index}`), about);
      const before = threads.get(id);
      if (before !== undefined) reader.report("task.thread", `Thread ${id} belongs to the tasks ${before} and ${pid}.`, reader.fieldOf(record, `threads.${index}`), about);
      else threads.set(id, pid);
    }
  }
  if (entries.length > 0 && roots === 0) reader.report("pid.root", "No task is the root: each has a parent.", reader.recordSpan(entries[0]!.record));
}

/** CRIU refuses tasks that share memory or signal handlers; only descriptor tables may be shared. */
function sharedIds(set: CriuSet): void {
  const { reader, links } = set;
  for (const field of ["vm_id", "fs_id", "sighand_id"]) {
    const owners = new Map<number, number>();
    for (const image of set.top.all("IDS")) {
      const [entry] = image.entries;
      if (entry === undefined || image.number < 0) continue;
      const id = entry.value.number(field);
      const before = owners.get(id);
      if (before === undefined) owners.set(id, image.number);
      else {
        const row = links.tasks.get(image.number);
        reader.report("task.shared-id", `The tasks ${before} and ${image.number} have the same ${field}, ${id}.`, reader.fieldOf(entry.record, field), row === undefined ? undefined : { table: "tasks", row });
      }
    }
  }
}

const PER_TASK = ["IDS", "MM", "FS", "PAGEMAP", "VMAS", "SIGACT", "ITIMERS", "POSIX_TIMERS", "CREDS", "RLIMIT"] as const;
const EXPECTED = ["MM"] as const;

/** Images without a task, and tasks without their images. Those whose number is not known are reported as such. */
function orphans(set: CriuSet): void {
  const { reader, links } = set;
  if (set.top.all("PSTREE").length === 0) return;
  const tasks = reader.table("tasks");
  const orphan = (image: ImageFile, of: string): void =>
    reader.report("set.image-orphan", `${image.name} belongs to ${of} ${image.number}, which is not in the tree.`, reader.recordSpan(reader.firstRecord(image.file)), { table: "images", row: image.file });
  for (const type of PER_TASK) for (const image of set.top.all(type)) if (image.number >= 0 && !links.tasks.has(image.number) && !links.threads.has(image.number)) orphan(image, "the task");
  for (const image of set.top.all("CORE")) if (image.number >= 0 && !links.threads.has(image.number) && !links.tasks.has(image.number)) orphan(image, "the thread");
  const hasPagemaps = set.top.all("PAGEMAP").length > 0;
  for (let row = 0; row < tasks.length; row++) {
    if (tasks.number(row, "threads") === 0 || tasks.number(row, "core_record") < 0) continue;
    const pid = tasks.number(row, "pid");
    for (const type of [...EXPECTED, ...(hasPagemaps ? (["PAGEMAP"] as const) : [])]) {
      if (set.top.image(type, pid) !== undefined) continue;
      const kind = type.toLowerCase();
      set.lost.push({ kind, name: `${kind}-${pid}.img`, of: `task ${pid}`, at: reader.recordSpan(tasks.number(row, "record")), row: { table: "tasks", row } });
    }
  }
  // Without a page server's directory the pagemaps of all tasks are missing together.
  if (!hasPagemaps && set.top.all("MM").length > 0) {
    const count = set.top.all("MM").length;
    reader.report("pages.missing", `No task has a pagemap: the page contents of ${count === 1 ? "the task" : `${formatCount(count)} tasks`} are elsewhere.`);
  }
}

function machines(set: CriuSet): void {
  const { reader } = set;
  let first: { number: number; name: string } | undefined;
  for (const image of set.top.all("CORE")) {
    const [entry] = image.entries;
    if (entry === undefined) continue;
    const mtype = entry.value.number("mtype");
    if (first === undefined) first = { number: mtype, name: image.name };
    else if (first.number !== mtype) {
      reader.report("set.machine", `${image.name} is of ${MACHINES.get(mtype) ?? `machine ${mtype}`}, ${first.name} of ${MACHINES.get(first.number) ?? `machine ${first.number}`}.`, reader.fieldOf(entry.record, "mtype"));
    }
    const spec = registersOf(entry.value);
    const others = REGISTERS.filter(({ part, mtype: number }) => number !== mtype && entry.value.has(part));
    if (spec !== undefined && !entry.value.has(spec.part) && others.length > 0) {
      reader.report("set.machine", `${image.name} is of ${MACHINES.get(mtype)} and has the registers of ${MACHINES.get(others[0]!.mtype)}.`, reader.fieldOf(entry.record, others[0]!.part));
    }
    checkFpu(set, image);
  }
}

/** Lengths that CRIU insists on (criu/arch/x86/crtools.c). */
function checkFpu(set: CriuSet, image: ImageFile): void {
  const { value, record } = image.entries[0]!;
  const fpu = value.sub("thread_info")?.sub("fpregs");
  if (fpu === undefined) return;
  for (const [field, least] of [["st_space", 32], ["xmm_space", 64]] as const) {
    const { length } = fpu.numbers(field);
    if (length < least) set.reader.report("core.registers", `${image.name} has ${length} of the ${least} words of ${field}.`, set.reader.fieldOf(record, "thread_info.fpregs"));
  }
}

/** Each pages file is as long as the pages that its pagemap stores, and belongs to one pagemap. */
function pagesFiles(set: CriuSet): void {
  for (const directory of set.directories) {
    const owners = new Map<number, ImageFile>();
    for (const type of ["PAGEMAP", "SHMEM_PAGEMAP"]) for (const image of directory.all(type)) pagesFile(set, image, directory.pages, owners);
    // Those of pagemaps that are not there, or were lost with the end of an archive, are no other problem.
    if (directory === set.top && (set.isCutOff || set.lost.some(({ kind }) => kind === "pagemap"))) continue;
    for (const [id, { file, size }] of directory.pages) {
      if (owners.has(id) || size === 0) continue;
      set.reader.report("pages.unused", `No pagemap names pages-${id}.img.`, set.reader.recordSpan(set.reader.firstRecord(file)), { table: "images", row: file });
    }
  }
}

function pagesFile(set: CriuSet, image: ImageFile, pages: CriuSet["top"]["pages"], owners: Map<number, ImageFile>): void {
  const { reader } = set;
  const { pagemap } = image;
  const about = { table: "images", row: image.file };
  if (pagemap === undefined) reader.report("record.missing", `${image.name} has no entry that names its pages file.`, reader.recordSpan(reader.firstRecord(image.file)), about);
  if (pagemap === undefined || pagemap.pagesId < 0) return;
  const head = image.entries[0]!.record;
  const found = pages.get(pagemap.pagesId);
  const wanted = pagemap.stored * set.abi.pageSize;
  const name = `pages-${pagemap.pagesId}.img`;
  if (found === undefined) {
    if (wanted > 0) set.lost.push({ kind: "pages", name, of: image.name, pages: pagemap.stored, at: reader.fieldOf(head, "pages_id"), row: about });
    return;
  }
  const before = owners.get(pagemap.pagesId);
  if (before !== undefined) reader.report("pages.twice", `${before.name} and ${image.name} both name ${name}.`, reader.fieldOf(head, "pages_id"), about);
  else owners.set(pagemap.pagesId, image);
  const at = { file: found.file, start: Math.min(wanted, Math.max(0, found.size - 1)), end: found.size };
  if (found.size < wanted) {
    const entry = pagemap.entryOfPage(Math.floor(found.size / set.abi.pageSize));
    const first = entry < 0 ? "" : `, from the address ${formatHex(pagemap.address(entry) + (Math.floor(found.size / set.abi.pageSize) - pagemap.before[entry]!) * set.abi.pageSize)} on`;
    reader.report("pages.short", `${name} has ${formatCount(found.size)} of the ${formatCount(wanted)} bytes that ${image.name} needs: ${formatCount(Math.ceil((wanted - found.size) / set.abi.pageSize))} pages are missing${first}.`, at, { table: "images", row: found.file });
  } else if (found.size > wanted && !image.isCut) {
    reader.report("pages.long", `${name} has ${formatCount(found.size - wanted)} bytes more than the ${formatCount(pagemap.stored)} pages of ${image.name}.`, at, { table: "images", row: found.file });
  }
}

/** Exact where nothing was taken from a parent and no pages were lazy. */
function statistics(set: CriuSet): void {
  const { reader } = set;
  const entry = set.top.all("STATS").map((image) => image.entries[0]).find((found) => found?.value.sub("dump") !== undefined);
  const dump = entry?.value.sub("dump");
  if (entry === undefined || dump === undefined || set.top.all("PSTREE").length === 0) return;
  // Pagemaps that are not there are a problem already.
  if (set.lost.some(({ kind }) => kind === "pagemap")) return;
  const sum = (type: string): number => set.top.all(type).reduce((total, { pagemap }) => total + (pagemap?.stored ?? 0), 0);
  const pairs = [["pages_written", "PAGEMAP", "private memory"], ["shpages_written", "SHMEM_PAGEMAP", "shared memory"]] as const;
  for (const [field, type, what] of pairs) {
    if (!dump.has(field) || set.top.all("PAGEMAP").length === 0) continue;
    const written = dump.number(field);
    const stored = sum(type);
    // Before shared memory was counted apart, one figure held both.
    if (written === stored || (field === "pages_written" && written === stored + sum("SHMEM_PAGEMAP"))) continue;
    reader.report("stats.pages", `The statistics count ${formatCount(written)} pages of ${what} as written; the images hold ${formatCount(stored)}.`, reader.fieldOf(entry.record, `dump.${field}`));
  }
}
