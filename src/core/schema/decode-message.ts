/**
 * A protobuf message as values, in one pass, with what is wrong about it. Total on any bytes: what stands before damage
 * is kept. Agrees with `explain-message.ts`, which shows the same bytes as a tree of fields; a property test holds the two
 * together.
 */
import { PLAIN_ABI } from "./abi.ts";
import { fieldOf, wireType, type Message, type MessageField, type Scalar } from "./message.ts";
import { VarintReader } from "./varint.ts";
import { decodeText } from "./show.ts";

export type ScalarValue = number | bigint | boolean | Uint8Array;
export type FieldValue = ScalarValue | MessageValue | readonly (ScalarValue | MessageValue)[];

/** Deepest nesting that is followed; protobuf's own readers stop at 100, CRIU's messages nest five deep. */
export const MOST_DEPTH = 64;

export type MessageProblem =
  | { readonly kind: "unknown-field"; readonly number: number; readonly start: number; readonly end: number }
  | { readonly kind: "wire-type"; readonly field: MessageField; readonly found: number; readonly start: number; readonly end: number }
  | { readonly kind: "missing"; readonly field: MessageField; readonly start: number; readonly end: number }
  | { readonly kind: "unknown-enum"; readonly field: MessageField; readonly value: number; readonly start: number; readonly end: number }
  | { readonly kind: "text"; readonly field: MessageField; readonly start: number; readonly end: number }
  | { readonly kind: "damage"; readonly why: string; readonly start: number; readonly end: number }
  /** From here on, messages inside are left out; reported once. */
  | { readonly kind: "limit"; readonly field: MessageField; readonly start: number; readonly end: number };

/** Called for each thing that is wrong; `path` names the message or field, positions count in the bytes that were given. */
export type OnProblem = (problem: MessageProblem, message: Message, path: string) => void;
/** Called for each known field that occurs. */
export type OnField = (field: MessageField, message: Message) => void;

export interface DecodeOptions {
  readonly onProblem?: OnProblem;
  readonly onField?: OnField;
  /** Messages inside, at any depth, that are decoded: two bytes of an empty one become hundreds. No limit by default. */
  readonly mostMessages?: number;
}

/** Values of one message by field. Absent fields give the default of the getter: 0, "", empty, undefined. */
export class MessageValue {
  readonly message: Message;
  /** Position of the body in the bytes that were decoded. */
  readonly start: number;
  readonly end: number;
  readonly #values: (FieldValue | undefined)[];

  constructor(message: Message, start: number, end: number, values: (FieldValue | undefined)[]) {
    this.message = message;
    this.start = start;
    this.end = end;
    this.#values = values;
  }

  raw(name: string): FieldValue | undefined {
    const field = this.message.byName.get(name);
    if (field === undefined) throw new Error(`message ${this.message.name} has no field ${name}`);
    return this.#values[field.index];
  }

  /** Of a field of this message. */
  value(field: MessageField): FieldValue | undefined {
    return this.#values[field.index];
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  /** The number, rounded beyond 2^53. */
  number(name: string, fallback = 0): number {
    const value = this.raw(name);
    return typeof value === "number" ? value : typeof value === "bigint" || typeof value === "boolean" ? Number(value) : fallback;
  }

  /** The number as an unsigned 64-bit value; undefined when the field is absent. */
  big(name: string): bigint | undefined {
    const value = this.raw(name);
    return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? BigInt.asUintN(64, BigInt(value)) : undefined;
  }

  flag(name: string): boolean {
    return this.raw(name) === true;
  }

  bytes(name: string): Uint8Array {
    const value = this.raw(name);
    return value instanceof Uint8Array ? value : new Uint8Array(0);
  }

  /** Text of a string or bytes field; undefined when it is absent. */
  text(name: string): string | undefined {
    const value = this.raw(name);
    return value instanceof Uint8Array ? textOf(value) : undefined;
  }

  sub(name: string): MessageValue | undefined {
    const value = this.raw(name);
    return value instanceof MessageValue ? value : undefined;
  }

  list(name: string): readonly MessageValue[] {
    const value = this.raw(name);
    return Array.isArray(value) ? (value as readonly MessageValue[]) : [];
  }

  numbers(name: string): readonly (number | bigint)[] {
    const value = this.raw(name);
    return Array.isArray(value) ? (value as readonly (number | bigint)[]) : [];
  }

  texts(name: string): readonly string[] {
    const value = this.raw(name);
    return Array.isArray(value) ? (value as readonly Uint8Array[]).map(decodeText) : [];
  }
}

/** Longer texts are decoded once: many rows may ask for one. Bytes. */
const LONG_TEXT = 4096;
const longTexts = new WeakMap<Uint8Array, string>();

function textOf(bytes: Uint8Array): string {
  if (bytes.length < LONG_TEXT) return decodeText(bytes);
  let text = longTexts.get(bytes);
  if (text === undefined) {
    text = decodeText(bytes);
    longTexts.set(bytes, text);
  }
  return text;
}

/** Decode bytes [start, end). */
export function decodeMessage(message: Message, bytes: Uint8Array, start: number, end: number, options: DecodeOptions = {}): MessageValue {
  return new Decoder(bytes, options).message(message, start, end, "", 0, undefined);
}

class Decoder {
  readonly #reader: VarintReader;
  readonly #onProblem: OnProblem | undefined;
  readonly #onField: OnField | undefined;
  #messagesLeft: number;

