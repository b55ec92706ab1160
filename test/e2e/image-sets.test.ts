import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, it, vi } from "vitest";
import { untar } from "../support/untar.ts";
import { drop } from "./drop.ts";
import { axeViolations, openSample, openTable } from "./open-page.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 60_000 });

const REAL = fileURLToPath(new URL("../fixtures/real/criu/", import.meta.url));
const { visit } = visits();
const scratch = mkdtempSync(join(tmpdir(), "icecore-e2e-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function unpacked(name: string): string {
  const folder = join(scratch, name);
  for (const [path, bytes] of untar(readFileSync(`${REAL}${name}.tar.gz`))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

function row(page: Page, text: string | RegExp) {
  return page.locator("[data-pane=place] [data-index]", { hasText: text }).first();
}

async function opened(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "What is in the checkpoint" }).waitFor();
}

describe("an archive of a container engine", () => {
  it("dropped as it is, says which container it was and leads to what a task had open", async () => {
    const page = await visit();
    await drop(page, `${REAL}21a-podman-gzip.tar.gz`);
    await opened(page);
    await expect.poll(() => page.getByRole("heading", { level: 1 }).textContent()).toContain("Podman");
    await page.getByText("localhost/demo:latest").first().waitFor();
    await openTable(page, "fds");
    await row(page, "pipe").click();
    await page.locator("[data-pane=record] [role=treegrid] [role=row]").nth(2).waitFor();
    await openTable(page, "deleted_files");
    await row(page, "/etc/motd").waitFor();
  });

  it("cut in half, still shows what is there, and says what is wrong", async () => {
    const half = join(scratch, "half.tar");
    const whole = readFileSync(`${REAL}21b-podman-none.tar`);
    writeFileSync(half, whole.subarray(0, whole.length * 0.6));
    const page = await visit();
    await drop(page, half);
    await opened(page);
    await openTable(page, "images");
    await row(page, "core-").waitFor();
    await page.getByRole("link", { name: /^Problems/ }).first().click();
    await row(page, "archive.").waitFor();
  });

  it("is readable for everybody", async () => {
    const page = await visit();
    await openSample(page, "A container");
    expect(await axeViolations(page)).toEqual([]);
    await openTable(page, "process_spec");
    expect(await axeViolations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe("a folder of images", () => {
  it("dropped as it is, shows its tasks", async () => {
    const page = await visit();
    await drop(page, unpacked("03-tree"));
    await opened(page);
    await openTable(page, "tasks");
    await expect.poll(() => page.locator("[data-pane=place] [data-index]").count()).toBe(10);
    await row(page, "killed by SIGKILL").waitFor();
  });

  it("leads from an established connection to its task", async () => {
    const page = await visit();
    await drop(page, unpacked("06-inet-sockets"));
    await opened(page);
    await openTable(page, "sockets");
    await page.getByRole("textbox", { name: /^Filter state$/i }).fill("ESTABLISHED");
    await page.getByRole("textbox", { name: /^Filter local$/i }).fill("127.0.0.1");
    const first = row(page, "127.0.0.1");
    await first.waitFor();
    await first.locator("a[href*='table=tasks']").first().click();
    await expect.poll(() => page.url()).toContain("table=tasks");
  });

  it("shows the bytes of a deleted file", async () => {
    const page = await visit();
    await drop(page, unpacked("07-files-locks"));
    await opened(page);
    await openTable(page, "remaps");
    await page.getByRole("textbox", { name: /^Filter kind$/i }).fill("ghost");
    const first = page.locator("[data-pane=place] [data-index]", { hasText: "0x0" }).first();
    await first.getByText(/^0x0/).first().click();
    await page.getByText(/ghost-file-/).first().waitFor();
  });
});

describe("several checkpoints", () => {
  it("offer a choice, and the back button returns", async () => {
    const page = await visit();
    await openSample(page, "Three dumps of one program");
    await openTable(page, "checkpoints");
    await row(page, "pre1").dblclick();
    await expect.poll(() => page.url(), { timeout: 10_000 }).toContain("checkpoint=pre1");
    await page.goBack();
    await expect.poll(() => page.url()).not.toContain("checkpoint=pre1");
    await opened(page);
  });
});
