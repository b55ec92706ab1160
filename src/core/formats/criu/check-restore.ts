/** What a restore refuses although each image by itself is sound: the task tree, namespaces, contents that must be there. */
import type { Span } from "../../bytes/span.ts";
import { formatCount, formatHex } from "../../schema/show.ts";
import type { MessageValue } from "../../schema/decode-message.ts";
import type { CriuSet, KeptEntry } from "./criu-set.ts";
import { FD } from "./links.ts";
import { VMA } from "./names.ts";

export function checkRestore(set: CriuSet): void {
  parents(set);
  sessions(set);
  kernelObjects(set);
  inetAddresses(set);
  tmpfsContents(set);
  ghostFields(set);
  segments(set);
  mappedIds(set);
}

const pidOf = ({ value }: KeptEntry): number => value.number("pid");

function entryByPid(entries: readonly KeptEntry[]): ReadonlyMap<number, KeptEntry> {
  const byPid = new Map<number, KeptEntry>();
  for (const entry of entries) if (!byPid.has(pidOf(entry))) byPid.set(pidOf(entry), entry);
  return byPid;
}

const aboutTask = ({ links }: CriuSet, pid: number) => {
  const row = links.tasks.get(pid);
  return row === undefined ? undefined : { table: "tasks", row };
};

/** The parent of each task but the root is a task of the tree (criu/pstree.c). */
function parents(set: CriuSet): void {
  const { reader, links, top } = set;
  const entries = top.entries("PSTREE");
  const byPid = entryByPid(entries);
  for (const { value, record } of entries) {
    const ppid = value.number("ppid");
    if (ppid === 0 || byPid.has(ppid)) continue;
    const thread = links.threads.get(ppid);
    const owner = thread === undefined ? undefined : reader.table("tasks").number(reader.table("threads").number(thread, "task"), "pid");
    const what = owner === undefined ? "is not in the set" : `is a thread of task ${owner}, and no task`;
    reader.report("task.parent", `The parent ${ppid} of task ${value.number("pid")} ${what}.`, reader.fieldOf(record, "ppid"), aboutTask(set, value.number("pid")));
  }
}

/**
 * A session is inherited from a task above: from the parent, or from the leader further up. For children of the root whose
 * leader is gone CRIU makes one, which is then above all that is below them (`prepare_pstree_ids`).
 */
function sessions(set: CriuSet): void {
  const { reader, top } = set;
  const byPid = entryByPid(top.entries("PSTREE"));
  const { isAbove, branchOf } = ancestry(byPid);
  for (const { value, record } of byPid.values()) {
    const [pid, sid] = [value.number("pid"), value.number("sid")];
    const parent = byPid.get(value.number("ppid"));
    if (sid === pid || parent === undefined || parent.value.number("sid") === sid || parent.value.number("ppid") === 0 || isAbove(sid, pid)) continue;
    if (byPid.get(branchOf(pid))?.value.number("sid") === sid) continue;
    reader.report("task.session", `Task ${pid} is in the session ${sid}, and no task above it leads that session.`, reader.fieldOf(record, "sid"), aboutTask(set, pid));
  }
  const root = [...byPid.values()].find(({ value }) => value.number("ppid") === 0);
  if (root !== undefined && root.value.number("sid") !== pidOf(root)) {
    reader.report("set.options", `The root task ${pidOf(root)} is in the session ${root.value.number("sid")} of a task outside: the dump was made with --shell-job.`, reader.fieldOf(root.record, "sid"), aboutTask(set, pidOf(root)));
  }
}

interface Ancestry {
  isAbove(above: number, below: number): boolean;
  /** The child of the root that a task is or is below; the task itself where there is none. */
  branchOf(pid: number): number;
}

/**
 * Which task is above which. Each task has the places at which a walk over the tree comes to it and leaves it; tasks that no
 * walk from the root comes to, those in circles, count as below everything: another rule reports them.
 */
function ancestry(byPid: ReadonlyMap<number, KeptEntry>): Ancestry {
  const children = new Map<number, number[]>();
  const way: number[] = [];
  for (const [pid, { value }] of byPid) {
    const ppid = value.number("ppid");
    const siblings = children.get(ppid);
    if (!byPid.has(ppid)) way.push(pid);
    else if (siblings === undefined) children.set(ppid, [pid]);
    else siblings.push(pid);
  }
  const from = new Map<number, number>();
  const to = new Map<number, number>();
  const branches = new Map<number, number>();
  for (let step = 0; way.length > 0; step++) {
    const pid = way.at(-1)!;
    if (from.has(pid)) {
      way.pop();
      to.set(pid, step);
      continue;
    }
    from.set(pid, step);
    const isRoot = !byPid.has(byPid.get(pid)!.value.number("ppid"));
    for (const child of children.get(pid) ?? []) {
      branches.set(child, isRoot ? child : (branches.get(pid) ?? child));
      way.push(child);
    }
  }
  return {
    isAbove(above, below) {
      const at = from.get(below);
      return at === undefined || (from.has(above) && from.get(above)! <= at && at <= to.get(above)!);
    },
    branchOf: (pid) => branches.get(pid) ?? pid,
  };
}

