import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launchBrowser } from "./browser.ts";
import { openPage, type Watched } from "./open-page.ts";
import { startPage } from "./page-server.ts";

vi.setConfig({ testTimeout: 60_000 });

let browser: Browser;
let server: Awaited<ReturnType<typeof startPage>>;
let watched: Watched;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startPage()]);
  watched = await openPage(browser, server.url);
}, 120_000);
afterAll(async () => {
  await watched?.close();
  await browser?.close();
  await server?.close();
});

const focused = (page: Page): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute("role") ?? null);

/** F6 until a part with this role has the focus. */
async function paneTo(page: Page, role: string): Promise<void> {
  for (let step = 0; step < 4; step++) {
    if ((await focused(page)) === role) return;
    await page.keyboard.press("F6");
    // A pane gets the focus with the frame after the key.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  throw new Error(`F6 does not reach a ${role}.`);
}

describe("with the keyboard alone", () => {
  it("a sample is opened, a task is found, its record is read and its bytes are shown", async () => {
    const { page } = watched;
    const onSample = async (): Promise<boolean> => await page.evaluate(() => document.activeElement?.textContent?.includes("Five tasks, 32 bit") === true && document.activeElement.matches("button"));
    for (let step = 0; step < 60 && !(await onSample()); step++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("navigation", { name: "What is in the checkpoint" }).waitFor();

    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /^Command/ }).fill("Tasks");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toContain("table=tasks");

    await page.locator("[data-pane=place] [data-index]").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await expect.poll(() => page.locator("[data-pane=place] [aria-selected=true]").getAttribute("data-index")).toBe("1");
    await page.keyboard.press("F6");
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest("[data-pane]")?.getAttribute("data-pane"))).toBe("record");

    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.url()).toContain("field=");
    await page.keyboard.press("b");
    await expect.poll(() => page.url()).toContain("at=bytes");
    await page.keyboard.press("[");
    await expect.poll(() => page.url()).toContain("table=tasks");
  });

  it("a table is filtered, sorted, and its columns are widened and moved", async () => {
    const { page } = watched;
    await page.keyboard.press("/");
    await page.keyboard.type("189");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("[data-pane=place] [role=status]").first().textContent()).toMatch(/ of /);
    await expect.poll(() => focused(page)).toMatch(/grid/);
    await page.keyboard.press("x");
    await expect.poll(() => page.locator("[data-pane=place] [role=status]").first().textContent()).not.toMatch(/ of /);

    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    const header = page.locator("[role=columnheader]").first();
    await expect.poll(() => header.getAttribute("aria-sort")).toBe("ascending");
    const before = (await header.boundingBox())?.width ?? 0;
    await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(async () => (await header.boundingBox())?.width ?? 0).toBeGreaterThan(before);
    const label = await header.textContent();
    await page.keyboard.press("Alt+ArrowRight");
    await expect.poll(() => page.locator("[role=columnheader]").nth(1).textContent()).toBe(label);
  });

  it("a cell's menu filters by its value", async () => {
    const { page } = watched;
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+F10");
    await page.getByRole("menu").waitFor();
    await page.keyboard.press("o");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("[data-pane=place] [role=status]").first().textContent()).toMatch(/ of /);
    await page.keyboard.press("x");
  });

  it("an offset is reached from the address bar, and bytes are selected and stepped by field", async () => {
    const { page } = watched;
    await page.keyboard.press("g");
    await page.keyboard.type("0x20");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toContain("offset=32");
    await paneTo(page, "grid");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(() => page.locator("[data-pane=place] [role=grid] [role=gridcell][class*=selected]").count()).toBe(3);
    await expect.poll(() => page.url()).toContain("offset=34");
    await page.keyboard.press(".");
    await expect.poll(() => page.url()).toContain("offset=40");
    await page.keyboard.press("Control+End");
    await expect.poll(() => page.url()).toMatch(/offset=9370\d/);
  });

  it("the help sheet opens and closes", async () => {
    const { page } = watched;
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  });

  it("nothing of this made an error or a foreign request", () => {
    expect(watched.errors).toEqual([]);
    expect(watched.strays).toEqual([]);
  });
});
