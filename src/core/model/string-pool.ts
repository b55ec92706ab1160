/** Every text once: columns hold ids. Texts come from the image, so they are map keys and never keys of a bare object. */
export class StringPool {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];

  add(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#texts.length;
      this.#texts.push(text);
      this.#ids.set(text, id);
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
