/**
 * Hover and cursor: what changes with every movement of the mouse.
 * It lives outside React's state so that a movement repaints one status line and two hex rows, never a table.
 */
import type { FieldExtent, Span } from "../../core/index.ts";
import { createStore } from "./store.ts";

export interface HoveredByte {
  readonly file: number;
  readonly offset: number;
  readonly field: FieldExtent | undefined;
}

export interface ByteCursor {
  readonly file: number;
  readonly offset: number;
  /** Selected bytes, at least one. */
  readonly span: Span;
}

/** The byte under the mouse. */
export const hovered = createStore<HoveredByte | undefined>(undefined);

/** What is under the mouse in the memory's picture or hex grid, in words. */
export const hoveredMemory = createStore<string | undefined>(undefined);

/** The byte cursor of the hex grid that was used last; relative addresses count from it. */
export const byteCursor = createStore<ByteCursor | undefined>(undefined);

/** One line for the status bar and for screen readers: what was just selected or done. */
export const announcement = createStore("");

const SHOWN_MS = 8_000;
let fade: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  clearTimeout(fade);
  announcement.set(text);
  // An old message beside a new place would be read as being about that place.
  fade = setTimeout(() => announcement.set(""), SHOWN_MS);
}
