/** The sample images that stand in the repository. */
import { readdirSync, readFileSync } from "node:fs";

export interface Sample {
  /** `v16-tree`, `made/v21-x86_64`, `damaged/len-zero`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly folder: "real" | "made" | "damaged";
}

const ROOT = new URL("../fixtures/real/linux-cr/", import.meta.url);

function read(folder: Sample["folder"], prefix: string): Sample[] {
  return readdirSync(new URL(prefix, ROOT))
    .filter((name) => name.endsWith(".img"))
    .sort()
    .map((name) => {
      const url = new URL(prefix + name, ROOT);
      return { name: prefix + name.slice(0, -4), path: url.pathname, bytes: new Uint8Array(readFileSync(url)), folder };
    });
}

export const SAMPLES: readonly Sample[] = [...read("real", ""), ...read("made", "made/"), ...read("damaged", "damaged/")];

/** Text beside a sample. */
export function beside(name: string): string {
  return readFileSync(new URL(name, ROOT), "utf8");
}

/** Failed checkpoints and cut streams among the images that kernels and the specification's program wrote. */
export const FAILED = new Set(["v16-notfrozen", "v16-ipc-leak", "v20-x86_64-socket", "made/v23rc2-error-x86_64"]);

export function isSound(sample: Sample): boolean {
  return sample.folder !== "damaged" && !FAILED.has(sample.name);
}
