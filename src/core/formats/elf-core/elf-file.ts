/**
 * The skeleton of an ELF core: header, program headers as columns, section headers. Every position is held against the size of
 * the file; what is wrong is noted and the rest read on.
 */
import type { ByteSource } from "../../bytes/source.ts";
import { coreLayout, EM, type CoreLayout } from "../../machine/core-layout.ts";
import type { Abi } from "../../schema/abi.ts";
import { ET_CORE, MANY_HEADERS, PT_NOTE } from "./names.ts";

/** Program headers that are read. Linux allows 65,530 mappings unless told otherwise. */
export const MOST_HEADERS = 1_000_000;
const MOST_SECTIONS = 100_000;
/** First headers that are asked where the data begin, when the true count is gone. */
const ASKED = 64;
const PIECE = 4 * 1024 * 1024;

/** What the first 64 bytes say, or fail to say. */
export interface ElfHead {
  readonly wordSize: 4 | 8;
  readonly endian: "little" | "big";
  readonly type: number;
  readonly machine: number;
  readonly version: number;
  readonly phoff: number;
  readonly shoff: number;
  readonly flags: number;
  readonly phentsize: number;
  readonly phnum: number;
  readonly shentsize: number;
  readonly shnum: number;
  readonly shstrndx: number;
  /** Fields of the first 16 bytes that are wrong, in words. */
  readonly wrong: readonly string[];
}

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];

export const HEAD_BYTES = 64;

export function isElf(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Undefined when the bytes do not begin like an ELF file, or end before the type. */
export function readHead(bytes: Uint8Array): ElfHead | undefined {
  if (!isElf(bytes) || bytes.length < 20) return undefined;
  const padded = new Uint8Array(HEAD_BYTES);
  padded.set(bytes.subarray(0, HEAD_BYTES));
  const view = new DataView(padded.buffer);
  const wrong: string[] = [];
  const data = padded[5];
  // Where the byte order is not said, the type says it: it is 4 in one of the two.
  const endian = data === 1 ? "little" : data === 2 ? "big" : view.getUint16(16, false) === ET_CORE ? "big" : "little";
  if (data !== 1 && data !== 2) wrong.push(`the byte order is ${data}`);
  const little = endian === "little";
  const kind = padded[4];
  const wordSize = kind === 1 ? 4 : kind === 2 ? 8 : view.getUint16(42, little) === 32 ? 4 : 8;
  if (kind !== 1 && kind !== 2) wrong.push(`the class is ${kind}`);
  if (padded[6] !== 1) wrong.push(`the version is ${padded[6]}`);
  const word = (at32: number, at64: number): number => (wordSize === 8 ? Number(view.getBigUint64(at64, little)) : view.getUint32(at32, little));
  const half = (at32: number): number => view.getUint16(wordSize === 8 ? at32 + 12 : at32, little);
  return {
    wordSize,
    endian,
    type: view.getUint16(16, little),
    machine: view.getUint16(18, little),
    version: view.getUint32(20, little),
    phoff: word(28, 32),
    shoff: word(32, 40),
    flags: view.getUint32(wordSize === 8 ? 48 : 36, little),
    phentsize: half(42),
    phnum: half(44),
    shentsize: half(46),
    shnum: half(48),
    shstrndx: half(50),
    wrong,
  };
}

/** Program headers as columns; positions and sizes beyond 2^53 are rounded, and lie beyond any file. */
export interface Segments {
  readonly count: number;
  readonly type: Uint32Array;
  readonly flags: Uint32Array;
  readonly offset: Float64Array;
  readonly vaddr: BigUint64Array;
  readonly filesz: Float64Array;
  readonly memsz: BigUint64Array;
  readonly align: Float64Array;
}

export interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

export interface ElfCore {
  readonly source: ByteSource;
  readonly head: ElfHead;
  readonly abi: Abi;
  readonly layout: CoreLayout | undefined;
  /** `x86_64`, `i386`, or `ELF machine 43`. */
  readonly machine: string;
  readonly headSize: number;
  /** Bytes from one program header to the next, and of what is read of each. */
  readonly stride: number;
  readonly entrySize: number;
  readonly segments: Segments;
  /** Program headers that the file announces; `undefined` when what says so is cut off. */
  readonly announced: number | undefined;
  readonly sections: readonly Section[];
  readonly sectionStride: number;
}

const NAMES: ReadonlyMap<number, string> = new Map([[EM.SPARC, "sparc"], [EM.SPARCV9, "sparc64"], [EM.S390, "s390"], [EM.RISCV, "riscv32"]]);

export async function readElf(source: ByteSource, signal?: AbortSignal): Promise<ElfCore | undefined> {
  const head = readHead(await source.read(0, HEAD_BYTES, signal));
  if (head === undefined) return undefined;
  const { wordSize, endian } = head;
  const layout = coreLayout(head.machine, wordSize);
  const machine = layout?.name ?? NAMES.get(head.machine) ?? `ELF machine ${head.machine}`;
  const abi: Abi = { endian, longSize: wordSize, u64Align: layout?.u64Align ?? 8, pageSize: 4096, architecture: layout?.machine ?? machine, revision: 0 };
  const headSize = Math.min(source.size, wordSize === 8 ? 64 : 52);
  const entrySize = wordSize === 8 ? 56 : 32;
  const stride = Math.max(entrySize, head.phentsize);
  const { announced, count } = await countHeaders(source, head, stride, entrySize, signal);
  const room = head.phoff === 0 || head.phoff >= source.size ? 0 : Math.floor((source.size - head.phoff + stride - entrySize) / stride);
  const segments = await readSegments(source, head, Math.min(count, room, MOST_HEADERS), stride, entrySize, signal);
  const sectionStride = Math.max(wordSize === 8 ? 64 : 40, head.shentsize);
  const sections = await readSections(source, head, sectionStride, signal);
  return { source, head, abi, layout, machine, headSize, stride, entrySize, segments, announced, sections, sectionStride };
}

/** How many program headers there are: in the header, in section header 0, or as many as fit before the data. */
async function countHeaders(source: ByteSource, head: ElfHead, stride: number, entrySize: number, signal?: AbortSignal): Promise<{ readonly announced: number | undefined; readonly count: number }> {
  if (head.phnum !== MANY_HEADERS) return { announced: head.phnum, count: head.phnum };
  const at = head.shoff + (head.wordSize === 8 ? 44 : 28);
  const little = head.endian === "little";
  if (head.shoff > 0 && at + 4 <= source.size) {
    const bytes = await source.read(at, at + 4, signal);
    const announced = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, little);
    return { announced, count: announced };
  }
  const first = await readSegments(source, head, Math.min(ASKED, Math.max(0, Math.floor((source.size - head.phoff) / stride))), stride, entrySize, signal);
  let begin = Infinity;
  for (let index = 0; index < first.count; index++) {
    const offset = first.offset[index]!;
    if (offset > head.phoff && (first.filesz[index]! > 0 || first.type[index] === PT_NOTE)) begin = Math.min(begin, offset);
  }
  return { announced: undefined, count: begin === Infinity ? first.count : Math.floor((begin - head.phoff) / stride) };
}

