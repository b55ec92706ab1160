/** User and group ids: those of the process, or those that the program was started with, where they are the same. */
import type { Core } from "./core.ts";
import { NT } from "../../machine/note-numbers.ts";
import type { ProcessInfo } from "./rows-tasks.ts";

/** AT_UID, AT_EUID, AT_GID, AT_EGID. */
const IDS = [["uid", 11], ["euid", 12], ["gid", 13], ["egid", 14]] as const;

export function credentialRows(core: Core, info: ProcessInfo | undefined, task: number): void {
  const { reader } = core;
  const table = reader.table("credentials");
  const started = IDS.map(([, type]) => core.auxvValue(type));
  const [uid, , gid] = started;
  const same = started.every((id) => id !== undefined) && (info === undefined || (BigInt(info.uid) === uid && BigInt(info.gid) === gid));
  if (!same && info === undefined) return;
  const row = table.add();
  if (same) {
    for (const [index, [column]] of IDS.entries()) table.set(row, column, Number(started[index]));
    table.set(row, "record", core.noteRecord(core.noteIndex("CORE", NT.AUXV)));
  } else {
    // Ids changed since the start: NT_PRPSINFO has the real ones only.
    table.set(row, "uid", info!.uid);
    table.set(row, "gid", info!.gid);
    table.set(row, "record", core.noteRecord(core.noteIndex("CORE", NT.PRPSINFO)));
  }
  if (task < 0) return;
  reader.table("tasks").set(task, "credentials", row);
  if (same) reader.table("tasks").set(task, "real_credentials", row);
}
