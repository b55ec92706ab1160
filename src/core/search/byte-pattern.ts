/** A pattern of a fixed number of bytes, some of which may vary. */
import { shareOf } from "./byte-frequency.ts";

export interface BytePattern {
  /** Byte i fits when `(byte & masks[i]) === values[i]`. */
  readonly values: Uint8Array;
  readonly masks: Uint8Array;
  /**
   * Places at which several bytes vary together (the two forms of a letter outside ASCII), so that the masks let too much
   * pass: one of the alternatives, all of one length, must stand there.
   */
  readonly choices: readonly Choice[];
}

export interface Choice {
  readonly at: number;
  readonly any: readonly Uint8Array[];
}

export function exactBytes(bytes: Uint8Array): BytePattern {
  return { values: bytes, masks: new Uint8Array(bytes.length).fill(0xff), choices: [] };
}

/** Tells whether a pattern stands at a place; what is least likely is compared first. */
export class Verifier {
  readonly length: number;
  /** Index of the byte that did not fit, when `fits` said no; -1 when it was a choice. */
  misfit = -1;
  /** Bytes compared in vain so far. */
  work = 0;
  readonly #order: Int32Array;
  readonly #values: Uint8Array;
  readonly #masks: Uint8Array;
  readonly #choices: readonly Choice[];

  constructor({ values, masks, choices }: BytePattern) {
    this.length = values.length;
    const shares = Array.from(values, (value, index) => shareOf(value, masks[index]!));
    const order = Array.from(shares.keys()).filter((index) => masks[index] !== 0);
    order.sort((a, b) => shares[a]! - shares[b]! || a - b);
    this.#order = Int32Array.from(order);
    this.#values = Uint8Array.from(order, (index) => values[index]!);
    this.#masks = Uint8Array.from(order, (index) => masks[index]!);
    this.#choices = choices;
  }

  /** The pattern must end inside the bytes. */
  fits(bytes: Uint8Array, at: number): boolean {
    const order = this.#order;
    const values = this.#values;
    const masks = this.#masks;
    for (let index = 0; index < order.length; index++) {
      const place = at + order[index]!;
      if ((bytes[place]! & masks[index]!) !== values[index]!) {
        this.misfit = place;
        this.work += index + 1;
        return false;
      }
    }
    if (this.#choices.every((choice) => choice.any.some((form) => standsAt(bytes, at + choice.at, form)))) return true;
    this.misfit = -1;
    this.work += order.length;
    return false;
  }
}

function standsAt(bytes: Uint8Array, at: number, form: Uint8Array): boolean {
  for (let index = 0; index < form.length; index++) if (bytes[at + index] !== form[index]) return false;
  return true;
}
