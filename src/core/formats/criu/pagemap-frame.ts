/** Cuts a pagemap into records and columns, a window at a time: a pagemap may have millions of entries. */
import type { Window } from "../../bytes/window.ts";
import type { FileAt } from "../../model/set-reader.ts";
import { compileScan, scanColumns, scanEntries, type ScanColumns, type ScanStop } from "../../schema/scan-messages.ts";
import type { MessageValue } from "../../schema/decode-message.ts";
import type { CriuSet, ImageFile } from "./criu-set.ts";
import { walkEntries, type Entry } from "./entries.ts";
import { decodeOptions, keep, reportWalk } from "./frame-entries.ts";
import { pagemapEntry } from "./messages/memory.ts";
import { normalFlags, Pagemap } from "./pagemap.ts";

const FIELDS = ["vaddr", "compat_nr_pages", "flags", "nr_pages", "in_parent"] as const;
const SCAN = compileScan(pagemapEntry, FIELDS);
const [VADDR, COMPAT, FLAGS, PAGES, IN_PARENT] = [0, 1, 2, 3, 4];
const seenField = FIELDS.map((name) => pagemapEntry.byName.get(name)!);

/** Entries that are scanned at once. */
const BLOCK = 32_768;

/** Walk from behind the head; the position where the walk ended. */
export async function framePagemap(set: CriuSet, image: ImageFile, from: number, window: Window, at: FileAt): Promise<number> {
  const { file, source, reader, signal } = at;
  const walk = { onProblem: (problem: Parameters<typeof reportWalk>[1]) => reportWalk(image, problem, at), decode: () => decodeOptions(set, image, window, at), signal };
  let position = await walkEntries(window, image.type, from, { ...walk, onEntry: (entry) => void keep(image, entry, at), most: 1 });
  const head = image.entries[0]?.value;
  if (head === undefined) return position;
  const map = new Pagemap(file, reader.table("records").length, head.number("pages_id", -1));
  image.pagemap = map;
  const columns = scanColumns(SCAN, BLOCK);
  const stop: ScanStop = { position: 0, rows: 0, isOdd: false };
  // The type of every entry but the first, which has been read.
  const rest = { ...image.type, first: pagemapEntry };
  while (position < source.size) {
    if (!window.has(position, 4) || position + 4 > window.end) await window.load(position, 4, signal);
    scanEntries(SCAN, window.bytes, position - window.start, window.bytes.length, set.little, columns, stop);
    append(set, map, columns, stop.rows, window.start, window.start + stop.position, at);
    const before = position;
    position = window.start + stop.position;
    if (position > before) continue;
    // An entry that is cut by the window's end, or that the scan leaves to the decoder.
    const size = source.size - position >= 4 && window.has(position, 4) ? window.u32(position) : -1;
    if (!stop.isOdd && size >= 0 && position + 4 + size <= source.size && !window.has(position, size + 4)) {
      await window.load(position, size + 4, signal);
      continue;
    }
    const next = await walkEntries(window, rest, position, { ...walk, onEntry: (entry) => addDecoded(map, entry, at), most: 1 });
    if (next === position) break;
    position = next;
  }
  return position;
}

/** Rows of a scan as entries and records. */
function append(set: CriuSet, map: Pagemap, columns: ScanColumns, rows: number, base: number, end: number, { file, reader }: FileAt): void {
  const { low, high, present, start } = columns;
  const nameId = reader.nameId(pagemapEntry.name);
  map.reserve(rows);
  let seen = 0;
  for (let row = 0; row < rows; row++) {
    const has = present[row]!;
    seen |= has;
    const pages = (has & (1 << PAGES)) !== 0 ? high[PAGES]![row]! * 0x1_0000_0000 + low[PAGES]![row]! : (has & (1 << COMPAT)) === 0 ? 0 : low[COMPAT]![row]!;
    const inParent = (has & (1 << IN_PARENT)) !== 0 && (low[IN_PARENT]![row]! | high[IN_PARENT]![row]!) !== 0;
    const flags = normalFlags((has & (1 << FLAGS)) === 0 ? undefined : low[FLAGS]![row]!, inParent);
    const isNamed = (has & (1 << VADDR)) !== 0;
    map.add(isNamed ? low[VADDR]![row]! : 0, isNamed ? high[VADDR]![row]! : 0, pages, flags);
    reader.add(file, base + start[row]!, row + 1 < rows ? base + start[row + 1]! : end, nameId);
  }
  for (const [slot, field] of seenField.entries()) if ((seen & (1 << slot)) !== 0) set.fieldsSeen.add(field);
}

function addDecoded(map: Pagemap, entry: Entry, { file, reader }: FileAt): void {
  reader.add(file, entry.start, entry.end, reader.nameId(entry.message.name));
  const { value } = entry;
  const address = value.big("vaddr") ?? 0n;
  map.reserve(1);
  map.add(Number(address & 0xffff_ffffn), Number(address >> 32n), pagesOf(value), normalFlags(value.has("flags") ? value.number("flags") : undefined, value.flag("in_parent")));
}

/** Before 4.2 the number of pages was in field 2, which newer writers set to 0. */
export function pagesOf(value: MessageValue): number {
  return value.has("nr_pages") ? value.number("nr_pages") : value.number("compat_nr_pages");
}
