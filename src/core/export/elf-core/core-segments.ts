/** Memory of a core: which ranges become segments, and which bytes of each are in the file. */
import type { AddressSpace, OwnedPiece, SpaceRegion } from "../../memory/address-space.ts";

/** A PT_LOAD: its first `fileSize` bytes are in the file, the rest is not known. */
export interface CoreSegment {
  readonly start: bigint;
  readonly end: bigint;
  /** PROT_* bits. */
  readonly prot: number;
  /** Pieces with bytes, from the start on without a gap. */
  readonly pieces: readonly OwnedPiece[];
  readonly fileSize: number;
}

/** Longer runs of zero pages are left out: nobody wrote them, and they would be most of the file. */
const MOST_ZEROS = 16n * 1024n * 1024n;
/** And no more of them altogether: a map of a million such runs would make a file of terabytes. */
const MOST_ZEROS_TOGETHER = 1024n * 1024n * 1024n;

export interface CoreMemory {
  readonly segments: readonly CoreSegment[];
  /** Bytes in the file. */
  readonly written: number;
  /** Mapped bytes that the checkpoint does not have. */
  readonly absent: bigint;
  /** Bytes known to be zero that are left out. */
  readonly zeros: bigint;
  /** Regions that lie beyond the addresses of the file's class. */
  readonly beyond: number;
}

/**
 * Segments of a space in order of address. What is absent is left out, so that a debugger takes it from the mapped file or
 * says that it cannot read it: a region is cut behind each run without bytes.
 * `wants` tells which regions are to be in the file; `top`: one past the last address that the class of the file can say.
 */
export function coreSegments(space: AddressSpace, top: bigint, protOf: (region: SpaceRegion) => number, wants: (region: SpaceRegion) => boolean): CoreMemory {
  const segments: CoreSegment[] = [];
  let written = 0;
  let absent = 0n;
  let zeros = 0n;
  let zerosWritten = 0n;
  let beyond = 0;
  for (const { start, end, region } of space.cover) {
    if (end > top) {
      beyond++;
      continue;
    }
    const prot = protOf(region) & 7;
    const isWanted = wants(region);
    let from = start;
    let pieces: OwnedPiece[] = [];
    let fileSize = 0;
    let isOpen = true;
    const close = (to: bigint): void => {
      if (to > from) segments.push({ start: from, end: to, prot, pieces, fileSize });
      written += fileSize;
      from = to;
      pieces = [];
      fileSize = 0;
      isOpen = true;
    };
    for (const piece of space.resolve(start, end)) {
      const size = piece.end - piece.start;
      const isLongZero = piece.kind === "zero" && (prot === 0 || size > MOST_ZEROS || zerosWritten + size > MOST_ZEROS_TOGETHER);
      const hasBytes = isWanted && (piece.kind === "image" || (piece.kind === "zero" && !isLongZero));
      if (piece.kind === "zero" && !hasBytes) zeros += size;
      else if (piece.kind !== "image" && piece.kind !== "zero") absent += size;
      if (hasBytes && piece.kind === "zero") zerosWritten += size;
      if (hasBytes) {
        // Bytes behind a hole begin a segment of their own.
        if (!isOpen) close(piece.start);
        pieces.push(piece);
        fileSize += Number(size);
      } else isOpen = false;
    }
    close(end);
  }
  return { segments, written, absent, zeros, beyond };
}
