/** Stepping through the problems from anywhere: after the one that was looked at last, in the order in which it was listed. */
import { useEffect, useRef } from "react";
import type { Inspector } from "../../core/index.ts";
import type { Navigation } from "../state/navigation.ts";
import { announce } from "../state/selection.ts";
import { useStore } from "../state/store.ts";
import { NO_QUERY, PROBLEM_TABLE, tableView, type TableView, type View } from "../state/view.ts";

const isAtProblem = (view: View): view is TableView => view.kind === "table" && view.table === PROBLEM_TABLE;

/** Moves within the table of problems, jumps there from anywhere else. */
export function useProblemStepper(inspector: Inspector, { view: place, move, go }: Navigation): (step: 1 | -1) => void {
  const last = useRef<TableView | undefined>(undefined);
  const steps = useRef<Promise<void>>(Promise.resolve());
  const view = useStore(place);
  useEffect(() => {
    if (isAtProblem(view) && view.row !== undefined) last.current = view;
  }, [view]);

  const stepOnce = async (step: 1 | -1): Promise<void> => {
    // The place as it is now: a press may come before the page has drawn where the one before it led.
    const from = place.get();
    const next = await problemAfter(inspector, isAtProblem(from) && from.row !== undefined ? from : last.current, step);
    if (place.get() !== from) return;
    if (next === undefined) announce("The image has no problems.");
    else if (isAtProblem(from)) move(next);
    else go(next);
  };
  return (step) => {
    // One after another: two quick presses are two steps. A closed image ends a step, and not those after it.
    steps.current = steps.current.then(() => stepOnce(step)).catch(() => {});
  };
}

/** Wraps round at both ends. Undefined when there is no problem at all. */
async function problemAfter(inspector: Inspector, last: TableView | undefined, step: 1 | -1): Promise<TableView | undefined> {
  const query = last?.query ?? NO_QUERY;
  const { id, matching } = await inspector.query(PROBLEM_TABLE, query);
  // Filters that nothing passes any more are dropped.
  if (matching === 0) return query === NO_QUERY ? undefined : problemAfter(inspector, undefined, step);
  const at = last?.row === undefined ? -1 : await inspector.indexOf(id, last.row);
  const next = at < 0 ? (step === 1 ? 0 : matching - 1) : (at + step + matching) % matching;
  const [row] = await inspector.rows(id, next, next + 1);
  return row && tableView(PROBLEM_TABLE, row.row, query);
}
