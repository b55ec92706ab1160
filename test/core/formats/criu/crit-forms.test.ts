/** The small forms inside crit's JSON, against Python's library, which crit uses. */
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64Bytes, base64Lines, LINE_BYTES } from "../../../../src/core/formats/criu/crit/base64.ts";
import { numberOfText, shownNumber } from "../../../../src/core/formats/criu/crit/display.ts";
import { addressText, addressWords } from "../../../../src/core/formats/criu/crit/ip-text.ts";
import { escapedJson, JsonWriter } from "../../../../src/core/formats/criu/crit/json-writer.ts";
import { quotedPrintable, quotedPrintableBytes } from "../../../../src/core/formats/criu/crit/quoted-printable.ts";
import { bytesOfText, textOfBytes } from "../../../../src/core/formats/criu/crit/text.ts";
import { ghostFileEntry } from "../../../../src/core/formats/criu/messages/files.ts";
import { memfdInodeEntry, vmaEntry } from "../../../../src/core/formats/criu/messages/memory.ts";
import { inetSkEntry } from "../../../../src/core/formats/criu/messages/sockets.ts";

type Vectors = readonly (readonly [string, string])[];
const url = new URL("../../../fixtures/crit/python-vectors.json", import.meta.url);
const PYTHON = JSON.parse(readFileSync(url, "utf8")) as Record<string, Vectors> & { readonly ipaddress: readonly (readonly [number[], string])[] };

const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");

describe("as Python has it", () => {
  test("quoted-printable", () => {
    for (const [bytes, text] of PYTHON["quopri.encodestring"]!) expect([bytes, quotedPrintable(unhex(bytes))]).toEqual([bytes, text]);
    for (const [text, bytes] of PYTHON["quopri.decodestring"]!) expect([text, hex(quotedPrintableBytes(text))]).toEqual([text, bytes]);
  });
  test("base64", () => {
    for (const [bytes, text] of PYTHON["base64.encodebytes"]!) {
      expect(base64Lines(unhex(bytes))).toBe(text);
      expect(hex(base64Bytes(text))).toBe(bytes);
    }
  });
  test("JSON strings", () => {
    for (const [text, json] of PYTHON["json.dumps"]!) expect(`"${escapedJson(text)}"`).toBe(json);
  });
  test("addresses", () => {
    for (const [words, text] of PYTHON.ipaddress) {
      expect(addressText(words, true)).toBe(text);
      expect(addressWords(text, true)).toEqual(words);
    }
  });
  test("devices", () => {
    const field = ghostFileEntry.byName.get("rdev")!;
    for (const [number, text] of PYTHON["os.major:os.minor"]!) {
      expect(shownNumber(field, BigInt(number), false)).toBe(text);
      expect(numberOfText(field, text)).toBe(BigInt(number));
    }
  });
});

test("a long base64 text can be made in pieces of whole lines", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7) & 0xff);
  const pieces = Array.from({ length: Math.ceil(1000 / LINE_BYTES) }, (_, index) => base64Lines(bytes.subarray(index * LINE_BYTES, (index + 1) * LINE_BYTES)));
  expect(pieces.join("")).toBe(base64Lines(bytes));
});

test.each(["A", "AA", "AAA", "=", "A===", "AA=A", "AAAA=", "AA==AAAA", "A*==", "AAé="])("%s is no base64", (text) => {
  expect(base64Bytes(text)).toBeUndefined();
});

test("any bytes become text and bytes again", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(hex(bytesOfText(textOfBytes(bytes)))).toBe(hex(bytes));
    }),
  );
  expect(textOfBytes(Uint8Array.of(0x61, 0xff, 0xc3, 0xa9, 0xc3))).toBe("a\udcffé\udcc3");
  expect(textOfBytes(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  expect(bytesOfText("\ud800")).toBeUndefined();
});

test("addresses are taken in every usual form, and in the byte order of the image", () => {
  expect(addressWords("127.0.0.1", true)).toEqual([0x0100007f]);
  expect(addressWords("127.0.0.1", false)).toEqual([0x7f000001]);
  expect(addressText([0x7f000001], false)).toBe("127.0.0.1");
  expect(addressWords("::ffff:1.2.3.4", false)).toEqual([0, 0, 0xffff, 0x01020304]);
  expect(addressWords("1:2:3:4:5:6:7:8", false)).toEqual([0x10002, 0x30004, 0x50006, 0x70008]);
  expect(addressText([1, 2], true)).toBeUndefined();
  for (const text of ["1.2.3", "1.2.3.256", "01.2.3.4", ":::", "1::2::3", "1:2", "1:2:3:4:5:6:7:8::", "::12345", "::1.2.3", "::g"]) expect([text, addressWords(text, true)]).toEqual([text, undefined]);
});

describe("numbers", () => {
  const status = vmaEntry.byName.get("status")!;
  test("are flags with a rest", () => {
    expect(shownNumber(status, 0, false)).toBe("");
    expect(shownNumber(status, 0x80010041, false)).toBe("VMA_AREA_REGULAR | VMA_FILE_PRIVATE | VMA_UNSUPP | 0x10000");
    expect(numberOfText(status, "VMA_UNSUPP|VMA_AREA_REGULAR | 0x10000")).toBe(0x80010001n);
    expect(numberOfText(status, "")).toBe(0n);
    expect(numberOfText(status, "VMA_FOO")).toBeUndefined();
    expect(shownNumber(memfdInodeEntry.byName.get("seals")!, 6, false)).toBe("F_SEAL_SHRINK | F_SEAL_GROW");
  });
  test("are words of a table, or themselves", () => {
    const type = inetSkEntry.byName.get("type")!;
    expect(shownNumber(type, 3, false)).toBe("RAW");
    expect(shownNumber(type, 4, false)).toBeUndefined();
    expect(numberOfText(type, "RAW")).toBe(3n);
    expect(numberOfText(type, "constructor")).toBeUndefined();
  });
  test("are hexadecimal inside a message that asks for it", () => {
    expect(shownNumber(vmaEntry.byName.get("fd")!, -1, true)).toBe("-0x1");
    expect(shownNumber(vmaEntry.byName.get("fd")!, -1, false)).toBeUndefined();
    expect(numberOfText(vmaEntry.byName.get("fd")!, "-0x1")).toBe(-1n);
    for (const text of ["", "1.5", "0x", "12a", "--1", "1 2"]) expect([text, numberOfText(vmaEntry.byName.get("fd")!, text)]).toEqual([text, undefined]);
  });
});

test("empty objects and arrays stand on one line, as Python writes them", async () => {
  const out = new JsonWriter(true);
  out.beginObject();
  out.key("a");
  out.beginArray();
  out.end();
  out.key("b");
  out.beginObject();
  out.end();
  out.end();
  let text = "";
  await out.drain((piece) => void (text += piece), true);
  expect(text).toBe('{\n    "a": [],\n    "b": {}\n}');
});
