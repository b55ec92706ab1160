/** While a checkpoint is read: what is being done, how far, how fast, and a way out. */
import type { ReactNode } from "react";
import { exactBytes, shareText, sizeText } from "../parts/words.ts";
import type { OpeningPhase } from "../state/session.ts";
import styles from "../styles/opening.module.css";

export function OpeningScreen({ phase }: { phase: OpeningPhase }): ReactNode {
  const { image, progress, elapsed, cancel } = phase;
  const seconds = elapsed / 1000;
  const rate = progress === undefined || seconds < 0.2 ? undefined : progress.done / seconds;
  return (
    <main className={styles.opening} aria-busy="true">
      <h1>Opening {image.name}</h1>
      <p role="status">
        {progress === undefined
          ? `${exactBytes(image.size)}`
          : `${progress.phase}: ${sizeText(progress.done)} of ${sizeText(progress.total)} (${shareText(progress.done, progress.total)})`}
        {rate !== undefined && `, ${sizeText(Math.round(rate))}/s`}
      </p>
      <progress
        aria-label={`Opening ${image.name}`}
        {...(progress === undefined || progress.total === 0 ? {} : { value: progress.done, max: progress.total })}
      />
      <p>
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      </p>
    </main>
  );
}
