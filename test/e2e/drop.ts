/** Drops files and folders as the browser does it, through the DevTools protocol, since a scripted transfer carries no files. */
import type { Page } from "playwright-core";

/** `paths` are absolute; a folder drops as a folder. */
export async function drop(page: Page, ...paths: readonly string[]): Promise<void> {
  // The page listens for drops from its first frame on, not from its first script on.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
    if (type === "dragOver") await page.getByText("Drop to open").waitFor();
  }
}
