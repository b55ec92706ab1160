/** Texts of columns, which hold ids; the common ones once. Texts come from the image, so they are map keys and never keys of a bare object. */

/** The first distinct texts are always looked for: a map of so few stays in the processor's cache. */
const COMMON = 4096;
/** Further ones. When there are more than these, they are looked for only while it pays: for a million distinct paths it costs an eighth of the indexing time. */
const FURTHER = 61_440;
/** Lookups that may be made for each that finds its text. */
const FOR_ONE = 8;

export class StringPool {
  readonly #common = new Map<string, number>();
  readonly #further = new Map<string, number>();
  readonly #texts: string[] = [];
  #looked = 0;
  #found = 0;

  add(text: string): number {
    const id = this.#common.get(text);
    if (id !== undefined) return id;
    if (this.#common.size < COMMON) return this.#keep(text, this.#common);
    if (this.#further.size === FURTHER && this.#found * FOR_ONE < this.#looked) return this.#keep(text);
    this.#looked++;
    const further = this.#further.get(text);
    if (further === undefined) return this.#keep(text, this.#further.size < FURTHER ? this.#further : undefined);
    this.#found++;
    return further;
  }

  #keep(text: string, ids?: Map<string, number>): number {
    const id = this.#texts.length;
    this.#texts.push(text);
    ids?.set(text, id);
    return id;
  }

  get(id: number): string {
    return this.#texts[id]!;
  }

  get count(): number {
    return this.#texts.length;
  }
}
