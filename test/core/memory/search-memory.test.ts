/** Search over whole checkpoints, against grep on the raw memory of each region and against a plain look at every byte. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { MemoryInspector, SearchHit, SearchPattern, SearchScope } from "../../../src/core/inspector.ts";
import { openSample } from "../../support/criu-open.ts";
import { rawRows } from "../../support/criu-truth.ts";

async function find(memory: MemoryInspector, pattern: SearchPattern, scope: SearchScope): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  const done = await memory.search({ pattern, scope, cap: 100_000 }, { onPiece: (piece) => void hits.push(...piece) });
  expect([done.hits, done.capped]).toEqual([hits.length, false]);
  return hits;
}

const text = (wanted: string, ignoreCase = false): SearchPattern => ({ kind: "text", text: wanted, encoding: "utf-8", ignoreCase });

/** Offsets at which grep finds something; matches do not overlap there. */
function grep(bytes: Uint8Array, ...words: readonly string[]): number[] {
  const found = spawnSync("grep", ["-abo", ...words], { input: bytes, maxBuffer: 1 << 28, env: { LC_ALL: "C" } });
  // Each match is on a line, and may hold anything but a line end.
  return [...found.stdout.toString("latin1").matchAll(/^(\d+):/gm)].map((match) => Number(match[1]));
}

async function rawRegion(memory: MemoryInspector, space: number, start: bigint, end: bigint): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  await memory.save({ space, start, end, fill: true }, { onPiece: (bytes) => void pieces.push(bytes.slice()) });
  return Buffer.concat(pieces);
}

describe.each(["01-simple", "05-unix-sockets", "10-memory", "14a-incremental", "18-compat32", "20b-nginx"])("%s", (name) => {
  test("what grep finds in the raw memory of each region is found, at its address", async () => {
    const { checkpoint, inspector } = await openSample(name);
    const { memory } = inspector;
    let total = 0;
    for (const region of rawRows(checkpoint, "regions").keys()) {
      const { space, start, end } = rawRows(checkpoint, "regions")[region] as { space: number; start: bigint; end: bigint };
      if (space !== 0 || end - start > 1n << 24n || (await memory.resolve({ space, start, end })).every(({ kind }) => kind !== "image")) continue;
      const raw = await rawRegion(memory, space, start, end);
      for (const [pattern, ...words] of [
        [text("PATH="), "-F", "PATH="],
        [text("GLIBC", true), "-Fi", "GLIBC"],
        [{ kind: "regex", source: "[a-z]{3}/[a-z]+", ignoreCase: false }, "-E", "[a-z]{3}/[a-z]+"],
        [{ kind: "hex", text: "7f 45 4c 46" }, "-P", "\\x7fELF"],
      ] as const) {
        const hits = await find(memory, pattern, { kind: "region", region });
        total += hits.length;
        expect([words, hits.map(({ address }) => Number(address - start))]).toEqual([words, grep(raw, ...words)]);
        for (const { address, length, context, contextAt, file, offset, owner } of hits) {
          const at = Number(address - start);
          expect([...context.subarray(contextAt, contextAt + length)]).toEqual([...raw.subarray(at, at + length)]);
          expect([...(await inspector.bytes(file, offset, offset + 1))]).toEqual([raw[at]]);
          expect(owner).toMatch(/^\d+ .*: /);
        }
      }
    }
    expect(total).toBeGreaterThan(5);
  });

  test("everything at once is searched once: the same bytes of the files are not given twice", async () => {
    const { inspector } = await openSample(name);
    const hits = await find(inspector.memory, text("a"), { kind: "all" });
    const places = hits.map(({ file, offset }) => `${file} ${offset}`);
    expect(new Set(places).size).toBe(places.length);
    const spaces = await inspector.memory.spaces({});
    // Whatever a space finds is among them, by its place in the files.
    const all = new Set(places);
    for (const { space } of spaces) for (const { file, offset } of await find(inspector.memory, text("a"), { kind: "space", space })) expect(all.has(`${file} ${offset}`)).toBe(true);
  });
});

