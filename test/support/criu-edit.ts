/** Change messages of real images: each entry as plain values and the bytes behind it, written back with mended sizes. */
import { memorySource } from "../../src/core/bytes/source.ts";
import { Window } from "../../src/core/bytes/window.ts";
import { joinBytes } from "../../src/core/formats/criu/crit/join-bytes.ts";
import { messageOf, walkEntries } from "../../src/core/formats/criu/entries.ts";
import { identify } from "../../src/core/formats/criu/identify.ts";
import { MessageValue, type FieldValue } from "../../src/core/schema/decode-message.ts";
import { encodeMessage, type MessageInputs } from "../../src/core/schema/encode-message.ts";
import { criuWord } from "./criu-image.ts";
import { bytesOf, type InputFile } from "./criu-open.ts";

/** A message as values that may be changed. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests reach into messages by the names of their fields
export type Editable = Record<string, any>;

export interface EditableEntry {
  /** Values, or bytes in place of a message. */
  message: Editable | Uint8Array;
  payload: Uint8Array;
}

function editable(value: MessageValue): Editable {
  const plain = (found: FieldValue): unknown => (found instanceof MessageValue ? editable(found) : Array.isArray(found) ? found.map((item) => plain(item as FieldValue)) : found instanceof Uint8Array ? found.slice() : found);
  return Object.fromEntries(value.message.fields.flatMap((field) => (value.value(field) === undefined ? [] : [[field.name, plain(value.value(field)!)]])));
}

/** Bytes of an image with its entries changed; `edit` may change the list or answer another. */
export async function editBytes(name: string, bytes: Uint8Array, edit: (entries: EditableEntry[]) => EditableEntry[] | void, endian?: "little" | "big"): Promise<Uint8Array> {
  const { type, headLength, endian: found = "little" } = identify(name, bytes);
  const window = new Window(memorySource(bytes));
  window.little = found === "little";
  const entries: EditableEntry[] = [];
  await walkEntries(window, type!, headLength, {
    onEntry: ({ value, bodyEnd, end }) => void entries.push({ message: editable(value), payload: bytes.slice(bodyEnd, end) }),
    onProblem: ({ message }) => {
      throw new Error(message);
    },
  });
  const order = endian ?? found;
  const head = bytes.slice(0, headLength);
  if (order !== found) for (let at = 0; at < headLength; at += 4) head.subarray(at, at + 4).reverse();
  const pieces: Uint8Array[] = [head];
  for (const [index, { message, payload }] of (edit(entries) ?? entries).entries()) {
    const body = message instanceof Uint8Array ? message : encodeMessage(messageOf(type!, index)!, message as MessageInputs);
    pieces.push(criuWord(body.length, order), body, payload);
  }
  return joinBytes(pieces);
}

/** The set with one of its files changed. `name` is the end of its path; it must be there. */
export async function withEdited(files: readonly InputFile[], name: string, edit: (entries: EditableEntry[]) => EditableEntry[] | void, endian?: "little" | "big"): Promise<InputFile[]> {
  return await withBytes(files, name, async (bytes) => await editBytes(name, bytes, edit, endian));
}

export async function withBytes(files: readonly InputFile[], name: string, change: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>): Promise<InputFile[]> {
  const index = indexOf(files, name);
  return files.with(index, { ...files[index]!, source: memorySource(await change(await bytesOf(files[index]!.source))) });
}

export function without(files: readonly InputFile[], name: string): InputFile[] {
  return files.toSpliced(indexOf(files, name), 1);
}

export function indexOf(files: readonly InputFile[], name: string): number {
  const index = files.findIndex((file) => file.name === name || file.name.endsWith(`/${name}`));
  if (index < 0) throw new Error(`there is no ${name}`);
  return index;
}
