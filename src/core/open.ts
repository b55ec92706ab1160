/** From what was dropped to an Inspector: files out of archives, which checkpoints there are, open one. */
import type { ArchiveOptions } from "./archive/archive.ts";
import { compareChecksums } from "./archive/compare-checksums.ts";
import { openFileSet, type FileSet, type InputFile } from "./archive/file-set.ts";
import { RefusedBytes } from "./bytes/refused-bytes.ts";
import { BlockPool, blockCache } from "./bytes/block-cache.ts";
import { CheckpointInspector } from "./checkpoint-inspector.ts";
import { chooseArchives } from "./formats/expand.ts";
import { FORMATS } from "./formats/index.ts";
import type { Candidate } from "./formats/format.ts";
import { openUnknown } from "./formats/unknown.ts";
import type { Inspector, OnProgress, OpenOptions } from "./inspector.ts";
import type { Checkpoint } from "./model/checkpoint.ts";
import { placeSetProblems } from "./set-problems.ts";

export type { InputFile } from "./archive/file-set.ts";

/** What the platform lends: space for what does not fit into memory, and faster decoders. */
export type Platform = Pick<ArchiveOptions, "scratch" | "codecs">;

/** Nothing could be opened, or the medium failed. The message is a sentence for the user, the remedy what to do. */
export class OpenError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = "OpenError";
    this.remedy = remedy;
  }
}

/** Below it, a file is shown as bytes. */
const LEAST_SCORE = 0.05;

/**
 * Open a checkpoint. Damage inside is no failure: it becomes diagnostics. Files that no format recognises open as plain
 * bytes, with the reasons of each format. Of several checkpoints one is opened: the one that the options name, or the
 * first that is not part of another.
 */
export async function openCheckpoint(
  files: readonly InputFile[],
  options: OpenOptions = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
  platform: Platform = {},
): Promise<Inspector> {
  if (files.length === 0) throw new OpenError("No file was given.", "Choose a checkpoint image.");
  const set = await collect(files, options, onProgress, signal, platform);
  try {
    if (options.checksums === true) await compareChecksums(set.archives, onProgress, signal);
    const { candidates, tried } = await findCheckpoints(set, onProgress, signal);
    const chosen = choose(candidates, options.checkpoint);
    const checkpoint = chosen === undefined ? openUnknown(set.files.map(({ path, source }) => ({ name: path, source })), set.problems.length > 0) : await chosen.open(options, onProgress, signal);
    // Why each format does not take it says nothing where there is nothing.
    if (chosen === undefined && checkpoint.coverage.total > 0) for (const { title, reason } of tried) checkpoint.diagnostics.report("format.unknown", `${title}: ${reason}.`);
    if (options.checkpoint !== undefined && chosen === undefined) {
      throw new OpenError(`There is no checkpoint ${options.checkpoint} in what was opened.`, candidates.length === 0 ? "No checkpoint was found." : `There are: ${candidates.map(({ name }) => name || "(the whole)").join(", ")}.`);
    }
    listCandidates(checkpoint, candidates, chosen);
    placeSetProblems(checkpoint, set);
    return new CheckpointInspector(checkpoint, async () => await set.close());
  } catch (error) {
    await set.close();
    if (error instanceof RefusedBytes) throw new OpenError(error.message, "Unpack the archive first and open the folder, or open it on the command line.");
    throw error;
  }
}

async function collect(files: readonly InputFile[], options: OpenOptions, onProgress: OnProgress, signal: AbortSignal | undefined, platform: Platform): Promise<FileSet> {
  const pool = new BlockPool();
  const cached = files.map((file) => ({ ...file, source: blockCache(file.source, pool) }));
  const limits = options.inflateLimit === undefined ? {} : { inflateLimit: options.inflateLimit };
  try {
    return await openFileSet(cached, chooseArchives, { ...platform, ...limits }, onProgress, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const names = files.length === 1 ? files[0]!.name : `${files[0]!.name} and ${files.length - 1} more`;
    throw new OpenError(`${names} could not be read: ${error instanceof Error ? error.message : String(error)}.`, "Check that the file still exists and may be read, then open it again.");
  }
}

async function findCheckpoints(set: FileSet, onProgress: OnProgress, signal: AbortSignal | undefined): Promise<{ candidates: readonly Candidate[]; tried: { title: string; reason: string }[] }> {
  const candidates: Candidate[] = [];
  const tried: { title: string; reason: string }[] = [];
  for (const format of FORMATS) {
    const found = await format.find(set, onProgress, signal);
    tried.push({ title: format.title, reason: found.reason });
    candidates.push(...found.candidates.filter(({ score }) => score > LEAST_SCORE));
  }
  // Page contents of whoever was checkpointed may look like anything.
  const certain = candidates.filter(({ isGuess }) => isGuess !== true);
  return { candidates: (certain.length > 0 ? certain : candidates).sort((a, b) => Number(a.isPart) - Number(b.isPart) || b.score - a.score), tried };
}

/** By its name, or by the end of it from a slash on where only one has that: engines put checkpoints under long ids. */
function choose(candidates: readonly Candidate[], wanted: string | undefined): Candidate | undefined {
  if (wanted === undefined) return candidates[0];
  const alike = candidates.filter(({ name }) => name.endsWith(`/${wanted}`));
  return candidates.find(({ name }) => name === wanted) ?? (alike.length === 1 ? alike[0] : undefined);
}

/** One checkpoint needs no list. */
function listCandidates({ tables }: Checkpoint, candidates: readonly Candidate[], chosen: Candidate | undefined): void {
  if (candidates.length < 2) return;
  const table = tables.get("checkpoints");
  for (const candidate of candidates) {
    const row = table.add();
    table.set(row, "name", candidate.name);
    table.set(row, "detail", candidate.detail);
    table.set(row, "shown", candidate === chosen);
    table.set(row, "part", candidate.isPart);
    table.set(row, "files", candidate.files);
    table.set(row, "size", candidate.size);
  }
}
