/** The core dumps that stand in the repository, and how tests open them. */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { openFileSet, type InputFile } from "../../src/core/archive/file-set.ts";
import { blockCache } from "../../src/core/bytes/block-cache.ts";
import { memorySource } from "../../src/core/bytes/source.ts";
import { CheckpointInspector } from "../../src/core/checkpoint-inspector.ts";
import { elfCore } from "../../src/core/formats/elf-core/index.ts";
import { chooseArchives } from "../../src/core/formats/expand.ts";
import type { OpenedSet } from "./criu-open.ts";

const ROOT = new URL("../fixtures/real/elf-core/", import.meta.url);

export const CORE_SAMPLES: readonly string[] = readdirSync(ROOT).filter((name) => name.endsWith(".core.gz")).map((name) => name.slice(0, -".core.gz".length)).sort();

const unpacked = new Map<string, Uint8Array>();

/** Bytes of a sample, unpacked. */
export function coreBytes(name: string): Uint8Array {
  let bytes = unpacked.get(name);
  if (bytes === undefined) {
    bytes = new Uint8Array(gunzipSync(readFileSync(new URL(`${name}.core.gz`, ROOT))));
    unpacked.set(name, bytes);
  }
  return bytes;
}

/** A text that stands beside a sample. */
export function coreTruth(name: string, kind: "eu-readelf.txt" | "gdb.txt" | "maps" | "facts"): string {
  return readFileSync(new URL(`${name}.${kind}`, ROOT), "utf8");
}

export function packedCore(name: string): InputFile {
  return { name: `${name}.core.gz`, source: memorySource(new Uint8Array(readFileSync(new URL(`${name}.core.gz`, ROOT)))) };
}

/** Any files; the first core among them. Undefined when there is none. */
export async function openCores(inputs: readonly InputFile[]): Promise<OpenedSet | undefined> {
  const set = await openFileSet(inputs.map((input) => ({ ...input, source: blockCache(input.source) })), chooseArchives, {}, () => {});
  const [found] = (await elfCore.find(set, () => {})).candidates;
  if (found === undefined) return undefined;
  const checkpoint = await found.open({}, () => {});
  return { checkpoint, inspector: new CheckpointInspector(checkpoint, async () => await set.close()) };
}

export async function openCoreBytes(bytes: Uint8Array): Promise<OpenedSet | undefined> {
  return await openCores([{ name: "core", source: memorySource(bytes) }]);
}

const opened = new Map<string, Promise<OpenedSet>>();

/** A sample, opened once for each test file. */
export async function openCoreSample(name: string): Promise<OpenedSet> {
  let set = opened.get(name);
  if (set === undefined) {
    set = openCoreBytes(coreBytes(name)).then((found) => found!);
    opened.set(name, set);
  }
  return await set;
}
