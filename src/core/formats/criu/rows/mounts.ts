/** Mounts of each mount namespace, as a tree. */
import { MOUNT_FLAGS } from "../../../model/linux.ts";
import { mapping, worked } from "../../../model/mapping.ts";
import { PLAIN_ABI } from "../../../schema/abi.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { flagNames, formatDevice } from "../../../schema/show.ts";
import { whose, type CriuSet, type ImageFile } from "../criu-set.ts";
import { FSTYPE } from "../messages/enums.ts";

/** Types from the enum, with `fsname` where the type is AUTO. */
function typeText(mount: MessageValue): string {
  const number = mount.number("fstype");
  const name = FSTYPE.at(PLAIN_ABI).get(number);
  if (name === "AUTO") return mount.text("fsname") ?? "auto";
  if (name === "UNSUPPORTED") return mount.text("fsname") ?? "unsupported";
  return name?.toLowerCase() ?? `type ${number}`;
}

/** Before 1.8 one word held the flags of the mount and of the file system. */
const MOUNT_PART = 0x100000 | 0x40000 | 0x80000 | 0x20000 | 0x2 | 0x4 | 0x8 | 0x400 | 0x800 | 0x200000;

function flagsText(mount: MessageValue): string | undefined {
  const flags = mount.number("flags");
  const own = mount.has("sb_flags") ? flags : flags & MOUNT_PART;
  return own === 0 ? undefined : flagNames(own, MOUNT_FLAGS);
}

function superFlagsText(mount: MessageValue): string | undefined {
  const flags = mount.has("sb_flags") ? mount.number("sb_flags") : mount.number("flags") & ~MOUNT_PART;
  return flags === 0 ? undefined : flagNames(flags >>> 0, MOUNT_FLAGS);
}

function propagation(mount: MessageValue): string | undefined {
  const parts = [
    mount.number("shared_id") === 0 ? "" : `shared ${mount.number("shared_id")}`,
    mount.number("master_id") === 0 ? "" : `slave of ${mount.number("master_id")}`,
    mount.flag("internal_sharing") ? "among the mounts of the set" : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join(", ");
}

const MOUNT = mapping("mounts", {
  id: "mnt_id",
  parent_id: "parent_mnt_id",
  parent: worked("parent_mnt_id", "mount with this number", () => undefined),
  mountpoint: "mountpoint",
  fs: worked("fstype", "by name", typeText),
  source: "source",
  root: "root",
  external: worked("ext_key", "key; before 3.0 only the fact", (mount) => mount.text("ext_key") ?? (mount.flag("ext_mount") ? "yes" : undefined)),
  flags: worked("flags", "by name", flagsText),
  sb_flags: worked("sb_flags", "by name", superFlagsText),
  options: worked("options", "text", (mount) => mount.text("options") || undefined),
  propagation: worked("shared_id", "shared_id and master_id in words", propagation),
  device: worked("root_dev", "major and minor number", (mount) => formatDevice(mount.number("root_dev"), "kernel")),
  contents: worked("root_dev", "image named by this device", () => undefined),
  deleted: "deleted",
});

export function mountRows(set: CriuSet): void {
  for (const image of set.top.all("MNTS")) mountTree(set, image);
  const { reader, links } = set;
  const files = reader.table("files");
  for (let row = 0; row < files.length; row++) {
    const mount = links.mounts.get(files.number(row, "mount_id"));
    if (mount !== undefined) files.set(row, "mount", mount);
  }
}

function mountTree(set: CriuSet, image: ImageFile): void {
  const { reader, links } = set;
  const mounts = reader.table("mounts");
  const namespace = links.namespaces.get(`mnt/${image.number}`);
  const rows = new Map<number, number>();
  const ownRows: number[] = [];
  for (const { value, record } of image.entries) {
    const row = reader.row(MOUNT, value, record);
    ownRows.push(row);
    const id = value.number("mnt_id");
    if (namespace !== undefined) mounts.set(row, "namespace", namespace);
    if (rows.has(id)) reader.report("mount.duplicate", `Two mounts of ${whose("namespace", image.number)} have the number ${id}.`, reader.fieldOf(record, "mnt_id"), { table: "mounts", row });
    else rows.set(id, row);
    if (!links.mounts.has(id)) links.mounts.set(id, row);
    if (FSTYPE.at(PLAIN_ABI).get(value.number("fstype")) === undefined) {
      reader.report("proto.enum", `The file system type ${value.number("fstype")} of the mount ${id} stands for nothing known.`, reader.fieldOf(record, "fstype"), { table: "mounts", row });
    }
    const archive = set.top.image("TMPFS_DEV", value.number("root_dev")) ?? set.top.image("TMPFS_IMG", id);
    if (archive !== undefined) mounts.set(row, "contents", archive.file);
  }
  const roots: number[] = [];
  for (const [index, { value, record }] of image.entries.entries()) {
    const row = ownRows[index]!;
    const parent = rows.get(value.number("parent_mnt_id"));
    if (parent === row || parent === undefined) {
      if (value.text("mountpoint") === "/" || value.text("mountpoint") === "./") roots.push(row);
      else reader.report("mount.parent", `The mount ${value.number("mnt_id")} at ${value.text("mountpoint") ?? "no path"} is mounted on ${value.number("parent_mnt_id")}, which is not in the image.`, reader.fieldOf(record, "parent_mnt_id"), { table: "mounts", row });
    } else mounts.set(row, "parent", parent);
  }
  if (image.entries.length > 0 && roots.length !== 1) {
    reader.report("mount.root", `${image.number < 0 ? image.name : `The mount namespace ${image.number}`} has ${roots.length} roots.`, reader.recordSpan(reader.firstRecord(image.file)), namespace === undefined ? undefined : { table: "namespaces", row: namespace });
  }
  breakCircles(set, [...rows.values()]);
}

/** A tree that bites its tail could not be drawn. */
function breakCircles(set: CriuSet, rows: readonly number[]): void {
  const { reader } = set;
  const mounts = reader.table("mounts");
  const state = new Map<number, "under way" | "done">();
  for (const start of rows) {
    const way: number[] = [];
    let at = start;
    while (at >= 0 && !state.has(at)) {
      state.set(at, "under way");
      way.push(at);
      const above = mounts.number(at, "parent");
      if (above >= 0 && state.get(above) === "under way") {
        reader.report("mount.parent", `The mount ${mounts.number(at, "id")} is above its own parent ${mounts.number(above, "id")}.`, reader.fieldOf(mounts.number(at, "record"), "parent_mnt_id"), { table: "mounts", row: at });
        mounts.set(at, "parent", -1);
        break;
      }
      at = above;
    }
    for (const passed of way) state.set(passed, "done");
  }
}
