/**
 * JSON members to the bytes of a message: the inverse of `print-message.ts`. Takes every form that crit prints, plain or
 * pretty, and refuses what is no value of the field.
 */
import type { MessageInput, MessageInputs } from "../../../schema/encode-message.ts";
import { encodeMessage } from "../../../schema/encode-message.ts";
import type { Message, MessageField } from "../../../schema/message.ts";
import { base64Bytes } from "./base64.ts";
import { numberOfText } from "./display.ts";
import { addressWords } from "./ip-text.ts";
import { JsonFraction, type JsonObject, type JsonValue } from "./json-reader.ts";
import { joinBytes } from "./join-bytes.ts";
import { ANY_ABI } from "./print-message.ts";
import { quotedPrintableBytes } from "./quoted-printable.ts";
import { refuse, type ValuePath } from "./refusal.ts";
import { isAlwaysThere } from "./required.ts";
import { bytesOfText } from "./text.ts";
import { UNKNOWN_KEY, unknownFieldBytes } from "./unknown-fields.ts";

/** Values by field name, and the whole message. */
export interface ReadMessage {
  readonly inputs: MessageInputs;
  readonly bytes: Uint8Array;
}

/** `others`: members that are no fields and are left to the caller. `little`: byte order of the image to be made. */
export function readMessage(message: Message, value: JsonValue, little: boolean, path: ValuePath, others: readonly string[] = []): ReadMessage {
  const members = objectOf(value, path);
  const inputs: Record<string, MessageInput> = {};
  for (const [name, member] of members) {
    const field = message.byName.get(name);
    const inner = { up: path, key: name };
    if (field !== undefined) inputs[name] = field.label === "repeated" ? repeatedInput(field, member, little, inner) : inputOf(field, member, little, inner);
    else if (name !== UNKNOWN_KEY && !others.includes(name)) refuse(inner, `${message.name} has no such field`);
  }
  for (const field of message.fields) {
    if (inputs[field.name] === undefined && isAlwaysThere(message, field)) refuse(path, `${field.name} is missing, which ${message.name} must have`);
  }
  const unknown = members.get(UNKNOWN_KEY);
  const bytes = unknown === undefined ? encodeMessage(message, inputs) : withUnknown(message, inputs, unknown, { up: path, key: UNKNOWN_KEY });
  return { inputs, bytes };
}

export function objectOf(value: JsonValue, path: ValuePath): JsonObject {
  return value instanceof Map ? (value as JsonObject) : refuse(path, `it must be an object, not ${kindOf(value)}`);
}

export function arrayOf(value: JsonValue, path: ValuePath): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : refuse(path, `it must be an array, not ${kindOf(value)}`);
}

/** Bytes behind a text in base64. */
export function base64Of(value: JsonValue, path: ValuePath): Uint8Array {
  if (typeof value !== "string") refuse(path, `it must be a string with base64, not ${kindOf(value)}`);
  return base64Bytes(value) ?? refuse(path, "it is not base64");
}

function kindOf(value: JsonValue): string {
  if (value === undefined) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "string") return "a string";
  if (value instanceof JsonFraction) return value.text.length > 30 ? "such a long number" : value.text;
  return typeof value === "object" ? (Array.isArray(value) ? "an array" : "an object") : `the number ${value}`;
}

function repeatedInput(field: MessageField, value: JsonValue, little: boolean, path: ValuePath): MessageInput {
  const items = arrayOf(value, path);
  const [first] = items;
  if (field.hint?.as === "ip" && items.length === 1 && typeof first === "string" && /[.:]/.test(first)) {
    return addressWords(first, little) ?? refuse({ up: path, key: 0 }, `${JSON.stringify(first)} is no address`);
  }
  return items.map((item, index) => inputOf(field, item, little, { up: path, key: index }));
}

