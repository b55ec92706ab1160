/** Kinds of files that are no images: logs, texts, JSON, archives, links. */
import { MOST_MEMBERS, openArchive, sniff, type ArchiveProblem, type OpenedArchive } from "../../archive/archive.ts";
import { baseName, headOf, type SetFile } from "../../archive/file-set.ts";
import { bytesKind } from "../../model/kinds/bytes-kind.ts";
import { compressedKind } from "../../model/kinds/compressed-kind.ts";
import { jsonKind } from "../../model/kinds/json-kind.ts";
import { tarKind } from "../../model/kinds/tar-kind.ts";
import { textKind } from "../../model/kinds/text-kind.ts";
import type { FileKind, SetReader } from "../../model/set-reader.ts";

/** Compressed archives of a set are inflated to list what is in them, up to this size. Contents are not kept. */
const MOST_COMPRESSED = 64 * 1024 * 1024;
const MOST_INFLATED = 256 * 1024 * 1024;

/** What all archives of a set may take together; a set has a handful of them. Bytes, and members that become rows. */
const MOST_INFLATED_TOGETHER = 1024 * 1024 * 1024;

/** Lists the archives of one set. */
export class ArchiveLister {
  #inflatedLeft: number;
  #membersLeft: number;

  constructor(mostInflated = MOST_INFLATED_TOGETHER, mostMembers = MOST_MEMBERS) {
    this.#inflatedLeft = mostInflated;
    this.#membersLeft = mostMembers;
  }

  /**
   * The archive that a file of the set is, if it can be listed at small cost. `onProblem` hears what is wrong with it, also
   * where nothing could be listed.
   */
  async list(file: SetFile, onProblem: (problem: ArchiveProblem) => void, signal?: AbortSignal): Promise<OpenedArchive | undefined> {
    if (file.source.size < 20 || (await headOf(file, 8, signal)).length === 0) return undefined;
    const kind = await sniff(file.source);
    if (kind === undefined || kind === "zip" || kind === "capture") return undefined;
    if (kind !== "tar" && file.source.size > MOST_COMPRESSED) return undefined;
    if (this.#membersLeft <= 0 || (kind !== "tar" && this.#inflatedLeft <= 0)) {
      const why = this.#membersLeft <= 0 ? "have as many members as are listed" : "inflate to as many bytes as are looked through";
      onProblem({ code: this.#membersLeft <= 0 ? "archive.members" : "archive.limit", message: `The archive is not listed: those before it ${why}.` });
      return undefined;
    }
    const opened = await openArchive(baseName(file.path), file.source, { inflateLimit: Math.min(MOST_INFLATED, this.#inflatedLeft), mostMembers: this.#membersLeft, listOnly: true }, () => {}, signal);
    for (const problem of opened?.problems ?? []) onProblem(problem);
    if (opened !== undefined && opened.compression !== "none") this.#inflatedLeft -= opened.source.size;
    if (opened?.kind !== "tar") return undefined;
    this.#membersLeft -= opened.members.length;
    return opened;
  }
}

/** Kind of a file by its contents; archives are those that were listed. */
export function besideKind(file: SetFile, head: Uint8Array, archive: OpenedArchive | undefined): FileKind {
  if (file.link !== undefined) return bytesKind("link", true, `Symbolic link to ${file.link}.`);
  if (archive !== undefined) return archive.compression === "none" ? tarKind(archive) : compressedKind("archive", archive.compression, "A compressed archive that belongs to the checkpoint.");
  if (isText(head)) {
    const first = head.find((byte) => byte > 0x20);
    if (first === 0x7b || first === 0x5b) return jsonKind("JSON", "JSON beside the images.");
    return textKind("text", "Text beside the images.");
  }
  return bytesKind("bytes", false, "No reader knows what this is.");
}

/** Texts have no control characters but white space. */
export function isText(head: Uint8Array): boolean {
  return head.length > 0 && head.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13 || byte === 27);
}

/** Rows for the members of an archive that belongs to the checkpoint. */
export function memberRows(reader: SetReader, file: number, name: string, archive: OpenedArchive, change: (path: string) => string | undefined): void {
  const table = reader.table("members");
  const isPlain = archive.compression === "none";
  // A record for each part of a plain tar; of a compressed one only the file as a whole.
  const records = new Map<number, number>();
  if (isPlain) for (const [index, part] of archive.parts.entries()) if (part.kind === "header" && part.member >= 0) records.set(part.member, reader.firstRecord(file) + index);
  for (const [index, member] of archive.members.entries()) {
    const row = table.add();
    table.set(row, "path", member.path);
    table.set(row, "type", member.kind);
    table.set(row, "change", change(member.path));
    if (member.kind === "file") table.set(row, "size", member.size);
    table.set(row, "mode", member.mode);
    table.set(row, "uid", member.uid);
    table.set(row, "gid", member.gid);
    table.set(row, "modified", member.mtime);
    table.set(row, "link", member.link);
    table.set(row, "archive", name);
    table.set(row, "image", file);
    table.set(row, "record", records.get(index) ?? reader.firstRecord(file));
    const [stretch] = member.data ?? [];
    if (!isPlain || stretch === undefined || member.data!.length !== 1) continue;
    table.set(row, "offset", stretch.start);
    table.set(row, "bytes", stretch.end - stretch.start);
  }
}
