/** Compressed page contents: the same bytes as without compression, and nothing invented where blocks are damaged. */
import { array, assert, asyncProperty, boolean, constant, integer, nat, property, record, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { isLz4Block, unlz4Block } from "../../../../src/core/archive/lz4.ts";
import { headOf } from "../../../../src/core/archive/file-set.ts";
import { RefusedBytes } from "../../../../src/core/bytes/refused-bytes.ts";
import { memorySource, type ByteSource } from "../../../../src/core/bytes/source.ts";
import { joinBytes } from "../../../../src/core/formats/criu/crit/join-bytes.ts";
import { identify } from "../../../../src/core/formats/criu/identify.ts";
import { unpackPages, type UnpackedPages } from "../../../../src/core/formats/criu/unpack-pages.ts";
import type { OpenedFile } from "../../../../src/core/model/checkpoint.ts";
import type { MessageInputs } from "../../../../src/core/schema/encode-message.ts";
import { storedLz4 } from "../../../fixtures/archives/build-capture.ts";
import { withEdited, withBytes } from "../../../support/criu-edit.ts";
import { criuImage } from "../../../support/criu-image.ts";
import { examineSet } from "../../../fuzz/examine-set.ts";
import { bytesOf, openSample, openSet, sampleFiles, type InputFile, type OpenedSet } from "../../../support/criu-open.ts";
import { rawRows } from "../../../support/criu-truth.ts";

const PACKED = "27b-criu43-packed";
const PLAIN = "27a-criu43";

/** A block of one byte that repeats. */
function repeated(byte: number, length: number): Uint8Array {
  const match = length - 1 - 5 - 4;
  const head = [0x1f, byte, 1, 0];
  let left = match - 15;
  for (; left >= 255; left -= 255) head.push(255);
  return joinBytes([Uint8Array.from([...head, left, 0x50]), new Uint8Array(5).fill(byte)]);
}

interface Made {
  readonly files: InputFile[];
  readonly plain: Uint8Array;
}

const PAGE = 4096;

/** A set of an inventory, a pagemap and pages, made of runs of pages, each zeros, noise, one byte, or a text. */
function made(runs: readonly { readonly kinds: readonly number[]; readonly isRaw: boolean; readonly perBlock: number }[]): Made {
  const pagemap: MessageInputs[] = [{ pages_id: 1 }];
  const stored: Uint8Array[] = [];
  const plain: Uint8Array[] = [];
  let at = 0;
  for (const [index, { kinds, isRaw, perBlock }] of runs.entries()) {
    const pages = kinds.map((kind, page) => (kind === 0 ? new Uint8Array(PAGE) : kind === 1 ? Uint8Array.from({ length: PAGE }, (_, byte) => (byte * 131 + page * 7 + index) & 255) : new Uint8Array(PAGE).fill(kind)));
    plain.push(...pages);
    const entry = { vaddr: 0x10000 * (index + 1), compat_nr_pages: 0, nr_pages: pages.length, flags: 4 };
    if (isRaw) {
      const padding = -at & (PAGE - 1);
      stored.push(new Uint8Array(padding), ...pages);
      at += padding + pages.length * PAGE;
      pagemap.push({ ...entry, flags: 12 });
      continue;
    }
    const sizes: number[] = [];
    for (let page = 0; page < pages.length; page += perBlock) {
      const block = joinBytes(pages.slice(page, page + perBlock));
      const own = kinds.slice(page, page + perBlock);
      const packed = own.every((kind) => kind === 0) ? new Uint8Array(0) : own.every((kind) => kind === own[0]) && own[0]! > 1 ? repeated(own[0]!, block.length) : block;
      stored.push(packed);
      sizes.push(packed.length);
      at += packed.length;
    }
    pagemap.push({ ...entry, blocks: { block_sizes: sizes, total_payload_size: sizes.reduce((sum, size) => sum + size, 0), pages_per_block: perBlock } });
  }
  const size = PAGE * (runs.find(({ isRaw }) => !isRaw)?.perBlock ?? 1);
  const files = [
    { name: "inventory.img", source: memorySource(criuImage("INVENTORY", [{ img_version: 3, compress: 1, compress_block_size: size }])) },
    { name: "pagemap-7.img", source: memorySource(criuImage("PAGEMAP", pagemap)) },
    { name: "pages-1.img", source: memorySource(joinBytes(stored)) },
  ];
  return { files, plain: joinBytes(plain) };
}

async function unpackAll(files: readonly InputFile[]): Promise<ReadonlyMap<string, UnpackedPages>> {
  return await unpackPages(await Promise.all(files.map(async ({ name, source }) => ({ file: { path: name, source }, identity: identify(name, await headOf({ source }, 8), source.size) }))));
}

const unpack = async ({ files }: Pick<Made, "files">) => (await unpackAll(files)).get("pages-1.img");

describe("compressed page contents", () => {
  test("of a real set are those of the set before crit compressed it, and every place in it agrees", async () => {
    const [packed, plain] = [await openSample(PACKED), await openSample(PLAIN)];
    const files = async ({ checkpoint }: typeof packed) => await Promise.all(checkpoint.files.filter(({ name }) => name.startsWith("pages-")).map(async ({ name, source }) => [name, Buffer.from(await bytesOf(source)).toString("base64")] as const));
    expect(await files(packed)).toEqual(await files(plain));
    // That the stored bytes of a run begin at a page is all that its flags say besides.
    const runs = ({ checkpoint }: typeof packed) => rawRows(checkpoint, "extents").map((run) => ({ ...run, flags: Number(run["flags"]) & ~8 }));
    expect(runs(packed)).toEqual(runs(plain));
    expect(rawRows(packed.checkpoint, "images").filter(({ path }) => String(path).startsWith("pages-")).map(({ detail }) => String(detail))).toEqual([expect.stringMatching(/^unpacked: .* of LZ4 blocks are stored$/), expect.any(String), expect.any(String)]);
  });

  test("read as what was packed, from any place to any other", async () => {
    const run = record({ kinds: array(integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 9 }), isRaw: boolean(), perBlock: constant(1) });
    const wide = integer({ min: 1, max: 4 }).chain((perBlock) => array(run.map((one) => ({ ...one, perBlock })), { minLength: 1, maxLength: 5 }));
    await assert(
      asyncProperty(wide, nat(), nat(), async (runs, a, b) => {
        const set = made(runs);
        const found = await unpack(set);
        // Runs that are all stored as they are need nothing.
        expect(found === undefined).toBe(runs.every(({ isRaw }) => isRaw));
        const { source, problems } = found ?? { source: set.files[2]!.source, problems: [] };
        expect(problems).toEqual([]);
        expect(source.size).toBe(set.plain.length);
        const [start, end] = [a % (source.size + 1), b % (source.size + 1)].toSorted((x, y) => x - y) as [number, number];
        expect(Buffer.compare(await source.read(start, end), set.plain.subarray(start, end))).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test("that end too early have the pages before that, and the rest is missing", async () => {
    const set = made([{ kinds: [2, 3, 1, 4], isRaw: false, perBlock: 1 }]);
    const whole = await bytesOf(set.files[2]!.source);
    const found = (await unpack({ files: set.files.with(2, { ...set.files[2]!, source: memorySource(whole.slice(0, -1)) }) }))!;
    expect(found.source.size).toBe(3 * PAGE);
    expect(Buffer.compare(await found.source.read(0, 3 * PAGE), set.plain.subarray(0, 3 * PAGE))).toBe(0);
    const cut = (await openSet(await withBytes(await sampleFiles(PACKED), "pages-2.img", (bytes) => bytes.slice(0, -10))))!;
    expect(cut.checkpoint.diagnostics.list.map(({ code }) => code)).toEqual(["pages.short"]);
  });

  test("with a block that cannot be decoded are not known there, and known beside it", async () => {
    const set = made([{ kinds: [2, 3, 4], isRaw: false, perBlock: 1 }]);
    const bytes = await bytesOf(set.files[2]!.source);
    bytes[repeated(2, PAGE).length + 2] = 0xff;
    const { source } = (await unpack({ files: set.files.with(2, { ...set.files[2]!, source: memorySource(bytes) }) }))!;
    await expect(source.read(PAGE, PAGE + 8)).rejects.toThrow(/^Block 1 of the run that begins with page 0 .* cannot be decoded\.$/);
    expect([...(await source.read(PAGE - 2, PAGE))]).toEqual([2, 2]);
    expect([...(await source.read(2 * PAGE, 2 * PAGE + 2))]).toEqual([4, 4]);
  });

  test("with such a block in a set have a hole there, and a problem", async () => {
    const files = await sampleFiles(PACKED);
    const damaged = (await openSet(await withBytes(files, "pages-1.img", (bytes) => {
      const changed = bytes.slice();
      // The second of two blocks.
      changed.fill(0xff, bytes.length - 9, bytes.length - 2);
      return changed;
    })))!;
    const { checkpoint } = damaged;
    expect(checkpoint.diagnostics.list.map(({ code, message }) => [code, message])).toEqual([["pages.blocks", expect.stringMatching(/^pages-1\.img: The blocks of 1 pages cannot be decoded, the first for page 1 of the file\.$/)]]);
    const runs = rawRows(checkpoint, "extents");
    const holes = runs.filter(({ where }) => where === "not known: the stored block cannot be decoded");
    expect(holes.map(({ pages }) => pages)).toEqual([1]);
    expect(runs.reduce((sum, { pages }) => sum + Number(pages), 0)).toBe(rawRows((await openSample(PACKED)).checkpoint, "extents").reduce((sum, { pages }) => sum + Number(pages), 0));
    expect(checkpoint.coverage.total - checkpoint.coverage.explained).toBe(PAGE);
    expect(await examineSet(await withBytes(files, "pages-2.img", (bytes) => bytes.slice().fill(0xff, 5000, 9000)))).toMatchObject({ problems: expect.any(Number) });
  });

  test("is told of LZ4 blocks without decoding them as it is by decoding them", () => {
    assert(
      property(uint8Array({ minLength: 1, maxLength: 60 }), integer({ min: 1, max: 300 }), (block, length) => {
        expect(isLz4Block(block, length)).toBe(unlz4Block(block, new Uint8Array(length), 0, length) === length);
      }),
      { numRuns: 3000 },
    );
    for (const byte of [2, 9]) expect(isLz4Block(repeated(byte, PAGE), PAGE)).toBe(true);
  });

  test("with damaged blocks are searched, read and explained around them", async () => {
    const { checkpoint, inspector } = (await openSet(await sampleFiles(PACKED)))!;
    const pages = checkpoint.files.findIndex(({ name }) => name === "pages-2.img");
    const known = checkpoint.files[pages]!;
    // As of a set of which more is stored than is looked at when it is opened.
    const hole = { start: 2 * PAGE, end: 3 * PAGE };
    const read: ByteSource["read"] = async (start, end) => (start < hole.end && end > hole.start ? await Promise.reject(new RefusedBytes("Block 1 cannot be decoded.", hole)) : await known.source.read(start, end));
    (checkpoint.files as OpenedFile[])[pages] = { ...known, source: { size: known.source.size, read } };
    const whole = (await openSample(PACKED)).inspector;
    const request = { pattern: { kind: "hex", text: "7f 45 4c 46" }, scope: { kind: "all" }, cap: 1000 } as const;
    const [found, expected] = [await inspector.memory.search(request), await whole.memory.search(request)];
    expect(found.hits).toBe(expected.hits);
    expect([found.searched, found.absent]).toEqual([expected.searched - PAGE, expected.absent + BigInt(PAGE)]);
    const records = checkpoint.tables.get("records");
    const record = Array.from({ length: records.length }, (_, at) => at).find((at) => records.number(at, "file") === pages)!;
    const tree = await checkpoint.decoder.explain(record, () => true);
    expect(tree.children!.flatMap(({ path, role, text }) => (role === undefined ? [] : [[path, text]]))).toEqual([["page.2", expect.stringMatching(/: Block 1 cannot be decoded\.$/)]]);
    const extents = rawRows(checkpoint, "extents");
    const run = extents.find(({ image, offset, pages: count }) => image === pages && Number(offset) <= 2 * PAGE && Number(offset) + Number(count) * PAGE > 3 * PAGE)!;
    const damagedPage = BigInt(run["start"] as bigint) + BigInt(2 * PAGE - Number(run["offset"]));
    const { bytes, pieces } = await inspector.memory.read({ space: 0, start: damagedPage, end: damagedPage + BigInt(2 * PAGE) });
    expect([bytes.length, bytes.subarray(0, PAGE).every((byte) => byte === 0)]).toEqual([2 * PAGE, true]);
    expect(pieces).toMatchObject([{ kind: "absent", end: damagedPage + BigInt(PAGE), why: "missing: Block 1 cannot be decoded." }, { kind: "image", start: damagedPage + BigInt(PAGE) }]);
    await inspector.close();
  });

  test("that cannot be had at all leave the rest of the set open", async () => {
    const files = setOf(PAGE, { blocks: { block_sizes: [100, 100], total_payload_size: 200, pages_per_block: 1 } }, new Uint8Array(200));
    const source = { size: 200, read: async () => await Promise.reject(new RefusedBytes("It is encrypted.")) };
    const found = (await unpack({ files: files.with(2, { ...files[2]!, source }) }))!;
    expect([found.source.size, found.problems, found.damaged]).toEqual([2 * PAGE, [], []]);
  });

  test("whose list of blocks contradicts itself are not guessed", async () => {
    const wrong: readonly (readonly [string, MessageInputs, RegExp])[] = [
      ["too few blocks", { block_sizes: [10], total_payload_size: 10, pages_per_block: 1 }, /has 1 blocks instead of 2/],
      ["another sum", { block_sizes: [10, 20], total_payload_size: 31, pages_per_block: 1 }, /has blocks of 30 bytes together and says 31/],
      ["a block that is too large", { block_sizes: [10, 5000], total_payload_size: 5010, pages_per_block: 1 }, /has a block of 5,000 bytes, more than it holds/],
      ["blocks of no pages", { block_sizes: [10, 20], total_payload_size: 30, pages_per_block: 0 }, /has blocks of 0 pages/],
      ["blocks without end", { block_sizes: [10], total_payload_size: 10, pages_per_block: 0xffff_ffff }, /has blocks of 4,294,967,295 pages/],
    ];
    for (const [what, blocks, problem] of wrong) {
      const files = [
        { name: "inventory.img", source: memorySource(criuImage("INVENTORY", [{ img_version: 3, compress_block_size: 4096 }])) },
        { name: "pagemap-7.img", source: memorySource(criuImage("PAGEMAP", [{ pages_id: 1 }, { vaddr: 4096, compat_nr_pages: 0, nr_pages: 1, flags: 4, blocks: { block_sizes: [0], total_payload_size: 0, pages_per_block: 1 } }, { vaddr: 0x10000, compat_nr_pages: 0, nr_pages: 2, flags: 4, blocks }])) },
        { name: "pages-1.img", source: memorySource(new Uint8Array(30)) },
      ];
      const found = (await unpack({ files }))!;
      expect(found.problems, what).toEqual([expect.stringMatching(problem)]);
      expect(found.source.size, what).toBe(PAGE);
    }
    const planted = (await openSet(await withEdited(await sampleFiles(PACKED), (await sampleFiles(PACKED)).find(({ name }) => name.startsWith("pagemap-") && !name.includes("shmem"))!.name, (entries) => {
      const entry = entries.find(({ message }) => !(message instanceof Uint8Array) && message["blocks"] !== undefined)!.message as { blocks: { total_payload_size: number } };
      entry.blocks.total_payload_size++;
    })))!;
    expect(planted.checkpoint.diagnostics.list.map(({ code }) => code)).toContain("pages.blocks");
  });

  test("are looked for in images of their types alone, whatever their names", async () => {
    const files = [
      { name: "inventory.img", source: memorySource(criuImage("PAGEMAP", [{ pages_id: 1 }])) },
      { name: "pagemap-7.img", source: memorySource(criuImage("INVENTORY", [{ img_version: 3 }])) },
    ];
    expect(await unpack({ files })).toBeUndefined();
    expect(await unpack({ files: [files[1]!, { ...files[1]!, name: "inventory.img" }, { name: "pages-1.img", source: memorySource(new Uint8Array(10)) }] })).toBeUndefined();
  });

  test("are unpacked without an inventory, and under other names", async () => {
    const files = await sampleFiles(PACKED);
    const plain = await openSample(PLAIN);
    const pagesOf = async ({ checkpoint }: OpenedSet) => await Promise.all(checkpoint.files.filter(({ name }) => name.includes("pages-")).map(async ({ source }) => Buffer.from(await bytesOf(source)).toString("base64")));
    const expected = await pagesOf(plain);
    const renamed = (from: string, to: string): InputFile[] => files.map((file) => (file.name === from ? { ...file, name: to } : file));
    const sets: readonly (readonly [string, readonly InputFile[], readonly string[]])[] = [
      ["no inventory", files.filter(({ name }) => name !== "inventory.img"), ["set.no-inventory"]],
      ["another name of the inventory", renamed("inventory.img", "inventory (1).img"), ["set.image-guess"]],
      ["another name of a pagemap", renamed("pagemap-10258.img", "x"), ["set.image-guess"]],
      ["another name of page contents", renamed("pages-2.img", "pages-2 (1).img"), ["set.image-guess"]],
    ];
    for (const [what, inputs, codes] of sets) {
      const set = (await openSet(inputs))!;
      expect(set.checkpoint.diagnostics.list.map(({ code }) => code), what).toEqual(codes);
      expect(await pagesOf(set), what).toEqual(expected);
    }
  });

  const entry = { vaddr: 4096, compat_nr_pages: 0, nr_pages: 2, flags: 4 };
  const setOf = (blockSize: number, run: MessageInputs, pages: Uint8Array): InputFile[] => [
    { name: "inventory.img", source: memorySource(criuImage("INVENTORY", [{ img_version: 3, compress_block_size: blockSize }])) },
    { name: "pagemap-7.img", source: memorySource(criuImage("PAGEMAP", [{ pages_id: 1 }, { ...entry, ...run }])) },
    { name: "pages-1.img", source: memorySource(pages) },
  ];

  test("have pages of 4,096 bytes where the inventory says what no machine has", async () => {
    for (const [blockSize, perBlock] of [[0, 1], [1, 1], [0xffff_ffff, 1], [4096, 3]] as const) {
      const found = (await unpack({ files: setOf(blockSize, { nr_pages: perBlock, blocks: { block_sizes: [0], total_payload_size: 0, pages_per_block: perBlock } }, new Uint8Array(0)) }))!;
      expect(found.source.size).toBe(perBlock * PAGE);
      expect(found.problems).toEqual([expect.stringMatching(/^pagemap-7\.img: blocks of \d pages have [\d,]+ bytes by the inventory, which no pages have together: pages of 4,096 bytes are assumed\.$/)]);
    }
  });

  test("of which nothing is known are there all the same", async () => {
    const set = (await openSet(setOf(4096, { blocks: { block_sizes: [7, 7], total_payload_size: 15, pages_per_block: 1 } }, new Uint8Array(14))))!;
    const messages = set.checkpoint.diagnostics.list.filter(({ code }) => code.startsWith("pages.")).map(({ message }) => message);
    expect(messages).toEqual([expect.stringMatching(/^pages-1\.img: .* has blocks of 14 bytes together and says 15: /), "pages-1.img has 0 of the 8,192 bytes that pagemap-7.img needs: 2 pages are missing, from the address 0x1000 on."]);
  });

  test("of a pagemap without blocks are as they are stored, whatever the size of the blocks of others", async () => {
    expect(await unpack({ files: setOf(4 * PAGE, { flags: 12 }, new Uint8Array(2 * PAGE).fill(7)) })).toBeUndefined();
  });

  test("may begin like pages of old versions", async () => {
    const blocks = { block_sizes: [100, 0], total_payload_size: 100, pages_per_block: 1 };
    const set = (await openSet(setOf(PAGE, { blocks }, Uint8Array.from({ length: 100 }, (_, at) => [0x25, 0x40, 0x08, 0x56][at] ?? 0))))!;
    expect(set.checkpoint.files.find(({ name }) => name === "pages-1.img")!.source.size).toBe(2 * PAGE);
    expect(rawRows(set.checkpoint, "images").find(({ path }) => path === "pages-1.img")!["kind"]).toBe("PAGES");
  });

  test("whose file gives less than it had are not zeros", async () => {
    const stored = { size: PAGE, read: async () => await Promise.resolve(new Uint8Array(10)) };
    const files = setOf(PAGE, { nr_pages: 1, blocks: { block_sizes: [PAGE], total_payload_size: PAGE, pages_per_block: 1 } }, new Uint8Array(0));
    const { source } = (await unpack({ files: files.with(2, { ...files[2]!, source: stored }) }))!;
    await expect(source.read(0, PAGE)).rejects.toThrow("The file with the page contents ended while it was read.");
  });

  test("of a billion pages of zeros cost nothing", async () => {
    const files = [
      { name: "inventory.img", source: memorySource(criuImage("INVENTORY", [{ img_version: 3, compress_block_size: 4 * 1024 * 1024 }])) },
      { name: "pagemap-7.img", source: memorySource(criuImage("PAGEMAP", [{ pages_id: 1 }, { vaddr: 4096, compat_nr_pages: 0, nr_pages: 1024 * 1000, flags: 4, blocks: { block_sizes: Array.from({ length: 1000 }, () => 0), total_payload_size: 0, pages_per_block: 1024 } }])) },
      { name: "pages-1.img", source: memorySource(storedLz4(new Uint8Array(10))) },
    ];
    const found = (await unpack({ files }))!;
    expect(found.source.size).toBe(1024 * 1000 * PAGE);
    expect(found.problems).toEqual([expect.stringMatching(/^The file has \d+ bytes behind its last block\.$/)]);
    expect((await found.source.read(found.source.size - 10, found.source.size)).length).toBe(10);
  });
});
