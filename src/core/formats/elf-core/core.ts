/** An opened core while its rows are made: the skeleton, the notes, the records, and what was found out on the way. */
import type { SetReader } from "../../model/set-reader.ts";
import type { Abi } from "../../schema/abi.ts";
import type { ElfCore } from "./elf-file.ts";
import type { FileNote } from "./file-note.ts";
import { readFileNote } from "./file-note.ts";
import { PT_LOAD } from "./names.ts";
import { NT } from "../../machine/note-numbers.ts";
import type { Note, Notes } from "./notes.ts";

/** Place of the file in the set: a core is one file. */
export const FILE = 0;

export function viewOf(desc: Uint8Array): DataView {
  return new DataView(desc.buffer, desc.byteOffset, desc.byteLength);
}

export interface AuxvEntry {
  readonly type: number;
  readonly value: bigint;
}

export class Core {
  readonly elf: ElfCore;
  readonly notes: Notes;
  readonly abi: Abi;
  readonly reader: SetReader;
  /** First record of each note, program header and segment; -1 where its bytes belong to another. */
  readonly noteRecords: Int32Array;
  readonly headerRecords: Int32Array;
  readonly segmentRecords: Int32Array;
  readonly auxv: readonly AuxvEntry[];
  /** The first NT_FILE that can be read, and its note. */
  readonly files: FileNote | undefined;
  readonly filesNote: number;
  /** Notes of each thread, in the order of the file; the first is NT_PRSTATUS. */
  readonly threadNotes: readonly (readonly number[])[];

  constructor(elf: ElfCore, notes: Notes, reader: SetReader) {
    this.elf = elf;
    this.notes = notes;
    this.reader = reader;
    this.noteRecords = new Int32Array(notes.list.length).fill(-1);
    this.headerRecords = new Int32Array(elf.segments.count).fill(-1);
    this.segmentRecords = new Int32Array(elf.segments.count).fill(-1);
    this.auxv = readAuxv(this.note("CORE", NT.AUXV)?.desc, elf.abi);
    this.filesNote = notes.list.findIndex(({ owner, number, desc }) => owner === "CORE" && number === NT.FILE && desc !== undefined);
    this.files = this.filesNote < 0 ? undefined : readFileNote(notes.list[this.filesNote]!.desc!, elf.abi);
    this.abi = { ...elf.abi, pageSize: pageSizeOf(elf, this.auxv, this.files) };
    const threadNotes: number[][] = Array.from({ length: notes.threads }, () => []);
    for (const [index, { thread }] of notes.list.entries()) if (thread >= 0) threadNotes[thread]!.push(index);
    this.threadNotes = threadNotes;
  }

  /** First note of a kind. */
  note(owner: string, number: number): Note | undefined {
    return this.notes.list.find((note) => note.owner === owner && note.number === number);
  }

  noteIndex(owner: string, number: number): number {
    return this.notes.list.findIndex((note) => note.owner === owner && note.number === number);
  }

  /** Note of a thread, by its place in the list; -1 for none. */
  threadNote(thread: number, owner: string, number: number): number {
    return this.threadNotes[thread]?.find((index) => this.notes.list[index]!.owner === owner && this.notes.list[index]!.number === number) ?? -1;
  }

  noteRecord(index: number): number {
    return index < 0 ? -1 : this.noteRecords[index]!;
  }

  auxvValue(type: number): bigint | undefined {
    return this.auxv.find((entry) => entry.type === type)?.value;
  }
}

/** Pairs up to the end marker, which is left out. */
function readAuxv(desc: Uint8Array | undefined, abi: Abi): readonly AuxvEntry[] {
  if (desc === undefined) return [];
  const view = viewOf(desc);
  const little = abi.endian === "little";
  const width = abi.longSize;
  const word = (at: number): bigint => (width === 8 ? view.getBigUint64(at, little) : BigInt(view.getUint32(at, little)));
  const entries: AuxvEntry[] = [];
  for (let at = 0; at + 2 * width <= desc.length && entries.length < MOST_AUXV; at += 2 * width) {
    const type = word(at);
    if (type === 0n) break;
    entries.push({ type: type > 0xffff_ffffn ? -1 : Number(type), value: word(at + width) });
  }
  return entries;
}

/** The kernel writes about twenty. */
const MOST_AUXV = 10_000;

const AT_PAGESZ = 6;

function isPageSize(size: bigint): boolean {
  return size >= 512n && size <= 0x100_0000n && (size & (size - 1n)) === 0n;
}

/** Page size: as the program was told, as the kernel counts file offsets, as the segments are aligned, else 4096. */
function pageSizeOf({ segments }: ElfCore, auxv: readonly AuxvEntry[], files: FileNote | undefined): number {
  const told = auxv.find(({ type }) => type === AT_PAGESZ)?.value ?? files?.unit ?? 0n;
  if (isPageSize(told)) return Number(told);
  for (let segment = 0; segment < Math.min(segments.count, 64); segment++) {
    const align = segments.align[segment]!;
    if (segments.type[segment] === PT_LOAD && Number.isSafeInteger(align) && isPageSize(BigInt(align))) return align;
  }
  return 4096;
}
