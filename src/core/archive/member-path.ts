/**
 * What is wrong with a name in an archive, and the label that stands for it. Names are shown, never written to disk; a
 * reader should know all the same.
 */

/** PATH_MAX of Linux: no system call takes a longer one. Bytes. */
const MOST_BYTES = 4096;

const encoder = new TextEncoder();

/** Why a name is unsafe as a place to unpack to, or undefined when it is not. */
export function unsafePath(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.startsWith("/")) return "it is absolute";
  if (path.includes("\0")) return "it holds a NUL";
  if (/^[A-Za-z]:/.test(path)) return "it begins with a drive letter";
  // A backslash is a character like others (units of systemd have it), and a separator where the archive is unpacked by Windows.
  if (path.includes("\\") && (path.startsWith("\\") || path.split(/[/\\]/).includes(".."))) return "its backslashes lead elsewhere where they separate";
  if (path.includes("..") && path.split("/").includes("..")) return "it climbs up by `..`";
  if (isTooLong(path)) return `it is longer than ${MOST_BYTES} bytes`;
  return undefined;
}

function isTooLong(path: string): boolean {
  return path.length > MOST_BYTES || (path.length > MOST_BYTES / 4 && encoder.encode(path).length > MOST_BYTES);
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

/** Labels of most names are the names: no empty part, no `.` or `..`, nothing that could look like a place elsewhere. */
const PLAIN = /^(?![A-Za-z]:)(?!\.{1,2}(\/|$))[^/\0]+(\/(?!\.{1,2}(\/|$))[^/\0]+)*$/;

/** Characters of a name that are kept at each end of a label when it is longer than any path. */
const KEPT = 1024;

/**
 * The label under which a member is shown: parts joined by `/`, and none that climbs, is empty, or names a drive. Members
 * whose labels are the same are in the same place.
 */
export function labelOf(path: string): string {
  if (path.length <= KEPT && PLAIN.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.replaceAll("\0", "\u{fffd}").split("/")) {
    if (part === "" || part === ".") continue;
    parts.push(part === ".." ? "(..)" : parts.length === 0 && /^[A-Za-z]:/.test(part) ? `(${part.slice(0, 2)})${part.slice(2)}` : part);
  }
  const label = parts.join("/");
  return isTooLong(label) ? `${label.slice(0, KEPT)}...${label.slice(-KEPT)}` : label;
}

/** A name in a message: short, and on one line. */
export function quoted(path: string): string {
  const short = path.length > 80 ? `${path.slice(0, 60)}...${path.slice(-16)}` : path;
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  return `"${short.replace(/[\u0000-\u001f\u007f]/g, "\u{fffd}")}"`;
}
