/** The core's thread: it alone reads files and decodes; the page only asks. */
import { blobSource, openCheckpoint } from "../core/index.ts";
import { serveInspector } from "../core/rpc.ts";
import { browserScratch } from "./scratch.ts";

/** The few members of a worker's scope that are used here; the page's own type library knows only `Window`. */
interface WorkerScope {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}
const scope = self as unknown as WorkerScope;

serveInspector(
  {
    post: (message, transfer) => scope.postMessage(message, transfer),
    listen: (onMessage) => scope.addEventListener("message", (event) => onMessage(event.data)),
  },
  async (files, options, onProgress, signal) => {
    const scratch = await browserScratch();
    return await openCheckpoint(
      files.map(({ name, blob }) => ({ name, source: blobSource(blob) })),
      options,
      onProgress,
      signal,
      scratch === undefined ? {} : { scratch },
    );
  },
);
