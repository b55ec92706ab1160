/** Finds image directories among the files of a set, what stands beside each, and how they follow each other as parents. */
import { baseName, folderOf, headsOf, type FileSet, type SetFile } from "../../archive/file-set.ts";
import { followLinks } from "../../archive/follow-links.ts";
import type { OnProgress } from "../../inspector.ts";
import { FolderSet, partsOf, PathTree } from "../path-tree.ts";
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

/** Heads of all files are read to see whether they are images; names alone never decide. */
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
  let before = 0;
  for (const path of [...folders.keys()].sort(order.compare)) {
    const inside = folders.get(path)!;
    const looked = inside.filter(({ source, link }) => link === undefined && source.size >= 4);
    const begun = (read: number): void => onProgress({ phase: "recognising", done: before + read, total: files.length, unit: "files" });
    const directory = await asDirectory(path, inside, looked, begun, signal);
    before += inside.length;
    if (directory !== undefined) (directory.isLoose ? loose : directories).push(directory);
  }
  // Statistics, logs and images without a head stand beside others; where there are no others, they are what was opened.
  if (directories.length === 0) return loose;
  const parentOf = parentFinder(directories);
  for (const directory of directories) directory.parent = parentOf(directory);
  for (const directory of directories) if (directory.parent !== undefined && directory.parent !== directory) directory.parent.isNeededBy ??= directory;
  findServers(directories);
  return directories;
}

const order = new Intl.Collator("en", { numeric: true });

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
function resolveLink(folder: string, target: string): string | undefined {
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

/** Where each of the directories has its parent. */
function parentFinder(all: readonly Directory[]): (directory: Directory) => Directory | undefined {
  const byPath = new Map(all.map((directory) => [directory.path, directory]));
  /** Directories by the ends of their paths. */
  let ends: PathTree<Directory> | undefined;
  return (directory) => {
    const { path, parentLink } = directory;
    // Where links were followed, `parent` is a folder.
    const inside = byPath.get(path === "" ? "parent" : `${path}/parent`);
    if (inside !== undefined) return inside;
    if (parentLink === undefined) return undefined;
    const resolved = resolveLink(path, parentLink);
    const found = resolved === undefined ? undefined : byPath.get(resolved);
    if (found !== undefined) return found;
    if (parentLink.length > PATH_MAX) return undefined;
    ends ??= endsOf(all);
    // An absolute target, or one in another archive that was given together with this one: the end of the path decides.
    const parts = (resolved ?? parentLink).split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    const [, ...tails] = ends.along(parts.toReversed());
    for (const { values } of tails.toReversed()) {
      const others = values.filter((candidate) => candidate !== directory);
      if (others.length === 1) return others[0];
    }
    return undefined;
  };
}

function endsOf(all: readonly Directory[]): PathTree<Directory> {
  const ends = new PathTree<Directory>();
  for (const directory of all) for (const path of new Set([directory.path, withoutSuffix(directory.path)])) ends.add(partsOf(path).toReversed(), directory);
  return ends;
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
function findServers(all: readonly Directory[]): void {
  const servers = all.filter((candidate) => candidate.hasPagemaps && !candidate.hasInventory && !candidate.hasTree && candidate.isNeededBy === undefined);
  if (servers.length === 0) return;
  /** Servers that have the pagemap of a task, the first in order last. */
  const byTask = new Map<number, number[]>();
  for (let server = servers.length - 1; server >= 0; server--) {
    for (const number of new Set(numbersOf(servers[server]!, "PAGEMAP"))) {
      const list = byTask.get(number);
      if (list === undefined) byTask.set(number, [server]);
      else list.push(server);
    }
  }
  for (const directory of all) {
    if (!directory.hasTree || directory.hasPagemaps) continue;
    let first = Infinity;
    for (const number of numbersOf(directory, "CORE")) {
      const list = byTask.get(number) ?? [];
      // Those that another dump took are taken for good.
      while (list.length > 0 && servers[list.at(-1)!]!.isNeededBy !== undefined) list.pop();
      first = Math.min(first, list.at(-1) ?? Infinity);
    }
    const server = servers[first];
    if (server === undefined) continue;
    directory.server = server;
    server.isNeededBy = directory;
  }
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
/** What `docker save` puts beside the layers, in one of which the images are. */
const SAVED = /^(manifest\.json|repositories|[0-9a-f]{64}\.json)$/;
const LAYER = /(^|\/)(layer|[0-9a-f]{64})\.tar(\/|$)/;
/** The runtime's bundle has it, with the images in a folder of the bundle. */
const BUNDLE = "config.json";

/** What stands beside the images: files of the folder above that belong to no other directory of images, and what engines put further up. */
export function filesBeside(directory: Directory, { files }: Files, all: readonly Directory[]): readonly SetFile[] {
  const others = all.filter((candidate) => candidate !== directory).map(({ path }) => path);
  const folders = new FolderSet(others.filter((path) => path !== ""));
  const isTopAnothers = others.includes("");
  const isOthers = ({ path }: SetFile): boolean => folders.holds(path) || (isTopAnothers && !path.includes("/"));
  const own = new Set(directory.files);
  const above = folderOf(directory.path);
  const isInLayer = LAYER.test(directory.path);
  const isAbove = (file: SetFile): boolean => {
    const name = baseName(file.path);
    const folder = folderOf(file.path);
    if (name === BUNDLE) return directory.path !== "" && folder === above;
    return (ABOVE.has(name) || (isInLayer && SAVED.test(name))) && (folder === "" || directory.path.startsWith(`${folder}/`));
  };
  const layout = /^(.*?)blobs\//.exec(directory.path)?.[1];
  // Manifests, configurations and other blobs of an image layout stand beside its layers.
  if (layout !== undefined) return files.filter((file) => !own.has(file) && ((file.path.startsWith(layout) && !isOthers(file)) || isAbove(file)));
  const hasMarks = directory.path !== "" && files.some(({ path }) => folderOf(path) === above && MARKS.has(baseName(path)));
  const root = hasMarks ? above : directory.path;
  return files.filter((file) => !own.has(file) && (((root === "" || file.path.startsWith(`${root}/`)) && !isOthers(file)) || isAbove(file)));
}