/** Kinds of namespaces that only the whole tree has, or nobody (`CLONE_ALLNS` without `CLONE_SUBNS`). */
const ONE_FOR_ALL = ["pid", "ipc", "uts", "user", "time"] as const;
/** Kinds of which tasks may have their own, where the tree has its own. */
const NESTED = ["net", "mnt"] as const;

/** Ids of namespaces and descriptor tables against those of the parent, and of the root against those of the dumping process. */
function kernelObjects(set: CriuSet): void {
  const { reader, top } = set;
  const outside = top.entry("INVENTORY")?.value.sub("root_ids");
  const byPid = entryByPid(top.entries("PSTREE"));
  const idsOf = (pid: number): KeptEntry | undefined => top.entry("IDS", pid);
  const root = [...byPid.values()].find(({ value }) => value.number("ppid") === 0);
  const rootIds = root === undefined ? undefined : idsOf(pidOf(root));
  if (rootIds !== undefined && outside !== undefined && rootIds.value.number("files_id") === outside.number("files_id")) {
    reader.report("task.root-ids", `The root task ${pidOf(root!)} has the descriptor table ${outside.number("files_id")} of the dumping process.`, reader.fieldOf(rootIds.record, "files_id"), aboutTask(set, pidOf(root!)));
  }
  for (const task of byPid.values()) {
    const ids = idsOf(pidOf(task));
    const above = idsOf(task.value.number("ppid"));
    if (ids === undefined || above === undefined || task.value.number("ppid") === 0) continue;
    for (const kind of [...ONE_FOR_ALL, ...NESTED]) {
      const field = `${kind}_ns_id`;
      if (!ids.value.has(field) || !above.value.has(field) || ids.value.number(field) === above.value.number(field)) continue;
      const isNested = kind === "net" || kind === "mnt";
      if (isNested && (outside === undefined || rootIds?.value.number(field) !== outside.number(field))) continue;
      const why = isNested ? "the tree has none of its own" : "only the whole tree can have its own";
      reader.report("task.namespaces", `Task ${pidOf(task)} is in another ${kind} namespace (${ids.value.number(field)}) than its parent (${above.value.number(field)}): ${why}.`, reader.fieldOf(ids.record, field), aboutTask(set, pidOf(task)));
    }
  }
}

const WORDS: ReadonlyMap<number, number> = new Map([[2, 1], [10, 4]]);

/** An address has one word in IPv4 and four in IPv6 (criu/sk-inet.c). */
function inetAddresses(set: CriuSet): void {
  const { reader, links } = set;
  for (const { type, file, id, entry, within } of set.openFiles) {
    if (type !== FD.INETSK) continue;
    const wanted = WORDS.get(file.number("family"));
    for (const field of ["src_addr", "dst_addr"]) {
      const { length } = file.numbers(field);
      if (wanted === undefined || length === wanted) continue;
      const row = links.sockets.get(id);
      reader.report("inet.address", `The ${field === "src_addr" ? "local" : "peer"} address of socket ${id} has ${length} words instead of ${wanted}.`, reader.fieldOf(entry.record, within === "" ? field : `${within}.${field}`), row === undefined ? undefined : { table: "sockets", row });
    }
  }
}

const TMPFS = 5;

/** The files of a tmpfs that came from nowhere else are in an archive of their own (criu/filesystems.c). */
function tmpfsContents(set: CriuSet): void {
  const { isCutOff, reader, top } = set;
  const lost: { readonly message: string; readonly at: Span | undefined }[] = [];
  for (const image of top.all("MNTS")) {
    const covered = new Set<string>();
    const outside = new Set<number>();
    for (const { value } of image.entries) {
      if (isExternal(value)) outside.add(value.number("root_dev"));
    }
    const pathOf = new Map(image.entries.map(({ value }) => [value.number("mnt_id"), value.text("mountpoint") ?? ""]));
    for (const { value } of image.entries) {
      // What is mounted over a whole mount hides it: its contents are not read.
      if (pathOf.get(value.number("parent_mnt_id")) === value.text("mountpoint")) covered.add(String(value.number("parent_mnt_id")));
    }
    for (const { value, record } of image.entries) {
      const [id, device] = [value.number("mnt_id"), value.number("root_dev")];
      const isRoot = !pathOf.has(value.number("parent_mnt_id")) || value.number("parent_mnt_id") === id;
      if (value.number("fstype") !== TMPFS || value.text("root") !== "/" || isRoot || outside.has(device) || covered.has(String(id))) continue;
      if (top.image("TMPFS_DEV", device) !== undefined || top.image("TMPFS_IMG", id) !== undefined) continue;
      const message = `tmpfs-dev-${device}.tar.gz.img, with the files of the tmpfs at ${value.text("mountpoint") ?? "no path"}, is not in the set.`;
      const at = reader.fieldOf(record, "root_dev");
      if (isCutOff) lost.push({ message, at });
      else reader.report("mount.contents", message, at);
    }
  }
  // The end of an archive takes them together.
  const [first] = lost;
  const others = lost.length === 1 ? "" : ` Those of ${formatCount(lost.length - 1)} more are not there either.`;
  if (first !== undefined) reader.report("mount.contents", `${first.message}${others} The archive that the set came in ends too early.`, first.at);
}

