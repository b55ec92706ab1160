/**
 * Images that were renamed: their heads say what they are, and their names no longer to what they belong. Where a name holds
 * the old one, or only one image of the kind is missing, that is taken, and said to be a guess. Nothing takes the place of an
 * image that has the name that CRIU gives it.
 */
import { formatCount } from "../../schema/show.ts";
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
    const found: Found[] = [];
    for (const pages of directory.misnamedPages) placePages(found, directory, pages);
    // What a name holds goes before what is left over.
    for (const image of directory.misnamed) if (!placeByName(found, directory, image)) unknown.push(image);
    const counts = new Map<ImageType, number>();
    for (const { type } of unknown) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const image of unknown) placeByRest(found, directory, image, counts.get(image.type) === 1);
    for (const code of CODES) reportAll(set, found.filter((each) => each.code === code));
  }
}

/** Codes, and what is said of several images: whoever renamed one often renamed all. */
const SEVERAL = {
  "set.image-guess": "images have names that CRIU does not give them, and are taken for images that are not there",
  "set.image-twice": "files are images that are there under their own names, and are not read into the tables",
  "set.image-number": "images have names that do not say to what they belong",
} as const;
const CODES = Object.keys(SEVERAL) as (keyof typeof SEVERAL)[];

interface Found {
  readonly code: keyof typeof SEVERAL;
  readonly image: Pick<ImageFile, "file" | "name">;
  /** Name that it is taken for, or should have. */
  readonly as: string;
  readonly message: string;
}

/** Names in a message; the rest is counted. */
const NAMED = 8;

/** All of one code: one problem, at the first. */
function reportAll({ reader }: CriuSet, found: readonly Found[]): void {
  const [first] = found;
  if (first === undefined) return;
  const names = found.slice(0, NAMED).map(({ as, image }) => `${image.name} (${as})`);
  const rest = found.length > NAMED ? ` and ${formatCount(found.length - NAMED)} more` : "";
  const message = found.length === 1 ? first.message : `${formatCount(found.length)} ${SEVERAL[first.code]}: ${names.join(", ")}${rest}.`;
  reader.report(first.code, message, reader.recordSpan(reader.firstRecord(first.image.file)), { table: "images", row: first.image.file });
}

const hasNumber = ({ file }: ImageType): boolean => file.includes("%");

function properName({ file }: ImageType, number: number): string {
  return file.replace("%u", String(number)).replace("%x", number.toString(16)).replace("%s", number === 0 ? "dump" : "restore");
}

function placePages(found: Found[], directory: ImageDirectory, pages: ImageDirectory["misnamedPages"][number]): void {
  const { file, name, number, size } = pages;
  const proper = `pages-${number}.img`;
  if (directory.pages.has(number)) {
    found.push({ code: "set.image-twice", image: pages, as: proper, message: `${name} is named like another ${proper}, which is there: only ${proper} is read into the tables.` });
    return;
  }
  directory.pages.set(number, { file, size });
  found.push({ code: "set.image-guess", image: pages, as: proper, message: `${name} is taken for ${proper}, which is not there, by its name and since it has whole pages.` });
}

/** Whether the name, or the lack of a number in such names, says where the image belongs. */
function placeByName(found: Found[], directory: ImageDirectory, image: ImageFile): boolean {
  const { type, name } = image;
  const other = typeOfName(name);
  const number = hasNumber(type) ? (numberInside(type, name) ?? other?.number ?? -1) : -1;
  if (hasNumber(type) && number < 0) return false;
  const proper = properName(type, number);
  if (directory.image(type.name, number) !== undefined) {
    directory.apart.push(image);
    found.push({ code: "set.image-twice", image, as: proper, message: `${name} is another ${type.name} image, and ${proper} is there: only ${proper} is read into the tables.` });
    return true;
  }
  directory.add({ ...image, number });
  // Of a name of another type there is a problem of its own.
  if (other === undefined) found.push({ code: "set.image-guess", image, as: proper, message: `${name} has the head of a ${type.name} image and is taken for ${proper}, which is not there.` });
  return true;
}

/** Where one image of a kind is missing and one is left over, they are taken for the same. */
function placeByRest(found: Found[], directory: ImageDirectory, image: ImageFile, isOnly: boolean): void {
  const { type, name } = image;
  const missing = isOnly ? missingNumbers(directory, image) : [];
  const [number] = missing;
  if (number !== undefined && missing.length === 1) {
    directory.add({ ...image, number });
    found.push({ code: "set.image-guess", image, as: properName(type, number), message: `${name} has the head of a ${type.name} image and no number in its name; it is taken for ${properName(type, number)}, the only one that is missing.` });
    return;
  }
  // Below -1, and another for each: images that are not known to belong together must not meet.
  directory.add({ ...image, number: -2 - image.file });
  const pattern = type.file.replace(/%[ux]/, "NUMBER");
  found.push({ code: "set.image-number", image, as: pattern, message: `${name} has the head of a ${type.name} image, and no name that says to what it belongs, as ${pattern} would.` });
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
