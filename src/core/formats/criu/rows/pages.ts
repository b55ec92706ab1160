/**
 * Where page contents are: runs of each pagemap, resolved through the parents of an incremental dump. Nothing of the contents
 * is read. Runs of parent and child do not align, so each run is cut where the parent's begin and end.
 */
import { mapping, worked } from "../../../model/mapping.ts";
import type { Column } from "../../../model/column.ts";
import { NO_BYTES, UNSAVED } from "../../../model/page-place.ts";
import { formatCount, formatHex, formatSize } from "../../../schema/show.ts";
import { whose, type CriuSet, type ImageFile } from "../criu-set.ts";
import { VMA } from "../names.ts";
import type { Region, Space } from "./memory.ts";
import { checkFlags } from "./page-flags.ts";
import { Budget, Chain, MOST_STEPS, PieceWalk, type Piece } from "./page-walk.ts";
import { RegionPages } from "./region-pages.ts";

/** Runs that are listed. */
const MOST_EXTENTS = 4_000_000;
/** Parents that are followed; longer chains are reported when they are found. */
export const MOST_PARENTS = 1000;

const WHERE: Readonly<Record<Piece["where"], string>> = {
  image: "in this image", lazy: NO_BYTES.lazy, nowhere: NO_BYTES.nowhere, "no-parent": NO_BYTES.noParent, "no-file": NO_BYTES.noFile, cut: NO_BYTES.cut, damaged: NO_BYTES.damaged,
  shifted: NO_BYTES.shifted,
};

function whereText({ where, depth }: Piece): string {
  return where === "image" && depth > 0 ? `in the parent ${depth} up` : WHERE[where];
}

/** Totals of one pagemap. */
interface Totals {
  pages: number;
  inParent: number;
  lazy: number;
  missing: number;
  firstMissing: number;
}

class ExtentWriter {
  /** Runs were left out. */
  isFull = false;
  readonly budget = new Budget();
  readonly #set: CriuSet;
  readonly #columns: Readonly<Record<"owner" | "start" | "pages" | "where" | "offset" | "image" | "depth" | "flags" | "page_size" | "region" | "space" | "memory_object" | "record", Column>>;
  readonly #texts = new Map<string, number>();

