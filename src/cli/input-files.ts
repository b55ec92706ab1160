/** From PATHs to the files of a set: single files, folders with everything below them, standard input. */
import { close, open, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import type { ByteSource, InputFile, OnProgress } from "../core/index.ts";
import { CallError } from "./call-error.ts";
import { fileSource } from "./file-source.ts";
import { openPath } from "./open-path.ts";
import { STDIN_NAME } from "./stdin.ts";

const openFile = promisify(open);
const closeFile = promisify(close);

/** A folder with more files is hardly a checkpoint. */
const MOST_FILES = 200_000;
const MOST_PARENTS = 1000;

export interface Inputs {
  readonly files: readonly InputFile[];
  /** Bytes as they are stored, before anything is inflated. */
  readonly storedBytes: number;
  close(): Promise<void>;
}

/** Collect what the paths name. The caller closes it. */
export async function collectInputs(paths: readonly string[], onProgress: OnProgress): Promise<Inputs> {
  const files: InputFile[] = [];
  const descriptors: number[] = [];
  // A folder may be named twice, by itself and as the parent of another.
  const taken = new Set<string>();
  const closeAll = async (): Promise<void> => {
    for (const descriptor of descriptors.splice(0)) await closeFile(descriptor);
  };
  try {
    for (const path of paths) {
      if (path !== "-" && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
        for (const file of folderFiles(path, paths.length > 1, taken)) files.push(file);
        continue;
      }
      const { descriptor, size } = await openPath(path, onProgress);
      descriptors.push(descriptor);
      files.push({ name: path === "-" ? STDIN_NAME : paths.length > 1 ? basename(path) : path, source: fileSource(descriptor, size) });
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  if (files.length === 0) throw new CallError(`${paths.join(", ")} holds no file`);
  return { files, storedBytes: files.reduce((sum, { source }) => sum + source.size, 0), close: closeAll };
}

/** All files of a folder, and of the folders that its `parent` links lead to: an incremental dump needs them. */
function folderFiles(path: string, isOneOfMany: boolean, taken: Set<string>): InputFile[] {
  const folders = withParents(resolve(path));
  // Names are relative to what all of them are in, so that the links lead from one to the other.
  const container = folders.length === 1 ? dockerContainer(folders[0]!) : undefined;
  const top = container !== undefined ? dirname(container) : folders.length === 1 ? (isOneOfMany ? dirname(folders[0]!) : folders[0]!) : commonFolder(folders);
  const files: InputFile[] = [];
  for (const name of container === undefined ? [] : DOCKER_FILES) {
    const file = join(container!, name);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) files.push(plainFile(file, relative(top, file).split(sep).join("/")));
  }
  for (const folder of folders) {
    const real = realpathSync(folder);
    if (taken.has(real)) continue;
    taken.add(real);
    walk(folder, top, files);
  }
  return files;
}

/** What Docker keeps of a container beside its checkpoints: the images alone do not say whose they are. */
const DOCKER_FILES = ["config.v2.json", "hostconfig.json"];

/** Folder of the container that a folder `ID/checkpoints/NAME` is a checkpoint of. */
function dockerContainer(folder: string): string | undefined {
  const container = dirname(dirname(folder));
  return basename(dirname(folder)) === "checkpoints" && statSync(join(container, DOCKER_FILES[0]!), { throwIfNoEntry: false })?.isFile() === true ? container : undefined;
}

function withParents(folder: string): readonly string[] {
  const folders = [folder];
  for (let at = folder; folders.length < MOST_PARENTS; ) {
    const link = join(at, "parent");
    let next: string;
    try {
      next = resolve(at, readlinkSync(link));
      if (!statSync(next).isDirectory()) break;
    } catch {
      // No link, or one to nowhere: the core says what is missing.
      break;
    }
    if (folders.some((known) => known === next || next.startsWith(known + sep) || realpathSync(next) === realpathSync(known))) break;
    folders.push(next);
    at = next;
  }
  return folders;
}

function commonFolder(folders: readonly string[]): string {
  let common = dirname(folders[0]!);
  while (!folders.every((folder) => folder === common || folder.startsWith(common === sep ? sep : common + sep))) common = dirname(common);
  return common;
}

function walk(folder: string, top: string, files: InputFile[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const name = relative(top, path).split(sep).join("/");
    if (files.length >= MOST_FILES) throw new CallError(`${folder} holds more than ${MOST_FILES} files; name the folder of the checkpoint`);
    if (entry.isDirectory()) walk(path, top, files);
    else if (entry.isSymbolicLink()) files.push(linkFile(path, name));
    else if (entry.isFile()) files.push(plainFile(path, name));
  }
}

/** A link to a file is that file; a link to a folder, or to nowhere, stays a link. */
function linkFile(path: string, name: string): InputFile {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() === true) return plainFile(path, name);
  return { name, source: EMPTY, link: readlinkSync(path) };
}

const EMPTY: ByteSource = { size: 0, read: async () => new Uint8Array(0) };

/** Opened only while it is read: a set can have more files than a program may hold open. */
function plainFile(path: string, name: string): InputFile {
  const { size, mtimeMs } = statSync(path);
  return {
    name,
    mtime: mtimeMs / 1000,
    source: {
      size,
      async read(start, end, signal) {
        if (start >= size) return new Uint8Array(0);
        const descriptor = await openFile(path, "r");
        try {
          return await fileSource(descriptor, size).read(start, end, signal);
        } finally {
          await closeFile(descriptor);
        }
      },
    },
  };
}
