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
import { baseName, type SetFile } from "../../archive/file-set.ts";
import { readAround, RefusedBytes } from "../../bytes/refused-bytes.ts";
import type { ByteSource } from "../../bytes/source.ts";
import { Window } from "../../bytes/window.ts";
import type { MessageValue } from "../../schema/decode-message.ts";
import { formatCount } from "../../schema/show.ts";
import { BlockSizes } from "./block-sizes.ts";
import { walkEntries } from "./entries.ts";
import { hasNameOf, numberInside, typeOfName, type Identified } from "./identify.ts";
import { IMAGE_TYPES } from "./image-types.ts";
import { pagesOf } from "./pagemap-frame.ts";
import { normalFlags } from "./pagemap.ts";
import { PE } from "./names.ts";

/** Version of images that may be compressed (CRTOOLS_IMAGES_V1_2). */
const PACKED_VERSION = 3;
/** CRIU and crit take no larger blocks. */
const MOST_BLOCK = 4 * 1024 * 1024;
/** Sizes of pages of the machines of CRIU, and what is assumed where nothing says it. */
const [LEAST_PAGE, MOST_PAGE] = [4096, 65_536];
/** Entries that are looked at where no inventory says whether the set is compressed. */
const MOST_LOOKED_AT = 1024;
/** Stored bytes of a set whose blocks are looked at before they are read; that takes a second or less. */
const MOST_CHECKED = 256 * 1024 * 1024;
/** Places with blocks that cannot be decoded; behind more of them nothing is known. */
const MOST_DAMAGED = 10_000;
/** Stored bytes that are read at once, unless one block has more. */
const MOST_READ = 1024 * 1024;

const PAGES = IMAGE_TYPES.find(({ name }) => name === "PAGES")!;

/** A file of a directory of images, and which image it is by its head. */
export interface HeadedFile {
  readonly file: SetFile;
  readonly identity: Identified | undefined;
}

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

/**
 * Files of one directory of images that are compressed, by their paths. Pagemaps and the inventory are known by their heads:
 * under another name, or without an inventory, what is stored would pass for contents of memory.
 */
export async function unpackPages(files: readonly HeadedFile[], signal?: AbortSignal): Promise<ReadonlyMap<string, UnpackedPages>> {
  const unpacked = new Map<string, UnpackedPages>();
  const inventory = await inventoryOf(files, signal);
  if (inventory !== undefined && inventory.number("img_version") < PACKED_VERSION) return unpacked;
  const contents = contentsByNumber(files);
  let unchecked = MOST_CHECKED;
  for (const pagemap of ofTypes(files, ["PAGEMAP", "SHMEM_PAGEMAP"])) {
    if (inventory === undefined && !(await beginsPacked(pagemap, signal))) continue;
    const runs = new Runs(pagemap.file.path);
    let pages: SetFile | undefined;
    await walk(pagemap, Infinity, (value, index) => {
      if (index > 0) runs.add(value);
      else if (value.has("pages_id")) pages = contents.get(value.number("pages_id"));
    }, signal);
    if (pages === undefined || !runs.arePacked || unpacked.has(pages.path)) continue;
    unchecked -= pages.source.size;
    unpacked.set(pages.path, await runs.over(pages.source, inventory?.number("compress_block_size", LEAST_PAGE), unchecked >= 0, signal));
  }
  return unpacked;
}

/** Images of some types, those with the names that CRIU gives them first. */
function ofTypes(files: readonly HeadedFile[], types: readonly string[]): readonly HeadedFile[] {
  const found = files.filter(({ identity }) => identity?.type !== undefined && types.includes(identity.type.name));
  const isNamed = ({ file, identity }: HeadedFile): boolean => hasNameOf(identity!.type!, file.path);
  return [...found.filter(isNamed), ...found.filter((each) => !isNamed(each))];
}

async function inventoryOf(files: readonly HeadedFile[], signal: AbortSignal | undefined): Promise<MessageValue | undefined> {
  let inventory: MessageValue | undefined;
  const [file] = ofTypes(files, ["INVENTORY"]);
  if (file !== undefined) await walk(file, 1, (value) => void (inventory = value), signal);
  return inventory;
}

