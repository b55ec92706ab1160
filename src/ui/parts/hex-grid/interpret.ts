/** What the bytes at the cursor would be as a number, a time, a mode or text: the data inspector's arithmetic. */

export interface Reading {
  readonly label: string;
  /** Undefined when there are too few bytes before the end of the file. */
  readonly text: string | undefined;
  /** Bytes that the reading takes. */
  readonly size: number;
}

type Reader = (view: DataView, little: boolean) => string;

const INTEGERS: readonly (readonly [label: string, size: number, read: Reader])[] = [
  ["u8", 1, (view) => withHex(BigInt(view.getUint8(0)), 1)],
  ["s8", 1, (view) => String(view.getInt8(0))],
  ["u16", 2, (view, little) => withHex(BigInt(view.getUint16(0, little)), 2)],
  ["s16", 2, (view, little) => String(view.getInt16(0, little))],
  ["u32", 4, (view, little) => withHex(BigInt(view.getUint32(0, little)), 4)],
  ["s32", 4, (view, little) => String(view.getInt32(0, little))],
  ["u64", 8, (view, little) => withHex(view.getBigUint64(0, little), 8)],
  ["s64", 8, (view, little) => String(view.getBigInt64(0, little))],
  ["f32", 4, (view, little) => floatText(view.getFloat32(0, little))],
  ["f64", 8, (view, little) => floatText(view.getFloat64(0, little))],
  ["time (s32)", 4, (view, little) => timeText(view.getInt32(0, little))],
  ["time (s64)", 8, (view, little) => timeText(Number(view.getBigInt64(0, little)))],
  ["mode (u32)", 4, (view, little) => modeText(view.getUint32(0, little))],
];

function withHex(value: bigint, bytes: number): string {
  return value < 10n ? String(value) : `${value} (0x${value.toString(16).padStart(bytes * 2, "0")})`;
}

export function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0";
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value);
}

/** ISO form of seconds since 1970. A number that no calendar reaches is said to be none. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "not a time" : date.toISOString().replace(".000Z", "Z");
}

const FILE_KINDS = new Map([
  [0o01, "p"],
  [0o02, "c"],
  [0o04, "d"],
  [0o06, "b"],
  [0o10, "-"],
  [0o12, "l"],
  [0o14, "s"],
]);

/** A file mode as `ls` writes it, with the octal number; only the number when no file kind has these bits. */
export function modeText(mode: number): string {
  const octal = `0${mode.toString(8)}`;
  const kind = FILE_KINDS.get(mode >>> 12);
  if (kind === undefined) return octal;
  const bits = "rwxrwxrwx".split("").map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : "-"));
  const special = (at: number, bit: number, letter: string): void => {
    if (mode & bit) bits[at] = bits[at] === "x" ? letter : letter.toUpperCase();
  };
  special(2, 0o4000, "s");
  special(5, 0o2000, "s");
  special(8, 0o1000, "t");
  return `${kind}${bits.join("")} (${octal})`;
}

/** All readings of the bytes; `bytes` begins at the cursor and may be shorter than the widest reading. */
export function interpret(bytes: Uint8Array, little: boolean, pointerSize: 4 | 8): readonly Reading[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readings = INTEGERS.map(([label, size, read]) => ({
    label,
    size,
    text: bytes.length < size ? undefined : read(view, little),
  }));
  const pointer =
    bytes.length < pointerSize
      ? undefined
      : (pointerSize === 8 ? view.getBigUint64(0, little) : BigInt(view.getUint32(0, little)))
          .toString(16)
          .padStart(pointerSize * 2, "0");
  return [
    ...readings,
    { label: `pointer (${pointerSize * 8} bit)`, size: pointerSize, text: pointer && `0x${pointer}` },
    { label: "text", size: textRun(bytes).length, text: JSON.stringify(textRun(bytes)) },
  ];
}

/** Printable characters from the cursor on, up to the first other byte. */
function textRun(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte < 0x20 || byte > 0x7e) break;
    text += String.fromCharCode(byte);
  }
  return text;
}
