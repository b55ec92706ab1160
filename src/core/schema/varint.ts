/** Base-128 numbers of protobuf, read as two 32-bit halves: no bigint is made unless somebody needs one. */

/** A reader over bytes in memory that never passes its end. `low`, `high` and `ok` are those of the last varint read. */
export class VarintReader {
  readonly bytes: Uint8Array;
  position: number;
  end: number;
  low = 0;
  high = 0;
  /** Why the last read failed; empty when it did not. */
  failure: "" | "cut" | "long" = "";

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /**
   * Read a varint of at most ten bytes; bits above 64 are dropped, as protobuf's own readers do.
   * False when the data ends inside it or it has no end in ten bytes: the position then stays where it was.
   */
  next(): boolean {
    const { bytes, end } = this;
    let at = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) {
        this.failure = "cut";
        return false;
      }
      const byte = bytes[at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= shift - 32 < 32 ? bits << (shift - 32) : 0;
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        this.position = at;
        this.failure = "";
        return true;
      }
    }
    this.failure = "long";
    return false;
  }

  /** The last varint as a number where that is exact, else as a bigint. */
  unsigned(): number | bigint {
    return this.high < 0x20_0000 ? this.high * 0x1_0000_0000 + this.low : (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  signed(): number | bigint {
    if (this.high < 0x20_0000) return this.high * 0x1_0000_0000 + this.low;
    // Small negative numbers have all upper bits set.
    if (this.high >= 0xffe0_0000) return (this.high - 0x1_0000_0000) * 0x1_0000_0000 + this.low;
    return BigInt.asIntN(64, (BigInt(this.high) << 32n) | BigInt(this.low));
  }

  /** Zigzag form: 0, -1, 1, -2 ... */
  zigzag(): number | bigint {
    if (this.high < 0x20_0000) {
      const value = this.high * 0x1_0000_0000 + this.low;
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    const wide = (BigInt(this.high) << 32n) | BigInt(this.low);
    return (wide >> 1n) ^ -(wide & 1n);
  }
}

/** Bytes of a varint, shortest form, appended to `out`. */
export function pushVarint(out: number[], value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
}
