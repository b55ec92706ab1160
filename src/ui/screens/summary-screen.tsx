/** The first screen: what this image is, what is wrong with it, and how sure that is. Every line leads somewhere. */
import type { ReactNode } from "react";
import type { Diagnostic, Fact, Summary } from "../../core/index.ts";
import { bytesView, PROBLEM_TABLE, tableView } from "../state/view.ts";
import { useWorkbench, viewOfLink } from "../state/workbench.ts";
import styles from "../styles/summary.module.css";
import { ReadAs } from "../parts/open/read-as.tsx";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { SeverityMark } from "../parts/severity-mark.tsx";
import { exactBytes, plural, shareText, sizeText } from "../parts/words.ts";

export function SummaryScreen(): ReactNode {
  const { summary, note } = useWorkbench().session;
  return (
    <div className={styles.summary} data-pane-focus tabIndex={-1}>
      {note !== undefined && (
        <p className={styles.notice} role="status">
          {note}
        </p>
      )}
      <header className={styles.head}>
        <h1>{summary.formatName}</h1>
        <p>
          {[
            summary.revision && `revision ${summary.revision}`,
            summary.architecture,
            `${summary.byteOrder} endian`,
            summary.files.map((file) => `${file.name}, ${sizeText(file.size)}`).join("; "),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </header>
      <Findings summary={summary} />
      <div className={styles.groups}>
        {summary.groups.map((group) => (
          <section key={group.title} className={styles.group}>
            <h2>{group.title}</h2>
            <dl>
              {group.facts.map((fact, index) => (
                <FactLine key={index} fact={fact} />
              ))}
            </dl>
          </section>
        ))}
        <div className={styles.stack}>
          <Coverage summary={summary} />
          <section className={styles.group}>
            <h2>Read as</h2>
            <ul className={styles.reasons}>
              {summary.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
            <ReadAs />
          </section>
        </div>
      </div>
    </div>
  );
}

function FactLine({ fact }: { fact: Fact }): ReactNode {
  return (
    <div className={styles.fact}>
      <dt>{fact.label}</dt>
      <dd title={fact.title}>{fact.link === undefined ? fact.text : <PlaceAnchor view={viewOfLink(fact.link)}>{fact.text}</PlaceAnchor>}</dd>
    </div>
  );
}

/** More would push the facts off the first screen. */
const SHOWN_FINDINGS = 4;

function Findings({ summary }: { summary: Summary }): ReactNode {
  const { error, warning, note } = summary.problems;
  const total = error + warning + note;
  if (total === 0) {
    return (
      <section className={styles.sound} aria-label="Problems">
        <p>No problems found: every record was read and every check passed.</p>
      </section>
    );
  }
  const shown = summary.worst.slice(0, SHOWN_FINDINGS);
  const counts = [
    error > 0 && plural(error, "error"),
    warning > 0 && plural(warning, "warning"),
    note > 0 && plural(note, "note"),
  ].filter((text) => text !== false);
  return (
    <section className={styles.findings} aria-labelledby="findings-title">
      <h2 id="findings-title">
        <PlaceAnchor view={tableView(PROBLEM_TABLE)}>{counts.join(", ")}</PlaceAnchor>
      </h2>
      <ul>
        {shown.map((problem, index) => (
          <Finding key={index} problem={problem} />
        ))}
      </ul>
      {total > shown.length && (
        <p>
          <PlaceAnchor view={tableView(PROBLEM_TABLE)}>All {plural(total, "problem")}</PlaceAnchor>
        </p>
      )}
    </section>
  );
}

function Finding({ problem }: { problem: Diagnostic }): ReactNode {
  const { catalogue, tables } = useWorkbench().session;
  const { span, row } = problem;
  const info = catalogue.get(problem.code);
  return (
    <li className={styles.finding}>
      <SeverityMark severity={problem.severity} />
      <div>
        <p>{problem.message}</p>
        {info !== undefined && <p className={styles.remedy}>{info.remedy}</p>}
        <p className={styles.links}>
          <code>{problem.code}</code>
          {span !== undefined && <PlaceAnchor view={bytesView(span.file, span.start, span.end)}>Show the bytes</PlaceAnchor>}
          {row !== undefined && (
            <PlaceAnchor view={tableView(row.table, row.row)}>
              Show the row in {tables.find(({ name }) => name === row.table)?.label ?? row.table}
            </PlaceAnchor>
          )}
        </p>
      </div>
    </li>
  );
}

function Coverage({ summary: { coverage } }: { summary: Summary }): ReactNode {
  const { total, explained } = coverage;
  if (total === 0) return undefined;
  return (
    <section className={styles.group}>
      <h2>Coverage</h2>
      <p>
        <strong>{shareText(explained, total)}</strong> of the bytes have a name
        {explained === total ? "." : `; ${exactBytes(total - explained)} are unexplained.`}
      </p>
      <meter className={styles.meter} min={0} max={Math.max(1, total)} value={explained} aria-label="Explained bytes">
        {shareText(explained, total)}
      </meter>
      <p>
        <PlaceAnchor view={bytesView(0, 0)}>Show the bytes</PlaceAnchor>
      </p>
    </section>
  );
}
