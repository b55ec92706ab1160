/** Open files without a name: how they come back, ghost files with their contents; and file locks. */
import { span, type Span } from "../../../bytes/span.ts";
import { mapping, worked, type Mapping } from "../../../model/mapping.ts";
import { PLAIN_ABI } from "../../../schema/abi.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { formatCount, formatDevice, formatTime } from "../../../schema/show.ts";
import type { CriuSet, ImageFile } from "../criu-set.ts";
import { FD } from "../links.ts";
import { LOCK_KIND } from "../names.ts";
import type { Previews } from "./contents.ts";

const GHOST = 1;
const LINKED = 0;
const PROCFS = 2;
/** Before 1.4 the type was in the highest bit of the id. */
const OLD_GHOST = 0x8000_0000;

const REMAP = mapping("remaps", {
  objref: "orig_id",
  kind: worked("remap_type", "by name", () => undefined),
  target: worked("remap_id", "what it stands for", () => undefined),
  file: worked("orig_id", "open file with this id", () => undefined),
});

const ghostMapping = (columns: Mapping["columns"]): Mapping =>
  mapping(
    "remaps",
    {
      ...columns,
      mode: "mode",
      uid: "uid",
      gid: "gid",
      inode: "ino",
      device: worked("dev", "major and minor number", (message) => (message.has("dev") ? formatDevice(message.number("dev"), "kernel") : undefined)),
      modified: worked("mtim", "seconds since 1970", (message) => (message.sub("mtim") === undefined ? undefined : formatTime(message.sub("mtim")!.big("tv_sec") ?? 0n))),
    },
    { record: "ghost_record" },
  );

const GHOST_FILE = ghostMapping({
  size: worked("@contents", "bytes of the contents that follow", () => undefined),
  offset: worked("@contents", "where the contents begin", () => undefined),
  bytes: worked("@contents", "bytes of contents in the image", () => undefined),
  preview: worked("@contents", "beginning of the contents", () => undefined),
});
/** The contents of these stand in records of their own. */
const CHUNKED_GHOST = ghostMapping({ size: "size" });

/** Path of a regular file as /proc has it in maps, descriptors and working directories: with a mark when it has no name any more. */
export function pathInProc({ deletedPaths, links, reader }: CriuSet, id: number): string | undefined {
  const path = links.paths.get(id);
  const file = links.file(FD.REG, id);
  const remap = path === undefined || file < 0 ? -1 : reader.table("files").number(file, "remap");
  // The directory of a process that is gone keeps its name; CRIU 3.12 kept the kernel's mark.
  if (path === undefined || !(remap >= 0) || path.endsWith(DELETED) || reader.table("remaps").text(remap, "kind") === "procfs") return path;
  let marked = deletedPaths.get(id);
  if (marked === undefined) {
    marked = path + DELETED;
    deletedPaths.set(id, marked);
  }
  return marked;
}

const DELETED = " (deleted)";

export function remapRows(set: CriuSet, previews: Previews): void {
  const { reader, links } = set;
  const remaps = reader.table("remaps");
  const files = reader.table("files");
  const ghosts = new Ghosts(set);
  for (const { value, record } of set.top.entries("REMAP_FPATH")) {
    const row = reader.row(REMAP, value, record);
    const original = value.number("orig_id");
    let id = value.number("remap_id");
    const type = value.has("remap_type") ? value.number("remap_type") : (id & OLD_GHOST) !== 0 ? GHOST : LINKED;
    if (!value.has("remap_type")) id = (id & ~OLD_GHOST) >>> 0;
    const file = links.file(FD.REG, original);
    if (file >= 0) {
      remaps.set(row, "file", file);
      files.set(file, "remap", row);
    } else dangling(set, record, row, "orig_id", `The open file ${original}, which was deleted, is not in the set.`);
    if (type === GHOST) ghost(set, previews, ghosts, row, id, record);
    else if (type === PROCFS) {
      remaps.set(row, "kind", "procfs");
      remaps.set(row, "target", `/proc of the dead task ${id}`);
    } else {
      remaps.set(row, "kind", "linked");
      remaps.set(row, "target", links.paths.get(id) ?? `file #${id}`);
      if (!links.paths.has(id)) dangling(set, record, row, "remap_id", `The link ${id}, as which the open file ${original} is to come back, is not in the set.`);
    }
  }
}

function dangling(set: CriuSet, record: number, row: number, field: string, message: string): void {
  set.reader.report("remap.target", message, set.reader.fieldOf(record, field), { table: "remaps", row });
}

function ghost(set: CriuSet, previews: Previews, ghosts: Ghosts, row: number, id: number, record: number): void {
  const { reader } = set;
  const remaps = reader.table("remaps");
  const name = `ghost-file-${id.toString(16)}.img`;
  remaps.set(row, "kind", "ghost");
  remaps.set(row, "target", name);
  const image = set.top.image("GHOST_FILE", id);
  const entry = image?.entries[0];
  if (image === undefined || entry === undefined) return dangling(set, record, row, "remap_id", `${name}, the ghost file of an open file, is not in the set.`);
  const { value } = entry;
  reader.extend(row, value.flag("chunks") ? CHUNKED_GHOST : GHOST_FILE, value, entry.record);
  remaps.set(row, "image", image.file);
  if (value.has("symlnk_target")) remaps.set(row, "target", ghosts.linkText(image, value));
  if (value.flag("chunks")) return chunkedRow(set, previews, ghosts, row, image);
  const [contents] = entry.payload;
  const isRegular = (value.number("mode") >>> 12) === 0o10;
  if (contents === undefined) {
    if (isRegular) remaps.set(row, "size", 0);
    return;
  }
  remaps.set(row, "size", contents.end - contents.start);
  remaps.set(row, "offset", contents.start);
  remaps.set(row, "bytes", contents.end - contents.start);
  previews.add("remaps", row, image.file, contents.start, contents.end);
}