function inputOf(field: MessageField, value: JsonValue, little: boolean, path: ValuePath): MessageInput {
  switch (field.type) {
    case "message":
      return readMessage(field.message!(), value, little, path).bytes;
    case "string":
      if (typeof value !== "string") refuse(path, `it must be a string, not ${kindOf(value)}`);
      return bytesOfText(value) ?? refuse(path, "it holds half of a surrogate pair");
    case "bytes":
      if (field.hint?.as !== "unix-name") return base64Of(value, path);
      if (typeof value !== "string") refuse(path, `it must be a string, not ${kindOf(value)}`);
      return quotedPrintableBytes(value) ?? refuse(path, "it is not quoted-printable, which is ASCII");
    case "bool":
      if (typeof value !== "boolean") refuse(path, `it must be true or false, not ${kindOf(value)}`);
      return value;
    case "enum":
      return inRange(field, typeof value === "string" ? enumNumber(field, value, path) : value, path);
    default:
      return inRange(field, typeof value === "string" ? numberOfText(field, value) ?? refuse(path, `${JSON.stringify(value)} is no value of ${field.name}`) : value, path);
  }
}

function enumNumber(field: MessageField, name: string, path: ValuePath): number {
  for (const [number, known] of field.names!.at(ANY_ABI)) if (known === name) return number;
  return refuse(path, `${JSON.stringify(name)} is none of ${[...field.names!.at(ANY_ABI).values()].join(", ")}`);
}

const U32: readonly [bigint, bigint] = [0n, 0xffff_ffffn];
const U64: readonly [bigint, bigint] = [0n, 0xffff_ffff_ffff_ffffn];
const S32: readonly [bigint, bigint] = [-0x8000_0000n, 0x7fff_ffffn];
const S64: readonly [bigint, bigint] = [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn];
const RANGES: Readonly<Partial<Record<MessageField["type"], readonly [bigint, bigint]>>> = {
  uint32: U32, uint64: U64, fixed64: U64, int32: S32, sint32: S32, enum: S32, int64: S64, sint64: S64,
};

function inRange(field: MessageField, value: JsonValue, path: ValuePath): number | bigint {
  const [low, high] = RANGES[field.type]!;
  if (typeof value !== "number" && typeof value !== "bigint") refuse(path, `it must be an integer, not ${kindOf(value)}`);
  return value >= low && value <= high ? value : refuse(path, `${value} is out of range for ${field.type}`);
}

/** An integer of an own member, from 0 to `most`. */
export function integerOf(value: JsonValue, most: bigint, path: ValuePath): number | bigint {
  if (typeof value !== "number" && typeof value !== "bigint") refuse(path, `it must be an integer, not ${kindOf(value)}`);
  return value >= 0 && value <= most ? value : refuse(path, `${value} is out of range: 0 to ${most}`);
}

/** Fields in the order of their numbers, those without a description among them. */
function withUnknown(message: Message, inputs: MessageInputs, list: JsonValue, path: ValuePath): Uint8Array {
  const parts: { number: number; bytes: Uint8Array }[] = Object.keys(inputs).map((name) => ({ number: message.byName.get(name)!.number, bytes: encodeMessage(message, { [name]: inputs[name] }) }));
  for (const [index, item] of arrayOf(list, path).entries()) {
    const place = { up: path, key: index };
    const members = objectOf(item, place);
    const at = (key: string): ValuePath => ({ up: place, key });
    const number = Number(integerOf(members.get("number"), 0x1fff_ffffn, at("number")));
    const wire = Number(integerOf(members.get("wire"), 5n, at("wire")));
    if (number === 0) refuse(at("number"), "field numbers begin at 1");
    if (wire === 3 || wire === 4) refuse(at("wire"), "groups are not supported");
    const held = members.get("value");
    const value = wire === 2 ? base64Of(held, at("value")) : integerOf(held, wire === 5 ? U32[1] : U64[1], at("value"));
    parts.push({ number, bytes: unknownFieldBytes({ number, wire, value }) });
  }
  return joinBytes(parts.sort((a, b) => a.number - b.number).map(({ bytes }) => bytes));
}
