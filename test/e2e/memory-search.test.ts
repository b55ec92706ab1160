import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { untar } from "../support/untar.ts";
import { holdCalls } from "./hold-calls.ts";
import { axeViolations, openTable } from "./open-page.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 60_000 });

const REAL = fileURLToPath(new URL("../fixtures/real/criu/", import.meta.url));
const { visit } = visits();

/** Unpacking and reading may take a while on a busy machine. */
const soon = <T>(read: () => Promise<T> | T) => expect.poll(read, { timeout: 10_000 });

async function choose(page: Page, sample: string): Promise<void> {
  await page.locator("[data-testid=files]").setInputFiles(`${REAL}${sample}.tar.gz`);
}

async function open(page: Page, sample: string): Promise<void> {
  await choose(page, sample);
  await page.getByRole("heading", { level: 1, name: /CRIU/ }).waitFor();
}

/** A file of a sample, as the archive has it. */
function fileOf(sample: string, file: string): Buffer {
  const found = [...untar(readFileSync(`${REAL}${sample}.tar.gz`))].find(([path]) => path === file || path.endsWith(`/${file}`));
  if (found === undefined) throw new Error(`${sample} has no file ${file}`);
  return Buffer.from(found[1]);
}

/** Every offset of a text, without the page's help. */
function offsetsOf(bytes: Buffer, wanted: string | Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) found.push(at);
  return found;
}

const form = (page: Page): Locator => page.getByRole("search", { name: "Search memory" });
const hits = (page: Page): Locator => page.getByRole("grid", { name: "Hits" });
const rows = (page: Page): Locator => hits(page).locator("[data-index]");
const row = (page: Page, text: string | RegExp): Locator => rows(page).filter({ hasText: text }).first();
const status = (page: Page): Promise<string> => page.getByRole("region", { name: "Search" }).getByRole("status").first().innerText();

async function showSearch(page: Page): Promise<void> {
  await page.keyboard.press("q");
  await page.getByRole("heading", { level: 1, name: "Search memory" }).waitFor();
}

async function search(page: Page, mode: string, text: string): Promise<void> {
  await form(page).getByRole("radio", { name: mode, exact: true }).check();
  await form(page).getByRole("textbox").fill(text);
  await form(page).getByRole("button", { name: "Search" }).click();
}

describe("a search for text", () => {
  it("finds every place, leads to the address of one and back to the list", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    await search(page, "Text", "TLS-");
    const expected = offsetsOf(fileOf("02-threads", "pages-1.img"), "TLS-");
    expect(expected.length).toBe(8);
    await soon(() => status(page)).toMatch(/^8 hits in [\d.]+ KiB; [\d.]+ KiB of the scope are not in the image$/);
    expect(await rows(page).count()).toBe(8);
    await row(page, "TLS-fpu-spin").getByText("22506 main-thread: anonymous").waitFor();
    const link = row(page, "TLS-fpu-spin").getByRole("link").first();
    const address = (await link.textContent()) ?? "";
    await link.click();
    await soon(() => page.url()).toContain(`at=memory&space=0&address=${address}`);
    await page.keyboard.press("[");
    await soon(() => rows(page).count()).toBe(8);
    await hits(page).locator("[aria-selected=true]").filter({ hasText: "TLS-fpu-spin" }).waitFor();
  });

  it("marks the hit in the text and in the bytes", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    await search(page, "Text", "tls-fpu");
    await soon(() => status(page)).toMatch(/^0 hits/);
    await form(page).getByRole("checkbox", { name: "ignore case" }).check();
    await form(page).getByRole("button", { name: "Search" }).click();
    await soon(() => rows(page).locator("mark").allTextContents()).toEqual(["TLS-fpu", "54 4c 53 2d 66 70 75"]);
  });

  it("finds what waits in a pipe, and leads to its bytes and to its row", async () => {
    const page = await visit();
    await open(page, "04-pipes");
    await showSearch(page);
    await search(page, "Text", "one buffer each");
    const [offset] = offsetsOf(fileOf("04-pipes", "pipes-data.img"), "one buffer each");
    await row(page, "pipe #").getByRole("link").first().click();
    await soon(() => page.url()).toContain(`offset=${offset}&`);
    await page.keyboard.press("[");
    await row(page, "pipe #").getByRole("link", { name: /^pipe #/ }).click();
    await soon(() => page.url()).toContain("table=pipes&row=");
  });

  it("that stands in the address is searched again when the page is opened with it", async () => {
    const first = await visit();
    await open(first, "02-threads");
    await showSearch(first);
    await search(first, "Text", "TLS-poller");
    await rows(first).first().waitFor();
    const hash = await first.evaluate(() => window.location.hash);
    const page = await visit({}, hash);
    await choose(page, "02-threads");
    await soon(() => rows(page).locator("mark").first().textContent()).toBe("TLS-poller");
    expect(await form(page).getByRole("textbox").inputValue()).toBe("TLS-poller");
  });

  it("follows the history: each search is a place", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    await search(page, "Text", "TLS-poller");
    await soon(() => rows(page).count()).toBe(1);
    await search(page, "Text", "TLS-");
    await soon(() => rows(page).count()).toBe(8);
    await page.goBack();
    await soon(() => form(page).getByRole("textbox").inputValue()).toBe("TLS-poller");
    await soon(() => rows(page).count()).toBe(1);
    await page.goForward();
    await soon(() => rows(page).count()).toBe(8);
    expect(await form(page).count()).toBe(1);
  });
});

