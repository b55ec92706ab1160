/** The first screen: what this image is, what is wrong with it, and how sure that is. Every line leads somewhere. */
import type { ReactNode } from "react";
import type { Diagnostic, Fact, PlaceLink, Summary } from "../../core/index.ts";
import { bytesView, IMAGE_TABLE, PROBLEM_TABLE, tableView, type View } from "../state/view.ts";
import { useWorkbench, viewOfLink } from "../state/workbench.ts";
import styles from "../styles/summary.module.css";
import { CheckpointList } from "./checkpoint-list.tsx";
import { SummaryFigures } from "./summary-figures.tsx";
import { ReadAs } from "../parts/open/read-as.tsx";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { SeverityMark } from "../parts/severity-mark.tsx";
import { plural, sizeText } from "../parts/words.ts";

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
        <FilesLine />
      </header>
      <CheckpointList />
      <SummaryFigures summary={summary} />
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
  );
}

/** More are a matter for their table. */
const MOST_NAMED = 3;

function FilesLine(): ReactNode {
  const { summary, image } = useWorkbench().session;
  const { files } = summary;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const [only] = files;
  if (files.length > MOST_NAMED) {
    return (
      <p>
        <PlaceAnchor view={tableView(IMAGE_TABLE)}>{plural(files.length, "file")}</PlaceAnchor>, {sizeText(total)}
        {`, from ${image.name}${image.fileCount > 1 ? ` (${plural(image.fileCount, "file")})` : ""}`}
        {image.size !== total && `, ${sizeText(image.size)}`}
      </p>
    );
  }
  return (
    <p>
      {files.map((file) => `${file.name}, ${sizeText(file.size)}`).join("; ")}
      {image.fileCount === 1 && only?.size !== image.size && `, inflated from ${sizeText(image.size)}`}
    </p>
  );
}

/** What is asked of a single thread are its registers and its stack. */
function viewOfFact(link: PlaceLink): View {
  return link.kind === "row" && link.table === "threads" ? { kind: "thread", thread: link.row } : viewOfLink(link);
}

/** Longer ones may be cut. */
const LONG_FACT = 120;

function FactLine({ fact }: { fact: Fact }): ReactNode {
  return (
    <div className={styles.fact}>
      <dt>{fact.label}</dt>
      <dd title={fact.title ?? (fact.text.length > LONG_FACT ? fact.text : undefined)}>{fact.link === undefined ? fact.text : <PlaceAnchor view={viewOfFact(fact.link)}>{fact.text}</PlaceAnchor>}</dd>
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
  return (
    <section className={styles.findings} aria-labelledby="findings-title">
      <h2 id="findings-title">
        {error + warning === 0 ? "Worth knowing" : "What is wrong"}
        {total > 1 && ", the worst first"}
      </h2>
      <ul>
        {shown.map((problem, index) => (
          <Finding key={index} problem={problem} row={index} />
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

/** `row` is the row of the table of problems, which lists the worst first too. */
function Finding({ problem, row }: { problem: Diagnostic; row: number }): ReactNode {
  const { catalogue, tables } = useWorkbench().session;
  const { span, row: about } = problem;
  const info = catalogue.get(problem.code);
  return (
    <li className={styles.finding}>
      <SeverityMark severity={problem.severity} />
      <div>
        <p>
          <PlaceAnchor view={tableView(PROBLEM_TABLE, row)} className={styles.message}>
            {problem.message}
          </PlaceAnchor>
        </p>
        {info !== undefined && <p className={styles.remedy}>{info.remedy}</p>}
        <p className={styles.links}>
          <code>{problem.code}</code>
          {span !== undefined && <PlaceAnchor view={bytesView(span.file, span.start, span.end)}>Show the bytes</PlaceAnchor>}
          {about !== undefined && (
            <PlaceAnchor view={tableView(about.table, about.row)}>
              Show the row in {tables.find(({ name }) => name === about.table)?.label ?? about.table}
            </PlaceAnchor>
          )}
        </p>
      </div>
    </li>
  );
}
