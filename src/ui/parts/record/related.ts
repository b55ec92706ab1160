/**
 * Tables that hold more about a row: those that refer to it, and those that refer to what it refers to.
 * A task leads to its registers directly, and to its regions through the memory map that it uses.
 */
import type { Row, TableInfo } from "../../../core/index.ts";
import { IMAGE_TABLE, NO_QUERY, PROBLEM_TABLE, type TableView } from "../../state/view.ts";

export interface Related {
  readonly label: string;
  readonly title: string;
  readonly view: TableView;
}

/** Every row refers to its record, and every record is shown beside the table already. */
const SELF_EVIDENT = "records";

/** That two rows stand in the same file relates them no further. */
const isSelfEvident = (table: string): boolean => table === SELF_EVIDENT || table === IMAGE_TABLE;

/** A record or a problem is about other rows already; those lead further. */
const NO_OWN_RELATIONS: ReadonlySet<string> = new Set([SELF_EVIDENT, PROBLEM_TABLE]);

/** `ownLabel` is what cells that refer to the row show; a filter on such a column asks for that text. */
export function relatedTables(tables: readonly TableInfo[], info: TableInfo, row: Row, ownLabel: string | undefined): readonly Related[] {
  if (NO_OWN_RELATIONS.has(info.name)) return [];
  const targets = [
    ...(ownLabel === undefined ? [] : [{ table: info.name, label: ownLabel }]),
    ...row.cells.flatMap(({ link, text }, index) =>
      link === undefined || isSelfEvident(link.table) || info.columns[index]?.ref !== link.table ? [] : [{ table: link.table, label: text }],
    ),
  ];
  const found = new Map<string, Related>();
  for (const { table, label } of targets) {
    for (const other of tables) {
      if (other.rowCount === 0 || other.name === info.name || other.name === SELF_EVIDENT || found.has(other.name)) continue;
      const column = other.columns.find(({ ref }) => ref === table);
      if (column === undefined) continue;
      found.set(other.name, {
        label: other.label,
        title: `${other.label} whose ${column.label} is ${label}`,
        view: { kind: "table", table: other.name, query: { ...NO_QUERY, filters: { [column.name]: `=${label}` } } },
      });
    }
  }
  return [...found.values()];
}
