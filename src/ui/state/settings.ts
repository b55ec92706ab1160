/** What the user chose about the page itself. Kept in the browser's local storage, where that is allowed. */
import { createStore, type Store } from "./store.ts";

export type Theme = "system" | "light" | "dark";

export interface Settings {
  readonly theme: Theme;
  /** Bytes in a row of a hex grid; 0 fits the width. */
  readonly hexColumns: 0 | 8 | 16 | 32;
  readonly hexGroup: 1 | 2 | 4 | 8;
  readonly offsetBase: 16 | 10;
  /** Bytes in a row of the memory's hex grid, and in a word of it. */
  readonly memoryColumns: 8 | 16 | 32;
  readonly memoryWord: 1 | 2 | 4 | 8;
  readonly mapOpen: boolean;
  /** Part of the memory screen's height that the map takes, in percent. */
  readonly mapShare: number;
  /** Widths of the side panes in pixels. */
  readonly navWidth: number;
  readonly recordWidth: number;
  readonly aboutWidth: number;
  readonly navOpen: boolean;
  readonly recordOpen: boolean;
  /** Part of the record pane's height that the field tree takes, in percent. */
  readonly treeShare: number;
  readonly showFilters: boolean;
  readonly decoderOpen: boolean;
}

const DEFAULTS: Settings = {
  theme: "system",
  hexColumns: 0,
  hexGroup: 1,
  offsetBase: 16,
  memoryColumns: 16,
  memoryWord: 1,
  mapOpen: true,
  mapShare: 40,
  navWidth: 208,
  recordWidth: 560,
  aboutWidth: 400,
  navOpen: true,
  recordOpen: true,
  treeShare: 50,
  showFilters: true,
  decoderOpen: false,
};

/** Storage may be forbidden or full; the page then works with what it has and forgets it at the end. */
export function readStored(key: string): unknown {
  try {
    const text = localStorage.getItem(`icecore.${key}`);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(`icecore.${key}`, JSON.stringify(value));
  } catch {
    // Nothing to tell the user: what they chose holds until the page is closed.
  }
}

function withDefaults(stored: unknown): Settings {
  if (typeof stored !== "object" || stored === null) return DEFAULTS;
  const known = new Map(Object.entries(stored));
  const pick = <K extends keyof Settings>(key: K): Settings[K] => {
    const value: unknown = known.get(key);
    return typeof value === typeof DEFAULTS[key] ? (value as Settings[K]) : DEFAULTS[key];
  };
  return {
    theme: pick("theme"),
    hexColumns: pick("hexColumns"),
    hexGroup: pick("hexGroup"),
    offsetBase: pick("offsetBase"),
    memoryColumns: pick("memoryColumns"),
    memoryWord: pick("memoryWord"),
    mapOpen: pick("mapOpen"),
    mapShare: pick("mapShare"),
    navWidth: pick("navWidth"),
    recordWidth: pick("recordWidth"),
    aboutWidth: pick("aboutWidth"),
    navOpen: pick("navOpen"),
    recordOpen: pick("recordOpen"),
    treeShare: pick("treeShare"),
    showFilters: pick("showFilters"),
    decoderOpen: pick("decoderOpen"),
  };
}

export const settings: Store<Settings> = createStore(withDefaults(typeof localStorage === "undefined" ? undefined : readStored("settings")));

export function changeSettings(change: Partial<Settings>): void {
  settings.set({ ...settings.get(), ...change });
  writeStored("settings", settings.get());
}