function isExternal(mount: MessageValue): boolean {
  return mount.has("ext_key") || mount.flag("ext_mount");
}

/** Fields that the type of a ghost file needs (criu/files-reg.c). */
function ghostFields(set: CriuSet): void {
  for (const image of set.top.all("GHOST_FILE")) {
    const [entry] = image.entries;
    if (entry === undefined) continue;
    const { value, record } = entry;
    const type = value.number("mode") >>> 12;
    const lacks = (what: string, field: string): void =>
      set.reader.report("ghost.field", `${image.name} is ${what} and has no ${field}.`, set.reader.fieldOf(record, value.has("mode") ? "mode" : ""), { table: "images", row: image.file });
    if (value.flag("chunks") && !value.has("size")) lacks("a file in pieces", "size");
    if ((type === 0o2 || type === 0o6) && !value.has("rdev")) lacks("a device", "number (rdev)");
    if (type === 0o12 && !value.has("symlnk_target")) lacks("a symbolic link", "target");
  }
}

/** Regions of one attachment of a SysV segment follow each other without holes, up to the end of the segment (criu/shmem.c). */
function segments(set: CriuSet): void {
  const { reader, top } = set;
  const sizes = new Map(top.all("IPCNS_SHM").flatMap(({ entries }) => entries.map(({ value }) => [value.sub("desc")?.number("id") ?? -1, value.number("size")] as const)));
  const page = set.abi.pageSize;
  for (const image of top.all("MM")) {
    const [entry] = image.entries;
    if (entry === undefined) continue;
    /** Attachment that is under way: its segment, and where the next region has to begin. */
    let at: { readonly shmid: number; readonly start: number; end: number; index: number } | undefined;
    const report = (index: number, message: string): void => reader.report("vma.sysv", `${message} of task ${image.number}.`, reader.fieldOf(entry.record, `vmas.${index}.start`));
    const close = (): void => {
      if (at === undefined) return;
      const size = sizes.get(at.shmid);
      if (size !== undefined && at.end < at.start + Math.ceil(size / page) * page) report(at.index, `The SysV segment ${at.shmid} is mapped up to ${formatHex(at.end)} only, and not to its end, in the attachment at ${formatHex(at.start)}`);
      at = undefined;
    };
    for (const [index, vma] of entry.value.list("vmas").entries()) {
      if ((vma.number("status") & VMA.SYSVIPC) === 0) continue;
      const [shmid, start, end, offset] = [vma.number("shmid"), vma.number("start"), vma.number("end"), vma.number("pgoff")];
      if (offset === 0) {
        close();
        at = { shmid, start, end, index };
      } else if (at === undefined || at.shmid !== shmid || at.end !== start) {
        report(index, `The region at ${formatHex(start)} holds the SysV segment ${shmid} from ${formatHex(offset)} on, and the part before it is not mapped there`);
        at = undefined;
      } else at.end = end;
    }
    close();
  }
}

/** The kernel takes no more in a map (UID_GID_MAP_MAX_EXTENTS). */
const MOST_EXTENTS = 340;

const MAPS = [["uid_map", ["uid", "euid", "suid", "fsuid"]], ["gid_map", ["gid", "egid", "sgid", "fsgid"]]] as const;

/** In a user namespace of their own, the ids of tasks are ids that it maps. */
function mappedIds(set: CriuSet): void {
  const { reader, top, links } = set;
  const userns = top.all("USERNS")[0]?.entries[0];
  if (userns === undefined) return;
  const mapped = MAPS.map(([map, fields]) => ({ fields, extents: userns.value.list(map).slice(0, MOST_EXTENTS).map((extent) => ({ first: extent.number("first"), end: extent.number("first") + extent.number("count") })) }));
  for (const image of top.all("CORE")) {
    const [core] = image.entries;
    const creds = core?.value.sub("thread_core")?.sub("creds");
    if (core === undefined || creds === undefined) continue;
    for (const { extents, fields } of mapped) {
      if (extents.length === 0) continue;
      for (const field of fields) {
        const id = creds.number(field);
        if (extents.some(({ first, end }) => id >= first && id < end)) continue;
        const row = links.threads.get(image.number);
        reader.report("creds.unmapped", `The ${field} ${id} of thread ${image.number} is none that its user namespace maps.`, reader.fieldOf(core.record, `thread_core.creds.${field}`), row === undefined ? undefined : { table: "threads", row });
      }
    }
  }
}
