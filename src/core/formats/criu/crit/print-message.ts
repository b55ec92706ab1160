/**
 * The fields of a message as members of a JSON object, in the forms of crit: only fields that are set, in the order of their
 * numbers; enums by name; bytes as base64.
 */
import type { Abi } from "../../../schema/abi.ts";
import { MessageValue, type ScalarValue } from "../../../schema/decode-message.ts";
import type { Message, MessageField } from "../../../schema/message.ts";
import { base64Lines } from "./base64.ts";
import { shownNumber } from "./display.ts";
import { addressText } from "./ip-text.ts";
import type { JsonWriter } from "./json-writer.ts";
import { quotedPrintable } from "./quoted-printable.ts";
import { textOfBytes } from "./text.ts";
import { UNKNOWN_KEY, type UnknownField, type UnknownFields } from "./unknown-fields.ts";

export interface PrintStyle {
  /** Numbers by their display options, as `crit decode --pretty` prints them. */
  readonly pretty: boolean;
  /** Byte order of the image: addresses of sockets depend on it. */
  readonly little: boolean;
}

/** Enums of messages are the same on every machine. */
export const ANY_ABI: Abi = { endian: "little", longSize: 8, u64Align: 8, pageSize: 4096, architecture: "", revision: 0 };

const ordered = new WeakMap<Message, readonly MessageField[]>();

function inOrder(message: Message): readonly MessageField[] {
  let fields = ordered.get(message);
  if (fields === undefined) ordered.set(message, (fields = message.fields.toSorted((a, b) => a.number - b.number)));
  return fields;
}

/** Members of the object that `out` has open. */
export function printMessage(value: MessageValue, out: JsonWriter, style: PrintStyle, unknown?: UnknownFields): void {
  new Printer(out, style, unknown).members(value, "", false);
}

class Printer {
  readonly #out: JsonWriter;
  readonly #style: PrintStyle;
  readonly #unknown: UnknownFields | undefined;

  constructor(out: JsonWriter, style: PrintStyle, unknown: UnknownFields | undefined) {
    this.#out = out;
    this.#style = style;
    this.#unknown = unknown;
  }

  members(value: MessageValue, path: string, inHex: boolean): void {
    for (const field of inOrder(value.message)) {
      const held = value.value(field);
      if (held === undefined) continue;
      const isHex = inHex || field.hint?.as === "hex";
      const inner = this.#unknown === undefined ? "" : path === "" ? field.name : `${path}.${field.name}`;
      if (field.label !== "repeated") {
        this.#out.key(field.name);
        this.#value(field, held as ScalarValue | MessageValue, inner, isHex);
        continue;
      }
      const items = held as readonly (ScalarValue | MessageValue)[];
      if (items.length === 0) continue;
      this.#out.key(field.name);
      this.#out.beginArray();
      const address = this.#style.pretty && field.hint?.as === "ip" ? addressText(items as readonly number[], this.#style.little) : undefined;
      if (address !== undefined) {
        this.#out.item();
        this.#out.string(address);
      } else {
        for (const [index, item] of items.entries()) {
          this.#out.item();
          this.#value(field, item, this.#unknown === undefined ? "" : `${inner}.${index}`, isHex);
        }
      }
      this.#out.end();
    }
    const unknown = this.#unknown?.get(path);
    if (unknown !== undefined) this.#unknownList(unknown);
  }

  #value(field: MessageField, value: ScalarValue | MessageValue, path: string, inHex: boolean): void {
    const out = this.#out;
    if (value instanceof MessageValue) {
      out.beginObject();
      this.members(value, path, inHex);
      out.end();
    } else if (value instanceof Uint8Array) {
      out.string(field.type === "string" ? textOfBytes(value) : field.hint?.as === "unix-name" ? quotedPrintable(value) : base64Lines(value));
    } else if (typeof value === "boolean") out.boolean(value);
    else {
      const text = field.type === "enum" ? field.names!.at(ANY_ABI).get(Number(value)) : this.#style.pretty ? shownNumber(field, value, inHex) : undefined;
      if (text === undefined) out.number(value);
      else out.string(text);
    }
  }

  #unknownList(fields: readonly UnknownField[]): void {
    const out = this.#out;
    out.key(UNKNOWN_KEY);
    out.beginArray();
    for (const { number, wire, value } of fields) {
      out.item();
      out.beginObject();
      out.key("number");
      out.number(number);
      out.key("wire");
      out.number(wire);
      out.key("value");
      if (value instanceof Uint8Array) out.string(base64Lines(value));
      else out.number(value);
      out.end();
    }
    out.end();
  }
}
