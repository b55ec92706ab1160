import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { pagesTruth, procTruth, type ProcMap } from "../support/criu-truth.ts";
import { axeViolations, openSample, openTable } from "./open-page.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 60_000 });

const REAL = fileURLToPath(new URL("../fixtures/real/criu/", import.meta.url));
const { visit } = visits();

/** Reading may take a while on a busy machine. */
const soon = <T>(read: () => Promise<T> | T) => expect.poll(read, { timeout: 10_000 });
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const place = (page: Page): Locator => page.locator("[data-pane=place]");
const about = (page: Page): Locator => page.getByRole("region", { name: "The address under the cursor" });
const grid = (page: Page): Locator => page.locator("[data-memory-grid]");
const map = (page: Page): Locator => page.getByRole("grid", { name: "Memory map" });
const param = (page: Page, name: string): string | null => new URLSearchParams(new URL(page.url()).hash.slice(1)).get(name);
const at = (page: Page): (() => string | null) => () => param(page, "address");
const mapOf = (sample: string, path: string): ProcMap => procTruth(sample).tasks[0]!.maps.find((each) => each.path === path)!;

async function choose(page: Page, sample: string): Promise<void> {
  await page.locator("[data-testid=files]").setInputFiles(`${REAL}${sample}.tar.gz`);
  await page.getByRole("navigation", { name: "What is in the checkpoint" }).waitFor();
}

async function showMemory(page: Page): Promise<void> {
  await page.locator("nav").getByRole("link", { name: /^Memory\s*\d+$/ }).click();
  await grid(page).locator("[data-row]").first().waitFor();
}

