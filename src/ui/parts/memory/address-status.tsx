/** The part of the status line about the cursor in memory: what is selected, and what is there. */
import type { ReactNode } from "react";
import { formatCount, formatHex } from "../../../core/index.ts";
import { settings } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import type { MemoryView } from "../../state/view.ts";
import styles from "../../styles/status-line.module.css";
import { selectedAddresses } from "./memory-words.ts";
import { pieceText } from "./pieces.ts";
import { latestOf, useAbout } from "./use-space.ts";

export function AddressStatus({ view }: { view: MemoryView }): ReactNode {
  const { memoryWord } = useStore(settings);
  const about = latestOf(useAbout(view.space, view.address));
  if (view.address === undefined) return undefined;
  const { start, end } = selectedAddresses(view.anchor, view.address, memoryWord);
  const length = end - start;
  return (
    <>
      <span className={styles.selection}>
        {formatHex(start)}
        {length > 1n && ` – ${formatHex(end)}`}, {formatCount(length)} {length === 1n ? "byte" : "bytes"}
      </span>
      {about?.region !== undefined && <span className={styles.selection}>{about.label}</span>}
      {about !== undefined && <span className={styles.selection}>{pieceText(about.piece, about.address)}</span>}
    </>
  );
}
