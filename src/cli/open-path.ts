/** A file of the system, or what comes through a pipe; and what the system refuses as one line. */
import { close, createReadStream, fstat, open } from "node:fs";
import { promisify } from "node:util";
import { OpenError, type OnProgress } from "../core/index.ts";
import { CallError } from "./call-error.ts";
import { spool } from "./stdin.ts";

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);

/** A file, or standard input (`-`) copied to one; the caller closes the descriptor. */
export async function openPath(path: string, onProgress: OnProgress): Promise<{ readonly descriptor: number; readonly size: number }> {
  const arrived = (done: number): void => onProgress({ phase: "reading", done, total: 0 });
  if (path === "-") {
    if (process.stdin.isTTY) throw new CallError("standard input is a terminal; give a file, or an image through a pipe");
    return await spool(process.stdin, arrived);
  }
  const descriptor = await openFile(path, "r");
  try {
    const stats = await statFile(descriptor);
    if (stats.isDirectory()) throw new CallError(`${path} is a directory; name a file in it`);
    if (stats.isFile()) return { descriptor, size: stats.size };
  } catch (error) {
    await closeFile(descriptor);
    throw error;
  }
  // A named pipe, or what a shell makes of <(command): like standard input. The stream closes the descriptor.
  return await spool(createReadStream("", { fd: descriptor }), arrived);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of the path is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ENOSPC: "no space left for a copy of the input; set TMPDIR to a folder with more",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
};

/** What the system refuses becomes one line; our own bugs pass through. */
export async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OpenError) throw new CallError(`${error.message} ${error.remedy}`);
    if (error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error) {
      throw new CallError(`${name} could not be opened: ${REASONS[error.code] ?? error.message}`);
    }
    if (error instanceof TypeError && name.includes("\0")) throw new CallError(`${name} is not a file name`);
    throw error;
  }
}
