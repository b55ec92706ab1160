/** A pop-up menu: arrow keys, letters, Esc, click outside. Placed at a point and kept inside the window. */
import { useEffect, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import styles from "../styles/menu.module.css";

export interface MenuItem {
  readonly label: string;
  /** Undefined: shown, but cannot be chosen. */
  readonly run: (() => void) | undefined;
  readonly keys?: string;
  readonly checked?: boolean;
}

export interface MenuAt {
  readonly x: number;
  readonly y: number;
}

interface MenuProps {
  readonly label: string;
  readonly at: MenuAt;
  readonly items: readonly (MenuItem | "line")[];
  readonly onClose: () => void;
}

export function Menu({ label, at, items, onClose }: MenuProps): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  const opener = useRef<Element | null>(null);
  const close = (): void => {
    onClose();
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };

  useLayoutEffect(() => {
    opener.current = document.activeElement;
    const menu = ref.current;
    if (menu === null) return;
    menu.style.left = `${Math.max(4, Math.min(at.x, window.innerWidth - menu.offsetWidth - 4))}px`;
    menu.style.top = `${Math.max(4, Math.min(at.y, window.innerHeight - menu.offsetHeight - 4))}px`;
    menu.querySelector<HTMLElement>("[role^=menuitem]:not([aria-disabled=true])")?.focus();
  }, [at.x, at.y]);

  useEffect(() => {
    const onPointerDown = (event: PointerEvent): void => {
      if (event.target instanceof Node && ref.current?.contains(event.target) === true) return;
      onClose();
    };
    document.addEventListener("pointerdown", onPointerDown, true);
    return () => document.removeEventListener("pointerdown", onPointerDown, true);
  }, [onClose]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const entries = [...(ref.current?.querySelectorAll<HTMLElement>("[role^=menuitem]:not([aria-disabled=true])") ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const focus = (index: number): void => entries[(index + entries.length) % entries.length]?.focus();
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key === "ArrowDown") focus(at + 1);
    else if (event.key === "ArrowUp") focus(at - 1);
    else if (event.key === "Home") focus(0);
    else if (event.key === "End") focus(-1);
    else if (event.key.length === 1 && event.key !== " ") {
      const after = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
      after.find((entry) => entry.textContent?.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={ref} role="menu" aria-label={label} className={styles.menu} onKeyDown={onKeyDown}>
      {items.map((item, index) =>
        item === "line" ? (
          <div key={index} role="separator" className={styles.line} />
        ) : (
          <button
            key={index}
            type="button"
            role={item.checked === undefined ? "menuitem" : "menuitemradio"}
            aria-checked={item.checked}
            aria-disabled={item.run === undefined}
            tabIndex={-1}
            className={styles.item}
            onClick={() => {
              if (item.run === undefined) return;
              close();
              item.run();
            }}
          >
            <span>
              {item.checked === true ? "✓ " : ""}
              {item.label}
            </span>
            {item.keys !== undefined && <kbd>{item.keys}</kbd>}
          </button>
        ),
      )}
    </div>
  );
}

/** The point under an element, where a menu that it opens should stand. */
export function below(element: Element): MenuAt {
  const box = element.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 2 };
}
