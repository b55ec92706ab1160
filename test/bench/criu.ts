/** Figures of CRIU sets: a large archive from opening to its tasks, and a pagemap of a million entries. */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { encodeMessage } from "../../src/core/schema/encode-message.ts";
import { compileScan, scanColumns, scanEntries } from "../../src/core/schema/scan-messages.ts";
import { coreEntry, fsEntry, pstreeEntry, taskKobjIdsEntry } from "../../src/core/formats/criu/messages/tasks.ts";
import { fileEntry } from "../../src/core/formats/criu/messages/files.ts";
import { mmEntry, pagemapEntry, pagemapHead } from "../../src/core/formats/criu/messages/memory.ts";
import { inventoryEntry } from "../../src/core/formats/criu/messages/set.ts";
import type { Message } from "../../src/core/schema/message.ts";
import type { MessageInputs } from "../../src/core/schema/encode-message.ts";
import { openCheckpoint } from "../../src/core/index.ts";
import { IMAGE_TYPES, IMG_COMMON_MAGIC } from "../../src/core/formats/criu/image-types.ts";

type Note = (what: string, figure: string, target?: string) => void;

const PAGE = 4096;
export const START = 0x7f00_0000_0000;
const GIB = 1024 ** 3;

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function image(type: string, entries: readonly (readonly [Message, MessageInputs])[]): Uint8Array {
  const magic = IMAGE_TYPES.find(({ name }) => name === type)!.magic!;
  const head = type === "INVENTORY" ? [word(magic)] : [word(IMG_COMMON_MAGIC), word(magic)];
  return joined([...head, ...entries.flatMap(([message, values]) => {
    const body = encodeMessage(message, values);
    return [word(body.length), body];
  })]);
}

const fown = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };

/** A set of one task whose pages are runs of one page with a page between them, in one region. */
export function images(runs: number, region = runs * 2 * PAGE): Map<string, Uint8Array> {
  const map: (readonly [Message, MessageInputs])[] = [[pagemapHead, { pages_id: 1 }]];
  for (let run = 0; run < runs; run++) map.push([pagemapEntry, { vaddr: START + run * 2 * PAGE, compat_nr_pages: 0, flags: 4, nr_pages: 1 }]);
  const reg = (id: number, name: string): readonly [Message, MessageInputs] => [fileEntry, { type: 1, id, reg: { id, flags: 0, pos: 0, fown, name } }];
  const ids = { vm_id: 2, files_id: 2, fs_id: 2, sighand_id: 2 };
  const vma = { start: START, end: START + region, pgoff: 0, shmid: 0, prot: 3, flags: 0x22, status: 0x201, fd: -1 };
  const mm: MessageInputs = {
    ...Object.fromEntries(mmEntry.fields.filter(({ label, type }) => label === "required" && type === "uint64").map(({ name }) => [name, 0])),
    exe_file_id: 1, mm_saved_auxv: [6, PAGE, 0, 0], vmas: [vma],
  };
  return new Map([
    ["inventory.img", image("INVENTORY", [[inventoryEntry, { img_version: 2, fdinfo_per_id: true, ns_per_id: true, root_cg_set: 1 }]])],
    ["pstree.img", image("PSTREE", [[pstreeEntry, { pid: 1, ppid: 0, pgid: 1, sid: 1, threads: [1] }]])],
    ["core-1.img", image("CORE", [[coreEntry, { mtype: 1, tc: { task_state: 1, exit_code: 0, personality: 0, flags: 0, blk_sigset: 0, comm: "bench" } }]])],
    ["ids-1.img", image("IDS", [[taskKobjIdsEntry, ids]])],
    ["fs-1.img", image("FS", [[fsEntry, { cwd_id: 2, root_id: 2 }]])],
    ["mm-1.img", image("MM", [[mmEntry, mm]])],
    ["files.img", image("FILES", [reg(1, "/bin/bench"), reg(2, "/")])],
    ["pagemap-1.img", image("PAGEMAP", map)],
  ]);
}

