/** The bottom line: place, selected bytes, what is under the mouse. The hover part is written without React. */
import { useEffect, useRef, type ReactNode } from "react";
import type { Session } from "../../state/session.ts";
import { announcement, byteCursor, hovered, hoveredMemory } from "../../state/selection.ts";
import { useStore } from "../../state/store.ts";
import { IMAGE_TABLE, type View } from "../../state/view.ts";
import { AddressStatus } from "../memory/address-status.tsx";
import styles from "../../styles/status-line.module.css";
import { bytesSaving } from "../save-bytes.ts";
import { hexText, plural, shareText, sizeText } from "../words.ts";

function placeText(view: View, session: Session): string {
  switch (view.kind) {
    case "summary":
      return "Summary";
    case "bytes":
      return session.summary.files[view.file]?.name ?? "Bytes";
    case "table": {
      const label = session.tables.find(({ name }) => name === view.table)?.label ?? view.table;
      if (view.row === undefined) return label;
      return view.table === IMAGE_TABLE ? `${label}: ${session.summary.files[view.row]?.name ?? ""}` : `${label}, row ${view.row}`;
    }
    case "memory":
      return "Memory";
    case "thread":
      return "Thread";
    case "process":
      return "Process";
    case "search":
      return "Search";
  }
}

interface StatusLineProps {
  readonly view: View;
  readonly session: Session;
  /** Bytes are on screen, so that it can be seen what is selected among them. */
  readonly showsBytes: boolean;
}

export function StatusLine({ view, session, showsBytes }: StatusLineProps): ReactNode {
  const cursor = useStore(byteCursor);
  const said = useStore(announcement);
  const saving = useStore(bytesSaving);
  const hover = useRef<HTMLSpanElement>(null);
  const fileName = (file: number): string => (session.summary.files.length > 1 ? `${session.summary.files[file]?.name ?? ""} ` : "");

  useEffect(() => {
    const write = (): void => {
      const now = hovered.get();
      if (hover.current === null) return;
      hover.current.textContent =
        now === undefined
          ? (hoveredMemory.get() ?? "")
          : `${hexText(now.offset)}  ${now.field === undefined ? "" : `${now.field.recordName === "" ? "" : `${now.field.recordName} › `}${now.field.path} = ${now.field.text}`}`;
    };
    const unsubscribe = [hovered.subscribe(write), hoveredMemory.subscribe(write)];
    return () => unsubscribe.forEach((end) => end());
  }, []);

  return (
    <footer className={styles.status}>
      <span className={styles.place}>{placeText(view, session)}</span>
      {view.kind === "memory" && <AddressStatus view={view} />}
      {cursor !== undefined && showsBytes && view.kind !== "memory" && (
        <span className={styles.selection}>
          {view.kind !== "bytes" && fileName(cursor.file)}
          {hexText(cursor.span.start)}
          {cursor.span.end - cursor.span.start > 1 && ` – ${hexText(cursor.span.end)}`}, {plural(cursor.span.end - cursor.span.start, "byte")}
        </span>
      )}
      <span ref={hover} className={styles.hover} />
      <span className={styles.said} role="status" aria-live="polite">
        {said}
      </span>
      {saving !== undefined && (
        <span className={styles.saving}>
          Saving {saving.name}: {sizeText(saving.done)} of {sizeText(saving.total)} ({shareText(saving.done, saving.total)})
          <button type="button" onClick={saving.cancel}>
            Cancel
          </button>
        </span>
      )}
      <span className={styles.size}>
        {session.image.name}, {session.image.fileCount > 1 && `${plural(session.image.fileCount, "file")}, `}
        {sizeText(session.image.size)}
      </span>
    </footer>
  );
}
