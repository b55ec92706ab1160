/** The mark of a severity: differs in shape as well as in colour. */
import type { ReactNode } from "react";
import type { Severity } from "../../core/index.ts";
import styles from "../styles/severity.module.css";
import { cx } from "./cx.ts";

const SHAPES: Readonly<Record<Severity, string>> = { error: "✕", warning: "▲", note: "●" };

export function SeverityMark({ severity, silent = false }: { severity: Severity; silent?: boolean }): ReactNode {
  return (
    <span
      className={cx(styles.mark, styles[severity])}
      {...(silent ? { "aria-hidden": true } : { role: "img", "aria-label": severity, title: severity })}
    >
      {SHAPES[severity]}
    </span>
  );
}