  constructor(set: CriuSet) {
    this.#set = set;
    const table = set.reader.table("extents");
    const column = (name: string): Column => table.column(name);
    this.#columns = {
      owner: column("owner"), start: column("start"), pages: column("pages"), where: column("where"), offset: column("offset"), image: column("image"), depth: column("depth"),
      flags: column("flags"), page_size: column("page_size"), region: column("region"), space: column("space"), memory_object: column("memory_object"), record: column("record"),
    };
  }

  #text(text: string): number {
    let id = this.#texts.get(text);
    if (id === undefined) {
      id = this.#set.reader.tables.strings.add(text);
      this.#texts.set(text, id);
    }
    return id;
  }

  /** `flags`: of the entry of this image, also where the piece comes from a parent's. */
  write(piece: Piece, owner: string, flags: number, record: number, region: number, space: number, object: number): void {
    const table = this.#set.reader.table("extents");
    if (table.length >= MOST_EXTENTS) {
      this.isFull = true;
      this.#set.reader.report("limit.records", `More than ${formatCount(MOST_EXTENTS)} runs of pages: the rest is counted, not listed.`);
      return;
    }
    const row = table.add();
    const columns = this.#columns;
    const { address } = piece;
    columns.owner.set(row, this.#text(owner));
    columns.start.setHalves(row, address % 0x1_0000_0000, Math.floor(address / 0x1_0000_0000));
    columns.pages.set(row, piece.pages);
    columns.where.set(row, this.#text(whereText(piece)));
    columns.page_size.set(row, this.#set.abi.pageSize);
    columns.depth.set(row, piece.depth);
    columns.flags.set(row, flags);
    columns.record.set(row, record);
    columns.region.set(row, region);
    columns.space.set(row, space);
    columns.memory_object.set(row, object);
    if (piece.offset < 0) return;
    columns.offset.set(row, piece.offset);
    columns.image.set(row, piece.file);
  }

  /** The budget ended while an entry was resolved: neither its pieces nor those behind it are known. */
  reportSpent(owner: string, record: number): void {
    const { reader } = this.#set;
    reader.report("limit.records", `Runs of pages of ${owner} and its parents overlap each other in more than ${formatCount(MOST_STEPS)} places: from here on they are neither listed nor counted.`, reader.fieldOf(record, "vaddr"));
  }
}

export function pageRows(set: CriuSet, spaces: ReadonlyMap<number, Space>): void {
  const { reader } = set;
  const seen = (field: string): boolean => set.seen("pagemap_entry", field);
  // Before 3.5 an entry without in_parent was present, which no field says.
  const flags = seen("flags") ? "flags" : seen("in_parent") ? "in_parent" : "";
  reader.assume(
    mapping("extents", {
      start: worked("vaddr", "address of the entry; of the rest of an entry that was cut, the address of the piece", () => undefined),
      pages: worked(seen("nr_pages") ? "nr_pages" : "compat_nr_pages", "pages of the entry, or of a piece of it", () => undefined),
      where: worked(flags, "by the flags, and by what is there", () => undefined),
      flags: worked(flags, "in the form of 3.5 and later", () => undefined),
    }),
  );
  const writer = new ExtentWriter(set);
  for (const image of set.top.all("PAGEMAP")) taskPages(set, writer, image, spaces.get(image.number) ?? bareSpace(set, image));
  for (const image of set.top.all("SHMEM_PAGEMAP")) objectPages(set, writer, image);
  markUnknown(set, spaces, writer.isFull || writer.budget.isSpent);
}

/** The pages file has pages of which the pagemap does not speak: entries were lost. */
function hasMorePages(set: CriuSet, { pagemap }: ImageFile): boolean {
  const pages = pagemap === undefined ? undefined : set.top.pages.get(pagemap.pagesId);
  return pages !== undefined && pages.size > pagemap!.stored * set.abi.pageSize;
}

/** Memory of a task whose memory map is lost: its pages are still there. */
function bareSpace(set: CriuSet, { number, pagemap, entries }: ImageFile): Space | undefined {
  const task = set.links.tasks.get(number);
  if (pagemap === undefined || task === undefined) return undefined;
  const { reader } = set;
  const row = reader.table("spaces").add();
  const values = { users: 1, task, regions: 0, record: entries[0]?.record ?? -1 };
  for (const [column, value] of Object.entries(values)) reader.table("spaces").set(row, column, value);
  reader.table("tasks").set(task, "space", row);
  return { row, pid: number, regions: [] };
}

/** Pages of which no pagemap speaks are zero or unchanged only where the pagemap is there, and whole. */
function markUnknown(set: CriuSet, spaces: ReadonlyMap<number, Space>, isFull: boolean): void {
  const { reader, links } = set;
  const { pageSize } = set.abi;
  const table = reader.table("regions");
  const extents = reader.table("extents");
  const objects = new Map<number, ImageFile>();
  for (const image of set.top.all("SHMEM_PAGEMAP")) objects.set(links.objectsByShmid.get(image.number) ?? -1, image);
  // Before 1.6 the contents of SysV segments stood behind their entries.
  const inSegments = new Set<number>();
  for (let row = 0; row < extents.length; row++) if (extents.number(row, "segment") >= 0) inSegments.add(extents.number(row, "memory_object"));
  const lastOf = ({ pagemap }: ImageFile): number => (pagemap === undefined || pagemap.length === 0 ? 0 : pagemap.endAddress(pagemap.length - 1, pageSize));
  for (const [pid, { regions }] of spaces) {
    const image = set.top.image("PAGEMAP", pid);
    for (const { row, object, end, offset, start, status } of regions) {
      const unsaved = table.text(row, "unsaved");
      if (unsaved !== UNSAVED.zero && unsaved !== UNSAVED.file) continue;
      const shared = object < 0 ? undefined : objects.get(object);
      let why: string | undefined;
      // A shared mapping of an object that is not in the set: nobody knows which pagemap is its.
      if (object < 0 && (status & (VMA.MEMFD | VMA.ANON_SHARED)) !== 0) why = "not known: the shared memory is not in the set";
      else if (isFull) why = "not known: there are more runs of pages than are listed";
      else if (image?.pagemap === undefined) why = "not known: the pagemap of the task is not in the set";
      else if (image.isCut && lastOf(image) < end) why = "not known: the pagemap is cut off";
      else if (hasMorePages(set, image)) why = "not known: the pagemap does not account for all of its pages file";
      else if (object >= 0 && shared?.pagemap === undefined && !inSegments.has(object)) why = "not known: the pagemap of the shared memory is not in the set";
      else if (shared?.isCut === true && lastOf(shared) < offset + (end - start)) why = "not known: the pagemap of the shared memory is cut off";
      else if (shared !== undefined && hasMorePages(set, shared)) why = "not known: the pagemap of the shared memory does not account for all of its pages file";
      if (why !== undefined) table.set(row, "unsaved", why);
    }
  }
}

function taskPages(set: CriuSet, writer: ExtentWriter, image: ImageFile, space: Space | undefined): void {
  const { pagemap } = image;
  if (pagemap === undefined) return;
  const { reader } = set;
  const { pageSize } = set.abi;
  const owner = whose("task", image.number);
  const chain = new Chain(set, image, owner);
  const totals: Totals = { pages: 0, inParent: 0, lazy: 0, missing: 0, firstMissing: -1 };
  checkEntries(set, image, owner);
  const regions = space?.regions ?? [];
  // Pages of shared files stand in no pagemap, unless they are those of an object.
  const inRegions = new RegionPages(regions, ({ status, object }) => (status & VMA.FILE_SHARED) === 0 || object >= 0);
  let record = -1;
  let flags = 0;
  const walk = new PieceWalk(chain, pageSize, writer.budget, (piece) => {
    count(totals, piece);
    writer.write(piece, owner, flags, record, inRegions.at(piece.address)?.row ?? -1, space?.row ?? -1, -1);
    if (piece.where === "image") inRegions.add(piece.address, piece.address + piece.pages * pageSize);
  });
  let outside = 0;
  let firstOutside = -1;
  for (let at = 0; at < pagemap.length; at++) {
    const from = pagemap.address(at);
    const to = pagemap.endAddress(at, pageSize);
    record = pagemap.firstRecord + at;
    flags = pagemap.flags[at]!;
    if (!(to > from)) continue;
    walk.entry(0, at, from, to);
    if (writer.budget.isSpent) return writer.reportSpent(owner, record);
    // Without regions there is nothing to lie outside of.
    if (regions.length === 0) continue;
    const covered = inRegions.covered(from, to) / pageSize;
    if (covered < pagemap.pages[at]!) {
      outside += pagemap.pages[at]! - covered;
      if (firstOutside < 0) firstOutside = at;
    }
  }
  if (firstOutside >= 0) {
    reader.report("pagemap.outside", `${formatCount(outside)} pages of ${owner} lie in no private region, the first in the run at ${formatHex(pagemap.address(firstOutside))}.`, reader.fieldOf(pagemap.firstRecord + firstOutside, "vaddr"), space === undefined ? undefined : { table: "spaces", row: space.row });
  }
  reportMissing(set, image, totals, owner, space === undefined ? undefined : { table: "spaces", row: space.row });
  if (space === undefined) return;
  const table = reader.table("spaces");
  table.set(space.row, "pages", totals.pages);
  table.set(space.row, "stored", (totals.pages - totals.inParent) * pageSize);
  if (set.directories.length > 1 || totals.inParent > 0) table.set(space.row, "in_parent", totals.inParent);
  if (totals.lazy > 0) table.set(space.row, "lazy", totals.lazy);
  const regionTable = reader.table("regions");
  const stored = inRegions.stored();
  for (const [index, region] of regions.entries()) if (mayHavePages(region)) regionTable.set(region.row, "pages", stored[index]! / pageSize);
}

/** Shared memory is stored with its object, vvar and vsyscall not at all. */
function mayHavePages({ status, object }: Region): boolean {
  return object < 0 && (status & (VMA.VVAR | VMA.VSYSCALL | VMA.SOCKET | VMA.FILE_SHARED)) === 0;
}

function count(totals: Totals, piece: Piece): void {
  if (piece.where === "image") {
    totals.pages += piece.pages;
    if (piece.depth > 0) totals.inParent += piece.pages;
  } else if (piece.where === "lazy") totals.lazy += piece.pages;
  else {
    if (piece.where === "no-parent") {
      totals.missing += piece.pages;
      if (totals.firstMissing < 0) totals.firstMissing = piece.address;
    }
  }
}

function reportMissing(set: CriuSet, { file }: ImageFile, { missing, firstMissing, lazy }: Totals, owner: string, row: { table: string; row: number } | undefined): void {
  const { reader } = set;
  const { pageSize } = set.abi;
  const size = (pages: number): string => `${formatCount(pages)} pages (${formatSize(pages * pageSize)})`;
  const at = reader.fieldOf(reader.firstRecord(file), "");
  if (missing > 0) {
    const why = set.directories.length > 1 ? "they are not in the parents" : "there is no parent image";
    reader.report("chain.missing", `${size(missing)} of ${owner} are out of reach, the first at ${formatHex(firstMissing)}: they are said to be in the parent image, and ${why}.`, at, row);
  }
  if (lazy > 0) reader.report("pages.lazy", `${size(lazy)} of ${owner} were left to be sent over the network.`, at, row);
}

function objectPages(set: CriuSet, writer: ExtentWriter, image: ImageFile): void {
  const { pagemap, number } = image;
  if (pagemap === undefined) return;
  const { reader, links } = set;
  const { pageSize } = set.abi;
  const object = links.objectsByShmid.get(number) ?? -1;
  const owner = whose("shared memory", number);
  const chain = new Chain(set, image, owner);
  const totals: Totals = { pages: 0, inParent: 0, lazy: 0, missing: 0, firstMissing: -1 };
  checkEntries(set, image, owner);
  const objects = reader.table("memory_objects");
  const size = object < 0 ? undefined : objects.column("size").value(object);
  const limit = typeof size === "bigint" ? Math.ceil(Number(size) / pageSize) * pageSize : Infinity;
  let isReported = false;
  let record = -1;
  let flags = 0;
  const walk = new PieceWalk(chain, pageSize, writer.budget, (piece) => {
    count(totals, piece);
    writer.write(piece, owner, flags, record, -1, -1, object);
  });
  for (let at = 0; at < pagemap.length; at++) {
    const from = pagemap.address(at);
    const to = pagemap.endAddress(at, pageSize);
    record = pagemap.firstRecord + at;
    flags = pagemap.flags[at]!;
    if (!(to > from)) continue;
    walk.entry(0, at, from, to);
    if (writer.budget.isSpent) return writer.reportSpent(owner, record);
    if (to <= limit || isReported) continue;
    isReported = true;
    reader.report("pagemap.beyond", `Pages of ${owner} are stored up to ${endText(to)}, beyond its size of ${formatHex(Number(size))}.`, reader.fieldOf(pagemap.firstRecord + at, "vaddr"), { table: "memory_objects", row: object });
  }
  if (object >= 0) objects.set(object, "pages", totals.pages);
  reportMissing(set, image, totals, owner, object < 0 ? undefined : { table: "memory_objects", row: object });
}

/** Order, overlap and size of the entries. */
function checkEntries(set: CriuSet, { pagemap }: ImageFile, owner: string): void {
  const { reader } = set;
  const { pageSize } = set.abi;
  const map = pagemap!;
  checkFlags(set, map, owner);
  let behind = 0;
  for (let at = 0; at < map.length; at++) {
    const address = map.address(at);
    const field = (name: string) => reader.fieldOf(map.firstRecord + at, name);
    if (map.low[at]! % pageSize !== 0) reader.report("page.unaligned", () => `A run of pages of ${owner} begins at ${formatHex(map.exactAddress(at))}, which is no multiple of ${pageSize}.`, field("vaddr"));
    if (!(map.pages[at]! > 0)) reader.report("pagemap.empty", () => `The run of pages of ${owner} at ${formatHex(address)} has no pages.`, field("vaddr"));
    const end = map.endAddress(at, pageSize);
    if (end > MOST_ADDRESS) reader.report("pagemap.wrap", () => `The run of ${formatCount(map.pages[at]!)} pages of ${owner} at ${formatHex(address)} goes beyond the address space.`, field("vaddr"));
    if (address < behind) reader.report("pagemap.order", () => `The run of pages of ${owner} at ${formatHex(address)} begins before the end of the one before it, ${endText(behind)}.`, field("vaddr"));
    behind = Math.max(behind, end);
  }
}

const MOST_ADDRESS = 2 ** 64;

/** Ends beyond the address space are not to be told exactly. */
function endText(end: number): string {
  return end > MOST_ADDRESS ? `beyond ${formatHex(MOST_ADDRESS)}` : formatHex(end);
}
