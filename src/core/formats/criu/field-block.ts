/**
 * A block of bytes put together from number fields of messages, which knows for each byte the field it came from. Registers
 * are decoded from such blocks, so that images need no description of the register sets of their own.
 */
import type { PlaceOf, RegisterArea } from "../../machine/register-area.ts";
import { putBytes, toBytes } from "../../machine/register-area.ts";
import type { MessageValue } from "../../schema/decode-message.ts";

interface Piece {
  readonly start: number;
  readonly end: number;
  /** Bytes of an element of a list; 0 for a single field. */
  readonly width: number;
  readonly path: string;
}

export class FieldBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #little: boolean;
  readonly #pieces: Piece[] = [];
  /** Last field of what was asked for, by the path of the first. */
  readonly #lastPaths = new Map<string, string>();

  constructor(size: number, little: boolean) {
    this.bytes = new Uint8Array(size);
    this.#little = little;
  }

  /** A single field, whose name is the last step of its path, if the message has it. */
  number(message: MessageValue | undefined, path: string, offset: number, width: number): void {
    const value = message?.big(nameOf(path));
    if (value === undefined) return;
    putBytes(this.bytes, offset, width, toBytes(value, width), this.#little);
    this.#pieces.push({ start: offset, end: offset + width, width: 0, path });
  }

  /** A repeated field; elements beyond `most` are not looked at. */
  list(message: MessageValue | undefined, path: string, offset: number, width: number, most: number): void {
    const values = message?.numbers(nameOf(path)) ?? [];
    const count = Math.min(values.length, most);
    for (let index = 0; index < count; index++) putBytes(this.bytes, offset + index * width, width, toBytes(values[index]!, width), this.#little);
    if (count > 0) this.#pieces.push({ start: offset, end: offset + count * width, width, path });
  }

  area(record: number): RegisterArea {
    const place: PlaceOf = (offset, size) => {
      const found = this.#pieces.find(({ start, end }) => offset >= start && offset + size <= end);
      if (found === undefined) return undefined;
      const path = fieldAt(found, offset);
      this.#lastPaths.set(path, fieldAt(found, offset + size - 1));
      return { record, path };
    };
    return { bytes: this.bytes, little: this.#little, place };
  }

  /** The last of the fields that a register was put together from, by the path of the first. */
  lastPath(path: string): string {
    return this.#lastPaths.get(path) ?? path;
  }
}

function fieldAt({ start, width, path }: Piece, offset: number): string {
  return width === 0 ? path : `${path}.${Math.floor((offset - start) / width)}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
