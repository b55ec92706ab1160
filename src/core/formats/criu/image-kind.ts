/** A CRIU image with a head and entries, as records: the head, each entry, and bytes that are neither. */
import { Window } from "../../bytes/window.ts";
import type { Span } from "../../bytes/span.ts";
import type { FieldNode } from "../../inspector.ts";
import type { FileAt, FileKind, OpenNode } from "../../model/set-reader.ts";
import { bytes, names, oneOfHex, raw, s32, size, struct, u32 } from "../../schema/define.ts";
import { decodeMessage } from "../../schema/decode-message.ts";
import { explainMessage } from "../../schema/explain-message.ts";
import { explainStruct, type ExplainContext } from "../../schema/explain.ts";
import { describeText, hexBytes } from "../../schema/show.ts";
import type { Message } from "../../schema/message.ts";
import type { CriuSet, ImageFile } from "./criu-set.ts";
import { messageOf, MOST_BODY, payloadOf, walkEntries, type PayloadPart } from "./entries.ts";
import { decodeOptions, keep, reportWalk } from "./frame-entries.ts";
import { IMAGE_TYPES, IMG_COMMON_MAGIC, IMG_SERVICE_MAGIC, type ImageType } from "./image-types.ts";
import { framePagemap } from "./pagemap-frame.ts";

const HEAD = names("head", { IMG_COMMON: IMG_COMMON_MAGIC, IMG_SERVICE: IMG_SERVICE_MAGIC });
const TYPES = names("image type", Object.fromEntries(IMAGE_TYPES.filter(({ magic }) => magic !== undefined).map(({ name, magic }) => [name, magic!])));
const longHead = struct("image head", { head: u32(oneOfHex(HEAD), "How the file begins since CRIU 1.6"), magic: u32(oneOfHex(TYPES), "Type of the image") });
const shortHead = struct("image head", { magic: u32(oneOfHex(TYPES), "Type of the image") });
const sizeWord = struct("size", { size: s32(size, "Bytes of the message that follows") });
const values16 = { type: { kind: "int", bytes: 2, signed: false }, show: { as: "number" } } as const;
const oldPage = struct("page record", { vaddr: { type: { kind: "int", bytes: 8, signed: false }, show: { as: "address" } }, contents: bytes(4096, raw) });

/** Bytes of contents that are looked at for a preview. */
const PREVIEW = 256;
/** Most messages are shorter. */
const NEAR = 16 * 1024;

export function imageKind(set: CriuSet, image: ImageFile, headLength: number): FileKind {
  const { type } = image;
  return {
    name: type.name,
    frame: async (at) => await frameImage(set, image, headLength, at),
    explain: async (at, index, extent, open) => await explainRecord(set, type, headLength, at, index, extent, open),
    recordDoc: (index) => {
      if (index === 0 && headLength > 0) return `Head of the image: ${type.doc}.`;
      const message = messageOf(type, index - (headLength > 0 ? 1 : 0));
      return message?.doc === undefined ? `${type.doc}.` : `${message.doc}.`;
    },
  };
}

async function frameImage(set: CriuSet, image: ImageFile, headLength: number, at: FileAt): Promise<void> {
  const { type } = image;
  const { file, source, reader, signal } = at;
  if (headLength > 0) reader.add(file, 0, headLength, reader.nameId("head"));
  const window = new Window(source);
  window.little = set.little;
  let end = headLength;
  if (type.payload?.kind === "old-pages") end = frameOldPages(image, headLength, at);
  else if (type.message === undefined) end = headLength;
  else if (type.bare === true) end = await frameBare(set, image, type.message, window, at);
  else if (type.first !== undefined) end = await framePagemap(set, image, headLength, window, at);
  else {
    end = await walkEntries(window, type, headLength, {
      onEntry: (entry) => void keep(image, entry, at),
      onProblem: (problem) => reportWalk(image, problem, at),
      decode: () => decodeOptions(set, image, window, at),
      signal,
    });
  }
  await checkPadding(image, window, at);
  if (end >= source.size) return;
  image.isCut = true;
  reader.add(file, end, source.size, reader.nameId("bytes that are no entry"));
  reader.leave(file, end, source.size);
}

/** Bytes between pieces of contents, which writers leave zero. */
async function checkPadding(image: ImageFile, window: Window, { file, reader, signal }: FileAt): Promise<void> {
  for (const { payload } of image.entries) {
    for (const { kind, start, end } of payload) {
      if (kind !== "padding") continue;
      if (!window.has(start, end - start)) await window.load(start, end - start, signal);
      const bytes = window.bytes.subarray(start - window.start, end - window.start);
      if (bytes.some((byte) => byte !== 0)) reader.report("frame.padding", `${image.name}: ${end - start} bytes of padding are not zero.`, { file, start, end });
    }
  }
}

/** A file that is a message, and nothing else. */
async function frameBare(set: CriuSet, image: ImageFile, message: Message, window: Window, at: FileAt): Promise<number> {
  const { file, source, reader, signal } = at;
  if (source.size > MOST_BODY) {
    reader.report("frame.too-long", `${image.name} has ${source.size} bytes and is not decoded.`, { file, start: 0, end: source.size });
    return 0;
  }
  await window.load(0, source.size, signal);
  if (!window.has(0, source.size)) return 0;
  const value = decodeMessage(message, window.bytes, -window.start, source.size - window.start, decodeOptions(set, image, window, at));
  keep(image, { index: 0, start: 0, bodyStart: 0, bodyEnd: source.size, end: source.size, message, value, payload: [] }, at);
  return source.size;
}

