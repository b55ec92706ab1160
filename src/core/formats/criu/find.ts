/** Finds image directories among the files of a set, what stands beside each, and how they follow each other as parents. */
import { baseName, folderOf, headsOf, type FileSet, type SetFile } from "../../archive/file-set.ts";
import { followLinks } from "../../archive/follow-links.ts";
import type { OnProgress } from "../../inspector.ts";
import { identify, typeOfName } from "./identify.ts";
import { isLogName } from "./log.ts";

/** What images are looked for in. */
export type Files = Pick<FileSet, "files">;

/**
 * A set whose images were put together by symbolic links has their contents, where those were opened too. `parent` leads to
 * a directory, and says by itself how two of them follow each other.
 */
export function withLinkedImages({ files }: Files): Files {
  return { files: followLinks(files, (path) => typeOfName(path) !== undefined || isLogName(baseName(path))) };
}

/** One directory of images. */
export interface Directory {
  readonly path: string;
  readonly files: readonly SetFile[];
  readonly hasInventory: boolean;
  readonly hasTree: boolean;
  readonly hasPagemaps: boolean;
  readonly hasCores: boolean;
  /** No file has the head of an image: there are statistics, a log, or files with the names of images without a head. */
  readonly isLoose: boolean;
  /** Target of the `parent` link, as it stands there. */
  readonly parentLink: string | undefined;
  /** The directory that the link leads to. */
  parent: Directory | undefined;
  /** A directory that a page server wrote, which holds this one's pages. */
  server: Directory | undefined;
  /** Which directory needs this one. */
  isNeededBy: Directory | undefined;
}

/** Files whose heads are read to see whether they are images; names alone never decide. */
const MOST_HEADS = 20_000;
const HEAD_BYTES = 8;

