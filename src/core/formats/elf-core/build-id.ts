/** Build ids of mapped programs and libraries: in a note of the ELF image whose first page is in the dump. */
import { hexBytes } from "../../schema/show.ts";
import type { Core } from "./core.ts";
import { HEAD_BYTES, isElf, readHead } from "./elf-file.ts";
import { PT_NOTE } from "./names.ts";
import type { MemoryRows } from "./rows-memory.ts";

/** Files that are looked into, and bytes of each. */
const MOST_FILES = 64;
const MOST_BYTES = 64 * 1024;
const NT_GNU_BUILD_ID = 3;

/** Fill in the build ids of the files table; the one of the program, if it is known. */
export async function findBuildIds(core: Core, { ranges, bytes, files }: MemoryRows, signal?: AbortSignal): Promise<void> {
  const { segments, source } = core.elf;
  const table = core.reader.table("files");
  const seen = new Set<string>();
  for (const [index, { file, path, segment }] of ranges.entries()) {
    if (file < 0 || segment < 0 || path === undefined || seen.has(path) || core.files!.offsets[file] !== 0n) continue;
    const row = files.get(path);
    const present = Math.min(bytes.present[index]!, MOST_BYTES);
    if (row === undefined || present < HEAD_BYTES) continue;
    if (seen.size >= MOST_FILES) break;
    seen.add(path);
    const start = segments.offset[segment]!;
    const id = buildId(await source.read(start, start + Math.min(present, core.abi.pageSize), signal)) ?? (present > core.abi.pageSize ? buildId(await source.read(start, start + present, signal)) : undefined);
    if (id !== undefined) table.set(row, "build_id", id);
  }
}

/** Build id in the beginning of an ELF file, in hex; undefined when it has none, or it lies further on. */
export function buildId(bytes: Uint8Array): string | undefined {
  const head = isElf(bytes) && bytes.length >= HEAD_BYTES ? readHead(bytes) : undefined;
  if (head === undefined || head.wrong.length > 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = head.endian === "little";
  const wide = head.wordSize === 8;
  const size = wide ? 56 : 32;
  const word = (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  for (let index = 0; index < head.phnum; index++) {
    const at = head.phoff + index * size;
    if (at + size > bytes.length) return undefined;
    if (view.getUint32(at, little) !== PT_NOTE) continue;
    const from = word(at + (wide ? 8 : 4));
    const align = word(at + (wide ? 48 : 28)) === 8 ? 8 : 4;
    const end = Math.min(bytes.length, from + word(at + (wide ? 32 : 16)));
    const found = inNotes(view, bytes, from, end, align, little);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inNotes(view: DataView, bytes: Uint8Array, from: number, end: number, align: 4 | 8, little: boolean): string | undefined {
  for (let at = from; at + 12 <= end; ) {
    const nameSize = view.getUint32(at, little);
    const descSize = view.getUint32(at + 4, little);
    const desc = Math.ceil((at + 12 + nameSize - from) / align) * align + from;
    if (desc + descSize > end) return undefined;
    const isGnu = nameSize === 4 && bytes[at + 12] === 0x47 && bytes[at + 13] === 0x4e && bytes[at + 14] === 0x55;
    if (isGnu && view.getUint32(at + 8, little) === NT_GNU_BUILD_ID && descSize <= 64) return hexBytes(bytes.subarray(desc, desc + descSize), 64).replaceAll(" ", "");
    at = Math.ceil((desc + descSize - from) / align) * align + from;
  }
  return undefined;
}