async function goTo(page: Page, text: string): Promise<void> {
  await page.keyboard.press("Control+g");
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

describe("the memory of a task", () => {
  it("is reached from its row, and shows the map as /proc had it", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await openTable(page, "tasks");
    await page.locator("[data-index='0'] [data-column='1']").click();
    await page.locator("[data-pane=record]").getByRole("link", { name: "Show memory" }).click();
    await grid(page).locator("[data-row]").first().waitFor();
    const heap = mapOf("01-simple", "[heap]");
    const range = `${heap.start.toString(16).padStart(8, "0")}-${heap.end.toString(16).padStart(8, "0")}`;
    const line = map(page).getByRole("row").filter({ hasText: "[heap]" });
    await soon(() => line.textContent()).toContain(`${range}rw-p00000000[heap]`);
    await line.getByText(range).click();
    await soon(() => {
      const address = BigInt(at(page)() ?? "0");
      return address >= heap.start && address < heap.end;
    }).toBe(true);
    await soon(() => line.getAttribute("aria-selected")).toBe("true");
  });

  it("is found by names, registers and numbers in the address bar", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await openTable(page, "threads");
    const sp = await place(page).getByText(/^0x7ff/).first().textContent();
    await goTo(page, "heap+0x10");
    await soon(at(page)).toBe(hex(mapOf("01-simple", "[heap]").start + 0x10n));
    await soon(() => about(page).getByRole("heading").textContent()).toBe("heap+0x10");
    await goTo(page, "stack");
    await soon(at(page)).toBe(hex(mapOf("01-simple", "[stack]").start));
    await goTo(page, "rsp");
    await soon(at(page)).toBe(sp);
    await goTo(page, "+0x8");
    await soon(at(page)).toBe(hex(BigInt(sp ?? "0") + 8n));
    await page.goBack();
    await soon(at(page)).toBe(sp);
  });

  it("where nothing is mapped is explained, and the nearest regions are offered", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await showMemory(page);
    const heap = mapOf("01-simple", "[heap]");
    await goTo(page, hex(heap.end + 0x1000n));
    const answer = page.getByRole("alert").filter({ hasText: "is not mapped" });
    await answer.getByRole("button", { name: /^heap rw-p.*4\.0 KiB below/ }).click();
    await soon(at(page)).toBe(hex(heap.end - 1n));
    await goTo(page, hex(heap.end + 0x1000n));
    await answer.getByRole("button", { name: /all the same/ }).click();
    await soon(() => about(page).getByRole("heading").textContent()).toBe("Not mapped");
    await about(page).getByRole("link", { name: /^heap/ }).waitFor();
  });

  it("that is not in the files is shown as absent, with the reason and never as zeros", async () => {
    const page = await visit();
    await openSample(page, "One task");
    const { path, start } = procTruth("01-simple").tasks[0]!.maps[0]!;
    await goTo(page, `${hex(start)}`);
    await showMemory(page);
    await goTo(page, hex(start));
    const cursor = grid(page).locator("[role=gridcell][class*=cursor]");
    await soon(() => cursor.textContent()).toContain(`as in ${path} at 0x0`);
    await soon(() => about(page).textContent()).toContain(`as in ${path} at 0x0`);
    await goTo(page, "stack");
    await soon(() => cursor.textContent()).toContain("zero: never written");
    expect(await cursor.textContent()).not.toMatch(/\b00 00\b/);
  });

  it("has pointers that are followed with the keyboard and by a click with Ctrl", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await showMemory(page);
    await page.getByLabel("Word").selectOption("8");
    await goTo(page, "rsp");
    const pointer = grid(page).locator("[role=gridcell][class*=pointer]").first();
    await pointer.waitFor();
    const value = BigInt(`0x${(await pointer.textContent()) ?? ""}`);
    const label = ((await pointer.getAttribute("title")) ?? "").replace("points to ", "");
    await pointer.click();
    await soon(() => about(page).textContent()).toContain(`points to ${label}`);
    await page.keyboard.press("Enter");
    await soon(at(page)).toBe(hex(value));
    await soon(() => about(page).getByRole("heading").textContent()).toBe(label);
    await page.keyboard.press("Alt+ArrowLeft");
    await soon(at(page)).not.toBe(hex(value));
    await soon(() => about(page).getByRole("heading").textContent()).not.toBe(label);
    // Another one may be the first on screen now.
    await pointer.waitFor();
    const other = BigInt(`0x${(await pointer.textContent()) ?? ""}`);
    await pointer.click({ modifiers: ["Control"] });
    await soon(at(page)).toBe(hex(other));
  });

  it("leads from a byte to its place in the files and back", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await goTo(page, "rsp+0x0");
    await soon(at(page)).toMatch(/^0x7ff/);
    const address = at(page)();
    await about(page).getByRole("link", { name: /^pages-1\.img @ 0x/ }).click();
    await soon(() => param(page, "at")).toBe("bytes");
    await page.locator("[data-pane=record]").getByRole("link", { name: /stack\+0x/ }).click();
    await soon(at(page)).toBe(address);
    await page.keyboard.press("b");
    await soon(() => param(page, "at")).toBe("bytes");
  });

  it("is selected with the mouse, copied for gdb, and the same place by its link", async () => {
    const page = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
    await openSample(page, "One task");
    await showMemory(page);
    await goTo(page, "rsp");
    await soon(at(page)).toMatch(/^0x7ff/);
    const cursor = grid(page).locator("[role=gridcell][class*=cursor]");
    await soon(() => cursor.count()).toBe(1);
    const from = BigInt(at(page)() ?? "0");
    const below = grid(page).locator("[role=row]", { has: page.locator("[class*=cursor]") }).locator("xpath=following-sibling::*[1]").locator("[role=gridcell][data-at='15']");
    await cursor.hover();
    await page.mouse.down();
    await below.hover();
    await page.mouse.up();
    await soon(() => param(page, "anchor")).toBe(hex(from));
    const last = BigInt(at(page)() ?? "0");
    expect(last % 16n).toBe(15n);
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await page.getByRole("menuitem", { name: /^Copy x\// }).click();
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`x/${last - from + 1n}xb ${hex(from)}`);
    const { hash } = new URL(page.url());
    const again = await visit({}, hash);
    await soon(() => again.locator("footer").textContent()).toContain(`${hex(from)} – ${hex(last + 1n)}, ${last - from + 1n} bytes`);
    await soon(() => grid(again).locator("[role=gridcell][aria-selected=true]").count()).toBe(Number(last - from + 1n));
  });

  it("is drawn to scale: a click goes there, the arrow keys move on", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await showMemory(page);
    const picture = page.getByRole("slider", { name: /^Picture of the memory/ });
    await picture.locator("svg").waitFor();
    const box = await picture.boundingBox();
    await picture.click({ position: { x: (box?.width ?? 0) * 0.5, y: 10 } });
    await soon(() => picture.getAttribute("aria-valuenow")).not.toBe("0");
    const before = Number(await picture.getAttribute("aria-valuenow"));
    await picture.press("ArrowRight");
    await soon(() => picture.getAttribute("aria-valuenow")).toBe(String(before + 1));
    expect(await picture.getAttribute("aria-valuetext")).toMatch(/^0x[0-9a-f]+, .+, (all|\d)/);
    await picture.press("Home");
    await soon(at(page)).toBe(hex(procTruth("01-simple").tasks[0]!.maps[0]!.start));
  });
});

