/** Random messages of every type that CRIU's images hold. */
import * as fc from "fast-check";
import { IMAGE_TYPES } from "../../../src/core/formats/criu/image-types.ts";
import { PLAIN_ABI } from "../../../src/core/schema/abi.ts";
import type { MessageInput, MessageInputs } from "../../../src/core/schema/encode-message.ts";
import type { Message, MessageField } from "../../../src/core/schema/message.ts";

function reachable(): Message[] {
  const found = new Set<Message>();
  const visit = (message: Message | undefined): void => {
    if (message === undefined || found.has(message)) return;
    found.add(message);
    for (const field of message.fields) visit(field.message?.());
  };
  for (const { message, first, payload } of IMAGE_TYPES) {
    visit(message);
    visit(first);
    if (payload?.kind === "messages") visit(payload.message);
    if (payload?.kind === "ghost") visit(payload.chunk);
  }
  return [...found];
}

export const MESSAGES: readonly Message[] = reachable();

const MOST_DEPTH = 3;

function scalar(field: MessageField): fc.Arbitrary<MessageInput> {
  switch (field.type) {
    case "bool":
      return fc.boolean();
    case "uint32":
      return fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 0xffff_ffff }));
    case "int32":
    case "sint32":
      return fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
    case "int64":
    case "sint64":
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case "uint64":
    case "fixed64":
      return fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
    case "enum":
      return fc.constantFrom(...field.names!.at(PLAIN_ABI).keys());
    case "string":
      return fc.string({ maxLength: 12, unit: "binary" }).filter((text) => !/\p{Surrogate}/u.test(text));
    default:
      return fc.uint8Array({ maxLength: 12 });
  }
}

/** Values for a message. Messages inside end at a depth; required ones are left out there, which encoding allows. */
export function valuesOf(message: Message, depth = 0): fc.Arbitrary<MessageInputs> {
  const fields: Record<string, fc.Arbitrary<MessageInput | undefined>> = {};
  for (const field of message.fields) {
    if (field.type === "message" && depth >= MOST_DEPTH) continue;
    const one: fc.Arbitrary<MessageInput> = field.type === "message" ? (valuesOf(field.message!(), depth + 1) as fc.Arbitrary<MessageInput>) : scalar(field);
    const value = field.label === "repeated" ? fc.array(one, { maxLength: 3 }) : one;
    fields[field.name] = fc.option(value as fc.Arbitrary<MessageInput>, { nil: undefined, freq: depth + 1 });
  }
  return fc.record(fields) as fc.Arbitrary<MessageInputs>;
}
