/**
 * Memory ranges of a core in order of address: the program headers, and the ranges of NT_FILE for which there is none. What a
 * range is (stack, heap, vdso) is worked out, since nothing in the file says it.
 */
import { EM } from "../../machine/core-layout.ts";
import type { Core } from "./core.ts";
import { isRealFile, pathOf } from "./file-note.ts";
import { PT_LOAD } from "./names.ts";
import type { CoreThread } from "./rows-tasks.ts";

export interface Range {
  readonly start: bigint;
  /** At most 2^64 - 1: a range that ends at 2^64 loses its last byte here. */
  readonly end: bigint;
  /** Program header, or -1 for a range that NT_FILE alone names. */
  readonly segment: number;
  /** Range of NT_FILE, or -1. */
  readonly file: number;
  /** Path of the file, or what the range is. */
  path: string | undefined;
  kind: string;
  /** 1 read, 2 write, 4 execute, 8 shared where that is known; undefined when nothing says it. */
  readonly prot: number | undefined;
}

const TOP = 0xffff_ffff_ffff_ffffn;
const VSYSCALL = 0xffff_ffff_ff60_0000n;
const AT = { PHDR: 3, ENTRY: 9, EXECFN: 31, SYSINFO_EHDR: 33 } as const;
/** How far behind the program its heap may begin: arch_randomize_brk of 64-bit and 32-bit programs. */
const HEAP_WITHIN = { 8: 0x4200_0000n, 4: 0x0220_0000n } as const;

export function makeRanges(core: Core): readonly Range[] {
  const { segments } = core.elf;
  const loads: Range[] = [];
  const find = fileFinder(core);
  const desc = core.notes.list[core.filesNote]?.desc;
  const pathAt = (file: number): string | undefined => (file < 0 || desc === undefined || core.files === undefined ? undefined : pathOf(core.files, desc, file));
  for (let segment = 0; segment < segments.count; segment++) {
    if (segments.type[segment] !== PT_LOAD) continue;
    const start = segments.vaddr[segment]!;
    const last = start + segments.memsz[segment]!;
    const file = find(start);
    const path = pathAt(file);
    const bits = segments.flags[segment]!;
    const isShared = path === "/dev/zero (deleted)";
    const prot = ((bits & 4) >> 2) | (bits & 2) | ((bits & 1) << 2) | (isShared ? 8 : 0);
    loads.push({ start, end: last > TOP ? TOP : last, segment, file, path, kind: kindOf(path), prot });
  }
  const ranges = merge(loads, rangesWithout(core, loads, pathAt));
  nameRanges(core, ranges);
  return ranges;
}

function kindOf(path: string | undefined): string {
  if (path === undefined) return "anonymous";
  if (path.startsWith("/dev/zero")) return "shared anonymous";
  if (path.startsWith("/SYSV")) return "SysV shm";
  if (path.startsWith("/memfd:")) return "memfd";
  return isRealFile(path) ? "file" : path.startsWith("/dev/") ? "device" : "special file";
}

/** Range of NT_FILE that holds an address; they are looked up by halving, in the order of their starts. */
function fileFinder({ files }: Core): (address: bigint) => number {
  if (files === undefined) return () => -1;
  const { starts, ends, count } = files;
  const order = Array.from({ length: count }, (_, index) => index);
  if (!isSorted(starts)) order.sort((a, b) => (starts[a]! < starts[b]! ? -1 : starts[a]! > starts[b]! ? 1 : a - b));
  return (address) => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[order[middle]!]! <= address) low = middle + 1;
      else high = middle;
    }
    const found = order[low - 1] ?? -1;
    return found >= 0 && address < ends[found]! ? found : -1;
  };
}

function isSorted(values: BigUint64Array): boolean {
  for (let index = 1; index < values.length; index++) if (values[index]! < values[index - 1]!) return false;
  return true;
}

/** Ranges of NT_FILE that no program header touches. */
function rangesWithout({ files }: Core, loads: readonly Range[], pathAt: (file: number) => string | undefined): readonly Range[] {
  if (files === undefined) return [];
  const sorted = sortedByStart(loads);
  const found: Range[] = [];
  for (let file = 0; file < files.count; file++) {
    const start = files.starts[file]!;
    const end = files.ends[file]!;
    if (end <= start) continue;
    const path = pathAt(file);
    const below = lastAtOrBelow(sorted, end - 1n);
    if (below !== undefined && below.end > start) continue;
    found.push({ start, end, segment: -1, file, path, kind: kindOf(path), prot: undefined });
  }
  return found;
}

