import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesAs } from "../../src/ui/parts/byte-text.ts";
import { bytesOfText } from "../../src/ui/parts/open/paste.ts";

const HELLO = new TextEncoder().encode("Hello, frozen world\n");

describe("bytes for the clipboard", () => {
  it("are hex digits in pairs", () => {
    expect(bytesAs("hex", HELLO.subarray(0, 3), 0)).toBe("48 65 6c");
  });

  it("are text with line breaks kept and other bytes as dots", () => {
    expect(bytesAs("text", Uint8Array.of(0, 65, 10, 200), 0)).toBe(".A\n.");
  });

  it("are a C array that names its length", () => {
    expect(bytesAs("c", HELLO.subarray(0, 2), 0)).toBe("const unsigned char bytes[2] = {\n  0x48, 0x65\n};");
  });

  it("are laid out as xxd does it", () => {
    expect(bytesAs("xxd", HELLO, 0x10)).toBe(
      "00000010: 4865 6c6c 6f2c 2066 726f 7a65 6e20 776f  Hello, frozen wo\n" +
        "00000020: 726c 640a                                rld.",
    );
  });
});

describe("pasted text", () => {
  it("gives back the bytes of every form that can be copied", () => {
    const bytes = fc.uint8Array({ minLength: 12, maxLength: 200 });
    for (const format of ["hex", "c", "xxd", "base64"] as const) {
      fc.assert(
        fc.property(bytes, fc.nat({ max: 0xffff }), (value, offset) => {
          expect(bytesOfText(bytesAs(format, value, offset))).toMatchObject({ kind: "bytes", bytes: value });
        }),
      );
    }
  });

  it("is read as a hexdump -C listing, repeated lines included", () => {
    const listing =
      "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n" +
      "00000030  41 42                                             |AB|\n00000032";
    const pasted = bytesOfText(listing);
    expect(pasted.kind).toBe("bytes");
    if (pasted.kind === "bytes") expect([pasted.bytes.length, pasted.bytes[48], pasted.bytes[49]]).toEqual([50, 0x41, 0x42]);
  });

  it("is refused with a reason when it spells no bytes", () => {
    expect(bytesOfText("  ").kind).toBe("unreadable");
    expect(bytesOfText("hello world").kind).toBe("unreadable");
    expect(bytesOfText("0123456").kind).toBe("unreadable");
  });

  it("is refused when lines of a listing are missing, rather than read shifted", () => {
    expect(bytesOfText("00000000: 4142  AB\n00000010: 4344  CD").kind).toBe("unreadable");
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void bytesOfText(text)));
  });
});
