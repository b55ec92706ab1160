/**
 * Quoted-printable as Python's `quopri` writes and reads it: crit prints the names of unix sockets so.
 *
 * The rules that RFC 2045 leaves open are those of CPython (Modules/binascii.c, `b2a_qp`): spaces are kept except at the
 * very end, a dot that stands alone on a line is quoted, lines are cut before 76 characters, and the first line end decides
 * which form all of them get. A name that mixes both forms of line end does not come back the same; crit has that too.
 */

const MOST_LINE = 76;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DOT = 0x2e;
const EQUALS = 0x3d;

const quoted = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/** Whether a byte cannot stand for itself; `isFirst` at the beginning of a line. */
function needsQuoting(bytes: Uint8Array, at: number, isFirst: boolean): boolean {
  const byte = bytes[at]!;
  const next = bytes[at + 1];
  if (byte > 126 || byte === EQUALS) return true;
  // Mail takes a lone dot for the end of the text.
  if (byte === DOT && isFirst && (next === undefined || next === LF || next === CR || next === 0)) return true;
  if (byte === TAB || byte === SPACE) return next === undefined;
  return byte < 33 && byte !== CR && byte !== LF;
}

/** Text of any bytes, ASCII only. */
export function quotedPrintable(bytes: Uint8Array): string {
  const firstEnd = bytes.indexOf(LF);
  const lineEnd = firstEnd > 0 && bytes[firstEnd - 1] === CR ? "\r\n" : "\n";
  let text = "";
  let column = 0;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at]!;
    const next = bytes[at + 1];
    if (needsQuoting(bytes, at, column === 0)) {
      if (column + 3 >= MOST_LINE) {
        text += `=${lineEnd}`;
        column = 0;
      }
      text += quoted(byte);
      column += 3;
      at++;
    } else if (byte === LF || (byte === CR && next === LF)) {
      // A space before a line end would be lost.
      const last = text.at(-1);
      if (last === " " || last === "\t") text = text.slice(0, -1) + quoted(last.charCodeAt(0));
      text += lineEnd;
      column = 0;
      at += byte === CR ? 2 : 1;
    } else {
      if (next !== undefined && next !== LF && column + 1 >= MOST_LINE) {
        text += `=${lineEnd}`;
        column = 0;
      }
      text += String.fromCharCode(byte);
      column++;
      at++;
    }
  }
  return text;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Bytes of a quoted-printable text; undefined when it has characters beyond ASCII, which need quoting. */
export function quotedPrintableBytes(text: string): Uint8Array | undefined {
  const out = new Uint8Array(text.length);
  let to = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return undefined;
    if (code !== EQUALS) {
      out[to++] = code;
      continue;
    }
    const next = text.charCodeAt(at + 1);
    const high = hexDigit(next);
    const low = hexDigit(text.charCodeAt(at + 2));
    if (next === LF) at++;
    else if (next === CR) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (high >= 0 && low >= 0) {
      out[to++] = high * 16 + low;
      at += 2;
    } else {
      // Not a code at all: an equals sign, doubled or not, and nothing at the end of the text.
      if (at + 1 < text.length) out[to++] = EQUALS;
      if (next === EQUALS) at++;
    }
  }
  return out.subarray(0, to);
}
