import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { axeViolations, openTable } from "./open-page.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 60_000 });

const REAL = fileURLToPath(new URL("../fixtures/real/criu/", import.meta.url));
const { visit } = visits();

/** Unpacking and reading may take a while on a busy machine. */
const soon = <T>(read: () => Promise<T> | T) => expect.poll(read, { timeout: 10_000 });

interface FrozenTask {
  readonly cmdline: readonly string[];
  readonly environ: readonly string[];
}

/** What /proc said of the frozen tasks. */
function truthOf(sample: string): FrozenTask {
  const { tasks } = JSON.parse(gunzipSync(readFileSync(`${REAL}${sample}.truth/proc-frozen.json.gz`)).toString()) as { tasks: Record<string, FrozenTask> };
  return Object.values(tasks)[0]!;
}

async function open(page: Page, sample: string): Promise<void> {
  await page.locator("[data-testid=files]").setInputFiles(`${REAL}${sample}.tar.gz`);
  await page.getByRole("heading", { level: 1, name: /CRIU/ }).waitFor();
}

const tableRow = (page: Page, text: string | RegExp): Locator => page.locator("[data-pane=place] [data-index]").filter({ hasText: text }).first();
const record = (page: Page): Locator => page.locator("[data-pane=record]");
const grid = (page: Page, name: string): Locator => page.getByRole("grid", { name, exact: true });
const gridRow = (page: Page, name: string, text: string | RegExp): Locator => grid(page, name).locator("[data-index]").filter({ hasText: text }).first();

/** The cells of the row of a register, by its name. */
async function register(page: Page, group: string, name: string): Promise<readonly string[]> {
  const found = grid(page, `Registers: ${group}`).locator("[data-index]").filter({ has: page.getByRole("link", { name, exact: true }) });
  return await found.getByRole("gridcell").allTextContents();
}

async function showThread(page: Page, name: string): Promise<void> {
  await openTable(page, "threads");
  await tableRow(page, name).getByText(name, { exact: true }).last().click();
  await record(page).getByRole("link", { name: "Show registers and stack" }).click();
  await page.getByRole("heading", { level: 1, name: new RegExp(`Registers and stack of thread .*${name}`) }).waitFor();
}

async function selectedBytes(page: Page): Promise<string> {
  const cells = await page.locator("[data-pane=place] [role=grid] [role=gridcell][aria-selected=true]").allTextContents();
  return cells.join("");
}

describe("the registers of a thread", () => {
  it("hold what the program put into them: general, x87 and vectors", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showThread(page, "fpu-spin");
    // As programs/threads.c of the samples loads them.
    expect((await register(page, "general", "rax"))[1]).toBe("0x1111111111111111");
    expect((await register(page, "general", "r15"))[1]).toBe("0xffffffffffffffff");
    expect((await register(page, "x87", "st2"))[1]).toMatch(/^3\.14159265358979/);
    expect((await register(page, "x87", "st1"))[1]).toMatch(/^1(\.0)?$/);
    expect((await register(page, "x87", "st0"))[1]).toMatch(/^1\.44269504088896/);
    const word = (index: bigint): bigint => 0xf0f0000000000000n + index * 0x101010101n;
    expect((await register(page, "SSE", "xmm3"))[1]).toBe(`0x${word(7n).toString(16)}${word(6n).toString(16)}`);
    await page.getByRole("combobox", { name: "SSE shown as" }).selectOption("u64");
    await soon(async () => (await register(page, "SSE", "xmm3"))[1]).toBe(`${word(6n)} ${word(7n)}`);
  });

  it("keep the form of vectors that was chosen", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showThread(page, "fpu-spin");
    await page.getByRole("combobox", { name: "SSE shown as" }).selectOption("u16");
    await page.getByRole("button", { name: "Previous thread" }).click();
    await page.getByRole("heading", { level: 1, name: /sigwaiter/ }).waitFor();
    await soon(() => page.getByRole("combobox", { name: "SSE shown as" }).inputValue()).toBe("u16");
  });

  it("lead to their bytes in the image, and back", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showThread(page, "fpu-spin");
    await grid(page, "Registers: general").getByRole("link", { name: "r12", exact: true }).click();
    await soon(() => page.url()).toContain("at=bytes");
    // The varint of 0xcccccccccccccccc, with its tag before it.
    await soon(() => selectedBytes(page)).toMatch(/cc99b3e6cc99b3e6cc01$/);
    await record(page).getByText("r12").first().waitFor();
    await page.keyboard.press("[");
    await page.getByRole("heading", { level: 1, name: /fpu-spin/ }).waitFor();
  });

  it("that point into memory say where and lead there", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showThread(page, "main-thread");
    const stackPointer = await register(page, "general", "rsp");
    expect(stackPointer[2]).toMatch(/^stack\+0x[0-9a-f]+ stack pointer$/);
    await gridRow(page, "Registers: general", "stack pointer").getByRole("link", { name: /^0x/ }).click();
    await soon(() => page.url()).toContain(`at=memory&space=0&address=0x${BigInt(stackPointer[1] ?? "").toString(16)}`);
  });

  it("of another machine are told in its words", async () => {
    const page = await visit();
    await open(page, "23b-aarch64-threads");
    await showThread(page, "fpu-spin");
    expect((await register(page, "general", "x19"))[1]).toBe("0x0000000000001919");
    expect((await register(page, "vector", "v0"))[1]).toBe("0xf0f0000101010101f0f0000000000000");
    await gridRow(page, "Stack", "link register").waitFor();
  });
});

