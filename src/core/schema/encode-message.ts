/** Values to protobuf bytes: the description read in the other direction. Fields are written in the order of their numbers, as the writers of the format do. */
import type { Message, MessageField } from "./message.ts";
import { wireType } from "./message.ts";
import { ByteWriter } from "./encode.ts";
import { pushVarint } from "./varint.ts";

export type MessageInput = number | bigint | boolean | string | Uint8Array | readonly MessageInput[] | { readonly [name: string]: MessageInput | undefined };
export interface MessageInputs {
  readonly [name: string]: MessageInput | undefined;
}

const encoder = new TextEncoder();

/** Bytes of a message without a length before it. Names that the message does not have are a mistake of the caller. */
export function encodeMessage(message: Message, values: MessageInputs): Uint8Array<ArrayBuffer> {
  for (const name of Object.keys(values)) if (!message.byName.has(name)) throw new RangeError(`${message.name} has no field ${name}`);
  const out = new ByteWriter();
  for (const field of message.byOrder) {
    const value = Object.hasOwn(values, field.name) ? values[field.name] : undefined;
    if (value === undefined) continue;
    if (field.isPacked === true) encodePacked(field, value as readonly MessageInput[], out);
    else if (field.label === "repeated") for (const item of value as readonly MessageInput[]) encodeField(field, item, out);
    else encodeField(field, value, out);
  }
  return out.finish();
}

/** All numbers behind one tag; nothing where there are none. */
function encodePacked(field: MessageField, items: readonly MessageInput[], out: ByteWriter): void {
  if (items.length === 0) return;
  const body: number[] = [];
  for (const item of items) pushVarint(body, BigInt.asUintN(field.type === "uint32" ? 32 : 64, BigInt(item as number)));
  const head: number[] = [];
  pushVarint(head, BigInt(field.number) * 8n + 2n);
  pushVarint(head, BigInt(body.length));
  out.append(Uint8Array.from(head));
  out.append(Uint8Array.from(body));
}

function encodeField(field: MessageField, value: MessageInput, out: ByteWriter): void {
  const wire = wireType(field.type);
  const head: number[] = [];
  pushVarint(head, BigInt(field.number) * 8n + BigInt(wire));
  if (wire === 2) {
    const body = bodyOf(field, value);
    pushVarint(head, BigInt(body.length));
    out.append(Uint8Array.from(head));
    out.append(body);
    return;
  }
  if (wire === 1) {
    out.append(Uint8Array.from(head));
    out.int(out.reserve(8), 8, BigInt(value as number), true);
    return;
  }
  const number = typeof value === "boolean" ? (value ? 1n : 0n) : BigInt(value as number);
  switch (field.type) {
    case "sint32":
    case "sint64":
      pushVarint(head, number < 0n ? -number * 2n - 1n : number * 2n);
      break;
    case "uint32":
      pushVarint(head, BigInt.asUintN(32, number));
      break;
    default:
      // Negative numbers of signed types are sign-extended to 64 bits.
      pushVarint(head, BigInt.asUintN(64, number));
  }
  out.append(Uint8Array.from(head));
}

function bodyOf(field: MessageField, value: MessageInput): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encoder.encode(value);
  if (field.type === "message") return encodeMessage(field.message!(), value as MessageInputs);
  throw new RangeError(`${field.name} takes ${field.type}`);
}
