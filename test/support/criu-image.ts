/** Images of CRIU made for a test: a head, and entries with what follows them. */
import { joinBytes } from "../../src/core/formats/criu/crit/join-bytes.ts";
import { IMAGE_TYPES, IMG_COMMON_MAGIC, IMG_SERVICE_MAGIC } from "../../src/core/formats/criu/image-types.ts";
import { messageOf } from "../../src/core/formats/criu/entries.ts";
import { encodeMessage, type MessageInputs } from "../../src/core/schema/encode-message.ts";

export interface CriuImageOptions {
  readonly endian?: "little" | "big";
  readonly head?: "common" | "service" | "none";
}

/** An entry: values of its message or the bytes of it, and bytes that follow. */
export type CriuEntry = MessageInputs | readonly [message: MessageInputs | Uint8Array, payload: Uint8Array];

export function criuWord(value: number, endian: "little" | "big" = "little"): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, endian === "little");
  return bytes;
}

/** `typeName` is that of the list of image types. */
export function criuImage(typeName: string, entries: readonly CriuEntry[], { endian = "little", head = "common" }: CriuImageOptions = {}): Uint8Array {
  const type = IMAGE_TYPES.find(({ name }) => name === typeName)!;
  const pieces = head === "none" ? [] : [criuWord(head === "common" ? IMG_COMMON_MAGIC : IMG_SERVICE_MAGIC, endian)];
  pieces.push(criuWord(type.magic!, endian));
  for (const [index, entry] of entries.entries()) {
    const [message, payload] = Array.isArray(entry) ? (entry as readonly [MessageInputs | Uint8Array, Uint8Array]) : [entry as MessageInputs, new Uint8Array(0)];
    const body = message instanceof Uint8Array ? message : encodeMessage(messageOf(type, index)!, message);
    pieces.push(criuWord(body.length, endian), body, payload);
  }
  return joinBytes(pieces);
}
