/**
 * What the container deleted from its image: Podman and CRI-O list it; layers have whiteouts, which are empty files `.wh.NAME`
 * beside where NAME was, and `.wh..wh..opq` in a folder of which nothing but what the layer has is left (OCI image
 * specification).
 */
import { baseName, folderOf } from "../../archive/file-set.ts";
import { labelOf } from "../../archive/member-path.ts";
import type { SetReader } from "../../model/set-reader.ts";
import { jsonRow, text, type At } from "./json-rows.ts";

const WHITEOUT = ".wh.";
export const OPAQUE = ".wh..wh..opq";

export function isWhiteout(path: string): boolean {
  return baseName(path).startsWith(WHITEOUT);
}

/** Rows from the engine's list and from whiteouts among the members that are changes of the root file system. */
export function deletedRows(reader: SetReader, list: readonly At[]): void {
  for (const at of list) jsonRow(reader, "deleted_files", at, { path: text(at), how: "listed" }, "source");
  const members = reader.tables.find("members");
  if (members === undefined) return;
  const deleted = reader.table("deleted_files");
  for (let member = 0; member < members.length; member++) {
    const path = members.text(member, "path") ?? "";
    if (!isWhiteout(path) || !isRootChange(members.text(member, "change"))) continue;
    const isOpaque = baseName(path) === OPAQUE;
    const folder = folderOf(labelOf(path));
    const gone = isOpaque ? folder : `${folder === "" ? "" : `${folder}/`}${baseName(path).slice(WHITEOUT.length)}`;
    const row = deleted.add();
    deleted.set(row, "path", `/${gone}`);
    deleted.set(row, "how", isOpaque ? "contents" : "whiteout");
    deleted.set(row, "base", "");
    deleted.set(row, "record", members.number(member, "record"));
    deleted.set(row, "source", members.number(member, "image"));
  }
}

/** Volumes and /dev/shm may hold files with such names, which stand for themselves there. */
function isRootChange(change: string | undefined): boolean {
  return change === "deleted" || change === "hides what was in the folder";
}
