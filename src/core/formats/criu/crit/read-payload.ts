/** The member "extra" of an entry to the bytes that follow its message: the inverse of `print-payload.ts`. */
import type { MessageInputs } from "../../../schema/encode-message.ts";
import { alignUp } from "../../../schema/layout.ts";
import type { Payload } from "../image-types.ts";
import type { JsonValue } from "./json-reader.ts";
import { arrayOf, base64Of, integerOf, objectOf, readMessage } from "./read-message.ts";
import { refuse, type ValuePath } from "./refusal.ts";

/** What an entry says about its payload. */
export interface PayloadOwner {
  readonly inputs: MessageInputs;
  /** Path of "extra". */
  readonly path: ValuePath;
  readonly little: boolean;
}

function numberOf(inputs: MessageInputs, name: string): number {
  const value = inputs[name];
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : 0;
}

/** Pieces of the payload with its padding. Lengths must be those that the message gives. */
export function payloadBytes(payload: Payload, extra: JsonValue, owner: PayloadOwner): readonly Uint8Array[] {
  if (extra === undefined) refuse(owner.path, "it is missing: what follows the message stands there");
  switch (payload.kind) {
    case "bytes":
      return payload.fields[0] === "inq_len" ? queues(payload.fields, extra, owner) : contents(payload, extra, owner);
    case "ghost":
      return [base64Of(extra, owner.path)];
    case "u16":
      return numbers(payload, extra, owner);
    case "messages":
      return messages(payload, extra, owner);
    case "old-pages":
      return [];
  }
}

function checkLength(bytes: Uint8Array, wanted: number, what: string, path: ValuePath): Uint8Array {
  return bytes.length === wanted ? bytes : refuse(path, `it holds ${bytes.length} bytes, but ${what} says ${wanted}`);
}

function contents(payload: Extract<Payload, { kind: "bytes" }>, extra: JsonValue, { inputs, path }: PayloadOwner): readonly Uint8Array[] {
  const bytes = base64Of(extra, path);
  const wanted = payload.fields.reduce((sum, name) => sum + numberOf(inputs, name), 0);
  // crit took the rest of the file for contents that are elsewhere; written back, it is the rest of the file again.
  if (inputs["in_pagemaps"] === true && bytes.length < wanted) return [bytes];
  checkLength(bytes, wanted, payload.fields.join(" + "), path);
  return [bytes, new Uint8Array(alignUp(bytes.length, payload.align ?? 1) - bytes.length)];
}

function queues(fields: readonly string[], extra: JsonValue, { inputs, path }: PayloadOwner): readonly Uint8Array[] {
  const members = objectOf(extra, path);
  const names = fields.map((field) => field.replace("_len", ""));
  for (const name of members.keys()) if (!names.includes(name)) refuse({ up: path, key: name }, `there is ${names.join(" and ")} only`);
  return fields.map((field, index) => {
    const place = { up: path, key: names[index]! };
    return checkLength(base64Of(members.get(names[index]!), place), numberOf(inputs, field), field, place);
  });
}

function numbers(payload: Extract<Payload, { kind: "u16" }>, extra: JsonValue, { inputs, path, little }: PayloadOwner): readonly Uint8Array[] {
  const items = arrayOf(extra, path);
  const wanted = numberOf(inputs, payload.count);
  if (items.length !== wanted) refuse(path, `it holds ${items.length} numbers, but ${payload.count} says ${wanted}`);
  const bytes = new Uint8Array(alignUp(items.length * 2, payload.align));
  const view = new DataView(bytes.buffer);
  for (const [index, item] of items.entries()) view.setUint16(index * 2, Number(integerOf(item, 0xffffn, { up: path, key: index })), little);
  return [bytes];
}

/** A message and its text in turn. */
function messages(payload: Extract<Payload, { kind: "messages" }>, extra: JsonValue, { inputs, path, little }: PayloadOwner): readonly Uint8Array[] {
  const items = arrayOf(extra, path);
  const wanted = numberOf(inputs, payload.count);
  if (items.length !== wanted * 2) refuse(path, `it holds ${items.length} items, but ${payload.count} says ${wanted} messages with a text each`);
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < items.length; index += 2) {
    const inner = readMessage(payload.message, items[index], little, { up: path, key: index });
    const place = { up: path, key: index + 1 };
    const text = checkLength(base64Of(items[index + 1], place), numberOf(inner.inputs, payload.size), payload.size, place);
    pieces.push(sizeWord(inner.bytes.length, little), inner.bytes, text, new Uint8Array(alignUp(text.length, payload.align) - text.length));
  }
  return pieces;
}

/** A 32-bit number in the byte order of the image. */
export function sizeWord(value: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return bytes;
}