  constructor(bytes: Uint8Array, { onProblem, onField, mostMessages = Infinity }: DecodeOptions) {
    this.#reader = new VarintReader(bytes);
    this.#onProblem = onProblem;
    this.#onField = onField;
    this.#messagesLeft = mostMessages;
  }

  /** `before`: values of an earlier occurrence of the same field, which this one is merged into. */
  message(message: Message, start: number, end: number, path: string, depth: number, before: (FieldValue | undefined)[] | undefined): MessageValue {
    const reader = this.#reader;
    const values = before ?? Array.from<FieldValue | undefined>({ length: message.fields.length });
    reader.position = start;
    reader.end = end;
    const damage = (why: string): void => this.#onProblem?.({ kind: "damage", why, start: reader.position, end }, message, path);
    while (reader.position < end) {
      const at = reader.position;
      if (!reader.next()) {
        damage(reader.failure === "cut" ? "a field number is cut off" : "a field number does not end");
        break;
      }
      const wire = reader.low & 7;
      const number = reader.high === 0 ? reader.low >>> 3 : -1;
      if (number < 1 || (wire > 2 && wire !== 5)) {
        reader.position = at;
        damage(number < 1 ? "no field has such a number" : `wire type ${wire} is not used by proto2 messages without groups`);
        break;
      }
      const field = fieldOf(message, number);
      const bodyStart = reader.position;
      const bodyEnd = this.#skip(wire);
      if (bodyEnd < 0) {
        reader.position = at;
        damage(`${field === undefined ? `field ${number}` : field.name} is cut off`);
        break;
      }
      reader.position = bodyEnd;
      if (field === undefined) {
        this.#onProblem?.({ kind: "unknown-field", number, start: at, end: bodyEnd }, message, path);
        continue;
      }
      this.#onField?.(field, message);
      this.#field(message, field, wire, at, bodyStart, bodyEnd, values, path, depth);
      reader.position = bodyEnd;
      reader.end = end;
    }
    if (this.#onProblem !== undefined) {
      for (const field of message.fields) {
        if (field.label === "required" && values[field.index] === undefined) this.#onProblem({ kind: "missing", field, start, end }, message, path);
      }
    }
    return new MessageValue(message, start, end, values);
  }

  /** End of a value of a wire type that begins at the reader's position, or -1 when it passes the end. */
  #skip(wire: number): number {
    const reader = this.#reader;
    const { position, end } = reader;
    switch (wire) {
      case 0:
        return reader.next() ? reader.position : -1;
      case 1:
        return position + 8 <= end ? position + 8 : -1;
      case 5:
        return position + 4 <= end ? position + 4 : -1;
      default: {
        if (!reader.next() || reader.high !== 0) return -1;
        const stop = reader.position + reader.low;
        return stop <= end ? stop : -1;
      }
    }
  }

