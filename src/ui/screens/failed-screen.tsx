/** When nothing could be opened: what, why, what to do, and the details for a report. */
import type { ReactNode } from "react";
import { copyText } from "../parts/copy.ts";
import type { FailedPhase } from "../state/session.ts";
import styles from "../styles/opening.module.css";

interface FailedScreenProps {
  readonly failure: FailedPhase;
  readonly onChooseFiles: () => void;
  readonly onClose: () => void;
}

export function FailedScreen({ failure, onChooseFiles, onClose }: FailedScreenProps): ReactNode {
  return (
    <main className={styles.opening}>
      <div role="alert">
        <h1>{failure.title}</h1>
        <p>{failure.message}</p>
        <p>{failure.remedy}</p>
      </div>
      <p className={styles.buttons}>
        <button type="button" onClick={onChooseFiles}>
          Open another file …
        </button>
        <button type="button" onClick={onClose}>
          Start page
        </button>
        <button type="button" onClick={() => void copyText(failure.details, "the details")}>
          Copy the details
        </button>
      </p>
      <details>
        <summary>Details</summary>
        <pre>{failure.details}</pre>
      </details>
    </main>
  );
}
