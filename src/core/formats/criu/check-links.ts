/** Rules about what refers to what: images that nothing names, and references that lead nowhere or disagree. */
import type { MessageValue } from "../../schema/decode-message.ts";
import { formatCount } from "../../schema/show.ts";
import type { CriuSet, ImageFile } from "./criu-set.ts";
import { compareVersions, type WriterVersion } from "./version.ts";

export function checkLinks(set: CriuSet, writer: WriterVersion): void {
  inventoryValues(set);
  deadMemory(set);
  unnamedObjects(set);
  unnamedGhosts(set);
  openFileIds(set);
  unusedFiles(set);
  socketNamespaces(set);
  terminals(set);
  bpfMaps(set);
  tcpStreams(set, writer);
  mountNames(set);
}

/** Values with which CRIU refuses an inventory (criu/image.c). */
function inventoryValues(set: CriuSet): void {
  const { reader } = set;
  const entry = set.top.entry("INVENTORY");
  if (entry === undefined) return;
  const { value, record } = entry;
  if (value.has("fdinfo_per_id") && !value.flag("fdinfo_per_id")) reader.report("set.inventory", "The inventory says that descriptor tables are not named by their ids.", reader.fieldOf(record, "fdinfo_per_id"));
  if (value.has("root_cg_set") && value.number("root_cg_set") === 0) reader.report("set.inventory", "The control group set of the dumping process is 0.", reader.fieldOf(record, "root_cg_set"));
}

/** Whether a message of any type has a field of this name, set. */
const holds = (message: MessageValue, field: string): boolean => message.message.byName.has(field) && message.has(field);

const orphan = ({ reader }: CriuSet, image: ImageFile, why: string): void =>
  reader.report("set.image-orphan", `${image.name} ${why}.`, reader.recordSpan(reader.firstRecord(image.file)), { table: "images", row: image.file });

/** A zombie has no memory any more. */
function deadMemory(set: CriuSet): void {
  const { reader, links } = set;
  const tasks = reader.table("tasks");
  for (const image of set.top.all("MM")) {
    const row = links.tasks.get(image.number);
    if (row !== undefined && tasks.number(row, "core_record") >= 0 && tasks.number(row, "threads") === 0) orphan(set, image, `describes the memory of task ${image.number}, which is dead`);
  }
}

/** Pages of shared memory that no region maps and no open file is. */
function unnamedObjects(set: CriuSet): void {
  // A pre-dump says nothing about regions.
  if (set.top.all("MM").length === 0) return;
  for (const image of set.top.all("SHMEM_PAGEMAP")) if (image.number >= 0 && !set.links.objectsByShmid.has(image.number)) orphan(set, image, `holds pages of the shared memory ${image.number}, which nothing else names`);
}

function unnamedGhosts(set: CriuSet): void {
  const remaps = set.reader.table("remaps");
  const named = new Set<number>();
  for (let row = 0; row < remaps.length; row++) named.add(remaps.number(row, "image"));
  for (const image of set.top.all("GHOST_FILE")) if (image.number >= 0 && !named.has(image.file)) orphan(set, image, "holds a deleted file that no open file was");
}

/** The message of a type repeats the id that stands around it. */
function openFileIds(set: CriuSet): void {
  const { reader } = set;
  for (const { file, within, entry, row } of set.openFiles) {
    if (within === "" || !holds(file, "id") || file.number("id") === entry.value.number("id")) continue;
    reader.report("file.id", `Open file ${entry.value.number("id")} calls itself ${file.number("id")} inside.`, reader.fieldOf(entry.record, `${within}.id`), { table: "files", row });
  }
}

/** Ids that entries of any kind name, whatever the type. */
function unusedFiles(set: CriuSet): void {
  const { reader } = set;
  // A dump that was aborted has written the files of the task that it was at, and not yet what refers to them.
  if (set.top.all("FDINFO").length === 0 || set.top.entry("INVENTORY") === undefined) return;
  // What was lost with the end of an archive, or lost besides, may have referred to any of them.
  if (set.isCutOff || set.lost.some(({ kind }) => kind === "mm" || kind === "fs")) return;
  const used = new Set(set.inFlight.map(({ id }) => id));
  for (const image of set.top.all("FDINFO")) for (const { value } of image.entries) used.add(value.number("id"));
  for (const image of set.top.all("FS")) for (const { value } of image.entries) used.add(value.number("cwd_id")).add(value.number("root_id"));
  for (const image of set.top.all("MM")) for (const { value } of image.entries) used.add(value.number("exe_file_id"));
  for (const { value } of set.top.entries("REMAP_FPATH")) used.add(value.number("orig_id")).add(value.number("remap_id"));
  const regions = reader.table("regions");
  const mapped = new Set<number>();
  for (let row = 0; row < regions.length; row++) mapped.add(regions.number(row, "file"));
  for (const { file } of set.openFiles) for (const field of ["regf_id", "name_dir"]) if (holds(file, field)) used.add(file.number(field));
  for (const { id, row, entry } of set.openFiles) {
    if (used.has(id) || mapped.has(row)) continue;
    reader.report("file.unused", `Nothing refers to the open file ${id}.`, reader.recordSpan(entry.record), { table: "files", row });
  }
}