/** Records of before 0.5: an address and a page, without messages. */
function frameOldPages(image: ImageFile, from: number, { file, source, reader }: FileAt): number {
  const nameId = reader.nameId("page record");
  let position = from;
  for (; position + 4104 <= source.size; position += 4104) reader.add(file, position, position + 4104, nameId);
  if (position < source.size) reader.report("frame.truncated", `${image.name} ends inside a page record.`, { file, start: position, end: source.size });
  return position;
}

// ---- explaining

async function explainRecord(set: CriuSet, type: ImageType, headLength: number, at: FileAt, index: number, extent: Span, open: OpenNode): Promise<FieldNode> {
  const { file, reader } = at;
  const { start, end } = extent;
  const data = type.bare === true ? await at.source.read(start, Math.min(end, MOST_BODY)) : await readMessage(set, at, extent);
  const context: ExplainContext = { abi: set.abi, file, origin: start, param: 0, open, loaded: { data, base: start } };
  if (index === 0 && headLength > 0) return explainStruct(headLength === 8 ? longHead : shortHead, "head", start, end, context);
  if (type.payload?.kind === "old-pages" && end - start === 4104) return explainStruct(oldPage, "page record", start, end, context);
  if (type.bare === true && type.message !== undefined && end === at.source.size && end <= MOST_BODY) {
    const { name } = type.message;
    return { name, path: "", span: extent, type: name, text: `${end - start} B`, value: null, children: explainMessage(type.message, "", start, end, context) };
  }
  const number = index - (headLength > 0 ? 1 : 0);
  const message = messageOf(type, number);
  const word = data.length >= 4 ? new DataView(data.buffer, data.byteOffset).getUint32(0, set.little) : -1;
  const bodyEnd = start + 4 + word;
  const node: FieldNode = { name: message?.name ?? "bytes", path: "", span: extent, type: message?.name ?? "bytes", text: `${end - start} B`, value: null };
  const isLast = index === reader.recordCount(file) - 1;
  const rest: FieldNode = { ...node, name: "bytes that are no entry", type: "bytes", text: `${end - start} bytes: ${hexBytes(data)}`, role: "unknown" };
  if (message === undefined || (isLast && (word < 0 || bodyEnd > end || word > MOST_BODY))) return rest;
  const children: FieldNode[] = [...(explainStruct(sizeWord, "size", start, start + 4, context).children ?? []).map((child) => ({ ...child, path: "@size", role: "frame" as const }))];
  children.push(...explainMessage(message, "", start + 4, bodyEnd, context));
  for (const part of await payloadAt(set, type, number, at, start, bodyEnd, data)) children.push(await partNode(part, at, context));
  // Zeros behind the last entry could be an empty message, and are none.
  return isLast && children.at(-1)!.span.end !== end ? rest : { ...node, children };
}

/** Size word and message of a record, without what follows it. */
async function readMessage(set: CriuSet, { source }: FileAt, { start, end }: Span): Promise<Uint8Array> {
  const near = await source.read(start, Math.min(end, start + NEAR));
  const size = near.length >= 4 ? new DataView(near.buffer, near.byteOffset).getUint32(0, set.little) + 4 : 0;
  return size <= near.length ? near : await source.read(start, Math.min(end, start + Math.min(size, MOST_BODY + 4)));
}

/** What follows the message of a record: worked out from the message once more. */
async function payloadAt(set: CriuSet, type: ImageType, number: number, { source }: FileAt, start: number, bodyEnd: number, data: Uint8Array): Promise<readonly PayloadPart[]> {
  if (type.payload === undefined) return [];
  const message = messageOf(type, number)!;
  const value = decodeMessage(message, data, 4, bodyEnd - start);
  const window = new Window(source);
  window.little = set.little;
  const first = number === 0 ? value : undefined;
  const { parts } = await payloadOf(type, value, first, bodyEnd, window);
  return parts;
}

async function partNode(part: PayloadPart, { source, file }: FileAt, context: ExplainContext): Promise<FieldNode> {
  const { name, kind, start, end } = part;
  const own = `@${name.replaceAll(" ", "-")}`;
  // The size word of a message belongs to it; padding belongs to nothing, and several pieces have the same name.
  const path = kind === "padding" ? `${own}-padding-${start - context.origin}` : kind === "size" ? `${own}.@size` : own;
  const node: FieldNode = { name, path, span: { file, start, end }, type: "bytes", text: "", value: null };
  const data = await source.read(start, Math.min(end, start + (kind === "message" || kind === "u16" ? MOST_BODY : PREVIEW)));
  const inner: ExplainContext = { ...context, loaded: { data, base: start } };
  switch (kind) {
    case "padding":
      return { ...node, ...describeText(data, end - start, { as: "padding" }, context.abi), role: "padding" };
    case "size":
      return { ...node, type: "u32", text: String(new DataView(data.buffer, data.byteOffset).getUint32(0, context.abi.endian === "little")), role: "frame" };
    case "u16":
      return explainArray(node, inner);
    case "message":
      return { ...node, type: part.message!.name, text: `${end - start} B`, children: explainMessage(part.message!, node.path, start, end, inner) };
    default:
      return { ...node, ...describeText(data, end - start, { as: "bytes" }, context.abi) };
  }
}

/** 16-bit numbers as an array under their own path. */
function explainArray(node: FieldNode, context: ExplainContext): FieldNode {
  const array = struct("values", { values: { type: { kind: "array", of: values16, count: "rest" }, show: { as: "number" } } });
  const tree = explainStruct(array, "values", node.span.start, node.span.end, { ...context, origin: node.span.start });
  return tree.children?.[0] === undefined ? node : { ...tree.children[0], name: node.name };
}

