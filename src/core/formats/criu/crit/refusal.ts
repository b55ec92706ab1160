/**
 * What is wrong with a JSON text that was to become an image: a sentence with the path of the value. The readers of this
 * folder throw it, since they are nested deeply; `critEncode` catches it and returns it, so that none leaves the folder.
 */

/** Where a value stands: a key or index, and what it is in. */
export interface ValuePath {
  readonly up: ValuePath | undefined;
  readonly key: string | number;
}

export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Refusal";
  }
}

/** `entries[3].reg.flags` */
export function pathText(path: ValuePath): string {
  const { up, key } = path;
  const own = typeof key === "number" ? `[${key}]` : /^[a-z_]\w*$/i.test(key) ? key : JSON.stringify(key);
  return up === undefined ? own : `${pathText(up)}${typeof key === "number" ? "" : "."}${own}`;
}

/** Reject a value: `entries[3].reg.flags: it must be ...`. */
export function refuse(path: ValuePath, message: string): never {
  throw new Refusal(`${pathText(path)}: ${message}`);
}
