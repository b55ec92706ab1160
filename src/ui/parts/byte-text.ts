/** Bytes as text for the clipboard. Pure functions; every text ends without a line break. */

export const COPY_FORMATS = ["hex", "text", "c", "xxd", "base64"] as const;
export type CopyFormat = (typeof COPY_FORMATS)[number];

export const COPY_LABELS: Readonly<Record<CopyFormat, string>> = {
  hex: "hex",
  text: "text",
  c: "C array",
  xxd: "xxd dump",
  base64: "base64",
};

/** Most bytes that are turned into text for the clipboard; larger selections are saved as a file instead. */
export const COPY_LIMIT = 1 << 20;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hexOfByte(byte: number): string {
  return HEX[byte] ?? "??";
}

/** ASCII 0x20 to 0x7e as it is, everything else as a dot. */
export function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
}

/** `offset` is where the bytes begin: an offset in a file, or an address. `isKnown` tells which have a value; others are `??` in hex. */
export function bytesAs(format: CopyFormat, bytes: Uint8Array, offset: number | bigint, isKnown: (at: number) => boolean = () => true): string {
  const hexAt = (at: number): string => (isKnown(at) ? hexOfByte(bytes[at] ?? 0) : "??");
  switch (format) {
    case "hex":
      return Array.from(bytes, (_, at) => hexAt(at)).join(" ");
    case "text":
      return Array.from(bytes, textOfByte).join("");
    case "c":
      return cArray(bytes);
    case "xxd":
      return xxd(bytes, BigInt(offset), hexAt);
    case "base64":
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }
}

/** Unlike `printable`, keeps tabs and line breaks: a copied log should stay a log. */
function textOfByte(byte: number): string {
  return byte === 0x09 || byte === 0x0a || byte === 0x0d ? String.fromCharCode(byte) : printable(byte);
}

function cArray(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 12) {
    lines.push(`  ${Array.from(bytes.subarray(at, at + 12), (byte) => `0x${hexOfByte(byte)}`).join(", ")}`);
  }
  return `const unsigned char bytes[${bytes.length}] = {\n${lines.join(",\n")}\n};`;
}

/** The layout of `xxd`: eight hex digits of offset, eight groups of two bytes, two spaces, text. */
function xxd(bytes: Uint8Array, offset: bigint, hexAt: (at: number) => string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = Array.from(row, (_, index) => hexAt(at + index) + (index % 2 === 1 ? " " : "")).join("");
    const text = Array.from(row, printable).join("");
    lines.push(`${(offset + BigInt(at)).toString(16).padStart(8, "0")}: ${hex.trimEnd().padEnd(39)}  ${text}`);
  }
  return lines.join("\n");
}
