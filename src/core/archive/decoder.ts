/** What every decompressor looks like, whichever library or platform is behind it. */

export interface DecodeEnd {
  /** Why the data did not end as it should; what was yielded before is a prefix of the true output. */
  readonly damage?: string;
  /** Bytes after the compressed data; absent when there are none or only zeros. */
  readonly trailing?: number;
}

/**
 * Decompress a stream. `chunks` can be iterated more than once, each time from the start: a decoder may begin again with
 * another engine. What was decoded before damage is always yielded; only reading `chunks` throws. What is yielded stays as it
 * is until the next but one is asked for, so that a decoder can work in two buffers by turns.
 */
export type Decoder = (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, DecodeEnd, undefined>;
