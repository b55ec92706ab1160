/** Stepping through the problems from anywhere: after the one that was looked at last, in the order in which it was listed. */
import type { Inspector } from "../../core/index.ts";
import { NO_QUERY, PROBLEM_TABLE, tableView, type TableView } from "../state/view.ts";

/** Wraps round at both ends. Undefined when there is no problem at all. */
export async function problemAfter(inspector: Inspector, last: TableView | undefined, step: 1 | -1): Promise<TableView | undefined> {
  const query = last?.query ?? NO_QUERY;
  const { id, matching } = await inspector.query(PROBLEM_TABLE, query);
  // Filters that nothing passes any more are dropped.
  if (matching === 0) return query === NO_QUERY ? undefined : problemAfter(inspector, undefined, step);
  const at = last?.row === undefined ? -1 : await inspector.indexOf(id, last.row);
  const next = at < 0 ? (step === 1 ? 0 : matching - 1) : (at + step + matching) % matching;
  const [row] = await inspector.rows(id, next, next + 1);
  return row && tableView(PROBLEM_TABLE, row.row, query);
}
