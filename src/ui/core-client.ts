/** The inspector as the page sees it: every question goes to a worker that holds the opened checkpoint. */
import { createCaller, remoteMemory, type Caller, type OpenFile, type Port } from "../core/rpc.ts";
import type { Inspector, OnProgress, OpenOptions } from "../core/index.ts";

export type OpenCheckpoint = (
  files: readonly OpenFile[],
  options: OpenOptions,
  onProgress: OnProgress,
  signal: AbortSignal,
) => Promise<Inspector>;

/** Until the far side has given back its scratch space, in milliseconds; what is left then, the next visit removes. */
const CLOSING_MS = 3_000;

/** Lets the far side end what it does and give back what it holds. Never rejects. */
async function closeFarSide(caller: Caller): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSING_MS));
  await Promise.race([caller.call("close", undefined).catch(() => undefined), late]);
}

/** Wraps the calling end of a port as an Inspector. `dispose` runs once, when the far side has closed. */
export function remoteInspector(caller: Caller, dispose: () => void): Inspector {
  const { call } = caller;
  return {
    summary: () => call("summary", undefined),
    tables: () => call("tables", undefined),
    query: (table, query, signal) => call("query", { table, query }, { signal }),
    rows: (view, from, to, columns) => call("rows", { view, from, to, columns }),
    row: (table, row) => call("row", { table, row }),
    indexOf: (view, row) => call("indexOf", { view, row }),
    explain: (record, expand) => call("explain", { record, expand }),
    locate: (table, row, column) => call("locate", { table, row, column }),
    ownerAt: (file, offset) => call("ownerAt", { file, offset }),
    bytes: (file, start, end, signal) => call("bytes", { file, start, end }, { signal }),
    nextUnexplained: (file, offset, direction) => call("nextUnexplained", { file, offset, direction }),
    recordsIn: (file, start, end) => call("recordsIn", { file, start, end }),
    fieldsIn: (file, start, end) => call("fieldsIn", { file, start, end }),
    exportView: (view, format, columns, write, signal) =>
      call("exportView", { view, format, columns }, { signal, onPiece: write }),
    problemCatalogue: () => call("problemCatalogue", undefined),
    resolvePlace: (text, from) => call("resolvePlace", { text, from }),
    memory: remoteMemory(caller),
    close: async () => {
      await closeFarSide(caller);
      dispose();
      caller.fail(new Error("The checkpoint was closed."));
    },
  };
}

export function workerPort(worker: Worker): Port {
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    listen: (onMessage) => worker.addEventListener("message", (event) => onMessage(event.data)),
  };
}

function startWorker(): Worker {
  return new Worker(new URL("./core.worker.ts", import.meta.url), { type: "module" });
}

/** A worker that has loaded its code and waits for files: loading takes half of the time that a small set takes to open. */
let spare: Worker | undefined;

/** Load the reader's code now; for a page that waits for a file. */
export function prepareReader(): void {
  if (spare !== undefined) return;
  const worker = startWorker();
  spare = worker;
  // One that could not be loaded is no use later: the next is started when there are files, and says why it fails.
  worker.addEventListener("error", () => {
    if (spare === worker) spare = undefined;
  });
}

function takeWorker(): Worker {
  const worker = spare ?? startWorker();
  spare = undefined;
  return worker;
}

/**
 * Opens files in a worker of their own; closing the inspector ends that worker, and with it whatever it still did.
 * Rejects with the core's OpenError, with an AbortError, or with the reason why the worker died.
 */
export const openInWorker: OpenCheckpoint = async (files, options, onProgress, signal) => {
  const worker = takeWorker();
  const caller = createCaller(workerPort(worker));
  worker.addEventListener("error", (event) => {
    caller.fail(new Error(`The reader stopped: ${event.message || "its code could not be loaded"}.`));
  });
  worker.addEventListener("messageerror", () => caller.fail(new Error("An answer of the reader could not be received.")));
  try {
    await caller.call("open", { files, options }, { signal, onProgress });
  } catch (error) {
    // Whoever cancelled does not wait for this.
    void closeFarSide(caller).then(() => worker.terminate());
    throw error;
  }
  return remoteInspector(caller, () => worker.terminate());
};
