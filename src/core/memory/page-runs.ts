/**
 * Runs of page contents by who owns them: an address space, or a shared memory object. Built once from the table of page
 * contents; looking a run up takes as many steps as there are bits in their number.
 */
import type { Checkpoint } from "../model/checkpoint.ts";
import { NO_INT } from "../model/column.ts";

const TOP = 1n << 64n;

/** Where a byte of a run stands in a file. */
export interface RunPlace {
  readonly file: number;
  readonly offset: number;
  readonly depth: number;
}

/** Runs of one owner, ascending and apart: where they overlapped, the earlier one won. */
export class PageRuns {
  readonly starts: BigUint64Array;
  /** Last address of each run: its end may be 2^64. */
  readonly lasts: BigUint64Array;
  /** Rows of the table. */
  readonly rows: Int32Array;
  readonly #index: PageIndex;
  readonly length: number;

  constructor(index: PageIndex, rows: Int32Array, starts: BigUint64Array, lasts: BigUint64Array, length: number) {
    this.#index = index;
    this.rows = rows;
    this.starts = starts;
    this.lasts = lasts;
    this.length = length;
  }

  /** First run that ends behind an address; the length when there is none. */
  firstBehind(address: bigint): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.lasts[middle]! < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Bytes that the file has from the run's own beginning on, or -1 where there is no file. */
  stored(at: number): number {
    return this.#index.storedBytes(this.rows[at]!);
  }

  /** Bytes of the run before the address from which it won over an earlier one. */
  before(at: number): bigint {
    return this.starts[at]! - this.#index.startOf(this.rows[at]!);
  }

  /** How many parents up the run stands. */
  depth(at: number): number {
    return this.#index.depthOf(this.rows[at]!);
  }

  /** Place of the byte at an address of the owner. */
  place(at: number, address: bigint): RunPlace {
    return this.#index.place(this.rows[at]!, address);
  }

  /** Why a run has no bytes. */
  why(at: number): string {
    return this.#index.whyOf(this.rows[at]!);
  }
}

const NOTHING = new PageRuns(undefined as never, new Int32Array(0), new BigUint64Array(0), new BigUint64Array(0), 0);