test("a match goes on from one run of pages to the next, wherever the pages stand", async () => {
  for (const name of ["14a-incremental", "14c-snapshots", "10-memory"]) {
    const { inspector } = await openSample(name);
    const { memory } = inspector;
    let borders = 0;
    for (const { space } of await memory.spaces({})) {
      const pieces = (await memory.resolve({ space, start: 0n, end: 1n << 64n })).filter(({ kind }) => kind === "image");
      for (const [index, { start }] of pieces.entries()) {
        const before = pieces[index - 1];
        if (before?.end !== start || borders >= 40) continue;
        const { bytes } = await memory.read({ space, start: start - 8n, end: start + 8n });
        if (bytes.every((byte) => byte === 0)) continue;
        const hex = Buffer.from(bytes).toString("hex");
        const hits = await find(memory, { kind: "hex", text: hex }, { kind: "range", space, start: start - 4096n, end: start + 4096n });
        // Matches do not overlap: where the bytes repeat themselves, an earlier one may reach into this.
        expect(hits.some(({ address }) => address <= start - 8n && address + 16n > start - 8n)).toBe(true);
        borders++;
      }
    }
    expect(borders).toBeGreaterThan(0);
  }
});

test("what waits in pipes and sockets and what deleted files held is found, with the row that it belongs to", async () => {
  const ghosts = await openSample("07-files-locks");
  for (const [name, table] of [["04-pipes", "pipes"], ["05-unix-sockets", "socket_buffers"], ["11-sysv-ipc", "messages"], ["07-files-locks", "remaps"]] as const) {
    const { checkpoint, inspector } = await openSample(name);
    let found = 0;
    for (const [row, { offset, bytes, image, record }] of rawRows(checkpoint, table).entries()) {
      if (offset === null || !(Number(bytes) > 0)) continue;
      const file = image === null || image === undefined ? checkpoint.tables.get("records").number(record as number, "file") : (image as number);
      const contents = await inspector.bytes(file, Number(offset), Number(offset) + Math.min(24, Number(bytes)));
      const hits = await find(inspector.memory, { kind: "hex", text: Buffer.from(contents).toString("hex") }, { kind: "all" });
      expect(hits.filter((hit) => hit.where === "data" && hit.row?.table === table && hit.row.row === row && hit.offset === offset)).toHaveLength(1);
      found++;
    }
    expect([name, found > 0]).toEqual([name, true]);
  }
  // A ghost file in pieces: every piece is searched, at its place in the file.
  const { scattered } = ghosts.checkpoint;
  expect(scattered!.length).toBeGreaterThan(0);
  for (const { at, span, row } of scattered!) {
    const contents = await ghosts.inspector.bytes(span.file, span.start, span.start + 16);
    const hits = await find(ghosts.inspector.memory, { kind: "hex", text: Buffer.from(contents).toString("hex") }, { kind: "all" });
    expect(hits.some((hit) => hit.where === "data" && hit.row?.row === row && hit.address === BigInt(at) && hit.offset === span.start)).toBe(true);
  }
});

test("pointers into a region are those words that a look at every word finds", async () => {
  const { checkpoint, inspector } = await openSample("02-threads");
  const { memory } = inspector;
  const { start, end } = rawRows(checkpoint, "regions").find(({ path }) => path === "[heap]") as { start: bigint; end: bigint };
  const hits = await find(memory, { kind: "pointer", from: start, to: end }, { kind: "space", space: 0 });
  const wanted: bigint[] = [];
  for (const piece of await memory.resolve({ space: 0, start: 0n, end: 1n << 64n })) {
    if (piece.kind !== "image") continue;
    const { bytes } = await memory.read({ space: 0, start: piece.start, end: piece.end });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const word = view.getBigUint64(at, true);
      if (word >= start && word < end) wanted.push(piece.start + BigInt(at));
    }
  }
  expect(wanted.length).toBeGreaterThan(10);
  expect(hits.map(({ address }) => address)).toEqual(wanted);
});

test("a pattern that is none is refused with a sentence, and a search ends when it is told to", async () => {
  const { inspector } = await openSample("01-simple");
  const ask = async (pattern: SearchPattern): Promise<unknown> => await inspector.memory.search({ pattern, scope: { kind: "all" }, cap: 10 }).catch((error: unknown) => error);
  for (const pattern of [text(""), { kind: "hex", text: "4" }, { kind: "hex", text: "xy" }, { kind: "regex", source: "(", ignoreCase: false }, { kind: "integer", text: "256", width: 1, byteOrder: "little", aligned: false }] satisfies SearchPattern[]) {
    const answer = await ask(pattern);
    expect(answer).toBeInstanceOf(Error);
    expect((answer as Error).message).toMatch(/^[A-Z“].*\.$/);
  }
  const { capped, hits } = await inspector.memory.search({ pattern: { kind: "hex", text: "00" }, scope: { kind: "all" }, cap: 7 });
  expect([capped, hits]).toEqual([true, 7]);
  const controller = new AbortController();
  const ended = inspector.memory.search({ pattern: text("x"), scope: { kind: "all" }, cap: 10 }, { signal: controller.signal });
  controller.abort();
  await expect(ended).rejects.toThrow();
});
