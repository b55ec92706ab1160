/** One line under the field tree: the selected field in full, what it means, where it stands. */
import type { ReactNode } from "react";
import type { FieldNode, Span } from "../../../core/index.ts";
import { HIDDEN_TEXT, isSecretField, secretsShown } from "../../state/secrets.ts";
import { useStore } from "../../state/store.ts";
import styles from "../../styles/record.module.css";
import { hexText, plural } from "../words.ts";

interface FieldNoteProps {
  readonly node: FieldNode | undefined;
  readonly derived: string | undefined;
  readonly span: Span;
  readonly recordStart: number;
}

export function FieldNote({ node, derived, span, recordStart }: FieldNoteProps): ReactNode {
  const showSecrets = useStore(secretsShown);
  const isHidden = node !== undefined && !showSecrets && isSecretField(node.path);
  return (
    <div className={styles.note} aria-live="polite">
      <p>
        <strong>{node?.path ?? "Whole record"}</strong>
        {node !== undefined && <span className={styles.noteType}> {node.type}</span>}
        <span className={styles.noteSpan}>
          {" "}
          {hexText(span.start)} (+{hexText(Math.max(0, span.start - recordStart))}), {plural(span.end - span.start, "byte")}
        </span>
      </p>
      {node !== undefined && node.text !== "" && <p className={styles.noteText}>{isHidden ? HIDDEN_TEXT : node.text}</p>}
      {node?.doc !== undefined && <p>{node.doc}</p>}
      {derived !== undefined && <p>Worked out: {derived}</p>}
    </div>
  );
}
