/** Memory maps, regions, auxiliary vectors and shared memory objects. */
import { AUXV } from "../../../model/linux.ts";
import { mapping, worked } from "../../../model/mapping.ts";
import { UNSAVED } from "../../../model/page-place.ts";
import { PLAIN_ABI } from "../../../schema/abi.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { flagNames, formatHex, formatSize } from "../../../schema/show.ts";
import { whose, type CriuSet } from "../criu-set.ts";
import { FD } from "../links.ts";
import { ANONYMOUS_NAMES, DUMPABLE, HUGE_NAME, isHuge, MADV, MAP_FLAGS, SEALS, VMA, VMA_STATUS } from "../names.ts";
import { pathInProc } from "./remaps.ts";

const MAP_SHARED = 1;
const GROWSDOWN_GENERIC = 0x100;
const GROWSDOWN_MIPS = 0x1000;
const AT_PAGESZ = 6;
const AT_NULL = 0;

/** Type and value pairs of an auxiliary vector. 32-bit tasks on x86 pack a pair into each list member. */
export function auxvPairs(mm: MessageValue): readonly { readonly index: number; readonly type: number; readonly value: bigint }[] {
  const words = mm.numbers("mm_saved_auxv");
  const pairs: { index: number; type: number; value: bigint }[] = [];
  if (isPacked(words)) {
    for (const [index, word] of words.entries()) pairs.push({ index, type: Number(BigInt(word) & 0xffff_ffffn), value: BigInt(word) >> 32n });
  } else for (let index = 0; index + 1 < words.length; index += 2) pairs.push({ index, type: Number(words[index]), value: BigInt(words[index + 1]!) });
  const end = pairs.findIndex(({ type }) => type === AT_NULL);
  return end < 0 ? pairs : pairs.slice(0, end + 1);
}

/** A vector of pairs has small numbers at every other place; packed pairs have a small low half everywhere. */
function isPacked(words: readonly (number | bigint)[]): boolean {
  const types = words.filter((_, index) => index % 2 === 0);
  if (types.every((type) => type < 256)) return false;
  return words.every((word) => (BigInt(word) & 0xffff_ffffn) < 256n);
}

/** The page size is stored in no image: the kernel told it to the programs. */
export function pageSizeOf(set: CriuSet): number | undefined {
  for (const image of set.top.all("MM")) {
    const mm = image.entries[0]?.value;
    const size = mm === undefined ? undefined : auxvPairs(mm).find(({ type }) => type === AT_PAGESZ)?.value;
    if (size !== undefined && size >= 1024n && size <= 1_048_576n && (size & (size - 1n)) === 0n) return Number(size);
  }
  return undefined;
}

const SPACE = mapping("spaces", {
  start_code: "mm_start_code",
  end_code: "mm_end_code",
  start_data: "mm_start_data",
  end_data: "mm_end_data",
  start_brk: "mm_start_brk",
  brk: "mm_brk",
  start_stack: "mm_start_stack",
  arg_start: "mm_arg_start",
  arg_end: "mm_arg_end",
  env_start: "mm_env_start",
  env_end: "mm_env_end",
  exe_file: worked("exe_file_id", "open file with this id", () => undefined),
  dumpable: worked("dumpable", "by name", (message) => (message.has("dumpable") ? DUMPABLE.at(PLAIN_ABI).get(message.number("dumpable")) : undefined)),
  thp_disabled: "thp_disabled",
});

const AUX = mapping("auxv", { type: worked("", "by name", () => undefined), value: worked("", "the word behind the type", () => undefined, 1) }, { list: "mm_saved_auxv" });
const AUX_PACKED = mapping("auxv", { type: worked("", "by name, from the low half", () => undefined), value: worked("", "the high half", () => undefined) }, { list: "mm_saved_auxv" });

/** A region for those who place pages in it. Addresses are exact as numbers: they are multiples of a page. */
export interface Region {
  readonly row: number;
  readonly start: number;
  readonly end: number;
  readonly status: number;
  /** Place in the object that backs it, in bytes. */
  readonly offset: number;
  /** Shared memory object, -1 for none. */
  readonly object: number;
}

export interface Space {
  readonly row: number;
  readonly pid: number;
  /** Ascending, guards left out. */
  readonly regions: readonly Region[];
}