export function sortedByStart(ranges: readonly Range[]): readonly Range[] {
  let known = SORTED.get(ranges);
  if (known === undefined) SORTED.set(ranges, (known = sorted(ranges)));
  return known;
}

/** A damaged core may have a million ranges out of order: sorted once. */
const SORTED = new WeakMap<readonly Range[], readonly Range[]>();

function sorted(ranges: readonly Range[]): readonly Range[] {
  for (let index = 1; index < ranges.length; index++) {
    if (ranges[index]!.start < ranges[index - 1]!.start) return ranges.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  }
  return ranges;
}

function lastAtOrBelow(sorted: readonly Range[], address: bigint): Range | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}

/** Range of a sorted list that holds an address. */
export function rangeAt(sorted: readonly Range[], address: bigint): Range | undefined {
  const range = lastAtOrBelow(sorted, address);
  return range !== undefined && address < range.end ? range : undefined;
}

/** Both lists in order of address, each in its own order: ranges of the file that are out of order stay so. */
function merge(loads: readonly Range[], others: readonly Range[]): readonly Range[] {
  if (others.length === 0) return loads;
  const merged: Range[] = [];
  let next = 0;
  for (const load of loads) {
    while (next < others.length && others[next]!.start < load.start) merged.push(others[next++]!);
    merged.push(load);
  }
  merged.push(...others.slice(next));
  return merged;
}

/** Names as in /proc/PID/maps for what has no file. */
function nameRanges(core: Core, ranges: readonly Range[]): void {
  const sorted = sortedByStart(ranges);
  const name = (range: Range | undefined, kind: string, path: string): void => {
    if (range === undefined || range.path !== undefined) return;
    range.kind = kind;
    range.path = path;
  };
  const vdso = core.auxvValue(AT.SYSINFO_EHDR);
  if (vdso !== undefined && vdso !== 0n) {
    name(rangeAt(sorted, vdso), "vdso", "[vdso]");
    // The kernel maps the data of the vdso right below it.
    for (let below = vdso, count = 0; count < 3; count++) {
      const range = rangeAt(sorted, below - 1n);
      if (range === undefined || range.end !== below || range.prot !== 1 || range.path !== undefined) break;
      name(range, "vvar", "[vvar]");
      below = range.start;
    }
  }
  if (core.elf.head.machine === EM.X86_64) name(rangeAt(sorted, VSYSCALL), "vsyscall", "[vsyscall]");
  const program = core.auxvValue(AT.EXECFN);
  if (program !== undefined) name(rangeAt(sorted, program), "anonymous", "[stack]");
  const heap = heapOf(core, sorted);
  if (heap !== undefined) name(heap, "anonymous", "[heap]");
}

/** Stacks are where the stack pointers are; the first thread of a core without AT_EXECFN has the main one. */
export function nameStacks(ranges: readonly Range[], threads: readonly CoreThread[], sp: string | undefined): void {
  if (sp === undefined) return;
  const sorted = sortedByStart(ranges);
  const hasMain = ranges.some(({ path }) => path === "[stack]");
  for (const [index, { registers, tid }] of threads.entries()) {
    const range = rangeAt(sorted, registers?.get(sp) ?? 0n);
    if (range === undefined || range.path !== undefined || range.kind !== "anonymous" || ((range.prot ?? 0) & 2) === 0) continue;
    range.path = !hasMain && index === 0 ? "[stack]" : `[stack:${tid}]`;
  }
}

/** Range of the program's file: that of its program headers or its entry point. */
export function programRange(core: Core, sorted: readonly Range[]): Range | undefined {
  for (const type of [AT.PHDR, AT.ENTRY]) {
    const address = core.auxvValue(type);
    const range = address === undefined ? undefined : rangeAt(sorted, address);
    if (range !== undefined) return range;
  }
  return undefined;
}

/** First writable range without a file behind the program's data, not the one that continues them (bss). */
function heapOf(core: Core, sorted: readonly Range[]): Range | undefined {
  const program = programRange(core, sorted);
  if (program === undefined) return undefined;
  let at = sorted.indexOf(program);
  const isData = (range: Range): boolean => (program.path === undefined ? range.end <= program.end : range.path === program.path);
  let end = program.end;
  for (let next = at + 1; next < sorted.length && sorted[next]!.start - end < HEAP_WITHIN[core.abi.longSize]; next++) {
    const range = sorted[next]!;
    if (isData(range) || (range.start === end && range.path === undefined)) {
      end = range.end;
      at = next;
      continue;
    }
    return range.path === undefined && range.kind === "anonymous" && ((range.prot ?? 0) & 2) !== 0 ? range : undefined;
  }
  return undefined;
}
