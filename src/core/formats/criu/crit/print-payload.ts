/** What follows the message of an entry, as crit prints it under "extra". */
import type { ByteSource } from "../../../bytes/source.ts";
import type { MessageValue } from "../../../schema/decode-message.ts";
import type { ImageType, Payload } from "../image-types.ts";
import type { PayloadPart } from "../entries.ts";
import { base64Lines, LINE_BYTES } from "./base64.ts";
import type { JsonWriter, WritePiece } from "./json-writer.ts";
import { printMessage, type PrintStyle } from "./print-message.ts";

/** Bytes that are read and printed at once: whole lines of base64, so that the text does not depend on it. */
const CHUNK = LINE_BYTES * 4096;

export interface PayloadPlace {
  readonly source: ByteSource;
  readonly value: MessageValue;
  /** Position where the payload begins. */
  readonly start: number;
  readonly parts: readonly PayloadPart[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * The payload that crit sees. It reads the contents of every SysV segment, also of those whose contents are elsewhere
 * (`in_pagemaps`), and so takes the following entries for contents.
 */
export function critPayload(type: ImageType): Payload | undefined {
  if (type.payload?.kind !== "bytes" || type.payload.unless === undefined) return type.payload;
  const { kind, fields, align } = type.payload;
  return align === undefined ? { kind, fields } : { kind, fields, align };
}

/** Add the member "extra" to the object that `out` has open. Bytes past the end of the file are left out. */
export async function printPayload(payload: Payload, place: PayloadPlace, out: JsonWriter, write: WritePiece, style: PrintStyle): Promise<void> {
  out.key("extra");
  switch (payload.kind) {
    case "bytes":
      return await printContents(payload.fields, place, out, write);
    case "ghost": {
      const part = place.parts[0];
      return await printBase64(place, part?.start ?? 0, part?.end ?? 0, out, write);
    }
    case "u16":
      return await printNumbers(place, out, style.little);
    case "messages":
      return await printMessages(place, out, write);
    case "old-pages":
      return out.string("");
  }
}

/** TCP queues are two members; keys and values of BPF maps are one text. */
async function printContents(fields: readonly string[], place: PayloadPlace, out: JsonWriter, write: WritePiece): Promise<void> {
  const ends = fields.map((_, index) => place.start + fields.slice(0, index + 1).reduce((sum, name) => sum + place.value.number(name), 0));
  if (fields[0] !== "inq_len") return await printBase64(place, place.start, ends.at(-1)!, out, write);
  out.beginObject();
  for (const [index, end] of ends.entries()) {
    out.key(fields[index]!.replace("_len", ""));
    await printBase64(place, index === 0 ? place.start : ends[index - 1]!, end, out, write);
  }
  out.end();
}

async function printBase64({ source, signal }: PayloadPlace, start: number, end: number, out: JsonWriter, write: WritePiece): Promise<void> {
  out.beginString();
  const stop = Math.min(end, source.size);
  for (let at = start; at < stop; at += CHUNK) {
    out.stringPart(base64Lines(await source.read(at, Math.min(at + CHUNK, stop), signal)));
    await out.drain(write);
  }
  out.endString();
}

async function printNumbers({ source, parts, signal }: PayloadPlace, out: JsonWriter, little: boolean): Promise<void> {
  out.beginArray();
  const part = parts.find(({ kind }) => kind === "u16");
  if (part !== undefined) {
    const bytes = await source.read(part.start, part.end, signal);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 2 <= bytes.length; at += 2) {
      out.item();
      out.number(view.getUint16(at, little));
    }
  }
  out.end();
}

/** A message and its text in turn, all in one array. The messages are printed plain, as crit does. */
async function printMessages(place: PayloadPlace, out: JsonWriter, write: WritePiece): Promise<void> {
  out.beginArray();
  for (const [index, part] of place.parts.entries()) {
    if (part.kind !== "message") continue;
    out.item();
    out.beginObject();
    printMessage(part.value!, out, { pretty: false, little: true });
    out.end();
    out.item();
    const next = place.parts[index + 1];
    const hasText = next?.kind === "contents";
    await printBase64(place, hasText ? next.start : 0, hasText ? next.end : 0, out, write);
  }
  out.end();
}
