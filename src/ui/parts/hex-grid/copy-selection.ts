/** Selected bytes to the clipboard or to a file. */
import type { Inspector, Span } from "../../../core/index.ts";
import { announce } from "../../state/selection.ts";
import { bytesAs, COPY_LABELS, COPY_LIMIT, type CopyFormat } from "../byte-text.ts";
import { copyText, saveBlob } from "../copy.ts";
import { exactBytes, sizeText } from "../words.ts";

export async function copySelection(inspector: Inspector, span: Span, format: CopyFormat): Promise<void> {
  const length = span.end - span.start;
  if (length > COPY_LIMIT) {
    announce(`${exactBytes(length)} are selected; at most ${sizeText(COPY_LIMIT)} can be copied. Save them as a file instead.`);
    return;
  }
  const bytes = await inspector.bytes(span.file, span.start, span.end);
  await copyText(bytesAs(format, bytes, span.start), `${exactBytes(bytes.length)} as ${COPY_LABELS[format]}`);
}

const PIECE = 8 << 20;

/** Saves the bytes as they are. Pieces are gathered in a blob, which the browser may keep on disk. */
export async function saveSelection(inspector: Inspector, span: Span, name: string): Promise<void> {
  const pieces: Blob[] = [];
  for (let at = span.start; at < span.end; at += PIECE) {
    const bytes = await inspector.bytes(span.file, at, Math.min(at + PIECE, span.end));
    pieces.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  }
  saveBlob(new Blob(pieces), name);
  announce(`Saved ${exactBytes(span.end - span.start)}.`);
}
