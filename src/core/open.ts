/** From what was dropped to an Inspector: inflate, recognise, open. */
import { gunzip, isGzip } from "./archive/gunzip.ts";
import { blockCache } from "./bytes/block-cache.ts";
import type { ByteSource } from "./bytes/source.ts";
import { CheckpointInspector } from "./checkpoint-inspector.ts";
import { FORMATS } from "./formats/index.ts";
import type { Format, Score } from "./formats/format.ts";
import { unknownFormat } from "./formats/unknown.ts";
import type { Inspector, OnProgress, OpenOptions } from "./inspector.ts";
import type { OpenedFile } from "./model/checkpoint.ts";

export interface InputFile {
  readonly name: string;
  readonly source: ByteSource;
}

/** Nothing could be opened, or the medium failed. The message is a sentence for the user, the remedy what to do. */
export class OpenError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = "OpenError";
    this.remedy = remedy;
  }
}

const INFLATE_LIMIT = 1024 * 1024 * 1024;

/**
 * Open a checkpoint. Damage inside is no failure: it becomes diagnostics. A file that no format recognises opens as
 * plain bytes, with the reasons of each format.
 */
export async function openCheckpoint(
  files: readonly InputFile[],
  options: OpenOptions = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<Inspector> {
  if (files.length === 0) throw new OpenError("No file was given.", "Choose a checkpoint image.");
  const opened: OpenedFile[] = [];
  const problems: { readonly code: "gzip.damaged" | "gzip.limit" | "gzip.trailing"; readonly message: string }[] = [];
  for (const file of files) {
    let source = file.source;
    try {
      if (await isGzip(source)) {
        const inflated = await gunzip(source, options.inflateLimit ?? INFLATE_LIMIT, onProgress, signal);
        source = inflated.source;
        if (inflated.problem !== undefined) problems.push(inflated.problem);
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw new OpenError(`${file.name} could not be read: ${error instanceof Error ? error.message : String(error)}.`, "Check that the file still exists and may be read, then open it again.");
    }
    opened.push({ name: file.name, source: blockCache(source) });
  }
  onProgress({ phase: "recognising", done: 0, total: opened[0]!.source.size });
  const { format, tried } = await chooseFormat(opened);
  const checkpoint = await format.open(opened, options, onProgress, signal);
  if (format === unknownFormat) for (const { title, reason } of tried) checkpoint.diagnostics.report("format.unknown", `${title}: ${reason}.`);
  for (const { code, message } of problems) checkpoint.diagnostics.report(code, message);
  return new CheckpointInspector(checkpoint);
}

async function chooseFormat(files: readonly OpenedFile[]): Promise<{ format: Format; tried: { title: string; reason: string }[] }> {
  let best: Format = unknownFormat;
  let bestScore: Score = { score: 0.05, reason: "" };
  const tried: { title: string; reason: string }[] = [];
  for (const format of FORMATS) {
    const score = await format.score(files);
    tried.push({ title: format.title, reason: score.reason });
    if (score.score > bestScore.score) {
      best = format;
      bestScore = score;
    }
  }
  return { format: best, tried };
}
