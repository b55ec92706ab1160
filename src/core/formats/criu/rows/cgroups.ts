/** Control groups: the sets that tasks are in, and the tree with its properties. */
import { mapping, worked } from "../../../model/mapping.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { formatCount, formatFileMode } from "../../../schema/show.ts";
import type { CriuSet, KeptEntry } from "../criu-set.ts";
import { MOST_COMPOSED } from "../texts.ts";

/** Deeper trees are cut: the recursion of a hostile image must end. */
const MOST_DEPTH = 64;

const SET = mapping(
  "cgroup_sets",
  {
    id: "id",
    groups: worked("ctls", "controller and path of each", (group) => group.list("ctls").map((each) => `${controllerText(each.text("name") ?? "")}${each.text("path") ?? ""}`).join(", ")),
  },
  { list: "sets" },
);

/** The unified hierarchy has no name. */
function controllerText(name: string): string {
  return name === "" ? "" : `${name}:`;
}

const DIRECTORY = mapping("cgroup_dirs", {
  name: "dir_name",
  properties: worked("properties", "length of the list", (directory) => directory.list("properties").length),
  mode: worked("dir_perms", "permissions and owner", (directory) => permsText(directory.sub("dir_perms"))),
});
const PROPERTY = mapping("cgroup_properties", { name: "name", value: "value", mode: worked("perms", "permissions and owner", (property) => permsText(property.sub("perms"))) });

function permsText(perms: MessageValue | undefined): string | undefined {
  return perms === undefined ? undefined : `${formatFileMode(perms.number("mode"))} ${perms.number("uid")}:${perms.number("gid")}`;
}

/** Rows before the tasks, which refer to the sets. */
export function cgroupRows(set: CriuSet): void {
  const { reader, links } = set;
  const entry = set.top.entry("CGROUP");
  if (entry === undefined) return;
  for (const [index, group] of entry.value.list("sets").entries()) {
    const row = reader.row(SET, group, entry.record, index);
    links.cgroupSets.set(group.number("id"), row);
    reader.table("cgroup_sets").set(row, "members", 0);
  }
  for (const [index, controller] of entry.value.list("controllers").entries()) {
    const names = controller.texts("cnames").filter((name) => name !== "").join(",") || "unified";
    for (const [place, directory] of controller.list("dirs").entries()) directoryRow(set, entry, directory, `controllers.${index}.dirs.${place}`, names, "", -1, 0);
  }
}

function directoryRow(set: CriuSet, entry: KeptEntry, directory: MessageValue, base: string, controllers: string, above: string | undefined, parent: number, depth: number): void {
  const { reader } = set;
  const table = reader.table("cgroup_dirs");
  const row = reader.row(DIRECTORY, directory, entry.record);
  const path = pathOf(set, above, directory.text("dir_name") ?? "", entry.record, `${base}.dir_name`, row);
  table.set(row, "base", base);
  table.set(row, "controllers", controllers);
  table.set(row, "path", path);
  if (parent >= 0) table.set(row, "parent", parent);
  const properties = reader.table("cgroup_properties");
  for (const [index, property] of directory.list("properties").entries()) {
    const at = reader.row(PROPERTY, property, entry.record);
    properties.set(at, "directory", row);
    properties.set(at, "base", `${base}.properties.${index}`);
  }
  if (depth >= MOST_DEPTH) return;
  for (const [index, child] of directory.list("children").entries()) directoryRow(set, entry, child, `${base}.children.${index}`, controllers, path, row, depth + 1);
}

/** Path of a directory below another one; undefined when there is no room for it. */
function pathOf(set: CriuSet, above: string | undefined, name: string, record: number, field: string, row: number): string | undefined {
  if (above === undefined) return undefined;
  if (set.composed.takes(above.length + 1 + name.length)) return `${above}/${name}`.replace(/\/+/g, "/");
  set.reader.report("limit.records", `The paths of control groups have more than ${formatCount(MOST_COMPOSED)} characters together: of this directory and those below it, only the names are given.`, set.reader.fieldOf(record, field), { table: "cgroup_dirs", row });
  return undefined;
}

/** Who is in which set, once the tasks are there. */
export function cgroupMembers(set: CriuSet): void {
  const { reader } = set;
  const tasks = reader.table("tasks");
  const names = new Map<number, number[]>();
  for (let row = 0; row < tasks.length; row++) {
    const group = tasks.number(row, "cgroup");
    if (group < 0) continue;
    const list = names.get(group);
    if (list === undefined) names.set(group, [tasks.number(row, "pid")]);
    else list.push(tasks.number(row, "pid"));
  }
  for (const [group, pids] of names) reader.table("cgroup_sets").set(group, "tasks", pids.length > 16 ? `${pids.slice(0, 16).join(" ")} and ${pids.length - 16} more` : pids.join(" "));
}
