/** Memory of an opened checkpoint: what the memory interface asks, from the finished tables and the bytes of the files. */
import type {
  AddressInfo, CoreOptions, CorePlan, Hooks, MapLine, MemoryBytes, MemoryInspector, MemoryMap, MemoryPiece, MemoryPlace, MemoryRow, MemoryRows, MemoryStrip, ProcessTexts, RegionInfo, SearchDone, SearchHit, SpaceInfo, ThreadRegisters, ThreadStack,
} from "./memory-inspector.ts";
import type { Checkpoint } from "./model/checkpoint.ts";
import { makeCore, type CoreFileMaker } from "./export/elf-core/core-file.ts";
import { formatHex } from "./schema/show.ts";
import { ADDRESS_END, type OwnedPiece } from "./memory/address-space.ts";
import { MapLines, stripOf } from "./memory/memory-map.ts";
import { AddressNames, protBits, regionInfo } from "./memory/names.ts";
import { placeOf } from "./memory/place.ts";
import { ReverseIndex } from "./memory/reverse.ts";
import { RowMap } from "./memory/row-map.ts";
import { searchMemory, type SearchNames, type SearchRequest } from "./memory/search-memory.ts";
import { SpaceList } from "./memory/space-list.ts";
import { StoredBytes } from "./memory/stored-bytes.ts";
import { threadStack } from "./memory/stack.ts";
import { processTexts } from "./memory/texts.ts";

const MOST_READ = 16 * 1024 * 1024;
const MOST_PIECES = 65_536;
const MOST_ROWS = 4096;
const WIDTHS = new Set([8, 16, 32]);

export class CheckpointMemory implements MemoryInspector {
  readonly #checkpoint: Checkpoint;
  readonly #labels: SearchNames;
  readonly #list: SpaceList;
  readonly #reverse: ReverseIndex;
  readonly #names = new Map<number, AddressNames>();
  readonly #maps = new Map<number, MapLines>();
  readonly #rowMaps = new Map<string, RowMap>();

  constructor(checkpoint: Checkpoint, labels: SearchNames) {
    this.#checkpoint = checkpoint;
    this.#labels = labels;
    this.#list = new SpaceList(checkpoint);
    this.#reverse = new ReverseIndex(this.#list);
  }

  #namesOf(space: number): AddressNames {
    return kept(this.#names, space, () => new AddressNames(this.#checkpoint, this.#list.get(space)));
  }

  #mapOf(space: number): MapLines {
    return kept(this.#maps, space, () => new MapLines(this.#checkpoint, this.#list.get(space)));
  }

  #rowMapOf(space: number, width: number): RowMap {
    if (!WIDTHS.has(width)) throw new RangeError(`A row has 8, 16 or 32 bytes, not ${width}.`);
    return kept(this.#rowMaps, `${space} ${width}`, () => new RowMap(this.#list.get(space), width));
  }

