/**
 * References into images that are not there at all. In a set, a missing image is one problem, and not one for each reference.
 * A single image, or a few of them, are no damaged set: what they name in others was not given, and that is no problem.
 */
import type { ProblemCode } from "../../model/problem-codes.ts";
import { formatCount } from "../../schema/show.ts";
import type { CriuSet } from "./criu-set.ts";
import { whyNone } from "./empty-files.ts";
import { FILE_IMAGES } from "./rows/files.ts";

/** Codes of references that lead into the table of open files. */
const INTO_FILES: readonly ProblemCode[] = ["file.dangling", "pipe.unused", "queue.target", "lock.descriptor"];

/** Codes that say of a part of a set only that the rest is not there: where none of these images is. */
const INTO_OTHERS: readonly (readonly [codes: readonly ProblemCode[], images: readonly string[]])[] = [
  [["set.no-inventory", "set.no-pstree", "set.image-missing", "set.image-orphan", "pages.missing", "pages.unused", "vma.object", "namespace.missing", "stats.pages", "chain.missing", "mount.contents"], []],
  [[...INTO_FILES, "remap.target", "socket.peer", "epoll.target", "bpf.data"], FILE_IMAGES],
  [["lock.descriptor"], ["FDINFO"]],
  [["memfd.inode"], ["MEMFD_INODE"]],
  [["tcp.stream"], ["TCP_STREAM"]],
  [["tty.info"], ["TTY_INFO"]],
  [["seccomp.chain"], ["SECCOMP"]],
  [["cgroup.set"], ["CGROUP"]],
];

/** Images that say what belongs together: without both, and alone, an image is a part of a set that was not given. */
export function isPart({ directories, isCutOff, top }: CriuSet): boolean {
  if (directories.length > 1) return false;
  const images = [...top.every()].filter(({ type }) => type.name !== "STATS").length + top.pages.size;
  if (images <= 1) return true;
  if (isCutOff) return false;
  // A dump that was aborted has tasks without both; a few images that somebody picked have not one of each kind.
  const isDump = ["CORE", "IDS", "FS", "MM"].every((type) => top.all(type).length > 0);
  return !isDump && top.image("INVENTORY") === undefined && top.all("PSTREE").length === 0;
}

const lacks = ({ top }: CriuSet, images: readonly string[]): boolean => images.every((type) => top.all(type).length === 0);

/** Call when all images are framed, before what they name is looked up. */
export function withholdAbsent(set: CriuSet): void {
  const codes: ProblemCode[] = [];
  if (isPart(set)) for (const [others, images] of INTO_OTHERS) codes.push(...(lacks(set, images) ? others : []));
  else if (lacks(set, FILE_IMAGES)) codes.push(...INTO_FILES);
  set.reader.withhold(new Set(codes));
}

/** Call when all rules have run: what was withheld, in one sentence. */
export function reportAbsent(set: CriuSet): void {
  const { reader } = set;
  const { withheld } = reader;
  if (withheld === 0) return;
  const references = withheld === 1 ? "one reference" : `${formatCount(withheld)} references`;
  if (isPart(set)) reader.report("set.part", `Only a part of a set was opened: ${references} to what is not here could not be followed.`);
  else {
    const [what, at] = whyNone(set, "FILES", "files.img") ?? ["Nothing of files.img can be read.", undefined];
    reader.report("set.image-missing", `${what.slice(0, -1)}: ${references} to its open files lead nowhere.`, at);
  }
}
