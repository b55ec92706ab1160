import { defineConfig } from "vite";

/** The generator of the reference pages, bundled so that plain Node can run it. */
export default defineConfig({
  build: {
    ssr: "scripts/docs.ts",
    outDir: "dist/scripts",
    emptyOutDir: true,
    target: "node20",
    rollupOptions: { output: { entryFileNames: "docs.js" } },
  },
});
