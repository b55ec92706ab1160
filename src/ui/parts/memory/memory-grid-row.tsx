/** One row of the hex grid of a space: bytes, or a run of addresses without bytes. An unchanged row is not redrawn. */
import { memo, type ReactNode } from "react";
import { formatHex, formatSize, type MemoryRow } from "../../../core/index.ts";
import hex from "../../styles/hex-grid.module.css";
import styles from "../../styles/memory-grid.module.css";
import { hexOfByte, printable } from "../byte-text.ts";
import { cx } from "../cx.ts";
import { gapEvery } from "../hex-grid/cursor.ts";
import { wordAt, type ByteOrder } from "./memory-words.ts";
import { depthText, pieceText } from "./pieces.ts";
import { ShareMark } from "./share-mark.tsx";
import { shareOf } from "./sums.ts";
import { areReal } from "./use-memory-rows.ts";

interface MemoryGridRowProps {
  readonly gridId: string;
  readonly rowNumber: number;
  /** Undefined while it is on its way. */
  readonly row: MemoryRow | undefined;
  readonly columns: number;
  /** Bytes of a cell. */
  readonly word: number;
  readonly order: ByteOrder;
  /** Bytes of a pointer. */
  readonly pointerSize: number;
  /** Labels of the words that point into mapped memory, by their place in the row. */
  readonly pointers: ReadonlyMap<number, string> | undefined;
  /** Digits of the widest address on screen. */
  readonly digits: number;
  /** Places in the row, half-open; -1 for none. */
  readonly selectedFrom: number;
  readonly selectedTo: number;
  readonly cursor: number;
  /** Region that begins here. */
  readonly note: string;
}

export const MemoryGridRow = memo(function MemoryGridRow(props: MemoryGridRowProps): ReactNode {
  const { row } = props;
  if (row === undefined) return <WaitingRow {...props} />;
  return row.kind === "fold" ? <FoldRow {...props} row={row} /> : <ByteRow {...props} row={row} />;
});

function WaitingRow({ gridId, rowNumber, columns }: MemoryGridRowProps): ReactNode {
  return (
    <div role="row" aria-rowindex={rowNumber + 1} className={hex.row}>
      <span role="gridcell" aria-colspan={columns + 2} id={`${gridId}-${rowNumber}-0`} className={styles.waiting}>
        …
      </span>
    </div>
  );
}

function FoldRow({ gridId, rowNumber, row, columns, digits, selectedTo, cursor }: MemoryGridRowProps & { row: MemoryRow & { kind: "fold" } }): ReactNode {
  const { piece } = row;
  const share = shareOf(piece);
  const size = formatSize(piece.end - piece.start);
  return (
    <div role="row" aria-rowindex={rowNumber + 1} data-row={rowNumber} className={cx(hex.row, styles.fold)}>
      <span role="rowheader" className={hex.offset}>
        <span aria-hidden="true" className={styles.depth}>
          {" "}
        </span>
        {piece.start.toString(16).padStart(digits, "0")}
      </span>
      <span
        id={`${gridId}-${rowNumber}-0`}
        role="gridcell"
        aria-colindex={2}
        aria-colspan={columns + 1}
        aria-selected={selectedTo >= 0 ? true : undefined}
        data-at={0}
        className={cx(styles.reason, selectedTo >= 0 && hex.selected, cursor >= 0 && hex.cursor)}
      >
        {share === undefined ? <span aria-hidden="true">· · ·</span> : <ShareMark share={share} />}
        <span className={styles.size}> {size}</span> to <span className={styles.until}>{formatHex(piece.end - 1n)}</span>: {pieceText(piece)}
      </span>
    </div>
  );
}

