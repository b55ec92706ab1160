/** Copies and downloads take hidden values along; the first time the user is told and asked. */
import { useState, type ReactNode } from "react";
import type { TableInfo } from "../../../core/index.ts";
import { mayHoldSecrets, secretsShown, secretsWarned } from "../../state/secrets.ts";
import styles from "../../styles/dialog.module.css";
import { Dialog } from "../dialog.tsx";

export interface SecretGuard {
  /** Runs at once, or after the user agreed. */
  readonly guard: (copy: () => void) => void;
  /** The question, while it is open. */
  readonly warning: ReactNode;
}

export function useSecretGuard(info: TableInfo): SecretGuard {
  return useHiddenGuard(mayHoldSecrets(info), "this table");
}

/** `where` names what holds the environment variables, if there are any. */
export function useHiddenGuard(hasSecrets: boolean, where: string): SecretGuard {
  const [asked, setAsked] = useState<(() => void) | undefined>(undefined);
  const close = (): void => setAsked(undefined);
  return {
    guard(copy) {
      if (hasSecrets && !secretsShown.get() && !secretsWarned.get()) setAsked(() => copy);
      else copy();
    },
    warning: asked !== undefined && (
      <Dialog title="This takes hidden values along" onClose={close}>
        <p>The environment variables of {where} are hidden on the screen. A copy or a download holds them in clear text.</p>
        <p className={styles.buttons}>
          <button type="button" autoFocus onClick={close}>
            Cancel
          </button>
          <button
            type="button"
            onClick={() => {
              secretsWarned.set(true);
              close();
              asked();
            }}
          >
            Go on
          </button>
        </p>
      </Dialog>
    ),
  };
}