export function memoryRows(set: CriuSet): ReadonlyMap<number, Space> {
  const spaces = new Map<number, Space>();
  const regionMapping = makeRegionMapping(set, "vmas");
  const oldMapping = makeRegionMapping(set, "");
  for (const image of set.top.all("MM")) {
    const [entry] = image.entries;
    if (entry === undefined) continue;
    const { value, record } = entry;
    const row = spaceRow(set, value, record, image.number);
    const vmas = value.list("vmas").map((vma, index) => ({ vma, record, index }));
    // Before 1.2 the regions had an image of their own.
    const old = set.top.entries("VMAS", image.number).map((each) => ({ vma: each.value, record: each.record, index: -1 }));
    const regions: Region[] = [];
    for (const { vma, record: from, index } of [...vmas, ...old]) {
      const region = regionRow(set, index < 0 ? oldMapping : regionMapping, vma, from, index, row, value, image.number);
      if ((region.status & VMA.GUARD) === 0) regions.push(region);
    }
    set.reader.table("spaces").set(row, "regions", vmas.length + old.length);
    checkRanges(set, value, record, row, image.number, regions);
    spaces.set(image.number, { row, pid: image.number, regions: regions.sort((a, b) => a.start - b.start) });
  }
  return spaces;
}

function spaceRow(set: CriuSet, mm: MessageValue, record: number, pid: number): number {
  const { reader, links } = set;
  const row = reader.row(SPACE, mm, record);
  const spaces = reader.table("spaces");
  links.spaces.set(pid, row);
  spaces.set(row, "users", 1);
  const exe = links.file(FD.REG, mm.number("exe_file_id"));
  if (exe >= 0) spaces.set(row, "exe_file", exe);
  else reader.report("file.dangling", `The program of ${whose("task", pid)} is the open file ${mm.number("exe_file_id")}, which is not in the set.`, reader.fieldOf(record, "exe_file_id"), { table: "spaces", row });
  const auxv = reader.table("auxv");
  const columns = isPacked(mm.numbers("mm_saved_auxv")) ? AUX_PACKED : AUX;
  for (const { index, type, value } of auxvPairs(mm)) {
    const at = reader.row(columns, mm, record, index);
    auxv.set(at, "space", row);
    auxv.set(at, "type", AUXV.get(type) ?? `AT_${type}`);
    auxv.set(at, "value", value);
  }
  return row;
}

function makeRegionMapping(set: CriuSet, list: string) {
  const { abi } = set;
  return mapping(
    "regions",
    {
      start: "start",
      end: "end",
      prot_bits: worked("prot", "PROT_* bits, and whether it is shared", (vma) => (vma.number("prot") & 7) | ((vma.number("flags") & MAP_SHARED) !== 0 ? 8 : 0)),
      prot: worked("prot", "PROT_* bits, and MAP_SHARED of the flags", () => undefined),
      pgoff: worked("pgoff", "bytes divided by the page size", (vma) => (vma.big("pgoff") ?? 0n) / BigInt(abi.pageSize)),
      offset: worked("pgoff", "in bytes", () => undefined),
      kind: worked("status", "what the dump knew about the region", (vma) => kindOf(set, vma)),
      path: worked("shmid", "file or object with this id", () => undefined),
      unsaved: worked("status", "what CRIU leaves out of such a region", (vma) => unsavedOf(vma)),
      map_flags: worked("flags", "by name", (vma) => flagNames(vma.number("flags"), MAP_FLAGS.at(abi))),
      status: worked("status", "by name", (vma) => flagNames(vma.number("status"), VMA_STATUS.at(abi))),
      madvise: worked("madv", "by name", (vma) => (vma.number("madv") === 0 ? undefined : flagNames(vma.big("madv") ?? 0n, MADV.at(abi)))),
      shared_inode: worked("shmid", "id of the object", (vma) => ((vma.number("status") & (VMA.ANON_SHARED | VMA.MEMFD)) !== 0 ? vma.number("shmid") : undefined)),
      file: worked("shmid", "open file with this id", () => undefined),
      memory_object: worked("shmid", "shared memory object with this id", () => undefined),
    },
    { list },
  );
}

