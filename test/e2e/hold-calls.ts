/** Makes the page wait: calls with these names never reach the worker, as if it took for ever. An empty list lets all through. */
import type { Page } from "playwright-core";

export async function holdCalls(page: Page, ...names: readonly string[]): Promise<void> {
  await page.evaluate((held) => {
    const state = window as unknown as { heldCalls?: readonly string[] };
    const isPatched = state.heldCalls !== undefined;
    state.heldCalls = held;
    if (isPatched) return;
    // oxlint-disable-next-line typescript/unbound-method -- called with the worker as `this`
    const post = Worker.prototype.postMessage as (this: Worker, message: unknown, transfer: Transferable[]) => void;
    Worker.prototype.postMessage = function (this: Worker, message: { name?: string }, transfer: Transferable[]) {
      if (message.name === undefined || state.heldCalls?.includes(message.name) !== true) post.call(this, message, transfer);
    } as typeof Worker.prototype.postMessage;
  }, names);
}
