/** Numbers and texts into bytes, in the byte order and with the word size of the file that is written. */
export class ByteWriter {
  readonly little: boolean;
  readonly wordSize: 4 | 8;
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor(little: boolean, wordSize: 4 | 8) {
    this.little = little;
    this.wordSize = wordSize;
  }

  get length(): number {
    return this.#length;
  }

  #room(more: number): number {
    const at = this.#length;
    if (at + more > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(at + more, this.#bytes.length * 2));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    this.#length += more;
    return at;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#view.setUint16(at, value, this.little);
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#view.setUint32(at, value, this.little);
    return this;
  }

  u64(value: bigint): this {
    // Making room may replace the view.
    const at = this.#room(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), this.little);
    return this;
  }

  /** A word of the class; the upper half is lost in 32-bit files. */
  word(value: bigint | number): this {
    return this.wordSize === 8 ? this.u64(BigInt(value)) : this.u32(Number(BigInt.asUintN(32, BigInt(value))));
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Zeros up to a multiple of `size`, or to a length. */
  align(size: number): this {
    return this.zeros((size - (this.#length % size)) % size);
  }

  zeros(count: number): this {
    this.#room(Math.max(0, count));
    return this;
  }

  /** The bytes so far; writing on may change them. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
