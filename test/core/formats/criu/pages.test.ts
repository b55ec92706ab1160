/** Page contents: every page that was read from the tasks' memory, against the place that the tables give for it. */
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import type { FieldNode } from "../../../../src/core/inspector.ts";
import { zip } from "../../../fixtures/archives/build-zip.ts";
import { bytesOf, openSample, openSet, sampleFiles, type OpenedSet } from "../../../support/criu-open.ts";
import { CRIU_SAMPLES } from "../../../support/criu-samples.ts";
import { pagesTruth, procTruth, rawRows, type RawRow } from "../../../support/criu-truth.ts";

/** Pages with a thread's rseq area, which the kernel writes whenever the thread changes its processor. */
const MOST_DIFFERENT = 4;
/** Taken while the tasks were running: what they did until the dump differs. */
const RUNNING = /^(19-|21)/;

interface Place {
  readonly where: string;
  readonly file: number;
  readonly offset: number;
  readonly region: RawRow | undefined;
}

/** Run that holds an address; runs of one map ascend. */
function placeOf(runs: readonly RawRow[], address: bigint, pageSize: bigint): RawRow | undefined {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]!["start"] as bigint) + BigInt(runs[middle]!["pages"] as number) * pageSize <= address) low = middle + 1;
    else high = middle;
  }
  const run = runs[low];
  return run !== undefined && (run["start"] as bigint) <= address ? run : undefined;
}

class Memory {
  readonly #set: OpenedSet;
  readonly #runs = new Map<number, RawRow[]>();
  readonly #regions: readonly RawRow[];
  readonly #pageSize: bigint;

  constructor(set: OpenedSet) {
    this.#set = set;
    this.#pageSize = BigInt(set.checkpoint.identity.pageSize);
    this.#regions = rawRows(set.checkpoint, "regions");
    for (const run of rawRows(set.checkpoint, "extents")) {
      const space = run["space"] as number | null;
      if (space === null) continue;
      const list = this.#runs.get(space);
      if (list === undefined) this.#runs.set(space, [run]);
      else list.push(run);
    }
  }

