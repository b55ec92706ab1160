/** Which CRIU wrote a set. No image says so: the log does, else the fields and images that are there or not. */
import type { CriuSet } from "./criu-set.ts";
import type { LogFacts } from "./log.ts";

/** Newest release whose images are known. */
export const NEWEST = "4.3";

export interface WriterVersion {
  /** As shown: `4.2`, `3.16 to 3.17`, `4.2 or later`. */
  readonly text: string;
  /** The oldest release that can have written it. */
  readonly least: string;
  readonly reason: string;
}

/** -1, 0, 1 as the first is older, the same, newer. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split(".").map((part) => Number.parseInt(part, 10) || 0)) as [number[], number[]];
  for (let index = 0; index < Math.max(x.length, y.length); index++) {
    const difference = (x[index] ?? 0) - (y[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** What each release and all later ones write into every set of live tasks. */
interface Mark {
  readonly since: string;
  readonly what: string;
  readonly isThere: (set: CriuSet) => boolean;
  /** Whether the set has what the mark would be in. */
  readonly applies: (set: CriuSet) => boolean;
}

const sees = (set: CriuSet, message: string, field: string): boolean => set.seen(message, field);
const has = (type: string) => (set: CriuSet) => set.top.all(type).length > 0;
const hasPages = (set: CriuSet): boolean => [...set.top.all("PAGEMAP")].some(({ pagemap }) => (pagemap?.length ?? 0) > 0);
const hasThreads = (set: CriuSet): boolean => sees(set, "core_entry", "thread_core");

const MARKS: readonly Mark[] = [
  { since: "4.2", what: "64-bit page counts", isThere: (set) => sees(set, "pagemap_entry", "nr_pages"), applies: hasPages },
  { since: "4.1", what: "a run id in the inventory", isThere: (set) => sees(set, "inventory_entry", "dump_criu_run_id"), applies: has("INVENTORY") },
  { since: "3.18", what: "control groups of each thread", isThere: (set) => sees(set, "thread_core_entry", "cg_set"), applies: hasThreads },
  { since: "3.16", what: "the network lock method", isThere: (set) => sees(set, "inventory_entry", "network_lock_method"), applies: has("INVENTORY") },
  { since: "3.11", what: "names of threads", isThere: (set) => sees(set, "thread_core_entry", "comm"), applies: hasThreads },
  { since: "3.5", what: "flags in pagemaps", isThere: (set) => sees(set, "pagemap_entry", "flags"), applies: hasPages },
  { since: "3.4", what: "one image for all open files", isThere: has("FILES"), applies: has("FDINFO") },
  { since: "3.1", what: "signal actions in the core image", isThere: (set) => sees(set, "task_core_entry", "sigactions"), applies: hasThreads },
  { since: "2.0", what: "credentials of each thread", isThere: (set) => sees(set, "thread_core_entry", "creds"), applies: hasThreads },
  { since: "1.6", what: "the common magic", isThere: (set) => set.top.all("PSTREE").some(({ head }) => head === "common"), applies: has("PSTREE") },
  { since: "1.2", what: "regions in the memory map", isThere: (set) => sees(set, "mm_entry", "vmas"), applies: has("MM") },
];

export function writerOf(set: CriuSet, logs: readonly LogFacts[]): WriterVersion {
  let least = "0.1";
  let because = "";
  for (const field of set.fieldsSeen) {
    if (compareVersions(field.since, least) <= 0) continue;
    least = field.since;
    because = `the field ${field.name}`;
  }
  const there = MARKS.find((mark) => mark.isThere(set));
  if (there !== undefined && compareVersions(there.since, least) >= 0) {
    least = there.since;
    because = there.what;
  }
  const log = logs.find(({ version, name }) => version !== undefined && /dump/.test(name)) ?? logs.find(({ version }) => version !== undefined);
  if (log?.version !== undefined) return { text: log.version, least: log.version, reason: `${log.name} says that CRIU ${log.version} wrote it.` };
  // A pre-dump and single images have too little in them for what is absent to say anything.
  const absent = set.top.all("PSTREE").length === 0 ? undefined : MARKS.filter((mark) => mark.applies(set) && !mark.isThere(set)).at(-1);
  const before = absent === undefined || compareVersions(absent.since, least) <= 0 ? undefined : absent;
  const text = before === undefined ? `${least} or later` : `${least} or later, before ${before.since}`;
  const reason = `No image says which CRIU wrote it: ${because === "" ? "nothing in it is newer than 0.1" : `${because} came with ${least}`}${before === undefined ? "" : `, and ${before.what}, which came with ${before.since}, is not there`}.`;
  return { text, least, reason };
}