function header(name: string, size: number): Uint8Array {
  const bytes = new Uint8Array(512);
  const put = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(124, size < 8 * GIB ? `${size.toString(8).padStart(11, "0")}\0` : "");
  if (size >= 8 * GIB) {
    bytes[124] = 0x80;
    new DataView(bytes.buffer).setBigUint64(128, BigInt(size), false);
  }
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\u000000");
  put(148, `${bytes.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return bytes;
}

/** An archive of a set whose page contents are a hole of the file system; where they begin. */
export function writeSet(path: string, pagesBytes: number): number {
  const file = openSync(path, "w");
  let at = 0;
  const put = (bytes: Uint8Array): void => void (at += writeSync(file, bytes, 0, bytes.length, at));
  const one = images(1, pagesBytes);
  // One run that has all the pages, in one region.
  one.set("pagemap-1.img", image("PAGEMAP", [[pagemapHead, { pages_id: 1 }], [pagemapEntry, { vaddr: START, compat_nr_pages: 0, flags: 4, nr_pages: pagesBytes / PAGE }]]));
  for (const [name, bytes] of one) {
    put(header(`checkpoint/${name}`, bytes.length));
    put(bytes);
    at = Math.ceil(at / 512) * 512;
  }
  put(header("checkpoint/pages-1.img", pagesBytes));
  const pagesAt = at;
  ftruncateSync(file, at + pagesBytes + 1024);
  closeSync(file);
  return pagesAt;
}

export async function criuFigures(folder: string, note: Note, peakMemory: <T>(work: () => Promise<T>) => Promise<{ result: T; peak: number }>): Promise<readonly (readonly [string, string])[]> {
  const archives: (readonly [string, string])[] = [];
  for (const gib of [3, 30]) {
    const path = join(folder, `set-${gib}.tar`);
    writeSet(path, gib * GIB);
    const file = await open(path, "r");
    const { size } = await file.stat();
    const source = {
      size,
      async read(start: number, end: number) {
        const buffer = new Uint8Array(Math.max(0, Math.min(end, size) - start));
        await file.read(buffer, 0, buffer.length, start);
        return buffer;
      },
    };
    const began = performance.now();
    const { result, peak } = await peakMemory(async () => await openCheckpoint([{ name: "set.tar", source }]));
    const { counts } = await result.summary();
    note(`${gib} GB tar of a CRIU set: from opening to its tasks`, `${(performance.now() - began).toFixed(0)} ms, ${counts["tasks"]} task, ${(peak / 1048576).toFixed(1)} MiB above start`, "150 ms, 200 MiB");
    await result.close();
    await file.close();
    archives.push([`${gib} GB tar of a CRIU set`, path]);
  }
  await pagemapFigures(note, peakMemory);
  return archives;
}

async function pagemapFigures(note: Note, peakMemory: <T>(work: () => Promise<T>) => Promise<{ result: T; peak: number }>): Promise<void> {
  const runs = 1_000_000;
  const set = images(runs);
  const bytes = set.get("pagemap-1.img")!;
  const scan = compileScan(pagemapEntry, ["vaddr", "compat_nr_pages", "flags", "nr_pages", "in_parent"]);
  const columns = scanColumns(scan, runs);
  const stop = { position: 0, rows: 0, isOdd: false };
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const began = performance.now();
    // Behind the head and the first entry.
    scanEntries(scan, bytes, 14, bytes.length, true, columns, stop);
    times.push(performance.now() - began);
    if (stop.rows !== runs) throw new Error(`${stop.rows} entries were scanned`);
  }
  const median = times.toSorted((a, b) => a - b)[4]!;
  note("pagemap of 1,000,000 entries: decoding", `${(runs / median / 1000).toFixed(1)} M entries/s (median of ${times.length}), first ${(runs / times[0]! / 1000).toFixed(1)}`, "25 M entries/s");
  set.set("pages-1.img", new Uint8Array(0));
  const files = [...set].map(([name, data]) => ({ name, source: { size: name === "pages-1.img" ? runs * PAGE : data.length, read: async (start: number, end: number) => (name === "pages-1.img" ? new Uint8Array(Math.max(0, end - start)) : data.subarray(start, end)) } }));
  const began = performance.now();
  const { result, peak } = await peakMemory(async () => await openCheckpoint(files));
  const ms = performance.now() - began;
  const { counts } = await result.summary();
  note("pagemap of 1,000,000 entries: a set with it, as rows", `${ms.toFixed(0)} ms, ${counts["extents"]} runs, ${(peak / 1048576).toFixed(1)} MiB above start`, "200 MiB");
  await result.close();
}
