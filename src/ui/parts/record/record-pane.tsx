/** The right pane: the record behind the selection, its field tree over its bytes, always in step. */
import { useEffect, type ReactNode } from "react";
import { isSecretRow, mayHoldSecrets, secretsShown } from "../../state/secrets.ts";
import { byteCursor } from "../../state/selection.ts";
import { useStore } from "../../state/store.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { useWorkbench } from "../../state/workbench.ts";
import { IMAGE_TABLE, type View } from "../../state/view.ts";
import { Empty, Failed, Waiting } from "../faces.tsx";
import { AboutAddress } from "../memory/about-address.tsx";
import { RecordView } from "./record-view.tsx";
import { useFocus } from "./use-focus.ts";

export function RecordPane({ view }: { view: View }): ReactNode {
  const { inspector } = useWorkbench().session;
  const answer = useFocus(inspector, view);
  const isHidden = useIsHidden(view);
  if (view.kind === "memory") {
    const record = answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined;
    return (
      <>
        <AboutAddress view={view} />
        {record !== undefined && <RecordView key={record.record} view={view} focus={record} />}
      </>
    );
  }
  if (isHidden) return <HiddenRecord />;
  if (answer.state === "failed") return <Failed what="The bytes behind this could not be found." error={answer.error} />;
  const focus = answer.state === "ready" ? answer.value : answer.previous;
  if (focus === undefined) return answer.state === "waiting" ? <Waiting what="Looking up the record …" /> : <NoRecord view={view} />;
  return <RecordView key={focus.record} view={view} focus={focus} />;
}

/** True while the selected row holds a value that the user did not ask to see; its record would show it. */
function useIsHidden(view: View): boolean {
  const { inspector, tables } = useWorkbench().session;
  const showSecrets = useStore(secretsShown);
  const info = view.kind === "table" ? tables.find(({ name }) => name === view.table) : undefined;
  const row = view.kind === "table" ? view.row : undefined;
  const isAsked = info !== undefined && row !== undefined && !showSecrets && mayHoldSecrets(info);
  const answer = useAnswer(`${isAsked} ${row}`, async () => {
    const found = isAsked ? await inspector.row(info.name, row) : undefined;
    return info !== undefined && found !== undefined && isSecretRow(info, found);
  });
  const known = answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined;
  // Until it is known, nothing is shown.
  return isAsked && known !== false;
}

function HiddenRecord(): ReactNode {
  useNoCursor();
  return (
    <Empty title="The record behind this row holds environment variables.">
      <p>They may be secrets, so neither its fields nor its bytes are shown until you ask for them.</p>
      <p>
        <button type="button" onClick={() => secretsShown.set(true)}>
          Show secrets
        </button>
      </p>
    </Empty>
  );
}

/** Where there are no bytes, the status line must not go on about those that were there before. */
function useNoCursor(hasBytes = false): void {
  useEffect(() => {
    if (!hasBytes) byteCursor.set(undefined);
  }, [hasBytes]);
}

function NoRecord({ view }: { view: View }): ReactNode {
  useNoCursor(view.kind === "bytes");
  if (view.kind === "summary") {
    return (
      <Empty title="No record selected">
        <p>Open a table and select a row: its record appears here, with every field and its bytes.</p>
      </Empty>
    );
  }
  if (view.kind === "bytes") return <Empty title="No record holds this byte." />;
  if (view.kind !== "table") return undefined;
  if (view.table === IMAGE_TABLE && view.row !== undefined) return <Empty title="The file is empty: it has no records and no bytes." />;
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
