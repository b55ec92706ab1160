/** What must hold of the memory of any checkpoint at all: look at everything, and check the laws. Throws on a breach. */
import type { Inspector, MemoryPiece } from "../../src/core/inspector.ts";

const TOP = 1n << 64n;
/** Address spaces, threads and regions that are looked at. */
const MOST = 3;
/** Milliseconds that a single question may take. */
const SLOW = 3000;
const BAD = /\bundefined\b|\bNaN\b|\[object/;

export async function examineMemory(inspector: Inspector): Promise<void> {
  const { memory } = inspector;
  const { counts } = await inspector.summary();
  for (const { space, label, wordSize } of (await timed("spaces", () => memory.spaces({}))).slice(0, MOST)) {
    const about = `memory of ${label}`;
    if (BAD.test(label) || (wordSize !== 4 && wordSize !== 8)) throw new Error(`${about} has words of ${wordSize}`);
    const pieces = await timed(`${about}: pieces`, () => memory.resolve({ space, start: 0n, end: TOP }));
    expectTiles(pieces, about);
    const map = await timed(`${about}: map`, () => memory.map({ space }));
    const lines = await timed(`${about}: lines`, () => memory.mapLines({ space, from: 0, to: 200 }));
    for (const { start, end, sums, prot, path, why } of lines) {
      // A region has less where an earlier one lies over it.
      if (Object.values(sums).reduce((sum, part) => sum + part, 0n) > end - start) throw new Error(`${about}: the line at ${start} does not add up`);
      if (BAD.test(`${prot} ${path} ${why ?? ""}`)) throw new Error(`${about}: a line reads ${prot} ${path} ${why}`);
    }
    const pieced = pieces.filter(({ kind, region }) => kind !== "unmapped" && region >= 0).reduce((sum, { start, end }) => sum + (end - start), 0n);
    const summed = Object.values(map.sums).reduce((sum, part) => sum + part, 0n);
    // Together they are what is mapped; guards are no part of the sums and lie over other regions.
    if (pieces.length < 65_536 && lines.every(({ kind }) => kind !== "guard") && summed !== pieced) throw new Error(`${about}: the sums are ${summed}, the pieces ${pieced}`);
    const strip = await timed(`${about}: picture`, () => memory.strip({ space, cells: 200 }));
    if (map.mapped > 0n && strip.starts.length === 0) throw new Error(`${about}: an empty picture`);
    const { total, rows } = await timed(`${about}: rows`, () => memory.rows({ space, width: 16, from: 0, to: 300 }));
    if (rows.length !== Math.min(total, 300)) throw new Error(`${about}: ${rows.length} of ${total} rows`);
    for (const [at, row] of rows.entries()) {
      const address = row.kind === "bytes" ? row.address + BigInt(firstBit(row.real)) : row.piece.start;
      const found = await memory.rowOf({ space, width: 16, address });
      if (found !== at) throw new Error(`${about}: row ${at} holds ${address.toString(16)}, which is in row ${found}`);
    }
    for (const piece of pick(pieces, 12)) {
      const end = piece.start + 40n < piece.end ? piece.start + 40n : piece.end;
      const read = await memory.read({ space, start: piece.start, end });
      if (read.bytes.length !== Number(end - piece.start)) throw new Error(`${about}: ${read.bytes.length} bytes at ${piece.start}`);
      if (piece.kind !== "image" && read.bytes.some((byte) => byte !== 0)) throw new Error(`${about}: bytes at ${piece.start}, where there are none`);
      const info = await timed(`${about}: about ${piece.start}`, () => memory.about({ space, address: piece.start }));
      if (info.piece.kind !== piece.kind || BAD.test(info.label)) throw new Error(`${about}: ${piece.start} is ${piece.kind} and ${info.piece.kind}`);
      if (piece.span === undefined) continue;
      const uses = await memory.reverse({ file: piece.span.file, start: piece.span.start, end: piece.span.start + 1 });
      if (!uses.some((use) => use.space === space && use.start === piece.start)) throw new Error(`${about}: nobody uses the byte behind ${piece.start.toString(16)}`);
    }
    const texts = await timed(`${about}: texts`, () => memory.texts({ space }));
    if (BAD.test(texts.why ?? "")) throw new Error(`${about}: ${texts.why}`);
    for (const text of ["heap", "stack", "rsp", "0xffffffffffffffff", "+1", "pages-1.img@0x0"]) await timed(`${about}: ${text}`, () => memory.place({ text, space, address: 0n }));
    await timed(`${about}: search`, () => memory.search({ pattern: { kind: "strings", min: 6, encoding: "ascii" }, scope: { kind: "space", space }, cap: 1000 }));
  }
  for (let thread = 0; thread < Math.min(MOST, counts["threads"] ?? 0); thread++) {
    const registers = await timed("registers", () => memory.registers({ thread }));
    for (const { registers: list } of registers?.groups ?? []) for (const { name, bytes, meaning } of list) if (BAD.test(`${name} ${meaning ?? ""}`) || bytes.length === 0) throw new Error(`register ${name} reads ${meaning}`);
    await timed("stack", () => memory.stack({ thread }));
  }
  for (let task = 0; task < Math.min(MOST, counts["tasks"] ?? 0); task++) {
    // A task without memory or registers is refused with a sentence.
    const plan = await timed("plan of a core", () => memory.corePlan({ task, options: {} }).catch((error: unknown) => error));
    if (plan instanceof Error && !/^[A-Z].*\.$/.test(plan.message)) throw plan;
  }
  await timed("search of everything", () => memory.search({ pattern: { kind: "text", text: "lib", encoding: "any", ignoreCase: true }, scope: { kind: "all" }, cap: 1000 }));
}

function expectTiles(pieces: readonly MemoryPiece[], about: string): void {
  let at = 0n;
  for (const { start, end, kind, span, why, region } of pieces) {
    if (start !== at || end <= start) throw new Error(`${about}: a piece is ${start} to ${end}, expected from ${at}`);
    if ((kind === "image") !== (span !== undefined) || (kind === "image") !== (why === undefined)) throw new Error(`${about}: ${kind} at ${start}, ${why}`);
    if (span !== undefined && BigInt(span.end - span.start) !== end - start) throw new Error(`${about}: ${span.end - span.start} bytes for ${end - start} addresses`);
    if (kind === "unmapped" && region >= 0) throw new Error(`${about}: unmapped in region ${region}`);
    if (BAD.test(why ?? "")) throw new Error(`${about}: ${why}`);
    at = end;
  }
  if (at !== TOP && pieces.length < 65_536) throw new Error(`${about}: pieces end at ${at}`);
}

function firstBit(bits: number): number {
  return bits === 0 ? 0 : 31 - Math.clz32(bits & -bits);
}

function pick<T>(list: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, Math.floor(list.length / most));
  return list.filter((_, at) => at % step === 0).slice(0, most);
}

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await run();
  const took = performance.now() - began;
  if (took > SLOW) throw new Error(`${what} took ${Math.round(took)} ms`);
  return result;
}
