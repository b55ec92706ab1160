/**
 * The entries of an image, one after the other: a size word, a message, and what follows it.
 *
 * Async outside, sync inside: bytes come through a window, and nothing is awaited while an entry lies in it. Contents
 * behind messages are stepped over, not read. Total on any bytes: the walk ends at the first place where no entry can be,
 * and says why.
 */
import type { Window } from "../../bytes/window.ts";
import { decodeMessage, type DecodeOptions, type MessageValue } from "../../schema/decode-message.ts";
import { alignUp } from "../../schema/layout.ts";
import type { Message } from "../../schema/message.ts";
import type { ImageType, Payload } from "./image-types.ts";

/** A piece of what follows a message. Positions are file positions. */
export interface PayloadPart {
  readonly name: string;
  readonly kind: "contents" | "padding" | "u16" | "size" | "message" | "page" | "address";
  readonly start: number;
  readonly end: number;
  readonly message?: Message;
  readonly value?: MessageValue;
}

export interface Entry {
  /** 0 for the first entry of the file. */
  readonly index: number;
  readonly start: number;
  /** Body of the message; its size word stands in the four bytes before it. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** End of the payload: where the next entry begins. */
  readonly end: number;
  readonly message: Message;
  readonly value: MessageValue;
  readonly payload: readonly PayloadPart[];
}