  async spaces(): Promise<readonly SpaceInfo[]> {
    return Array.from({ length: this.#list.count }, (_, row) => this.#list.info(row));
  }

  async resolve({ space, start, end }: { space: number; start: bigint; end: bigint }): Promise<readonly MemoryPiece[]> {
    const pieces: MemoryPiece[] = [];
    const [from, to] = clamped(start, end);
    for (const piece of this.#list.get(space).resolve(from, to)) {
      if (pieces.length === MOST_PIECES) break;
      pieces.push(open(piece));
    }
    return pieces;
  }

  async read({ space, start, end }: { space: number; start: bigint; end: bigint }, hooks: Hooks = {}): Promise<MemoryBytes> {
    const [from, to] = clamped(start, end);
    const limit = to - from > BigInt(MOST_READ) ? from + BigInt(MOST_READ) : to;
    const { bytes, pieces } = await this.#list.get(space).read(from, limit, hooks.signal);
    // A copy of its own: the bytes may be a view of a cache.
    return { start: from, bytes: bytes.slice(), pieces: pieces.map((piece) => open(piece as OwnedPiece)) };
  }

  async map({ space }: { space: number }): Promise<MemoryMap> {
    return this.#mapOf(space).summary(this.#list);
  }

  async mapLines({ space, from, to }: { space: number; from: number; to: number }): Promise<readonly MapLine[]> {
    const map = this.#mapOf(space);
    const lines: MapLine[] = [];
    for (let at = Math.max(0, from); at < Math.min(to, map.length); at++) lines.push(map.line(at));
    return lines;
  }

  async strip({ space, cells }: { space: number; cells: number }): Promise<MemoryStrip> {
    return stripOf(this.#list.get(space), this.#checkpoint.identity.pageSize, cells);
  }

  async rows({ space, width, from, to }: { space: number; width: number; from: number; to: number }, hooks: Hooks = {}): Promise<MemoryRows> {
    const map = this.#rowMapOf(space, width);
    const first = Math.max(0, from);
    const last = Math.min(to, map.total, first + MOST_ROWS);
    const rows: MemoryRow[] = [];
    for (let row = first; row < last; ) {
      const { address, hasBytes } = map.at(row);
      if (!hasBytes) {
        const [piece] = this.#list.get(space).resolve(address, ADDRESS_END);
        rows.push({ kind: "fold", piece: open(piece!) });
        row++;
        continue;
      }
      // Rows that go on from one to the next are read together.
      let count = 1;
      while (row + count < last && map.at(row + count).hasBytes && map.at(row + count).address === address + BigInt(count * width)) count++;
      rows.push(...(await this.#byteRows(space, address, width, count, hooks.signal)));
      row += count;
    }
    return { total: map.total, from: first, rows };
  }

  async #byteRows(space: number, address: bigint, width: number, count: number, signal: AbortSignal | undefined): Promise<MemoryRow[]> {
    const end = address + BigInt(width * count);
    const { bytes, pieces } = await this.#list.get(space).read(address, end > ADDRESS_END ? ADDRESS_END : end, signal);
    const rows: MemoryRow[] = [];
    for (let row = 0; row < count; row++) {
      const start = address + BigInt(row * width);
      let real = 0;
      let region = -1;
      let depth = 0;
      for (const piece of pieces) {
        if (piece.end <= start || piece.start >= start + BigInt(width) || piece.kind !== "image") continue;
        const from = piece.start > start ? Number(piece.start - start) : 0;
        const to = piece.end < start + BigInt(width) ? Number(piece.end - start) : width;
        for (let bit = from; bit < to; bit++) real |= 1 << bit;
        if (region < 0) region = piece.region;
        depth = Math.max(depth, piece.depth);
      }
      rows.push({ kind: "bytes", address: start, bytes: bytes.slice(row * width, (row + 1) * width), real: real >>> 0, region, depth });
    }
    return rows;
  }

  async rowOf({ space, width, address }: { space: number; width: number; address: bigint }): Promise<number> {
    return this.#rowMapOf(space, width).rowOf(BigInt.asUintN(64, address));
  }

  async about({ space, address }: { space: number; address: bigint }): Promise<AddressInfo> {
    return this.#about(space, BigInt.asUintN(64, address));
  }

  #about(row: number, address: bigint): AddressInfo {
    const space = this.#list.get(row);
    const piece = first(space.resolve(address, ADDRESS_END));
    const region = space.guardAt(address) ?? space.regionAt(address);
    const { below, above } = space.neighbours(address);
    const info = (each: typeof region): RegionInfo | undefined => (each === undefined ? undefined : regionInfo(this.#checkpoint, each));
    const around = region === undefined ? { ...(below === undefined ? {} : { below: info(below)! }), ...(above === undefined ? {} : { above: info(above)! }) } : { region: info(region)! };
    return { space: row, address, piece: open(piece), label: this.#namesOf(row).of(address) ?? "not mapped", ...around, shared: this.#others(row, address, piece) };
  }

  /** Other addresses of the same byte. */
  #others(row: number, address: bigint, { span }: OwnedPiece): AddressInfo["shared"] {
    if (span === undefined) return [];
    return this.#reverse
      .find(span.file, span.start, span.start + 1)
      .filter((use) => use.space !== row || use.start !== address)
      .map((use) => ({ space: use.space, address: use.start, label: `${this.#list.info(use.space).label}: ${this.#namesOf(use.space).of(use.start) ?? formatHex(use.start)}` }));
  }

  async labels({ space, words }: { space: number; words: readonly bigint[] }): Promise<readonly (string | undefined)[]> {
    const names = this.#namesOf(space);
    return words.map((word) => names.of(BigInt.asUintN(64, word)));
  }

  async place({ text, space, address }: { text: string; space: number; address?: bigint }): Promise<MemoryPlace> {
    return await placeOf(text, space, address, {
      list: this.#list,
      reverse: this.#reverse,
      registersOf: (row, task) => this.#firstRegisters(task < 0 ? this.#list.info(row).task : task),
      found: (row, found) => ({ kind: "address", space: row, address: found, info: this.#about(row, found) }),
    });
  }

  async #firstRegisters(task: number): Promise<ThreadRegisters | undefined> {
    if (task < 0) return undefined;
    const threads = this.#checkpoint.tables.get("threads");
    for (let row = 0; row < threads.length; row++) if (threads.number(row, "task") === task) return await this.registers({ thread: row });
    return undefined;
  }

  async reverse({ file, start, end }: { file: number; start: number; end: number }): ReturnType<MemoryInspector["reverse"]> {
    return this.#reverse.find(file, start, end).map((use) => ({ ...use, label: `${this.#list.info(use.space).label}: ${this.#namesOf(use.space).of(use.start) ?? formatHex(use.start)}` }));
  }

  async texts({ space }: { space: number }): Promise<ProcessTexts> {
    return await processTexts(this.#checkpoint, this.#list.get(space), this.#list.info(space));
  }

  async registers({ thread }: { thread: number }): Promise<ThreadRegisters | undefined> {
    if (!(thread >= 0 && thread < this.#checkpoint.tables.get("threads").length)) return undefined;
    return await this.#checkpoint.decoder.registers?.(thread);
  }

  async stack({ thread }: { thread: number }): Promise<ThreadStack | undefined> {
    const registers = await this.registers({ thread });
    const space = registers === undefined ? -1 : this.#list.ofTask(this.#checkpoint.tables.get("threads").number(thread, "task"));
    if (registers === undefined || space < 0) return undefined;
    return await threadStack(this.#checkpoint, this.#list.get(space), this.#namesOf(space), registers);
  }

  async search(request: SearchRequest, hooks: Hooks<readonly SearchHit[]> = {}): Promise<SearchDone> {
    return await searchMemory(this.#list, request, this.#labels, hooks);
  }

  async save({ space, start, end, fill }: { space: number; start: bigint; end: bigint; fill: boolean }, hooks: Hooks<Uint8Array> = {}): Promise<{ written: number; absent: bigint }> {
    const [from, to] = clamped(start, end);
    const stored = new StoredBytes(this.#checkpoint, hooks.signal);
    let written = 0;
    let absent = 0n;
    for (const piece of this.#list.get(space).resolve(from, to)) {
      const hasBytes = piece.kind === "image" || piece.kind === "zero";
      if (!hasBytes) absent += piece.end - piece.start;
      if (!hasBytes && !fill) continue;
      for await (const bytes of stored.of(piece)) {
        await hooks.onPiece?.(bytes);
        written += bytes.length;
      }
      hooks.onProgress?.({ phase: "Saving", done: Number(piece.end - from), total: Number(to - from) });
    }
    return { written, absent };
  }

  async corePlan({ task, options }: { task: number; options: CoreOptions }): Promise<CorePlan> {
    return (await this.#core(task, options)).plan;
  }

  async core({ task, options }: { task: number; options: CoreOptions }, hooks: Hooks<Uint8Array> = {}): Promise<CorePlan> {
    const { plan, write } = await this.#core(task, options);
    await write(hooks);
    return plan;
  }

  async #core(task: number, options: CoreOptions): Promise<CoreFileMaker> {
    const tasks = this.#checkpoint.tables.get("tasks");
    if (!(task >= 0 && task < tasks.length)) throw new RangeError(`There is no task ${task}.`);
    const row = this.#list.ofTask(task);
    if (row < 0) throw new Error(`Task ${tasks.number(task, "pid")} has no memory in this image, and so no core can be made of it.`);
    const texts = await this.texts({ space: row });
    return await makeCore({
      checkpoint: this.#checkpoint, task, space: this.#list.get(row), options,
      protOf: (region) => protBits(this.#checkpoint, region),
      registersOf: (thread) => this.registers({ thread }),
      args: new TextEncoder().encode(texts.arguments.map(({ text }) => text).join(" ")),
    });
  }
}

function kept<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function clamped(start: bigint, end: bigint): [bigint, bigint] {
  const from = start < 0n ? 0n : start > ADDRESS_END ? ADDRESS_END : start;
  return [from, end < from ? from : end > ADDRESS_END ? ADDRESS_END : end];
}

function first(pieces: Iterable<OwnedPiece>): OwnedPiece {
  for (const piece of pieces) return piece;
  throw new RangeError("An empty range has no piece.");
}

/** Without what only the core knows. */
function open({ shared: _shared, ...piece }: OwnedPiece): MemoryPiece {
  return piece;
}

