/** A view as a file on the user's disk: streamed where the browser can, gathered in a blob where it cannot. */
import type { ExportFormat, Inspector } from "../../../core/index.ts";
import { saveBlob } from "../copy.ts";

/** Past this many cells the export goes straight to a file that the user chose, if the browser offers that. */
const STREAM_CELLS = 4_000_000;

interface FilePickerWindow {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{
    createWritable(): Promise<{ write(piece: string): Promise<void>; close(): Promise<void>; abort(): Promise<void> }>;
  }>;
}

export interface Download {
  readonly inspector: Inspector;
  readonly view: number;
  readonly format: ExportFormat;
  readonly columns: readonly string[];
  readonly cells: number;
  readonly fileName: string;
  readonly signal: AbortSignal;
  /** Characters written so far. */
  readonly onProgress: (written: number) => void;
}

const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: "text/csv",
  json: "application/json",
  ndjson: "application/x-ndjson",
  text: "text/plain",
};

export async function download(job: Download): Promise<void> {
  const picker = (window as unknown as FilePickerWindow).showSaveFilePicker?.bind(window);
  let written = 0;
  const count = (piece: string): void => {
    written += piece.length;
    job.onProgress(written);
  };
  if (job.cells > STREAM_CELLS && picker !== undefined) {
    const handle = await picker({ suggestedName: job.fileName });
    const file = await handle.createWritable();
    try {
      await job.inspector.exportView(
        job.view,
        job.format,
        job.columns,
        async (piece) => {
          await file.write(piece);
          count(piece);
        },
        job.signal,
      );
      await file.close();
    } catch (error) {
      await file.abort();
      throw error;
    }
    return;
  }
  const pieces: string[] = [];
  await job.inspector.exportView(
    job.view,
    job.format,
    job.columns,
    (piece) => {
      pieces.push(piece);
      count(piece);
    },
    job.signal,
  );
  saveBlob(new Blob(pieces, { type: MEDIA_TYPES[job.format] }), job.fileName);
}