export interface WalkProblem {
  readonly kind: "zeros" | "cut-size" | "bad-size" | "cut-body" | "cut-payload" | "large";
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

export interface WalkOptions {
  readonly onEntry: (entry: Entry) => void;
  readonly onProblem: (problem: WalkProblem) => void;
  /** Decoding options for the body of an entry that begins at a file position. */
  readonly decode?: (bodyStart: number) => DecodeOptions;
  /** Entries after which to stop. */
  readonly most?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Largest body that is decoded: CRIU writes none near it, and a message becomes objects of many times its size. */
export const MOST_BODY = 64 * 1024 * 1024;
const MOST_SIZE = 0x7fff_ffff;

/** Message of an entry by its place in the file. */
export function messageOf(type: ImageType, index: number): Message | undefined {
  if (index === 0) return type.first ?? type.message;
  return type.payload?.kind === "ghost" ? type.payload.chunk : type.message;
}

/** Zeros from which on they are no entries: an empty message is four of them, and a crash leaves megabytes. */
const ZEROS = 256;

async function isZeros(window: Window, position: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (position + ZEROS > window.size) return false;
  if (!window.has(position, ZEROS)) await window.load(position, ZEROS, signal);
  return window.has(position, ZEROS) && window.slice(position, position + ZEROS).every((byte) => byte === 0);
}

/** Walk from `start` to the end; the position where it ended. The window's byte order is that of the size words. */
export async function walkEntries(window: Window, type: ImageType, start: number, options: WalkOptions): Promise<number> {
  let position = start;
  let ghost: MessageValue | undefined;
  for (let index = 0; position < window.size && index < (options.most ?? Infinity); index++) {
    const message = messageOf(type, index);
    if (message === undefined) return position;
    if (position + 4 > window.size) {
      options.onProblem({ kind: "cut-size", message: `The size of entry ${index} is cut off: ${window.size - position} of 4 bytes are there.`, start: position, end: window.size });
      return position;
    }
    if (!window.has(position, 4)) await window.load(position, 4, options.signal);
    if (!window.has(position, 4)) return position;
    const size = window.u32(position);
    const bodyStart = position + 4;
    const bodyEnd = bodyStart + size;
    if (size > MOST_SIZE || bodyEnd > window.size) {
      const kind = size > MOST_SIZE ? "bad-size" : "cut-body";
      const left = window.size - bodyStart;
      const why = size > MOST_SIZE ? `The size of entry ${index} is ${size}, more than CRIU can write` : `Entry ${index} (${message.name}) has ${size} bytes, of which ${left} are there: ${size - left} are missing`;
      options.onProblem({ kind, message: `${why}.`, start: position, end: window.size });
      return position;
    }
    if (size === 0 && (await isZeros(window, position, options.signal))) {
      options.onProblem({ kind: "zeros", message: `From entry ${index} on there are zeros where entries should be: ${window.size - position} bytes are left.`, start: position, end: window.size });
      return position;
    }
    if (size > MOST_BODY) {
      options.onProblem({ kind: "large", message: `Entry ${index} (${message.name}) has ${size} bytes and is not decoded.`, start: position, end: bodyEnd });
      return position;
    }
    if (!window.has(bodyStart, size)) await window.load(position, size + 4, options.signal);
    if (!window.has(bodyStart, size)) return position;
    const value = decodeMessage(message, window.bytes, bodyStart - window.start, bodyEnd - window.start, options.decode?.(bodyStart));
    if (index === 0) ghost = value;
    const { parts, missing } = await payloadOf(type, value, ghost, bodyEnd, window, options.signal);
    const end = parts.at(-1)?.end ?? bodyEnd;
    options.onEntry({ index, start: position, bodyStart, bodyEnd, end, message, value, payload: parts });
    if (missing !== undefined) {
      options.onProblem({ kind: "cut-payload", message: `What follows entry ${index} (${message.name}) is cut off: ${missing}.`, start: bodyEnd, end: window.size });
      return end;
    }
    position = end;
  }
  return position;
}

interface Parts {
  readonly parts: readonly PayloadPart[];
  /** What is missing when the file ends before the payload does. */
  readonly missing?: string;
}

const NOTHING: Parts = { parts: [] };

/** What follows an entry whose message ends at `from`. */
export function payloadOf(type: ImageType, value: MessageValue, first: MessageValue | undefined, from: number, window: Window, signal?: AbortSignal): Parts | Promise<Parts> {
  const { payload } = type;
  if (payload === undefined) return NOTHING;
  switch (payload.kind) {
    case "bytes":
      return payload.unless !== undefined && value.flag(payload.unless) ? NOTHING : contents(payload, value, from, window.size);
    case "u16":
      return padded("values", "u16", value.number(payload.count) * 2, payload.align, from, window.size);
    case "ghost":
      return ghostContents(value, first, from, window.size);
    case "messages":
      return messages(payload, value, from, window, signal);
    case "old-pages":
      return NOTHING;
  }
}

function contents(payload: Extract<Payload, { kind: "bytes" }>, value: MessageValue, from: number, size: number): Parts {
  const parts: PayloadPart[] = [];
  let position = from;
  for (const field of payload.fields) {
    const length = value.number(field);
    if (length === 0) continue;
    const end = Math.min(position + length, size);
    if (end > position) parts.push({ name: payload.fields.length === 1 ? "contents" : NAMES[field] ?? field, kind: "contents", start: position, end });
    if (position + length > size) return { parts, missing: `${size - position} of ${length} bytes are there` };
    position = end;
  }
  const stop = from + alignUp(position - from, payload.align ?? 1);
  if (stop > position) parts.push({ name: "padding", kind: "padding", start: position, end: Math.min(stop, size) });
  return stop > size ? { parts, missing: "its padding is not whole" } : { parts };
}

const NAMES: Readonly<Record<string, string>> = { inq_len: "receive queue", outq_len: "send queue", keys_bytes: "keys", values_bytes: "values" };

function padded(name: string, kind: PayloadPart["kind"], length: number, align: number, from: number, size: number): Parts {
  const parts: PayloadPart[] = [];
  const end = Math.min(from + length, size);
  if (end > from) parts.push({ name, kind, start: from, end });
  if (from + length > size) return { parts, missing: `${size - from} of ${length} bytes are there` };
  const stop = from + alignUp(length, align);
  if (stop > end) parts.push({ name: "padding", kind: "padding", start: end, end: Math.min(stop, size) });
  return stop > size ? { parts, missing: "its padding is not whole" } : { parts };
}

function ghostContents(value: MessageValue, first: MessageValue | undefined, from: number, size: number): Parts {
  if (value !== first) {
    const length = value.number("len");
    const end = Math.min(from + length, size);
    const parts: PayloadPart[] = end > from ? [{ name: "contents", kind: "contents", start: from, end }] : [];
    return from + length > size ? { parts, missing: `${size - from} of ${length} bytes are there` } : { parts };
  }
  // Without chunks the rest of the file is the contents.
  return value.flag("chunks") || from >= size ? NOTHING : { parts: [{ name: "contents", kind: "contents", start: from, end: size }] };
}

/** Messages with a size word each and their data: the only payload whose layout must be read. */
async function messages(payload: Extract<Payload, { kind: "messages" }>, value: MessageValue, from: number, window: Window, signal?: AbortSignal): Promise<Parts> {
  const parts: PayloadPart[] = [];
  const count = value.number(payload.count);
  let position = from;
  for (let index = 0; index < count; index++) {
    const missing = `${index} of ${count} messages are whole`;
    if (position + 4 > window.size) return { parts, missing };
    if (!window.has(position, 4)) await window.load(position, 4, signal);
    const size = window.has(position, 4) ? window.u32(position) : MOST_SIZE;
    const bodyEnd = position + 4 + size;
    // Its fields are required: one without any is none, and a tail of zeros would be millions of them.
    if (size === 0 || size > MOST_BODY || bodyEnd > window.size) return { parts, missing };
    if (!window.has(position + 4, size)) await window.load(position, size + 4, signal);
    if (!window.has(position + 4, size)) return { parts, missing };
    const inner = decodeMessage(payload.message, window.bytes, position + 4 - window.start, bodyEnd - window.start);
    parts.push({ name: `message ${index}`, kind: "size", start: position, end: position + 4 });
    parts.push({ name: `message ${index}`, kind: "message", start: position + 4, end: bodyEnd, message: payload.message, value: inner });
    const text = padded(`text ${index}`, "contents", inner.number(payload.size), payload.align, bodyEnd, window.size);
    parts.push(...text.parts);
    if (text.missing !== undefined) return { parts, missing };
    position = text.parts.at(-1)?.end ?? bodyEnd;
  }
  return { parts };
}
