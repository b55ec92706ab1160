/**
 * Large linux-cr images as lists of pieces: small ones hold bytes, large ones are holes, as page contents are for an index.
 * Written to disk they are sparse files, so that 1 GB costs no gigabyte.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { buildImage } from "../../src/core/formats/linux-cr/build.ts";
import { makeDialect } from "../../src/core/formats/linux-cr/dialect.ts";
import { writeRecord, type RecordValues } from "../../src/core/formats/linux-cr/write.ts";
import { ByteWriter } from "../../src/core/schema/encode.ts";

export interface Piece {
  readonly bytes: Uint8Array;
  /** Zero bytes that follow. */
  readonly hole: number;
}

const OPTIONS = { revision: "v21", architecture: "x86_64", endian: "little" } as const;
const PAGES_PER_CHUNK = 8192;
const PAGE = 4096;

function dialect(): ReturnType<typeof makeDialect> {
  return makeDialect(OPTIONS);
}

function encode(records: readonly RecordValues[]): Uint8Array {
  const out = new ByteWriter();
  const made = dialect();
  for (const record of records) writeRecord(made, record, out);
  return out.finish();
}

/** One task with one large region, of which so many pages are saved, in chunks as the kernel writes them. */
export function pageImage(pages: number): Piece[] {
  const start = 0x7f00_0000_0000n;
  const model = buildImage({
    ...OPTIONS,
    tasks: [{ pid: 1, name: "large", regions: [{ start, end: start + BigInt(pages * 2) * BigInt(PAGE), prot: "rw-p", kind: "anonymous", pages: [] }] }],
  });
  const at = model.records.findIndex(({ kind }) => kind === "PGARR");
  const pieces: Piece[] = [{ bytes: encode(model.records.slice(0, at)), hole: 0 }];
  for (let done = 0; done < pages; done += PAGES_PER_CHUNK) {
    const count = Math.min(PAGES_PER_CHUNK, pages - done);
    const head = encode([{ kind: "PGARR", values: { nr_pages: count } }]);
    const buffer = new Uint8Array(8 + count * 8);
    const view = new DataView(buffer.buffer);
    view.setUint32(0, 4, true);
    view.setUint32(4, 8 + count * (8 + PAGE), true);
    // Every other group of sixteen pages: runs, as real memory has them.
    for (let index = 0; index < count; index++) {
      const page = done + index;
      view.setBigUint64(8 + index * 8, start + BigInt(page + Math.floor(page / 16) * 4) * BigInt(PAGE), true);
    }
    pieces.push({ bytes: new Uint8Array([...head, ...buffer]), hole: count * PAGE });
  }
  pieces.push({ bytes: encode(model.records.slice(at)), hole: 0 });
  return pieces;
}

/** One task with so many open files: four small records each. */
export function smallRecordImage(files: number): Piece[] {
  const model = buildImage({ ...OPTIONS, tasks: [{ pid: 1, name: "small", regions: [], fds: [{ fd: 0 }] }] });
  const table = model.records.findIndex(({ kind }) => kind === "FILE_TABLE");
  const before = encode(model.records.slice(0, table));
  const made = dialect();
  const type = (name: string): number => made.kinds.typeOf(name)!;
  const out = new ByteWriter();
  writeRecord(made, { kind: "FILE_TABLE", values: { fdt_nfds: files + 1 } }, out);
  const after = encode(model.records.slice(table + 1));
  const name = "/srv/data/file-0000000\0";
  const stride = 16 + 48 + 8 + name.length + 24;
  const body = new Uint8Array(files * stride);
  const view = new DataView(body.buffer);
  for (let index = 0; index < files; index++) {
    const objref = 100 + index;
    let at = index * stride;
    view.setUint32(at, type("OBJREF"), true);
    view.setUint32(at + 4, 16, true);
    view.setUint32(at + 8, 4 - 1, true);
    view.setInt32(at + 12, objref, true);
    at += 16;
    view.setUint32(at, type("FILE"), true);
    view.setUint32(at + 4, 48, true);
    view.setUint32(at + 8, 1, true);
    view.setUint32(at + 12, 0x1d, true);
    at += 48;
    view.setUint32(at, type("FILE_NAME"), true);
    view.setUint32(at + 4, 8 + name.length, true);
    for (let char = 0; char < name.length; char++) body[at + 8 + char] = name.charCodeAt(char);
    const digits = String(index).padStart(7, "0");
    for (let char = 0; char < 7; char++) body[at + 8 + 15 + char] = digits.charCodeAt(char);
    at += 8 + name.length;
    view.setUint32(at, type("FILE_DESC"), true);
    view.setUint32(at + 4, 24, true);
    view.setInt32(at + 8, objref, true);
    view.setInt32(at + 12, index + 10, true);
  }
  return [{ bytes: before, hole: 0 }, { bytes: out.finish(), hole: 0 }, { bytes: body, hole: 0 }, { bytes: after, hole: 0 }];
}

export function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { bytes, hole }) => sum + bytes.length + hole, 0);
}

export function writeSparse(path: string, pieces: readonly Piece[]): void {
  const file = openSync(path, "w");
  try {
    let at = 0;
    for (const { bytes, hole } of pieces) {
      writeSync(file, bytes, 0, bytes.length, at);
      at += bytes.length + hole;
    }
    ftruncateSync(file, at);
  } finally {
    closeSync(file);
  }
}
