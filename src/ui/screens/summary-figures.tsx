/** The few figures over everything else: read as what, how much is wrong, how much has a name. */
import type { ReactNode } from "react";
import type { Summary } from "../../core/index.ts";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { SeverityMark } from "../parts/severity-mark.tsx";
import { countText, exactBytes, plural, shareText } from "../parts/words.ts";
import { useAnswer } from "../state/use-answer.ts";
import { bytesView, IMAGE_TABLE, memoryView, PROBLEM_TABLE, SPACE_TABLE, tableView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import styles from "../styles/summary.module.css";

export function SummaryFigures({ summary }: { summary: Summary }): ReactNode {
  const { revision, revisionAlternatives, architecture, byteOrder, overridden } = summary;
  return (
    <dl className={styles.figures}>
      {revision !== undefined && (
        <div>
          <dt>{summary.revisionChoices.length > 0 ? "Revision" : "Written by"}</dt>
          <dd>
            <strong>{revision}</strong>
            {overridden.revision && " (chosen by you)"}
            {!overridden.revision && revisionAlternatives.length > 0 && (
              <span className={styles.also} title="Everything in this image has the same layout in these revisions.">
                , also {revisionAlternatives.join(", ")}
              </span>
            )}
          </dd>
        </div>
      )}
      {architecture !== undefined && (
        <div>
          <dt>Architecture</dt>
          <dd>
            <strong>{architecture}</strong>
            <span className={styles.also}>, {byteOrder} endian</span>
          </dd>
        </div>
      )}
      <div>
        <dt>Problems</dt>
        <dd>
          <ProblemCounts problems={summary.problems} />
        </dd>
      </div>
      <MemoryFigure />
      {summary.coverage.total > 0 && <Coverage coverage={summary.coverage} />}
    </dl>
  );
}

function MemoryFigure(): ReactNode {
  const spaces = useWorkbench().session.tables.find(({ name }) => name === SPACE_TABLE)?.rowCount ?? 0;
  if (spaces === 0) return undefined;
  return (
    <div>
      <dt>Memory</dt>
      <dd>
        <PlaceAnchor view={memoryView(0)} className={styles.counts}>
          {plural(spaces, "address space")}
        </PlaceAnchor>
        <span className={styles.also}>
          {" "}
          <PlaceAnchor view={{ kind: "search", mode: "text", text: "" }}>Search</PlaceAnchor>
        </span>
      </dd>
    </div>
  );
}

function ProblemCounts({ problems }: { problems: Summary["problems"] }): ReactNode {
  const counted = (["error", "warning", "note"] as const).filter((severity) => problems[severity] > 0);
  if (counted.length === 0) return <strong>none</strong>;
  return (
    <PlaceAnchor view={tableView(PROBLEM_TABLE)} className={styles.counts}>
      {counted.map((severity) => (
        <span key={severity}>
          <SeverityMark severity={severity} silent /> <span>{plural(problems[severity], severity)}</span>
        </span>
      ))}
    </PlaceAnchor>
  );
}

function Coverage({ coverage: { total, explained } }: { coverage: Summary["coverage"] }): ReactNode {
  const { inspector, summary } = useWorkbench().session;
  const missing = total - explained;
  const answer = useAnswer(`${missing}`, async () => {
    return missing === 0 ? undefined : await inspector.nextUnexplained(0, -1, 1);
  });
  const first = answer.state === "ready" ? answer.value : undefined;
  return (
    <div>
      <dt>Coverage</dt>
      <dd>
        <strong>{shareText(explained, total)}</strong>
        <span className={styles.also}>
          {" "}
          of {countText(total)} bytes{summary.files.length > 1 && ` in ${plural(summary.files.length, "file")}`} have a name
        </span>
        <meter className={styles.meter} min={0} max={total} value={explained} aria-label="Explained bytes">
          {shareText(explained, total)}
        </meter>
        {first === undefined ? (
          <PlaceAnchor view={summary.files.length > 1 ? tableView(IMAGE_TABLE) : bytesView(0, 0)}>{summary.files.length > 1 ? "Show the files" : "Show the bytes"}</PlaceAnchor>
        ) : (
          <>
            {exactBytes(missing)} unexplained: <PlaceAnchor view={bytesView(first.file, first.start, first.end)}>show the first</PlaceAnchor>
          </>
        )}
      </dd>
    </div>
  );
}
