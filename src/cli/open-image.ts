/** From a PATH of the command line to an opened image; the exit status follows from what is found in it. */
import { openCheckpoint, type Inspector, type OpenOptions, type Platform, type Summary } from "../core/index.ts";
import { CallError } from "./call-error.ts";
import { nodeCodecs } from "./codecs.ts";
import { collectInputs } from "./input-files.ts";
import { suggestion } from "./near-match.ts";
import { guarded } from "./open-path.ts";
import { progressLine } from "./progress.ts";
import { complain, type Run } from "./run.ts";
import { scratchStore } from "./scratch.ts";
import { STDIN_NAME } from "./stdin.ts";
import { OutputClosed } from "./terminal.ts";
import { parseSize } from "./values.ts";

/** What this platform lends to the core. */
export const PLATFORM: Platform = { codecs: nodeCodecs, scratch: scratchStore() };

export interface Image {
  /** As given; standard input has a name of its own. */
  readonly name: string;
  readonly inspector: Inspector;
  readonly summary: Summary;
  /** Bytes as they are stored: fewer than the image has when it is compressed. */
  readonly storedBytes: number;
}

/** Open the image, hand it to `use` and close it again, whatever happens. */
export async function withImage(path: string, run: Run, use: (image: Image) => Promise<void>): Promise<void> {
  const name = path === "-" ? STDIN_NAME : path;
  const progress = progressLine(process.stderr, name);
  const options = openOptions(run);
  const inputs = await guarded(name, () => collectInputs([path, ...run.options.all("with")], progress.report));
  try {
    const inspector = await guarded(name, () => openCheckpoint(inputs.files, options, progress.report, undefined, PLATFORM));
    progress.clear();
    try {
      const summary = await inspector.summary();
      checkOverrides(options, summary);
      run.raise(summary.problems.error > 0 ? 1 : 0);
      if (summary.format === "unknown" && summary.problems.error === 0) {
        complain(`${name}: no format recognises ${summary.files.length > 1 ? "these files" : "this file"}`);
        run.raise(2);
      }
      announceChoices(name, summary);
      await use({ name, inspector, summary, storedBytes: inputs.storedBytes });
    } finally {
      await inspector.close();
    }
  } finally {
    progress.clear();
    await inputs.close();
  }
}

/** Several checkpoints in one archive or folder: which one this is about, and how to get the others. */
function announceChoices(name: string, { choices }: Summary): void {
  // Parents of an incremental dump are opened with it.
  if (choices.filter(({ isPart }) => !isPart).length < 2) return;
  const shown = choices.find((choice) => choice.shown)?.name ?? "?";
  const others = choices.filter((choice) => !choice.shown).map((choice) => choice.name);
  complain(`${name} holds ${choices.length} checkpoints; this is ${shown}. For another: --checkpoint ${others.slice(0, 6).join(" or ")}${others.length > 6 ? " or ..." : ""}`);
}

/**
 * The same for several images. One that cannot be opened is named on standard error and the others follow. Once nobody
 * reads our output the rest are still opened, since the exit status speaks for all of them.
 */
export async function withEachImage(run: Run, use: (image: Image) => Promise<void>): Promise<void> {
  if (run.words.filter((word) => word === "-").length > 1) throw new CallError("standard input (-) can be read only once");
  for (const path of run.words) {
    try {
      await withImage(path, run, use);
    } catch (error) {
      if (error instanceof CallError) {
        complain(error.message);
        run.raise(2);
      } else if (!(error instanceof OutputClosed)) throw error;
    }
  }
}

function openOptions({ options }: Run): OpenOptions {
  const revision = options.text("revision");
  const architecture = options.text("architecture");
  const inflateLimit = options.text("inflate-limit");
  const checkpoint = options.text("checkpoint");
  return {
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(options.has("checksums") ? { checksums: true } : {}),
    ...(revision === undefined ? {} : { revision }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(inflateLimit === undefined ? {} : { inflateLimit: parseSize(inflateLimit, "inflate-limit") }),
  };
}

/** The core passes over names that the format does not have; a person wants to hear about the slip. */
function checkOverrides({ revision, architecture }: OpenOptions, { formatName, revisionChoices, architectureChoices }: Summary): void {
  const check = (option: string, value: string | undefined, choices: readonly string[]): void => {
    if (value === undefined || choices.length === 0 || choices.includes(value)) return;
    throw new CallError(`${formatName} has no ${option} ${value}${suggestion(value, choices, `it has ${choices.join(", ")}`)}`);
  };
  check("revision", revision, revisionChoices);
  check("architecture", architecture, architectureChoices);
}
