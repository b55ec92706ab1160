import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "playwright-core";
import { afterAll, describe, expect, it, vi } from "vitest";
import { untar } from "../support/untar.ts";
import { drop } from "./drop.ts";
import { openSample, openTable } from "./open-page.ts";
import { storedZip } from "./stored-zip.ts";
import { visits } from "./visits.ts";

vi.setConfig({ testTimeout: 60_000 });

const REAL = fileURLToPath(new URL("../fixtures/real/criu/", import.meta.url));
const { visit } = visits();
const scratch = mkdtempSync(join(tmpdir(), "icecore-sets-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Unpacking and reading may take a while on a busy machine. */
const soon = <T>(read: () => Promise<T> | T) => expect.poll(read, { timeout: 10_000 });

/** A sample as a folder on the disk. */
function unpacked(name: string): string {
  const folder = join(scratch, name);
  for (const [path, bytes] of untar(readFileSync(`${REAL}${name}.tar.gz`))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

const rows = (page: Page): Locator => page.locator("[data-pane=place] [data-index]");
const row = (page: Page, text: string | RegExp): Locator => rows(page).filter({ hasText: text }).first();
const record = (page: Page): Locator => page.locator("[data-pane=record]");
const title = (page: Page): Promise<string | null> => page.getByRole("heading", { level: 1 }).textContent();
const choose = (page: Page, ...paths: readonly string[]): Promise<void> => page.locator("[data-testid=files]").setInputFiles([...paths]);

async function opened(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "What is in the checkpoint" }).waitFor();
}

async function filter(page: Page, column: string, text: string): Promise<void> {
  await page.getByRole("textbox", { name: new RegExp(`^Filter ${column}$`, "i") }).fill(text);
}

/** The selected bytes as characters. */
async function selectedText(page: Page): Promise<string> {
  const hex = await page.locator("[data-pane=place] [role=grid] [role=gridcell][aria-selected=true]").allTextContents();
  return String.fromCharCode(...hex.map((byte) => Number.parseInt(byte, 16)));
}

describe("the archive of a container", () => {
  it("dropped as it is, says which container it was and leads from a task to a file that it had open", async () => {
    const page = await visit();
    await drop(page, `${REAL}21a-podman-gzip.tar.gz`);
    await opened(page);
    await soon(() => title(page)).toContain("21apodmangzip");
    expect(await page.title()).toContain("21apodmangzip");
    await page.getByText("localhost/demo:latest").first().waitFor();
    await openTable(page, "tasks");
    await row(page, "pipes").click();
    await record(page).getByRole("link", { name: "Descriptors", exact: true }).click();
    await row(page, "/tmp/fifo").getByRole("link", { name: "/tmp/fifo" }).first().click();
    await soon(() => page.url()).toContain("table=files");
    await record(page).locator("[role=treegrid]").waitFor();
  });

  it("hides the values of environment variables until it is asked, and warns before they are copied", async () => {
    const page = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
    await openSample(page, "A container");
    await openTable(page, "process_spec");
    const token = row(page, "APP_TOKEN");
    await token.click();
    await record(page).getByText("holds environment variables").waitFor();
    expect(await page.locator("body").textContent()).not.toContain("s3cr3t-demo");
    await page.keyboard.press("Control+Shift+c");
    await page.getByText("This takes hidden values along").waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toContain("s3cr3t-demo");
    await page.locator("[data-pane=place]").getByRole("button", { name: "Show secrets" }).click();
    await token.getByText("s3cr3t-demo").waitFor();
    await record(page).locator("[role=treegrid]").waitFor();
  });

  it("cut in half, still shows what is there, and says what is wrong", async () => {
    const half = join(scratch, "half.tar");
    const whole = readFileSync(`${REAL}21b-podman-none.tar`);
    writeFileSync(half, whole.subarray(0, whole.length / 2));
    const page = await visit();
    await drop(page, half);
    await opened(page);
    await openTable(page, "images");
    await row(page, "core-").waitFor();
    await page.locator("nav").getByRole("link", { name: /^Problems/ }).click();
    await row(page, /archive\./).waitFor();
  });

  it("as an image of containerd, says what it was made from and what the container deleted, each with its bytes", async () => {
    const page = await visit();
    await drop(page, fileURLToPath(new URL("../fixtures/real/containers/ctr-image.oci.tar.gz", import.meta.url)));
    await opened(page);
    await soon(() => title(page)).toBe("containerd container checkpoint: web1");
    await page.getByText("docker.io/demo/tiny:latest").first().waitFor();
    await openTable(page, "deleted_files");
    await row(page, "/etc/motd").waitFor();
    await openTable(page, "container_facts");
    await row(page, "Command").click();
    // The specification is JSON inside a protobuf value.
    await record(page).getByText("value.process.args").waitFor();
    await record(page).locator("[role=treegrid] [aria-selected=true]").filter({ hasText: "args" }).waitFor();
  });

  it("inside a zip is found all the same", async () => {
    const zip = join(scratch, "mail.zip");
    writeFileSync(zip, storedZip([{ name: "for you/21a-podman-gzip.tar.gz", bytes: readFileSync(`${REAL}21a-podman-gzip.tar.gz`) }]));
    const page = await visit();
    await choose(page, zip);
    await opened(page);
    await soon(() => title(page)).toContain("21apodmangzip");
    await openTable(page, "tasks");
    await soon(() => rows(page).count()).toBe(13);
  });
});

describe("a folder of images", () => {
  it("dropped as it is, shows its tasks as a tree", async () => {
    const page = await visit();
    await drop(page, unpacked("03-tree"));
    await opened(page);
    await page.getByText(/from 03-tree \(\d+ files\)/).waitFor();
    await openTable(page, "tasks");
    await soon(() => rows(page).count()).toBe(10);
    await row(page, "killed by SIGKILL").waitFor();
    expect(await page.locator("[data-pane=place] [role=row][aria-level='3']").count()).toBeGreaterThan(0);
  });

  it("chosen with the folder button, leads from an established connection to its task", async () => {
    const page = await visit();
    await page.locator("[data-testid=folder]").setInputFiles(unpacked("06-inet-sockets"));
    await opened(page);
    await openTable(page, "sockets");
    await filter(page, "state", "=ESTABLISHED");
    const connection = row(page, "127.0.0.1");
    await connection.getByRole("link", { name: /inet$/ }).first().click();
    await soon(() => page.url()).toContain("table=tasks");
    await page.locator("[data-pane=place] [data-index][aria-selected=true]", { hasText: "inet" }).waitFor();
  });

  it("that holds nothing is refused with a reason", async () => {
    const empty = join(scratch, "empty");
    mkdirSync(empty);
    const page = await visit();
    await drop(page, empty);
    await page.getByRole("alert").getByText("holds no file").waitFor();
  });
});

describe("the bytes of many files", () => {
  it("of a deleted file are shown and saved", async () => {
    const page = await visit();
    await choose(page, `${REAL}07-files-locks.tar.gz`);
    await opened(page);
    await openTable(page, "remaps");
    await row(page, "ghost.txt").locator("[data-column='1']").click();
    const [saved] = await Promise.all([page.waitForEvent("download"), record(page).getByRole("button", { name: "Save as a file" }).click()]);
    expect(saved.suggestedFilename()).toBe("ghost.txt");
    expect(await readFile(await saved.path(), "utf8")).toMatch(/^ghost file content/);
    await record(page).getByRole("link", { name: "Show the contents" }).click();
    await soon(() => page.url()).toContain("at=bytes");
    await soon(() => selectedText(page)).toMatch(/^ghost file content/);
    await page.locator("footer").getByText("ghost-file-2.img").first().waitFor();
    await page.goBack();
    await page.locator("[data-pane=place] [data-index][aria-selected=true]").waitFor();
    await row(page, "ghost.txt").getByText("0x00000035").click();
    await soon(() => selectedText(page)).toMatch(/^ghost file content/);
  });

  it("are reached from the table of files, by searching for a name, file by file, and by an address", async () => {
    const page = await visit();
    await openSample(page, "A container");
    await openTable(page, "images");
    await row(page, "core-13.img").locator("[data-column='1']").dblclick();
    const chosen = page.locator("[data-pane=place]").getByRole("button", { name: /^File / });
    await soon(() => chosen.textContent()).toContain("core-13.img");
    await page.keyboard.press(">");
    await soon(() => chosen.textContent()).toContain("core-14.img");
    await chosen.click();
    await page.getByRole("combobox", { name: /Find a file/ }).fill("seccomp");
    await soon(() => page.getByRole("listbox", { name: "Files" }).getByRole("option").count()).toBe(1);
    await page.keyboard.press("Enter");
    await soon(() => chosen.textContent()).toContain("seccomp.img");
    await page.keyboard.press("g");
    await page.keyboard.type("pages-1.img@0x3000");
    await page.keyboard.press("Enter");
    await soon(() => page.url()).toContain("offset=12288");
    expect(await chosen.textContent()).toContain("pages-1.img");
  });
});

describe("several checkpoints", () => {
  it("are chosen from the summary or the header, and the browser's button returns", async () => {
    const page = await visit();
    await openSample(page, "Three dumps of one program");
    const list = page.getByRole("region", { name: /3 checkpoints were opened together/ });
    await list.getByText("shown here").waitFor();
    await list.getByRole("link", { name: "pre1" }).click();
    await soon(() => page.url()).toContain("checkpoint=pre1");
    const header = page.getByRole("button", { name: /^Checkpoint/ });
    await soon(() => header.textContent()).toContain("pre1");
    await openTable(page, "records");
    await header.click();
    await page.getByRole("menuitemradio", { name: /^pre2/ }).click();
    // The same table of another checkpoint.
    await soon(() => page.url()).toMatch(/table=records.*checkpoint=pre2/);
    await soon(() => header.textContent()).toContain("pre2");
    await page.goBack();
    await soon(() => page.url()).toMatch(/table=records.*checkpoint=pre1/);
    await soon(() => header.textContent()).toContain("pre1");
    await page.goBack();
    await page.goBack();
    await soon(() => header.textContent()).toContain("dump");
    expect(page.url()).not.toContain("checkpoint=");
  });

  it("are opened from their table, and a link leads to the chosen one", async () => {
    const page = await visit();
    await openSample(page, "Three dumps of one program");
    await openTable(page, "checkpoints");
    await row(page, "pre1").dblclick();
    await soon(() => page.url()).toContain("checkpoint=pre1");
    const again = await visit({}, new URL(page.url()).hash);
    await opened(again);
    await soon(() => again.getByRole("button", { name: /^Checkpoint/ }).textContent()).toContain("pre1");
  });
});

describe("scratch space", () => {
  it("is given back when the checkpoint is closed", async () => {
    const page = await visit();
    // Two pre-dumps of 4 MiB, which are more than what stays in memory for each file.
    await choose(page, `${REAL}14a-incremental.tar.gz`);
    await opened(page);
    const kept = () =>
      page.evaluate(async () => {
        let files = 0;
        const count = async (folder: FileSystemDirectoryHandle): Promise<void> => {
          for await (const entry of (folder as unknown as { values(): AsyncIterable<FileSystemHandle> }).values()) {
            if (entry.kind === "file") files++;
            else await count(entry as FileSystemDirectoryHandle);
          }
        };
        await count(await navigator.storage.getDirectory());
        return files;
      });
    await soon(kept).toBeGreaterThan(0);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Close the checkpoint" }).click();
    await soon(kept).toBe(0);
  });
});
