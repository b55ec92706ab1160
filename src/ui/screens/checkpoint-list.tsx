/** On top of the Summary, where several checkpoints were opened together: which there are, and which one this is. */
import type { MouseEvent, ReactNode } from "react";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { checkpointName, useCheckpointChoice } from "../parts/open/use-checkpoint-choice.ts";
import { cx } from "../parts/cx.ts";
import { plural, sizeText } from "../parts/words.ts";
import { CHECKPOINT_TABLE, tableView } from "../state/view.ts";
import styles from "../styles/checkpoint-list.module.css";

/** More are in the table; the one that is shown is always among them. */
const SHOWN = 8;

export function CheckpointList(): ReactNode {
  const { choices, choose, href } = useCheckpointChoice();
  if (choices.length < 2) return undefined;
  const at = choices.findIndex(({ shown }) => shown);
  const listed = choices.filter((_, index) => index < SHOWN || index === at);
  const follow = (name: string) => (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    choose(name);
  };
  return (
    <section className={styles.checkpoints} aria-labelledby="checkpoints-title">
      <h2 id="checkpoints-title">{choices.length} checkpoints were opened together: choose which one to look at</h2>
      <ul>
        {listed.map(({ name, detail, shown, files, size, isPart }) => (
          <li key={name} className={cx(styles.checkpoint, shown && styles.shown)} aria-current={shown ? "true" : undefined}>
            <span className={styles.mark} aria-hidden="true">
              {shown ? "●" : "○"}
            </span>
            <span className={styles.name}>
              {shown ? (
                <strong>{checkpointName(name)}</strong>
              ) : (
                <a href={href(name)} onClick={follow(name)}>
                  {checkpointName(name)}
                </a>
              )}
            </span>
            <span>
              {detail}
              {isPart && <span className={styles.quiet}>, part of another</span>}
            </span>
            <span className={styles.quiet}>
              {plural(files, "file")}, {sizeText(size)}
            </span>
            <span className={styles.quiet}>{shown && "shown here"}</span>
          </li>
        ))}
      </ul>
      {listed.length < choices.length && <PlaceAnchor view={tableView(CHECKPOINT_TABLE)}>All {choices.length} checkpoints</PlaceAnchor>}
    </section>
  );
}
