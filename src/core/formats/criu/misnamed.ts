/**
 * Images that were renamed: their heads say what they are, and their names no longer to what they belong. Where a name holds
 * the old one, or only one image of the kind is missing, that is taken, and said to be a guess. Nothing takes the place of an
 * image that has the name that CRIU gives it.
 */
import type { CriuSet, ImageDirectory, ImageFile } from "./criu-set.ts";
import { numberInside, typeOfName } from "./identify.ts";
import type { ImageType } from "./image-types.ts";

/** Images of which each task that is alive has one. */
const PER_TASK: ReadonlySet<string> = new Set(["IDS", "MM", "FS", "PAGEMAP"]);
/** Zombies have 2; 6 is a constant that is not written. */
const DEAD = new Set([2, 6]);

/** Call when all images are framed, and before any of them is looked up. */
export function placeMisnamed(set: CriuSet): void {
  for (const directory of set.directories) {
    const unknown: ImageFile[] = [];
    // What a name holds goes before what is left over.
    for (const image of directory.misnamed) if (!placeByName(set, directory, image)) unknown.push(image);
    for (const image of unknown) placeByRest(set, directory, image, unknown.filter(({ type }) => type === image.type).length === 1);
  }
}

const hasNumber = ({ file }: ImageType): boolean => file.includes("%");

function properName({ file }: ImageType, number: number): string {
  return file.replace("%u", String(number)).replace("%x", number.toString(16)).replace("%s", number === 0 ? "dump" : "restore");
}

/** Whether the name, or the lack of a number in such names, says where the image belongs. */
function placeByName(set: CriuSet, directory: ImageDirectory, image: ImageFile): boolean {
  const { type, name } = image;
  const other = typeOfName(name);
  const number = hasNumber(type) ? (numberInside(type, name) ?? other?.number ?? -1) : -1;
  if (hasNumber(type) && number < 0) return false;
  const proper = properName(type, number);
  if (directory.image(type.name, number) !== undefined) {
    directory.apart.push(image);
    report(set, "set.image-twice", image, `${name} is another ${type.name} image, and ${proper} is there: only ${proper} is read into the tables.`);
    return true;
  }
  directory.add({ ...image, number });
  // Of a name of another type there is a problem of its own.
  if (other === undefined) report(set, "set.image-guess", image, `${name} has the head of a ${type.name} image and is taken for ${proper}, which is not there.`);
  return true;
}

/** Where one image of a kind is missing and one is left over, they are taken for the same. */
function placeByRest(set: CriuSet, directory: ImageDirectory, image: ImageFile, isOnly: boolean): void {
  const { type, name } = image;
  const missing = isOnly ? missingNumbers(directory, image) : [];
  const [number] = missing;
  if (number !== undefined && missing.length === 1) {
    directory.add({ ...image, number });
    report(set, "set.image-guess", image, `${name} has the head of a ${type.name} image and no number in its name; it is taken for ${properName(type, number)}, the only one that is missing.`);
    return;
  }
  // Below -1, and another for each: images that are not known to belong together must not meet.
  directory.add({ ...image, number: -2 - image.file });
  report(set, "set.image-number", image, `${name} has the head of a ${type.name} image, and no name that says to what it belongs, as ${type.file.replace(/%[ux]/, "NUMBER")} would.`);
}

/** Pids and thread ids of the tree that have no image of the type, though they must have one. */
function missingNumbers(directory: ImageDirectory, { type, entries }: ImageFile): readonly number[] {
  const lacks = (id: number): boolean => directory.image(type.name, id) === undefined;
  const wanted = new Set<number>();
  // The core image of a first thread has the data of the task too.
  const isLeader = type.name === "CORE" && entries[0]?.value.sub("tc") !== undefined;
  for (const { value } of directory.entries("PSTREE")) {
    const pid = value.number("pid");
    const core = directory.entry("CORE", pid)?.value.sub("tc");
    const isDead = core !== undefined && DEAD.has(core.number("task_state"));
    if (type.name === "CORE") {
      for (const id of isLeader ? [pid] : isDead ? [] : value.numbers("threads").map(Number)) if (lacks(id) && isLeader === (id === pid)) wanted.add(id);
    } else if (PER_TASK.has(type.name) && !isDead && lacks(pid)) wanted.add(pid);
  }
  return [...wanted];
}

function report({ reader }: CriuSet, code: "set.image-guess" | "set.image-number" | "set.image-twice", { file }: ImageFile, message: string): void {
  reader.report(code, message, reader.recordSpan(reader.firstRecord(file)), { table: "images", row: file });
}
