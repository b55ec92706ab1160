/** The head of the record pane: name, place, what it is, rows made from it, its problems, neighbours. */
import type { ReactNode } from "react";
import type { Explanation } from "../../../core/index.ts";
import { runCommand } from "../../state/commands.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { bytesView, memoryView, type View } from "../../state/view.ts";
import { useWorkbench, viewOfRow } from "../../state/workbench.ts";
import styles from "../../styles/record.module.css";
import { PlaceAnchor } from "../place-anchor.tsx";
import { SeverityMark } from "../severity-mark.tsx";
import { baseName, exactBytes, hexText, plural } from "../words.ts";
import { relatedTables } from "./related.ts";

const SHOWN_ROWS = 6;
const SHOWN_PROBLEMS = 3;

export function RecordHead({ view, explanation }: { view: View; explanation: Explanation }): ReactNode {
  const { session, navigation } = useWorkbench();
  const { name, span, record, rows, diagnostics, doc } = explanation;
  const recordCount = session.summary.counts["records"] ?? Number.MAX_SAFE_INTEGER;
  const isForeign = view.kind === "table" && view.record !== undefined;
  const goTo = async (to: number): Promise<void> => {
    if (view.kind === "table") {
      const { field: _, ...rest } = view;
      return navigation.move({ ...rest, record: to });
    }
    const next = await session.inspector.explain(to);
    if (next === undefined) return;
    const target = bytesView(next.span.file, next.span.start);
    if (view.kind === "bytes") navigation.move(target);
    else navigation.go(target);
  };
  const step = (to: number): (() => void) | undefined => (to < 0 || to >= recordCount ? undefined : () => void goTo(to));
  const previous = step(record - 1);
  const next = step(record + 1);
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <span className={styles.names}>
          <h2 title={doc}>{name}</h2>
          <PlaceAnchor view={bytesView(span.file, span.start, span.end)} className={styles.span} title="Show in the whole file">
            {session.summary.files.length > 1 && `${baseName(session.summary.files[span.file]?.name ?? "")} `}
            {hexText(span.start)} – {hexText(span.end)}
          </PlaceAnchor>
          <span className={styles.size}>{exactBytes(span.end - span.start)}</span>
        </span>
        <span className={styles.step}>
          <button type="button" aria-label="Record before" title="Record before" disabled={previous === undefined} onClick={previous}>
            ↑
          </button>
          <button type="button" aria-label="Record after" title="Record after" disabled={next === undefined} onClick={next}>
            ↓
          </button>
          <button type="button" className={styles.hide} aria-label="Hide the record" title="Hide the record (Ctrl+J)" onClick={() => runCommand("toggleRecord")}>
            ✕
          </button>
        </span>
      </div>
      {doc !== undefined && <p className={styles.doc}>{doc}</p>}
      {isForeign && (
        <p className={styles.foreign}>
          Not the record of the selected row.{" "}
          <button
            type="button"
            onClick={() => {
              const { record: _record, field: _field, ...own } = view;
              navigation.move(own);
            }}
          >
            Back to that
          </button>
        </p>
      )}
      {rows.length > 0 && (
        <p className={styles.rows}>
          <span>Shown as </span>
          {rows.slice(0, SHOWN_ROWS).map(({ table, row, label }) => (
            <PlaceAnchor key={`${table} ${row}`} view={viewOfRow(table, row)} className={styles.rowLink}>
              {label}
            </PlaceAnchor>
          ))}
          {rows.length > SHOWN_ROWS && <span>and {plural(rows.length - SHOWN_ROWS, "more row")}</span>}
        </p>
      )}
      {!isForeign && view.kind === "table" && view.row !== undefined && <RelatedTables table={view.table} row={view.row} explanation={explanation} />}
      {view.kind === "bytes" && <UsedBy file={view.file} offset={view.offset} />}
      {diagnostics.slice(0, SHOWN_PROBLEMS).map((problem, index) => (
        <p key={index} className={styles.problem}>
          <SeverityMark severity={problem.severity} />
          {problem.span === undefined ? (
            problem.message
          ) : (
            <PlaceAnchor view={bytesView(problem.span.file, problem.span.start, problem.span.end)}>{problem.message}</PlaceAnchor>
          )}
        </p>
      ))}
      {diagnostics.length > SHOWN_PROBLEMS && (
        <p className={styles.problem}>{plural(diagnostics.length - SHOWN_PROBLEMS, "more problem")} about this record.</p>
      )}
    </header>
  );
}

/** Addresses whose byte this is. */
function UsedBy({ file, offset }: { file: number; offset: number }): ReactNode {
  const { inspector } = useWorkbench().session;
  const answer = useAnswer(`${file} ${offset}`, () => inspector.memory.reverse({ file, start: offset, end: offset + 1 }));
  if (answer.state !== "ready" || answer.value.length === 0) return undefined;
  return (
    <p className={styles.rows}>
      <span>Used by </span>
      {answer.value.slice(0, SHOWN_ROWS).map(({ space, start, label }) => (
        <PlaceAnchor key={`${space} ${start}`} view={memoryView(space, start)} className={styles.rowLink}>
          {label}
        </PlaceAnchor>
      ))}
      {answer.value.length > SHOWN_ROWS && <span>and {plural(answer.value.length - SHOWN_ROWS, "more address", "more addresses")}</span>}
    </p>
  );
}

function RelatedTables({ table, row, explanation }: { table: string; row: number; explanation: Explanation }): ReactNode {
  const { inspector, tables } = useWorkbench().session;
  const answer = useAnswer(`${table} ${row}`, () => inspector.row(table, row));
  const info = tables.find(({ name }) => name === table);
  if (answer.state !== "ready" || answer.value === undefined || info === undefined) return undefined;
  const ownLabel = explanation.rows.find((made) => made.table === table && made.row === row)?.label;
  const related = relatedTables(tables, info, answer.value, ownLabel);
  if (related.length === 0) return undefined;
  return (
    <p className={styles.rows}>
      <span>Related </span>
      {related.map(({ label, title, view }) => (
        <PlaceAnchor key={view.table} view={view} title={title} className={styles.rowLink}>
          {label}
        </PlaceAnchor>
      ))}
    </p>
  );
}
