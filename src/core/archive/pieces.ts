/** A stream whose bytes were kept in different places: which stretch of it is where. */
import { clampRange, type ByteSource } from "../bytes/source.ts";
import { RefusedBytes } from "../bytes/refused-bytes.ts";

export type Place = "memory" | "scratch" | "refused";

/** Stretches of the stream in order. Three columns: a million small members make two million of them. */
export class Pieces {
  /** Bytes of the stream that were placed. */
  size = 0;
  readonly #starts: number[] = [];
  readonly #places: Place[] = [];
  /** Where the stretch begins in the store it was put in. */
  readonly #addresses: number[] = [];

  /** The next `length` bytes of the stream went to `place`, from `address` on. */
  add(place: Place, address: number, length: number): void {
    if (length === 0) return;
    const last = this.#starts.length - 1;
    const goesOn = last >= 0 && this.#places[last] === place && this.#addresses[last]! + (this.size - this.#starts[last]!) === address;
    if (!goesOn) {
      this.#starts.push(this.size);
      this.#places.push(place);
      this.#addresses.push(address);
    }
    this.size += length;
  }

  /** The stream as one source. `refusal` says why stretches that were not kept cannot be read. */
  source(memory: ByteSource, scratch: ByteSource | undefined, refusal: string): ByteSource {
    const { size } = this;
    const readPart = async (index: number, from: number, to: number, signal?: AbortSignal): Promise<Uint8Array> => {
      const address = this.#addresses[index]! + (from - this.#starts[index]!);
      const place = this.#places[index]!;
      const store = place === "memory" ? memory : place === "scratch" ? scratch : undefined;
      // Scratch space that became full holds less than was meant for it.
      if (store === undefined || address + (to - from) > store.size) throw new RefusedBytes(refusal);
      return await store.read(address, address + (to - from), signal);
    };
    return {
      size,
      read: async (start, end, signal) => {
        const [from, to] = clampRange(size, start, end);
        if (from === to) return new Uint8Array(0);
        let index = this.#indexAt(from);
        if (to <= (this.#starts[index + 1] ?? size)) return await readPart(index, from, to, signal);
        const joined = new Uint8Array(to - from);
        for (let at = from; at < to; index++) {
          const last = Math.min(to, this.#starts[index + 1] ?? size);
          joined.set(await readPart(index, at, last, signal), at - from);
          at = last;
        }
        return joined;
      },
    };
  }

  /** True when all of [start, end) can be read, where the scratch file has `scratchSize` bytes. */
  kept(start: number, end: number, scratchSize: number): boolean {
    for (let index = this.#indexAt(start); index < this.#starts.length && this.#starts[index]! < end; index++) {
      const place = this.#places[index];
      if (place === "refused") return false;
      const last = Math.min(end, this.#starts[index + 1] ?? this.size);
      if (place === "scratch" && this.#addresses[index]! + (last - this.#starts[index]!) > scratchSize) return false;
    }
    return true;
  }

  #indexAt(position: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}