function kindOf(set: CriuSet, vma: MessageValue): string {
  const status = vma.number("status");
  if ((status & VMA.GUARD) !== 0) return "guard";
  if ((status & VMA.VVAR) !== 0) return "vvar";
  if ((status & VMA.VDSO) !== 0) return "vdso";
  if ((status & VMA.VSYSCALL) !== 0) return "vsyscall";
  if ((status & VMA.AIORING) !== 0) return "aio ring";
  if ((status & VMA.SOCKET) !== 0) return "packet ring";
  if ((status & VMA.EXT_PLUGIN) !== 0) return "device (plugin)";
  if ((status & VMA.MEMFD) !== 0) return memfdOf(set, vma)?.isAnonymous === true ? "shared anonymous" : `${(status & VMA.FILE_PRIVATE) === 0 ? "shared" : "private"} memfd`;
  if ((status & VMA.SYSVIPC) !== 0) return "SysV shm";
  if ((status & VMA.ANON_SHARED) !== 0) return "shared anonymous";
  if ((status & VMA.FILE_PRIVATE) !== 0) return "private file";
  if ((status & VMA.FILE_SHARED) !== 0) return "shared file";
  if ((status & VMA.SHSTK) !== 0) return "shadow stack";
  return isHuge(vma.number("flags"), set.abi) ? "hugetlb" : "anonymous";
}

const MAP_DROPPABLE = 8;
const MAP_TYPE = 15;

/** What a page of a region is that is in no pagemap. */
function unsavedOf(vma: MessageValue): string {
  const status = vma.number("status");
  if ((status & VMA.GUARD) !== 0) return "guard: an access is a fault";
  if ((status & (VMA.VVAR | VMA.VSYSCALL)) !== 0) return "never saved: the kernel makes these pages anew";
  if ((status & (VMA.VDSO | VMA.AIORING)) !== 0) return "missing: such regions are saved whole";
  if ((status & VMA.SOCKET) !== 0) return "ring of a packet socket: never saved";
  if ((status & VMA.EXT_PLUGIN) !== 0) return "memory of a device: its plugin keeps it";
  if ((status & (VMA.FILE_PRIVATE | VMA.FILE_SHARED)) !== 0 && (status & VMA.MEMFD) === 0) return UNSAVED.file;
  if ((vma.number("flags") & MAP_TYPE) === MAP_DROPPABLE) return "droppable memory: never saved";
  return UNSAVED.zero;
}

/** The memfd behind a region: its `shmid` is the id of an open memfd, which names an inode. */
function memfdOf(set: CriuSet, vma: MessageValue): { readonly object: number; readonly file: number; readonly isAnonymous: boolean } | undefined {
  const id = vma.number("shmid");
  const opened = set.openById.get(id);
  if (opened === undefined || opened.type !== FD.MEMFD) return undefined;
  const object = set.links.objects.get(`memfd/${opened.file.number("inode_id")}`) ?? -1;
  return { object, file: opened.row, isAnonymous: object >= 0 && ANONYMOUS_NAMES.has(set.reader.table("memory_objects").text(object, "name") ?? "") };
}

/** Path of a memfd in a memory map and behind a descriptor. */
function memfdPath({ memfdPaths, reader }: CriuSet, object: number): string {
  let path = memfdPaths.get(object);
  if (path === undefined) {
    const name = object < 0 ? "?" : (reader.table("memory_objects").text(object, "name") ?? "");
    path = ANONYMOUS_NAMES.has(name) ? `${name} (deleted)` : `/memfd:${name} (deleted)`;
    memfdPaths.set(object, path);
  }
  return path;
}

