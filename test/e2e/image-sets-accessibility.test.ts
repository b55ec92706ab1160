import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { axeViolations, openTable } from "./open-page.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 90_000 });

const { visit } = visits();

const WINDOWS = [
  { name: "light", colorScheme: "light", viewport: { width: 1440, height: 600 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1440, height: 600 } },
  { name: "dark and narrow", colorScheme: "dark", viewport: { width: 400, height: 600 } },
] as const;

const isWide = (page: Page): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);

describe.each(WINDOWS)("axe finds nothing wrong in $name", ({ colorScheme, viewport }) => {
  it("with the choice among checkpoints, the files, their picker and hidden values", async () => {
    const page = await visit({ colorScheme, viewport });
    const isNarrow = viewport.width < 900;
    const contents = async (): Promise<void> => {
      if (isNarrow) await page.getByRole("tab", { name: "Contents" }).click();
    };
    const check = async (): Promise<void> => {
      expect(await axeViolations(page)).toEqual([]);
      expect(await isWide(page)).toBe(false);
    };
    await page.getByRole("button", { name: "Three dumps of one program" }).click();
    await page.getByRole("region", { name: /checkpoints were opened together/ }).waitFor();
    await check();
    await page.getByRole("button", { name: /^Checkpoint/ }).click();
    await check();
    await page.keyboard.press("Escape");

    await contents();
    await openTable(page, "images");
    await check();
    await page.locator("[data-index='1'] [data-column='1']").click();
    await page.keyboard.press("Enter");
    await page.locator("[data-pane=place] [data-offset]").first().waitFor();
    await check();
    await page.keyboard.press("f");
    await page.getByRole("listbox", { name: "Files" }).getByRole("option").first().waitFor();
    await check();
    await page.keyboard.press("Escape");

    await page.goto("about:blank");
    const other = await visit({ colorScheme, viewport });
    await other.getByRole("button", { name: "A container" }).click();
    await other.getByRole("heading", { level: 1, name: /Podman/ }).waitFor();
    expect(await axeViolations(other)).toEqual([]);
    if (isNarrow) await other.getByRole("tab", { name: "Contents" }).click();
    await openTable(other, "process_spec");
    await other.locator("[data-index='4'] [data-column='1']").click();
    if (isNarrow) await other.getByRole("tab", { name: "Record" }).click();
    await other.getByText("holds environment variables").waitFor();
    expect(await axeViolations(other)).toEqual([]);
    expect(await isWide(other)).toBe(false);
  });
});