/** Files of page contents by their numbers; those whose names only hold a number where there is no other. */
function contentsByNumber(files: readonly HeadedFile[]): ReadonlyMap<number, SetFile> {
  const contents = new Map<number, SetFile>();
  for (const { file, identity } of files) {
    // Blocks may begin like pages of old versions: the name decides.
    const named = identity === undefined ? undefined : typeOfName(file.path);
    if (named?.type === PAGES) contents.set(named.number, file);
  }
  for (const { file, identity } of files) {
    if (identity === undefined || identity.type !== undefined || identity.unknownMagic !== undefined) continue;
    const number = numberInside(PAGES, baseName(file.path));
    if (number !== undefined && !contents.has(number)) contents.set(number, file);
  }
  return contents;
}

/** Messages of the first entries of an image. Damage is reported when the image is framed. */
async function walk({ file, identity }: HeadedFile, most: number, onValue: (value: MessageValue, index: number) => void, signal: AbortSignal | undefined): Promise<void> {
  const { type, endian, headLength } = identity!;
  const window = new Window(file.source);
  window.little = endian === "little";
  await walkEntries(window, type!, headLength, { onEntry: ({ value, index }) => onValue(value, index), onProblem: () => undefined, most, signal });
}

async function beginsPacked(pagemap: HeadedFile, signal: AbortSignal | undefined): Promise<boolean> {
  let isPacked = false;
  await walk(pagemap, MOST_LOOKED_AT, (value, index) => void (isPacked ||= index > 0 && value.has("blocks")), signal);
  return isPacked;
}

/** A run of stored pages as its entry says it. */
interface Run {
  readonly address: bigint;
  pages: number;
  readonly isAligned: boolean;
  /** Its blocks, among those of the file: none for pages that are stored as they are. */
  readonly firstBlock: number;
  readonly blocks: number;
  readonly perBlock: number;
  /** Bytes of its blocks together, as the entry has it. */
  readonly said: number;
}

/** A run with its place. */
interface Placed extends Run {
  /** Page of the unpacked file that it begins with. */
  readonly first: number;
  /** Where its stored bytes begin and end. */
  readonly start: number;
  readonly end: number;
}

/** The runs of a file, in their order. */
interface Layout {
  readonly list: readonly Placed[];
  readonly sizes: BlockSizes;
  readonly pageSize: number;
}

/** What a pagemap says of the file of its pages. */
class Runs {
  readonly #list: Run[] = [];
  readonly #sizes = new BlockSizes();
  readonly #pagemap: string;

  constructor(pagemap: string) {
    this.#pagemap = pagemap;
  }

  /** Runs of whole pages follow each other as they do without compression. */
  get arePacked(): boolean {
    return this.#sizes.length > 0;
  }

  add(value: MessageValue): void {
    const flags = normalFlags(value.has("flags") ? value.number("flags") : undefined, value.flag("in_parent"));
    const pages = pagesOf(value);
    if ((flags & PE.PRESENT) === 0 || !(pages > 0)) return;
    const isAligned = (flags & PE.PAYLOAD_ALIGNED) !== 0;
    const blocks = value.sub("blocks");
    const sizes = blocks?.numbers("block_sizes") ?? [];
    const last = this.#list.at(-1);
    // An empty list means what no list means. A pagemap may have millions of runs that are stored as they are.
    if (sizes.length === 0 && !isAligned && last?.blocks === 0) {
      last.pages += pages;
      return;
    }
    const run: Run = {
      address: value.big("vaddr") ?? 0n, pages, isAligned, firstBlock: this.#sizes.length, blocks: sizes.length,
      perBlock: blocks?.number("pages_per_block") ?? 1, said: blocks?.number("total_payload_size") ?? 0,
    };
    for (const size of sizes) this.#sizes.add(Number(size));
    this.#list.push(run);
  }

