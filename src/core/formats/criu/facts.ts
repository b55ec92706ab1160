/** The Summary of a CRIU set, line by line, each tied to what says so. */
import type { Fact, FactGroup } from "../../inspector.ts";
import type { TableName } from "../../model/tables.ts";
import { formatCount, formatMicroseconds, formatSize } from "../../schema/show.ts";
import { PLAIN_ABI } from "../../schema/abi.ts";
import type { CriuSet, ImageDirectory } from "./criu-set.ts";
import type { LogFacts } from "./log.ts";
import { LSM_TYPE } from "./messages/enums.ts";
import { NETWORK_LOCK, PRE_DUMP_MODE } from "./names.ts";
import { NEWEST, type WriterVersion } from "./version.ts";

class Facts {
  readonly list: Fact[] = [];

  add(label: string, text: string | undefined, link?: Fact["link"], title?: string): void {
    if (text === undefined || text === "") return;
    this.list.push({ label, text, ...(link === undefined ? {} : { link }), ...(title === undefined ? {} : { title }) });
  }
}

const recordLink = (record: number): Fact["link"] => (record < 0 ? undefined : { kind: "row", table: "records", row: record });

export function factsOf(set: CriuSet, logs: readonly LogFacts[], writer: WriterVersion): readonly FactGroup[] {
  return [
    { title: "Origin", facts: origin(set, logs, writer) },
    { title: "Contents", facts: contents(set) },
    { title: "Dump", facts: dump(set) },
  ].filter(({ facts }) => facts.length > 0);
}

function origin(set: CriuSet, logs: readonly LogFacts[], writer: WriterVersion): readonly Fact[] {
  const facts = new Facts();
  const log = logs.find(({ kernel }) => kernel !== undefined);
  const versionLog = logs.find(({ version }) => version === writer.text);
  facts.add("Written by", `CRIU ${writer.text}`, recordLink(versionLog?.versionRecord ?? -1), writer.reason);
  facts.add("Kernel", log?.kernel, recordLink(log?.kernelRecord ?? -1));
  facts.add("Host name", log?.host, recordLink(log?.kernelRecord ?? -1));
  const inventory = set.top.entry("INVENTORY");
  const link = recordLink(inventory?.record ?? -1);
  if (inventory !== undefined) {
    const { value } = inventory;
    facts.add("Kind", kindOf(set), link);
    facts.add("Security module", value.has("lsmtype") && value.number("lsmtype") !== 0 ? LSM_TYPE.at(PLAIN_ABI).get(value.number("lsmtype")) : undefined, link);
    facts.add("Network lock", value.has("network_lock_method") && value.number("network_lock_method") !== 0 ? NETWORK_LOCK.at(PLAIN_ABI).get(value.number("network_lock_method")) : undefined, link);
    facts.add("Compression", value.number("compress") === 0 ? undefined : `page contents in LZ4 blocks${value.has("compress_block_size") ? ` of ${formatSize(value.number("compress_block_size"))}` : ""}`, link);
    facts.add("Plugins", value.sub("plugins_entry")?.texts("plugins").join(", "), link);
    facts.add("Run id", value.text("dump_criu_run_id"), link);
    const uptime = value.big("dump_uptime");
    facts.add("Uptime", uptime === undefined || uptime === 0n ? undefined : `${(Number(uptime) / 1e6).toFixed(1)} s after boot`, link);
  }
  facts.add("Parents", parentsText(set.directories), { kind: "table", table: "images" });
  if (set.unknownFields.size > 0) facts.add(`Newer than ${NEWEST}`, newerText(set), { kind: "table", table: "problems" });
  return facts.list;
}

function newerText({ unknownFields }: CriuSet): string {
  const names = [...unknownFields.values()].map(({ number, message }) => `field ${number} of ${message}`);
  return `${names.length} unknown ${names.length === 1 ? "field" : "fields"}: ${names.slice(0, 5).join(", ")}${names.length > 5 ? " ..." : ""}`;
}

/** The inventory of a pre-dump has no version of the images (criu/cr-dump.c, cr_pre_dump_finish). */
export function isPreDump({ top }: CriuSet): boolean {
  const inventory = top.entry("INVENTORY")?.value;
  return inventory?.has("img_version") === true && inventory.number("img_version") === 0 && top.all("PSTREE").length === 0;
}

