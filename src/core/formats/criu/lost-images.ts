/** Images that others name and that are not there. What one cause took away, such as the end of an archive, is one problem. */
import type { Span } from "../../bytes/span.ts";
import type { RowRef } from "../../model/diagnostic.ts";
import { formatCount } from "../../schema/show.ts";
import { isPart } from "./absent.ts";
import type { CriuSet, ImageFile } from "./criu-set.ts";
import { emptyFiles } from "./empty-files.ts";

export interface LostImage {
  /** Beginning of its name: what is missing together is of one kind. */
  readonly kind: string;
  readonly name: string;
  /** Task or thread whose image it is, or the pagemap whose pages it holds. */
  readonly of: string;
  /** Stored pages that it would hold. */
  readonly pages?: number;
  /** Where it is asked for. */
  readonly at: Span | undefined;
  readonly row: RowRef;
  /** The image, where it is there and has no entry. */
  readonly image?: ImageFile | undefined;
}

/** Names in a message; the rest is counted. */
const NAMED = 8;

/** Call when all rules have run that find images missing. */
export function reportLost(set: CriuSet): void {
  const causes = new Map<string, LostImage[]>();
  const empty = emptyFiles(set);
  for (const image of set.lost) {
    if (image.image !== undefined) {
      reportEmpty(set, image, image.image);
      continue;
    }
    // The end of an archive takes all kinds with it.
    const cause = set.isCutOff && image.pages === undefined ? "" : image.kind;
    const together = causes.get(cause);
    if (together === undefined) causes.set(cause, [image]);
    else together.push(image);
  }
  for (const images of causes.values()) {
    // Of a part of a set, each is one of the references that are counted.
    if (images.length === 1 || isPart(set)) for (const image of images) reportOne(set, image, empty);
    else reportMany(set, images, empty);
  }
}

/** That an image ends in the midst of its entry has been said where it ends. */
function reportEmpty({ reader }: CriuSet, { name, of, row }: LostImage, { file, isCut }: ImageFile): void {
  if (!isCut) reader.report("set.image-missing", `${name}, an image of ${of}, has no entry.`, reader.recordSpan(reader.firstRecord(file)), row);
}

function reportOne({ reader }: CriuSet, { name, of, pages, at, row }: LostImage, empty: ReadonlyMap<string, number>): void {
  const file = empty.get(name);
  const where = file === undefined ? at : { file, start: 0, end: 0 };
  if (pages === undefined) reader.report("set.image-missing", `${name}, an image of ${of}, is ${file === undefined ? "not in the set" : "empty"}.`, where, row);
  else reader.report("pages.missing", `${name}, which ${file === undefined ? "holds" : "should hold"} ${formatCount(pages)} pages of ${of}, is ${file === undefined ? "not there" : "empty"}.`, where, row);
}

/** `6 core, 3 ids`: how many of each kind. */
function countsOf(images: readonly LostImage[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of images) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${formatCount(count)} ${kind}`).join(", ");
}

function reportMany({ isCutOff, reader }: CriuSet, images: readonly LostImage[], empty: ReadonlyMap<string, number>): void {
  const [{ at, row }] = images as [LostImage];
  const names = images.slice(0, NAMED).map(({ name, of }) => `${name} (${of}${empty.has(name) ? ", empty" : ""})`);
  const hollow = images.reduce((count, { name }) => count + (empty.has(name) ? 1 : 0), 0);
  const gone = (words: string): string => (hollow === 0 ? words : hollow === images.length ? "empty" : `empty or ${words}`);
  const rest = images.length > NAMED ? ` and ${formatCount(images.length - NAMED)} more` : "";
  const why = isCutOff ? " The archive that the set came in ends too early." : "";
  if (images[0]!.pages === undefined) reader.report("set.image-missing", `${countsOf(images)} images are ${gone("not in the set")}: ${names.join(", ")}${rest}.${why}`, at, row);
  else {
    const pages = images.reduce((sum, image) => sum + (image.pages ?? 0), 0);
    reader.report("pages.missing", `${formatCount(images.length)} files of page contents with ${formatCount(pages)} pages are ${gone("not there")}: ${names.join(", ")}${rest}.${why}`, at, row);
  }
}
