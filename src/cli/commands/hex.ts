/** `icecore hex`: bytes in the manner of xxd, under the names of their records if wanted. */
import { formatHex, type RecordExtent } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { chosenFile } from "../chosen-file.ts";
import { withImage, type Image } from "../open-image.ts";
import type { Command, Run } from "../run.ts";
import { printable } from "../terminal.ts";
import { parseBytes } from "../values.ts";
import { counted } from "../words.ts";

const DEFAULT_LENGTH = 256;
const ROW = 16;
/** Bytes that are read at once: small enough that the core names every record in them. */
const WINDOW = 16 * 1024;

export const hex: Command = async (run) => {
  const offset = parseBytes(run.options.text("offset") ?? "0", "offset");
  const length = parseBytes(run.options.text("length") ?? String(DEFAULT_LENGTH), "length");
  await withImage(run.words[0]!, run, async (image) => {
    const file = chosenFile(image, run);
    const { size } = image.summary.files[file]!;
    checkOffset(offset, size);
    await dump(image, file, offset, Math.min(size, offset + length), run);
  });
};

export function checkOffset(offset: number, size: number): void {
  if (offset < size) return;
  if (size === 0) throw new CallError("the image is empty: there is no byte to look at");
  throw new CallError(`the offset ${formatHex(offset)} is past the end: the image has ${counted(size, "byte")}, the last at ${formatHex(size - 1)}`);
}

async function dump(image: Image, file: number, start: number, end: number, { options, out }: Run): Promise<void> {
  const annotate = options.has("annotate");
  let bytes: Uint8Array = new Uint8Array(0);
  let base = start;
  let records: readonly RecordExtent[] = [];
  let announced = -1;
  for (let at = start; at < end; ) {
    if (at + ROW > base + bytes.length && base + bytes.length < end) {
      bytes = await image.inspector.bytes(file, at, Math.min(end, at + WINDOW));
      base = at;
      if (annotate) records = await image.inspector.recordsIn(file, at, at + Math.max(1, bytes.length));
    }
    // A file that shrank while we read it.
    if (at >= base + bytes.length) break;
    const record = records.find((candidate) => candidate.end > at);
    if (record !== undefined && record.start <= at && record.record !== announced) {
      announced = record.record;
      await out.line(out.paint("dim", `# ${printable(record.name)}${record.start < at ? " (continued)" : ""}`));
    }
    const next = record === undefined ? end : record.start > at ? record.start : record.end;
    const stop = Math.min(at + ROW, next, base + bytes.length);
    await out.line(rowText(at, bytes.subarray(at - base, stop - base)));
    at = stop;
  }
}

/** `00000010: 0123 4567 89ab cdef 0123 4567 89ab cdef  .#Eg.....#Eg....` */
function rowText(offset: number, bytes: Uint8Array): string {
  let digits = "";
  let characters = "";
  for (const [index, byte] of bytes.entries()) {
    digits += byte.toString(16).padStart(2, "0") + (index % 2 === 1 ? " " : "");
    characters += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
  }
  return `${offset.toString(16).padStart(8, "0")}: ${digits.padEnd(ROW * 2.5)} ${characters}`;
}