function socketNamespaces(set: CriuSet): void {
  const { reader, links } = set;
  const files = reader.table("files");
  for (const { file, id, row, entry, within } of set.openFiles) {
    if (files.number(row, "socket") < 0 || !holds(file, "ns_id")) continue;
    const namespace = file.number("ns_id");
    if (namespace === 0 || links.namespaces.has(`net/${namespace}`)) continue;
    reader.report("namespace.missing", `The socket ${id} is in the network namespace ${namespace}, which is not in the set.`, reader.fieldOf(entry.record, within === "" ? "ns_id" : `${within}.ns_id`), { table: "files", row });
  }
}

/** Fields without which CRIU refuses a connection (criu/sk-tcp.c, soccr). */
function tcpStreams(set: CriuSet, writer: WriterVersion): void {
  for (const image of set.top.all("TCP_STREAM")) {
    const [entry] = image.entries;
    if (entry === undefined) continue;
    const { value, record } = entry;
    const report = (what: string, path: string): void => set.reader.report("tcp.options", `${image.name} ${what}.`, set.reader.fieldOf(record, path), { table: "images", row: image.file });
    // The field came with 1.0.
    if (!value.has("unsq_len") && compareVersions("1.0", writer.least) <= 0) report("does not say how much of its send queue was not sent yet (unsq_len)", "");
    if ((value.number("opt_mask") & WSCALE) !== 0 && !value.has("rcv_wscale")) report("has the window scale option and no scale of its own (rcv_wscale)", "opt_mask");
  }
}

/** In `opt_mask` (TCPI_OPT_WSCALE). */
const WSCALE = 4;

/** A file system is named only where its type is found out by its name. */
function mountNames(set: CriuSet): void {
  for (const image of set.top.all("MNTS")) {
    for (const { value, record } of image.entries) {
      if (!value.has("fsname") || value.number("fstype") === AUTO) continue;
      set.reader.report("mount.name", `The mount ${value.number("mnt_id")} names its file system, and has a type that is known without a name.`, set.reader.fieldOf(record, "fsname"));
    }
  }
}

/** Of `fstype`. */
const AUTO = 16;

const PTY = 1;

/** Data of a terminal needs the terminal; the id of a pair is made from its index (criu/tty.c). */
function terminals(set: CriuSet): void {
  const { reader, links } = set;
  for (const { value, record } of set.top.entries("TTY_DATA")) {
    if (!links.terminals.has(value.number("tty_id"))) reader.report("tty.info", `${formatCount(value.bytes("data").length)} bytes wait for the terminal ${value.number("tty_id")}, which is not in the set.`, reader.fieldOf(record, "tty_id"));
  }
  for (const { value, record } of set.top.entries("TTY_INFO")) {
    const index = value.sub("pty")?.number("index");
    if (value.number("type") !== PTY || index === undefined || index === value.number("id") >>> 1) continue;
    reader.report("tty.index", `The terminal ${value.number("id")} has the index ${index}; its id belongs to ${value.number("id") >>> 1}.`, reader.fieldOf(record, "pty.index"), { table: "terminals", row: links.terminals.get(value.number("id"))! });
  }
}

function bpfMaps(set: CriuSet): void {
  const known = new Set(set.openFiles.filter(({ file }) => file.message.byName.has("map_id")).map(({ file }) => file.number("map_id")));
  for (const { value, record } of set.top.entries("BPFMAP_DATA")) {
    if (!known.has(value.number("map_id"))) set.reader.report("bpf.data", `Contents of the BPF map ${value.number("map_id")} are there, and no open file is the map.`, set.reader.fieldOf(record, "map_id"));
  }
}