describe("a search for bytes and numbers", () => {
  it("takes a regular expression", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    await search(page, "Regex", String.raw`TLS-(sleep|e?poll)er\x00`);
    await soon(() => rows(page).count()).toBe(3);
    expect((await rows(page).locator("mark").allTextContents()).filter((text) => text.startsWith("TLS")).toSorted()).toEqual(["TLS-epoller.", "TLS-poller.", "TLS-sleeper."]);
  });

  it("takes hex with wildcards and integers of a width", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    // Of the eight texts after TLS- these begin with a letter from ` to o.
    await search(page, "Hex", "54 4c ?? 2d 6?");
    const pages = fileOf("02-threads", "pages-1.img");
    await soon(() => rows(page).count()).toBe(offsetsOf(pages, "TLS-").filter((at) => pages[at + 4]! >> 4 === 6).length);
    // What programs/threads.c gives to epoll.
    const number = Buffer.from("8877665544332211", "hex");
    await search(page, "Integer", "0x1122334455667788");
    await soon(() => form(page).getByRole("alert").innerText()).not.toBe("");
    await form(page).getByRole("combobox", { name: "of" }).selectOption("8");
    await form(page).getByRole("button", { name: "Search" }).click();
    await soon(() => rows(page).count()).toBe(offsetsOf(pages, number).length);
    await rows(page).locator("mark").filter({ hasText: "88 77 66 55 44 33 22 11" }).first().waitFor();
  });

  it("says beside the field what is wrong with a pattern, in a sentence", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    await search(page, "Hex", "4x");
    await soon(() => form(page).getByRole("alert").innerText()).toMatch(/is not a hex digit/);
    const field = form(page).getByRole("textbox");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await search(page, "Regex", "((");
    await soon(() => form(page).getByRole("alert").innerText()).toMatch(/not a regular expression/);
    await search(page, "Pointers", "nowhere");
    await soon(() => form(page).getByRole("alert").innerText()).toMatch(/Type an address such as 0x7f10/);
    await search(page, "Hex", "4?");
    await rows(page).first().waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("false");
  });
});

describe("who points here", () => {
  it("is asked of a region from its row, and finds the words that a scan of the pages finds", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await openTable(page, "regions");
    const heap = page.locator("[data-pane=place] [data-index]").filter({ hasText: "heap" }).first();
    const texts = await heap.getByRole("gridcell").allTextContents();
    const [start = 0n, end = 0n] = texts.filter((text) => /^0x[0-9a-f]+$/.test(text)).map((text) => BigInt(text));
    expect(end > start).toBe(true);
    await heap.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Find pointers to it" }).click();
    const pages = fileOf("02-threads", "pages-1.img");
    let expected = 0;
    for (let at = 0; at + 8 <= pages.length; at += 8) {
      const word = pages.readBigUInt64LE(at);
      if (word >= start && word < end) expected++;
    }
    expect(expected).toBeGreaterThan(0);
    await soon(() => status(page)).toMatch(new RegExp(`^${expected} hits? in`));
  });

  it("is asked by the name of a region too", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    await form(page).getByRole("combobox", { name: "Look into" }).selectOption({ label: "22506 main-thread" });
    await search(page, "Pointers", "heap");
    await rows(page).first().waitFor();
  });
});

