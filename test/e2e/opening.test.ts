import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { drop } from "./drop.ts";
import { holdCalls } from "./hold-calls.ts";
import { axeViolations, openTable, SAMPLES } from "./open-page.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 60_000 });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "icecore-opening-"));
  const image = await readFile(`${SAMPLES}v16-tree.img`);
  const zipped = gzipSync(image);
  await mkdir(join(folder, "checkpoint"));
  await Promise.all([
    writeFile(join(folder, "checkpoint", "tree.img"), image),
    writeFile(join(folder, "tree.img.gz"), zipped),
    writeFile(join(folder, "cut.img.gz"), zipped.subarray(0, zipped.length / 2)),
    writeFile(join(folder, "empty.img"), ""),
    writeFile(join(folder, "notes.txt"), "Dear reader, this is no checkpoint.\n".repeat(40)),
  ]);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});
const { visit, forgiveErrors } = visits();

const choose = (page: Page, name: string): Promise<void> => page.locator("[data-testid=files]").setInputFiles(join(folder, name));
const title = (page: Page) => page.getByRole("heading", { level: 1 });

describe("opening", () => {
  it("takes the reader that was loaded while the page waited for a file", async () => {
    const page = await visit();
    await expect.poll(() => page.workers().length).toBe(1);
    const [waiting] = page.workers();
    await choose(page, "tree.img.gz");
    await openTable(page, "tasks");
    expect(page.workers()).toEqual([waiting]);
    // The next file is read by another, while this one still serves the open checkpoint.
    await choose(page, "checkpoint/tree.img");
    await expect.poll(() => page.workers().length === 1 && page.workers()[0] !== waiting).toBe(true);
    await openTable(page, "tasks");
  });

  it("is cancelled and leads back to the start page, which opens the next file", async () => {
    const page = await visit();
    await holdCalls(page, "open");
    await choose(page, "tree.img.gz");
    await expect.poll(() => title(page).textContent()).toBe("Opening tree.img.gz");
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Drop an image anywhere").waitFor();
    await holdCalls(page);
    await choose(page, "tree.img.gz");
    await expect.poll(() => title(page).textContent()).toContain("Linux-CR");
  });

  it("is cancelled and leads back to the checkpoint that was open", async () => {
    const page = await visit();
    await choose(page, "tree.img.gz");
    await openTable(page, "tasks");
    await holdCalls(page, "open");
    await choose(page, "notes.txt");
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => title(page).textContent()).toBe("Tasks");
    await expect.poll(() => page.locator("[data-pane=place] [data-index]").count()).toBe(5);
  });

  it("takes a dropped file", async () => {
    const page = await visit();
    await drop(page, join(folder, "checkpoint", "tree.img"));
    await expect.poll(() => title(page).textContent()).toContain("Linux-CR");
    await page.locator("main").getByText("tree.img, 91.5 KiB").first().waitFor();
  });

  it("takes a dropped folder", async () => {
    const page = await visit();
    await drop(page, join(folder, "checkpoint"));
    await expect.poll(() => title(page).textContent()).toContain("Linux-CR");
    await page.locator("main").getByText("checkpoint/tree.img").first().waitFor();
  });

  it("inflates a gzipped image", async () => {
    const page = await visit();
    await choose(page, "tree.img.gz");
    await page.getByText("No problems found").waitFor();
    await page.getByText(/tree\.img, 91\.5 KiB, inflated from/).waitFor();
    await openTable(page, "tasks");
    expect(await page.locator("[data-pane=place] [data-index]").count()).toBe(5);
  });

  it("shows what came out of a gzipped image that is cut off, and what is missing", async () => {
    const page = await visit();
    await choose(page, "cut.img.gz");
    await page.getByText("archive.damaged").waitFor();
    await page.getByRole("link", { name: "show the first" }).click();
    await expect.poll(() => page.url()).toContain("at=bytes");
    await page.locator("[data-pane=place] [role=grid] [class*=selected]").first().waitFor();
  });

  it("says of an empty file that it is empty, also where its bytes would be", async () => {
    const page = await visit();
    await choose(page, "empty.img");
    await expect.poll(() => title(page).textContent()).toBe("Unknown file");
    await page.locator("main").getByText("The file is empty.").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.locator("nav").getByRole("link", { name: /^Bytes/ }).click();
    await page.getByText("empty.img is empty").waitFor();
    await page.locator("nav").getByRole("link", { name: /^Problems/ }).click();
    await page.getByText("What to do").waitFor();
  });

  it("shows a text file as bytes, with the reason", async () => {
    const page = await visit();
    await choose(page, "notes.txt");
    await expect.poll(() => title(page).textContent()).toBe("Unknown file");
    await page.locator("main").getByText("format.unknown").first().waitFor();
    await page.getByRole("link", { name: "show the first" }).click();
    await page.locator("[data-pane=place] [role=grid]").getByText("44", { exact: true }).first().waitFor();
  });

  it("that fails says what, why and what to do", async () => {
    const page = await visit();
    await page.route("**/samples/**", (route) => route.abort());
    await page.getByRole("button", { name: "A damaged image" }).click();
    await page.getByRole("alert").getByText("could not be fetched").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Start page" }).click();
    await page.getByText("Drop an image anywhere").waitFor();
    // The browser itself reports the request that was broken off.
    forgiveErrors();
  });
});
