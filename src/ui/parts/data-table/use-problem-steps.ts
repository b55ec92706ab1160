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

  const step = (by: 1 | -1): void => {
    if (matching === 0) return;
    if (at === undefined) moveTo(by === 1 ? 0 : matching - 1);
    else moveTo((Math.max(0, at) + by + matching) % matching);
  };
  useCommand("nextProblem", isOn ? () => step(1) : undefined);
  useCommand("previousProblem", isOn ? () => step(-1) : undefined);
}
