/**
 * What stands before a member's own header and changes it: PAX records (of this member and of all), GNU long names.
 * Local records win over global ones, records over long names, long names over the header's fields.
 */
import { quoted } from "./member-path.ts";
import type { ProblemList } from "./problem-list.ts";
import { paxCount, paxTime, readPax, type PaxRecords } from "./pax.ts";
import { readMapText, type SparseMap } from "./sparse.ts";
import { text, type TarHeader } from "./tar-header.ts";

/** Extended headers longer than this are stepped over. The largest real ones are sparse maps and file attributes. Bytes. */
export const MOST_EXTENDED = 4 * 1024 * 1024;

/** Keys that fields of a member hold; what is in none of them is shown as it is. */
const HELD = new Set(["path", "linkpath", "size", "uid", "gid", "uname", "gname", "mtime"]);

/** Records of all members that are kept; git writes one, and nobody a hundred. */
const MOST_GLOBAL = 256;
/** PATH_MAX of Linux: what is said once for all members, and costs with each of them, is no longer. Characters. */
const MOST_GLOBAL_VALUE = 4096;

function isOther(key: string): boolean {
  return !HELD.has(key) && !key.startsWith("GNU.sparse.");
}

function othersOf(records: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const others = new Map<string, string>();
  for (const [key, value] of records) if (isOther(key)) others.set(key, value);
  return others;
}

export class Extended {
  /** Where the first extended header of the next member begins, -1 when there is none. */
  start = -1;
  readonly #global = new Map<string, string>();
  #globalOthers: ReadonlyMap<string, string> | undefined;
  #records: (readonly [string, string])[] = [];
  #merged: Map<string, string> | undefined;
  #name: string | undefined;
  #link: string | undefined;

  /** Take the contents of an extended header of `type` that stands at `start`. */
  take(type: string, bytes: Uint8Array, start: number, problems: ProblemList): void {
    if (type !== "g" && this.start < 0) this.start = start;
    if (type === "L") this.#name = text(bytes, 0, bytes.length);
    else if (type === "K") this.#link = text(bytes, 0, bytes.length);
    else {
      const { records, damage } = readPax(bytes);
      if (damage !== undefined) {
        problems.add("archive.pax", `The extended header at ${start} cannot be read from byte ${damage.at} on: ${damage.why}.`, { start, end: start + 512 + bytes.length });
      }
      if (type === "g") this.#takeGlobal(records, start, start + 512 + bytes.length, problems);
      else for (const record of records) this.#records.push(record);
    }
    this.#merged = undefined;
  }

  /** The member has been made, or will not be: the next one begins with the global records alone. */
  clear(): void {
    if (this.start < 0) return;
    this.start = -1;
    this.#records = [];
    this.#merged = undefined;
    this.#name = undefined;
    this.#link = undefined;
  }

  #takeGlobal(records: PaxRecords["records"], start: number, end: number, problems: ProblemList): void {
    for (const [key, value] of records) {
      if (value.length <= MOST_GLOBAL_VALUE) this.#setGlobal(key, value);
      else problems.add("archive.pax", `The global extended header at ${start} has ${value.length} characters of ${quoted(key)}, more than the ${MOST_GLOBAL_VALUE} that are taken for all members; they are passed over.`, { start, end });
    }
  }

  #setGlobal(key: string, value: string): void {
    this.#globalOthers = undefined;
    if (value === "") this.#global.delete(key);
    else if (this.#global.has(key) || this.#global.size < MOST_GLOBAL) this.#global.set(key, value);
  }

  #get(key: string): string | undefined {
    if (this.#records.length === 0) return this.#global.get(key);
    if (this.#merged === undefined) {
      this.#merged = new Map(this.#global);
      // An empty value takes a record back (POSIX pax, "Extended header").
      for (const [name, value] of this.#records) if (value === "") this.#merged.delete(name);
      else this.#merged.set(name, value);
    }
    return this.#merged.get(key);
  }

  path(header: TarHeader): string {
    return this.#get("GNU.sparse.name") ?? this.#get("path") ?? this.#name ?? header.name;
  }

  link(header: TarHeader): string {
    return this.#get("linkpath") ?? this.#link ?? header.link;
  }

  user(header: TarHeader): string {
    return this.#get("uname") ?? header.user;
  }

  group(header: TarHeader): string {
    return this.#get("gname") ?? header.group;
  }

  /** A count that a record may give in place of the header. NaN when the record is no number. */
  count(key: "size" | "uid" | "gid", inHeader: number | undefined): number | undefined {
    const value = this.#get(key);
    return value === undefined ? inHeader : (paxCount(value) ?? NaN);
  }

  mtime(header: TarHeader): number | undefined {
    const value = this.#get("mtime");
    return value === undefined ? header.mtime : paxTime(value);
  }

  /** Records that no field holds; undefined when there are none. */
  others(): ReadonlyMap<string, string> | undefined {
    // Members without records of their own, of which there may be a million, share those of all.
    const ofAll = (this.#globalOthers ??= othersOf(this.#global));
    if (!this.#records.some(([key]) => isOther(key))) return ofAll.size === 0 ? undefined : ofAll;
    this.#get("path");
    const others = othersOf(this.#merged ?? this.#global);
    return others.size === 0 ? undefined : others;
  }

  /** What the records say of a sparse member: its real size and the map, or that the map stands before the data. */
  sparse(): { readonly size: number | undefined; readonly map: SparseMap | "before-data" | undefined } | undefined {
    const major = this.#get("GNU.sparse.major");
    if (major !== undefined) {
      const size = this.#get("GNU.sparse.realsize");
      const known = major === "1" && this.#get("GNU.sparse.minor") === "0";
      return { size: size === undefined ? undefined : paxCount(size), map: known ? "before-data" : undefined };
    }
    const size = this.#get("GNU.sparse.size");
    if (size === undefined) return undefined;
    const list = this.#get("GNU.sparse.map");
    return { size: paxCount(size), map: list === undefined ? this.#repeatedMap() : readMapText(list) };
  }

  /** Version 0.0 repeats the keys for each entry. */
  #repeatedMap(): SparseMap | undefined {
    const map: SparseMap = [];
    for (const [key, value] of this.#records) {
      if (key !== "GNU.sparse.offset" && key !== "GNU.sparse.numbytes") continue;
      const number = paxCount(value);
      // An offset stands at every even place, a length at every odd one.
      if (number === undefined || (map.length % 2 === 0) !== (key === "GNU.sparse.offset")) return undefined;
      map.push(number);
    }
    return map;
  }
}