function regionRow(set: CriuSet, columns: ReturnType<typeof makeRegionMapping>, vma: MessageValue, record: number, index: number, space: number, mm: MessageValue, pid: number): Region {
  const { reader, links } = set;
  const regions = reader.table("regions");
  const row = reader.row(columns, vma, record, index);
  const status = vma.number("status");
  const shmid = vma.number("shmid");
  const start = vma.big("start") ?? 0n;
  const end = vma.big("end") ?? 0n;
  const at = (field: string): ReturnType<typeof reader.fieldOf> => reader.fieldOf(record, index < 0 ? field : `vmas.${index}.${field}`);
  const about = { table: "regions", row };
  const range = (): string => `Region ${formatHex(start)} to ${formatHex(end)} of ${whose("task", pid)}`;
  regions.set(row, "space", space);
  regions.set(row, "page_size", set.abi.pageSize);
  if (end <= start) reader.report("vma.empty", () => `${range()} ends before it begins.`, at("end"), about);
  const mask = BigInt(set.abi.pageSize - 1);
  if ((start & mask) !== 0n || (end & mask) !== 0n) reader.report("vma.unaligned", () => `${range()} does not begin and end at multiples of ${set.abi.pageSize}.`, at("start"), about);
  const restoreOnly = status & (VMA.CLOSE | VMA.NO_PROT_WRITE | VMA.PREMMAPED | VMA.UNSUPP);
  if (restoreOnly !== 0) reader.report("vma.status", () => `${range()} has the status bits ${flagNames(restoreOnly >>> 0, VMA_STATUS.at(set.abi))}.`, at("status"), about);
  let object = -1;
  let path: string | undefined;
  if ((status & VMA.MEMFD) !== 0) {
    const memfd = memfdOf(set, vma);
    object = memfd?.object ?? -1;
    if (memfd !== undefined) regions.set(row, "file", memfd.file);
    path = memfd === undefined ? `memfd #${shmid}` : memfdPath(set, memfd.object);
    if (object < 0) reader.report("vma.object", () => `${range()} maps the memfd ${shmid}, which is not in the set.`, at("shmid"), about);
  } else if ((status & (VMA.FILE_PRIVATE | VMA.FILE_SHARED)) !== 0) {
    const file = links.file((status & VMA.EXT_PLUGIN) !== 0 ? FD.EXT : FD.REG, shmid);
    path = pathInProc(set, shmid);
    if (file >= 0) regions.set(row, "file", file);
    else reader.report("file.dangling", () => `${range()} maps the open file ${shmid}, which is not in the set.`, at("shmid"), about);
  } else if ((status & VMA.ANON_SHARED) !== 0) {
    object = sharedObject(set, (status & VMA.SYSVIPC) !== 0, shmid, vma, record, index);
    path = (status & VMA.SYSVIPC) !== 0 ? sysvPath(set, object, shmid) : "/dev/zero (deleted)";
  } else path = specialPath(set, status, vma, mm);
  if (path !== undefined) regions.set(row, "path", path);
  if (object >= 0) {
    regions.set(row, "memory_object", object);
    const objects = reader.table("memory_objects");
    const mapped = objects.number(object, "regions");
    objects.set(object, "regions", (Number.isNaN(mapped) ? 0 : mapped) + 1);
    const size = objects.column("size").value(object);
    if (typeof size === "bigint") regions.set(row, "shared_size", size);
  }
  return { row, start: Number(start), end: Number(end), status, offset: vma.number("pgoff"), object };
}

/** As /proc/PID/maps calls them. */
function specialPath(set: CriuSet, status: number, vma: MessageValue, mm: MessageValue): string | undefined {
  if ((status & VMA.VVAR) !== 0) return "[vvar]";
  if ((status & VMA.VDSO) !== 0) return "[vdso]";
  if ((status & VMA.VSYSCALL) !== 0) return set.abi.architecture === "arm" ? "[vectors]" : "[vsyscall]";
  if ((status & VMA.AIORING) !== 0) return "/[aio] (deleted)";
  if ((status & VMA.GUARD) !== 0) return undefined;
  const start = vma.big("start") ?? 0n;
  const end = vma.big("end") ?? 0n;
  const stack = mm.big("mm_start_stack") ?? 0n;
  const grows = (vma.number("flags") & (set.abi.architecture.startsWith("mips") ? GROWSDOWN_MIPS : GROWSDOWN_GENERIC)) !== 0;
  if (stack >= start && stack < end) return "[stack]";
  const brk = mm.big("mm_start_brk") ?? 0n;
  if ((status & VMA.HEAP) !== 0 || (start <= (mm.big("mm_brk") ?? 0n) && end > brk && start >= brk && brk !== 0n)) return "[heap]";
  if (isHuge(vma.number("flags"), set.abi)) return `${HUGE_NAME} (deleted)`;
  return grows ? "[stack?]" : undefined;
}

function sysvPath(set: CriuSet, object: number, id: number): string {
  const key = object < 0 ? undefined : set.reader.table("memory_objects").text(object, "name");
  return key === undefined ? `SysV segment ${id}` : `/SYSV${key.replace(/^key 0x/, "").padStart(8, "0")} (deleted)`;
}

const ANONYMOUS = mapping("memory_objects", { id: worked("shmid", "id in the region", () => undefined), kind: worked("status", "shared, without a file", () => undefined) }, { list: "vmas" });

/** Anonymous shared memory of before 3.14 and SysV segments without an entry of their own are known by their regions alone. */
function sharedObject(set: CriuSet, isSysv: boolean, id: number, vma: MessageValue, record: number, index: number): number {
  const { links, reader } = set;
  const key = `${isSysv ? "sysv" : "anonymous"}/${id}`;
  const known = links.objects.get(key);
  const objects = reader.table("memory_objects");
  const end = (vma.big("pgoff") ?? 0n) + (vma.big("end") ?? 0n) - (vma.big("start") ?? 0n);
  if (known !== undefined) {
    const size = objects.column("size").value(known);
    if (!isSysv && typeof size === "bigint" && size < end) objects.set(known, "size", end);
    return known;
  }
  const row = reader.row(ANONYMOUS, vma, record, index);
  links.objects.set(key, row);
  if (!links.objectsByShmid.has(id)) links.objectsByShmid.set(id, row);
  objects.set(row, "id", id);
  objects.set(row, "kind", isSysv ? "SysV" : "anonymous");
  if (!isSysv) objects.set(row, "size", end);
  return row;
}

