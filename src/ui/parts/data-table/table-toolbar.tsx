/** Over a table: what it is, how many rows, the filter over all columns, columns, downloads. */
import { useRef, useState, type ReactNode, type RefObject } from "react";
import type { ExportFormat, TableInfo, View } from "../../../core/index.ts";
import { changeSettings, settings } from "../../state/settings.ts";
import { mayHoldSecrets, secretsShown } from "../../state/secrets.ts";
import { useStore } from "../../state/store.ts";
import type { TableQuery } from "../../state/view.ts";
import styles from "../../styles/table-toolbar.module.css";
import { Menu, below, type MenuAt } from "../menu.tsx";
import { countText, plural, sizeText } from "../words.ts";
import { LazyInput } from "./header-row.tsx";

interface TableToolbarProps {
  readonly info: TableInfo;
  readonly query: TableQuery;
  readonly view: View | undefined;
  /** The worker filters or sorts. */
  readonly isBusy: boolean;
  /** Gives up what the worker does. Undefined when there is nothing to go back to. */
  readonly onCancel: (() => void) | undefined;
  readonly searchRef: RefObject<HTMLInputElement | null>;
  readonly saving: { readonly written: number; readonly cancel: () => void } | undefined;
  readonly onQuery: (query: TableQuery) => void;
  readonly onColumns: (at: HTMLElement) => void;
  readonly onDownload: (format: ExportFormat) => void;
  readonly onLeave: () => void;
}

const FORMATS: readonly (readonly [ExportFormat, string])[] = [
  ["csv", "CSV, for spreadsheets"],
  ["json", "JSON, one array"],
  ["ndjson", "JSON lines, one row a line"],
  ["text", "Plain text, aligned"],
];

export function TableToolbar(props: TableToolbarProps): ReactNode {
  const { info, query, view, isBusy, onCancel, searchRef, saving, onQuery, onColumns, onDownload, onLeave } = props;
  const { showFilters } = useStore(settings);
  const showSecrets = useStore(secretsShown);
  const [menu, setMenu] = useState<MenuAt | undefined>(undefined);
  const columnsRef = useRef<HTMLButtonElement>(null);
  const label = (name: string): string => info.columns.find((column) => column.name === name)?.label ?? name;
  const isFiltered = query.search !== "" || Object.keys(query.filters).length > 0;

  return (
    <div className={styles.toolbar}>
      <div className={styles.line}>
        <h1 title={info.doc}>{info.label}</h1>
        <p className={styles.count} role="status">
          {view === undefined ? "…" : rowCountText(view)}
        </p>
        {isBusy && (
          <span className={styles.busy}>
            looking through {plural(info.rowCount, "row")} …
            {onCancel !== undefined && (
              <button type="button" onClick={onCancel}>
                Cancel
              </button>
            )}
          </span>
        )}
        <LazyInput
          inputRef={searchRef}
          label={`Filter ${info.label} over all columns`}
          hint="Rows with this text in any column. Esc clears."
          placeholder="Filter rows  /"
          className={styles.search}
          value={query.search}
          onChange={(search) => onQuery({ ...query, search })}
          onLeave={onLeave}
        />
        {mayHoldSecrets(info) && (
          <button type="button" aria-pressed={showSecrets} title="Values of environment variables, which may be secrets" onClick={() => secretsShown.set(!showSecrets)}>
            Show secrets
          </button>
        )}
        <button type="button" aria-pressed={showFilters} onClick={() => changeSettings({ showFilters: !showFilters })}>
          Filters
        </button>
        <button type="button" ref={columnsRef} aria-haspopup="dialog" onClick={(event) => onColumns(event.currentTarget)}>
          Columns
        </button>
        <button type="button" aria-haspopup="menu" onClick={(event) => setMenu(below(event.currentTarget))}>
          Download
        </button>
      </div>
      {(isFiltered || query.sort.length > 0) && (
        <ul className={styles.chips} aria-label="Filters and order in use">
          {query.search !== "" && (
            <Chip text={`any column: ${query.search}`} remove={() => onQuery({ ...query, search: "" })} />
          )}
          {Object.entries(query.filters).map(([column, text]) => (
            <Chip
              key={column}
              text={`${label(column)}: ${text}`}
              remove={() => onQuery({ ...query, filters: withoutKey(query.filters, column) })}
            />
          ))}
          {query.sort.map(({ column, descending }) => (
            <Chip
              key={`sort ${column}`}
              text={`${descending ? "▼" : "▲"} ${label(column)}`}
              remove={() => onQuery({ ...query, sort: query.sort.filter((entry) => entry.column !== column) })}
            />
          ))}
        </ul>
      )}
      {saving !== undefined && (
        <p className={styles.saving} role="status">
          Writing the download: {sizeText(saving.written)} <button onClick={saving.cancel}>Cancel</button>
        </p>
      )}
      {menu !== undefined && (
        <Menu
          label={`Download ${info.label}`}
          at={menu}
          onClose={() => setMenu(undefined)}
          items={FORMATS.map(([format, text]) => ({ label: text, run: () => onDownload(format) }))}
        />
      )}
    </div>
  );
}

function Chip({ text, remove }: { text: string; remove: () => void }): ReactNode {
  return (
    <li className={styles.chip}>
      <span title={text}>{text}</span>
      <button type="button" aria-label={`Remove ${text}`} onClick={remove}>
        ✕
      </button>
    </li>
  );
}

function rowCountText({ matching, total }: View): string {
  return matching === total ? plural(total, "row") : `${countText(matching)} of ${plural(total, "row")}`;
}

export function withoutKey(record: Readonly<Record<string, string>>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
