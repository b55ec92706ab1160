/** The checkpoints that were opened together, and the way from one to another: the same files, read again. */
import type { CheckpointChoice } from "../../../core/index.ts";
import { NO_QUERY, SUMMARY, tableView, type View } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";

export interface CheckpointChoices {
  readonly choices: readonly CheckpointChoice[];
  readonly shown: CheckpointChoice | undefined;
  /** Where the choice is shown first: the table that is on screen, without its row, else the summary. */
  readonly choose: (name: string) => void;
  readonly href: (name: string) => string;
}

export function useCheckpointChoice(): CheckpointChoices {
  const { session, control, navigation } = useWorkbench();
  const { summary, files, image } = session;
  return {
    choices: summary.choices,
    shown: summary.choices.find(({ shown }) => shown),
    href: (name) => navigation.href(SUMMARY, { checkpoint: name }),
    choose(name) {
      void control.open({
        files,
        options: { checkpoint: name },
        view: placeInAnother(navigation.view.get()),
        ...(image.sample === undefined ? {} : { sample: image.sample }),
      });
    },
  };
}

/** Rows, records and files have other numbers in another checkpoint; tables are the same. */
export function placeInAnother(view: View): View {
  return view.kind === "table" && view.table !== "checkpoints" ? tableView(view.table, undefined, { ...NO_QUERY, filters: view.query.filters, search: view.query.search }) : SUMMARY;
}

/** `.` is the set as a whole. */
export function checkpointName(name: string): string {
  return name === "." || name === "" ? "(top)" : name;
}
