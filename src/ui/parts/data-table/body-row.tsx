/** One row of a table. Redrawn only when its content, its selection or the columns change. */
import { memo, type ReactNode } from "react";
import type { Cell, ColumnInfo, Row, Severity, TableInfo } from "../../../core/index.ts";
import { HIDDEN_TEXT, HIDDEN_WHY, isSecretCell } from "../../state/secrets.ts";
import styles from "../../styles/data-table.module.css";
import { placeOfCell, type CellPlace } from "./cell-place.ts";
import { cx } from "../cx.ts";
import { PlaceAnchor } from "../place-anchor.tsx";
import { SeverityMark } from "../severity-mark.tsx";
import { shownLinks } from "./shown-links.ts";

interface BodyRowProps {
  readonly gridId: string;
  readonly info: TableInfo;
  /** Position in the view. */
  readonly index: number;
  readonly row: Row | undefined;
  readonly shown: readonly ColumnInfo[];
  readonly cells: readonly (Cell | undefined)[];
  /** Column that shows the depth of a tree table; -1 when the rows are not in tree order. */
  readonly treeColumn: number;
  readonly selected: boolean;
  /** Column of the cell that has the focus, or -1. */
  readonly active: number;
  readonly showSecrets: boolean;
}

const INDENT_PX = 18;
/** Deeper trees stay at this indent: the depth is still told to screen readers. */
const MAX_INDENT = 16;

export const BodyRow = memo(
  function BodyRow({ gridId, info, index, row, shown, cells, treeColumn, selected, active, showSecrets }: BodyRowProps): ReactNode {
    const links = shownLinks(cells, shown);
    return (
      <div
        role="row"
        aria-rowindex={index + 3}
        aria-selected={selected}
        aria-level={treeColumn >= 0 ? (row?.depth ?? 0) + 1 : undefined}
        data-index={index}
        className={cx(styles.row, selected && styles.selected, row?.severity !== undefined && styles[row.severity])}
      >
        <span className={styles.gutter}>{row?.severity !== undefined && <SeverityMark severity={row.severity} silent />}</span>
        {shown.map((column, at) => (
          <div
            key={column.name}
            id={`${gridId}-${index}-${at}`}
            role="gridcell"
            aria-colindex={at + 1}
            data-column={at}
            className={cx(
              styles.cell,
              column.align === "right" && styles.right,
              column.mono && styles.mono,
              active === at && styles.active,
            )}
          >
            {at === 0 && row?.severity !== undefined && <span className="visually-hidden">{row.severity}: </span>}
            {at === treeColumn && <TreeIndent depth={row?.depth ?? 0} />}
            {row !== undefined && !showSecrets && isSecretCell(info, row, column) ? (
              <span className={styles.secret} title={HIDDEN_WHY}>
                {HIDDEN_TEXT}
                <span className="visually-hidden">hidden</span>
              </span>
            ) : (
              <CellContent cell={cells[at]} tone={toneOf(cells[at], column)} place={placeOf(info, row, column, cells[at], links.has(at))} />
            )}
          </div>
        ))}
      </div>
    );
  },
  (before, after) =>
    before.row === after.row &&
    before.index === after.index &&
    before.shown === after.shown &&
    before.selected === after.selected &&
    before.active === after.active &&
    before.showSecrets === after.showSecrets &&
    before.treeColumn === after.treeColumn,
);

function TreeIndent({ depth }: { depth: number }): ReactNode {
  if (depth === 0) return undefined;
  return (
    <span aria-hidden="true" className={styles.indent} style={{ width: Math.min(depth, MAX_INDENT) * INDENT_PX }}>
      └
    </span>
  );
}

/** Where the cell is drawn as a link to. Of several cells that lead to the same row only one is. */
function placeOf(info: TableInfo, row: Row | undefined, column: ColumnInfo, cell: Cell | undefined, isLink: boolean): CellPlace | undefined {
  const place = row === undefined || cell === undefined ? undefined : placeOfCell(info, row, column, cell);
  return place?.kind === "view" && !isLink ? undefined : place;
}

/** The log has severities in the words of the tool that wrote it. */
const WRITTEN_TONES: ReadonlyMap<string, Severity> = new Map([
  ["Error", "error"],
  ["Warn", "warning"],
]);

function toneOf(cell: Cell | undefined, column: ColumnInfo): Severity | undefined {
  return cell?.tone ?? (column.name === "severity" ? WRITTEN_TONES.get(cell?.text ?? "") : undefined);
}

interface CellContentProps {
  readonly cell: Cell | undefined;
  readonly tone: Severity | undefined;
  readonly place: CellPlace | undefined;
}

function CellContent({ cell, tone: severity, place }: CellContentProps): ReactNode {
  if (cell === undefined) return <span className={styles.pending}>…</span>;
  if (cell.value === null && cell.text === "") {
    return (
      <span className={styles.absent} title={cell.absent}>
        –<span className="visually-hidden">{cell.absent ?? "none"}</span>
      </span>
    );
  }
  const title = cell.title ?? cell.absent ?? cell.text;
  const tone = severity === undefined ? undefined : styles[`tone-${severity}`];
  if (place?.kind === "view") {
    return (
      <PlaceAnchor view={place.view} tabIndex={-1} title={title} className={cx(styles.link, tone)}>
        {cell.text}
      </PlaceAnchor>
    );
  }
  if (place !== undefined) {
    // Where these lead is worked out when they are followed; the table listens for all of them.
    return (
      <span data-follow title={title} className={cx(styles.link, styles.follow)}>
        {cell.text}
      </span>
    );
  }
  return (
    <span title={title} className={tone}>
      {severity !== undefined && <SeverityMark severity={severity} silent />}
      {cell.text}
    </span>
  );
}
