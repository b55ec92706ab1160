/**
 * Which archives to open on the way to the checkpoints: what was dropped itself, archives in archives, the layers of an
 * image layout. Archives that belong to a checkpoint (changes of its root file system, volumes, tmpfs contents) stay files of
 * it.
 */
import { sniffHead, SNIFFED_BYTES } from "../archive/sniff.ts";
import { baseName, folderOf, headOf, headsOf, type SetFile } from "../archive/file-set.ts";
import type { OnProgress } from "../inspector.ts";
import { typeOfName } from "./criu/identify.ts";
import { FolderSet, partsOf, PathTree } from "./path-tree.ts";
import { member, memberAt, parseJson, textOf, type JsonValue } from "../schema/json.ts";

/** Files whose beginnings are in memory at the same time. */
const TOGETHER = 4096;
const MOST_JSON = 4 * 1024 * 1024;
/** Image layouts of a level that are followed; a pod has one for each of its containers. */
const MOST_LAYOUTS = 1024;

/** Files that say that their folder is a checkpoint, or holds one. Statistics and logs lie beside the shards of a capture too. */
const MARKS = new Set(["inventory.img", "pstree.img", "config.dump", "spec.dump"]);

export async function chooseArchives(files: readonly SetFile[], level: number, onProgress: OnProgress, signal?: AbortSignal): Promise<readonly number[]> {
  const marked = new FolderSet(files.filter(({ path }) => MARKS.has(baseName(path))).map(({ path }) => folderOf(path)));
  const layout = await imageLayout(files);
  const looked: { index: number; file: SetFile }[] = [];
  const chosen: number[] = [];
  for (const [index, file] of files.entries()) {
    if (file.link !== undefined || file.source.size === 0) continue;
    // A file that was dropped by itself is opened whatever is beside it; an image is none.
    if (level > 0 || files.length > 1) {
      if (typeOfName(file.path) !== undefined || marked.holds(file.path)) continue;
      if (layout !== undefined && layout.covers(file.path)) {
        if (layout.wants(file.path)) chosen.push(index);
        continue;
      }
    }
    looked.push({ index, file });
  }
  for (let from = 0; from < looked.length; from += TOGETHER) {
    const batch = looked.slice(from, from + TOGETHER);
    const begun = (done: number): void => onProgress({ phase: "recognising", done: from + done, total: looked.length, unit: "files" });
    // Contents that were not kept have no head, and cannot be an archive to open.
    const heads = await headsOf(batch.map(({ file }) => file), SNIFFED_BYTES, begun, signal);
    for (const [at, { index }] of batch.entries()) if (sniffHead(heads[at]!) !== undefined) chosen.push(index);
  }
  return chosen;
}

interface Layout {
  /** Whether the file is a blob of the layout. */
  covers(path: string): boolean;
  /** Whether it is a layer that may hold a checkpoint. */
  wants(path: string): boolean;
}

const CHECKPOINT_LAYER = /criu\.checkpoint\.(criu|predump)\.tar/;

/** OCI image layouts and archives of `docker save`, by their indexes: of a pod, each container has its own. */
async function imageLayout(files: readonly SetFile[]): Promise<Layout | undefined> {
  const named = (name: string): readonly SetFile[] => files.filter(({ path }) => baseName(path) === name).slice(0, MOST_LAYOUTS);
  const indexes = named("index.json");
  const manifests = named("manifest.json");
  if (indexes.length === 0 && manifests.length === 0) return undefined;
  const wanted = new Set<string>();
  const seen = new Set<string>();
  const blobs = new Map(files.map((file) => [baseName(file.path), file]));
  for (const index of indexes) {
    for (const entry of listOf(member(await json(index), "manifests"))) await layers(entry, blobs, wanted, seen, 0);
  }
  for (const manifest of manifests) {
    for (const entry of listOf(await json(manifest))) {
      for (const layer of listOf(member(entry, "Layers"))) {
        const path = textOf(layer);
        if (path !== undefined) wanted.add(path.startsWith("blobs/") ? baseName(path) : path);
      }
    }
  }
  if (wanted.size === 0) return undefined;
  const ends = new PathTree<true>();
  for (const path of wanted) ends.add(path.split("/").toReversed(), true);
  const wants = (path: string): boolean => {
    for (const { isEnd } of ends.along(partsOf(path).toReversed())) if (isEnd) return true;
    return false;
  };
  return { covers: (path) => path.includes("blobs/") || wants(path), wants };
}

/** Layers under an entry of an index, which is a manifest, an index again, or itself a layer. */
async function layers(entry: JsonValue, blobs: ReadonlyMap<string, SetFile>, wanted: Set<string>, seen: Set<string>, depth: number): Promise<void> {
  const digest = (textOf(member(entry, "digest")) ?? "").replace(/^sha256:/, "");
  const type = mediaType(entry);
  if (CHECKPOINT_LAYER.test(type)) {
    wanted.add(digest);
    return;
  }
  // Indexes may name each other any number of times.
  if (seen.has(digest)) return;
  seen.add(digest);
  const blob = blobs.get(digest);
  if (blob === undefined || depth > 4 || /tar|gzip|zstd/.test(type)) return;
  const text = await json(blob);
  const entries = listOf(member(text, "manifests"));
  // Beside the images of a checkpoint stands the image of its container, whose layers hold no images of tasks.
  const images = entries.filter((inner) => CHECKPOINT_LAYER.test(mediaType(inner)));
  for (const inner of images.length > 0 ? images : entries) await layers(inner, blobs, wanted, seen, depth + 1);
  for (const layer of listOf(memberAt(text, "layers"))) {
    const name = (textOf(member(layer, "digest")) ?? "").replace(/^sha256:/, "");
    if (name !== "") wanted.add(name);
  }
}

function mediaType(entry: JsonValue): string {
  return textOf(member(entry, "mediaType")) ?? "";
}

/** Contents that were not kept, or are encrypted, say nothing. */
async function json(file: SetFile): Promise<JsonValue | undefined> {
  return file.source.size > MOST_JSON ? undefined : parseJson(await headOf(file, file.source.size)).root;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return value?.kind === "array" ? value.children : [];
}
