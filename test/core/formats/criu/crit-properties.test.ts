/** Laws of decode and encode over images of every type with made-up contents. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../../../src/core/bytes/source.ts";
import { critDecodeText } from "../../../../src/core/formats/criu/crit/decode.ts";
import { critEncode, type CritEncodeOptions } from "../../../../src/core/formats/criu/crit/encode.ts";
import { joinBytes } from "../../../../src/core/formats/criu/crit/join-bytes.ts";
import { critPayload } from "../../../../src/core/formats/criu/crit/print-payload.ts";
import { usualHead } from "../../../../src/core/formats/criu/crit/type-names.ts";
import { unknownFieldBytes, type UnknownField } from "../../../../src/core/formats/criu/crit/unknown-fields.ts";
import { messageOf } from "../../../../src/core/formats/criu/entries.ts";
import { IMAGE_TYPES, IMG_COMMON_MAGIC, IMG_SERVICE_MAGIC, type ImageType } from "../../../../src/core/formats/criu/image-types.ts";
import { encodeMessage, type MessageInput, type MessageInputs } from "../../../../src/core/schema/encode-message.ts";
import { fieldOf, type Message, type MessageField } from "../../../../src/core/schema/message.ts";

const encoder = new TextEncoder();
const TYPES = IMAGE_TYPES.filter((type): type is ImageType & { magic: number } => type.message !== undefined && type.magic !== undefined);

function word(value: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return bytes;
}

/** Names of unix sockets may not mix both forms of line end: quoted-printable makes them one. */
const sameLineEnds = (bytes: Uint8Array): boolean => {
  const text = new TextDecoder("latin1").decode(bytes);
  return !(/\r\n/.test(text) && /(^|[^\r])\n/.test(text));
};

function valueOf(field: MessageField, depth: number): fc.Arbitrary<MessageInput> {
  switch (field.type) {
    case "message":
      return messageInputs(field.message!(), depth + 1);
    case "string":
      return fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.uint8Array({ maxLength: 8 }));
    case "bytes":
      return fc.uint8Array({ maxLength: field.hint?.as === "unix-name" ? 108 : 70 }).filter((bytes) => field.hint?.as !== "unix-name" || sameLineEnds(bytes));
    case "bool":
      return fc.boolean();
    case "uint32":
      return fc.oneof(fc.integer({ min: 0, max: 0x1ffff }), fc.bigInt(0n, 0xffffffffn));
    case "enum":
    case "int32":
    case "sint32":
      return fc.integer({ min: -0x80000000, max: 0x7fffffff });
    case "uint64":
    case "fixed64":
      return fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.bigInt(0n, 0xffff_ffff_ffff_ffffn));
    case "int64":
    case "sint64":
      return fc.bigInt(-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
  }
}

/** Required fields always, the others sometimes; messages that contain themselves end somewhere. */
function messageInputs(message: Message, depth = 0): fc.Arbitrary<MessageInputs> {
  const fields: Record<string, fc.Arbitrary<MessageInput | undefined>> = {};
  for (const field of message.fields) {
    if (field.label === "repeated") {
      fields[field.name] = depth > 2 && field.type === "message" ? fc.constant([]) : fc.array(valueOf(field, depth), { maxLength: field.hint?.as === "ip" ? 5 : 2 });
    } else if (field.label === "required") fields[field.name] = valueOf(field, depth);
    else fields[field.name] = depth > 2 && field.type === "message" ? fc.constant(undefined) : fc.option(valueOf(field, depth), { nil: undefined, freq: 2 });
  }
  return fc.record(fields) as fc.Arbitrary<MessageInputs>;
}

/** Numbers that fit each other: contents of the lengths that the message gives, with their padding. */
function withPayload(type: ImageType, inputs: MessageInputs, contents: Uint8Array, index: number, little: boolean): { inputs: MessageInputs; payload: Uint8Array[] } {
  const payload = critPayload(type);
  const padding = (length: number, align: number): Uint8Array => new Uint8Array((align - (length % align)) % align);
  switch (payload?.kind) {
    case "bytes": {
      const lengths = payload.fields.map((_, at) => (at === 0 ? Math.floor(contents.length / payload.fields.length) : Math.ceil(contents.length / payload.fields.length)));
      const fitting = { ...inputs, ...Object.fromEntries(payload.fields.map((name, at) => [name, lengths[at]!])) };
      return { inputs: fitting, payload: [contents, padding(contents.length, payload.align ?? 1)] };
    }
    case "u16": {
      const bytes = contents.subarray(0, contents.length & ~1);
      return { inputs: { ...inputs, [payload.count]: bytes.length / 2 }, payload: [bytes, padding(bytes.length, payload.align)] };
    }
    case "messages": {
      const texts = [contents, contents.subarray(1)].slice(0, Number(contents.length > 3) + Number(contents.length > 9));
      const pieces = texts.flatMap((text) => {
        const body = encodeMessage(payload.message, { mtype: 5, [payload.size]: text.length });
        return [word(body.length, little), body, text, padding(text.length, payload.align)];
      });
      return { inputs: { ...inputs, [payload.count]: texts.length }, payload: pieces };
    }
    case "ghost":
      return index === 0 ? { inputs: { ...inputs, chunks: true }, payload: [] } : { inputs: { ...inputs, len: contents.length }, payload: [contents] };
    default:
      return { inputs, payload: [] };
  }
}

