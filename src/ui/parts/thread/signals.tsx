/** The signals that a thread got or that wait for it, with the address that a fault is about. */
import { Fragment, type ReactNode } from "react";
import type { Inspector, TableInfo } from "../../../core/index.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { memoryView, tableView } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/place.module.css";
import { PlaceAnchor } from "../place-anchor.tsx";
import { addressInCell, cellNamed } from "../row-places.ts";
import { hexText } from "../words.ts";

const SIGNAL_TABLE = "pending_signals";
/** More are better looked through in their table. */
const MOST_SIGNALS = 4;
const MOST_LOOKED_AT = 200;
/** CRIU keeps what waits for the whole process with its first thread. */
const FOR_ALL = "group";

interface Signal {
  readonly row: number;
  readonly name: string;
  readonly scope: string;
  readonly address: bigint | undefined;
}

async function signalsOf(inspector: Inspector, tables: readonly TableInfo[], thread: number): Promise<readonly Signal[]> {
  const info = tables.find(({ name }) => name === SIGNAL_TABLE);
  const threads = tables.find(({ name }) => name === "threads");
  const own = threads && (await inspector.row("threads", thread));
  if (info === undefined || info.rowCount === 0 || threads === undefined || own === undefined) return [];
  const pid = cellNamed(threads, own, "pid")?.value;
  const tid = cellNamed(threads, own, "tid")?.value;
  const view = await inspector.query(SIGNAL_TABLE, { filters: { pid: String(pid) } });
  const rows = await inspector.rows(view.id, 0, MOST_LOOKED_AT);
  return rows.flatMap((row) => {
    const scope = cellNamed(info, row, "scope")?.text ?? "";
    const of = cellNamed(info, row, "tid")?.value ?? null;
    if (cellNamed(info, row, "pid")?.value !== pid || (scope !== FOR_ALL && of !== null && of !== tid)) return [];
    const address = cellNamed(info, row, "address");
    return [{ row: row.row, name: cellNamed(info, row, "signal")?.text ?? "", scope, address: address && addressInCell(info, "address", address) }];
  });
}

export function ThreadSignals({ thread, space }: { thread: number; space: number | undefined }): ReactNode {
  const { inspector, tables } = useWorkbench().session;
  const answer = useAnswer(`signals ${thread}`, () => signalsOf(inspector, tables, thread));
  const signals = answer.state === "ready" ? answer.value : [];
  if (signals.length === 0) return undefined;
  return (
    <p>
      {signals.length === 1 ? "Signal" : "Signals"}{" "}
      {signals.slice(0, MOST_SIGNALS).map(({ row, name, scope, address }, index) => (
        <Fragment key={row}>
          {index > 0 && ", "}
          <PlaceAnchor view={tableView(SIGNAL_TABLE, row)}>{name}</PlaceAnchor>
          {address !== undefined && space !== undefined && (
            <>
              {" "}
              about address <PlaceAnchor view={memoryView(space, address)}>{hexText(address)}</PlaceAnchor>
            </>
          )}
          {scope !== "" && <span className={styles.quiet}>{` (${scope})`}</span>}
        </Fragment>
      ))}
      {signals.length > MOST_SIGNALS && (
        <>
          {" and "}
          <PlaceAnchor view={tableView(SIGNAL_TABLE)}>{`${signals.length - MOST_SIGNALS} more`}</PlaceAnchor>
        </>
      )}
    </p>
  );
}
