/** From a PATH of the command line to an opened image; the exit status follows from what is found in it. */
import { close, createReadStream, fstat, open } from "node:fs";
import { promisify } from "node:util";
import { OpenError, openCheckpoint, type Inspector, type OnProgress, type OpenOptions, type Summary } from "../core/index.ts";
import { CallError } from "./call-error.ts";
import { fileSource } from "./file-source.ts";
import { suggestion } from "./near-match.ts";
import { progressLine } from "./progress.ts";
import { complain, type Run } from "./run.ts";
import { spool, STDIN_NAME } from "./stdin.ts";
import { OutputClosed } from "./terminal.ts";
import { parseSize } from "./values.ts";

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);

export interface Image {
  /** As given; standard input has a name of its own. */
  readonly name: string;
  readonly inspector: Inspector;
  readonly summary: Summary;
  /** Bytes of the file as it is stored: fewer than the image has when it is compressed. */
  readonly storedBytes: number;
}

/** Open the image, hand it to `use` and close it again, whatever happens. */
export async function withImage(path: string, run: Run, use: (image: Image) => Promise<void>): Promise<void> {
  const name = path === "-" ? STDIN_NAME : path;
  const progress = progressLine(process.stderr, name);
  const options = openOptions(run);
  const { descriptor, size } = await guarded(name, () => openPath(path, progress.report));
  try {
    const inspector = await guarded(name, () => openCheckpoint([{ name, source: fileSource(descriptor, size) }], options, progress.report));
    progress.clear();
    try {
      const summary = await inspector.summary();
      checkOverrides(options, summary);
      run.raise(summary.problems.error > 0 ? 1 : 0);
      if (summary.format === "unknown" && summary.problems.error === 0) {
        complain(`${name}: no format recognises this file`);
        run.raise(2);
      }
      await use({ name, inspector, summary, storedBytes: size });
    } finally {
      await inspector.close();
    }
  } finally {
    progress.clear();
    await closeFile(descriptor);
  }
}

/**
 * The same for several images. One that cannot be opened is named on standard error and the others follow. Once nobody
 * reads our output the rest are still opened, since the exit status speaks for all of them.
 */
export async function withEachImage(run: Run, use: (image: Image) => Promise<void>): Promise<void> {
  if (run.words.filter((word) => word === "-").length > 1) throw new CallError("standard input (-) can be read only once");
  for (const path of run.words) {
    try {
      await withImage(path, run, use);
    } catch (error) {
      if (error instanceof CallError) {
        complain(error.message);
        run.raise(2);
      } else if (!(error instanceof OutputClosed)) throw error;
    }
  }
}

function openOptions({ options }: Run): OpenOptions {
  const revision = options.text("revision");
  const architecture = options.text("architecture");
  const inflateLimit = options.text("inflate-limit");
  return {
    ...(revision === undefined ? {} : { revision }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(inflateLimit === undefined ? {} : { inflateLimit: parseSize(inflateLimit, "inflate-limit") }),
  };
}

/** The core passes over names that the format does not have; a person wants to hear about the slip. */
function checkOverrides({ revision, architecture }: OpenOptions, { formatName, revisionChoices, architectureChoices }: Summary): void {
  const check = (option: string, value: string | undefined, choices: readonly string[]): void => {
    if (value === undefined || choices.length === 0 || choices.includes(value)) return;
    throw new CallError(`${formatName} has no ${option} ${value}${suggestion(value, choices, `it has ${choices.join(", ")}`)}`);
  };
  check("revision", revision, revisionChoices);
  check("architecture", architecture, architectureChoices);
}

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
    if (stats.isDirectory()) throw new CallError(`${path} is a directory; name an image file in it`);
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
    if (error instanceof OpenError) throw new CallError(error.message);
    if (error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error) {
      throw new CallError(`${name} could not be opened: ${REASONS[error.code] ?? error.message}`);
    }
    if (error instanceof TypeError && name.includes("\0")) throw new CallError(`${name} is not a file name`);
    throw error;
  }
}
