/**
 * Search over the memory of a checkpoint, each stored byte once: private memory by address, shared memory by its place in the
 * object, and what waits in pipes, sockets and queues or is left of deleted files. Pages that nobody wrote hold nothing to find.
 */
import type { ByteSource } from "../bytes/source.ts";
import type { Hooks, SearchDone, SearchHit, SearchPattern, SearchScope } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { RowRef } from "../model/diagnostic.ts";
import { compilePattern } from "../search/pattern.ts";
import type { Run } from "../search/read-ahead.ts";
import { searchRuns, type RunHit } from "../search/search-runs.ts";
import { ADDRESS_END, type SharedMemory } from "./address-space.ts";
import { regionName } from "./names.ts";
import type { SpaceList } from "./space-list.ts";

/** Bytes on either side of a hit. */
const CONTEXT = 32;

/** Tables whose rows hold data of the tasks outside of their memory. */
const DATA_TABLES = ["pipes", "socket_buffers", "messages", "remaps"] as const;
const DATA_WORDS: Readonly<Record<string, string>> = { pipes: "pipe", socket_buffers: "socket buffer", messages: "message", remaps: "deleted file" };

interface MemoryRun extends Run {
  readonly where: SearchHit["where"];
  readonly space: number;
  readonly region: number;
  readonly object: number;
  readonly row: RowRef | undefined;
  readonly owner: string;
  readonly file: number;
}

export interface SearchRequest {
  readonly pattern: SearchPattern;
  readonly scope: SearchScope;
  readonly cap: number;
}

export interface SearchNames {
  /** Short name of a row. */
  rowLabel(table: string, row: number): string;
}

/** Throws an Error with a sentence for the user when the pattern is none. */
export async function searchMemory(list: SpaceList, { pattern, scope, cap }: SearchRequest, names: SearchNames, hooks: Hooks<readonly SearchHit[]>): Promise<SearchDone> {
  const place = scopeOf(list, scope);
  const matcher = compilePattern(pattern, list.checkpoint.identity.byteOrder, place.space < 0 ? widest(list) : list.wordSize(place.space));
  if ("why" in matcher) throw new Error(matcher.why);
  let total = 0;
  let absent = 0n;
  for (const run of runsOf(list, scope, names, (bytes) => void (absent += bytes))) total += run.size;
  const done = await searchRuns(runsOf(list, scope, names), matcher, {
    total, cap, context: CONTEXT, signal: hooks.signal,
    onProgress: hooks.onProgress,
    onHits: async (hits) => await hooks.onPiece?.(hits.map(hitOf)),
  });
  return { hits: done.hits, searched: done.searched, capped: done.capped, absent: absent + BigInt(done.missing), ...(done.unsure > 0 ? { unsure: done.unsure } : {}) };
}

function hitOf({ run, offset, address, length, text, context, contextAt }: RunHit<MemoryRun>): SearchHit {
  return {
    where: run.where, space: run.space, region: run.region, object: run.object, ...(run.row === undefined ? {} : { row: run.row }),
    address, length, owner: run.owner, file: run.file, offset: run.offset + offset, context, contextAt, ...(text === undefined ? {} : { text }),
  };
}

function scopeOf(list: SpaceList, scope: SearchScope): { readonly space: number; readonly start: bigint; readonly end: bigint } {
  switch (scope.kind) {
    case "all":
      return { space: -1, start: 0n, end: ADDRESS_END };
    case "space":
      return { space: scope.space, start: 0n, end: ADDRESS_END };
    case "range":
      return { space: scope.space, start: scope.start, end: scope.end };
    case "region": {
      const regions = list.checkpoint.tables.get("regions");
      if (!(scope.region >= 0 && scope.region < regions.length)) throw new RangeError(`There is no region ${scope.region}.`);
      return { space: regions.number(scope.region, "space"), start: regions.big(scope.region, "start"), end: regions.big(scope.region, "end") };
    }
  }
}

/** Bytes of a pointer where several spaces are searched together: the most that any has. */
function widest(list: SpaceList): 4 | 8 {
  for (let space = 0; space < list.count; space++) if (list.info(space).wordSize === 8) return 8;
  return list.count === 0 ? 8 : 4;
}

