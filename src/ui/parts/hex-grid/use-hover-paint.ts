/**
 * Paints the field under the mouse by setting an attribute on the bytes that are on screen.
 * React does not know of it: a movement of the mouse touches a few elements and renders nothing.
 */
import { useEffect, type RefObject } from "react";
import { hovered } from "../../state/selection.ts";

/** Longer fields are painted only around the hovered byte. */
const MOST_BYTES = 4096;

export function useHoverPaint(viewport: RefObject<HTMLElement | null>, file: number): void {
  useEffect(() => {
    let painted: Element[] = [];
    const paint = (): void => {
      for (const element of painted) element.removeAttribute("data-hover");
      painted = [];
      const now = hovered.get();
      if (viewport.current === null || now?.file !== file) return;
      const start = now.field?.start ?? now.offset;
      const end = Math.min(now.field?.end ?? now.offset + 1, start + MOST_BYTES);
      for (const element of viewport.current.querySelectorAll<HTMLElement>("[data-offset]")) {
        const offset = Number(element.dataset["offset"]);
        if (offset < start || offset >= end) continue;
        element.setAttribute("data-hover", "");
        painted.push(element);
      }
    };
    // After every render, since that may have brought other bytes on screen.
    paint();
    const unsubscribe = hovered.subscribe(paint);
    return () => {
      unsubscribe();
      for (const element of painted) element.removeAttribute("data-hover");
    };
  });
}
