/** Where bytes are, as the picture, the map and the sums name it: in one order, with one colour and one pattern each. */
import { formatSize, type MemoryPiece, type MemorySums } from "../../../core/index.ts";

export const SHARES = ["image", "parent", "zero", "file", "absent"] as const;
export type Share = (typeof SHARES)[number];

export const SHARE_LABELS: Readonly<Record<Share, string>> = {
  image: "in this image",
  parent: "in parents",
  zero: "zero",
  file: "as in file",
  absent: "absent",
};

/** For heads of columns. */
export const SHARE_HEADS: Readonly<Record<Share, string>> = { image: "this image", parent: "parents", zero: "zero", file: "as in file", absent: "absent" };

export const SHARE_DOCS: Readonly<Record<Share, string>> = {
  image: "Bytes that stand in this image",
  parent: "Bytes that stand in a parent image",
  zero: "Pages that were never written: they read as zeros",
  file: "Unchanged pages of mapped files, whose contents are not in the image",
  absent: "Mapped, but not in the files: sent over the network, cut off, missing or forbidden",
};

/** Where the bytes of a piece are; undefined when nothing is mapped there. */
export function shareOf({ kind, depth }: MemoryPiece): Share | undefined {
  if (kind === "image") return depth > 0 ? "parent" : "image";
  return kind === "unmapped" ? undefined : kind;
}

export const NO_SUMS: MemorySums = { image: 0n, parent: 0n, zero: 0n, file: 0n, absent: 0n };

export function addSums(a: MemorySums, b: MemorySums): MemorySums {
  return { image: a.image + b.image, parent: a.parent + b.parent, zero: a.zero + b.zero, file: a.file + b.file, absent: a.absent + b.absent };
}

/** `12.0 KiB in this image, 4.0 KiB zero`. */
export function sumsText(sums: MemorySums): string {
  const parts = SHARES.filter((share) => sums[share] > 0n).map((share) => `${formatSize(sums[share])} ${SHARE_LABELS[share]}`);
  return parts.length === 0 ? "nothing mapped" : parts.join(", ");
}