function* runsOf(list: SpaceList, scope: SearchScope, names: SearchNames, onAbsent?: (bytes: bigint) => void): Generator<MemoryRun> {
  if (scope.kind !== "all") {
    const { space, start, end } = scopeOf(list, scope);
    if (space >= 0 && start < end) yield* spaceRuns(list, space, start, end, true, onAbsent);
    return;
  }
  const holes = new Holes();
  for (let space = 0; space < list.count; space++) yield* spaceRuns(list, space, 0n, ADDRESS_END, false, onAbsent, holes);
  onAbsent?.(holes.bytes());
  yield* objectRuns(list, names, onAbsent);
  yield* orphanRuns(list, onAbsent);
  yield* dataRuns(list, names);
}

/** Bytes of a space in order of address; `shared`: with those of shared memory that it maps. */
function* spaceRuns(list: SpaceList, row: number, start: bigint, end: bigint, shared: boolean, onAbsent?: (bytes: bigint) => void, holes?: Holes): Generator<MemoryRun> {
  const { checkpoint } = list;
  const space = list.get(row);
  const { label } = list.info(row);
  const owners = new Map<number, string>();
  const ownerOf = (region: number): string => {
    let owner = owners.get(region);
    if (owner === undefined) {
      const found = space.region(region);
      owner = found === undefined ? label : `${label}: ${regionName(checkpoint, found)}`;
      owners.set(region, owner);
    }
    return owner;
  };
  let behind = -1n;
  for (const piece of space.resolve(start, end)) {
    const { kind, span } = piece;
    if (kind === "absent" || kind === "file") {
      const region = space.region(piece.region);
      // Holes of shared memory count once, however often it is mapped; its lost pages are counted with the object.
      if (shared || region?.shared === undefined) onAbsent?.(piece.end - piece.start);
      else if (piece.shared === undefined) holes?.add(region.shared, piece.start - region.start + region.offset, piece.end - piece.start);
    }
    if (span === undefined || (!shared && piece.shared !== undefined)) continue;
    yield {
      ...placed(checkpoint.files[span.file]!.source, span.start, span.end), address: piece.start, continues: piece.start === behind,
      where: "space", space: row, region: piece.region, object: piece.object, row: undefined, owner: ownerOf(piece.region), file: span.file,
    };
    behind = piece.end;
  }
}

/** Stretches of shared memory objects, each byte counted once. */
class Holes {
  readonly #ofObject = new Map<string, { start: bigint; end: bigint }[]>();

  add({ row, id }: SharedMemory, start: bigint, size: bigint): void {
    const key = `${row} ${id}`;
    const list = this.#ofObject.get(key);
    if (list === undefined) this.#ofObject.set(key, [{ start, end: start + size }]);
    else list.push({ start, end: start + size });
  }

  bytes(): bigint {
    let sum = 0n;
    for (const list of this.#ofObject.values()) {
      let behind = 0n;
      for (const { start, end } of list.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))) {
        if (end <= behind) continue;
        sum += end - (start > behind ? start : behind);
        behind = end;
      }
    }
    return sum;
  }
}

/** Stored pages whose memory map or object is lost: nobody knows their owner but by the name that the pagemap has. */
function* orphanRuns(list: SpaceList, onAbsent?: (bytes: bigint) => void): Generator<MemoryRun> {
  const { checkpoint } = list;
  const extents = checkpoint.tables.get("extents");
  let last: { readonly owner: string; readonly end: bigint } | undefined;
  for (const row of list.index.orphans()) {
    const start = extents.big(row, "start");
    const size = Math.max(0, Math.floor(extents.number(row, "pages") * extents.number(row, "page_size")) || 0);
    const offset = extents.number(row, "offset");
    const file = list.index.fileOf(row);
    const stored = Math.max(0, Math.min(size, list.index.storedBytes(row)));
    if (stored < size) onAbsent?.(BigInt(size - stored));
    if (stored === 0) continue;
    const owner = extents.text(row, "owner") ?? "pages of nobody";
    yield {
      ...placed(checkpoint.files[file]!.source, offset, offset + stored), address: start, continues: last?.owner === owner && last.end === start,
      where: "data", space: -1, region: -1, object: -1, row: { table: "extents", row }, owner: `${owner}, whose memory map is lost`, file,
    };
    last = { owner, end: start + BigInt(stored) };
  }
}

