/** Where a command writes: standard output, or the file that --output names. */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, realpathSync, statSync, writeSync } from "node:fs";
import { relative } from "node:path";
import { CallError } from "./call-error.ts";
import type { Output } from "./terminal.ts";

export interface Destination {
  write(piece: string | Uint8Array): Promise<void>;
  /** True for a file that --output names. */
  readonly isFile: boolean;
  close(): void;
}

/**
 * The file is made when the first piece comes, so that a call that fails before leaves nothing behind. None of the inputs may be
 * the same file: it would be empty before it is read. `sparse` leaves holes for long runs of zeros.
 */
export function openDestination(path: string | undefined, inputs: readonly string[], out: Output, { sparse = false } = {}): Destination {
  if (path === undefined || path === "-") {
    return { isFile: false, write: (piece) => (typeof piece === "string" ? out.write(piece) : out.bytes(piece)), close: () => undefined };
  }
  if (inputs.some((input) => isSameFile(path, input) || isInside(path, input))) throw new CallError(`${path} is the input itself, or a part of it; name another file for the output`);
  let descriptor: number | undefined;
  let takesHoles = false;
  let position = 0;
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      throw new CallError(`${path} could not be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return {
    isFile: true,
    async write(piece) {
      const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
      attempt(() => {
        if (descriptor === undefined) {
          descriptor = openSync(path, "w");
          takesHoles = sparse && fstatSync(descriptor).isFile();
        }
        if (takesHoles && bytes.length >= LEAST_HOLE && isAllZero(bytes)) {
          position += bytes.length;
          return;
        }
        for (let at = 0; at < bytes.length; ) {
          const written = writeSync(descriptor, bytes, at, bytes.length - at, takesHoles ? position : null);
          at += written;
          position += written;
        }
      });
    },
    close() {
      if (descriptor === undefined) return;
      const opened = descriptor;
      attempt(() => {
        // A hole at the end needs a length.
        if (takesHoles) ftruncateSync(opened, position);
        closeSync(opened);
      });
    },
  };
}

/** Bytes. Smaller holes save less than they cost. */
const LEAST_HOLE = 16 * 1024;
const ZEROS = Buffer.alloc(1024 * 1024);

function isAllZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (ZEROS.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}

/** An existing file below a folder that is the input: it may be an image that is being read. */
function isInside(path: string, input: string): boolean {
  if (input === "-" || statSync(input, { throwIfNoEntry: false })?.isDirectory() !== true || !existsSync(path)) return false;
  return !relative(realpathSync(input), realpathSync(path)).startsWith("..");
}

function isSameFile(path: string, input: string): boolean {
  if (input === "-") return false;
  const [a, b] = [path, input].map((name) => statSync(name, { throwIfNoEntry: false, bigint: true }));
  return a !== undefined && b !== undefined && a.isFile() && a.dev === b.dev && a.ino === b.ino;
}