describe("the memory of an incremental dump", () => {
  /** Private memory, larger than what one of the three dumps holds of it. */
  const grown = (): ProcMap => procTruth("14a-incremental").tasks[0]!.maps.find(({ prot, path, start, end }) => prot === "rw-p" && path === "" && end - start > 0x100000n)!;

  it("shows which parent a page stands in", async () => {
    const page = await visit();
    await choose(page, "14a-incremental");
    await showMemory(page);
    await soon(() => page.getByLabel("Sums of the map").textContent()).toMatch(/in parents1\.\d MiB/);
    await goTo(page, hex(grown().start));
    await soon(() => about(page).textContent()).toContain("2 parents up: pages-1.img @ 0x");
    await grid(page).locator("[role=row][class*=parent]", { has: page.locator("[class*=cursor]") }).getByText("2 parents up").waitFor({ state: "attached" });
    await about(page).getByRole("link", { name: /^pages-1\.img @ 0x/ }).click();
    await soon(() => page.getByRole("button", { name: /choose another file/ }).or(place(page).locator("[class*=chosenName]")).first().textContent()).toContain("pre1/");
  });

  it("is saved by region, whole pages from all parents in order", async () => {
    const sample = "14a-incremental";
    const page = await visit();
    await choose(page, sample);
    await showMemory(page);
    const task = procTruth(sample).tasks[0]!;
    const region = grown();
    await goTo(page, hex(region.start));
    await about(page).getByRole("link", { name: /^anonymous/ }).waitFor();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("menuitem", { name: /^Save the region/ }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog").getByRole("button", { name: /^Save / }).click()]);
    const bytes = await readFile(await download.path());
    expect(bytes.length).toBe(Number(region.end - region.start));
    const pages = pagesTruth(sample).filter(({ pid, address, crc }) => pid === task.outer && address >= region.start && address < region.end && crc !== "-");
    expect(pages.length).toBeGreaterThan(100);
    for (const { address, crc } of pages) {
      const from = Number(address - region.start);
      const contents = bytes.subarray(from, from + 4096);
      expect(crc === "zero" ? contents.every((byte) => byte === 0) : crc32(contents).toString(16).padStart(8, "0") === crc.padStart(8, "0"), hex(address)).toBe(true);
    }
  });

  it("is saved whole only after it is said what is missing", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await showMemory(page);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("menuitem", { name: "Save the whole memory" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/ are not in the files\. In their place:/).waitFor();
    const there = /([\d,]+) bytes \([^)]*\) of them with a value/.exec((await dialog.textContent()) ?? "")?.[1];
    await dialog.getByRole("radio", { name: /^nothing/ }).check();
    const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: /^Save / }).click()]);
    expect((await readFile(await download.path())).length).toBe(Number(there?.replaceAll(",", "")));
  });
});