function placed(source: ByteSource, start: number, end: number): Pick<Run, "source" | "offset" | "size"> {
  return { source, offset: start, size: end - start };
}

/** Shared memory objects: those with rows, and those that are known by the regions that map them. */
function* objectRuns(list: SpaceList, names: SearchNames, onAbsent?: (bytes: bigint) => void): Generator<MemoryRun> {
  const { checkpoint } = list;
  const objects = checkpoint.tables.get("memory_objects");
  const all: SharedMemory[] = Array.from({ length: objects.length }, (_, row) => ({ row, id: -1 }));
  const extents = checkpoint.tables.get("extents");
  const ids = new Set<number>();
  for (let row = 0; row < extents.length; row++) if (extents.number(row, "memory_object") < 0 && extents.number(row, "object") > 0) ids.add(extents.number(row, "object"));
  for (const id of ids) all.push({ row: -1, id });
  for (const { row, id } of all) {
    const owner = row >= 0 ? names.rowLabel("memory_objects", row) : `shared memory #${id}`;
    const runs = list.index.ofObject(row, id);
    let behind = -1n;
    for (let at = 0; at < runs.length; at++) {
      const start = runs.starts[at]!;
      const size = Number(runs.lasts[at]! + 1n - start);
      const stored = Math.max(0, Math.min(size, runs.stored(at) - Number(runs.before(at))));
      if (stored < size) onAbsent?.(BigInt(size - stored));
      if (stored === 0) continue;
      const end = start + BigInt(stored);
      const { file, offset } = runs.place(at, start);
      yield {
        ...placed(checkpoint.files[file]!.source, offset, offset + stored), address: start, continues: start === behind,
        where: "object", space: -1, region: -1, object: row, row: row < 0 ? undefined : { table: "memory_objects", row }, owner, file,
      };
      behind = end;
    }
  }
}

/** What waits in pipes, sockets and queues, and what deleted files held. */
function* dataRuns(list: SpaceList, names: SearchNames): Generator<MemoryRun> {
  const { checkpoint } = list;
  for (const name of DATA_TABLES) {
    const table = checkpoint.tables.get(name);
    for (let row = 0; row < table.length; row++) {
      const start = table.number(row, "offset");
      const bytes = table.number(row, "bytes");
      if (Number.isNaN(start) || !(bytes > 0)) continue;
      const image = table.columns.has("image") ? table.number(row, "image") : -1;
      const record = table.number(row, "record");
      const file = image >= 0 ? image : record < 0 ? 0 : Math.max(0, checkpoint.tables.get("records").number(record, "file") || 0);
      const source = checkpoint.files[file]?.source;
      if (source === undefined) continue;
      yield dataRun(checkpoint, { table: name, row }, names, file, source, start, start + bytes, 0n, false);
    }
  }
  let last: { readonly row: RowRef; readonly end: bigint } | undefined;
  for (const { table, row, at, span } of checkpoint.scattered ?? []) {
    const address = BigInt(at);
    const continues = last?.row.table === table && last.row.row === row && last.end === address;
    yield dataRun(checkpoint, { table, row }, names, span.file, checkpoint.files[span.file]!.source, span.start, span.end, address, continues);
    last = { row: { table, row }, end: address + BigInt(span.end - span.start) };
  }
}

/** `pipe #12, read by fd 3 of 7`. */
function dataOwner({ tables }: Checkpoint, { table: name, row }: RowRef, names: SearchNames): string {
  const table = tables.find(name)!;
  const what = `${DATA_WORDS[name] ?? name} ${names.rowLabel(name, row)}`;
  const socket = name === "socket_buffers" ? table.number(row, "socket") : -1;
  const holders = socket >= 0 ? tables.get("sockets").text(socket, "holders") : undefined;
  const readers = name === "pipes" ? table.text(row, "readers") : undefined;
  return readers !== undefined ? `${what}, read by ${readers}` : holders !== undefined ? `${what}, held by ${holders}` : what;
}

function dataRun(checkpoint: Checkpoint, row: RowRef, names: SearchNames, file: number, source: ByteSource, start: number, end: number, address: bigint, continues: boolean): MemoryRun {
  return { ...placed(source, start, end), address, continues, where: "data", space: -1, region: -1, object: -1, row, owner: dataOwner(checkpoint, row, names), file };
}
