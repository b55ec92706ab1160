/** While a checkpoint is read: what is being done, how far, how fast, and a way out. */
import type { ReactNode } from "react";
import { exactBytes, plural } from "../parts/words.ts";
import type { GatheringPhase, OpeningPhase } from "../state/session.ts";
import styles from "../styles/opening.module.css";
import { progressText } from "./progress-text.ts";

export function OpeningScreen({ phase }: { phase: OpeningPhase }): ReactNode {
  const { image, progress, elapsed, cancel } = phase;
  return (
    <main className={styles.opening} aria-busy="true">
      <h1>Opening {image.name}</h1>
      <p role="status">{progress === undefined ? amountText(image) : progressText(progress, elapsed)}</p>
      <progress
        aria-label={`Opening ${image.name}`}
        {...(progress === undefined || progress.total === 0 ? {} : { value: progress.done, max: progress.total })}
      />
      <CancelButton cancel={cancel} />
    </main>
  );
}

/** Before anything is read, the files of a folder are listed. How many there will be, nobody knows. */
export function GatheringScreen({ phase }: { phase: GatheringPhase }): ReactNode {
  return (
    <main className={styles.opening} aria-busy="true">
      <h1>Listing the files</h1>
      <p role="status">{plural(phase.fileCount, "file")} so far</p>
      <progress aria-label="Listing the files" />
      <CancelButton cancel={phase.cancel} />
    </main>
  );
}

function CancelButton({ cancel }: { cancel: () => void }): ReactNode {
  return (
    <p>
      <button type="button" onClick={cancel}>
        Cancel
      </button>
    </p>
  );
}

function amountText({ fileCount, size }: OpeningPhase["image"]): string {
  return fileCount === 1 ? exactBytes(size) : `${plural(fileCount, "file")}, ${exactBytes(size)}`;
}
