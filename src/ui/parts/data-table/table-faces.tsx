/** What a table says when rows are missing from it, and the way to see them. */
import type { ReactNode } from "react";
import type { TableInfo } from "../../../core/index.ts";
import styles from "../../styles/data-table.module.css";
import { Empty } from "../faces.tsx";

export function NoRows({ info, total, onClear }: { info: TableInfo; total: number; onClear: () => void }): ReactNode {
  if (total === 0) return <Empty title={info.empty ?? `The image has no ${info.label.toLowerCase()}.`} />;
  return (
    <Empty title="No row passes the filters.">
      <button type="button" onClick={onClear}>
        Show all rows
      </button>
    </Empty>
  );
}

export function HiddenRow({ onClear }: { onClear: () => void }): ReactNode {
  return (
    <p className={styles.note} role="status">
      The selected row is hidden by the filters.{" "}
      <button type="button" onClick={onClear}>
        Show all rows
      </button>
    </p>
  );
}
