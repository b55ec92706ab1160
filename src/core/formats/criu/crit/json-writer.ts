/**
 * JSON text as Python's `json.dumps` writes it, in pieces: `", "` and `": "` between things on one line, or lines indented by
 * four spaces; ASCII only. The text is never whole in memory: what stands ready is handed on by `drain`.
 */

/** Takes the next piece of the text. */
export type WritePiece = (piece: string) => void | Promise<void>;

const INDENT = 4;
/** Characters that wait before they become a piece. */
const PIECE = 64 * 1024;

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b" };

/** A string without the quotes around it. Characters beyond U+FFFF become two escapes, as in Python. */
export function escapedJson(text: string): string {
  return text.replace(/[^ !#-[\]-~]/g, (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Names of fields need no escapes. */
const KEY = /^\w*$/;

const LINE_BREAKS: readonly string[] = Array.from({ length: 32 }, (_, depth) => `\n${" ".repeat(INDENT * depth)}`);

function lineBreak(pretty: boolean, depth: number): string {
  return pretty ? LINE_BREAKS[depth] ?? `\n${" ".repeat(INDENT * depth)}` : "";
}

export class JsonWriter {
  readonly #pretty: boolean;
  #text = "";
  #pieces: string[] = [];
  /** Of each open object or array: whether it is still empty, and how it ends. */
  #open: { isEmpty: boolean; readonly end: string }[] = [];

  constructor(pretty: boolean) {
    this.#pretty = pretty;
  }

  beginObject(): void {
    this.#begin("{", "}");
  }

  beginArray(): void {
    this.#begin("[", "]");
  }

  #begin(start: string, end: string): void {
    this.#put(start);
    this.#open.push({ isEmpty: true, end });
  }

  end(): void {
    const { isEmpty, end } = this.#open.pop()!;
    this.#put(isEmpty ? end : lineBreak(this.#pretty, this.#open.length) + end);
  }

  /** The value follows. */
  key(name: string): void {
    this.#put(`${this.#separator()}"${KEY.test(name) ? name : escapedJson(name)}": `);
  }

  /** An item of an array follows. */
  item(): void {
    this.#put(this.#separator());
  }

  #separator(): string {
    const around = this.#open.at(-1)!;
    const isFirst = around.isEmpty;
    around.isEmpty = false;
    if (this.#pretty) return (isFirst ? "" : ",") + lineBreak(true, this.#open.length);
    return isFirst ? "" : ", ";
  }

  number(value: number | bigint): void {
    this.#put(value.toString());
  }

  boolean(value: boolean): void {
    this.#put(value ? "true" : "false");
  }

  string(text: string): void {
    this.#put(`"${escapedJson(text)}"`);
  }

  /** A string in parts: `beginString`, `stringPart` any number of times, `endString`. */
  beginString(): void {
    this.#put('"');
  }

  stringPart(text: string): void {
    this.#put(escapedJson(text));
  }

  endString(): void {
    this.#put('"');
  }

  #put(text: string): void {
    this.#text += text;
    if (this.#text.length < PIECE) return;
    this.#pieces.push(this.#text);
    this.#text = "";
  }

  /** Hand on whole pieces; with `everything` also what waits to become one. */
  async drain(write: WritePiece, everything = false): Promise<void> {
    if (everything && this.#text !== "") {
      this.#pieces.push(this.#text);
      this.#text = "";
    }
    if (this.#pieces.length === 0) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    for (const piece of pieces) await write(piece);
  }
}