  #field(
    message: Message, field: MessageField, wire: number, start: number, bodyStart: number, bodyEnd: number, values: (FieldValue | undefined)[], path: string, depth: number,
  ): void {
    const reader = this.#reader;
    const wanted = wireType(field.type);
    const isPacked = wire === 2 && wanted !== 2 && field.label === "repeated";
    if (wire !== wanted && !isPacked) {
      this.#onProblem?.({ kind: "wire-type", field, found: wire, start, end: bodyEnd }, message, path);
      return;
    }
    const items = field.label === "repeated" ? ((values[field.index] ??= []) as (ScalarValue | MessageValue)[]) : undefined;
    const put = (value: ScalarValue | MessageValue): void => {
      if (items === undefined) values[field.index] = value;
      else items.push(value);
    };
    if (isPacked) {
      reader.position = bodyStart;
      reader.next();
      reader.end = bodyEnd;
      while (reader.position < bodyEnd) {
        if (wanted === 1 ? reader.position + 8 > bodyEnd : !reader.next()) {
          this.#onProblem?.({ kind: "damage", why: `${field.name} is cut off`, start: reader.position, end: bodyEnd }, message, path);
          return;
        }
        put(wanted === 1 ? this.#fixed(reader.position) : this.#scalar(field, message, path, start, bodyEnd));
        if (wanted === 1) reader.position += 8;
      }
      return;
    }
    if (wire === 0) {
      reader.position = bodyStart;
      reader.next();
      return put(this.#scalar(field, message, path, start, bodyEnd));
    }
    if (wire === 1) return put(this.#fixed(bodyStart));
    reader.position = bodyStart;
    reader.next();
    const contentStart = reader.position;
    if (field.type !== "message") {
      const content = reader.bytes.subarray(contentStart, bodyEnd);
      if (field.type === "string" && this.#onProblem !== undefined && !isUtf8(content)) this.#onProblem({ kind: "text", field, start, end: bodyEnd }, message, path);
      return put(content);
    }
    if (depth >= MOST_DEPTH) {
      this.#onProblem?.({ kind: "damage", why: `messages are nested deeper than ${MOST_DEPTH}`, start, end: bodyEnd }, message, path);
      return;
    }
    if (this.#messagesLeft-- <= 0) {
      if (this.#messagesLeft === -1) this.#onProblem?.({ kind: "limit", field, start, end: bodyEnd }, message, path);
      return;
    }
    const inner = path === "" ? field.name : `${path}.${field.name}`;
    const before = items === undefined && values[field.index] instanceof MessageValue ? (values[field.index] as MessageValue) : undefined;
    const merged = before === undefined ? undefined : before.message.fields.map((each) => before.value(each));
    put(this.message(field.message!(), contentStart, bodyEnd, items === undefined ? inner : `${inner}.${items.length}`, depth + 1, merged));
  }

  #fixed(at: number): number | bigint {
    const { bytes } = this.#reader;
    const value = new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigUint64(0, true);
    return value <= 0x1f_ffff_ffff_ffffn ? Number(value) : value;
  }

  /** The varint that was just read, as the field's type has it. */
  #scalar(field: MessageField, message: Message, path: string, start: number, end: number): ScalarValue {
    const value = varintValue(field.type as Scalar, this.#reader);
    if (field.type === "enum" && this.#onProblem !== undefined && !field.names!.at(PLAIN_ABI).has(Number(value))) {
      this.#onProblem({ kind: "unknown-enum", field, value: Number(value), start, end }, message, path);
    }
    return value;
  }
}

/** The varint that was just read, as a type has it: 32-bit types keep the low half, as protobuf's own readers do. */
export function varintValue(type: Scalar, reader: VarintReader): number | bigint | boolean {
  switch (type) {
    case "uint32":
      return reader.low;
    case "int32":
    case "enum":
      return reader.low | 0;
    case "sint32":
      return (reader.low >>> 1) ^ -(reader.low & 1);
    case "bool":
      return reader.low !== 0 || reader.high !== 0;
    case "int64":
      return reader.signed();
    case "sint64":
      return reader.zigzag();
    default:
      return reader.unsigned();
  }
}

const strict = new TextDecoder("utf-8", { fatal: true });

function isUtf8(bytes: Uint8Array): boolean {
  // Names are ASCII as a rule; the decoder is only asked about the others.
  if (bytes.every((byte) => byte < 0x80)) return true;
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
