/**
 * Symbolic links as other names of files: followed part by part through what was opened, never above the top of the
 * archive or folder that a link stands in. Nothing is looked up outside of it.
 */
import { folderOf, type SetFile } from "./file-set.ts";

/** As many links as Linux follows on the way to one file (MAXSYMLINKS, include/linux/namei.h). */
const MOST_HOPS = 40;
/** No system call takes a longer path. */
const PATH_MAX = 4096;
/** Characters of paths that are looked up and of targets that are taken apart for all links together: those of 100,000 ordinary ones. */
const MOST_LOOKED = 32 * 1024 * 1024;

type Way = { readonly file: SetFile } | { readonly why: string };

/**
 * The files, with each link that `wanted` asks for in place of the file that it leads to. One that leads to no file stays a
 * link and says why.
 */
export function followLinks(files: readonly SetFile[], wanted: (path: string) => boolean): readonly SetFile[] {
  if (!files.some(({ link }) => link !== undefined)) return files;
  const paths = new Map(files.map((file) => [file.path, file]));
  const budget = { left: MOST_LOOKED };
  return files.map((file) => {
    if (file.link === undefined || !wanted(file.path)) return file;
    const way = wayOf(file, file.link, paths, budget);
    if ("why" in way) return { ...file, lost: way.why };
    const { source, mtime, from } = way.file;
    return { path: file.path, via: file.link, source, ...(mtime === undefined ? {} : { mtime }), ...(from === undefined ? {} : { from }) };
  });
}

function wayOf(file: SetFile, target: string, paths: ReadonlyMap<string, SetFile>, budget: { left: number }): Way {
  const archive = file.from?.archive;
  const root = partsOf(archive?.root ?? "");
  let at = partsOf(folderOf(file.path));
  /** Parts that are still to be walked, the next one last. */
  const ahead: string[] = [];
  /** False when the link is longer than any path. */
  const turn = (link: string): boolean => {
    // The top of the archive is the root of what is in it.
    if (link.startsWith("/")) at = [...root];
    if (link.length > PATH_MAX) return false;
    // Parts that lead nowhere, such as `.`, are looked up nowhere, and cost all the same.
    budget.left -= link.length;
    ahead.push(...partsOf(link).reverse());
    return true;
  };
  if (!turn(target)) return { why: "is longer than any path" };
  let hops = 1;
  let here: SetFile | undefined;
  while (ahead.length > 0) {
    const part = ahead.pop()!;
    here = undefined;
    if (part === "..") {
      if (at.length <= root.length) return { why: "leads out of what was opened" };
      at.pop();
      continue;
    }
    at.push(part);
    const path = at.join("/");
    budget.left -= path.length;
    if (budget.left < 0) return { why: "was not followed, since the links before it are so many" };
    const found = paths.get(path);
    // What came in another archive is another tree, whatever its label.
    here = found?.from?.archive === archive ? found : undefined;
    if (here?.link === undefined) continue;
    if (++hops > MOST_HOPS) return { why: "leads into a loop of links" };
    at.pop();
    if (!turn(here.link)) return { why: "leads through a link that is longer than any path" };
    here = undefined;
  }
  return here === undefined ? { why: "leads to no file of what was opened" } : { file: here };
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