describe("with the keyboard alone", () => {
  it("the memory is opened, walked through, selected, copied and searched for pointers", async () => {
    const page = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
    await openSample(page, "One task");
    await page.keyboard.press("m");
    await grid(page).locator("[data-row]").first().waitFor();
    await soon(() => page.evaluate(() => document.activeElement?.hasAttribute("data-memory-grid"))).toBe(true);
    const maps = procTruth("01-simple").tasks[0]!.maps;
    await soon(at(page)).toBe(hex(maps[0]!.start));
    await page.keyboard.press("r");
    await soon(at(page)).toBe(hex(maps[1]!.start));
    await page.keyboard.press("Shift+R");
    await soon(at(page)).toBe(hex(maps[0]!.start));
    await page.keyboard.press("e");
    await soon(() => about(page).getByRole("link", { name: /@ 0x/ }).count()).toBe(1);
    const stored = BigInt(at(page)() ?? "0");
    for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowDown");
    await soon(at(page)).toBe(hex(stored + 48n));
    for (let step = 0; step < 3; step++) await page.keyboard.press("Shift+ArrowRight");
    await soon(() => param(page, "anchor")).toBe(hex(stored + 48n));
    await soon(at(page)).toBe(hex(stored + 51n));
    await soon(() => page.locator("footer").textContent()).toContain(`${hex(stored + 48n)} – ${hex(stored + 52n)}, 4 bytes`);
    const shown = await grid(page).locator("[role=gridcell][aria-selected=true]").allTextContents();
    await page.keyboard.press("Control+c");
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(shown.join(" "));
    await page.keyboard.press("Control+End");
    await soon(() => grid(page).locator("[class*=cursor]").textContent()).toContain("0xffffffffffffffff: not mapped");
    await page.keyboard.press("Control+Home");
    await soon(at(page)).toBe("0x0");
    await goTo(page, hex(stored));
    await soon(at(page)).toBe(hex(stored));
    await page.keyboard.press("w");
    await soon(() => param(page, "mode")).toBe("pointer");
    expect(param(page, "text")).toBe(hex(stored));
    expect(param(page, "space")).toBe("0");
  });

  it("the map is filtered, and Enter leads from a region to its bytes", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await showMemory(page);
    await page.keyboard.press("/");
    await page.keyboard.type("stack");
    await soon(() => place(page).getByRole("status").first().textContent()).toMatch(/^1 of \d+ regions/);
    await map(page).focus();
    await page.keyboard.press("Enter");
    const stack = mapOf("01-simple", "[stack]");
    await soon(() => BigInt(at(page)() ?? "0") > stack.start && BigInt(at(page)() ?? "0") < stack.end).toBe(true);
    await about(page).getByRole("link", { name: /@ 0x/ }).waitFor();
  });
});

describe("an ELF core", () => {
  it("is saved after its size and what it lacks were told", async () => {
    const page = await visit();
    await openSample(page, "One task");
    await showMemory(page);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("menuitem", { name: "Save as an ELF core" }).click();
    const dialog = page.getByRole("dialog");
    const said = dialog.getByText(/^[\d,]+ bytes .* of memory\./);
    const size = async (): Promise<number> => Number(((await said.textContent()) ?? "").replace(/ bytes.*/s, "").replaceAll(",", ""));
    await said.waitFor();
    const whole = await size();
    await dialog.getByRole("checkbox", { name: /registers and stacks only/ }).check();
    await soon(size).toBeLessThan(whole);
    const small = await size();
    const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Save the core" }).click()]);
    const core = await readFile(await download.path());
    expect(core.length).toBe(small);
    // ELF64, little endian, ET_CORE.
    expect([...core.subarray(0, 6), core.readUInt16LE(16)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1, 4]);
    expect(download.suggestedFilename()).toBe(`core.${procTruth("01-simple").tasks[0]!.pid}`);
  });
});

const WINDOWS = [
  { name: "light", colorScheme: "light", viewport: { width: 1440, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1440, height: 700 } },
  { name: "dark and narrow", colorScheme: "dark", viewport: { width: 400, height: 800 } },
] as const;

describe.each(WINDOWS)("axe finds nothing wrong in $name", ({ colorScheme, viewport }) => {
  it("with the memory, what is at an address, an explained one and the dialogs", async () => {
    const page = await visit({ colorScheme, viewport });
    const isNarrow = viewport.width < 900;
    const check = async (): Promise<void> => {
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    };
    await page.getByRole("button", { name: "Three dumps of one program" }).click();
    if (isNarrow) await page.getByRole("tab", { name: "Contents" }).click();
    await showMemory(page);
    await goTo(page, "rsp");
    await grid(page).locator("[class*=cursor]").first().waitFor();
    await check();
    await page.getByLabel("Word").selectOption("8");
    await grid(page).locator("[class*=pointer]").first().waitFor();
    await check();
    await goTo(page, "0x10");
    await page.getByText("is not mapped").waitFor();
    await check();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("menuitem", { name: "Save the whole memory" }).click();
    await page.getByText("are not in the files").waitFor();
    await check();
    await page.keyboard.press("Escape");
    if (isNarrow) {
      await page.getByRole("tab", { name: "Record" }).click();
      await about(page).waitFor();
      await check();
    }
  });
});
