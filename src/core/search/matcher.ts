/**
 * What a compiled pattern is to the search that drives it.
 *
 * A stretch is a sequence of bytes without a gap. It is searched in blocks; positions count along the stretch and are
 * congruent modulo 8 to the addresses of their bytes, so that alignment is told by the position alone.
 */

/** A part of a stretch that is in memory. Matches that begin in [from, limit) are to be reported. */
export interface Block {
  readonly bytes: Uint8Array;
  /** Position of `bytes[0]`. */
  readonly position: number;
  /** Indexes into `bytes`. Bytes before `from` are there for patterns that look behind. */
  readonly from: number;
  readonly limit: number;
  /** The stretch ends with these bytes; otherwise `limit + overlap <= bytes.length`. */
  readonly atEnd: boolean;
}

export interface Match {
  /** Index into the bytes of the block. Negative when the match began in an earlier block. */
  readonly at: number;
  /** Bytes. */
  readonly length: number;
  /** For texts, what they say: at most `MAX_TEXT` bytes of it. */
  readonly text?: string;
  /** The match, or its text, goes on beyond what is given here. */
  readonly cut?: true;
}

/** Returns false to end the search. */
export type OnMatch = (match: Match) => boolean;

/** A search in one stretch, block by block. */
export interface Finder {
  /**
   * Reports matches in order of their places; none begins inside another one. Returns the index to go on from: at least
   * `limit` when the block is done, less when the call took long and wants to be made again with that `from`.
   */
  find(block: Block, onMatch: OnMatch): number;
  /** Places so far of which it could not tell whether a match begins there. */
  readonly unsure?: number;
  /** Position at which a match begins that has not ended yet. */
  readonly pending?: number | undefined;
}

export interface Matcher {
  /** Bytes that must be in memory before the first place looked at (fewer at the start of a stretch). */
  readonly before: number;
  /** Bytes that must be in memory from the last place looked at on, that place's own byte not counted. */
  readonly overlap: number;
  /** A search in a new stretch. */
  start(): Finder;
}

/** A pattern that cannot be searched for, with a sentence that says why. */
export interface Refusal {
  readonly why: string;
}

/** Most bytes of a text pattern or hex pattern. */
export const MAX_PATTERN = 4096;
/** Most bytes of a found text that come as text. */
export const MAX_TEXT = 4096;
