/** Where a command writes: standard output, or the file that --output names. */
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { CallError } from "./call-error.ts";
import type { Output } from "./terminal.ts";

export interface Destination {
  write(piece: string | Uint8Array): Promise<void>;
  /** True for a file that --output names. */
  readonly isFile: boolean;
  close(): void;
}

/**
 * The file is made when the first piece comes, so that a call that fails before leaves nothing behind. `input` must not be
 * the same file: it would be empty before it is read.
 */
export function openDestination(path: string | undefined, input: string, out: Output): Destination {
  if (path === undefined || path === "-") {
    return { isFile: false, write: (piece) => (typeof piece === "string" ? out.write(piece) : out.bytes(piece)), close: () => undefined };
  }
  if (isSameFile(path, input)) throw new CallError(`${path} is the input itself; name another file for the output`);
  let descriptor: number | undefined;
  return {
    isFile: true,
    async write(piece) {
      try {
        descriptor ??= openSync(path, "w");
        const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
        for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      } catch (error) {
        throw new CallError(`${path} could not be written: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

function isSameFile(path: string, input: string): boolean {
  if (input === "-") return false;
  const [a, b] = [path, input].map((name) => statSync(name, { throwIfNoEntry: false, bigint: true }));
  return a !== undefined && b !== undefined && a.isFile() && a.dev === b.dev && a.ino === b.ino;
}
