/** `crit x DIR mems` and `rss`: regions of each task, and which of their pages the set has. */
import type { MessageValue } from "../../../schema/decode-message.ts";
import { VMA } from "../names.ts";
import type { Exploring } from "./explore.ts";
import type { SetFiles } from "./set-files.ts";

const GROWS_DOWN = 0x100;

const hex = (value: bigint | undefined): string => (value ?? 0n).toString(16);
const address = (value: bigint | undefined): string => hex(value).padStart(8, "0");
const isFile = (status: number): boolean => (status & (VMA.FILE_PRIVATE | VMA.FILE_SHARED)) !== 0;

/** Numbers of shared memory in the order in which it is met, over all tasks of a set. */
class ShortNumbers {
  readonly #known = new Map<bigint, number>();

  of(id: bigint): string {
    const number = this.#known.get(id) ?? this.#known.size + 1;
    this.#known.set(id, number);
    return number.toString(16);
  }
}

export async function exploreMems({ reader, files, tasks, line, lacks }: Exploring): Promise<void> {
  const shared = new ShortNumbers();
  for (const task of tasks) {
    const pid = task.number("pid");
    await line(String(pid));
    const mm = await reader.entry(`mm-${pid}.img`);
    if (mm === undefined) {
      await lacks(pid, `mm-${pid}.img`);
      continue;
    }
    await line(`\t${"exe".padEnd(36)}    ${await files.path(mm.number("exe_file_id"))}`);
    for (const vma of mm.list("vmas")) {
      const prot = vma.number("prot");
      const range = `${address(vma.big("start"))}-${address(vma.big("end"))}`;
      const access = `${(prot & 1) === 0 ? "-" : "r"}${(prot & 2) === 0 ? "-" : "w"}${(prot & 4) === 0 ? "-" : "x"}`;
      await line(`\t${range.padEnd(36)}${access}${await whatIsMapped(vma, files, shared)}`);
    }
  }
}

/** With a space before each part; the first kind that fits, in the order of crit. */
async function whatIsMapped(vma: MessageValue, files: SetFiles, shared: ShortNumbers): Promise<string> {
  const status = vma.number("status");
  const id = vma.big("shmid") ?? 0n;
  const special = (status & VMA.REGULAR) === 0 ? " *" : "";
  if ((status & VMA.SYSVIPC) !== 0) return ` ips[${shared.of(id)}]${special}`;
  if ((status & VMA.ANON_SHARED) !== 0) return ` shmem[${shared.of(id)}]${special}`;
  if ((status & VMA.SOCKET) !== 0) return ` packet[${shared.of(id)}]${special}`;
  if (isFile(status)) {
    const offset = vma.big("pgoff") ?? 0n;
    return ` ${await files.mapped(Number(id))}${offset === 0n ? "" : ` + 0x${hex(offset)}`}${(status & VMA.FILE_SHARED) === 0 ? "" : " (s)"}${special}`;
  }
  if ((status & VMA.STACK) !== 0) return ` [stack]${special}`;
  if ((status & VMA.VSYSCALL) !== 0) return ` [vsyscall]${special}`;
  if ((status & VMA.VDSO) !== 0) return ` [vdso]${special}`;
  return (vma.number("flags") & GROWS_DOWN) === 0 ? special : ` [stack?]${special}`;
}

export async function exploreRss({ reader, files, tasks, line, lacks }: Exploring): Promise<void> {
  for (const task of tasks) {
    const pid = task.number("pid");
    await line(String(pid));
    const mm = await reader.entry(`mm-${pid}.img`);
    const runs = await reader.entries(`pagemap-${pid}.img`);
    if (mm === undefined || runs === undefined) await lacks(pid, `${mm === undefined ? "mm" : "pagemap"}-${pid}.img`);
    else await storedPages(mm, runs, files, line);
  }
}

/** A line for each run of pages, with the regions that it lies in; `~` is the region of the line before. */
async function storedPages(mm: MessageValue, runs: readonly MessageValue[], files: SetFiles, line: Exploring["line"]): Promise<void> {
  const shift = pageShift(mm);
  // Guard regions lie inside others, at the end of the list.
  const vmas = mm.list("vmas").filter((vma) => (vma.number("status") & VMA.GUARD) === 0);
  let at = 0;
  let last = -1;
  for (const run of runs.slice(1)) {
    const start = run.big("vaddr") ?? 0n;
    // Releases before 4.2 have the count in another field.
    const count = run.big("nr_pages") ?? run.big("compat_nr_pages") ?? 0n;
    const end = start + (count << shift);
    while (at < vmas.length - 1 && (vmas[at]!.big("end") ?? 0n) <= start) at++;
    let text = "";
    for (; at < vmas.length && (vmas[at]!.big("start") ?? 0n) < end; at++) {
      const vma = vmas[at]!;
      if (at === last) text += " ~";
      else {
        const pages = ((vma.big("end") ?? 0n) - (vma.big("start") ?? 0n)) >> shift;
        text += ` ${address(vma.big("start"))} / ${String(pages).padEnd(8)}`;
        if (isFile(vma.number("status"))) text += ` ${await files.mapped(vma.number("shmid"))}`;
        last = at;
      }
      text += `\n\t${" ".repeat(23)}`;
    }
    at = Math.max(0, at - 1);
    await line(`\t${hex(start)} / ${String(count).padEnd(8)}`.padEnd(24) + text);
  }
}

const AT_PAGESZ = 6n;
const DEFAULT_SHIFT = 12n;

/** From the auxiliary vector of the task; crit takes 4 KiB for granted. 32-bit tasks pack a pair into each word. */
function pageShift(mm: MessageValue): bigint {
  const words = mm.numbers("mm_saved_auxv").map(BigInt);
  const pair = words.findIndex((word, index) => word === AT_PAGESZ && index % 2 === 0);
  const packed = words.find((word) => (word & 0xffffffffn) === AT_PAGESZ) ?? 0n;
  const size = pair >= 0 ? words[pair + 1] ?? 0n : packed >> 32n;
  const isPageSize = size >= 4096n && size <= 0x100000n && (size & (size - 1n)) === 0n;
  return isPageSize ? BigInt(size.toString(2).length - 1) : DEFAULT_SHIFT;
}