interface Made {
  readonly bytes: Uint8Array;
  readonly options: CritEncodeOptions;
}

function images(type: ImageType & { magic: number }): fc.Arbitrary<Made> {
  const entry = (index: number): fc.Arbitrary<[MessageInputs, Uint8Array]> => fc.tuple(messageInputs(messageOf(type, index)!), fc.uint8Array({ maxLength: 130 }));
  return fc
    .tuple(fc.tuple(entry(0), entry(1), entry(2)), fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.constantFrom("common", "service", "none", undefined))
    .map(([entries, count, little, head]) => {
      const kind = head ?? usualHead(type);
      const pieces = kind === "none" ? [] : [word(kind === "common" ? IMG_COMMON_MAGIC : IMG_SERVICE_MAGIC, little)];
      pieces.push(word(type.magic, little));
      for (const [index, [inputs, contents]] of entries.slice(0, count).entries()) {
        const fitting = withPayload(type, inputs, contents, index, little);
        const body = encodeMessage(messageOf(type, index)!, fitting.inputs);
        pieces.push(word(body.length, little), body, ...fitting.payload);
      }
      return { bytes: joinBytes(pieces), options: { ...(little ? {} : { endian: "big" }), ...(head === undefined ? {} : { head }) } };
    });
}

async function text(bytes: Uint8Array, pretty: boolean): Promise<string> {
  const result = await critDecodeText("", memorySource(bytes), { pretty });
  if ("error" in result) throw new Error(result.error);
  expect(result.problems).toEqual([]);
  return result.text;
}

function encoded(json: string, options: CritEncodeOptions): Uint8Array {
  const result = critEncode(encoder.encode(json), options);
  if ("error" in result) throw new Error(result.error);
  return joinBytes(result.pieces);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("encode gives back what was decoded", () => {
  test.each(TYPES.map((type) => [type.name, type] as const))("%s", async (_, type) => {
    await fc.assert(
      fc.asyncProperty(images(type), fc.boolean(), async ({ bytes, options }, pretty) => {
        expect(hex(encoded(await text(bytes, pretty), options))).toBe(hex(bytes));
      }),
      { numRuns: 30 },
    );
  });

  test("also fields that no description has, in any message", async () => {
    const type = TYPES.find(({ name }) => name === "FILES")!;
    const message = type.message!;
    const unknown: fc.Arbitrary<UnknownField> = fc
      .tuple(fc.integer({ min: 1, max: 0x1fffffff }), fc.constantFrom(0, 1, 2, 5), fc.bigInt(0n, 0xffff_ffff_ffff_ffffn), fc.uint8Array({ maxLength: 90 }))
      .filter(([number]) => fieldOf(message, number) === undefined)
      .map(([number, wire, value, bytes]) => ({ number, wire, value: wire === 2 ? bytes : wire === 5 ? value & 0xffffffffn : value }));
    await fc.assert(
      fc.asyncProperty(fc.array(unknown, { minLength: 1, maxLength: 4 }), fc.boolean(), async (fields, pretty) => {
        const sorted = fields.toSorted((a, b) => a.number - b.number);
        const body = joinBytes([
          ...sorted.filter(({ number }) => number < 2).map(unknownFieldBytes),
          encodeMessage(message, { type: 1, id: 7 }),
          ...sorted.filter(({ number }) => number > 2).map(unknownFieldBytes),
        ]);
        const inner = joinBytes([body, unknownFieldBytes({ number: 0x1fffffff, wire: 0, value: 5 })]);
        const bytes = joinBytes([word(IMG_COMMON_MAGIC, true), word(type.magic, true), word(inner.length, true), inner]);
        const json = await text(bytes, pretty);
        expect(json).toContain('"__unknown"');
        expect(hex(encoded(json, {}))).toBe(hex(bytes));
      }),
    );
  });
});

describe("nothing throws", () => {
  test("on any bytes behind a head", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...TYPES), fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (type, tail, pretty) => {
        const bytes = joinBytes([word(IMG_COMMON_MAGIC, true), word(type.magic, true), tail]);
        const result = await critDecodeText("", memorySource(bytes), { pretty });
        if ("text" in result) expect(JSON.parse(result.text)).toMatchObject({ magic: expect.any(String) as string });
      }),
      { numRuns: 500 },
    );
  });

  test("on damaged images", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...TYPES).chain(images), fc.nat(), fc.nat({ max: 255 }), fc.boolean(), async ({ bytes }, place, byte, cut) => {
        const damaged = cut ? bytes.slice(0, place % bytes.length) : bytes.with(place % bytes.length, byte);
        const result = await critDecodeText("", memorySource(damaged), { pretty: true });
        if ("text" in result) {
          expect(() => JSON.parse(result.text)).not.toThrow();
          critEncode(encoder.encode(result.text));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("on any JSON, and on any text", () => {
    const isRefused = (bytes: Uint8Array): boolean => "error" in critEncode(bytes);
    fc.assert(fc.property(fc.json(), (json) => isRefused(encoder.encode(json))));
    fc.assert(fc.property(fc.uint8Array(), isRefused));
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.json(), (type, json) => {
        critEncode(encoder.encode(`{"magic": "${type.name}", "entries": [${json}]}`));
      }),
    );
  });
});
