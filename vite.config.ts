import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The development server injects an inline script for hot reload, which the page's own policy rightly forbids. */
const policyOnlyInBuilds: Plugin = {
  name: "policy-only-in-builds",
  apply: "serve",
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ""),
};

/** What index.html declares; as a header it binds the worker's script too, which a meta element does not. */
const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(
  readFileSync(new URL("index.html", import.meta.url), "utf8"),
)?.[1];
if (policy === undefined) throw new Error("index.html declares no Content-Security-Policy");

export default defineConfig({
  // Relative, so that the built folder works from any path of any server.
  base: "./",
  plugins: [react(), policyOnlyInBuilds],
  build: {
    outDir: "dist/page",
    emptyOutDir: true,
    target: ["chrome123", "firefox128", "safari17.5"],
    // An inlined asset would be a data: URL, which the policy does not let scripts and workers be.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Modules of the core only define: what the page takes of them, such as a field of CSV, must not bring the readers along.
    rolldownOptions: { treeshake: { moduleSideEffects: (id: string) => !id.includes("/src/core/") } },
  },
  worker: { format: "es" },
  preview: { headers: { "Content-Security-Policy": policy } },
});
