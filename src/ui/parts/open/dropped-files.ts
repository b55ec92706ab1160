/** What was dropped or chosen, as a flat list of files; folders are walked. */
import type { OpenFile } from "../../../core/rpc.ts";
import type { Gather } from "../../state/session.ts";

/** The members of the browser's entries that are used here, so that a test can stand in for them. */
export interface DroppedEntry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly fullPath: string;
  file?(done: (file: File) => void, failed: (reason: unknown) => void): void;
  createReader?(): { readEntries(done: (batch: DroppedEntry[]) => void, failed: (reason: unknown) => void): void };
}

/** Files that are asked for at the same time: one after the other, thousands would take seconds. */
const AHEAD = 32;
/** Folders inside folders; deeper ones are no checkpoint, but may be a loop of links. */
const MOST_LEVELS = 64;

/** Must be called during the drop event: the browser empties the transfer when the event is over. */
export function gatherTransfer(transfer: DataTransfer): Gather {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries: (DroppedEntry | undefined)[] = items.map((item) => (item.webkitGetAsEntry() ?? undefined) as DroppedEntry | undefined);
  const plain = items.map((item) => item.getAsFile());
  return async (onCount, signal) => {
    const files: OpenFile[] = plain.flatMap((file, index) => (entries[index] === undefined && file !== null ? [{ name: file.name, blob: file }] : []));
    const found = entries.filter((entry) => entry !== undefined);
    return [...files, ...(await walk(found, onCount, signal))];
  };
}

/** Files below the entries, in the order of their paths. A file that cannot be read, such as a link to nowhere, is left out. */
export async function walk(entries: readonly DroppedEntry[], onCount: (files: number) => void, signal: AbortSignal): Promise<readonly OpenFile[]> {
  const files: OpenFile[] = [];
  let level = entries;
  for (let depth = 0; level.length > 0 && depth < MOST_LEVELS; depth++) {
    const below: DroppedEntry[] = [];
    for (let at = 0; at < level.length; at += AHEAD) {
      signal.throwIfAborted();
      const found = await Promise.all(level.slice(at, at + AHEAD).map(async (entry) => (entry.isDirectory ? await entriesOf(entry) : await fileOf(entry))));
      for (const one of found) {
        if (Array.isArray(one)) below.push(...one);
        else if (one !== undefined) files.push(one);
      }
      onCount(files.length);
    }
    level = below;
  }
  // What was dropped by itself and cannot be read is an error; inside a folder it is one file less.
  if (files.length === 0 && entries.length > 0 && entries.every(({ isFile }) => isFile)) throw new Error("the browser was not allowed to read it");
  return files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

async function fileOf(entry: DroppedEntry): Promise<OpenFile | undefined> {
  const blob = await new Promise<File | undefined>((resolve) => {
    if (entry.file === undefined) resolve(undefined);
    else entry.file(resolve, () => resolve(undefined));
  });
  return blob === undefined ? undefined : { name: entry.fullPath.replace(/^\//, ""), blob };
}

/** A directory is handed out in batches; an empty batch is its end. */
async function entriesOf(entry: DroppedEntry): Promise<DroppedEntry[]> {
  const reader = entry.createReader?.();
  const all: DroppedEntry[] = [];
  for (;;) {
    const batch = await new Promise<DroppedEntry[]>((resolve) => {
      if (reader === undefined) resolve([]);
      else reader.readEntries(resolve, () => resolve([]));
    });
    if (batch.length === 0) return all;
    all.push(...batch);
  }
}

export function filesOfInput(list: FileList | null): readonly OpenFile[] {
  return [...(list ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, blob: file }));
}
