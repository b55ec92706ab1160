/** What a piece of memory is, in words and as places. */
import { formatHex, type MemoryPiece } from "../../../core/index.ts";
import { plural } from "../words.ts";

/** Where the byte at an address stands in the files; undefined when it does not. `piece` holds the address. */
export function placeInFile(piece: MemoryPiece, address: bigint): { readonly file: number; readonly offset: number } | undefined {
  const { span } = piece;
  if (span === undefined || address < piece.start || address >= piece.end) return undefined;
  return { file: span.file, offset: span.start + Number(address - piece.start) };
}

/** Which image the bytes stand in. */
export function depthText(depth: number): string {
  if (depth === 0) return "in this image";
  return depth === 1 ? "in the parent image" : `${plural(depth, "parent")} up`;
}

/** What bytes without a place in the files are, and why. */
export function pieceText(piece: MemoryPiece, address = piece.start): string {
  switch (piece.kind) {
    case "image":
      return depthText(piece.depth);
    case "file":
      if (piece.path === undefined || piece.fileOffset === undefined) return piece.why ?? "as in the mapped file";
      return `as in ${piece.path} at ${formatHex(piece.fileOffset + (address - piece.start))}`;
    case "zero":
      return piece.why ?? "zero";
    case "absent":
      return piece.why ?? "not in the image";
    case "unmapped":
      return "not mapped";
  }
}
