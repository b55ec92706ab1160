/** Reading the same files as another revision or architecture than the one worked out from the image. */
import { useState, type ReactNode } from "react";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/summary.module.css";

const AUTOMATIC = "";

export function ReadAs(): ReactNode {
  const { session, control } = useWorkbench();
  const { summary, options, files, image } = session;
  const [revision, setRevision] = useState(options.revision ?? AUTOMATIC);
  const [architecture, setArchitecture] = useState(options.architecture ?? AUTOMATIC);
  if (summary.revisionChoices.length === 0 && summary.architectureChoices.length === 0) return undefined;
  const isChanged = revision !== (options.revision ?? AUTOMATIC) || architecture !== (options.architecture ?? AUTOMATIC);
  const reopen = (): void => {
    void control.open({
      files,
      view: { kind: "summary" },
      options: {
        ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
        ...(revision === AUTOMATIC ? {} : { revision }),
        ...(architecture === AUTOMATIC ? {} : { architecture }),
      },
      ...(image.sample === undefined ? {} : { sample: image.sample }),
    });
  };
  return (
    <form
      className={styles.readAs}
      onSubmit={(event) => {
        event.preventDefault();
        reopen();
      }}
    >
      <Choice
        label="Revision"
        found={summary.overridden.revision ? undefined : summary.revision}
        choices={summary.revisionChoices}
        value={revision}
        onChange={setRevision}
      />
      <Choice
        label="Architecture"
        found={summary.overridden.architecture ? undefined : summary.architecture}
        choices={summary.architectureChoices}
        value={architecture}
        onChange={setArchitecture}
      />
      <button type="submit" disabled={!isChanged}>
        Read again
      </button>
      {(summary.overridden.revision || summary.overridden.architecture) && (
        <p className={styles.override}>Chosen by you, not worked out from the image.</p>
      )}
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  /** What the image says; undefined when that was overridden. */
  readonly found: string | undefined;
  readonly choices: readonly string[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Choice({ label, found, choices, value, onChange }: ChoiceProps): ReactNode {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value={AUTOMATIC}>{found === undefined ? "from the image" : `from the image: ${found}`}</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
}