export class PageIndex {
  readonly #checkpoint: Checkpoint;
  /** Where the rows of an owner stand in the order, by `ownerKey`. */
  readonly #owners = new Map<string, { readonly first: number; readonly count: number }>();
  readonly #order: Int32Array;
  readonly #runs = new Map<string, PageRuns>();
  readonly #columns;

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    const extents = checkpoint.tables.get("extents");
    const column = (name: string) => extents.column(name);
    this.#columns = {
      start: column("start"), pages: column("pages"), pageSize: column("page_size"), offset: column("offset"), image: column("image"), depth: column("depth"), where: column("where"),
      space: column("space"), region: column("region"), memoryObject: column("memory_object"), object: column("object"), record: column("record"),
    };
    const { space, region, memoryObject, object } = this.#columns;
    const regionSpace = checkpoint.tables.get("regions").column("space");
    const ids = new Int32Array(extents.length);
    const keys: string[] = [];
    const numbers = new Map<string, number>();
    const counts: number[] = [];
    // Neighbouring rows mostly have one owner, whose name then needs not be made anew.
    let last = "";
    let lastId = -1;
    let lastKind = -1;
    let lastNumber = -1;
    for (let row = 0; row < extents.length; row++) {
      const shared = memoryObject.number(row);
      const inode = object.number(row);
      const kind = shared >= 0 ? 1 : inode > 0 ? 2 : 0;
      const number = kind === 1 ? shared : kind === 2 ? inode : space.number(row) >= 0 ? space.number(row) : region.number(row) >= 0 ? regionSpace.number(region.number(row)) : -1;
      if (kind !== lastKind || number !== lastNumber) {
        lastKind = kind;
        lastNumber = number;
        last = ownerKey(kind, number);
        lastId = numbers.get(last) ?? -1;
        if (lastId < 0) {
          lastId = keys.push(last) - 1;
          numbers.set(last, lastId);
          counts.push(0);
        }
      }
      ids[row] = lastId;
      counts[lastId]!++;
    }
    this.#order = new Int32Array(extents.length);
    const next: number[] = [];
    let first = 0;
    for (const [id, key] of keys.entries()) {
      this.#owners.set(key, { first, count: counts[id]! });
      next.push(first);
      first += counts[id]!;
    }
    for (let row = 0; row < extents.length; row++) this.#order[next[ids[row]!]!++] = row;
  }

  ofSpace(space: number): PageRuns {
    return this.#runsOf(ownerKey(0, space));
  }

  /** Rows that belong to no space and no object. */
  orphans(): Int32Array {
    const owner = this.#owners.get(ownerKey(0, -1));
    return owner === undefined ? new Int32Array(0) : this.#order.subarray(owner.first, owner.first + owner.count);
  }

  /** Of a row of shared memory, or of an object that is known by its id alone. */
  ofObject(row: number, id: number): PageRuns {
    return row >= 0 ? this.#runsOf(ownerKey(1, row)) : id > 0 ? this.#runsOf(ownerKey(2, id)) : NOTHING;
  }

  #runsOf(key: string): PageRuns {
    let runs = this.#runs.get(key);
    if (runs === undefined) {
      const owner = this.#owners.get(key);
      runs = owner === undefined ? NOTHING : this.#make(this.#order.subarray(owner.first, owner.first + owner.count));
      this.#runs.set(key, runs);
    }
    return runs;
  }

  #make(unordered: Int32Array): PageRuns {
    const { start } = this.#columns;
    let rows = unordered;
    for (let at = 1; at < rows.length; at++) {
      if (start.big(rows[at - 1]!) <= start.big(rows[at]!)) continue;
      rows = Int32Array.from(rows).sort((a, b) => (start.big(a) < start.big(b) ? -1 : start.big(a) > start.big(b) ? 1 : a - b));
      break;
    }
    const starts = new BigUint64Array(rows.length);
    const lasts = new BigUint64Array(rows.length);
    const kept = rows === unordered ? rows : Int32Array.from(rows);
    let length = 0;
    let covered = 0n;
    for (const row of rows) {
      const from = start.big(row);
      const size = this.#size(row);
      if (size <= 0n) continue;
      const end = from + size > TOP ? TOP : from + size;
      const begin = from < covered ? covered : from;
      if (begin >= end) continue;
      starts[length] = begin;
      lasts[length] = end - 1n;
      kept[length] = row;
      covered = end;
      length++;
    }
    return new PageRuns(this, kept, starts, lasts, length);
  }

  #size(row: number): bigint {
    const size = this.#columns.pages.number(row) * this.#columns.pageSize.number(row);
    return Number.isFinite(size) && size > 0 ? BigInt(Math.floor(size)) : 0n;
  }

  startOf(row: number): bigint {
    return this.#columns.start.big(row);
  }

  depthOf(row: number): number {
    const depth = this.#columns.depth.number(row);
    return depth === NO_INT ? 0 : depth;
  }

  storedBytes(row: number): number {
    const at = this.#columns.offset.number(row);
    return Number.isNaN(at) ? -1 : Math.max(0, (this.#checkpoint.files[this.fileOf(row)]?.source.size ?? 0) - at);
  }

  place(row: number, address: bigint): RunPlace {
    return { file: this.fileOf(row), offset: this.#columns.offset.number(row) + Number(address - this.startOf(row)), depth: this.depthOf(row) };
  }

  whyOf(row: number): string {
    return this.#columns.where.text(row) ?? "the contents are not in the image";
  }

  fileOf(row: number): number {
    const image = this.#columns.image.number(row);
    if (image >= 0) return image;
    const record = this.#columns.record.number(row);
    const file = record < 0 ? 0 : this.#checkpoint.tables.get("records").number(record, "file");
    // Records of a format whose images are one file do not name it.
    return file >= 0 ? file : 0;
  }
}

function ownerKey(kind: 0 | 1 | 2, number: number): string {
  return `${kind} ${number}`;
}
