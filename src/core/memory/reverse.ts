/** From bytes of a file to the addresses that use them. */
import type { AddressSpace } from "./address-space.ts";
import type { SpaceList } from "./space-list.ts";

export interface Use {
  readonly space: number;
  readonly start: bigint;
  readonly end: bigint;
  /** First byte in the file. */
  readonly offset: number;
}

/** Most uses that are listed. */
const MOST_USES = 4096;

/** Runs of page contents by file and place; where runs share bytes, all of them are found. */
export class ReverseIndex {
  readonly #list: SpaceList;
  /** By file: rows of the runs in order of place, and the furthest end of them and all before. */
  #files: ReadonlyMap<number, { readonly rows: Int32Array; readonly furthest: Float64Array }> | undefined;
  /** By shared object: regions that map it. */
  #regions: ReadonlyMap<string, readonly { readonly space: number; readonly row: number }[]> | undefined;

  constructor(list: SpaceList) {
    this.#list = list;
  }

  /** Uses of [start, end) of a file, in the order of their place. */
  find(file: number, start: number, end: number): readonly Use[] {
    const found = this.#byFile().get(file);
    if (found === undefined) return [];
    const { tables } = this.#list.checkpoint;
    const extents = tables.get("extents");
    const uses: Use[] = [];
    const { rows, furthest } = found;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (furthest[middle]! <= start) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < rows.length && uses.length < MOST_USES; at++) {
      const row = rows[at]!;
      const from = extents.number(row, "offset");
      if (from >= end) break;
      const to = from + extents.number(row, "pages") * extents.number(row, "page_size");
      if (to <= start) continue;
      const begin = Math.max(from, start);
      this.#usesOf(row, begin, Math.min(to, end), extents.big(row, "start") + BigInt(begin - from), file, uses);
    }
    return uses;
  }

  /** `address` is that of the first byte: in a space, or in an object. */
  #usesOf(row: number, from: number, to: number, address: bigint, file: number, uses: Use[]): void {
    const { tables } = this.#list.checkpoint;
    const extents = tables.get("extents");
    const length = BigInt(to - from);
    const object = extents.number(row, "memory_object");
    const inode = extents.number(row, "object");
    if (object < 0 && !(inode > 0)) {
      const region = extents.number(row, "region");
      const own = extents.number(row, "space");
      const space = own >= 0 ? own : region >= 0 ? tables.get("regions").number(region, "space") : -1;
      if (space >= 0 && space < this.#list.count) this.#add(space, address, address + length, from, file, uses);
      return;
    }
    for (const { space, row: region } of this.#byObject().get(objectKey(object, inode)) ?? []) {
      if (uses.length >= MOST_USES) return;
      const found = this.#list.get(space).region(region);
      if (found === undefined) continue;
      const first = found.offset > address ? found.offset : address;
      const limit = found.offset + (found.end - found.start);
      const last = address + length < limit ? address + length : limit;
      if (first < last) this.#add(space, found.start + (first - found.offset), found.start + (last - found.offset), from + Number(first - address), file, uses);
    }
  }

  /** Only what the space itself resolves to these bytes: a private copy or an earlier region may lie over them. */
  #add(row: number, start: bigint, end: bigint, offset: number, file: number, uses: Use[]): void {
    const space: AddressSpace = this.#list.get(row);
    for (const piece of space.resolve(start, end)) {
      if (uses.length >= MOST_USES) return;
      const at = offset + Number(piece.start - start);
      if (piece.span?.file === file && piece.span.start === at) uses.push({ space: row, start: piece.start, end: piece.end, offset: at });
    }
  }

  #byFile(): ReadonlyMap<number, { readonly rows: Int32Array; readonly furthest: Float64Array }> {
    if (this.#files !== undefined) return this.#files;
    const extents = this.#list.checkpoint.tables.get("extents");
    const offset = extents.column("offset");
    const pages = extents.column("pages");
    const pageSize = extents.column("page_size");
    const lists = new Map<number, number[]>();
    for (let row = 0; row < extents.length; row++) {
      if (Number.isNaN(offset.number(row))) continue;
      const file = this.#list.index.fileOf(row);
      const list = lists.get(file);
      if (list === undefined) lists.set(file, [row]);
      else list.push(row);
    }
    const files = new Map<number, { rows: Int32Array; furthest: Float64Array }>();
    for (const [file, list] of lists) {
      const rows = Int32Array.from(list).sort((a, b) => offset.number(a) - offset.number(b));
      const furthest = new Float64Array(rows.length);
      let end = 0;
      for (const [at, row] of rows.entries()) {
        end = Math.max(end, offset.number(row) + pages.number(row) * pageSize.number(row));
        furthest[at] = end;
      }
      files.set(file, { rows, furthest });
    }
    this.#files = files;
    return files;
  }

  #byObject(): ReadonlyMap<string, readonly { readonly space: number; readonly row: number }[]> {
    if (this.#regions !== undefined) return this.#regions;
    const regions = this.#list.checkpoint.tables.get("regions");
    const byObject = new Map<string, { space: number; row: number }[]>();
    for (let row = 0; row < regions.length; row++) {
      const object = regions.number(row, "memory_object");
      const inode = regions.number(row, "shared_inode");
      const space = regions.number(row, "space");
      if ((object < 0 && !(inode > 0)) || space < 0) continue;
      const key = objectKey(object, inode);
      const list = byObject.get(key);
      if (list === undefined) byObject.set(key, [{ space, row }]);
      else list.push({ space, row });
    }
    this.#regions = byObject;
    return byObject;
  }
}

function objectKey(object: number, inode: number): string {
  return object >= 0 ? `row ${object}` : `id ${inode}`;
}
