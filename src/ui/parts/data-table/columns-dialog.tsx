/** Which columns are shown, in which order and how wide: everything that the mouse can do on the header, with the keyboard. */
import type { ReactNode } from "react";
import type { TableInfo } from "../../../core/index.ts";
import styles from "../../styles/columns-dialog.module.css";
import { Dialog } from "../dialog.tsx";
import { MIN_WIDTH, type ColumnControl } from "./table-model.ts";

interface ColumnsDialogProps {
  readonly info: TableInfo;
  readonly control: ColumnControl;
  readonly onClose: () => void;
}

export function ColumnsDialog({ info, control, onClose }: ColumnsDialogProps): ReactNode {
  const { choices, change, reset, model } = control;
  const columns = choices.order.flatMap((name) => info.columns.find((column) => column.name === name) ?? []);
  const visibleCount = columns.filter(({ name }) => choices.visible[name] === true).length;
  const place = (name: string, step: 1 | -1): void => {
    const order = [...choices.order];
    const from = order.indexOf(name);
    const to = from + step;
    if (to < 0 || to >= order.length) return;
    order.splice(from, 1);
    order.splice(to, 0, name);
    change({ order });
  };
  return (
    <Dialog title={`Columns of ${info.label}`} onClose={onClose}>
      <ul className={styles.list}>
        {columns.map(({ name, label, doc }, index) => (
          <li key={name} className={styles.item}>
            <label title={doc}>
              <input
                type="checkbox"
                checked={choices.visible[name] === true}
                disabled={choices.visible[name] === true && visibleCount === 1}
                onChange={(event) => change({ visible: { ...choices.visible, [name]: event.target.checked } })}
              />
              <span className={styles.label}>{label}</span>
              <span className={styles.doc}>{doc}</span>
            </label>
            <button type="button" aria-label={`Move ${label} to the left`} disabled={index === 0} onClick={() => place(name, -1)}>
              ↑
            </button>
            <button type="button" aria-label={`Move ${label} to the right`} disabled={index === columns.length - 1} onClick={() => place(name, 1)}>
              ↓
            </button>
            <input
              type="number"
              aria-label={`Width of ${label} in pixels`}
              min={MIN_WIDTH}
              max={2000}
              step={8}
              value={Math.round(model.getColumn(name)?.getSize() ?? MIN_WIDTH)}
              onChange={(event) => {
                const width = event.target.valueAsNumber;
                if (width >= MIN_WIDTH && width <= 2000) change({ widths: { ...choices.widths, [name]: width } });
              }}
            />
          </li>
        ))}
      </ul>
      <p className={styles.foot}>
        <button type="button" onClick={() => change({ visible: Object.fromEntries(info.columns.map(({ name }) => [name, true])) })}>
          Show all
        </button>
        <button type="button" onClick={reset}>
          As at the start
        </button>
        <span>Kept in this browser for every image.</span>
      </p>
    </Dialog>
  );
}

