/** All rows of a set, in an order in which each finds what it refers to. */
import { memberRows } from "../beside.ts";
import { checkThreads } from "../check-threads.ts";
import { whose, type CriuSet } from "../criu-set.ts";
import { cgroupMembers, cgroupRows } from "./cgroups.ts";
import { Previews } from "./contents.ts";
import { fdRows } from "./fds.ts";
import { fileRows } from "./files.ts";
import { ipcRows, semaphoreRows } from "./ipc.ts";
import { memoryRows, objectRows } from "./memory.ts";
import { mountRows } from "./mounts.ts";
import { namespaceRows } from "./namespaces.ts";
import { deviceRows, nameNetwork } from "./network.ts";
import { pageRows } from "./pages.ts";
import { pipeRows } from "./pipes.ts";
import { lockRows, remapRows } from "./remaps.ts";
import { socketRows } from "./sockets.ts";
import { statisticRows } from "./statistics.ts";
import { filterRows, taskRows } from "./tasks.ts";
import { terminalRows } from "./terminals.ts";
import { epollRows, markRows, resolveTargets } from "./watches.ts";

/** `changeIn` knows what the members of an archive beside the images say. */
export async function makeRows(set: CriuSet, changeIn: (archive: string) => ((path: string) => string | undefined) | undefined): Promise<void> {
  const previews = new Previews();
  for (const directory of set.directories) nameOwners(set, directory);
  const files = fileRows(set);
  objectRows(set);
  pipeRows(set, files, previews);
  socketRows(set, files, previews);
  terminalRows(set, files);
  remapRows(set, previews);
  namespaceRows(set);
  cgroupRows(set);
  filterRows(set);
  const users = taskRows(set);
  cgroupMembers(set);
  const spaces = memoryRows(set);
  linkSpaces(set);
  checkThreads(set, spaces);
  // Contents of segments count as pages.
  ipcRows(set, previews);
  pageRows(set, spaces);
  const targets = epollRows(set, files);
  markRows(set, files);
  const descriptors = fdRows(set, users);
  resolveTargets(set, targets, descriptors.inTableOf);
  lockRows(set, descriptors.fileOf);
  mountRows(set);
  deviceRows(set);
  nameNetwork(set);
  statisticRows(set);
  useCounts(set);
  checkInFlight(set);
  await semaphoreRows(set);
  await previews.read(set);
  for (const { file, name, archive } of set.archives) memberRows(set.reader, file, name, archive, changeIn(name) ?? (() => undefined));
  set.archives.length = 0;
}

/** Which addresses the pages of each file have, for those who look at the file. */
function nameOwners(set: CriuSet, directory: CriuSet["top"]): void {
  for (const [type, what] of [["PAGEMAP", "task"], ["SHMEM_PAGEMAP", "shared memory"]] as const) {
    for (const { pagemap, number } of directory.all(type)) {
      const pages = pagemap === undefined ? undefined : directory.pages.get(pagemap.pagesId);
      if (pagemap !== undefined && pages !== undefined) set.setOwner(pages.file, pagemap, whose(what, number));
    }
  }
}

function linkSpaces(set: CriuSet): void {
  const { reader, links } = set;
  const tasks = reader.table("tasks");
  const spaces = reader.table("spaces");
  for (const [pid, space] of links.spaces) {
    const task = links.tasks.get(pid);
    if (task === undefined) continue;
    tasks.set(task, "space", space);
    spaces.set(space, "task", task);
    reader.setTask(spaces.number(space, "record"), task);
  }
}

/** How many descriptors, regions and maps refer to each open file. */
function useCounts(set: CriuSet): void {
  const { reader } = set;
  const files = reader.table("files");
  const counts = new Int32Array(files.length);
  for (const [table, column] of [["fds", "file"], ["regions", "file"], ["spaces", "exe_file"]] as const) {
    const rows = reader.table(table);
    for (let row = 0; row < rows.length; row++) {
      const file = rows.number(row, column);
      if (file >= 0) counts[file]!++;
    }
  }
  for (let row = 0; row < files.length; row++) files.set(row, "users", counts[row]!);
}

/** Files in flight need not be in any table, but must be in the set. */
function checkInFlight(set: CriuSet): void {
  for (const { id, record } of set.inFlight) {
    if (!set.openById.has(id)) set.reader.report("file.dangling", `The open file ${id} was sent through a socket and is not in the set.`, set.reader.fieldOf(record, "scm"));
  }
}
