/** An archive that belongs to a checkpoint, such as the changes of a root file system: its headers and contents as records. */
import type { OpenedArchive, PartKind } from "../../archive/opened-archive.ts";
import type { FieldNode } from "../../inspector.ts";
import { PLAIN_ABI } from "../../schema/abi.ts";
import { bytes, chars, padding, path, struct } from "../../schema/define.ts";
import { explainStruct } from "../../schema/explain.ts";
import { describeText } from "../../schema/show.ts";
import type { Struct } from "../../schema/schema.ts";
import type { FileKind } from "../set-reader.ts";

/** The header of a member (POSIX.1-1988 with the fields of GNU tar): numbers are octal digits. */
const tarHeader: Struct = struct("tar header", {
  name: chars(100, "Name, or its end when the prefix is used", path),
  mode: chars(8, "Permission bits, octal"),
  uid: chars(8, "Owner, octal"),
  gid: chars(8, "Group, octal"),
  size: chars(12, "Bytes of contents, octal, or base-256 with the top bit set"),
  mtime: chars(12, "Seconds since 1970, octal"),
  chksum: chars(8, "Sum of the bytes of the header, with spaces in place of itself"),
  typeflag: chars(1, "0 file, 1 hard link, 2 symlink, 3 and 4 devices, 5 directory, 6 FIFO, x and g PAX, L and K GNU long names, S sparse"),
  linkname: chars(100, "Target of a link", path),
  magic: chars(6),
  version: chars(2),
  uname: chars(32, "Name of the owner"),
  gname: chars(32, "Name of the group"),
  devmajor: chars(8),
  devminor: chars(8),
  prefix: chars(155, "Beginning of the name; in GNU headers times and the sparse map", path),
  pad: bytes(12, padding),
});

const NAMES: Readonly<Record<PartKind, string>> = {
  header: "tar header", pax: "PAX header", "global-pax": "global PAX header", "long-name": "long name", "long-link": "long link name", "sparse-map": "sparse map",
  contents: "contents", padding: "padding", end: "end of archive", trailing: "after the archive", unknown: "unknown bytes", marker: "marker",
  "zip-local": "zip local header", "zip-central": "zip directory", "zip-end": "zip end",
};

const MOST_READ = 1024 * 1024;

/** `opened` must be the archive that the file is, uncompressed: its parts are the records. */
export function tarKind(opened: OpenedArchive): FileKind {
  return {
    name: "tar archive",
    async frame({ file, reader }) {
      for (const part of opened.parts) {
        const name = part.kind === "contents" ? `contents of ${opened.members[part.member]?.path ?? "?"}` : NAMES[part.kind];
        reader.add(file, part.start, part.end, reader.nameId(name));
        if (part.kind === "unknown" || part.kind === "trailing") reader.leave(file, part.start, part.end);
      }
    },
    async explain({ file, source }, index, extent, open): Promise<FieldNode> {
      const part = opened.parts[index];
      const { start, end } = extent;
      const data = await source.read(start, Math.min(end, start + MOST_READ));
      const name = NAMES[part?.kind ?? "unknown"];
      const node: FieldNode = { name, path: "", span: extent, type: "bytes", text: `${end - start} bytes`, value: null };
      switch (part?.kind) {
        case "header":
          return explainStruct(tarHeader, name, start, end, { abi: PLAIN_ABI, file, origin: start, param: 0, open, loaded: { data, base: start } });
        case "padding":
        case "end":
          return { ...node, role: "padding" };
        case "pax":
        case "global-pax":
        case "long-name":
        case "long-link":
          return { ...node, ...describeText(data, end - start, { as: "text" }, PLAIN_ABI) };
        case "contents":
        case "sparse-map":
          return { ...node, ...describeText(data.subarray(0, 256), end - start, { as: "bytes" }, PLAIN_ABI) };
        default:
          return { ...node, role: "unknown" };
      }
    },
    recordDoc: (index) => {
      const member = opened.parts[index]?.member ?? -1;
      return member < 0 ? "" : `Belongs to ${opened.members[member]?.path ?? "?"}.`;
    },
  };
}
