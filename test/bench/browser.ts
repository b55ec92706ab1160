/** Time from a chosen file to the first table on the screen, and what the page weighs then, in a real Chromium. */
import { readFileSync } from "node:fs";
import { launchBrowser } from "../e2e/browser.ts";
import { startPage } from "../e2e/page-server.ts";

/** Resident bytes of the browser's renderer processes. */
function residentMemory(processes: readonly { readonly type: string; readonly id: number }[]): number {
  let sum = 0;
  for (const { type, id } of processes) {
    if (type !== "renderer") continue;
    try {
      const status = readFileSync(`/proc/${id}/status`, "utf8");
      sum += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      // The process has gone: it weighs nothing.
    }
  }
  return sum;
}

/**
 * In the page: milliseconds from the event that files were chosen to the frame that shows the first row of the tasks. The
 * link to them is followed as soon as it is there. Measured inside, so that the messages of the test's driver do not count.
 */
async function firstRow(): Promise<number> {
  return await new Promise((resolve) => {
    const begin = (): void => {
      const began = performance.now();
      let followed = false;
      const observer = new MutationObserver(() => {
        const link = followed ? null : document.querySelector<HTMLElement>('nav a[href*="table=tasks&"]');
        if (link !== null) {
          followed = true;
          link.click();
        }
        if (!followed || document.querySelector("[data-pane=place] [data-index]") === null) return;
        observer.disconnect();
        // Two frames: what the first one is asked for is on the screen when the second one begins.
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
      });
      observer.observe(document.body, { childList: true, subtree: true, attributes: true });
    };
    document.addEventListener("change", begin, { capture: true, once: true });
  });
}

/** What, figure, target, for each image. Memory is read from /proc and left out where there is none. */
export async function browserFigures(images: readonly (readonly [what: string, path: string])[]): Promise<[string, string, string][]> {
  const figures: [string, string, string][] = [];
  const server = await startPage();
  const browser = await launchBrowser();
  const devtools = await browser.newBrowserCDPSession();
  const memory = async (): Promise<number> => residentMemory((await devtools.send("SystemInfo.getProcessInfo")).processInfo);
  try {
    for (const [what, path] of images) {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.getByText("Drop an image").waitFor();
      const before = await memory();
      const [took] = await Promise.all([page.evaluate(firstRow), page.locator("input[type=file]").first().setInputFiles(path)]);
      figures.push([`${what}: from the chosen file to the first row on the screen`, `${took.toFixed(0)} ms`, what.includes("tar of a CRIU set") ? "at most 500 ms" : ""]);
      // At rest: what the collector leaves, not what it has not come to yet.
      await page.waitForTimeout(4000);
      const after = await memory();
      if (after > 0) figures.push([`${what}: memory of the page above the empty page`, `${((after - before) / 1048576).toFixed(0)} MiB`, "at most 200 MiB"]);
      await page.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return figures;
}
