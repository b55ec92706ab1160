/** For a dump that is at hand as text: a field to paste it into, for those who cannot or would not press Ctrl+V on the page. */
import { useState, type ReactNode } from "react";
import type { OpenFile } from "../../../core/rpc.ts";
import styles from "../../styles/landing.module.css";
import { Dialog } from "../dialog.tsx";
import { bytesOfText } from "./paste.ts";

interface PasteDialogProps {
  readonly onFiles: (files: readonly OpenFile[]) => void;
  readonly onClose: () => void;
}

export function PasteDialog({ onFiles, onClose }: PasteDialogProps): ReactNode {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const submit = (): void => {
    const pasted = bytesOfText(text);
    if (pasted.kind === "unreadable") return setProblem(pasted.why);
    onClose();
    onFiles([{ name: "pasted.bin", blob: new Blob([pasted.bytes as Uint8Array<ArrayBuffer>]) }]);
  };
  return (
    <Dialog title="Paste bytes as text" onClose={onClose}>
      <div className={styles.paste}>
        <label htmlFor="pasted-text">A listing of xxd or hexdump -C, hex digits, a C array, or base64</label>
        <textarea
          id="pasted-text"
          autoFocus
          rows={12}
          spellCheck={false}
          aria-invalid={problem !== ""}
          aria-describedby="paste-problem"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setProblem("");
          }}
        />
        <p id="paste-problem" role="alert">
          {problem}
        </p>
        <button type="button" onClick={submit}>
          Open these bytes
        </button>
      </div>
    </Dialog>
  );
}
