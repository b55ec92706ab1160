/** Memory: maps, regions, page contents and the auxiliary vector. */
import { span, type Span } from "../../bytes/span.ts";
import type { Window } from "../../bytes/window.ts";
import { AUXV } from "../../model/linux.ts";
import { formatHex } from "../../schema/show.ts";
import { VMA_TYPE } from "./enums.ts";
import { HAS_CONTENTS, HAS_PATH, HUGE, type Frame } from "./grammar.ts";
import type { Handlers, Reader, RecordAt, StreamPlan } from "./reader.ts";
import { ordinal } from "./revisions.ts";
import { Unsaved } from "./unsaved.ts";

/** Words for the VMA types, and whether contents follow. */
const TYPES: ReadonlyMap<string, { readonly kind: string; readonly contents: boolean }> = new Map([
  ["VDSO", { kind: "vdso", contents: false }],
  ["ANON", { kind: "anonymous", contents: true }],
  ["FILE", { kind: "private file", contents: true }],
  ["SHM_ANON", { kind: "shared anonymous", contents: true }],
  ["SHM_ANON_SKIP", { kind: "shared anonymous", contents: false }],
  ["SHM_FILE", { kind: "shared file", contents: false }],
  ["SHM_IPC", { kind: "SysV shm", contents: false }],
  ["SHM_IPC_SKIP", { kind: "SysV shm", contents: false }],
  ["HUGETLB", { kind: "hugetlb", contents: true }],
  ["HUGETLB_SKIP", { kind: "hugetlb", contents: false }],
]);

const MAP_SHARED_BITS = 0x88; // VM_SHARED, VM_MAYSHARE
const VM_MAYSHARE = 0x80;
const VM_LOCKED = 0x2000;
/** Two bits of "dumpable", seven of the core dump filter. */
const MM_FLAGS = 0x1ff;
const VM_IO_OR_NONLINEAR = 0x80_4000;
const VM_HUGETLB = 0x40_0000;

/** Runs of pages that are listed; pages beyond are counted with their region only. */
const MOST_EXTENTS = 4_000_000;

