/** Scrolls a table sideways when the cell that has the focus would be out of sight. */
import { useEffect, useEffectEvent, useRef } from "react";

/** The returned function is called before a key moves the focus; a click is on something that is in sight already. */
export function useCellInSight(cellId: string, hasSelection: boolean): () => void {
  const isByKey = useRef(false);
  useEffect(() => {
    if (isByKey.current) bringIntoSight(cellId);
    isByKey.current = false;
  }, [cellId]);
  const followSelection = useEffectEvent(() => bringIntoSight(cellId));
  useEffect(() => {
    // With the first selection the record takes part of the table's width, perhaps over the cell that was clicked.
    if (hasSelection) followSelection();
  }, [hasSelection]);
  return () => {
    isByKey.current = true;
  };
}

function bringIntoSight(id: string): void {
  document.getElementById(id)?.scrollIntoView({ block: "nearest", inline: "nearest" });
}
