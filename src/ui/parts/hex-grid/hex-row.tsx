/** One row of a hex grid. Every property is a plain value, so an unchanged row is not redrawn. */
import { memo, type ReactNode } from "react";
import styles from "../../styles/hex-grid.module.css";
import { hexOfByte, printable } from "../byte-text.ts";
import { cx } from "../cx.ts";
import { gapEvery } from "./cursor.ts";
import { FIELD_START, FRAME, ODD_FIELD, PADDING, RECORD_START, TRUNCATED, UNEXPLAINED } from "./field-marks.ts";

interface HexRowProps {
  readonly gridId: string;
  readonly rowNumber: number;
  /** Offset of the first byte. */
  readonly start: number;
  readonly offsetText: string;
  readonly columns: number;
  readonly group: number;
  /** Bytes as characters 0 to 255; undefined while they are on their way. */
  readonly bytes: string | undefined;
  /** Bytes that the row has: fewer than `columns` in the last row. */
  readonly length: number;
  /** Flags of field-marks.ts as characters; shorter than the row while they are on their way. */
  readonly marks: string;
  /** Places in the row, half-open; -1 for none. */
  readonly selectedFrom: number;
  readonly selectedTo: number;
  readonly litFrom: number;
  readonly litTo: number;
  readonly cursor: number;
  /** Records that begin in this row. */
  readonly note: string;
}

export const HexRow = memo(function HexRow(props: HexRowProps): ReactNode {
  const { gridId, rowNumber, start, offsetText, columns, group, bytes, length, note } = props;
  const places = Array.from({ length: columns }, (_, at) => at);
  const every = gapEvery(group);
  const text = bytes === undefined ? "" : Array.from({ length }, (_, at) => printable(bytes.charCodeAt(at))).join("");
  return (
    <div role="row" aria-rowindex={rowNumber + 1} className={styles.row}>
      <span role="rowheader" className={styles.offset}>
        {offsetText}
      </span>
      <span className={styles.hex} role="presentation">
        {places.map((at) =>
          at < length ? (
            <span
              key={at}
              id={`${gridId}-${start + at}`}
              role="gridcell"
              aria-colindex={at + 2}
              aria-selected={at >= props.selectedFrom && at < props.selectedTo ? true : undefined}
              data-offset={start + at}
              className={cx(byteClass(props, at), at % every === every - 1 && at < columns - 1 && styles.gap)}
            >
              {bytes === undefined ? "··" : hexOfByte(bytes.charCodeAt(at))}
            </span>
          ) : (
            <span key={at} aria-hidden="true" className={cx(styles.byte, at % every === every - 1 && at < columns - 1 && styles.gap)}>
              {"  "}
            </span>
          ),
        )}
      </span>
      <span className={styles.text} role="gridcell" aria-colindex={columns + 2} aria-label={`as text: ${text}`}>
        {places.slice(0, length).map((at) => (
          <span key={at} data-offset={start + at} className={byteClass(props, at)}>
            {bytes === undefined ? " " : printable(bytes.charCodeAt(at))}
          </span>
        ))}
        {length < columns && <span aria-hidden="true">{" ".repeat(columns - length)}</span>}
      </span>
      <span className={styles.note} aria-hidden="true">
        {note}
      </span>
    </div>
  );
});

function byteClass({ marks, bytes, selectedFrom, selectedTo, litFrom, litTo, cursor }: HexRowProps, at: number): string {
  const flags = at < marks.length ? marks.charCodeAt(at) : 0;
  const isLit = at >= litFrom && at < litTo;
  return cx(
    styles.byte,
    (flags & ODD_FIELD) !== 0 && styles.odd,
    (flags & FIELD_START) !== 0 && styles.fieldStart,
    (flags & RECORD_START) !== 0 && styles.recordStart,
    (flags & PADDING) !== 0 && styles.padding,
    (flags & FRAME) !== 0 && styles.frame,
    (flags & UNEXPLAINED) !== 0 && styles.unexplained,
    (flags & TRUNCATED) !== 0 && styles.truncated,
    bytes !== undefined && bytes.charCodeAt(at) === 0 && styles.zero,
    isLit && styles.lit,
    isLit && at === litFrom && styles.litFirst,
    isLit && at === litTo - 1 && styles.litLast,
    at >= selectedFrom && at < selectedTo && styles.selected,
    at === cursor && styles.cursor,
  );
}
