/** What is wrong with a name in an archive. Names are shown, never written to disk; a reader should know all the same. */

/** PATH_MAX of Linux: no system call takes a longer one. Bytes. */
const MOST_BYTES = 4096;

const encoder = new TextEncoder();

/** Why a name is unsafe as a place to unpack to, or undefined when it is not. */
export function unsafePath(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.startsWith("/")) return "it is absolute";
  if (path.includes("\0")) return "it holds a NUL";
  if (path.includes("\\")) return "it holds a backslash";
  if (/^[A-Za-z]:/.test(path)) return "it begins with a drive letter";
  if (path.includes("..") && path.split("/").includes("..")) return "it climbs up by `..`";
  if (path.length > MOST_BYTES / 4 && encoder.encode(path).length > MOST_BYTES) return `it is longer than ${MOST_BYTES} bytes`;
  return undefined;
}

/**
 * Whether the relative target of a symbolic link at `path` leads above the top of the archive. Absolute ones stay inside a
 * root. `parent` is how CRIU names the directory of the dump before, which is beside this one: it leads out by its purpose.
 */
export function climbsOut(path: string, target: string): boolean {
  if (/(^|\/)parent$/.test(path)) return false;
  if (target.startsWith("/") || !target.includes("..")) return false;
  let depth = 0;
  const above = path.split("/").slice(0, -1);
  for (const part of [...above, ...target.split("/")]) {
    if (part === "" || part === ".") continue;
    depth += part === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Names that mean the same place: without `./` before and `/` after. */
export function samePlace(path: string): string {
  let from = 0;
  while (path.startsWith("./", from)) from += 2;
  let to = path.length;
  while (to > from + 1 && path[to - 1] === "/") to--;
  return path.slice(from, to);
}

/** A name in a message: short, and on one line. */
export function quoted(path: string): string {
  const short = path.length > 80 ? `${path.slice(0, 60)}...${path.slice(-16)}` : path;
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  return `"${short.replace(/[\u0000-\u001f\u007f]/g, "\u{fffd}")}"`;
}
