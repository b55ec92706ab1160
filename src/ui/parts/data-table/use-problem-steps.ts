/** What the table of problems does beyond others: the first one is selected at once, and two keys step through them. */
import { useEffect, useEffectEvent } from "react";
import { useCommand } from "../../state/commands.ts";

interface ProblemSteps {
  /** False in every other table. */
  readonly isOn: boolean;
  /** Position of the selected problem in the list. */
  readonly at: number | undefined;
  readonly matching: number;
  /** Row number of the first problem in the list, when it is there. */
  readonly firstRow: number | undefined;
  readonly moveTo: (position: number) => void;
  readonly select: (row: number) => void;
}

export function useProblemSteps({ isOn, at, matching, firstRow, moveTo, select }: ProblemSteps): void {
  const wanted = isOn && at === undefined ? firstRow : undefined;
  const selectNow = useEffectEvent(select);
  useEffect(() => {
    if (wanted !== undefined) selectNow(wanted);
  }, [wanted]);

  // While the list is being fetched the page steps, which asks the core where the last problem stands.
  const isKnown = isOn && matching > 0 && at !== undefined && at >= 0;
  const step = (by: 1 | -1): void => moveTo(((at ?? 0) + by + matching) % matching);
  useCommand("nextProblem", isKnown ? () => step(1) : undefined);
  useCommand("previousProblem", isKnown ? () => step(-1) : undefined);
}
