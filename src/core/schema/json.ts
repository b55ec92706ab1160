/**
 * JSON with positions: every value knows its bytes. Total on any bytes: what stands before an error is kept, and where
 * it stopped is told. Nesting and the number of values are bounded, since the text comes from strangers.
 */
import { decodeText } from "./show.ts";

export interface JsonValue {
  readonly kind: "object" | "array" | "string" | "number" | "literal";
  /** Positions in the bytes that were parsed. Of a member of an object: from its key to the end of its value. */
  readonly start: number;
  end: number;
  /** Where the value itself begins: behind key and colon. */
  readonly valueStart: number;
  /** Key in the object around it, or undefined in arrays and at the top. */
  readonly key?: string;
  /** Of strings, numbers (as written where a double would round) and literals. */
  readonly value?: string | number | boolean | null;
  readonly children: JsonValue[];
}

export interface JsonText {
  readonly root: JsonValue | undefined;
  /** One past the last byte that belongs to the value. */
  readonly end: number;
  /** What is wrong at `end`. */
  readonly problem?: string;
}

export interface JsonLimits {
  readonly mostDepth?: number;
  readonly mostValues?: number;
}

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

class JsonReader {
  readonly bytes: Uint8Array;
  at = 0;
  values = 0;
  problem: string | undefined;
  readonly mostDepth: number;
  readonly mostValues: number;

  constructor(bytes: Uint8Array, { mostDepth = 128, mostValues = 500_000 }: JsonLimits) {
    this.bytes = bytes;
    this.mostDepth = mostDepth;
    this.mostValues = mostValues;
  }

  skipSpace(): void {
    while (this.at < this.bytes.length && SPACE.has(this.bytes[this.at]!)) this.at++;
  }

  fail(why: string): undefined {
    this.problem ??= why;
    return undefined;
  }

  /** A value; containers keep what was read before an error. */
  value(start: number, key: string | undefined, depth: number): JsonValue | undefined {
    this.skipSpace();
    const valueStart = this.at;
    const first = this.bytes[this.at];
    if (++this.values > this.mostValues) return this.fail(`there are more than ${this.mostValues} values`);
    const make = (kind: JsonValue["kind"], value?: JsonValue["value"]): JsonValue => ({
      kind, start, end: this.at, valueStart, children: [], ...(key === undefined ? {} : { key }), ...(value === undefined ? {} : { value }),
    });
    if (first === 0x7b || first === 0x5b) {
      if (depth >= this.mostDepth) return this.fail(`values are nested deeper than ${this.mostDepth}`);
      const container = make(first === 0x7b ? "object" : "array");
      this.at++;
      this.members(container, first === 0x7b, depth);
      container.end = this.at;
      return container;
    }
    if (first === 0x22) {
      const text = this.string();
      return text === undefined ? undefined : make("string", text);
    }
    const word = this.word();
    if (word === "true" || word === "false") return make("literal", word === "true");
    if (word === "null") return make("literal", null);
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(word)) {
      const number = Number(word);
      return make("number", Number.isInteger(number) && !Number.isSafeInteger(number) ? word : number);
    }
    this.at = valueStart;
    return this.fail(word === "" ? "a value is missing" : "this is no value of JSON");
  }

  members(container: JsonValue, isObject: boolean, depth: number): void {
    const close = isObject ? 0x7d : 0x5d;
    this.skipSpace();
    if (this.bytes[this.at] === close) {
      this.at++;
      return;
    }
    for (;;) {
      this.skipSpace();
      const start = this.at;
      let key: string | undefined;
      if (isObject) {
        key = this.bytes[this.at] === 0x22 ? this.string() : this.fail("a key is missing");
        if (key === undefined) return;
        this.skipSpace();
        if (this.bytes[this.at] !== 0x3a) return void this.fail("a colon is missing");
        this.at++;
      }
      const child = this.value(start, key, depth + 1);
      if (child !== undefined) container.children.push(child);
      if (this.problem !== undefined) return;
      this.skipSpace();
      const next = this.bytes[this.at];
      if (next === close) {
        this.at++;
        return;
      }
      if (next !== 0x2c) return void this.fail(this.at >= this.bytes.length ? "the text ends inside a value" : "a comma or an end is missing");
      this.at++;
    }
  }

  string(): string | undefined {
    const start = this.at++;
    for (; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at]!;
      if (byte === 0x5c) this.at++;
      else if (byte === 0x22) {
        this.at++;
        return unquoted(this.bytes.subarray(start, this.at));
      }
    }
    this.at = this.bytes.length;
    return this.fail("a string does not end");
  }

  word(): string {
    const start = this.at;
    while (this.at < this.bytes.length && /[\w.+-]/.test(String.fromCharCode(this.bytes[this.at]!))) this.at++;
    return decodeText(this.bytes.subarray(start, this.at));
  }
}

function unquoted(bytes: Uint8Array): string {
  const inner = decodeText(bytes.subarray(1, -1));
  return inner.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (whole, escape: string) => {
    if (escape.length > 1) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", '"': '"', "\\": "\\", "/": "/" }[escape] ?? whole;
  });
}

export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): JsonText {
  const reader = new JsonReader(bytes, limits);
  reader.skipSpace();
  const root = reader.value(reader.at, undefined, 0);
  const end = reader.at;
  if (reader.problem !== undefined) return { root, end, problem: reader.problem };
  reader.skipSpace();
  return reader.at < bytes.length ? { root, end: reader.at, problem: "bytes follow the value" } : { root, end: bytes.length };
}

/** Member of an object; of several with the same key the last, as JSON readers have it. */
export function member(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return value?.kind === "object" ? value.children.findLast((child) => child.key === key) : undefined;
}

/** By a list of keys; undefined where one is missing. */
export function memberAt(value: JsonValue | undefined, ...keys: readonly string[]): JsonValue | undefined {
  let current = value;
  for (const key of keys) current = member(current, key);
  return current;
}

/** A string, or a number or literal as text; undefined for containers and for nothing. */
export function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value.kind === "object" || value.kind === "array" || value.value === null) return undefined;
  return String(value.value);
}

/**
 * Path of every child of a value: its key or index behind the path of the value, joined by dots. Signs with a meaning in
 * paths are written as `%` and two hex digits where a key has them, so that no two values have one path. Of members with
 * the same key the last one holds, and has the plain path.
 */
export function childPaths({ children }: JsonValue, path: string): readonly string[] {
  const last = new Map(children.map(({ key }, index) => [key, index]));
  return children.map(({ key, start }, index) => {
    if (key === undefined) return stepInto(path, String(index));
    return stepInto(path, last.get(key) === index ? pathStep(key) : `${pathStep(key)}@${start}`);
  });
}

/** Path of the member that holds a key. */
export function memberPath(path: string, key: string): string {
  return stepInto(path, pathStep(key));
}

function stepInto(path: string, step: string): string {
  return path === "" ? step : `${path}.${step}`;
}

/** A lone `%` is the empty key. `@` begins what is no member, `first-last` is a group of elements. */
function pathStep(key: string): string {
  if (key === "") return "%";
  return key.replace(/[%.@]|(?<=^\d+)-(?=\d+$)/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
