/**
 * `crit x`: the tasks of a set, their descriptors, their memory regions and the pages that are stored. The same text as
 * crit's, except where crit fails or does not know what it prints; docs/crit.md lists each case.
 */
import type { MessageValue } from "../../../schema/decode-message.ts";
import { escapeText } from "../../../schema/show.ts";
import { exploreMems, exploreRss } from "./explore-memory.ts";
import { SetReader, type ImageSet } from "./image-set.ts";
import type { WritePiece } from "./json-writer.ts";
import { SetFiles } from "./set-files.ts";

/** What can be asked for. */
export const CRIT_EXPLORATIONS = ["ps", "fds", "mems", "rss"] as const;
export type CritExploration = (typeof CRIT_EXPLORATIONS)[number];

/** `error`: the set has no tasks, and nothing was written. `problems`: what could not be read, so is missing from the text. */
export type CritExplored = { readonly error: string } | { readonly problems: readonly string[] };

/** What the explorations work with. */
export interface Exploring {
  readonly reader: SetReader;
  readonly files: SetFiles;
  readonly tasks: readonly MessageValue[];
  /** Writes one line and its end. */
  readonly line: (text: string) => void | Promise<void>;
  /** For a task without one of its images: says nothing for a zombie, which has none, and notes a problem for any other. */
  readonly lacks: (pid: number, image: string) => Promise<void>;
}

/** `what` of a set, line by line. */
export async function critExplore(what: CritExploration, set: ImageSet, write: WritePiece, signal?: AbortSignal): Promise<CritExplored> {
  const reader = new SetReader(set, signal);
  const tasks = await reader.entries("pstree.img");
  if (tasks === undefined) return { error: "there is no pstree.img: without it a set has no tasks (a pre-dump has none)" };
  const exploring: Exploring = {
    reader,
    files: new SetFiles(reader),
    tasks,
    line: (text) => write(`${text}\n`),
    async lacks(pid, image) {
      const state = (await reader.entry(`core-${pid}.img`))?.sub("tc")?.number("task_state");
      if (state !== ZOMBIE) reader.problems.push(`there is no ${image}`);
    },
  };
  await EXPLORE[what](exploring);
  return { problems: reader.problems };
}

/** Number of the state in `task_core_entry`; crit takes it for another. */
const ZOMBIE = 2;

const EXPLORE: Readonly<Record<CritExploration, (exploring: Exploring) => Promise<void>>> = {
  ps: explorePs, fds: exploreFds, mems: exploreMems, rss: exploreRss,
};

const column = (value: number): string => String(value).padStart(7);

/** Levels that are indented: a chain of many thousand tasks would fill the screen with spaces. */
const MOST_INDENTED = 200;

/** The tree of tasks. Every task without a parent in the set begins one; crit prints the last of them only. */
async function explorePs({ reader, tasks, line }: Exploring): Promise<void> {
  await line(`${"PID".padStart(7)}${"PGID".padStart(7)}${"SID".padStart(7)}   COMM`);
  const pids = new Set(tasks.map((task) => task.number("pid")));
  const children = new Map<number, MessageValue[]>();
  for (const task of tasks) {
    const siblings = children.get(task.number("ppid"));
    if (siblings === undefined) children.set(task.number("ppid"), [task]);
    else siblings.push(task);
  }
  const printed = new Set<MessageValue>();
  const print = async (task: MessageValue, depth: number): Promise<void> => {
    if (printed.has(task)) return;
    printed.add(task);
    const pid = task.number("pid");
    const core = await reader.entry(`core-${pid}.img`);
    if (core === undefined) reader.problems.push(`there is no core-${pid}.img`);
    const name = escapeText(core?.sub("tc")?.text("comm") ?? "");
    const indent = " ".repeat(Math.min(depth, MOST_INDENTED) * 4);
    await line(`${column(pid)}${column(task.number("pgid"))}${column(task.number("sid"))}   ${indent}${name}`);
    for (const child of children.get(pid) ?? []) await print(child, depth + 1);
  };
  for (const task of tasks) if (!pids.has(task.number("ppid"))) await print(task, 0);
  // What is left are tasks that are their own ancestors, in a damaged tree.
  for (const task of tasks) await print(task, 0);
}

async function exploreFds({ reader, files, tasks, line, lacks }: Exploring): Promise<void> {
  for (const task of tasks) {
    const pid = task.number("pid");
    await line(String(pid));
    const ids = await reader.entry(`ids-${pid}.img`);
    if (ids === undefined) {
      await lacks(pid, `ids-${pid}.img`);
      continue;
    }
    // A task without descriptors has no file of them.
    for (const fd of (await reader.entries(`fdinfo-${ids.number("files_id")}.img`)) ?? []) {
      await line(`\t${column(fd.number("fd"))}: ${await files.text(fd.number("type"), fd.number("id"))}`);
    }
    const fs = await reader.entry(`fs-${pid}.img`);
    if (fs === undefined) await lacks(pid, `fs-${pid}.img`);
    else for (const name of ["cwd", "root"]) await line(`\t${name.padStart(7)}: ${await files.path(fs.number(`${name}_id`))}`);
  }
}
