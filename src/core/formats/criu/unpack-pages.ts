/**
 * Page contents that are stored as LZ4 blocks, which CRIU writes since 4.3 where it is asked to (`compress` in the inventory).
 * The pagemap says of each run how many stored bytes each of its blocks has:
 *
 *   0                       the pages are zeros
 *   as many as it holds     the pages as they are
 *   fewer                   an LZ4 block
 *
 * Runs without such a list are stored as they are. Runs follow each other without gaps, but one with PAYLOAD_ALIGNED begins at
 * a multiple of the page size (crit 4.3, `_decompress_pages_image`). The file is shown unpacked: page after page, as without
 * compression. Nothing is unpacked before it is read; whether blocks can be decoded is found out beforehand, up to a limit.
 */
import { isLz4Block, unlz4Block } from "../../archive/lz4.ts";
import { RefusedBytes } from "../../archive/scratch.ts";
import { headOf, type SetFile } from "../../archive/file-set.ts";
import type { ByteSource } from "../../bytes/source.ts";
import { Window } from "../../bytes/window.ts";
import type { MessageValue } from "../../schema/decode-message.ts";
import { formatCount } from "../../schema/show.ts";
import { walkEntries } from "./entries.ts";
import { identify, typeOfName } from "./identify.ts";
import { pagesOf } from "./pagemap-frame.ts";
import { normalFlags } from "./pagemap.ts";
import { PE } from "./names.ts";

/** Version of images that may be compressed (CRTOOLS_IMAGES_V1_2). */
const PACKED_VERSION = 3;
/** CRIU and crit take no larger blocks. */
const MOST_BLOCK = 4 * 1024 * 1024;
/** Sums of block sizes are kept for every so many blocks. */
const STEP = 256;
/** Stored bytes of a set whose blocks are looked at before they are read; that takes a second or less. */
const MOST_CHECKED = 256 * 1024 * 1024;
/** Places with blocks that cannot be decoded; behind more of them nothing is known. */
const MOST_DAMAGED = 10_000;
/** Stored bytes that are read at once, unless one block has more. */
const MOST_READ = 1024 * 1024;

const PAGEMAPS: readonly string[] = ["PAGEMAP", "SHMEM_PAGEMAP"];

/** A file of page contents as if it were not compressed. */
export interface UnpackedPages {
  readonly source: ByteSource;
  /** Bytes of the file as it is stored. */
  readonly stored: number;
  /** What is wrong with the list of blocks, and with the blocks: sentences. */
  readonly problems: readonly string[];
  /** Parts of `source` whose blocks cannot be decoded, in order. Reading there rejects with `RefusedBytes`. */
  readonly damaged: readonly DamagedPages[];
}

/** Bytes [start, end) of a file of page contents. */
export interface DamagedPages {
  readonly start: number;
  readonly end: number;
}

/** Files of one directory of images that are compressed, by their paths. */
export async function unpackPages(files: readonly SetFile[], signal?: AbortSignal): Promise<ReadonlyMap<string, UnpackedPages>> {
  const unpacked = new Map<string, UnpackedPages>();
  let unchecked = MOST_CHECKED;
  const blockSize = await packedBlockSize(files, signal);
  if (blockSize === undefined) return unpacked;
  const contents = new Map(files.flatMap((file) => {
    const named = typeOfName(file.path);
    return named?.type.raw === "pages" && file.link === undefined ? [[named.number, file] as const] : [];
  }));
  for (const file of files) {
    if (file.link !== undefined || !PAGEMAPS.includes(typeOfName(file.path)?.type.name ?? "")) continue;
    const { pagesId, entries } = await readRuns(file, signal);
    const pages = pagesId === undefined ? undefined : contents.get(pagesId);
    if (pages === undefined || !entries.some(isPacked) || unpacked.has(pages.path)) continue;
    const perBlock = entries.find((entry) => entry.has("blocks"))?.sub("blocks")?.number("pages_per_block") ?? 1;
    const runs = new Runs(Math.floor(blockSize / perBlock) || blockSize, file.path);
    for (const entry of entries) runs.add(entry);
    const found = runs.over(pages.source);
    unchecked -= found.stored;
    unpacked.set(pages.path, unchecked < 0 ? found : await runs.checked(found, pages.source, signal));
  }
  return unpacked;
}

