/** Names of image types in crit's JSON: one for each magic number, where CRIU has several kinds of file with one number. */
import { IMAGE_TYPES, SERVICE_TYPES, type ImageType } from "../image-types.ts";

const FIRST: ReadonlyMap<number, ImageType> = firstOfEach();

function firstOfEach(): Map<number, ImageType> {
  const types = new Map<number, ImageType>();
  for (const type of IMAGE_TYPES) if (type.magic !== undefined && !types.has(type.magic)) types.set(type.magic, type);
  return types;
}

/** Name under "magic": that of the first type with the number, so PAGEMAP also for shared memory. */
export function critName(type: ImageType): string {
  return (type.magic === undefined ? undefined : FIRST.get(type.magic))?.name ?? type.name;
}

const BY_NAME: ReadonlyMap<string, ImageType> = new Map(IMAGE_TYPES.filter(({ message }) => message !== undefined).map((type) => [type.name, type]));

/** Type with messages and a magic number, by any of its names. */
export function typeNamed(name: string): (ImageType & { readonly magic: number }) | undefined {
  const type = BY_NAME.get(name);
  return type?.magic === undefined ? undefined : { ...type, magic: type.magic };
}

export type HeadKind = "common" | "service" | "none";

/** What the writers of CRIU 1.6 and later put before the magic number of a type. */
export function usualHead(type: ImageType): HeadKind {
  return type.name === "INVENTORY" ? "none" : SERVICE_TYPES.has(type.name) ? "service" : "common";
}
