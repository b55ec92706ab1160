/** Texts of columns, which hold ids; the common ones once. Texts come from the image, so they are map keys and never keys of a bare object. */

/** Distinct texts that are looked for when one is added; beyond that texts get ids of their own, which costs no lookup. */
const MOST_SHARED = 65_536;

export class StringPool {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];

  add(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#texts.length;
      this.#texts.push(text);
      if (this.#ids.size < MOST_SHARED) this.#ids.set(text, id);
    }
    return id;
  }

  get(id: number): string {
    return this.#texts[id]!;
  }

  get count(): number {
    return this.#texts.length;
  }
}
