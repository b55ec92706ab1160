/** The address spaces of a checkpoint: which regions each has, who uses it, what its words are. Built when first asked for. */
import type { SpaceInfo } from "../memory-inspector.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { AddressSpace } from "./address-space.ts";
import { PageIndex } from "./page-runs.ts";

/** Architectures whose pointers have four bytes. */
const NARROW = new Set(["i386", "x86", "x86_32", "arm", "ppc", "ppc32", "mips", "s390", "s390_31"]);

export class SpaceList {
  readonly checkpoint: Checkpoint;
  #index: PageIndex | undefined;
  #regionsOf: readonly (readonly number[])[] | undefined;
  readonly #spaces = new Map<number, AddressSpace>();
  readonly #infos = new Map<number, SpaceInfo>();

  constructor(checkpoint: Checkpoint) {
    this.checkpoint = checkpoint;
  }

  get index(): PageIndex {
    this.#index ??= new PageIndex(this.checkpoint);
    return this.#index;
  }

  get count(): number {
    return this.checkpoint.tables.get("spaces").length;
  }

  /** Throws a RangeError for a row that is none: a mistake of the caller. */
  get(row: number): AddressSpace {
    if (!(row >= 0 && row < this.count)) throw new RangeError(`There is no memory map ${row}.`);
    let space = this.#spaces.get(row);
    if (space === undefined) {
      const announced = this.checkpoint.tables.get("spaces").number(row, "regions");
      space = new AddressSpace(this.checkpoint, this.index, row, this.#regions()[row] ?? [], Number.isNaN(announced) ? 0 : announced);
      this.#spaces.set(row, space);
    }
    return space;
  }

  #regions(): readonly (readonly number[])[] {
    if (this.#regionsOf !== undefined) return this.#regionsOf;
    const regions = this.checkpoint.tables.get("regions");
    const space = regions.column("space");
    const lists: number[][] = Array.from({ length: this.count }, () => []);
    for (let row = 0; row < regions.length; row++) lists[space.number(row)]?.push(row);
    this.#regionsOf = lists;
    return lists;
  }

  /** The space of a task, or -1. */
  ofTask(task: number): number {
    const { tables } = this.checkpoint;
    if (!(task >= 0 && task < tables.get("tasks").length)) return -1;
    const space = tables.get("tasks").number(task, "space");
    if (space >= 0 && space < this.count) return space;
    const spaces = tables.get("spaces");
    for (let row = 0; row < this.count; row++) if (spaces.number(row, "task") === task) return row;
    return -1;
  }

  info(row: number): SpaceInfo {
    let info = this.#infos.get(row);
    if (info === undefined) {
      info = this.#info(row);
      this.#infos.set(row, info);
    }
    return info;
  }

  #info(row: number): SpaceInfo {
    const { tables, identity } = this.checkpoint;
    const task = tables.get("spaces").number(row, "task");
    const tasks = tables.get("tasks");
    const pid = task < 0 ? -1 : tasks.number(task, "pid");
    const name = task < 0 ? undefined : tasks.text(task, "name");
    return {
      space: row,
      label: task < 0 ? `memory map ${row + 1}` : name === undefined ? `${pid}` : `${pid} ${name}`,
      task,
      pid,
      regions: this.#regions()[row]!.length,
      wordSize: this.wordSize(row),
      byteOrder: identity.byteOrder,
      pageSize: identity.pageSize,
    };
  }

  /** Of 32-bit tasks on a 64-bit machine the format says so, or all regions lie below 4 GiB. */
  wordSize(row: number): 4 | 8 {
    const { architecture } = this.checkpoint.identity;
    if (architecture !== undefined && NARROW.has(architecture)) return 4;
    const { regions } = this.get(row);
    const user = regions.filter(({ start }) => start < 1n << 63n);
    return user.length > 0 && user.every(({ end }) => end <= 1n << 32n) ? 4 : 8;
  }
}