export function memoryRows(reader: Reader): Handlers {
  const { dialect } = reader;
  const { pageSize, longSize } = dialect.abi;
  const isCkpt = dialect.index >= ordinal("v15");
  const spaces = reader.table("spaces");
  const regions = reader.table("regions");
  const extents = reader.table("extents");
  const columns = {
    region: extents.column("region"),
    start: extents.column("start"),
    pages: extents.column("pages"),
    offset: extents.column("offset"),
    object: extents.column("object"),
    pageSize: extents.column("page_size"),
    segment: extents.column("segment"),
    record: extents.column("record"),
  };
  const unsaved = new Unsaved();
  let space = -1;
  let region = -1;
  /** Page addresses of the current contents are indexes in this shared object; 0 = addresses of the region. */
  let sharedObject = 0;
  /** Where the count of the pages that come next stands. */
  let announcedAt: Span | undefined;
  /** Address of the huge page whose contents come next. */
  let huge = 0;
  let hugeSize = 0;

  function mm(record: RecordAt, frame: Frame): void {
    const objref = reader.number(record, "objref", reader.number(record, "tag"));
    reader.checkParent(record, reader.currentPid());
    if (!isCkpt) {
      // The first record that names an objref brings the contents; later ones only share.
      const isNew = dialect.index < ordinal("v2") || !reader.objects.has(objref);
      frame.n = isNew ? 1 : 0;
      frame.m = reader.number(record, "map_count");
      if (reader.task >= 0) reader.table("tasks").set(reader.task, "space", objref);
      if (!isNew) return;
      reader.objects.use(objref, "MM", record.row, record);
    } else frame.n = reader.number(record, "map_count");
    const announced = isCkpt ? frame.n : frame.m;
    space = reader.fill(record, frame);
    spaces.set(space, "pages", 0);
    if (!isCkpt) {
      spaces.set(space, "objref", objref);
      const object = reader.objects.find(objref);
      if (object >= 0) reader.objects.place(object, "spaces", space);
    }
    const about = { table: "spaces", row: space };
    if (announced < 0) reader.report("count.negative", `The memory map announces ${announced} regions.`, reader.spanOf(record), about);
    reader.checkCount(record, "map_count", announced, 40, "regions", about);
    for (const part of ["code", "data"]) {
      const start = spaces.big(space, `start_${part}`);
      const end = spaces.big(space, `end_${part}`);
      if (start > end) reader.report("mm.order", `The ${part} of the memory map ends at ${formatHex(end)}, before it begins at ${formatHex(start)}.`, reader.spanOf(record), about);
    }
    const defaults = reader.number(record, "def_flags");
    const filter = reader.number(record, "flags");
    if (isCkpt && (filter & ~MM_FLAGS) !== 0) reader.report("mm.flags", `The flags of the memory map are ${formatHex(filter)}; a restart accepts ${formatHex(MM_FLAGS)}.`, reader.spanOf(record), about);
    if ((defaults & ~VM_LOCKED) !== 0) reader.report("mm.flags", `The default flags of the memory map are ${formatHex(defaults)}.`, reader.spanOf(record), about);
  }

  function auxiliaryVector(record: RecordAt): void {
    const table = reader.table("auxv");
    const first = record.start + dialect.headerSize;
    // From v19 on the entries are u64; a 32-bit task on a 64-bit kernel packs pairs of u32 into the same bytes.
    const wide = dialect.index >= ordinal("v19") || longSize === 8;
    const packed = wide && record.end - first >= 16 && record.window.has(first, 8) && record.window.u32(first + (dialect.abi.endian === "little" ? 4 : 0)) !== 0;
    const size = wide && !packed ? 8 : 4;
    const limit = Math.min(record.end, record.window.end);
    if (limit < record.end) reader.report("limit.records", `The auxiliary vector has ${record.end - first} bytes; its first ${limit - first} are listed.`, reader.spanOf(record));
    const announced = dialect.index >= ordinal("v19") ? reader.head.auxv * 8 : reader.head.auxv;
    if (announced > 0 && record.end - first !== announced) {
      reader.report("count.mismatch", `The auxiliary vector has ${record.end - first} bytes; the header announces ${announced}.`, reader.spanOf(record), { table: "spaces", row: space });
    }
    for (let at = first, index = 0; at + 2 * size <= limit; at += 2 * size, index++) {
      const type = size === 8 ? Number(record.window.u64(at)) : record.window.u32(at);
      if (type === 0) break;
      if (size === 8 && longSize === 4 && record.window.u64(at + 8) > 0xffff_ffffn) {
        reader.report("mm.auxv", `The value of ${AUXV.get(type) ?? type} is ${formatHex(record.window.u64(at + 8))} on a 32-bit machine.`, span(0, at, at + 16), { table: "spaces", row: space });
      }
      const row = table.add();
      table.set(row, "space", space);
      table.set(row, "type", AUXV.get(type) ?? `AT_${type}`);
      table.set(row, "value", size === 8 ? record.window.u64(at + 8) : record.window.u32(at + 4));
      table.set(row, "index", packed ? -1 : index);
      table.set(row, "record", record.row);
    }
  }

  function vma(record: RecordAt, frame: Frame): void {
    region = reader.fill(record, frame);
    regions.set(region, "space", space);
    regions.set(region, "page_size", pageSize);
    const type = reader.number(record, "vma_type", reader.number(record, "how"));
    const name = VMA_TYPE.at(dialect.abi).get(type);
    const about = { table: "regions", row: region };
    const known = name === undefined ? undefined : TYPES.get(name);
    regions.set(region, "kind", known?.kind ?? `type ${type}`);
    if (known === undefined) reader.report("vma.type", `The region has the type ${type}, which ${dialect.revision.id} does not have.`, reader.spanOf(record), about);
    const flags = reader.number(record, "vm_flags");
    const bits = flags % 0x1_0000_0000;
    regions.set(region, "prot_bits", (bits & 7) | ((bits & VM_MAYSHARE) === 0 ? 0 : 8));
    if (isCkpt) {
      frame.mark = known?.contents === true ? HAS_CONTENTS : 0;
      frame.n = 0;
      if (known?.contents === true) regions.set(region, "pages", 0);
    } else {
      regions.set(region, "pages", 0);
      const length = reader.number(record, "namelen", -1);
      frame.mark = (length < 0 ? name === "FILE" : length > 0) ? HAS_PATH : 0;
      frame.n = Math.max(0, reader.number(record, "npages"));
    }
    const inode = reader.number(record, "ino_objref");
    sharedObject = name === "SHM_ANON" || (name === "HUGETLB" && inode > 0) ? inode : 0;
    unsaved.begin(region, sharedObject, record.start);
    if (inode > 0 && !reader.objects.has(inode)) {
      if (name?.endsWith("SKIP") === true) {
        reader.report("vma.skip-first", `The region refers to shared memory #${inode}, whose contents were not saved before it.`, reader.spanOf(record), about);
      }
      reader.objects.use(inode, "INODE", record.row, record);
    }
    if (inode !== 0) reader.refer(record, "ino_objref", "INODE");
    checkRegion(record, name, bits, about);
  }

  function checkRegion(record: RecordAt, name: string | undefined, flags: number, about: { table: string; row: number }): void {
    const start = regions.big(region, "start");
    const end = regions.big(region, "end");
    const at = reader.spanOf(record);
    const where = (): string => `Region ${formatHex(start)} to ${formatHex(end)}`;
    if (end <= start) reader.report("vma.empty", () => `${where()} is empty or ends before it begins.`, at, about);
    const mask = BigInt(pageSize - 1);
    if ((start & mask) !== 0n || (end & mask) !== 0n) {
      reader.report("vma.unaligned", () => `${where()} does not begin and end at multiples of the page size ${pageSize}.`, at, about);
    }
    const top = longSize === 4 ? 1n << 32n : dialect.architecture === "x86_64" ? 1n << 47n : 1n << 63n;
    if (end > top) reader.report("vma.range", () => `${where()} lies beyond the address space of ${dialect.architecture}.`, at, about);
    if (!isCkpt) return;
    const shared = (flags & MAP_SHARED_BITS) !== 0;
    if ((name === "ANON" || name === "FILE") && shared) {
      reader.report("vma.shared", () => `${where()} is of the private type ${name} but has a shared flag (${formatHex(flags)}).`, at, about);
    }
    if (name === "SHM_FILE" && !shared) {
      reader.report("vma.shared", () => `${where()} is of the type SHM_FILE but has no shared flag (${formatHex(flags)}).`, at, about);
    }
    const hugetlb = name?.startsWith("HUGETLB") === true;
    if (name !== "VDSO" && ((flags & VM_IO_OR_NONLINEAR) !== 0 || (!hugetlb && (flags & VM_HUGETLB) !== 0))) {
      reader.report("vma.flags", () => `${where()} has the flags ${formatHex(flags)}.`, at, about);
    }
    if (name?.startsWith("SHM_IPC") === true) {
      const size = regions.big(region, "shared_size");
      if (regions.big(region, "pgoff") !== 0n || end - start < size) {
        reader.report("vma.ipc-partial", () => `${where()} maps ${end - start} of ${size} bytes of the segment, from page ${regions.big(region, "pgoff")}.`, at, about);
      }
    }
    if ((name === "FILE" || name === "SHM_FILE") && reader.number(record, "vma_objref") <= 0) {
      reader.report("vma.no-file", () => `${where()} is a file region but names no file.`, at, about);
    }
  }

  function regionPath(record: RecordAt): void {
    if (region < 0) return;
    regions.set(region, "path", reader.text(record));
    regions.set(region, "path_record", record.row);
  }

  function pageCount(record: RecordAt, frame: Frame): void {
    frame.mark = 0;
    frame.n = reader.number(record, "nr_pages");
    announcedAt = span(0, record.start + dialect.headerSize, Math.min(record.end, record.start + dialect.headerSize + 8));
  }

  /** Runs of neighbouring pages, found while the addresses pass. */
  function pageStream(record: RecordAt, frame: Frame): StreamPlan | undefined {
    const start = record.start + (record.type < 0 && record.kind.key === "raw:pages" ? 0 : dialect.headerSize);
    const room = record.end - start;
    if (room < longSize) return undefined;
    const fit = Math.floor(room / (longSize + pageSize));
    const whole = room === frame.n * (longSize + pageSize);
    const cut = record.end === reader.size && frame.n > fit;
    if (!whole && !cut) {
      reader.report(
        "count.mismatch",
        `${frame.n} pages are announced, but ${record.kind.label} at 0x${record.start.toString(16)} has room for ${fit}.`,
        announcedAt ?? reader.spanOf(record),
        region >= 0 ? { table: "regions", row: region } : undefined,
      );
    }
    const count = reader.params.get(record.row) ?? 0;
    const pagesAt = start + count * longSize;
    const complete = Math.min(count, Math.max(0, Math.floor((record.end - pagesAt) / pageSize)));
    const at: RunState = { high: 0, low: 0, row: -1, pages: 0, lastHigh: -1, lastLow: -1, ordered: true };
    const limits = contentLimits();
    return {
      start,
      elementSize: longSize,
      count: complete,
      take: (window, position, index, pieces) => {
        for (let step = 0; step < pieces; step++) takePage(window, position + step * longSize, pagesAt + (index + step) * pageSize, record, at, limits);
      },
      done: () => {
        if (at.row >= 0) columns.pages.set(at.row, at.pages);
        addPages(complete);
      },
    };
  }

  interface RunState {
    /** Where the run would go on. */
    high: number;
    low: number;
    row: number;
    pages: number;
    lastHigh: number;
    lastLow: number;
    ordered: boolean;
  }

  interface Limits {
    readonly low: bigint;
    readonly high: bigint;
  }

  /** Addresses or indexes that the current contents may have. */
  function contentLimits(): Limits {
    if (sharedObject > 0) {
      const size = region >= 0 ? regions.big(region, "shared_size") : segment >= 0 ? reader.table("ipc").big(segment, "size") : 0n;
      return { low: 0n, high: (size + BigInt(pageSize - 1)) / BigInt(pageSize) };
    }
    return region < 0 ? { low: 0n, high: 1n << 64n } : { low: regions.big(region, "start"), high: regions.big(region, "end") };
  }

  function takePage(window: Window, position: number, page: number, record: RecordAt, run: RunState, limits: Limits): void {
    const low = longSize === 8 ? window.low32(position) : window.u32(position);
    const high = longSize === 8 ? window.high32(position) : 0;
    const step = sharedObject > 0 ? 1 : pageSize;
    if (high !== run.high || low !== run.low || run.row < 0) {
      if (run.row >= 0) columns.pages.set(run.row, run.pages);
      run.row = addExtent(low, high, page, record);
      run.pages = 0;
      checkPage(low, high, position, limits);
      if (run.lastHigh >= 0 && run.ordered && (high < run.lastHigh || (high === run.lastHigh && low <= run.lastLow))) {
        run.ordered = false;
        reader.report("page.order", `The page addresses from 0x${position.toString(16)} on are not in ascending order.`, span(0, position, position + longSize), region >= 0 ? { table: "regions", row: region } : undefined);
      }
    } else if (low === 0 || BigInt(high) * 0x1_0000_0000n + BigInt(low) >= limits.high) checkPage(low, high, position, limits);
    run.pages++;
    run.lastHigh = high;
    run.lastLow = low;
    run.low = low + step;
    run.high = high;
    if (run.low >= 0x1_0000_0000) {
      run.low -= 0x1_0000_0000;
      run.high++;
    }
  }

  function checkPage(low: number, high: number, position: number, limits: Limits): void {
    const address = BigInt(high) * 0x1_0000_0000n + BigInt(low);
    const at = span(0, position, position + longSize);
    const about = region >= 0 ? { table: "regions", row: region } : undefined;
    if (sharedObject === 0 && (low & (pageSize - 1)) !== 0) {
      reader.report("page.unaligned", () => `The page address ${formatHex(address)} is not a multiple of ${pageSize}.`, at, about);
    }
    if (address >= limits.low && address < limits.high) return;
    if (sharedObject > 0) {
      reader.report("page.index", () => `Page index ${address} lies beyond the end of shared memory #${sharedObject}, which has ${limits.high} pages.`, at, about);
    } else {
      reader.report("page.outside", () => `The page at ${formatHex(address)} lies outside its region ${formatHex(limits.low)} to ${formatHex(limits.high)}.`, at, about);
    }
  }

  function addExtent(low: number, high: number, page: number, record: RecordAt): number {
    if (extents.length >= MOST_EXTENTS) {
      unsaved.fullFrom = Math.min(unsaved.fullFrom, Math.max(0, region));
      reader.report("limit.records", `More than ${MOST_EXTENTS} runs of pages; the rest is counted with the regions but not listed.`);
      return -1;
    }
    const row = extents.add();
    columns.region.set(row, region);
    if (sharedObject > 0) {
      const offset = (BigInt(high) * 0x1_0000_0000n + BigInt(low)) * BigInt(pageSize);
      columns.start.setBig(row, BigInt.asUintN(64, offset));
      columns.object.set(row, sharedObject);
    } else columns.start.setHalves(row, low, high);
    columns.offset.set(row, page);
    columns.pageSize.set(row, pageSize);
    columns.segment.set(row, segment);
    columns.record.set(row, record.row);
    return row;
  }

  function addPages(count: number): void {
    if (region < 0) return;
    const pages = regions.column("pages");
    const before = pages.number(region);
    pages.set(region, (Number.isNaN(before) ? 0 : before) + count);
    if (space >= 0) {
      const total = spaces.column("pages");
      total.set(space, total.number(space) + count);
    }
  }

  /** Contents of a SysV segment follow: no region owns them. */
  let segment = -1;
  reader.beginSegment = (row, inode, at) => {
    region = -1;
    segment = row;
    sharedObject = inode;
    unsaved.begin(-1, inode, at);
  };
  reader.endSegment = (at) => {
    segment = -1;
    unsaved.close(at);
  };

  function mmContext(record: RecordAt, frame: Frame): void {
    unsaved.close(record.start);
    if (space >= 0) {
      const vdso = reader.number(record, "vdso", reader.number(record, "vdso_base"));
      if (vdso !== 0) spaces.set(space, "vdso", vdso);
    }
    const entries = reader.number(record, "nldt");
    const size = reader.number(record, "ldt_entry_size", 8);
    if (entries < 0 || entries > 8192) reader.report("count.too-large", `${entries} LDT entries are announced; a machine has at most 8192.`, reader.spanOf(record));
    frame.m = Math.max(0, entries) * Math.max(0, size);
    frame.n = 0;
    if (space >= 0) reader.checkParent(record, spaces.number(space, "objref"));
  }

  function ldt(record: RecordAt, frame: Frame): void {
    const payload = record.end - record.start - dialect.headerSize;
    if (payload !== frame.m) {
      reader.report("count.mismatch", `The LDT has ${payload} bytes; MM_CONTEXT announces ${frame.m}.`, reader.spanOf(record), space >= 0 ? { table: "spaces", row: space } : undefined);
    }
  }

  return {
    records: {
      MM: mm,
      "BUFFER:auxv": auxiliaryVector,
      VMA: vma,
      STR: regionPath,
      FNAME: (record, frame) => (frame.production.name === "area" ? regionPath(record) : reader.filePath(record, frame)),
      PGARR: pageCount,
      HPAGE: (record, frame) => {
        const shift = reader.number(record, "shift");
        frame.mark = HUGE;
        frame.n = 0;
        frame.m = shift >= 12 && shift <= 34 ? 2 ** shift : 0;
        if (frame.m === 0) reader.report("count.too-large", `A huge page of 2^${shift} bytes is announced.`, reader.spanOf(record));
        huge = reader.number(record, "vaddr");
        hugeSize = frame.m;
      },
      "raw:hpage": (record) => {
        const size = record.end - record.start;
        const row = extents.add();
        columns.region.set(row, region);
        // The index counts whole pages, also where the image ends inside this one.
        columns.start.setBig(row, BigInt.asUintN(64, BigInt(sharedObject > 0 ? huge * Math.max(size, hugeSize) : huge)));
        columns.pages.set(row, 1);
        columns.offset.set(row, record.start);
        columns.pageSize.set(row, size);
        columns.record.set(row, record.row);
        if (sharedObject > 0) columns.object.set(row, sharedObject);
        addPages(1);
      },
      MM_CONTEXT: mmContext,
      MM_CONTEXT_LDT: ldt,
    },
    streams: { "raw:pages": pageStream, "BUFFER:pages": pageStream },
    finish: () => unsaved.finish(reader),
  };
}
