/**
 * `crit encode`: an image from the JSON of `crit decode`, plain or pretty. Entry by entry, so that memory holds the text, the
 * image and one entry.
 */
import { ByteWriter } from "../../../schema/encode.ts";
import { messageOf } from "../entries.ts";
import { IMG_COMMON_MAGIC, IMG_SERVICE_MAGIC, type ImageType } from "../image-types.ts";
import { JsonReader } from "./json-reader.ts";
import { critPayload } from "./print-payload.ts";
import { readMessage } from "./read-message.ts";
import { payloadBytes } from "./read-payload.ts";
import { Refusal, refuse, type ValuePath } from "./refusal.ts";
import { typeNamed, usualHead, type HeadKind } from "./type-names.ts";

export interface CritEncodeOptions {
  /** Byte order of the machine that the image is for; little without it, as crit writes on every machine in use. */
  readonly endian?: "little" | "big";
  /** What stands before the magic number of the type; without it what CRIU 1.6 and later writes for the type. */
  readonly head?: HeadKind;
}

/** The image in pieces, or what is wrong with the text: one sentence with the path of the value. */
export type CritEncoded = { readonly pieces: readonly Uint8Array[] } | { readonly error: string };

/** `json` is UTF-8. */
export function critEncode(json: Uint8Array, options: CritEncodeOptions = {}): CritEncoded {
  try {
    return { pieces: new Encoder(json, options).image() };
  } catch (error) {
    if (error instanceof Refusal) return { error: error.message };
    throw error;
  }
}

/** Bytes in a piece of the image. */
const PIECE = 256 * 1024;

class Encoder {
  readonly #reader: JsonReader;
  readonly #little: boolean;
  readonly #head: HeadKind | undefined;
  readonly #pieces: Uint8Array[] = [];
  #out = new ByteWriter();
  #type: (ImageType & { readonly magic: number }) | undefined;

  constructor(json: Uint8Array, { endian, head }: CritEncodeOptions) {
    this.#reader = new JsonReader(json);
    this.#little = endian !== "big";
    this.#head = head;
  }

  image(): readonly Uint8Array[] {
    const reader = this.#reader;
    const seen = new Set<string>();
    let entriesAt = -1;
    reader.expect("{", 'an object with "magic" and "entries"');
    reader.each("}", () => {
      const name = reader.key(seen);
      seen.add(name);
      if (name === "magic") this.#magic();
      else if (name !== "entries") refuse({ up: undefined, key: name }, 'there is "magic" and "entries" only');
      else if (this.#type !== undefined) this.#entries();
      else {
        // The type comes later: what the entries mean is not known yet.
        entriesAt = reader.position;
        reader.value();
      }
    });
    if (reader.peek() !== "") reader.fail("the text should end here");
    for (const name of ["magic", "entries"]) if (!seen.has(name)) refuse({ up: undefined, key: name }, "it is missing");
    if (entriesAt >= 0) {
      reader.position = entriesAt;
      this.#entries();
    }
    this.#pieces.push(this.#out.finish());
    return this.#pieces;
  }

  #word(value: number): void {
    this.#out.int(this.#out.reserve(4), 4, value, this.#little);
  }

  /** Large contents stand for themselves, small ones are gathered. */
  #append(bytes: Uint8Array): void {
    if (bytes.length < PIECE) this.#out.append(bytes);
    if (bytes.length < PIECE && this.#out.length < PIECE) return;
    this.#pieces.push(this.#out.finish());
    this.#out = new ByteWriter();
    if (bytes.length >= PIECE) this.#pieces.push(bytes);
  }

  #magic(): void {
    const path: ValuePath = { up: undefined, key: "magic" };
    const name = this.#reader.value();
    if (typeof name !== "string") refuse(path, "it must be the name of an image type");
    this.#type = typeNamed(name) ?? refuse(path, `there is no image type ${JSON.stringify(name)} with messages`);
    const head = this.#head ?? usualHead(this.#type);
    if (head !== "none") this.#word(head === "common" ? IMG_COMMON_MAGIC : IMG_SERVICE_MAGIC);
    this.#word(this.#type.magic);
  }

  #entries(): void {
    const reader = this.#reader;
    const path: ValuePath = { up: undefined, key: "entries" };
    if (!reader.takes("[")) refuse(path, "it must be an array");
    let index = 0;
    let inChunks = false;
    reader.each("]", () => {
      inChunks = this.#entry(index, inChunks, { up: path, key: index });
      index++;
    });
  }

  /** `inChunks`: the ghost file that the entries before belong to has its contents in chunks. */
  #entry(index: number, inChunks: boolean, path: ValuePath): boolean {
    const type = this.#type!;
    const little = this.#little;
    const payload = critPayload(type);
    const isGhost = payload?.kind === "ghost";
    if (isGhost && index > 0 && !inChunks) refuse(path, "the contents of a ghost file without chunks stand in its first entry");
    const value = this.#reader.value();
    const { inputs, bytes } = readMessage(messageOf(type, index)!, value, little, path, payload === undefined ? [] : ["extra"]);
    this.#word(bytes.length);
    this.#append(bytes);
    const extra = value instanceof Map ? (value as ReadonlyMap<string, typeof value>).get("extra") : undefined;
    const place = { up: path, key: "extra" };
    if (isGhost && index === 0 && inputs["chunks"] === true) {
      if (extra !== undefined) refuse(place, "the contents of a ghost file with chunks stand in its chunks");
      return true;
    }
    if (payload === undefined) return inChunks;
    const pieces = payloadBytes(payload, extra, { inputs, path: place, little });
    if (isGhost && index > 0 && pieces[0]!.length !== Number(inputs["len"])) refuse(place, `it holds ${pieces[0]!.length} bytes, but len says ${Number(inputs["len"])}`);
    for (const piece of pieces) this.#append(piece);
    return inChunks;
  }
}
