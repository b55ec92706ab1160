/**
 * Bytes of the set as a file on the user's disk. Where the browser lets the page write to a file that the user chose, large
 * ones go there piece by piece; elsewhere they are gathered in a blob, which has a limit.
 */
import type { Inspector, Span } from "../../core/index.ts";
import { announce } from "../state/selection.ts";
import { createStore } from "../state/store.ts";
import { saveBlob } from "./copy.ts";
import { exactBytes, sizeText } from "./words.ts";

const PIECE = 8 << 20;
/** Up to here a blob is as good as a file that was asked for. */
const STREAM_FROM = 64 << 20;
/** Most bytes that are gathered in a blob. */
export const SAVE_LIMIT = 2 ** 31;

interface Target {
  write(piece: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

interface FilePickerWindow {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{ createWritable(): Promise<Target> }>;
}

export interface BytesSaving {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  readonly cancel: () => void;
}

/** What is being saved, for the status line. One at a time. */
export const bytesSaving = createStore<BytesSaving | undefined>(undefined);

type Picker = NonNullable<FilePickerWindow["showSaveFilePicker"]>;

function picker(): Picker | undefined {
  return (window as unknown as FilePickerWindow).showSaveFilePicker?.bind(window);
}

/** Most bytes that can be saved at once: any number where the browser lets the page write to a file. */
export function mostSaved(): number {
  return picker() === undefined ? SAVE_LIMIT : Number.MAX_SAFE_INTEGER;
}

/**
 * Saves what `write` puts, piece by piece. Call it from an event of the user: the browser asks for a file first.
 * `total` is how many bytes will come, as far as it is known. `write` resolves with what to announce.
 */
export async function savePieces(name: string, total: number, write: (put: (piece: Uint8Array) => Promise<void>, signal: AbortSignal) => Promise<string>): Promise<void> {
  if (bytesSaving.get() !== undefined) return announce("Another file is being saved: wait for it, or cancel it.");
  const pick = total > STREAM_FROM ? picker() : undefined;
  const controller = new AbortController();
  const tell = (done: number): void => bytesSaving.set({ name, done, total: Math.max(total, done), cancel: () => controller.abort() });
  try {
    tell(0);
    const target = pick === undefined ? blobTarget(name) : await (await pick({ suggestedName: name })).createWritable();
    let said: string;
    let done = 0;
    try {
      said = await write(async (piece) => {
        await target.write(piece as Uint8Array<ArrayBuffer>);
        done += piece.length;
        tell(done);
      }, controller.signal);
    } catch (error) {
      await target.abort();
      throw error;
    }
    await target.close();
    announce(said);
  } catch (error) {
    announce(controller.signal.aborted ? "Saving was cancelled." : `Saving stopped: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    bytesSaving.set(undefined);
  }
}

export async function saveBytes(inspector: Inspector, span: Span, name: string): Promise<void> {
  const length = span.end - span.start;
  const saved = Math.min(length, mostSaved());
  const end = span.start + saved;
  await savePieces(name, saved, async (put, signal) => {
    for (let at = span.start; at < end; ) {
      const bytes = await inspector.bytes(span.file, at, Math.min(at + PIECE, end), signal);
      if (bytes.length === 0) throw new Error(`the file ends after ${exactBytes(at - span.start)}`);
      await put(bytes);
      at += bytes.length;
    }
    const rest = saved < length ? ` That is the beginning: this browser saves at most ${sizeText(SAVE_LIMIT)} at once.` : "";
    return `Saved ${exactBytes(saved)} as ${name}.${rest}`;
  });
}

function blobTarget(name: string): Target {
  const pieces: Blob[] = [];
  return {
    async write(piece) {
      pieces.push(new Blob([piece]));
    },
    async close() {
      saveBlob(new Blob(pieces), name);
    },
    async abort() {
      pieces.length = 0;
    },
  };
}
