/** The threads of a process, each a way to its registers and stack. */
import type { ReactNode } from "react";
import { useAnswer } from "../../state/use-answer.ts";
import { tableView } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/place.module.css";
import { PlaceAnchor } from "../place-anchor.tsx";
import { threadsOfProcess } from "../thread/threads-of-process.ts";
import { countText } from "../words.ts";

const SHOWN_THREADS = 40;

export function ThreadLinks({ task }: { task: number }): ReactNode {
  const { inspector, tables } = useWorkbench().session;
  const answer = useAnswer(`threads ${task}`, () => threadsOfProcess(inspector, tables, task));
  if (answer.state !== "ready" || answer.value.choices.length === 0) return undefined;
  const { choices, count } = answer.value;
  return (
    <section className={styles.section} aria-labelledby="threads-title">
      <div className={styles.heading}>
        <h2 id="threads-title">Threads</h2>
        <span className={styles.quiet}>registers and stack of each</span>
      </div>
      <p className={styles.links}>
        {choices.slice(0, SHOWN_THREADS).map(({ thread, label }) => (
          <PlaceAnchor key={thread} view={{ kind: "thread", thread }}>
            {label}
          </PlaceAnchor>
        ))}
        {count > SHOWN_THREADS && <PlaceAnchor view={tableView("threads")}>and {countText(count - SHOWN_THREADS)} more</PlaceAnchor>}
      </p>
    </section>
  );
}
