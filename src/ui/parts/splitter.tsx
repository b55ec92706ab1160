/** The bar between two panes: dragged with the mouse, moved with the arrow keys, as the separator role asks. */
import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import styles from "../styles/splitter.module.css";
import { cx } from "./cx.ts";

interface SplitterProps {
  readonly label: string;
  readonly orientation: "vertical" | "horizontal";
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Value per pixel of movement to the right or down; negative when the pane is on the other side. */
  readonly scale: number;
  readonly onChange: (value: number) => void;
}

export function Splitter({ label, orientation, value, min, max, scale, onChange }: SplitterProps): ReactNode {
  const start = useRef<{ at: number; value: number } | undefined>(undefined);
  const position = (event: PointerEvent): number => (orientation === "vertical" ? event.clientX : event.clientY);
  const set = (next: number): void => onChange(Math.round(Math.max(min, Math.min(max, next))));

  const onKeyDown = (event: KeyboardEvent): void => {
    const back = orientation === "vertical" ? "ArrowLeft" : "ArrowUp";
    const forth = orientation === "vertical" ? "ArrowRight" : "ArrowDown";
    if (event.key === back) set(value - 16 * scale);
    else if (event.key === forth) set(value + 16 * scale);
    else if (event.key === "Home") set(min);
    else if (event.key === "End") set(max);
    else return;
    event.preventDefault();
  };

  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      className={cx(styles.splitter, styles[orientation])}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { at: position(event), value };
      }}
      onPointerMove={(event) => {
        if (start.current !== undefined) set(start.current.value + (position(event) - start.current.at) * scale);
      }}
      onPointerUp={() => {
        start.current = undefined;
      }}
    />
  );
}
