/**
 * What comes through a pipe, as a file that can be read at any place.
 *
 * The file lies in a private folder and has no name any more before the first byte goes in: it is gone when the
 * descriptor closes, also after a crash or a kill, and nobody else can open it.
 */
import { close, mkdtempSync, openSync, rmdirSync, unlinkSync, write } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const writeAt = promisify(write);
const closeFile = promisify(close);

/** Name under which an image from standard input is reported. */
export const STDIN_NAME = "<stdin>";

/** Synchronous throughout, so that no signal can end the program while the file has a name. */
function openNameless(): number {
  // mkdtemp makes the folder with mode 0700.
  const folder = mkdtempSync(join(tmpdir(), "icecore-"));
  try {
    const path = join(folder, "image");
    const descriptor = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    return descriptor;
  } finally {
    rmdirSync(folder);
  }
}

/** Copy a stream into a nameless file; `onBytes` hears how much has come so far. The caller closes the descriptor. */
export async function spool(
  input: AsyncIterable<Uint8Array>,
  onBytes: (total: number) => void,
): Promise<{ readonly descriptor: number; readonly size: number }> {
  const descriptor = openNameless();
  try {
    let size = 0;
    for await (const chunk of input) {
      for (let written = 0; written < chunk.length; ) {
        written += (await writeAt(descriptor, chunk, written, chunk.length - written, size + written)).bytesWritten;
      }
      size += chunk.length;
      onBytes(size);
    }
    return { descriptor, size };
  } catch (error) {
    await closeFile(descriptor);
    throw error;
  }
}