  place(space: number, address: bigint): Place {
    const region = this.#regions.find((row) => row["space"] === space && row["kind"] !== "guard" && (row["start"] as bigint) <= address && (row["end"] as bigint) > address);
    const run = placeOf(this.#runs.get(space) ?? [], address, this.#pageSize);
    const offset = run === undefined || run["offset"] === null ? -1 : (run["offset"] as number) + Number(address - (run["start"] as bigint));
    return { where: run === undefined ? "not stored" : String(run["where"]), file: run === undefined || run["image"] === null ? -1 : (run["image"] as number), offset, region };
  }

  async crc({ file, offset }: Place): Promise<string> {
    const bytes = await this.#set.inspector.bytes(file, offset, offset + Number(this.#pageSize));
    expect(bytes.length).toBe(Number(this.#pageSize));
    return bytes.every((byte) => byte === 0) ? "zero" : crc32(bytes).toString(16).padStart(8, "0");
  }
}

describe.each(CRIU_SAMPLES)("$name", ({ name }) => {
  test("holds each private page at the place that the tables name, and no others", async () => {
    const set = await openSample(name);
    const memory = new Memory(set);
    const tasks = rawRows(set.checkpoint, "tasks");
    const inner = new Map(procTruth(name).tasks.map(({ outer, pid }) => [outer, pid]));
    const wrong: string[] = [];
    let different = 0;
    let equal = 0;
    for (const { pid, address, flags, crc } of pagesTruth(name)) {
      const task = tasks.find((candidate) => candidate["pid"] === inner.get(pid));
      if (task === undefined || task["space"] === null) continue;
      const place = memory.place(task["space"] as number, address);
      const at = `${pid} ${address.toString(16)} ${flags} ${crc}`;
      const kind = String(place.region?.["kind"]);
      const isShared = place.region !== undefined && ((place.region["prot"] as number) & 8) !== 0;
      // The ring of asynchronous I/O is shared with the kernel and stored all the same.
      if ((isShared && kind !== "aio ring") || kind === "vvar" || kind === "vsyscall") {
        if (place.where !== "not stored") wrong.push(`${at} is ${kind} and stored with the task`);
        continue;
      }
      if (place.where.startsWith("in ")) {
        const found = await memory.crc(place);
        if (found === crc) equal++;
        else if (crc === "-") wrong.push(`${at} is stored and could not be read`);
        else different++;
      } else if (place.where.startsWith("left for the network")) {
        if (!name.startsWith("19-")) wrong.push(`${at} is ${place.where}`);
      } else if (place.where !== "not stored") wrong.push(`${at} is ${place.where}`);
      else if (place.region === undefined) {
        if (!RUNNING.test(name)) wrong.push(`${at} lies in no region`);
      } else if (!flags.includes("f") && crc !== "zero" && crc !== "-" && !RUNNING.test(name)) wrong.push(`${at} is not stored`);
    }
    expect(wrong).toEqual([]);
    expect(equal).toBeGreaterThan(5);
    if (!RUNNING.test(name)) expect(different).toBeLessThanOrEqual(MOST_DIFFERENT);
  });

  test("has places of its runs inside their files, each byte of page contents in one run", async () => {
    const { checkpoint } = await openSample(name);
    const { pageSize } = checkpoint.identity;
    const used = new Map<number, { start: number; end: number }[]>();
    for (const { image, offset, pages, depth } of rawRows(checkpoint, "extents")) {
      if (offset === null) continue;
      const start = offset as number;
      const end = start + (pages as number) * pageSize;
      expect(end).toBeLessThanOrEqual(checkpoint.files[image as number]!.source.size);
      // Pages of parents are only used where the child does not have its own.
      if (depth !== 0) continue;
      used.set(image as number, [...(used.get(image as number) ?? []), { start, end }]);
    }
    for (const [image, runs] of used) {
      let position = 0;
      for (const { start, end } of runs.toSorted((a, b) => a.start - b.start)) {
        expect(start).toBe(position);
        position = end;
      }
      expect(position).toBe(checkpoint.files[image]!.source.size);
    }
  });
});

test("pages of the chains come from each depth", async () => {
  for (const [name, depths] of [["14a-incremental", [0, 1, 2]], ["14c-snapshots", [0, 1, 2]]] as const) {
    const { checkpoint } = await openSample(name);
    const found = new Set(rawRows(checkpoint, "extents").filter(({ offset }) => offset !== null).map(({ depth }) => depth));
    expect([...found].toSorted()).toEqual(depths);
  }
});

test("a chain in a zip goes by its symbolic links, also without the directory of the zip", async () => {
  const files = await sampleFiles("14a-incremental");
  const members = await Promise.all(files.map(async ({ name, link, source }) => ({ name, method: 0, contents: link ?? (await bytesOf(source)), mode: link === undefined ? 0o100644 : 0o120777 })));
  const whole = zip(members);
  const depthsOf = async (bytes: Uint8Array): Promise<(readonly unknown[])[]> => {
    const { checkpoint } = (await openSet([{ name: "chain.zip", source: memorySource(bytes) }]))!;
    const depths = new Set(rawRows(checkpoint, "extents").filter(({ offset }) => offset !== null).map(({ depth }) => depth));
    return [[...depths].toSorted(), checkpoint.diagnostics.list.map(({ code }) => code)];
  };
  expect(await depthsOf(whole)).toEqual([[0, 1, 2], []]);
  // The kind of a member stands in the directory alone: the parents are found by their pages.
  const [depths, codes] = await depthsOf(whole.subarray(0, whole.length - 100));
  expect(depths).toEqual([0, 1, 2]);
  expect(codes).toEqual(expect.arrayContaining(["archive.directory", "chain.guessed"]));
});

test("shared memory is placed by its object: the segments, memfds and anonymous areas of the samples", async () => {
  for (const name of ["10-memory", "10c-memory-criu317", "11-sysv-ipc", "23e-aarch64-memory", "25-criu212-memory", "08-anonfd"]) {
    const { checkpoint } = await openSample(name);
    const objects = rawRows(checkpoint, "memory_objects");
    const stored = new Map<number, number>();
    for (const { memory_object: object, pages } of rawRows(checkpoint, "extents")) if (object !== null) stored.set(object as number, (stored.get(object as number) ?? 0) + (pages as number));
    expect(stored.size).toBeGreaterThan(0);
    for (const [object, pages] of stored) {
      expect([name, objects[object]!["pages"]]).toEqual([name, pages]);
      const size = objects[object]!["size"];
      if (size !== null) expect(pages).toBeLessThanOrEqual(Math.ceil(Number(size) / checkpoint.identity.pageSize));
    }
  }
});

test("a page deep in a large file is opened by its path alone, through the folded groups", async () => {
  const { checkpoint, inspector } = await openSample("15-python3");
  const file = checkpoint.files.findIndex(({ name }) => name.endsWith("pages-1.img"));
  const page = 12_345;
  const owner = await inspector.ownerAt(file, page * checkpoint.identity.pageSize);
  const { root } = (await inspector.explain(owner!.record, [owner!.field.path]))!;
  const open: string[] = [];
  const visit = (node: FieldNode): void => {
    if (node.path === `page.${page}`) open.push(node.path);
    for (const child of node.children ?? []) visit(child);
  };
  visit(root);
  expect([owner!.field.path, open]).toEqual([`page.${page}`, [`page.${page}`]]);
});