const MEMFD = mapping("memory_objects", {
  id: "inode_id",
  kind: worked("name", "memory named /dev/zero or /anon_hugepage is anonymous", (message) => (ANONYMOUS_NAMES.has(message.text("name") ?? "") ? "anonymous" : "memfd")),
  name: "name",
  size: "size",
  seals: worked("seals", "by name", (message) => flagNames(message.number("seals"), SEALS.at(PLAIN_ABI))),
  uid: "uid",
  gid: "gid",
  mode: "mode",
  huge: worked("hugetlb_flag", "log2 in the upper bits", (message) => hugeText(message.number("hugetlb_flag"))),
});

const SEGMENT = mapping("memory_objects", {
  id: "desc.id",
  kind: worked("", "the image of SysV segments", () => "SysV"),
  name: worked("desc.key", "key", (message) => `key ${formatHex(message.sub("desc")?.number("key") ?? 0)}`),
  size: "size",
  uid: "desc.uid",
  gid: "desc.gid",
  mode: "desc.mode",
  huge: worked("hugetlb_flag", "log2 in the upper bits", (message) => hugeText(message.number("hugetlb_flag"))),
});

function hugeText(flags: number): string | undefined {
  return flags === 0 ? undefined : flags >>> 26 === 0 ? "default size" : formatSize(2 ** (flags >>> 26));
}

/** Objects that have entries of their own; must come before the regions that map them. */
export function objectRows(set: CriuSet): void {
  const { reader, links } = set;
  const files = reader.table("files");
  for (const { value, record } of set.top.entries("MEMFD_INODE")) {
    const row = reader.row(MEMFD, value, record);
    links.objects.set(`memfd/${value.number("inode_id")}`, row);
    links.objectsByShmid.set(value.number("shmid"), row);
  }
  for (const image of set.top.all("IPCNS_SHM")) {
    for (const { value, record } of image.entries) {
      const row = reader.row(SEGMENT, value, record);
      const id = value.sub("desc")?.number("id") ?? -1;
      links.objects.set(`sysv/${id}`, row);
      if (!links.objectsByShmid.has(id)) links.objectsByShmid.set(id, row);
    }
  }
  for (const { type, row, file, entry } of set.openFiles) {
    if (type !== FD.MEMFD) continue;
    const object = links.objects.get(`memfd/${file.number("inode_id")}`);
    if (object === undefined) {
      reader.report("memfd.inode", `The open memfd ${file.number("id")} names the inode ${file.number("inode_id")}, which is not in memfd.img.`, reader.fieldOf(entry.record, "memfd.inode_id"), { table: "files", row });
      continue;
    }
    files.set(row, "memory_object", object);
    files.set(row, "path", memfdPath(set, object));
  }
}

const RANGES = [
  ["heap", "mm_start_brk", "mm_brk"],
  ["arguments", "mm_arg_start", "mm_arg_end"],
  ["environment", "mm_env_start", "mm_env_end"],
] as const;

/** Heap, arguments and environment begin and end in some region, and the stack begins in one. */
function checkRanges(set: CriuSet, mm: MessageValue, record: number, row: number, pid: number, regions: readonly Region[]): void {
  const isIn = (address: number): boolean => regions.some(({ start, end }) => address >= start && address < end);
  const wrong: { name: string; field: string; address: number }[] = [];
  for (const [name, from, to] of RANGES) {
    const address = mm.number(from);
    const last = mm.number(to) - 1;
    if (last < address) continue;
    if (!isIn(address)) wrong.push({ name, field: from, address });
    else if (!isIn(last)) wrong.push({ name, field: to, address: last });
  }
  if (mm.number("mm_start_stack") !== 0 && !isIn(mm.number("mm_start_stack"))) wrong.push({ name: "stack", field: "mm_start_stack", address: mm.number("mm_start_stack") });
  for (const { name, field, address } of wrong) {
    set.reader.report("mm.range", `The ${name} of ${whose("task", pid)} at ${formatHex(address)} lies in no region.`, set.reader.fieldOf(record, field), { table: "spaces", row });
  }
}
