import { chmod } from "node:fs/promises";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const FILE = "icecore.js";

/** npm sets the bit for a `bin` when it installs a package; in a checkout nobody else does. */
function executable(): Plugin {
  let folder = "";
  return {
    name: "executable",
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    async closeBundle(error) {
      if (error === undefined) await chmod(resolve(folder, FILE), 0o755);
    },
  };
}

/** The command line: one file without dependencies, beside the page and never over it. */
export default defineConfig({
  plugins: [executable()],
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: "src/cli/main.ts",
    outDir: "dist/cli",
    emptyOutDir: true,
    target: "node20",
    minify: false,
    rolldownOptions: {
      output: { entryFileNames: FILE, codeSplitting: false, banner: "#!/usr/bin/env node" },
    },
  },
});
