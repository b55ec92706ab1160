/** Selected bytes to the clipboard. */
import type { Inspector, Span } from "../../../core/index.ts";
import { announce } from "../../state/selection.ts";
import { bytesAs, COPY_LABELS, COPY_LIMIT, type CopyFormat } from "../byte-text.ts";
import { copyText } from "../copy.ts";
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
