/** Namespaces, who is in them, and what the namespace images say. */
import { mapping, worked } from "../../../model/mapping.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import { formatCount, formatSize } from "../../../schema/show.ts";
import type { CriuSet, KeptEntry } from "../criu-set.ts";
import { FD } from "../links.ts";
import { NAMESPACE_FLAGS } from "../../../model/linux.ts";

const KINDS = ["pid", "net", "ipc", "uts", "mnt", "user", "cgroup", "time"] as const;
type Kind = (typeof KINDS)[number];

/** Image that describes a namespace of each kind; cgroup namespaces have none. */
const IMAGES: Readonly<Record<Kind, readonly string[]>> = {
  pid: ["PIDNS"], net: ["NETNS", "NETDEV"], ipc: ["IPC_VAR"], uts: ["UTSNS"], mnt: ["MNTS"], user: ["USERNS"], cgroup: [], time: ["TIMENS"],
};

/** Images whose absence from a namespace of its own means that something was lost. */
// A network namespace that a restore gets from outside leaves no image in some versions.
const EXPECTED: Readonly<Partial<Record<Kind, string>>> = { ipc: "IPC_VAR", uts: "UTSNS", mnt: "MNTS", user: "USERNS" };

const ROW = mapping("namespaces", {
  objref: worked("", "number in the name of the image, or id of a task", () => undefined),
  kind: worked("", "the image", () => undefined),
  detail: worked("", "what the image says", (message) => detailOf(message)),
  external: "ext_key",
});
const PLAIN = mapping("namespaces", {
  objref: worked("", "number in the name of the image, or id of a task", () => undefined),
  kind: worked("", "the image", () => undefined),
  detail: worked("", "what the image says", (message) => detailOf(message)),
});

function detailOf(message: MessageValue): string | undefined {
  switch (message.message.name) {
    case "utsns_entry":
      return `nodename ${message.text("nodename") ?? ""}, domainname ${message.text("domainname") ?? ""}`;
    case "ipc_var_entry":
      return `shm up to ${formatSize(message.big("shm_ctlmax") ?? 0n)}, messages up to ${message.number("msg_ctlmax")} bytes`;
    case "timens_entry":
      return `monotonic ${timeText(message.sub("monotonic"))}, boottime ${timeText(message.sub("boottime"))}`;
    case "userns_entry":
      return `uids ${mapText(message.list("uid_map"))}; gids ${mapText(message.list("gid_map"))}`;
    default:
      return undefined;
  }
}

function timeText(time: MessageValue | undefined): string {
  return time === undefined ? "not saved" : `${time.big("tv_sec") ?? 0n}.${String(time.number("tv_nsec")).padStart(9, "0")} s`;
}

/** `0-999 are 100000-100999 outside`. */
function mapText(extents: readonly MessageValue[]): string {
  if (extents.length === 0) return "none";
  return extents
    .slice(0, 8)
    .map((extent) => {
      const [first, lower, count] = ["first", "lower_first", "count"].map((name) => extent.number(name)) as [number, number, number];
      return count === 1 ? `${first} is ${lower} outside` : `${first}-${first + count - 1} are ${lower}-${lower + count - 1} outside`;
    })
    .join(", ");
}

/** Rows before the tasks, which refer to them. */
export function namespaceRows(set: CriuSet): void {
  const { reader, links } = set;
  const table = reader.table("namespaces");
  const inventory = set.top.entry("INVENTORY");
  const root = inventory?.value.sub("root_ids");
  const used = new Map<string, { kind: Kind; id: number; entry: KeptEntry; members: number[] }>();
  for (const image of set.top.all("IDS")) {
    const entry = image.entries[0];
    if (entry === undefined) continue;
    for (const kind of KINDS) {
      const id = entry.value.number(`${kind}_ns_id`);
      if (id === 0) continue;
      const known = used.get(`${kind}/${id}`);
      if (known === undefined) used.set(`${kind}/${id}`, { kind, id, entry, members: image.number < 0 ? [] : [image.number] });
      else if (image.number >= 0) known.members.push(image.number);
    }
  }
  // Namespaces that only an open file or a device names.
  for (const kind of KINDS) {
    for (const type of IMAGES[kind]) {
      for (const image of set.top.all(type)) {
        const entry = image.entries[0];
        if (entry === undefined || image.number < 0 || (kind === "time" && image.number === 0)) continue;
        if (!used.has(`${kind}/${image.number}`)) used.set(`${kind}/${image.number}`, { kind, id: image.number, entry, members: [] });
      }
    }
  }
  for (const { kind, id, entry, members } of [...used.values()].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.id - b.id)) {
    const own = IMAGES[kind].map((type) => set.top.entry(type, id)).find((found) => found !== undefined);
    const source = own ?? entry;
    const row = reader.row(source.value.message.byName.has("ext_key") ? ROW : PLAIN, source.value, source.record);
    links.namespaces.set(`${kind}/${id}`, row);
    table.set(row, "objref", id);
    table.set(row, "kind", kind);
    table.set(row, "members", members.length);
    if (members.length > 0) table.set(row, "tasks", members.length > 16 ? `${members.slice(0, 16).join(" ")} and ${formatCount(members.length - 16)} more` : members.join(" "));
    const isShared = root !== undefined && root.number(`${kind}_ns_id`) === id;
    if (root !== undefined) table.set(row, "shared", isShared);
    if (own === undefined && !isShared && kind === "net" && members.length > 0) table.set(row, "detail", "no image: a restore gets it from outside");
    const expected = EXPECTED[kind];
    if (root === undefined || isShared || expected === undefined || own !== undefined || members.length === 0 || isExternal(set, kind, id)) continue;
    reader.report("namespace.missing", `The ${kind} namespace ${id} of ${members.length === 1 ? `task ${members[0]}` : `${members.length} tasks`} is not the dumping process's, and no image describes it.`, reader.fieldOf(entry.record, `${kind}_ns_id`), { table: "namespaces", row });
  }
  nameOpenNamespaces(set);
}

/** An external namespace has an image that says so and nothing else. */
function isExternal(set: CriuSet, kind: Kind, id: number): boolean {
  return IMAGES[kind].some((type) => (set.top.entry(type, id)?.value.message.byName.has("ext_key") === true ? set.top.entry(type, id)!.value.has("ext_key") : false));
}

/** Open namespace files and sockets name theirs by the same ids. */
function nameOpenNamespaces(set: CriuSet): void {
  const { reader, links } = set;
  const files = reader.table("files");
  const sockets = reader.table("sockets");
  for (const { type, file, row } of set.openFiles) {
    if (type === FD.NS) {
      const kind = (NAMESPACE_FLAGS.get(file.number("ns_cflag")) ?? "").replace(/^NEW/, "").toLowerCase().replace(/^ns$/, "mnt");
      const namespace = links.namespaces.get(`${kind}/${file.number("ns_id")}`);
      if (namespace !== undefined) files.set(row, "namespace", namespace);
      files.set(row, "path", `${kind}:[#${file.number("ns_id")}]`);
      continue;
    }
    if (!file.message.byName.has("ns_id") || !file.has("ns_id")) continue;
    const namespace = links.namespaces.get(`net/${file.number("ns_id")}`);
    if (namespace === undefined) continue;
    files.set(row, "namespace", namespace);
    const socket = files.number(row, "socket");
    if (socket >= 0) sockets.set(socket, "namespace", namespace);
  }
}

