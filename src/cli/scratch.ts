/**
 * Scratch space in the system's temporary folder. The file is unlinked as soon as it is open: nobody else can open it, and
 * it is gone when the program ends, however it ends.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScratchFile, ScratchStore } from "../core/index.ts";
import { fileSource } from "./file-source.ts";

/** Files in `folder`, the temporary folder (TMPDIR) if none is given. */
export function scratchStore(folder = tmpdir()): ScratchStore {
  return { create: async () => await createFile(folder) };
}

/** A sentence in place of a bare code of the system. */
function explain(error: unknown, folder: string): Error {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") return new Error(`the disk of ${folder}, where large members are kept while the archive is open, is full.`, { cause: error });
  const why = error instanceof Error ? error.message : String(error);
  return new Error(`large members cannot be kept in ${folder} (${why}); set TMPDIR to another folder.`, { cause: error });
}

async function openUnlinked(folder: string): Promise<FileHandle> {
  const path = join(folder, `icecore-${randomBytes(12).toString("hex")}`);
  // O_EXCL: a link that somebody put there is not followed.
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await unlink(path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

async function createFile(folder: string): Promise<ScratchFile> {
  const handle = await openUnlinked(folder).catch((error: unknown) => {
    throw explain(error, folder);
  });
  let size = 0;
  let open = true;
  return {
    get size() {
      return size;
    },
    async append(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, size + at).catch((error: unknown) => {
          throw explain(error, folder);
        });
        at += bytesWritten;
      }
      size += bytes.length;
    },
    source: () => fileSource(handle.fd, size),
    async close() {
      if (!open) return;
      open = false;
      await handle.close();
    },
  };
}
