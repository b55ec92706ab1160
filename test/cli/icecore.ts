/** Builds the command line once, away from dist/, and runs it as a user would. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const SAMPLES = join(ROOT, "test/fixtures/real/linux-cr");

export const SOUND = "v16-tree.img";
/** Two regions overlap; the damaged byte is at 0x1dd1. */
export const DAMAGED = "damaged/overlap-vma.img";
export const WIDE = "v20-x86_64-tree.img";

export interface Outcome {
  /** Exit status; for a program that a signal ended, its name. */
  readonly status: number | string | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Given through a pipe; without it standard input is empty. */
  readonly input?: Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  /** Stop reading standard output after its first piece, as `head` does. */
  readonly readLittle?: boolean;
  /** Give no input and no end of it, and send SIGINT after this time. */
  readonly interruptAfterMs?: number;
}

export interface Program {
  readonly path: string;
  /** A folder of the test's own. */
  readonly folder: string;
  run(words: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs a call that complains of nothing, and reads its JSON. */
  json(words: readonly string[], status?: number): Promise<unknown>;
  remove(): void;
}

/** Status 2, nothing on standard output, and one line on standard error. */
export function expectRefused({ status, out, err }: Outcome, words: RegExp): void {
  expect(err).toMatch(words);
  expect(err).toMatch(/^icecore: [^\n]+\n$/);
  expect({ status, out }).toEqual({ status: 2, out: "" });
}

export async function buildProgram(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "icecore-test-"));
  const outDir = join(folder, "built");
  await build({ root: ROOT, configFile: join(ROOT, "vite.cli.config.ts"), logLevel: "error", build: { outDir } });
  // In the package this file stands at the top.
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  const path = join(outDir, "icecore.js");
  const run: Program["run"] = (words, options = {}) => runFile(path, words, options);
  return {
    path,
    folder,
    run,
    async json(words, status = 0) {
      const outcome = await run([...words, "--format", "json"]);
      expect(outcome).toMatchObject({ status, err: "" });
      return JSON.parse(outcome.out) as unknown;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function runFile(path: string, words: readonly string[], options: RunOptions): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // By its own first line and executable bit, from the folder of the samples.
    const child = spawn(path, words, { cwd: SAMPLES, env: { ...process.env, ...options.environment }, stdio: ["pipe", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      out += piece;
      if (options.readLittle === true) child.stdout.destroy();
    });
    child.stderr.setEncoding("utf8").on("data", (piece: string) => (err += piece));
    // A call that is refused reads nothing.
    child.stdin.on("error", () => undefined);
    if (options.interruptAfterMs === undefined) child.stdin.end(options.input ?? new Uint8Array(0));
    else setTimeout(() => child.kill("SIGINT"), options.interruptAfterMs);
    child.on("error", reject).on("close", (status, signal) => resolve({ status: status ?? signal, out, err }));
  });
}
