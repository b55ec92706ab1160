/** The right pane: the record behind the selection, its field tree over its bytes, always in step. */
import { type ReactNode } from "react";
import { useWorkbench } from "../../state/workbench.ts";
import type { View } from "../../state/view.ts";
import { Empty, Failed, Waiting } from "../faces.tsx";
import { RecordView } from "./record-view.tsx";
import { useFocus } from "./use-focus.ts";

export function RecordPane({ view }: { view: View }): ReactNode {
  const { inspector } = useWorkbench().session;
  const answer = useFocus(inspector, view);
  if (answer.state === "failed") return <Failed what="The bytes behind this could not be found." error={answer.error} />;
  const focus = answer.state === "ready" ? answer.value : answer.previous;
  if (focus === undefined) return answer.state === "waiting" ? <Waiting what="Looking up the record …" /> : <NoRecord view={view} />;
  return <RecordView key={focus.record} view={view} focus={focus} />;
}

function NoRecord({ view }: { view: View }): ReactNode {
  if (view.kind === "summary") {
    return (
      <Empty title="No record selected">
        <p>Open a table and select a row: its record appears here, with every field and its bytes.</p>
      </Empty>
    );
  }
  if (view.kind === "bytes") return <Empty title="No record holds this byte." />;
  return view.row === undefined ? (
    <Empty title="No row selected">
      <p>Select a row with the mouse, or with j and k: its record appears here, with every field and its bytes.</p>
    </Empty>
  ) : (
    <Empty title="No bytes stand behind this row.">
      <p>It was worked out from several records; its other columns or the rows it links to may have bytes of their own.</p>
    </Empty>
  );
}