describe("the stack of a thread", () => {
  it("has each word with how it was found, and leads to the word and to the code", async () => {
    const page = await visit();
    await open(page, "23b-aarch64-threads");
    await showThread(page, "fpu-spin");
    const rows = grid(page, "Stack").locator("[data-index]");
    expect(await rows.first().getByRole("gridcell").allTextContents()).toEqual(["▶instruction pointer", expect.stringMatching(/^0x4/), expect.stringMatching(/^threads\+0x/), "a register"]);
    const step = gridRow(page, "Stack", "frame pointers");
    const [code, word] = await step.getByRole("link").allTextContents();
    await step.getByRole("link", { name: word ?? "", exact: true }).click();
    await soon(() => page.url()).toContain(`at=memory&space=0&address=${word}`);
    await page.keyboard.press("[");
    await gridRow(page, "Stack", "frame pointers").getByRole("link", { name: code ?? "", exact: true }).click();
    await soon(() => page.url()).toContain(`at=memory&space=0&address=${code}`);
  });

  it("goes from thread to thread of the process, by keys and by name", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await showThread(page, "main-thread");
    await page.keyboard.press("j");
    await page.getByRole("heading", { level: 1, name: /sleeper/ }).waitFor();
    await page.keyboard.press("k");
    await page.getByRole("heading", { level: 1, name: /main-thread/ }).waitFor();
    const choice = page.getByRole("combobox", { name: "Thread of the process" });
    expect(await choice.locator("option").count()).toBe(8);
    await choice.selectOption({ label: (await choice.locator("option").filter({ hasText: "poller" }).first().textContent()) ?? "" });
    await page.getByRole("heading", { level: 1, name: /poller/ }).waitFor();
  });

  it("says in words that a thread is not there", async () => {
    const page = await visit();
    await open(page, "02-threads");
    const hash = (await page.evaluate(() => window.location.hash)).replace("at=summary", "at=thread&thread=99");
    await page.evaluate((next) => (window.location.hash = next), hash);
    await page.getByText("The image has no thread number 99.").waitFor();
  });
});

describe("the texts of a process", () => {
  it("are those that /proc had, and lead to their bytes in memory", async () => {
    const page = await visit();
    await open(page, "02-threads");
    const { cmdline } = truthOf("02-threads");
    await openTable(page, "tasks");
    await tableRow(page, "main-thread").getByRole("gridcell").first().click();
    await record(page).getByRole("link", { name: "Show command line and environment" }).click();
    const rows = grid(page, "Command line").locator("[data-index]");
    await soon(() => rows.count()).toBe(cmdline.length);
    expect(await Promise.all((await rows.all()).map((row) => row.getByRole("gridcell").last().textContent()))).toEqual(cmdline);
    const link = rows.first().getByRole("link");
    const address = (await link.textContent()) ?? "";
    await link.click();
    await soon(() => page.url()).toContain(`at=memory&space=0&address=${address}`);
  });

  it("keep the environment hidden until it is asked for, and warn before it is copied", async () => {
    const page = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
    await open(page, "02-threads");
    const { environ } = truthOf("02-threads");
    const secret = (environ.find((text) => text.startsWith("DEMO=")) ?? "").slice("DEMO=".length);
    expect(secret).not.toBe("");
    await openTable(page, "tasks");
    await tableRow(page, "main-thread").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Show command line and environment" }).click();
    await gridRow(page, "Environment", "DEMO").waitFor();
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(secret);
    await gridRow(page, "Environment", "DEMO").getByRole("gridcell").last().click();
    await grid(page, "Environment").focus();
    await page.keyboard.press("Control+c");
    await page.getByText("This takes hidden values along").waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    await page.getByRole("button", { name: "Copy all" }).click();
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(environ.join("\n"));
    await page.getByRole("button", { name: "Show secrets" }).click();
    await gridRow(page, "Environment", secret).waitFor();
  });

  it("tell of the auxiliary vector what its values point to", async () => {
    const page = await visit();
    await open(page, "02-threads");
    await openTable(page, "tasks");
    await tableRow(page, "main-thread").getByRole("gridcell").first().click();
    await record(page).getByRole("link", { name: "Show command line and environment" }).click();
    const entry = gridRow(page, "Auxiliary vector", "AT_EXECFN");
    expect(await entry.getByRole("gridcell").last().textContent()).toBe(truthOf("02-threads").cmdline[0]);
    await gridRow(page, "Auxiliary vector", "AT_PAGESZ").getByText("0x1000", { exact: true }).waitFor();
  });
});

describe("the texts of a process whose stack is not in the image", () => {
  it("are said to be missing, with the reason, and not to be none", async () => {
    const page = await visit();
    await open(page, "19-lazy-pages");
    const hash = (await page.evaluate(() => window.location.hash)).replace("at=summary", "at=process&space=0");
    await page.evaluate((next) => (window.location.hash = next), hash);
    await page.getByRole("note").filter({ hasText: "left for the network (lazy)" }).waitFor();
    expect(await page.getByText("none could be read").count()).toBe(2);
    await gridRow(page, "Auxiliary vector", "AT_ENTRY").waitFor();
  });
});

const WINDOWS = [
  { name: "light", colorScheme: "light", viewport: { width: 1440, height: 900 } },
  { name: "dark and narrow", colorScheme: "dark", viewport: { width: 700, height: 900 } },
] as const;

describe.each(WINDOWS)("axe finds nothing wrong in $name", ({ colorScheme, viewport }) => {
  it("with registers, stack and the texts of the process", async () => {
    const page = await visit({ colorScheme, viewport });
    await open(page, "02-threads");
    const summary = await page.evaluate(() => window.location.hash);
    for (const place of ["at=thread&thread=7", "at=process&space=0"]) {
      await page.evaluate((next) => (window.location.hash = next), summary.replace("at=summary", place));
      await page.locator("[data-pane=place] [data-index]").first().waitFor();
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    }
  });
});