/** All directories that hold images, in the order of their paths. */
export async function findDirectories({ files }: Files, onProgress: OnProgress, signal?: AbortSignal): Promise<readonly Directory[]> {
  const folders = new Map<string, SetFile[]>();
  for (const file of files) {
    const folder = folderOf(file.path);
    const list = folders.get(folder);
    if (list === undefined) folders.set(folder, [file]);
    else list.push(file);
  }
  const directories: Directory[] = [];
  const loose: Directory[] = [];
  let left = MOST_HEADS;
  let before = 0;
  for (const path of [...folders.keys()].sort(compare)) {
    const inside = folders.get(path)!;
    const looked = inside.filter(({ source, link }) => link === undefined && source.size >= 4).slice(0, left);
    left -= looked.length;
    const begun = (read: number): void => onProgress({ phase: "recognising", done: before + read, total: files.length, unit: "files" });
    const directory = await asDirectory(path, inside, looked, begun, signal);
    before += inside.length;
    if (directory !== undefined) (directory.isLoose ? loose : directories).push(directory);
  }
  // Statistics, logs and images without a head stand beside others; where there are no others, they are what was opened.
  if (directories.length === 0) return loose;
  for (const directory of directories) directory.parent = parentOf(directory, directories);
  for (const directory of directories) if (directory.parent !== undefined && directory.parent !== directory) directory.parent.isNeededBy ??= directory;
  for (const directory of directories) findServer(directory, directories);
  return directories;
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

async function asDirectory(path: string, files: readonly SetFile[], looked: readonly SetFile[], begun: (files: number) => void, signal?: AbortSignal): Promise<Directory | undefined> {
  const types = new Set<string>();
  for (const [index, head] of (await headsOf(looked, HEAD_BYTES, begun, signal)).entries()) {
    const { type, head: kind } = identify(looked[index]!.path, head, looked[index]!.source.size);
    if (type !== undefined && kind !== "none") types.add(type.name);
  }
  const parent = files.find((file) => baseName(file.path) === "parent" && file.link !== undefined);
  // Statistics and caches stand in work directories too, which hold no images.
  const images = [...types].filter((name) => name !== "STATS" && name !== "IRMAP_CACHE");
  const lost = files.some(({ path: name, source }) => source.size === 0 && typeOfName(name)?.type.name === "INVENTORY");
  if (images.length === 0 && !lost && types.size === 0 && !files.some(isLoose)) return undefined;
  return {
    path,
    files,
    hasInventory: types.has("INVENTORY"),
    hasTree: types.has("PSTREE"),
    isLoose: images.length === 0 && !lost,
    hasPagemaps: types.has("PAGEMAP") || types.has("SHMEM_PAGEMAP"),
    hasCores: types.has("CORE"),
    parentLink: parent?.link,
    parent: undefined,
    server: undefined,
    isNeededBy: undefined,
  };
}

/** A log of CRIU, or an image without a head, such as a dump of the network: known by its name alone. */
function isLoose({ path, link }: SetFile): boolean {
  if (link !== undefined) return false;
  const named = typeOfName(path);
  return /^(dump|restore)\.log$/.test(baseName(path)) || (named !== undefined && named.type.magic === undefined);
}

/** Follow a path from a folder, never above the top; undefined when it leads out. */
export function resolveLink(folder: string, target: string): string | undefined {
  const parts = target.startsWith("/") ? [] : folder.split("/").filter((part) => part !== "");
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

/** No system call takes a longer path, so no link leads along one. */
const PATH_MAX = 4096;

function parentOf(directory: Directory, all: readonly Directory[]): Directory | undefined {
  const { path, parentLink } = directory;
  const byPath = (wanted: string): Directory | undefined => all.find((candidate) => candidate.path === wanted);
  // Where links were followed, `parent` is a folder.
  const inside = byPath(path === "" ? "parent" : `${path}/parent`);
  if (inside !== undefined) return inside;
  if (parentLink === undefined) return undefined;
  const resolved = resolveLink(path, parentLink);
  const found = resolved === undefined ? undefined : byPath(resolved);
  if (found !== undefined) return found;
  if (parentLink.length > PATH_MAX) return undefined;
  // An absolute target, or one in another archive that was given together with this one: the end of the path decides.
  const parts = (resolved ?? parentLink).split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  for (let from = 0; from < parts.length; from++) {
    const tail = parts.slice(from).join("/");
    const matches = all.filter((candidate) => candidate !== directory && [candidate.path, withoutSuffix(candidate.path)].some((known) => known === tail || known.endsWith(`/${tail}`)));
    if (matches.length === 1) return matches[0];
  }
  return undefined;
}

/** Types that a page server writes. */
const SERVED: ReadonlySet<string> = new Set(["PAGEMAP", "SHMEM_PAGEMAP", "PAGES"]);

/** Of the directory that a page server wrote, the files that belong to this one: pages and logs, and no images of tasks. */
export function servedFiles({ server }: Directory): readonly SetFile[] {
  return (server?.files ?? []).filter(({ path }) => {
    const named = typeOfName(path);
    return named === undefined || SERVED.has(named.type.name);
  });
}

/** An archive whose images lie at its top is a directory named like the archive. */
function withoutSuffix(path: string): string {
  return path.replace(/\.(zip|tgz|tar(\.(gz|zst|bz2|xz|lz4))?)$/, "");
}

/** A dump through a page server leaves pagemaps and pages in a directory of their own, without an inventory. */
function findServer(directory: Directory, all: readonly Directory[]): void {
  if (!directory.hasTree || directory.hasPagemaps) return;
  const servers = all.filter((candidate) => candidate.hasPagemaps && !candidate.hasInventory && !candidate.hasTree && candidate.isNeededBy === undefined);
  const numbers = numbersOf(directory, "CORE");
  const server = servers.find((candidate) => numbersOf(candidate, "PAGEMAP").some((number) => numbers.includes(number)));
  if (server === undefined) return;
  directory.server = server;
  server.isNeededBy = directory;
}

function numbersOf({ files }: Directory, type: string): number[] {
  return files.flatMap(({ path }) => {
    const named = typeOfName(path);
    return named?.type.name === type ? [named.number] : [];
  });
}

/** Files of container engines that make the folder which they stand in, above the images, a part of the checkpoint. */
const MARKS: ReadonlySet<string> = new Set(["config.dump", "spec.dump", "stats-dump", "dump.log", "status", "network.status", "descriptors.json"]);
/** Files of engines that stand alone in a folder further up: they are about the pod, or about the container of several checkpoints. */
const ABOVE: ReadonlySet<string> = new Set(["pod.options", "pod.dump", "checkpointed.pods", "checkpoint-manifest.json", "pod-config.json", "config.v2.json", "hostconfig.json"]);
/** The runtime's bundle has it, with the images in a folder of the bundle. */
const BUNDLE = "config.json";

/** What stands beside the images: files of the folder above that belong to no other directory of images, and what engines put further up. */
export function filesBeside(directory: Directory, { files }: Files, all: readonly Directory[]): readonly SetFile[] {
  const isIn = (file: SetFile, folder: string): boolean => folder === "" || file.path.startsWith(`${folder}/`);
  const others = all.filter((candidate) => candidate !== directory).map(({ path }) => path);
  const isOthers = (file: SetFile): boolean => others.some((path) => path !== "" && isIn(file, path)) || (others.includes("") && !file.path.includes("/"));
  const own = new Set(directory.files);
  const above = folderOf(directory.path);
  const isAbove = (file: SetFile): boolean => {
    const name = baseName(file.path);
    const folder = folderOf(file.path);
    if (name === BUNDLE) return directory.path !== "" && folder === above;
    return ABOVE.has(name) && (folder === "" || directory.path.startsWith(`${folder}/`));
  };
  const layout = /^(.*?)blobs\//.exec(directory.path)?.[1];
  // Manifests, configurations and other blobs of an image layout stand beside its layers.
  if (layout !== undefined) return files.filter((file) => !own.has(file) && ((file.path.startsWith(layout) && !isOthers(file)) || isAbove(file)));
  const hasMarks = directory.path !== "" && files.some((file) => folderOf(file.path) === above && MARKS.has(baseName(file.path)));
  const root = hasMarks ? above : directory.path;
  return files.filter((file) => !own.has(file) && ((isIn(file, root) && !isOthers(file)) || isAbove(file)));
}
