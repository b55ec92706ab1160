/** One row of a table. Redrawn only when its content, its selection or the columns change. */
import { memo, type ReactNode } from "react";
import type { Cell, ColumnInfo, Row } from "../../../core/index.ts";
import styles from "../../styles/data-table.module.css";
import { tableView } from "../../state/view.ts";
import { cx } from "../cx.ts";
import { PlaceAnchor } from "../place-anchor.tsx";
import { SeverityMark } from "../severity-mark.tsx";
import { shownLinks } from "./shown-links.ts";

interface BodyRowProps {
  readonly gridId: string;
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
}

const INDENT_PX = 18;
/** Deeper trees stay at this indent: the depth is still told to screen readers. */
const MAX_INDENT = 16;

export const BodyRow = memo(
  function BodyRow({ gridId, index, row, shown, cells, treeColumn, selected, active }: BodyRowProps): ReactNode {
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
            <CellContent cell={cells[at]} isLink={links.has(at)} />
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

function CellContent({ cell, isLink }: { cell: Cell | undefined; isLink: boolean }): ReactNode {
  if (cell === undefined) return <span className={styles.pending}>…</span>;
  if (cell.value === null && cell.text === "") {
    return (
      <span className={styles.absent} title={cell.absent}>
        –<span className="visually-hidden">{cell.absent ?? "none"}</span>
      </span>
    );
  }
  const title = cell.title ?? cell.absent ?? cell.text;
  const tone = cell.tone === undefined ? undefined : styles[`tone-${cell.tone}`];
  if (cell.link !== undefined && isLink) {
    return (
      <PlaceAnchor view={tableView(cell.link.table, cell.link.row)} tabIndex={-1} title={title} className={cx(styles.link, tone)}>
        {cell.text}
      </PlaceAnchor>
    );
  }
  return (
    <span title={title} className={tone}>
      {cell.tone !== undefined && <SeverityMark severity={cell.tone} silent />}
      {cell.text}
    </span>
  );
}
