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
      const began = performance.now();
      await page.locator("input[type=file]").first().setInputFiles(path);
      await page.locator('nav a[href*="table=tasks&"]').click({ timeout: 120_000 });
      await page.locator("[data-pane=place] [data-index]").first().waitFor();
      const took = performance.now() - began;
      figures.push([`${what}: from the chosen file to the first row on the screen`, `${took.toFixed(0)} ms`, ""]);
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
