import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launchBrowser } from "./browser.ts";
import { ADDED_REGIONS, manyRegions } from "./large-image.ts";
import { openPage, openTable, type Watched } from "./open-page.ts";
import { startPage } from "./page-server.ts";

/** Longest time without a frame that a person does not take for a stall; this machine may be busy with other tests. */
const STALL_MS = 700;

vi.setConfig({ testTimeout: 60_000 });

let browser: Browser;
let server: Awaited<ReturnType<typeof startPage>>;
let folder: string;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "icecore-large-"));
  await writeFile(join(folder, "large.img"), await manyRegions());
  [browser, server] = await Promise.all([launchBrowser(), startPage()]);
  watched = await openPage(browser, server.url);
  page = watched.page;
  await page.evaluate(() => {
    const state = window as unknown as { longestGap: number };
    state.longestGap = 0;
    let last = performance.now();
    const tick = (now: number): void => {
      state.longestGap = Math.max(state.longestGap, now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}, 120_000);
afterAll(async () => {
  await watched?.close();
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const longestGap = (): Promise<number> => page.evaluate(() => (window as unknown as { longestGap: number }).longestGap);
const rows = () => page.locator("[data-pane=place] [data-index]");
const lastIndex = async (): Promise<number> => Number(await rows().last().getAttribute("data-index"));

describe("a table of a million rows", () => {
  it("is on screen with only the visible rows in the page", async () => {
    await page.locator("[data-testid=files]").setInputFiles(join(folder, "large.img"));
    await page.getByRole("navigation", { name: "What is in the checkpoint" }).waitFor({ timeout: 50_000 });
    await openTable(page, "records");
    expect(Number(await page.locator("[data-pane=place] [role=grid]").getAttribute("aria-rowcount"))).toBeGreaterThan(1_000_000);
    expect(await rows().count()).toBeLessThan(100);
  });

  it("shows its last row after one key", async () => {
    await page.locator("[data-pane=place] [role=grid]").focus();
    await page.keyboard.press("Control+End");
    const count = Number(await page.locator("[data-pane=place] [role=grid]").getAttribute("aria-rowcount")) - 2;
    await expect.poll(lastIndex).toBe(count - 1);
    await expect.poll(() => rows().last().textContent()).not.toContain("…");
  });

  it("moves by rows with the wheel and by shares with the scroll bar", async () => {
    const grid = page.locator("[data-pane=place] [role=grid]");
    const before = await lastIndex();
    await grid.hover();
    await page.mouse.wheel(0, -240);
    await expect.poll(lastIndex).toBeLessThan(before);
    expect(before - (await lastIndex())).toBeLessThan(20);
    await grid.evaluate((element) => {
      element.scrollTop = element.scrollHeight / 2;
    });
    await expect.poll(lastIndex).toBeLessThan(1_000_000 * 0.6);
    expect(await lastIndex()).toBeGreaterThan(1_000_000 * 0.4);
    await grid.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await expect.poll(lastIndex).toBe(before);
  });

  it("sorts and filters in the worker", async () => {
    await openTable(page, "regions");
    const start = page.locator("[data-pane=place]").getByRole("columnheader", { name: "start" });
    await start.click();
    await start.click();
    await expect.poll(() => start.getAttribute("aria-sort")).toBe("descending");
    await expect.poll(() => rows().first().textContent(), { timeout: 20_000 }).toContain("vdso");
    await page.getByRole("textbox", { name: "Filter start" }).fill(">=0x100000000");
    await page.getByRole("textbox", { name: "Filter end" }).fill("<0x100010000");
    const count = page.locator("[data-pane=place] [role=status]").first();
    await expect.poll(() => count.textContent(), { timeout: 20_000 }).toBe(`8 of ${(ADDED_REGIONS + 32).toLocaleString("en")} rows`);
  });

  it("has its last bytes within reach too", async () => {
    await page.locator("nav").getByRole("link", { name: /^Bytes/ }).click();
    await page.locator("[data-pane=place] [role=grid]").focus();
    await page.keyboard.press("Control+End");
    await expect.poll(() => page.locator("[data-pane=place] [role=grid] [role=row]").last().textContent()).toMatch(/efdec0/);
  });

  it("never stalled the page", async () => {
    expect(await longestGap()).toBeLessThan(STALL_MS);
    expect(watched.errors).toEqual([]);
  });
});
