/** Open CRIU sets the way the product does, with the checkpoint itself at hand for laws that look inside. */
import { readFileSync } from "node:fs";
import { afterAll } from "vitest";
import { openFileSet, type InputFile } from "../../src/core/archive/file-set.ts";
import { blockCache } from "../../src/core/bytes/block-cache.ts";
import { memorySource, type ByteSource } from "../../src/core/bytes/source.ts";
import { CheckpointInspector } from "../../src/core/checkpoint-inspector.ts";
import { chooseArchives } from "../../src/core/formats/expand.ts";
import { FORMATS } from "../../src/core/formats/index.ts";
import type { Cell, FieldNode, Inspector } from "../../src/core/inspector.ts";
import type { Checkpoint } from "../../src/core/model/checkpoint.ts";
import type { Platform } from "../../src/core/open.ts";
import { placeSetProblems } from "../../src/core/set-problems.ts";
import { nodeCodecs } from "../../src/cli/codecs.ts";
import { scratchStore } from "../../src/cli/scratch.ts";
import { CRIU_SAMPLES } from "./criu-samples.ts";

export type { InputFile } from "../../src/core/archive/file-set.ts";

const ROOT = new URL("../fixtures/real/criu/", import.meta.url);
export const PLATFORM: Platform = { scratch: scratchStore(), codecs: nodeCodecs };

export interface OpenedSet {
  readonly checkpoint: Checkpoint;
  readonly inspector: Inspector;
}

/** Any files as one set; undefined when no format takes them. `name`: which of several checkpoints. */
export async function openSet(inputs: readonly InputFile[], name?: string): Promise<OpenedSet | undefined> {
  const cached = inputs.map((input) => ({ ...input, source: blockCache(input.source) }));
  const set = await openFileSet(cached, chooseArchives, PLATFORM, () => {});
  const criu = FORMATS.find((format) => format.name === "criu")!;
  const { candidates } = await criu.find(set, () => {});
  const sorted = candidates.filter(({ score }) => score > 0.05).sort((a, b) => Number(a.isPart) - Number(b.isPart) || b.score - a.score);
  const chosen = name === undefined ? sorted[0] : sorted.find((candidate) => candidate.name === name);
  if (chosen === undefined) return undefined;
  const checkpoint = await chosen.open({}, () => {});
  placeSetProblems(checkpoint, set);
  return { checkpoint, inspector: new CheckpointInspector(checkpoint, async () => await set.close()) };
}

export function sampleArchive(name: string): InputFile {
  const { file } = CRIU_SAMPLES.find((sample) => sample.name === name)!;
  return { name: file, source: memorySource(new Uint8Array(readFileSync(new URL(file, ROOT)))) };
}

const opened = new Map<string, Promise<OpenedSet>>();

afterAll(async () => {
  for (const set of opened.values()) await (await set).inspector.close();
  opened.clear();
});

/** A sample as its archive was dropped; opened once for each test file. */
export async function openSample(name: string): Promise<OpenedSet> {
  let set = opened.get(name);
  if (set === undefined) {
    set = openSet([sampleArchive(name)]).then((found) => found!);
    opened.set(name, set);
  }
  return await set;
}

/** Files of a sample in memory, links included, for tests that change some of them. */
export async function sampleFiles(name: string): Promise<InputFile[]> {
  const set = await openFileSet([sampleArchive(name)], chooseArchives, PLATFORM, () => {});
  const files = await Promise.all(
    set.files.map(async ({ path, source, link }): Promise<InputFile> => ({
      name: path,
      source: memorySource(link === undefined ? await source.read(0, source.size) : new Uint8Array(0)),
      ...(link === undefined ? {} : { link }),
    })),
  );
  await set.close();
  return files;
}

export async function bytesOf(source: ByteSource): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await source.read(0, source.size));
}

export type PlainRow = Readonly<Record<string, Cell["value"]>>;

/** A whole table as objects of plain values; a reference is the row that it leads to. */
export async function plainRows(inspector: Inspector, name: string): Promise<readonly PlainRow[]> {
  const { columns } = (await inspector.tables()).find((table) => table.name === name)!;
  const view = await inspector.query(name, {});
  const rows = await inspector.rows(view.id, 0, view.matching);
  return rows
    .toSorted((a, b) => a.row - b.row)
    .map(({ cells }) => Object.fromEntries(columns.map((column, index) => [column.name, column.ref === undefined ? cells[index]!.value : (cells[index]!.link?.row ?? null)])));
}

/** Children tile their parent, all the way down; throws at the first gap or overlap. */
export function expectTiles(node: FieldNode, path = node.name): void {
  const { children, span } = node;
  if (children === undefined || children.length === 0) return;
  let position = span.start;
  for (const child of children) {
    if (child.span.file !== span.file) throw new Error(`${path}/${child.name} lies in file ${child.span.file}, its parent in ${span.file}`);
    if (child.span.start !== position || child.span.end < position) throw new Error(`${path}/${child.name} is ${child.span.start} to ${child.span.end}, expected from ${position}`);
    position = child.span.end;
    expectTiles(child, `${path}/${child.name}`);
  }
  if (position !== span.end) throw new Error(`the children of ${path} end at ${position}, the node at ${span.end}`);
}