/** Contents in pieces with holes between them: one place in the file only when there is one piece. */
function chunkedRow(set: CriuSet, previews: Previews, ghosts: Ghosts, row: number, image: ImageFile): void {
  const remaps = set.reader.table("remaps");
  const { size, bytes, pieces } = ghosts.chunks(image, row);
  remaps.set(row, "size", BigInt(size));
  const isOne = image.entries.length === 2;
  if (isOne || bytes === 0) remaps.set(row, "bytes", bytes);
  const [first] = pieces;
  if (first === undefined) return;
  previews.add("remaps", row, image.file, first.span.start, first.span.end);
  if (isOne) remaps.set(row, "offset", first.span.start);
  else if (set.scattered.length + pieces.length <= MOST_SCATTERED) for (const piece of pieces) set.scattered.push({ table: "remaps", row, ...piece });
  else set.reader.report("limit.records", `The ghost files of all open files have more than ${formatCount(MOST_SCATTERED)} pieces: those of ${image.name} are not searched for this one.`, set.reader.recordSpan(set.reader.firstRecord(image.file)), { table: "remaps", row });
}

/** Pieces of ghost files that are listed for all open files that were them. */
const MOST_SCATTERED = 1_000_000;

interface Chunks {
  readonly size: number;
  /** Bytes that are in the image. */
  readonly bytes: number;
  readonly pieces: readonly { readonly at: number; readonly span: Span }[];
}

/** What all open files that were one deleted file share. */
class Ghosts {
  readonly #set: CriuSet;
  readonly #chunks = new Map<number, Chunks>();
  readonly #links = new Map<number, string>();

  constructor(set: CriuSet) {
    this.#set = set;
  }

  /** Target of a remap to a deleted symbolic link. */
  linkText({ number, name }: ImageFile, ghost: MessageValue): string {
    let text = this.#links.get(number);
    if (text === undefined) {
      text = `${name}, a link to ${ghost.text("symlnk_target") ?? ""}`;
      this.#links.set(number, text);
    }
    return text;
  }

  /** `row`: remap that problems are about, which are reported the first time. */
  chunks(image: ImageFile, row: number): Chunks {
    let known = this.#chunks.get(image.number);
    if (known === undefined) {
      known = this.#read(image, row);
      this.#chunks.set(image.number, known);
    }
    return known;
  }

  #read(image: ImageFile, row: number): Chunks {
    const { reader } = this.#set;
    const [ghost, ...entries] = image.entries;
    const size = ghost!.value.number("size");
    const pieces: { at: number; span: Span }[] = [];
    let bytes = 0;
    let behind = 0;
    for (const { value, record, payload } of entries) {
      const at = value.number("off");
      const length = value.number("len");
      if (at < behind || at + length > size) {
        reader.report("ghost.chunks", `A chunk of ${image.name} of ${length} bytes at ${at} ${at < behind ? `begins before the end of the one before it at ${behind}` : `goes beyond the size of ${size}`}.`, reader.fieldOf(record, "off"), { table: "remaps", row });
      }
      behind = at + length;
      const [contents] = payload;
      if (contents === undefined) continue;
      bytes += contents.end - contents.start;
      pieces.push({ at, span: span(image.file, contents.start, contents.end) });
    }
    return { size, bytes, pieces };
  }
}

const LOCK = mapping("locks", {
  kind: worked("flag", "by name", (message) => LOCK_KIND.at(PLAIN_ABI).get(message.number("flag")) ?? `kind ${message.number("flag")}`),
  type: worked("type", "by name", (message) => lockType(message.number("type"))),
  pid: "pid",
  fd: "fd",
  start: "start",
  length: "len",
  file: worked("fd", "open file of the descriptor", () => undefined),
});

/** 0 read, 1 write, 2 unlock; bit 2 a lease that is being broken; bit 5 mandatory with what it forbids in bits 6 and 7. */
function lockType(type: number): string {
  const kind = ["read", "write", "unlock"][type & 3] ?? `type ${type & 3}`;
  const breaking = (type & 4) === 0 ? "" : ", being broken";
  const mandatory = (type & 32) === 0 ? "" : `, mandatory${(type & 64) === 0 ? "" : " read"}${(type & 128) === 0 ? "" : " write"}`;
  return kind + breaking + mandatory;
}

/** `fileOf` finds the open file of a task's descriptor. */
function lacksIds({ links, reader, top }: CriuSet, pid: number): boolean {
  const task = links.tasks.get(pid);
  return task !== undefined && (reader.table("tasks").number(task, "core_record") < 0 || top.image("IDS", pid)?.isCut === true);
}

export function lockRows(set: CriuSet, fileOf: (pid: number, fd: number) => number): void {
  const { reader } = set;
  const locks = reader.table("locks");
  for (const image of [...set.top.all("FILE_LOCKS"), ...set.top.all("FILE_LOCKS_PID")]) {
    for (const { value, record } of image.entries) {
      const row = reader.row(LOCK, value, record);
      const file = fileOf(value.number("pid"), value.number("fd"));
      if (file >= 0) locks.set(row, "file", file);
      // Without the tree, or the ids of the task, nothing says which table of descriptors is meant.
      else if (set.top.all("PSTREE").length > 0 && !lacksIds(set, value.number("pid"))) reader.report("lock.descriptor", `A lock names the descriptor ${value.number("fd")} of task ${value.number("pid")}, which is not in the set.`, reader.fieldOf(record, "fd"), { table: "locks", row });
    }
  }
}
