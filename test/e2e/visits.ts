/** The built page in a browser for a file of tests: one visit at a time, each left without an error and without a request that strays. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchBrowser } from "./browser.ts";
import { openPage, type Watched } from "./open-page.ts";
import { startPage } from "./page-server.ts";

export interface Visits {
  /** Leaves the page of the visit before, if there is one. */
  visit(options?: BrowserContextOptions, hash?: string): Promise<Page>;
  /** An error that the test provoked is no fault of the page. */
  forgiveErrors(): void;
}

export function visits(): Visits {
  let browser: Browser | undefined;
  let server: Awaited<ReturnType<typeof startPage>> | undefined;
  let current: Watched | undefined;

  async function leave(): Promise<void> {
    const watched = current;
    current = undefined;
    await watched?.close();
    expect(watched?.errors ?? []).toEqual([]);
    expect(watched?.strays ?? []).toEqual([]);
  }

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchBrowser(), startPage()]);
  }, 120_000);
  afterEach(leave);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  return {
    async visit(options = {}, hash = "") {
      await leave();
      current = await openPage(browser!, server!.url + hash, options);
      return current.page;
    },
    forgiveErrors: () => void current?.errors.splice(0),
  };
}
