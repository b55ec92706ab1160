/** The faces of a panel that has nothing to show yet, nothing to show at all, or could not get it. */
import type { ReactNode } from "react";
import styles from "../styles/faces.module.css";

export function Waiting({ what }: { what: string }): ReactNode {
  return (
    <div className={styles.face} role="status">
      <p className={styles.waiting}>{what}</p>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }): ReactNode {
  return (
    <div className={styles.face}>
      <p className={styles.title}>{title}</p>
      {children}
    </div>
  );
}

export function Failed({ what, error, retry }: { what: string; error: Error; retry?: () => void }): ReactNode {
  return (
    <div className={styles.face} role="alert">
      <p className={styles.title}>{what}</p>
      <p>{error.message}</p>
      {retry === undefined ? <p>Open the file again; if it fails again, please report the text above.</p> : <button onClick={retry}>Try again</button>}
    </div>
  );
}
