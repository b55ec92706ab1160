/** A fresh browser window on the built page, watched for errors and for requests that leave the page's origin. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

export const SAMPLES = fileURLToPath(new URL("../../public/samples/", import.meta.url));

export interface Watched {
  readonly page: Page;
  /** Errors on the console, uncaught exceptions and violations of the policy. */
  readonly errors: string[];
  /** Addresses asked for that are not of the page's own origin. */
  readonly strays: string[];
  close(): Promise<void>;
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const errors: string[] = [];
  const strays: string[] = [];
  const { origin } = new URL(url);
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  context.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(`${origin}/`) && !address.startsWith("blob:") && !address.startsWith("data:")) strays.push(address);
  });
  await page.goto(url);
  return { page, errors, strays, close: () => context.close() };
}

export async function openSample(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: title }).first().click();
  await page.getByRole("navigation", { name: "What is in the checkpoint" }).waitFor();
}

/** Opens a table from the list at the left. */
export async function openTable(page: Page, name: string): Promise<void> {
  await page.locator(`nav a[href*="table=${name}&"]`).click();
  await page.locator("[data-pane=place] [data-index]").first().waitFor();
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds wrong on the page as it stands, one line each. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(source);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${help}\n  ${html.slice(0, 200)}\n  ${failureSummary ?? ""}`));
}
