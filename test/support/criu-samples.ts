/** The real CRIU sets that stand in the repository, and what CRIU's own crit said about them. */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { memorySource } from "../../src/core/bytes/source.ts";
import type { ImageSet } from "../../src/core/formats/criu/crit/image-set.ts";
import { untar } from "./untar.ts";

const ROOT = new URL("../fixtures/real/criu/", import.meta.url);
const ARCHIVE = /^(.*?)(\.oci)?\.tar(\.gz)?$/;

export interface CriuSample {
  /** `01-simple` */
  readonly name: string;
  readonly file: string;
}

export const CRIU_SAMPLES: readonly CriuSample[] = readdirSync(ROOT)
  .filter((file) => ARCHIVE.test(file))
  .sort()
  .map((file) => ({ name: ARCHIVE.exec(file)![1]!, file }));

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, ROOT)));
}

const opened = new Map<string, ReadonlyMap<string, Uint8Array>>();

/** Files of a sample by path. The layer of a container image stands for the image. */
export function criuFiles(name: string): ReadonlyMap<string, Uint8Array> {
  let files = opened.get(name);
  if (files === undefined) {
    files = untar(read(CRIU_SAMPLES.find((sample) => sample.name === name)!.file));
    if (files.has("oci-layout")) {
      const blobs = [...files].filter(([path]) => path.startsWith("blobs/")).map(([, bytes]) => untar(bytes));
      files = blobs.find((inner) => inner.has("checkpoint/inventory.img"))!;
    }
    opened.set(name, files);
  }
  return files;
}

/** `folder`: with a slash at its end, or empty for the root of the archive. */
export function criuImageSet(name: string, folder: string): ImageSet {
  const files = new Map([...criuFiles(name)].filter(([path]) => path.startsWith(folder)).map(([path, bytes]) => [path.slice(folder.length), bytes]));
  return {
    names: () => [...files.keys()],
    source(file) {
      const bytes = files.get(file);
      return bytes === undefined ? undefined : memorySource(bytes);
    },
  };
}

/**
 * Text that crit printed for each file, or its error. The record is one JSON object, indented by one space and in crit's
 * order, so that the texts can be cut from it without a JSON parser, which would lose the digits of large numbers.
 */
export function critTexts(name: string, pretty: boolean): ReadonlyMap<string, { readonly text: string } | { readonly error: string }> {
  const record = gunzipSync(read(`${name}.truth/${pretty ? "decode-pretty" : "decode"}.json.gz`)).toString("utf8");
  const texts = new Map<string, { text: string } | { error: string }>();
  for (const [, file, lines] of record.matchAll(/^ "([^"]+)": (\{\n(?: {2}.*\n)* \}),?$/gm)) {
    const error = /"not-decoded": "(.*)"/.exec(lines!)?.[1];
    texts.set(file!, error === undefined ? { text: pretty ? indented(lines!) : onOneLine(lines!) } : { error });
  }
  return texts;
}

/** From one space for each level, of which the outermost is the record's own, to four. */
function indented(lines: string): string {
  return lines.replace(/^ +/gm, (spaces) => " ".repeat((spaces.length - 1) * 4));
}

function onOneLine(lines: string): string {
  return lines.replace(/,\n +/g, ", ").replace(/\n */g, "");
}

export interface CritExploration {
  readonly what: string;
  readonly status: number;
  readonly out: string;
  readonly error: string | undefined;
}

/** What `crit x` said about a folder of a sample; `suffix` is that of the record, such as `-dump`. */
export function critExplorations(name: string, suffix: string): readonly CritExploration[] {
  const record = new TextDecoder().decode(read(`${name}.truth/crit-x${suffix}.txt`));
  return record.split(/^### crit x \. /m).slice(1).map((text) => {
    const [, what, status, rest] = /^(\w+) +\(exit status (\d+)\)\n([^]*)$/.exec(text)!;
    const error = /^--- stderr, last line: (.*)\n?/m.exec(rest!);
    return { what: what!, status: Number(status), out: error === null ? rest! : rest!.slice(0, error.index), error: error?.[1] };
  });
}

/** Records of `crit x` beside a sample, as their suffixes. */
export function explorationSuffixes(name: string): readonly string[] {
  return readdirSync(new URL(`${name}.truth/`, ROOT)).flatMap((file) => /^crit-x(.*)\.txt$/.exec(file)?.[1] ?? []);
}
