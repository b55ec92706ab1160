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

export async function saveBytes(inspector: Inspector, span: Span, name: string): Promise<void> {
  if (bytesSaving.get() !== undefined) return announce("Another file is being saved: wait for it, or cancel it.");
  const length = span.end - span.start;
  const picker = (window as unknown as FilePickerWindow).showSaveFilePicker?.bind(window);
  const streams = length > STREAM_FROM && picker !== undefined;
  const saved = streams ? length : Math.min(length, SAVE_LIMIT);
  const controller = new AbortController();
  const tell = (done: number): void => bytesSaving.set({ name, done, total: saved, cancel: () => controller.abort() });
  try {
    tell(0);
    const target = streams ? await (await picker({ suggestedName: name })).createWritable() : blobTarget(name);
    try {
      for (let at = span.start; at < span.start + saved; ) {
        const bytes = await inspector.bytes(span.file, at, Math.min(at + PIECE, span.start + saved), controller.signal);
        if (bytes.length === 0) throw new Error(`the file ends after ${exactBytes(at - span.start)}`);
        await target.write(bytes as Uint8Array<ArrayBuffer>);
        at += bytes.length;
        tell(at - span.start);
      }
    } catch (error) {
      await target.abort();
      throw error;
    }
    await target.close();
    const rest = saved < length ? ` That is the beginning: this browser saves at most ${sizeText(SAVE_LIMIT)} at once.` : "";
    announce(`Saved ${exactBytes(saved)} as ${name}.${rest}`);
  } catch (error) {
    announce(controller.signal.aborted ? "Saving was cancelled." : `Saving stopped: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    bytesSaving.set(undefined);
  }
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
