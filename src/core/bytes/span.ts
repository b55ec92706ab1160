/** Half-open range of bytes in one file of the opened set: `start` is in, `end` is not. */
export interface Span {
  /** Index into the file set. */
  readonly file: number;
  readonly start: number;
  readonly end: number;
}

export function span(file: number, start: number, end: number): Span {
  return { file, start, end };
}
