/** Sets that are small and were made to cost much: what is shown of them, in time that their size allows. */
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { criuImage, type CriuEntry } from "../../../support/criu-image.ts";
import { openSet, type InputFile, type OpenedSet } from "../../../support/criu-open.ts";
import { rawRows } from "../../../support/criu-truth.ts";

const PAGE = 4096;
const file = (name: string, bytes: Uint8Array): InputFile => ({ name, source: memorySource(bytes) });
const link = (name: string, target: string): InputFile => ({ name, link: target, source: memorySource(new Uint8Array(0)) });
const image = (name: string, type: string, entries: readonly CriuEntry[]): InputFile => file(name, criuImage(type, entries));
const inventory = (folder = ""): InputFile => file(`${folder}inventory.img`, criuImage("INVENTORY", [{ img_version: 2 }], { head: "none" }));
const task = (pid: number, threads: readonly number[] = [pid], ppid = 0) => ({ pid, ppid, pgid: pid, sid: pid, threads });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

/** Open in at most so many seconds, look, close. */
async function opened(seconds: number, inputs: readonly InputFile[], look: (set: OpenedSet) => void, name?: string): Promise<void> {
  const began = performance.now();
  const set = (await openSet(inputs, name))!;
  expect((performance.now() - began) / 1000).toBeLessThan(seconds);
  look(set);
  await set.inspector.close();
}

const codesOf = ({ checkpoint }: OpenedSet): string[] => checkpoint.diagnostics.list.map(({ code }) => code);

describe("pages of an incremental dump", () => {
  const vma = (start: number, end: number) => ({ start: BigInt(start), end: BigInt(end), pgoff: 0n, shmid: 0n, prot: 3, flags: 0x22, status: 0x201, fd: -1 });
  const run = (address: number, pages: number, flags: number) => ({ vaddr: BigInt(address), nr_pages: BigInt(pages), flags });
  const dump = (vmas: readonly ReturnType<typeof vma>[], child: readonly ReturnType<typeof run>[], parent: readonly ReturnType<typeof run>[], pages: number): InputFile[] => [
    inventory("b/"), image("b/pstree.img", "PSTREE", [task(1)]), image("b/core-1.img", "CORE", [{ mtype: 1 }]), image("b/mm-1.img", "MM", [{ mm_start_code: 0n, vmas }]),
    image("b/pagemap-1.img", "PAGEMAP", [{ pages_id: 1 }, ...child]), link("b/parent", "../a"),
    inventory("a/"), image("a/pagemap-1.img", "PAGEMAP", [{ pages_id: 1 }, ...parent]), file("a/pages-1.img", new Uint8Array(pages * PAGE)),
  ];

  test("one run over many regions and many runs of the parent", async () => {
    const count = 60_000;
    const at = (index: number): number => (1 + 2 * index) * PAGE;
    const inputs = dump(times(count, (index) => vma(at(index), at(index) + PAGE)), [run(PAGE, 2 * count, 1)], times(count, (index) => run(at(index), 1, 4)), count);
    await opened(12, inputs, ({ checkpoint }) => {
      expect(rawRows(checkpoint, "regions").every(({ pages }) => pages === 1)).toBe(true);
      const stored = rawRows(checkpoint, "extents").filter(({ where }) => where === "in the parent 1 up");
      expect(stored.map(({ region }) => region)).toEqual(times(count, (index) => index));
    }, "b");
  });

  test("regions and runs that all overlap each other", async () => {
    const count = 40_000;
    const inputs = dump(times(count, (index) => vma((1 + index) * PAGE, (count + 10) * PAGE)), times(count, (index) => run((1 + index) * PAGE, count - index, 4)), [], 0);
    await opened(10, [...inputs, file("b/pages-1.img", new Uint8Array(PAGE))], (set) => {
      expect(codesOf(set)).toContain("pagemap.order");
      expect(rawRows(set.checkpoint, "extents").length).toBeGreaterThan(count - 1);
    }, "b");
  });

  test("a parent whose runs do not ascend is walked to a limit, which is said at the run where it was met", async () => {
    const count = 50_000;
    const inputs = dump([vma(PAGE, 100 * PAGE)], times(count, () => run(10 * PAGE, 2, 1)), times(count, () => run(10 * PAGE, 1, 4)), count);
    await opened(20, inputs, (set) => {
      const limit = set.checkpoint.diagnostics.list.find(({ code }) => code === "limit.records")!;
      expect(limit.message).toMatch(/^Runs of pages of task 1 and its parents overlap each other in more than 200,000,000 places/);
      expect(set.checkpoint.files[limit.span!.file]!.name).toBe("b/pagemap-1.img");
      // Numbers that were not counted to the end are not given.
      expect(rawRows(set.checkpoint, "spaces")[0]!["pages"]).toBeNull();
      expect(rawRows(set.checkpoint, "regions")[0]!["unsaved"]).toMatch(/^not known/);
      const place = set.checkpoint.diagnostics.list.find(({ message }) => message.startsWith("In the parent 1 up"))!;
      expect(set.checkpoint.files[place.span!.file]!.name).toBe("a/pagemap-1.img");
    }, "b");
  });
});
