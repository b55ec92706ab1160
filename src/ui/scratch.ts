/**
 * Scratch space in the browser: files of the origin-private file system, which only this page can see. For the worker, where
 * they can be read and written at any position.
 *
 * Each session has a folder and holds a lock of its name for as long as it lives. A folder whose lock is free was left
 * behind by a tab that closed or crashed, and is removed by the next session; those of live tabs are not.
 */
import type { ScratchFile, ScratchStore } from "../core/index.ts";

/** What the worker's type library would call FileSystemSyncAccessHandle; the page's does not have it. */
interface SyncFile {
  read(buffer: Uint8Array, options: { readonly at: number }): number;
  write(buffer: Uint8Array, options: { readonly at: number }): number;
  close(): void;
}

const FULL = "the browser gives this page no more space.";

const FOLDER = "icecore-scratch";

const lockName = (session: string): string => `${FOLDER}/${session}`;

/** Undefined where the browser has no such space: on file:// addresses and in some private windows. */
export async function browserScratch(): Promise<ScratchStore | undefined> {
  try {
    const root = await navigator.storage.getDirectory();
    const all = await root.getDirectoryHandle(FOLDER, { create: true });
    const session = crypto.randomUUID();
    // The lock before the folder: a folder that can be seen always has its lock.
    await holdLock(lockName(session));
    await removeLeftovers(all);
    const folder = await all.getDirectoryHandle(session, { create: true });
    await probe(folder);
    return storeIn(folder);
  } catch {
    // Whatever is missing or forbidden, the answer is the same: there is no space, and members that need it are refused.
    return undefined;
  }
}

/** Held until the worker ends. */
async function holdLock(name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const held = navigator.locks.request(name, async () => {
      resolve();
      await new Promise(() => {});
    });
    held.catch(reject);
  });
}

async function removeLeftovers(all: FileSystemDirectoryHandle): Promise<void> {
  const names: string[] = [];
  for await (const name of (all as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
  for (const name of names) {
    await navigator.locks.request(lockName(name), { ifAvailable: true }, async (lock) => {
      // A file that is still being closed elsewhere may refuse: the next session tries again.
      if (lock !== null) await all.removeEntry(name, { recursive: true }).catch(() => undefined);
    });
  }
}

/** Some private windows have the folder and refuse the files. */
async function probe(folder: FileSystemDirectoryHandle): Promise<void> {
  (await openFile(folder, "probe")).close();
  await folder.removeEntry("probe");
}

async function openFile(folder: FileSystemDirectoryHandle, name: string): Promise<SyncFile> {
  const handle = await folder.getFileHandle(name, { create: true });
  return await (handle as unknown as { createSyncAccessHandle(): Promise<SyncFile> }).createSyncAccessHandle();
}

function storeIn(folder: FileSystemDirectoryHandle): ScratchStore {
  let created = 0;
  return {
    async create(): Promise<ScratchFile> {
      const name = String(created++);
      const file = await openFile(folder, name);
      return growingFile(file, async () => await folder.removeEntry(name));
    },
  };
}

function growingFile(file: SyncFile, remove: () => Promise<void>): ScratchFile {
  let size = 0;
  let open = true;
  return {
    get size() {
      return size;
    },
    async append(bytes) {
      let written: number;
      try {
        written = file.write(bytes, { at: size });
      } catch (error) {
        if (error instanceof DOMException && error.name === "QuotaExceededError") throw new Error(FULL, { cause: error });
        throw error;
      }
      if (written < bytes.length) throw new Error(FULL);
      size += bytes.length;
    },
    source() {
      const whole = size;
      return {
        size: whole,
        async read(start, end) {
          const from = Math.min(Math.max(0, start), whole);
          const bytes = new Uint8Array(Math.min(Math.max(from, end), whole) - from);
          return bytes.subarray(0, file.read(bytes, { at: from }));
        },
      };
    },
    async close() {
      if (!open) return;
      open = false;
      file.close();
      await remove();
    },
  };
}
