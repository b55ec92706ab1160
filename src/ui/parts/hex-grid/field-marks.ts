/**
 * What each visible byte belongs to, as one small number per byte: neighbouring fields alternate in tint, the first byte of
 * a field and of a record is marked, and padding, framing, unexplained and cut-off bytes are told apart.
 */
import type { FieldExtent } from "../../../core/index.ts";

export const ODD_FIELD = 1;
export const FIELD_START = 2;
export const RECORD_START = 4;
export const PADDING = 8;
export const UNEXPLAINED = 16;
export const TRUNCATED = 32;
/** Tags, lengths and punctuation between values. */
export const FRAME = 64;

export interface FieldMarks {
  readonly start: number;
  /** One number per byte from `start` on: the flags above. */
  readonly flags: Uint8Array;
  readonly fields: readonly FieldExtent[];
}

const ROLE_FLAG = { padding: PADDING, frame: FRAME, unknown: UNEXPLAINED, truncated: TRUNCATED } as const;

/** Marks of the bytes [start, end). `fields` are in order and begin at a record's start, so the alternation is stable. */
export function markFields(fields: readonly FieldExtent[], start: number, end: number): FieldMarks {
  const flags = new Uint8Array(Math.max(0, end - start));
  let isOdd = false;
  let record = -1;
  for (const field of fields) {
    const isFirst = field.record !== record;
    isOdd = isFirst ? false : !isOdd;
    record = field.record;
    const from = Math.max(field.start, start);
    const to = Math.min(field.end, end);
    const flag = (isOdd ? ODD_FIELD : 0) | (field.role === undefined ? 0 : ROLE_FLAG[field.role]);
    flags.fill(flag, Math.max(0, from - start), Math.max(0, to - start));
    if (field.start >= start && field.start < end) {
      const at = field.start - start;
      flags[at] = (flags[at] ?? 0) | FIELD_START | (isFirst ? RECORD_START : 0);
    }
  }
  return { start, flags, fields };
}

/** The field that holds a byte, by binary search. */
export function fieldAt(fields: readonly FieldExtent[], offset: number): FieldExtent | undefined {
  let low = 0;
  let high = fields.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const field = fields[middle];
    if (field === undefined) return undefined;
    if (offset < field.start) high = middle - 1;
    else if (offset >= field.end) low = middle + 1;
    else return field;
  }
  return undefined;
}
