import { defineConfig } from "vite";

/** The project's own programs (reference pages, benchmarks), bundled so that plain Node can run them. */
export default defineConfig({
  build: {
    ssr: true,
    outDir: "dist/scripts",
    emptyOutDir: true,
    target: "node20",
    rollupOptions: {
      input: { docs: "scripts/docs.ts", bench: "test/bench/bench.ts" },
      external: [/^playwright-core/, /^vite$/, /^@vitejs/],
      output: { entryFileNames: "[name].js" },
    },
  },
});