async function readSegments(source: ByteSource, head: ElfHead, count: number, stride: number, entrySize: number, signal?: AbortSignal): Promise<Segments> {
  const segments: Segments = {
    count,
    type: new Uint32Array(count), flags: new Uint32Array(count), offset: new Float64Array(count), vaddr: new BigUint64Array(count),
    filesz: new Float64Array(count), memsz: new BigUint64Array(count), align: new Float64Array(count),
  };
  const little = head.endian === "little";
  const perPiece = Math.max(1, Math.floor(PIECE / stride));
  for (let from = 0; from < count; from += perPiece) {
    const to = Math.min(count, from + perPiece);
    const start = head.phoff + from * stride;
    const bytes = await source.read(start, start + (to - from - 1) * stride + entrySize, signal);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = from; index < to; index++) {
      const at = (index - from) * stride;
      segments.type[index] = view.getUint32(at, little);
      if (head.wordSize === 8) {
        segments.flags[index] = view.getUint32(at + 4, little);
        segments.offset[index] = Number(view.getBigUint64(at + 8, little));
        segments.vaddr[index] = view.getBigUint64(at + 16, little);
        segments.filesz[index] = Number(view.getBigUint64(at + 32, little));
        segments.memsz[index] = view.getBigUint64(at + 40, little);
        segments.align[index] = Number(view.getBigUint64(at + 48, little));
      } else {
        segments.offset[index] = view.getUint32(at + 4, little);
        segments.vaddr[index] = BigInt(view.getUint32(at + 8, little));
        segments.filesz[index] = view.getUint32(at + 16, little);
        segments.memsz[index] = BigInt(view.getUint32(at + 20, little));
        segments.flags[index] = view.getUint32(at + 24, little);
        segments.align[index] = view.getUint32(at + 28, little);
      }
    }
  }
  return segments;
}

async function readSections(source: ByteSource, head: ElfHead, stride: number, signal?: AbortSignal): Promise<readonly Section[]> {
  if (head.shoff === 0 || head.shoff >= source.size || head.shnum === 0) return [];
  const room = Math.floor((source.size - head.shoff) / stride);
  const count = Math.min(head.shnum, room, MOST_SECTIONS);
  if (count === 0) return [];
  const bytes = await source.read(head.shoff, head.shoff + count * stride, signal);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = head.endian === "little";
  return Array.from({ length: count }, (_, index) => {
    const at = index * stride;
    const word = (at32: number, at64: number): number => (head.wordSize === 8 ? Number(view.getBigUint64(at + at64, little)) : view.getUint32(at + at32, little));
    return { type: view.getUint32(at + 4, little), offset: word(16, 24), size: word(20, 32) };
  });
}
