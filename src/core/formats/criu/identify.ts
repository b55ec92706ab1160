/** Which image a file is: by its head, and by its name where the head leaves a choice or there is none. */
import { IMAGE_TYPES, IMG_COMMON_MAGIC, IMG_SERVICE_MAGIC, type ImageType } from "./image-types.ts";

export type Head = "common" | "service" | "bare" | "none";

export interface Identified {
  readonly type: ImageType | undefined;
  /** Byte order of the head; undefined where there is none. */
  readonly endian: "little" | "big" | undefined;
  readonly head: Head;
  /** Bytes of the head. */
  readonly headLength: number;
  /** Number in the name: a pid, an id, a device; -1 when the name has none. */
  readonly number: number;
  /** Type word that no release of CRIU knows. */
  readonly unknownMagic?: number;
}

interface NamePattern {
  readonly type: ImageType;
  readonly expression: RegExp;
  readonly radix: 10 | 16;
}

/** Numbers as CRIU writes them, without zeros before them: `pages-01.img` is another file than `pages-1.img`. */
const PLACES: Readonly<Record<string, string>> = { "%u": "(0|[1-9]\\d{0,19})", "%x": "(0|[1-9a-f][0-9a-f]{0,15})", "%s": "(dump|restore)" };

/** The first number counts; only it says which entry of another image the file belongs to. A second one may be padded. */
function patternOf(type: ImageType): NamePattern {
  let places = 0;
  const expression = type.file.replace(/[.]/g, "\\.").replace(/%[uxs]/g, (place) => (places++ === 0 ? PLACES[place]! : "[0-9a-f]{1,16}"));
  return { type, expression: new RegExp(`^${expression}$`), radix: /%[uxs]/.exec(type.file)?.[0] === "%x" ? 16 : 10 };
}

/** Of PAGEMAP, as it is written without the common magic. */
const OLD_PAGES_MAGIC = 0x56084025;

const PATTERNS: readonly NamePattern[] = IMAGE_TYPES.map(patternOf);

/** Types that share a magic number are told apart by name; the first of each is meant when the name says nothing. */
const BY_MAGIC: ReadonlyMap<number, readonly ImageType[]> = byMagic();

function byMagic(): Map<number, ImageType[]> {
  const groups = new Map<number, ImageType[]>();
  for (const type of IMAGE_TYPES) {
    if (type.magic === undefined || type.payload?.kind === "old-pages") continue;
    groups.set(type.magic, [...(groups.get(type.magic) ?? []), type]);
  }
  return groups;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Statistics of a dump and of a restore are two files of one type. */
const WORDS = ["dump", "restore"];

/** What the name alone says. */
export function typeOfName(path: string): { readonly type: ImageType; readonly number: number } | undefined {
  const name = baseName(path);
  let old: { type: ImageType; number: number } | undefined;
  for (const { type, expression, radix } of PATTERNS) {
    const match = expression.exec(name);
    if (match === null) continue;
    const found = { type, number: match[1] === undefined ? -1 : type.file.includes("%s") ? WORDS.indexOf(match[1]) : Number.parseInt(match[1], radix) };
    // `pages-1.img` was another thing before 0.5; its head tells.
    if (type.payload?.kind === "old-pages") old = found;
    else return found;
  }
  return old;
}

/** What desktops and browsers put before the end of a name when there is such a file already. */
const COPY_MARK = / ?\(\d+\)(?=\.)| - copy(?=\.)| copy(?=\.)/i;

/** Whether the file has the name that CRIU gives an image of the type. */
export function hasNameOf(type: ImageType, path: string): boolean {
  return PATTERNS.some((pattern) => pattern.type === type && pattern.expression.test(baseName(path)));
}

/** Number of such an image where its name stands inside another one (`core-1.img.bak`, `copy of core-1.img`): -1 when it has none, undefined when it does not. */
export function numberInside(type: ImageType, path: string): number | undefined {
  const { expression, radix } = PATTERNS.find((pattern) => pattern.type === type)!;
  const match = new RegExp(`(?<![0-9A-Za-z-])${expression.source.slice(1, -1)}(?![0-9A-Za-z])`).exec(baseName(path).replace(COPY_MARK, ""));
  if (match === null) return undefined;
  return match[1] === undefined ? -1 : type.file.includes("%s") ? WORDS.indexOf(match[1]) : Number.parseInt(match[1], radix);
}

function wordAt(bytes: Uint8Array, at: number, little: boolean): number {
  return bytes.length < at + 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, little);
}

/** Look at the first eight bytes, or fewer where the file has fewer. `size`: bytes of the file, where they are known. */
export function identify(path: string, head: Uint8Array, size?: number): Identified {
  const named = typeOfName(path);
  const number = named?.number ?? -1;
  // Page contents may begin like an image of any type: whoever was checkpointed decides what stands there.
  if (named?.type.raw !== undefined && !isOldPages(path, head, size)) return { type: named.type, endian: undefined, head: "none", headLength: 0, number };
  for (const endian of ["little", "big"] as const) {
    const first = wordAt(head, 0, endian === "little");
    if (first === IMG_COMMON_MAGIC || first === IMG_SERVICE_MAGIC) {
      const magic = wordAt(head, 4, endian === "little");
      const type = chosen(magic, named?.type, path);
      const kind = first === IMG_COMMON_MAGIC ? "common" : "service";
      return { type, endian, head: kind, headLength: Math.min(8, head.length), number, ...(type === undefined && magic >= 0 ? { unknownMagic: magic } : {}) };
    }
    if (!BY_MAGIC.has(first)) continue;
    if (isOldPages(path, head, size)) {
      const old = IMAGE_TYPES.find(({ name }) => name === (baseName(path).startsWith("pages-shmem-") ? "SHM_PAGES_OLD" : "PAGES_OLD"))!;
      return { type: old, endian, head: "bare", headLength: 4, number };
    }
    return { type: chosen(first, named?.type, path), endian, head: "bare", headLength: 4, number };
  }
  const headless = named !== undefined && (named.type.raw !== undefined || named.type.bare === true) ? named.type : undefined;
  return { type: headless, endian: undefined, head: "none", headLength: 0, number };
}

/**
 * Pages of before 0.5 have the magic of pagemaps, and the name of pages: 4 bytes and records of 4104, which no number of
 * whole pages is. Contents of pages that only begin like that are contents.
 */
function isOldPages(path: string, head: Uint8Array, size: number | undefined): boolean {
  if (size !== undefined && size % 4096 === 0) return false;
  return /^pages-(shmem-)?\d+\.img$/.test(baseName(path)) && [true, false].some((little) => wordAt(head, 0, little) === OLD_PAGES_MAGIC);
}

function chosen(magic: number, named: ImageType | undefined, path: string): ImageType | undefined {
  const types = BY_MAGIC.get(magic);
  if (types === undefined) return undefined;
  if (named !== undefined && types.includes(named)) return named;
  return types.length === 1 ? types[0] : (types.find((type) => numberInside(type, path) !== undefined) ?? types[0]);
}