  /** The pages of a file of stored bytes. A file that ends too early has the pages before that. `isChecked`: all that is stored is read, to see which blocks can be decoded. */
  async over(stored: ByteSource, blockSize: number | undefined, isChecked: boolean, signal?: AbortSignal): Promise<UnpackedPages> {
    const problems: string[] = [];
    const layout = this.#layOut(this.#pageSize(blockSize, problems), problems);
    const { list, pageSize } = layout;
    const end = list.at(-1)?.end ?? 0;
    if (stored.size > end && list.length === this.#list.length) problems.push(`The file has ${formatCount(stored.size - end)} bytes behind its last block.`);
    const cut = list.find((run) => run.end > stored.size);
    const last = cut ?? list.at(-1);
    const size = last === undefined ? 0 : (last.first + (cut === undefined ? last.pages : wholePages(layout, cut, stored.size))) * pageSize;
    const damaged = isChecked ? await damagedPages(layout, stored, size, signal) : [];
    if (damaged.length > 0) {
      const lost = damaged.reduce((sum, part) => sum + part.end - part.start, 0) / pageSize;
      problems.push(`The blocks of ${formatCount(lost)} pages cannot be decoded, the first for page ${formatCount(damaged[0]!.start / pageSize)} of the file.`);
    }
    return { stored: stored.size, problems, damaged, source: { size, read: async (from, to, stop) => await readPages(layout, stored, from, Math.min(to, size), stop) } };
  }

  /** Blocks of the inventory's size hold so many pages. */
  #pageSize(blockSize: number | undefined, problems: string[]): number {
    const perBlock = this.#list.find(({ blocks }) => blocks > 0)!.perBlock;
    const pageSize = (blockSize ?? perBlock * LEAST_PAGE) / perBlock;
    if (pageSize >= LEAST_PAGE && pageSize <= MOST_PAGE && Math.log2(pageSize) % 1 === 0) return pageSize;
    if (blockSize !== undefined) problems.push(`${this.#pagemap}: blocks of ${formatCount(perBlock)} pages have ${formatCount(blockSize)} bytes by the inventory, which no pages have together: pages of ${formatCount(LEAST_PAGE)} bytes are assumed.`);
    return LEAST_PAGE;
  }

  /** Places of the runs up to one whose bytes cannot be told: nothing behind it can. */
  #layOut(pageSize: number, problems: string[]): Layout {
    const list: Placed[] = [];
    let first = 0;
    let end = 0;
    for (const run of this.#list) {
      const start = run.isAligned ? Math.ceil(end / pageSize) * pageSize : end;
      const sum = this.#sizes.before(run.firstBlock + run.blocks) - this.#sizes.before(run.firstBlock);
      const wrong = run.blocks === 0 ? undefined : this.#wrong(run, sum, pageSize);
      if (wrong !== undefined) {
        problems.push(`${this.#pagemap}: the run of ${formatCount(run.pages)} pages at 0x${run.address.toString(16)} ${wrong}: the contents of its pages and of those behind them are not known.`);
        break;
      }
      end = start + (run.blocks === 0 ? run.pages * pageSize : sum);
      list.push({ ...run, first, start, end });
      first += run.pages;
    }
    return { list, sizes: this.#sizes, pageSize };
  }

  /** What is wrong with a list of blocks. */
  #wrong({ blocks, firstBlock, pages, perBlock, said }: Run, sum: number, pageSize: number): string | undefined {
    if (perBlock < 1 || perBlock * pageSize > MOST_BLOCK) return `has blocks of ${formatCount(perBlock)} pages`;
    const wanted = Math.ceil(pages / perBlock);
    if (blocks !== wanted) return `has ${formatCount(blocks)} blocks instead of ${formatCount(wanted)}`;
    for (let block = 0; block < blocks; block++) {
      const size = this.#sizes.at(firstBlock + block);
      if (size > pageSize * Math.min(perBlock, pages - block * perBlock)) return `has a block of ${formatCount(size)} bytes, more than it holds`;
    }
    return sum === said ? undefined : `has blocks of ${formatCount(sum)} bytes together and says ${formatCount(said)}`;
  }
}

/** Parts of the first `size` bytes whose blocks are no LZ4 blocks of their length. */
async function damagedPages(layout: Layout, stored: ByteSource, size: number, signal?: AbortSignal): Promise<readonly DamagedPages[]> {
  const found: DamagedPages[] = [];
  for (const run of layout.list) if (run.blocks > 0) await damagedBlocks(layout, run, stored, size, found, signal);
  // Where so many are damaged, nothing is left to be known.
  return found.length < MOST_DAMAGED ? found : [...found.slice(0, -1), { start: found.at(-1)!.start, end: size }];
}

