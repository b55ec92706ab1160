/** Builds the page into a folder of its own and serves it from this machine, with the policy as a header too. */
import { createServer, type Server } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** The policy that the page itself declares; a server's header adds it to the worker's script too. */
async function policyOf(folder: string): Promise<string> {
  const html = await readFile(join(folder, "index.html"), "utf8");
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1];
  if (policy === undefined) throw new Error("The built page declares no Content-Security-Policy.");
  return policy;
}

function serve(folder: string, policy: string): Server {
  return createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    // Under a path of its own, so that an absolute address inside the page would be noticed.
    const name = path.startsWith("/some/path/") ? path.slice("/some/path/".length) || "index.html" : undefined;
    const body = name === undefined ? undefined : await readFile(join(folder, name)).catch(() => undefined);
    if (body === undefined) {
      response.writeHead(404).end("not found");
      return;
    }
    const type = TYPES[extname(name ?? "")] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body);
  });
}

/** Builds and serves. `url` is the page; its folder is removed on `close`. */
export async function startPage(): Promise<PageServer & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), "icecore-page-"));
  // The test runner's own NODE_ENV would build the development form of React, which is not what users get.
  process.env["NODE_ENV"] = "production";
  await build({ root: ROOT, configFile: join(ROOT, "vite.config.ts"), logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
  const server = serve(folder, await policyOf(folder));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: `${origin}/some/path/`,
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