/** Bytes that a block of the set holds by its inventory; undefined for a set that cannot be compressed. */
async function packedBlockSize(files: readonly SetFile[], signal: AbortSignal | undefined): Promise<number | undefined> {
  const file = files.find(({ path, link }) => link === undefined && typeOfName(path)?.type.name === "INVENTORY");
  const inventory = file === undefined ? undefined : (await entriesOf(file, ["INVENTORY"], 1, signal))[0];
  if (inventory === undefined || inventory.number("img_version") < PACKED_VERSION) return undefined;
  return inventory.number("compress_block_size", 4096);
}

/** Messages of the first entries of an image; empty for what is no image of these types, whatever its name. */
async function entriesOf(file: SetFile, types: readonly string[], most: number, signal: AbortSignal | undefined): Promise<readonly MessageValue[]> {
  const found: MessageValue[] = [];
  const { type, endian, headLength } = identify(file.path, await headOf(file, 8, signal), file.source.size);
  if (type === undefined || endian === undefined || !types.includes(type.name)) return found;
  const window = new Window(file.source);
  window.little = endian === "little";
  // Damage is reported when the image is framed.
  await walkEntries(window, type, headLength, { onEntry: ({ value }) => void found.push(value), onProblem: () => undefined, most, signal });
  return found;
}

/** Entries of a pagemap that have stored pages, and the number of the file that holds them. */
async function readRuns(file: SetFile, signal: AbortSignal | undefined): Promise<{ readonly pagesId: number | undefined; readonly entries: readonly MessageValue[] }> {
  const [head, ...runs] = await entriesOf(file, PAGEMAPS, Infinity, signal);
  const isStored = (value: MessageValue): boolean => (normalFlags(value.has("flags") ? value.number("flags") : undefined, value.flag("in_parent")) & PE.PRESENT) !== 0;
  return { pagesId: head?.has("pages_id") === true ? head.number("pages_id") : undefined, entries: runs.filter(isStored) };
}

function isPacked(entry: MessageValue): boolean {
  return entry.has("blocks") || (entry.number("flags") & PE.PAYLOAD_ALIGNED) !== 0;
}

interface Run {
  /** Page of the unpacked file that it begins with. */
  readonly first: number;
  readonly pages: number;
  /** Where its stored bytes begin and end. */
  readonly start: number;
  readonly end: number;
  /** Undefined for pages that are stored as they are. */
  readonly blocks: { readonly pages: number; readonly sizes: Uint32Array; readonly sums: Float64Array } | undefined;
}

class Runs {
  readonly #list: Run[] = [];
  readonly #problems: string[] = [];
  readonly #pageSize: number;
  readonly #pagemap: string;
  #pages = 0;
  #end = 0;
  /** A run whose bytes cannot be told: nothing behind it can. */
  #isLost = false;
  #size = 0;

  constructor(pageSize: number, pagemap: string) {
    this.#pageSize = pageSize;
    this.#pagemap = pagemap;
  }

