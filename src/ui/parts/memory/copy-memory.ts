/** Selected memory to the clipboard. Bytes without a value are never written as 00. */
import { formatCount, formatHex, formatSize, type MemoryInspector, type MemoryPiece } from "../../../core/index.ts";
import { announce } from "../../state/selection.ts";
import { bytesAs, COPY_LABELS, COPY_LIMIT, type CopyFormat } from "../byte-text.ts";
import { copyText } from "../copy.ts";
import type { AddressRange } from "./memory-words.ts";

/** Formats that have a way to say that a byte is not known. */
const WITH_GAPS: ReadonlySet<CopyFormat> = new Set(["hex", "xxd"]);

/** True for the bytes of the range that have a value: stored ones and zeros. */
export function knownIn(pieces: readonly MemoryPiece[], start: bigint, length: number): Uint8Array {
  const known = new Uint8Array(length);
  for (const piece of pieces) {
    if (piece.kind === "image" || piece.kind === "zero") known.fill(1, Math.max(0, Number(piece.start - start)), Math.max(0, Number(piece.end - start)));
  }
  return known;
}

export async function copyMemory(memory: MemoryInspector, space: number, { start, end }: AddressRange, format: CopyFormat): Promise<void> {
  const length = end - start;
  if (length > BigInt(COPY_LIMIT)) {
    announce(`${formatCount(length)} bytes are selected; at most ${formatSize(COPY_LIMIT)} can be copied. Save them as a file instead.`);
    return;
  }
  const { bytes, pieces } = await memory.read({ space, start, end });
  const known = knownIn(pieces, start, bytes.length);
  const missing = known.reduce((sum, each) => sum + (1 - each), 0);
  if (missing > 0 && !WITH_GAPS.has(format)) {
    announce(`${formatCount(missing)} of the selected bytes are not in the files. Copy as hex, where they are ??, or save the range.`);
    return;
  }
  const gaps = missing === 0 ? "" : `, ${formatCount(missing)} of them not in the files (??)`;
  await copyText(bytesAs(format, bytes, start, (at) => known[at] === 1), `${formatCount(bytes.length)} bytes at ${formatHex(start)} as ${COPY_LABELS[format]}${gaps}`);
}