function ByteRow(props: MemoryGridRowProps & { row: MemoryRow & { kind: "bytes" } }): ReactNode {
  const { gridId, rowNumber, row, columns, word, digits, note } = props;
  const cells = Array.from({ length: Math.ceil(columns / word) }, (_, at) => at * word);
  const places = Array.from({ length: row.bytes.length }, (_, at) => at);
  const text = places.map((at) => (areReal(row.real, at, 1) ? printable(row.bytes[at] ?? 0) : " ")).join("");
  return (
    <div role="row" aria-rowindex={rowNumber + 1} data-row={rowNumber} className={cx(hex.row, row.depth > 0 && styles.parent)}>
      <span role="rowheader" className={hex.offset} title={row.depth > 0 ? depthText(row.depth) : undefined}>
        <span className={styles.depth}>
          {row.depth > 0 ? <span aria-hidden="true">{row.depth > 9 ? "+" : row.depth}</span> : " "}
          {row.depth > 0 && <span className="visually-hidden">{depthText(row.depth)}: </span>}
        </span>
        {row.address.toString(16).padStart(digits, "0")}
      </span>
      <span className={hex.hex} role="presentation">
        {cells.map((at) => (
          <WordCell key={at} {...props} id={`${gridId}-${rowNumber}-${at}`} at={at} />
        ))}
      </span>
      <span className={hex.text} role="gridcell" aria-colindex={columns / word + 2} aria-label={`as text: ${text}`}>
        {places.map((at) => (
          <span key={at} data-at={at} className={placeClass(props, at, 1)}>
            {text[at]}
          </span>
        ))}
      </span>
      <span className={hex.note} aria-hidden="true">
        {note}
      </span>
    </div>
  );
}

/** A byte or a word; as a number, in the byte order of the space. */
function WordCell(props: MemoryGridRowProps & { row: MemoryRow & { kind: "bytes" }; id: string; at: number }): ReactNode {
  const { id, row, at, word, order, columns, pointerSize, pointers } = props;
  const isThere = areReal(row.real, at, word);
  const label = pointers?.get(at - (at % pointerSize));
  const every = gapEvery(word);
  const isLast = at + word >= columns;
  return (
    <span
      id={id}
      role="gridcell"
      aria-colindex={at / word + 2}
      aria-selected={at < props.selectedTo && at + word > props.selectedFrom ? true : undefined}
      aria-label={isThere ? undefined : absentText(row.real, at, word)}
      data-at={at}
      title={label === undefined ? undefined : `points to ${label}`}
      className={cx(
        placeClass(props, at, word),
        label !== undefined && styles.pointer,
        word > 1 && styles.word,
        (at + word) % every === 0 && !isLast && hex.gap,
      )}
    >
      {isThere ? wordAt(row.bytes, at, word, order).toString(16).padStart(word * 2, "0") : partText(row, at, word, order)}
    </span>
  );
}

/** The bytes of a word that has not all of them, in the order in which the word is written. */
function partText(row: MemoryRow & { kind: "bytes" }, at: number, word: number, order: ByteOrder): string {
  const places = Array.from({ length: word }, (_, place) => at + place);
  return (order === "big" ? places : places.reverse()).map((place) => (areReal(row.real, place, 1) ? hexOfByte(row.bytes[place] ?? 0) : "··")).join("");
}

function absentText(real: number, at: number, word: number): string {
  const missing = Array.from({ length: word }, (_, place) => at + place).filter((place) => !areReal(real, place, 1)).length;
  return missing === word ? "not in the files" : `${missing} of ${word} bytes not in the files`;
}

function placeClass({ row, selectedFrom, selectedTo, cursor }: MemoryGridRowProps, at: number, size: number): string {
  const bytes = row?.kind === "bytes" ? row : undefined;
  const isThere = bytes !== undefined && areReal(bytes.real, at, size);
  return cx(
    hex.byte,
    !isThere && styles.absent,
    isThere && bytes.bytes.subarray(at, at + size).every((byte) => byte === 0) && hex.zero,
    at < selectedTo && at + size > selectedFrom && hex.selected,
    cursor >= at && cursor < at + size && hex.cursor,
  );
}
