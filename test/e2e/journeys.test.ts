import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { drop } from "./drop.ts";
import { openSample, openTable, SAMPLES } from "./open-page.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 60_000 });


const { visit } = visits();

function row(page: Page, text: string) {
  return page.locator("[data-pane=place] [data-index]", { hasText: text }).first();
}

describe("a sound image", () => {
  it("opens, a task is found, and a region leads to its bytes and the back button returns", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 64 bit");
    await expect.poll(() => page.getByRole("heading", { level: 1 }).textContent()).toContain("Linux-CR");
    await openTable(page, "tasks");
    await row(page, "190").click();
    await page.locator("[data-pane=record] [role=treegrid]").waitFor();
    await openTable(page, "regions");
    await page.getByRole("textbox", { name: /^Filter start$/i }).fill("0x60000000");
    await expect.poll(() => page.locator("[data-pane=place] [data-index]").count()).toBeLessThan(6);
    await row(page, "60000000").click();
    await page.locator("[data-pane=record] [role=treegrid] [aria-selected=true]").or(page.locator("[data-pane=record] h2")).first().waitFor();
    const place = page.url();
    await page.keyboard.press("b");
    await expect.poll(() => page.url()).toContain("at=bytes");
    await expect.poll(() => page.locator("[data-pane=place] [role=grid] [aria-colindex][class*=cursor]").count()).toBe(1);
    await page.goBack();
    await expect.poll(() => page.url()).toContain("table=regions");
    await expect.poll(() => page.url()).toContain(new URLSearchParams(new URL(place).hash.slice(1)).get("table") ?? "");
    await expect.poll(() => page.locator("[data-pane=place] [aria-selected=true]").count()).toBe(1);
  });

  it("lights the bytes of a clicked field and names the field of a clicked byte", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 32 bit");
    await openTable(page, "regions");
    await page.locator("[data-index='0'] [data-column='1']").click();
    const line = page.locator("[data-pane=record] [role=treegrid] [role=row]", { hasText: "vm_end" }).first();
    await line.click();
    await expect.poll(() => line.getAttribute("aria-selected")).toBe("true");
    await expect.poll(() => page.locator("[data-pane=record] [role=grid] [role=gridcell][class*=lit]").count()).toBe(8);
    await page.locator("[data-pane=record] [role=grid] [role=gridcell][class*=lit]").nth(3).click();
    await expect.poll(() => page.locator("[data-pane=record] [role=treegrid] [aria-selected=true]").textContent()).toContain("vm_end");
    await expect.poll(() => page.url()).toContain("field=vm_end");
  });

  it("has every byte explained", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 64 bit");
    await page.getByText("100 %").first().waitFor();
  });

  it("is read as another revision when the user asks for that", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 64 bit");
    const choice = page.getByLabel("Revision");
    const other = await choice.locator("option").nth(1).getAttribute("value");
    await choice.selectOption(other);
    await page.getByRole("button", { name: "Read again" }).click();
    await expect.poll(() => page.url()).toContain(`revision=${other}`);
    await page.getByText("Chosen by you, not worked out").waitFor();
  });

  it("is downloaded as CSV with the rows that the filters leave", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 32 bit");
    await openTable(page, "tasks");
    await page.getByRole("button", { name: "Download" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: /CSV/ }).click()]);
    expect(file.suggestedFilename()).toBe("v16-tree.img.tasks.csv");
    const text = await (await import("node:fs/promises")).readFile(await file.path(), "utf8");
    expect(text.trim().split(/\r?\n/)).toHaveLength(6);
    expect(text).toContain("pid");
  });
});

describe("a table", () => {
  it("keeps the columns that the user chose, their order and their widths, over a reload", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 32 bit");
    await openTable(page, "regions");
    const headers = page.locator("[data-pane=place] [role=columnheader]");
    const start = headers.filter({ hasText: "start" });
    const before = await start.boundingBox();
    if (before === null) throw new Error("The column start is not on screen.");
    const edge = before.x + before.width - 3;
    await page.mouse.move(edge, before.y + 10);
    await page.mouse.down();
    await page.mouse.move(edge + 60, before.y + 10, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => (await start.boundingBox())?.width).toBe(before.width + 60);
    await start.dragTo(headers.filter({ hasText: "prot" }));
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: /^end / }).uncheck();
    await page.getByRole("button", { name: "Close" }).click();
    const chosen = await headers.allTextContents();
    expect(chosen.slice(0, 4)).toEqual(["pid", "size", "prot", "start"]);
    await page.reload();
    await expect.poll(() => headers.allTextContents()).toEqual(chosen);
    expect((await start.boundingBox())?.width).toBe(before.width + 60);
  });

  it("sorts by several columns and shows the order in the link", async () => {
    const page = await visit();
    await openSample(page, "Five tasks, 32 bit");
    await openTable(page, "regions");
    const header = (name: string) => page.locator("[data-pane=place] [role=columnheader]", { hasText: name });
    await header("kind").click();
    await header("size").click({ modifiers: ["Shift"] });
    await header("size").click({ modifiers: ["Shift"] });
    await expect.poll(() => new URLSearchParams(new URL(page.url()).hash.slice(1)).getAll("sort")).toEqual(["+kind", "-size"]);
  });
});