const PAGEMAPS = ["PAGEMAP", "SHMEM_PAGEMAP"] as const;
const OF_TASKS = [["the process tree (pstree.img)", ["PSTREE"]], ["core images", ["CORE"]], ["memory maps", ["MM"]], ["pagemaps", PAGEMAPS]] as const;

function kindOf(set: CriuSet): string {
  const has = (types: readonly string[]): boolean => types.some((type) => set.top.all(type).length > 0);
  if (isPreDump(set)) {
    const mode = set.top.entry("INVENTORY")!.value.number("pre_dump_mode");
    const kind = `pre-dump${mode === 0 ? "" : ` (${PRE_DUMP_MODE.at(PLAIN_ABI).get(mode) ?? mode})`}`;
    return has(PAGEMAPS) ? `${kind}: memory only` : `${kind}, incomplete: pagemaps are not here`;
  }
  if (!has(["PSTREE"])) return `not known, incomplete: ${listed(OF_TASKS.flatMap(([what, types]) => (has(types) ? [] : [what])))} ${has(["CORE"]) && has(["MM"]) && has(PAGEMAPS) ? "is" : "are"} not here`;
  return set.directories.length > 1 ? "incremental dump" : "full dump";
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function parentsText(directories: readonly ImageDirectory[]): string | undefined {
  if (directories.length < 2) return undefined;
  return directories.slice(1).map(({ path }) => path || ".").join(", ");
}

const COUNTED: readonly (readonly [label: string, table: TableName])[] = [
  ["Tasks", "tasks"], ["Threads", "threads"], ["Memory maps", "spaces"], ["Memory regions", "regions"], ["Shared memory objects", "memory_objects"], ["Descriptors", "fds"], ["Open files", "files"],
  ["Deleted files", "remaps"], ["File locks", "locks"], ["Pipes", "pipes"], ["Sockets", "sockets"], ["Terminals", "terminals"], ["Namespaces", "namespaces"], ["Mounts", "mounts"],
  ["Network devices", "devices"], ["SysV IPC objects", "ipc"], ["Control groups", "cgroup_sets"], ["Records", "records"],
];

function contents(set: CriuSet): readonly Fact[] {
  const { reader } = set;
  const facts = new Facts();
  for (const [label, table] of COUNTED) {
    const { length } = reader.table(table);
    if (length > 0) facts.add(label, formatCount(length), { kind: "table", table });
    if (table === "memory_objects") pages(set, facts);
  }
  facts.add("Files", formatCount(reader.files.length), { kind: "table", table: "images" });
  return facts.list;
}

function pages(set: CriuSet, facts: Facts): void {
  const sum = (directory: ImageDirectory): number => ["PAGEMAP", "SHMEM_PAGEMAP"].flatMap((type) => directory.all(type)).reduce((total, { pagemap }) => total + (pagemap?.stored ?? 0), 0);
  const stored = sum(set.top);
  const { pageSize } = set.abi;
  if (stored > 0) facts.add("Page contents", `${formatCount(stored)} pages, ${formatSize(stored * pageSize)}`, { kind: "table", table: "extents" }, `${formatCount(stored * pageSize)} bytes`);
  const inherited = set.directories.slice(1).reduce((total, directory) => total + sum(directory), 0);
  if (inherited > 0) facts.add("In the parents", `${formatCount(inherited)} pages, ${formatSize(inherited * pageSize)}`, { kind: "table", table: "extents" });
}

function dump(set: CriuSet): readonly Fact[] {
  const facts = new Facts();
  const entry = set.top.all("STATS").map((image) => image.entries[0]).find((found) => found?.value.sub("dump") !== undefined);
  const figures = entry?.value.sub("dump");
  if (entry === undefined || figures === undefined) return [];
  const link: Fact["link"] = { kind: "table", table: "statistics" };
  facts.add("Tasks stood still", formatMicroseconds(figures.big("frozen_time") ?? 0n), link);
  facts.add("Memory dump", formatMicroseconds(figures.big("memdump_time") ?? 0n), link);
  facts.add("Memory write", formatMicroseconds(figures.big("memwrite_time") ?? 0n), link);
  facts.add("Pages scanned", formatCount(figures.big("pages_scanned") ?? 0n), link);
  facts.add("Pages written", formatCount(figures.big("pages_written") ?? 0n), link);
  const skipped = figures.big("pages_skipped_parent") ?? 0n;
  if (skipped > 0n) facts.add("Pages left to the parent", formatCount(skipped), link);
  return facts.list;
}
