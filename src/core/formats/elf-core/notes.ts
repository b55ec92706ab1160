/**
 * Notes of a core, in the order of the file. Each is three words (size of the owner's name, size of the description, number),
 * the name, and the description; both are padded to 4 bytes in either class, whatever p_align says.
 */
import { Window } from "../../bytes/window.ts";
import { decodeText } from "../../schema/show.ts";
import type { ElfCore } from "./elf-file.ts";
import { PT_NOTE } from "./names.ts";
import { NT } from "../../machine/note-numbers.ts";
import { noteType, type NoteType } from "./note-types.ts";

/** Notes that are listed; the rest of the segment is one record. */
export const MOST_NOTES = 1_000_000;
/** Bytes of an owner's name that are read. */
const MOST_NAME = 256;
/** Bytes of a description that are kept. NT_FILE has at most 4 MiB unless the kernel was told otherwise. */
const MOST_KEPT = 64 * 1024 * 1024;
/** Bytes of all of them together: segments may name the same bytes again and again. */
const MOST_KEPT_TOGETHER = 512 * 1024 * 1024;

export interface Note {
  /** Positions in the file: of the note, of its description, and one past the padding behind it. */
  readonly start: number;
  readonly descStart: number;
  readonly descSize: number;
  readonly end: number;
  readonly owner: string;
  readonly number: number;
  readonly type: NoteType | undefined;
  /** Which of the threads, in the order of NT_PRSTATUS; -1 for notes before the first, and for those of the process. */
  readonly thread: number;
  /** The description, for those that feed rows. */
  readonly desc: Uint8Array | undefined;
}

/** A stretch of a note segment that holds no note. */
export interface NoteDamage {
  readonly start: number;
  readonly end: number;
  readonly why: string;
}

export interface Notes {
  readonly list: readonly Note[];
  readonly damage: readonly NoteDamage[];
  readonly threads: number;
  /** Segments of notes, and those of them that the file ends before, or within. */
  readonly segments: number;
  readonly cutSegments: number;
  /** Notes beyond the limit were left out. */
  readonly isCapped: boolean;
}

/** Descriptions that rows are made of. Registers are looked up when somebody asks. */
const KEPT: ReadonlySet<string> = new Set([
  ...[NT.PRSTATUS, NT.PRPSINFO, NT.AUXV, NT.SIGINFO, NT.FILE].map((type) => `CORE/${type}`),
  ...[NT.TLS386, NT.ARM_TLS, NT.ARM_SYSTEM_CALL, NT.XSAVE_LAYOUT, NT.S390_SYSTEM_CALL].map((type) => `LINUX/${type}`),
]);

const align4 = (size: number): number => size + ((4 - (size % 4)) % 4);

export async function readNotes({ source, abi, segments }: ElfCore, signal?: AbortSignal): Promise<Notes> {
  const window = new Window(source);
  window.little = abi.endian === "little";
  const list: Note[] = [];
  const damage: NoteDamage[] = [];
  let threads = 0;
  let count = 0;
  let cutSegments = 0;
  let isCapped = false;
  let kept = 0;
  /** Where the notes that are known end: a hostile file may name the same bytes in many segments. */
  const seen = new Set<number>();
  for (let segment = 0; segment < segments.count; segment++) {
    if (segments.type[segment] !== PT_NOTE) continue;
    count++;
    const offset = segments.offset[segment]!;
    const wanted = offset + segments.filesz[segment]!;
    const end = Math.min(wanted, source.size);
    if (wanted > source.size) cutSegments++;
    if (seen.has(offset)) continue;
    seen.add(offset);
    let at = offset;
    while (at < end && !isCapped) {
      if (list.length >= MOST_NOTES) {
        isCapped = true;
        damage.push({ start: at, end, why: `only the first ${MOST_NOTES} notes are listed` });
        break;
      }
      if (at + 12 > end) {
        damage.push({ start: at, end, why: `${end - at} bytes are too few for a note` });
        break;
      }
      if (!window.has(at, 12)) await window.load(at, 12, signal);
      const nameSize = window.u32(at);
      const descSize = window.u32(at + 4);
      const number = window.u32(at + 8);
      const descStart = at + 12 + align4(nameSize);
      if (descStart + descSize > end) {
        damage.push({ start: at, end, why: wanted > source.size ? "the file ends inside the note" : `the note asks for ${nameSize} bytes of name and ${descSize} of description, ${end - at - 12} are left` });
        break;
      }
      const nameRead = Math.min(nameSize, MOST_NAME);
      if (!window.has(at + 12, nameRead)) await window.load(at + 12, nameRead, signal);
      const name = window.slice(at + 12, at + 12 + nameRead);
      const nul = name.indexOf(0);
      const owner = decodeText(nul < 0 ? name : name.subarray(0, nul));
      const type = noteType(owner, number);
      if (owner === "CORE" && number === NT.PRSTATUS) threads++;
      let desc: Uint8Array | undefined;
      if (KEPT.has(`${owner}/${number}`) && descSize <= MOST_KEPT && kept + descSize <= MOST_KEPT_TOGETHER) {
        kept += descSize;
        if (!window.has(descStart, descSize)) await window.load(descStart, descSize, signal);
        desc = window.slice(descStart, descStart + descSize).slice();
      }
      const next = Math.min(end, descStart + align4(descSize));
      list.push({ start: at, descStart, descSize, end: next, owner, number, type, thread: type?.ofThread === false && !(owner === "CORE" && number === NT.SIGINFO) ? -1 : threads - 1, desc });
      at = next;
    }
  }
  return { list, damage, threads, segments: count, cutSegments, isCapped };
}
