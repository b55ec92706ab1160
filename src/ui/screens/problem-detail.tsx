/** Under the table of problems: the selected one in full, what its code means, what to do, and where it leads. */
import type { ReactNode } from "react";
import type { Inspector, TableInfo } from "../../core/index.ts";
import { Failed, Waiting } from "../parts/faces.tsx";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { SeverityMark } from "../parts/severity-mark.tsx";
import { hexText, plural } from "../parts/words.ts";
import { runCommand } from "../state/commands.ts";
import { useAnswer } from "../state/use-answer.ts";
import { bytesView, tableView, type TableView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import styles from "../styles/problem-detail.module.css";

async function readProblem(inspector: Inspector, info: TableInfo, row: number) {
  const [found, origin] = await Promise.all([inspector.row(info.name, row), inspector.locate(info.name, row)]);
  if (found === undefined) return undefined;
  const cell = (column: string) => found.cells[info.columns.findIndex(({ name }) => name === column)];
  const table = cell("table")?.value;
  const about = cell("row")?.value;
  return {
    code: cell("code")?.text ?? "",
    message: cell("message")?.text ?? "",
    severity: severityOf(cell("severity")?.text ?? ""),
    // Without a start the problem is about the whole image, and no bytes say more about it than others.
    span: cell("start")?.value === null ? undefined : origin?.span,
    about: typeof table === "string" && typeof about === "number" ? { table, row: about } : undefined,
  };
}

function severityOf(text: string): "error" | "warning" | "note" {
  return text === "error" || text === "warning" ? text : "note";
}

export function ProblemDetail({ view }: { view: TableView }): ReactNode {
  const { session } = useWorkbench();
  const { inspector, tables, catalogue } = session;
  const info = tables.find(({ name }) => name === view.table);
  const { row } = view;
  const answer = useAnswer(`${row}`, async () => (row === undefined || info === undefined ? undefined : readProblem(inspector, info, row)));
  if (answer.state === "failed") return <Failed what="The problem could not be read." error={answer.error} />;
  const problem = answer.state === "ready" ? answer.value : answer.previous;
  if (info?.rowCount === 0) return undefined;
  if (problem === undefined) {
    return (
      <section className={styles.detail} aria-label="Selected problem">
        {answer.state === "waiting" ? (
          <Waiting what="Reading …" />
        ) : (
          <p>
            Select a problem to see what it means and what to do about it, or press <kbd>n</kbd> for the next one.
          </p>
        )}
      </section>
    );
  }
  const meaning = catalogue.get(problem.code);
  const { about, span } = problem;
  return (
    <section className={styles.detail} aria-label="Selected problem" aria-live="polite">
      <div className={styles.top}>
        <p className={styles.message}>
          <SeverityMark severity={problem.severity} /> {problem.message}
        </p>
        <span className={styles.step}>
          <button type="button" onClick={() => runCommand("previousProblem")}>
            Previous <kbd>p</kbd>
          </button>
          <button type="button" onClick={() => runCommand("nextProblem")}>
            Next <kbd>n</kbd>
          </button>
        </span>
      </div>
      {meaning !== undefined && (
        <dl className={styles.meaning}>
          <dt>Meaning</dt>
          <dd>{meaning.doc}</dd>
          <dt>What to do</dt>
          <dd>{meaning.remedy}</dd>
        </dl>
      )}
      <p className={styles.links}>
        <code>{problem.code}</code>
        {span !== undefined && (
          <PlaceAnchor view={bytesView(span.file, span.start, span.end)}>
            Show the bytes: {hexText(span.start)}, {plural(span.end - span.start, "byte")}
          </PlaceAnchor>
        )}
        {about !== undefined && (
          <PlaceAnchor view={tableView(about.table, about.row)}>
            Show the row in {tables.find(({ name }) => name === about.table)?.label ?? about.table}
          </PlaceAnchor>
        )}
      </p>
    </section>
  );
}