  add(value: MessageValue): void {
    const pages = pagesOf(value);
    if (this.#isLost || !(pages > 0)) return;
    const blocks = value.sub("blocks");
    const isAligned = (value.number("flags") & PE.PAYLOAD_ALIGNED) !== 0;
    const perBlock = blocks?.number("pages_per_block") ?? 1;
    const start = isAligned ? Math.ceil(this.#end / this.#pageSize) * this.#pageSize : this.#end;
    const sizes = blocks === undefined ? undefined : Uint32Array.from(blocks.numbers("block_sizes"), Number);
    // An empty list means what no list means.
    const listed = sizes === undefined || sizes.length === 0 ? undefined : { pages: perBlock, sizes, sums: sumsOf(sizes) };
    const wrong = listed === undefined ? undefined : this.#wrong(pages, listed, blocks!);
    if (wrong !== undefined) {
      this.#isLost = true;
      this.#problems.push(`${this.#pagemap}: the run of ${formatCount(pages)} pages at 0x${(value.big("vaddr") ?? 0n).toString(16)} ${wrong}: the contents of its pages and of those behind them are not known.`);
      return;
    }
    const length = listed === undefined ? pages * this.#pageSize : listed.sums.at(-1)!;
    this.#list.push({ first: this.#pages, pages, start, end: start + length, blocks: listed });
    this.#pages += pages;
    this.#end = start + length;
  }

  /** What is wrong with a list of blocks. */
  #wrong(pages: number, { pages: perBlock, sizes, sums }: NonNullable<Run["blocks"]>, message: MessageValue): string | undefined {
    if (perBlock < 1 || perBlock * this.#pageSize > MOST_BLOCK) return `has blocks of ${formatCount(perBlock)} pages`;
    const wanted = Math.ceil(pages / perBlock);
    if (sizes.length !== wanted) return `has ${formatCount(sizes.length)} blocks instead of ${formatCount(wanted)}`;
    const large = sizes.findIndex((size, index) => size > this.#pageSize * Math.min(perBlock, pages - index * perBlock));
    if (large >= 0) return `has a block of ${formatCount(sizes[large]!)} bytes, more than it holds`;
    const sum = sums.at(-1)!;
    return sum === message.number("total_payload_size") ? undefined : `has blocks of ${formatCount(sum)} bytes together and says ${formatCount(message.number("total_payload_size"))}`;
  }

  /** The pages of a file of stored bytes. A file that ends too early has the pages before that. */
  over(stored: ByteSource): UnpackedPages {
    const list = this.#list;
    const pageSize = this.#pageSize;
    let pages = 0;
    for (const run of list) {
      if (run.end <= stored.size) {
        pages = run.first + run.pages;
        continue;
      }
      pages = run.first + wholePages(run, stored.size, pageSize);
      break;
    }
    const problems = [...this.#problems];
    if (stored.size > this.#end && !this.#isLost) problems.push(`The file has ${formatCount(stored.size - this.#end)} bytes behind its last block.`);
    const size = pages * pageSize;
    this.#size = size;
    return { stored: stored.size, problems, damaged: [], source: { size, read: async (start, end, signal) => await readPages(list, stored, pageSize, start, Math.min(end, size), signal) } };
  }

  /** The same with the blocks looked at: reads all that is stored. */
  async checked(pages: UnpackedPages, stored: ByteSource, signal?: AbortSignal): Promise<UnpackedPages> {
    const found: DamagedPages[] = [];
    for (const run of this.#list) if (run.blocks !== undefined) await damagedBlocks(run, stored, this.#pageSize, this.#size, found, signal);
    if (found.length === 0) return pages;
    // Where so many are damaged, nothing is left to be known.
    const damaged = found.length < MOST_DAMAGED ? found : [...found.slice(0, -1), { start: found.at(-1)!.start, end: this.#size }];
    const lost = damaged.reduce((sum, { start, end }) => sum + end - start, 0) / this.#pageSize;
    return { ...pages, damaged, problems: [...pages.problems, `The blocks of ${formatCount(lost)} pages cannot be decoded, the first for page ${formatCount(damaged[0]!.start / this.#pageSize)} of the file.`] };
  }
}

/** The blocks of a run that are there and are no LZ4 blocks of their length. */
async function damagedBlocks(run: Run, stored: ByteSource, pageSize: number, size: number, found: DamagedPages[], signal?: AbortSignal): Promise<void> {
  const { sizes } = run.blocks!;
  for (let block = 0, at = run.start; block < sizes.length && found.length < MOST_DAMAGED; ) {
    let behind = block;
    let length = 0;
    while (behind < sizes.length && (behind === block || length + sizes[behind]! <= MOST_READ)) length += sizes[behind++]!;
    const bytes = length === 0 ? new Uint8Array(0) : await stored.read(at, at + length, signal);
    for (let offset = 0; block < behind; block++) {
      const { start, end } = extentOf(run, block, pageSize);
      const packed = sizes[block]!;
      const last = found.at(-1);
      if (end <= size && packed > 0 && packed < end - start && !isLz4Block(bytes.subarray(offset, offset + packed), end - start)) {
        if (last?.end === start) found[found.length - 1] = { start: last.start, end };
        else found.push({ start, end });
      }
      offset += packed;
    }
    at += length;
  }
}

/** Bytes of a run that a block of it stands for. */
function extentOf({ first, pages, blocks }: Run, block: number, pageSize: number): { readonly start: number; readonly end: number } {
  const start = (first + block * blocks!.pages) * pageSize;
  return { start, end: Math.min(start + blocks!.pages * pageSize, (first + pages) * pageSize) };
}

/** Sums of the sizes before every `STEP`th block, and of all. */
function sumsOf(sizes: Uint32Array): Float64Array {
  const sums = new Float64Array(Math.ceil(sizes.length / STEP) + 1);
  let sum = 0;
  for (let index = 0; index < sizes.length; index++) {
    if (index % STEP === 0) sums[index / STEP] = sum;
    sum += sizes[index]!;
  }
  sums[sums.length - 1] = sum;
  return sums;
}

/** Where a block begins in the stored file; `block` may be one past the last. */
function startOf({ start, blocks }: Run, block: number): number {
  const { sizes, sums } = blocks!;
  const mark = Math.min(Math.floor(block / STEP), sums.length - 1);
  let at = block === sizes.length ? sums.at(-1)! : sums[mark]!;
  if (block < sizes.length) for (let index = mark * STEP; index < block; index++) at += sizes[index]!;
  return start + at;
}

/** Pages of a run that lie before the end of a stored file which ends inside it. */
function wholePages(run: Run, end: number, pageSize: number): number {
  if (run.blocks === undefined) return Math.max(0, Math.floor((end - run.start) / pageSize));
  let at = run.start;
  for (const [block, size] of run.blocks.sizes.entries()) {
    at += size;
    if (at > end) return block * run.blocks.pages;
  }
  return run.pages;
}

async function readPages(list: readonly Run[], stored: ByteSource, pageSize: number, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
  const output = new Uint8Array(Math.max(0, end - start));
  if (end <= start) return output;
  for (let index = runOfPage(list, Math.floor(start / pageSize)); index < list.length && list[index]!.first * pageSize < end; index++) {
    const run = list[index]!;
    const from = Math.max(start, run.first * pageSize);
    const to = Math.min(end, (run.first + run.pages) * pageSize);
    if (run.blocks === undefined) {
      const at = run.start - run.first * pageSize;
      const bytes = await stored.read(at + from, at + to, signal);
      if (bytes.length < to - from) throw new RefusedBytes("The file with the page contents ended while it was read.");
      output.set(bytes, from - start);
    } else await readBlocks(run, stored, pageSize, from, to, output.subarray(from - start, to - start), signal);
  }
  return output;
}

/** Unpacked bytes [from, to) of a run, which are inside it, into `output`. */
async function readBlocks(run: Run, stored: ByteSource, pageSize: number, from: number, to: number, output: Uint8Array, signal?: AbortSignal): Promise<void> {
  const { pages, sizes } = run.blocks!;
  const base = run.first * pageSize;
  const blockSize = pages * pageSize;
  const last = Math.ceil((to - base) / blockSize);
  const scratch = new Uint8Array(blockSize);
  for (let block = Math.floor((from - base) / blockSize); block < last; ) {
    const at = startOf(run, block);
    let length = 0;
    let behind = block;
    while (behind < last && (behind === block || length + sizes[behind]! <= MOST_READ)) length += sizes[behind++]!;
    const bytes = length === 0 ? scratch : await stored.read(at, at + length, signal);
    for (let offset = 0; block < behind; offset += sizes[block++]!) {
      const begin = base + block * blockSize;
      const whole = Math.min(blockSize, (run.first + run.pages) * pageSize - begin);
      const size = sizes[block]!;
      const inside = { from: Math.max(from, begin), to: Math.min(to, begin + whole) };
      const target = output.subarray(inside.from - from, inside.to - from);
      if (size === 0) continue;
      const input = bytes.subarray(offset, offset + size);
      if (size === whole) target.set(input.subarray(inside.from - begin, inside.to - begin));
      else if (input.length === size && unlz4Block(input, scratch, 0, whole) === whole) target.set(scratch.subarray(inside.from - begin, inside.to - begin));
      else throw new RefusedBytes(`Block ${block} of the run that begins with page ${run.first} (${formatCount(size)} bytes at ${formatCount(at + offset)} of the stored file) cannot be decoded.`);
    }
  }
}

function runOfPage(list: readonly Run[], page: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.first + list[middle]!.pages <= page) low = middle + 1;
    else high = middle;
  }
  return low;
}