async function damagedBlocks({ sizes, pageSize }: Layout, run: Placed, stored: ByteSource, size: number, found: DamagedPages[], signal?: AbortSignal): Promise<void> {
  const { blocks, firstBlock, perBlock } = run;
  const behindRun = (run.first + run.pages) * pageSize;
  for (let block = 0, at = run.start; block < blocks && found.length < MOST_DAMAGED; ) {
    let behind = block;
    let length = 0;
    while (behind < blocks && (behind === block || length + sizes.at(firstBlock + behind) <= MOST_READ)) length += sizes.at(firstBlock + behind++);
    // What cannot be had, of an encrypted member say, is reported with its archive.
    const { bytes, lost } = await readAround(stored, at, at + length, signal);
    if (lost.length > 0) return;
    for (let offset = 0; block < behind; block++) {
      const start = (run.first + block * perBlock) * pageSize;
      const end = Math.min(start + perBlock * pageSize, behindRun);
      const packed = sizes.at(firstBlock + block);
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

/** Pages of a run that lie before the end of a stored file which ends inside it. */
function wholePages({ sizes, pageSize }: Layout, { blocks, firstBlock, pages, perBlock, start }: Placed, end: number): number {
  if (blocks === 0) return Math.max(0, Math.floor((end - start) / pageSize));
  let at = start;
  for (let block = 0; block < blocks; block++) {
    at += sizes.at(firstBlock + block);
    if (at > end) return block * perBlock;
  }
  return pages;
}

async function readPages(layout: Layout, stored: ByteSource, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
  const output = new Uint8Array(Math.max(0, end - start));
  if (end <= start) return output;
  const { list, pageSize } = layout;
  for (let index = runOfPage(list, Math.floor(start / pageSize)); index < list.length && list[index]!.first * pageSize < end; index++) {
    const run = list[index]!;
    const from = Math.max(start, run.first * pageSize);
    const to = Math.min(end, (run.first + run.pages) * pageSize);
    if (run.blocks === 0) {
      const at = run.start - run.first * pageSize;
      output.set(await readWhole(stored, at + from, at + to, signal), from - start);
    } else await readBlocks(layout, run, stored, from, to, output.subarray(from - start, to - start), signal);
  }
  return output;
}

async function readWhole(stored: ByteSource, start: number, end: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = await stored.read(start, end, signal);
  if (bytes.length < end - start) throw new RefusedBytes("The file with the page contents ended while it was read.");
  return bytes;
}

/** Unpacked bytes [from, to) of a run, which are inside it, into `output`. */
async function readBlocks({ sizes, pageSize }: Layout, run: Placed, stored: ByteSource, from: number, to: number, output: Uint8Array, signal?: AbortSignal): Promise<void> {
  const { firstBlock, perBlock } = run;
  const base = run.first * pageSize;
  const blockSize = perBlock * pageSize;
  const last = Math.ceil((to - base) / blockSize);
  const scratch = new Uint8Array(blockSize);
  const sizeOf = (block: number): number => sizes.at(firstBlock + block);
  for (let block = Math.floor((from - base) / blockSize); block < last; ) {
    const at = run.start + sizes.before(firstBlock + block) - sizes.before(firstBlock);
    let length = 0;
    let behind = block;
    while (behind < last && (behind === block || length + sizeOf(behind) <= MOST_READ)) length += sizeOf(behind++);
    const bytes = length === 0 ? scratch : await readWhole(stored, at, at + length, signal);
    for (let offset = 0; block < behind; offset += sizeOf(block++)) {
      const begin = base + block * blockSize;
      const whole = Math.min(blockSize, (run.first + run.pages) * pageSize - begin);
      const size = sizeOf(block);
      const inside = { from: Math.max(from, begin), to: Math.min(to, begin + whole) };
      const target = output.subarray(inside.from - from, inside.to - from);
      if (size === 0) continue;
      const input = bytes.subarray(offset, offset + size);
      if (size === whole) target.set(input.subarray(inside.from - begin, inside.to - begin));
      else if (unlz4Block(input, scratch, 0, whole) === whole) target.set(scratch.subarray(inside.from - begin, inside.to - begin));
      else throw new RefusedBytes(`Block ${block} of the run that begins with page ${run.first} (${formatCount(size)} bytes at ${formatCount(at + offset)} of the stored file) cannot be decoded.`, { start: begin, end: begin + whole });
    }
  }
}

function runOfPage(list: readonly Placed[], page: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.first + list[middle]!.pages <= page) low = middle + 1;
    else high = middle;
  }
  return low;
}
