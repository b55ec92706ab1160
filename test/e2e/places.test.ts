import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { holdCalls } from "./hold-calls.ts";
import { openSample, openTable, SAMPLES } from "./open-page.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 60_000 });


const { visit } = visits();

const record = (page: Page) => page.locator("[data-pane=record]");
const grid = (page: Page) => page.locator("[data-pane=place] [data-pane-focus]");
const selected = (page: Page) => page.locator("[data-pane=place] [data-index][aria-selected=true]");
const rows = (page: Page) => page.locator("[data-pane=place] [data-index]");
const counted = (page: Page) => page.locator("[data-pane=place] [role=status]").first();

describe("the record beside a table", () => {
  it("appears with the first selected row, which stays under the mouse", async () => {
    for (const width of [1440, 1024]) {
      const page = await visit({ viewport: { width, height: 800 } });
      await openSample(page, "Five tasks, 64 bit");
      await openTable(page, "regions");
      expect(await record(page).count()).toBe(0);
      const cell = page.locator("[data-index='4'] [data-column='2']");
      const before = await cell.boundingBox();
      await cell.click();
      await record(page).locator("[role=treegrid]").waitFor();
      expect((await cell.boundingBox())?.y).toBe(before?.y);
      await page.getByRole("button", { name: "Hide the record" }).click();
      expect(await record(page).count()).toBe(0);
      await page.keyboard.press("Control+j");
      await record(page).waitFor();
    }
  });

  it("does not cover the cell that brought it", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 64 bit");
    await openTable(page, "regions");
    const last = page.locator("[data-index='1'] [data-column]").last();
    await last.click();
    await record(page).waitFor();
    const edge = (await record(page).boundingBox())?.x ?? 0;
    await expect.poll(async () => {
      const box = await last.boundingBox();
      return box !== null && box.x + box.width <= edge + 1;
    }).toBe(true);
  });
});

describe("a link in a table", () => {
  for (const [how, follow] of [
    ["a click", async (page: Page) => page.locator("[data-index='20'] a").first().click()],
    [
      "the keyboard",
      async (page: Page) => {
        await page.locator("[data-index='20'] [data-column='1']").click();
        await page.keyboard.press("Home");
        await page.keyboard.press("Enter");
      },
    ],
  ] as const) {
    it(`followed by ${how} leads to its row, and the way back to the same row and scroll position`, async () => {
      const page = await visit({ viewport: { width: 1440, height: 500 } });
      await openSample(page, "Five tasks, 64 bit");
      await openTable(page, "regions");
      await grid(page).hover();
      await page.mouse.wheel(0, 300);
      await page.locator("[data-index='20']").waitFor();
      await expect.poll(() => grid(page).evaluate((element) => element.scrollTop)).toBe(300);
      await follow(page);
      await expect.poll(() => page.url()).toContain("table=tasks");
      await selected(page).waitFor();
      await page.keyboard.press("Alt+ArrowLeft");
      await expect.poll(() => page.url()).toContain("table=regions");
      await expect.poll(() => selected(page).getAttribute("data-index")).toBe("20");
      expect(await grid(page).evaluate((element) => element.scrollTop)).toBe(300);
      await page.keyboard.press("ArrowDown");
      await expect.poll(() => selected(page).getAttribute("data-index")).toBe("21");
    });
  }
});

describe("the problems", () => {
  it("open with the first one selected, its field marked and its remedy shown", async () => {
    const page = await visit();
    await openSample(page, "A damaged image");
    await page.getByRole("link", { name: /^Problems: / }).click();
    await page.getByText("What to do").waitFor();
    await expect.poll(() => selected(page).getAttribute("data-index")).toBe("0");
    await expect.poll(() => record(page).locator("[role=treegrid] [aria-selected=true]").textContent()).toContain("vm_end");
    await expect.poll(() => page.url()).toContain("table=problems&row=0");
    await page.goBack();
    await page.locator("main").getByRole("link", { name: /overlaps the region/ }).click();
    await expect.poll(() => page.url()).toContain("at=table&table=problems&row=0");
  });

  it("are stepped through from the bytes and from the record of a narrow page", async () => {
    const page = await visit({ viewport: { width: 400, height: 800 } });
    const image = await readFile(`${SAMPLES}v16-tree.img`);
    // Cut off inside a record: one problem is about the record, one about the image.
    const cut = image.subarray(0, 31_073);
    await page.locator("[data-testid=files]").setInputFiles({ name: "damaged.img", mimeType: "", buffer: cut });
    await page.getByRole("link", { name: /^Problems: / }).click();
    await page.getByText("What to do").waitFor();
    expect(await rows(page).count()).toBe(2);
    await page.getByRole("tab", { name: "Record" }).click();
    const at = async (): Promise<string | null> => new URLSearchParams(new URL(page.url()).hash.slice(1)).get("row");
    await page.keyboard.press("n");
    await expect.poll(at).toBe("1");
    expect(await page.getByRole("tab", { name: "Record" }).getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("b");
    await expect.poll(() => page.url()).toContain("at=bytes");
    await page.keyboard.press("p");
    await expect.poll(at).toBe("0");
    await page.keyboard.press("n");
    await expect.poll(at).toBe("1");
  });
});

describe("a filter that takes long", () => {
  it("is cancelled, and the rows that were there stay", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 64 bit");
    await openTable(page, "regions");
    await expect.poll(() => counted(page).textContent()).toBe("32 rows");
    await holdCalls(page, "query");
    await page.keyboard.press("/");
    await page.keyboard.type("stack");
    await page.getByText("looking through 32 rows").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => page.getByText("looking through").count()).toBe(0);
    expect(await page.getByRole("textbox", { name: /over all columns/ }).inputValue()).toBe("");
    expect(await counted(page).textContent()).toBe("32 rows");
    await holdCalls(page);
    await page.keyboard.press("/");
    await page.keyboard.type("stack");
    await expect.poll(() => counted(page).textContent()).toMatch(/ of 32 rows/);
  });
});

describe("the summary", () => {
  it("names the revision with its alternatives, the problems and the coverage", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 64 bit");
    const figures = page.locator("main dl").first();
    await expect.poll(() => figures.textContent()).toMatch(/v19, also v20/);
    expect(await figures.textContent()).toMatch(/100 % of 128,191 bytes/);
  });
});

describe("at 200 % zoom", () => {
  it("nothing scrolls sideways and every step of a problem is in reach", async () => {
    // A zoomed window has half as many CSS pixels.
    const page = await visit({ viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 });
    const isWide = (): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(await isWide()).toBe(false);
    await page.getByRole("button", { name: "A damaged image" }).click();
    await page.getByRole("tab", { name: "Contents" }).waitFor();
    expect(await isWide()).toBe(false);
    await page.getByRole("link", { name: /^Problems: / }).click();
    await page.getByText("What to do").waitFor();
    for (const name of [/^Previous/, /^Next/]) {
      const box = await page.getByRole("button", { name }).boundingBox();
      expect(box === null ? Infinity : box.y + box.height).toBeLessThan(450);
    }
    expect(await isWide()).toBe(false);
    await page.getByRole("link", { name: /^Show the bytes/ }).click();
    await page.locator("[data-pane=place] [role=grid] [class*=selected]").first().waitFor();
    expect(await isWide()).toBe(false);
  });
});
