import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launchBrowser } from "./browser.ts";
import { axeViolations, openPage, openSample, openTable } from "./open-page.ts";
import { startPage } from "./page-server.ts";

vi.setConfig({ testTimeout: 60_000 });

let browser: Browser;
let server: Awaited<ReturnType<typeof startPage>>;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startPage()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const WINDOWS = [
  { name: "light", colorScheme: "light", viewport: { width: 1440, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1440, height: 900 } },
  { name: "light and narrow", colorScheme: "light", viewport: { width: 400, height: 800 } },
] as const;

describe.each(WINDOWS)("axe finds nothing wrong in $name", ({ colorScheme, viewport }) => {
  it("on the start page, the summary, a table with a record, the bytes and the problems", async () => {
    const { page, close } = await openPage(browser, server.url, { colorScheme, viewport });
    const isNarrow = viewport.width < 900;
    const contents = async (): Promise<void> => {
      if (isNarrow) await page.getByRole("tab", { name: "Contents" }).click();
    };
    expect(await axeViolations(page)).toEqual([]);
    if (isNarrow) {
      await page.getByRole("button", { name: "A damaged image" }).click();
      await page.getByRole("tab", { name: "Contents" }).waitFor();
    } else await openSample(page, "A damaged image");
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await axeViolations(page)).toEqual([]);

    await contents();
    if (isNarrow) expect(await axeViolations(page)).toEqual([]);
    await openTable(page, "regions");
    await page.locator("[data-index='1'] [data-column='1']").click();
    if (isNarrow) await page.getByRole("tab", { name: "Record" }).click();
    await page.locator("[data-pane=record] [data-line]").first().waitFor();
    await page.locator("[data-pane=record] [data-offset]").first().waitFor();
    expect(await axeViolations(page)).toEqual([]);

    await contents();
    await page.locator("nav").getByRole("link", { name: /^Bytes/ }).click();
    await page.locator("[data-pane=place] [data-offset]").first().waitFor();
    expect(await axeViolations(page)).toEqual([]);

    await contents();
    await page.locator("nav").getByRole("link", { name: /^Problems/ }).click();
    await page.locator("[data-index='0'] [data-column='0']").click();
    await page.getByText("What to do").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await close();
  });
});
