/** A modal sheet on the platform's own dialog element: focus stays inside, Esc closes, the opener gets the focus back. */
import { useEffect, useId, useRef, type ReactNode } from "react";
import styles from "../styles/dialog.module.css";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** The title is for screen readers only: the content speaks for itself. */
  readonly bare?: boolean;
}

export function Dialog({ title, onClose, children, bare = false }: DialogProps): ReactNode {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      aria-labelledby={titleId}
      onClose={(event) => {
        // The event comes late: the sheet may have been opened again meanwhile.
        if (!event.currentTarget.open) onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className={styles.sheet}>
        <header className={bare ? "visually-hidden" : styles.head}>
          <h2 id={titleId}>{title}</h2>
          {!bare && (
            <button type="button" aria-label="Close" onClick={onClose}>
              ✕
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}