describe("a list of strings", () => {
  it("has the strings of everything, from so many characters on", async () => {
    const page = await visit();
    await open(page, "01-simple");
    await showSearch(page);
    await form(page).getByRole("radio", { name: "Strings", exact: true }).check();
    await form(page).getByRole("button", { name: "List strings" }).click();
    await soon(() => status(page)).toMatch(/^\d+ strings in/);
    await form(page).getByRole("spinbutton").fill("37");
    await form(page).getByRole("button", { name: "List strings" }).click();
    await soon(async () => (await rows(page).locator("[data-column='2']").allTextContents()).every((text) => text.length >= 37)).toBe(true);
    await row(page, "DATA-SECTION-BANNER simple 0123456789").waitFor();
  });
});

describe("a search under way", () => {
  it("can be cancelled, and started again", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    await form(page).getByRole("combobox", { name: "Look into" }).waitFor();
    await holdCalls(page, "memory");
    await search(page, "Text", "TLS-");
    await page.getByText("0 hits so far").waitFor();
    await form(page).getByRole("button", { name: "Cancel" }).click();
    await soon(() => status(page)).toBe("Cancelled after 0 B: 0 hits until then");
    await holdCalls(page);
    await form(page).getByRole("button", { name: "Search" }).click();
    await soon(() => rows(page).count()).toBe(8);
  });
});

describe("hits", () => {
  it("are saved as CSV and as JSON", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showSearch(page);
    await search(page, "Text", "TLS-");
    await soon(() => rows(page).count()).toBe(8);
    const save = async (format: RegExp): Promise<string> => {
      await page.getByRole("button", { name: "Download" }).click();
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: format }).click()]);
      return await readFile(await download.path(), "utf8");
    };
    const json = JSON.parse(await save(/^JSON/)) as { readonly file: string; readonly offset: number }[];
    expect(json.map(({ offset }) => offset).toSorted((a, b) => a - b)).toEqual(offsetsOf(fileOf("02-threads", "pages-1.img"), "TLS-"));
    expect(new Set(json.map(({ file }) => file.replace(/^.*\//, "")))).toEqual(new Set(["pages-1.img"]));
    expect((await save(/^CSV/)).trimEnd().split("\r\n")).toHaveLength(9);
  });

  it("are reached and followed with the keyboard alone", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await page.keyboard.press("Control+Shift+F");
    await page.getByRole("heading", { level: 1, name: "Search memory" }).waitFor();
    await soon(() => form(page).getByRole("textbox").evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.type("TLS-");
    await page.keyboard.press("Enter");
    await soon(() => rows(page).count()).toBe(8);
    await page.keyboard.press("ArrowDown");
    await soon(() => hits(page).evaluate((grid) => grid === document.activeElement)).toBe(true);
    const selected = (): Promise<string | null> => hits(page).locator("[aria-selected=true]").getAttribute("data-index");
    await page.keyboard.press("j");
    await soon(selected).toBe("1");
    await page.keyboard.press("n");
    await soon(selected).toBe("2");
    await page.keyboard.press("p");
    await page.keyboard.press("k");
    await soon(selected).toBe("0");
    await page.keyboard.press("k");
    await page.getByText("This is the first hit.").waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("Control+End");
    await soon(selected).toBe("7");
    await page.keyboard.press("Home");
    const address = await hits(page).locator("[aria-selected=true] a").first().textContent();
    await page.keyboard.press("Enter");
    await soon(() => page.url()).toContain(`at=memory&space=0&address=${address}`);
    await page.keyboard.press("Alt+ArrowLeft");
    await soon(selected).toBe("7");
    await page.keyboard.press("/");
    await soon(() => form(page).getByRole("textbox").evaluate((field) => field === document.activeElement)).toBe(true);
  });
});

const WINDOWS = [
  { name: "light", colorScheme: "light", viewport: { width: 1440, height: 900 } },
  { name: "dark and narrow", colorScheme: "dark", viewport: { width: 700, height: 900 } },
] as const;

describe.each(WINDOWS)("axe finds nothing wrong in $name", ({ colorScheme, viewport }) => {
  it("with each form of the search, its hits, none of them and a bad pattern", async () => {
    const page = await visit({ colorScheme, viewport });
    await open(page, "04-pipes");
    const check = async (): Promise<void> => {
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    };
    await showSearch(page);
    for (const mode of ["Text", "Hex", "Integer", "Regex", "Pointers", "Strings"]) {
      await form(page).getByRole("radio", { name: mode, exact: true }).check();
      await check();
    }
    await form(page).getByRole("button", { name: "List strings" }).click();
    await rows(page).first().waitFor();
    await check();
    await search(page, "Hex", "zz");
    await form(page).getByText("is not a hex digit").waitFor();
    await check();
    await search(page, "Text", "there is no such text");
    await page.getByText("There is no such hit.").waitFor();
    await check();
  });
});