describe("selected bytes", () => {
  it("are copied as hex, text, a C array and xxd", async () => {
    const page = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
    await openSample(page, "Five tasks, 32 bit");
    await page.locator("nav").getByRole("link", { name: /^Bytes/ }).click();
    const byte = (offset: number) => page.locator(`[data-pane=place] [role=gridcell][data-offset="${offset}"]`);
    await byte(8).hover();
    await page.mouse.down();
    await byte(15).hover();
    await page.mouse.up();
    const copied = async (name: string): Promise<string> => {
      await page.getByRole("button", { name: "Copy 8 bytes" }).click();
      await page.getByRole("menuitem", { name }).click();
      await page.getByText(`Copied 8 bytes as ${name.replace("Copy as ", "")}`).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(await copied("Copy as hex")).toBe("00 d2 a2 c0 0c ed fe 00");
    expect(await copied("Copy as text")).toBe("........");
    expect(await copied("Copy as C array")).toContain("0x00, 0xd2, 0xa2, 0xc0, 0x0c, 0xed, 0xfe, 0x00");
    expect(await copied("Copy as xxd dump")).toContain("00000008: 00d2 a2c0 0ced fe00");
  });
});

describe("a damaged image", () => {
  it("leads from a problem to what it means, to its bytes and to its row", async () => {
    const page = await visit();
    await openSample(page, "A damaged image");
    await page.getByRole("link", { name: /^Problems: / }).click();
    await page.locator("[data-index='0']").click();
    await page.getByText("What to do").waitFor();
    await page.getByRole("link", { name: /^Show the bytes/ }).first().click();
    await expect.poll(() => page.url()).toContain("at=bytes");
    await page.locator("[data-pane=place] [role=grid] [class*=selected]").first().waitFor();
    await page.goBack();
    await page.getByRole("link", { name: /^Show the row in/ }).first().click();
    await expect.poll(() => page.url()).toMatch(/at=table&table=(?!problems)/);
    await page.locator("[data-pane=place] [aria-selected=true]").waitFor();
  });

  it("shows the problem on the summary at once", async () => {
    const page = await visit();
    await openSample(page, "A damaged image");
    await page.locator("[data-pane=place]").getByText(/overlap/i).first().waitFor();
  });
});

describe("a link", () => {
  it("opens the same place after the same file was dropped", async () => {
    const page = await visit();
    await page.locator("[data-testid=files]").setInputFiles(`${SAMPLES}v16-tree.img`);
    await openTable(page, "regions");
    await page.locator("[data-index='2'] [data-column='1']").click();
    await expect.poll(() => page.url()).toContain("row=2");
    const link = page.url();

    const again = await visit({}, new URL(link).hash);
    await again.getByText("This link shows a place in").waitFor();
    await drop(again, `${SAMPLES}v16-tree.img`);
    await again.locator("[data-pane=place] [aria-selected=true]").waitFor();
    expect(await again.locator("[data-pane=place] [aria-selected=true]").getAttribute("data-index")).toBe("2");
    expect(again.url()).toBe(link);
  });

  it("to a built-in sample opens by itself", async () => {
    const page = await visit({}, "#v=1&at=table&table=tasks&row=1&image=v16-tree.img&size=93705&sample=v16-tree");
    await page.locator("[data-pane=place] [aria-selected=true]").waitFor();
  });

  it("says so when another file is opened than the one it names", async () => {
    const page = await visit({}, "#v=1&at=table&table=tasks&row=1&image=other.img&size=5");
    await page.locator("[data-testid=files]").setInputFiles(`${SAMPLES}v16-tree.img`);
    await page.getByText("This is not the file that the link asked for").waitFor();
  });
});

describe("what is no image", () => {
  it("pasted as hex opens as bytes, with reasons", async () => {
    const page = await visit();
    await page.getByRole("button", { name: "Paste bytes" }).click();
    await page.getByRole("textbox").fill("00000000: 4865 6c6c 6f20 776f 726c 6421            Hello world!");
    await page.getByRole("button", { name: "Open these bytes" }).click();
    await page.getByRole("link", { name: /^Bytes/ }).click();
    await page.locator("[data-pane=place] [role=grid]").getByText("48", { exact: true }).waitFor();
  });

  it("text that spells no bytes is refused with a reason", async () => {
    const page = await visit();
    await page.getByRole("button", { name: "Paste bytes" }).click();
    await page.getByRole("textbox").fill("no bytes here");
    await page.getByRole("button", { name: "Open these bytes" }).click();
    await page.getByText("neither a hex dump").waitFor();
  });
});

describe("a narrow window", () => {
  it("of 400 pixels shows the panes as tabs and never scrolls sideways", async () => {
    const page = await visit({ viewport: { width: 400, height: 800 } });
    const isWide = (): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(await isWide()).toBe(false);
    await openSample400(page);
    expect(await isWide()).toBe(false);
    await page.getByRole("tab", { name: "Contents" }).click();
    await openTable(page, "regions");
    expect(await isWide()).toBe(false);
    await page.locator("[data-index='1'] [data-column='0']").click();
    await page.getByRole("tab", { name: "Record" }).click();
    await page.locator("[data-pane=record] [role=treegrid] [data-line]").first().waitFor();
    await page.locator("[data-pane=record] [role=grid] [data-offset]").first().waitFor();
    expect(await isWide()).toBe(false);
  });
});

async function openSample400(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Five tasks, 32 bit" }).click();
  await page.getByRole("tab", { name: "Contents" }).waitFor();
}
