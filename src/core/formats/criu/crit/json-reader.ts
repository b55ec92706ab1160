/**
 * JSON that is read value by value, so that a text of any size needs no more memory than its largest value, and with integers
 * of any size exact: addresses reach 2^64, beyond what `JSON.parse` keeps.
 */
import { Refusal } from "./refusal.ts";

/** A number with a fraction or exponent, or of absurd length: no field takes one. */
export class JsonFraction {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = undefined | boolean | number | bigint | JsonFraction | string | readonly JsonValue[] | JsonObject;

/** Deepest nesting; messages of CRIU nest six deep. */
const MOST_DEPTH = 200;
/** No 64-bit number has more digits. */
const MOST_DIGITS = 40;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Digits, signs, points and the letter of an exponent. */
function isNumeric(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65);
}

export class JsonReader {
  readonly #bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    // A mark that some editors put before UTF-8.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.position = 3;
  }

  /** The next character that is no space, without taking it; empty at the end. */
  peek(): string {
    while (isSpace(this.#bytes[this.position])) this.position++;
    const byte = this.#bytes[this.position];
    return byte === undefined ? "" : String.fromCharCode(byte);
  }

  /** Take the next character if it is this one. */
  takes(char: string): boolean {
    if (this.peek() !== char) return false;
    this.position++;
    return true;
  }

  expect(char: string, what: string): void {
    if (!this.takes(char)) this.fail(`${what} is expected`);
  }

  /** Reject the text at the position. */
  fail(message: string): never {
    let line = 1;
    let start = 0;
    for (let at = this.#bytes.indexOf(0x0a); at >= 0 && at < this.position; at = this.#bytes.indexOf(0x0a, at + 1)) {
      line++;
      start = at + 1;
    }
    throw new Refusal(`not JSON: line ${line}, column ${this.position - start + 1}: ${message}`);
  }

  /** The items of an array or members of an object, after its opening bracket: calls `read` at the beginning of each. */
  each(end: "]" | "}", read: () => void): void {
    if (this.takes(end)) return;
    do read();
    while (this.takes(","));
    this.expect(end, `"," or "${end}"`);
  }

  /** The name of a member; `given` has those before it. */
  key(given: { has(name: string): boolean }): string {
    if (this.peek() !== '"') this.fail("a name in quotes is expected");
    const start = this.position;
    const name = this.#string();
    if (given.has(name)) {
      this.position = start;
      this.fail(`the name ${JSON.stringify(name)} is given twice`);
    }
    this.expect(":", '":"');
    return name;
  }

  value(depth = 0): JsonValue {
    switch (this.peek()) {
      case '"':
        return this.#string();
      case "{":
        this.position++;
        return this.#object(depth);
      case "[":
        this.position++;
        return this.#array(depth);
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", undefined);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject {
    if (depth >= MOST_DEPTH) this.fail("values are nested too deeply");
    const members = new Map<string, JsonValue>();
    this.each("}", () => {
      const name = this.key(members);
      members.set(name, this.value(depth + 1));
    });
    return members;
  }

  #array(depth: number): readonly JsonValue[] {
    if (depth >= MOST_DEPTH) this.fail("values are nested too deeply");
    const items: JsonValue[] = [];
    this.each("]", () => void items.push(this.value(depth + 1)));
    return items;
  }

  #word<T>(word: string, value: T): T {
    for (let index = 0; index < word.length; index++) if (this.#bytes[this.position + index] !== word.charCodeAt(index)) this.fail("a value is expected");
    this.position += word.length;
    return value;
  }

  #number(): number | bigint | JsonFraction {
    let end = this.position;
    while (isNumeric(this.#bytes[end])) end++;
    const text = utf8.decode(this.#bytes.subarray(this.position, end));
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text)) this.fail(this.peek() === "" ? "the text ends here" : "a value is expected");
    this.position = end;
    if (text.length > MOST_DIGITS || /[.eE]/.test(text)) return new JsonFraction(text);
    const value = Number(text);
    // Adding 0 makes 0 of -0.
    return Number.isSafeInteger(value) ? value + 0 : BigInt(text);
  }

  #string(): string {
    const start = this.position + 1;
    let end = start;
    let isPlain = true;
    for (;;) {
      const byte = this.#bytes[end];
      if (byte === undefined) this.fail("a string does not end");
      if (byte === QUOTE) break;
      if (byte < 0x20) {
        this.position = end;
        this.fail("a control character must be written as an escape");
      }
      if (byte === BACKSLASH) {
        isPlain = false;
        end++;
      }
      end++;
    }
    const text = this.#text(start, end);
    const value = isPlain ? text : this.#unescaped(text);
    this.position = end + 1;
    return value;
  }

  #text(start: number, end: number): string {
    try {
      return utf8.decode(this.#bytes.subarray(start, end));
    } catch {
      return this.fail("a string is not UTF-8, or too long");
    }
  }

  #unescaped(text: string): string {
    return text.replace(/\\(u[0-9a-fA-F]{4}|[^])/g, (_, code: string) => {
      if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
      return ESCAPES[code] ?? this.fail(`there is no escape \\${code}`);
    });
  }
}
