/**
 * Every command of the page in one table: keys, palette, menus and the help sheet are read from it.
 * A part registers a handler while it is on screen; a command without a handler has no effect and is not offered.
 */
import { useEffect, useEffectEvent } from "react";

export interface Command {
  readonly id: string;
  readonly label: string;
  readonly keys: readonly string[];
  readonly group: "Places" | "Tables" | "Bytes" | "Memory" | "Problems" | "Files" | "Page";
}

export const COMMANDS = [
  { id: "goTo", label: "Go to an address, a task, a table or a field", keys: ["g", "Ctrl+G"], group: "Places" },
  { id: "palette", label: "Find a command or a place", keys: ["Ctrl+K"], group: "Places" },
  { id: "back", label: "Back", keys: ["[", "Alt+ArrowLeft"], group: "Places" },
  { id: "forward", label: "Forward", keys: ["]", "Alt+ArrowRight"], group: "Places" },
  { id: "summary", label: "Show the summary", keys: ["s"], group: "Places" },
  { id: "bytes", label: "Show the selected bytes in the whole file", keys: ["b"], group: "Places" },
  { id: "nextPane", label: "Next pane", keys: ["F6"], group: "Places" },
  { id: "previousPane", label: "Previous pane", keys: ["Shift+F6"], group: "Places" },
  { id: "up", label: "Leave the record for the table, the table for the list of tables", keys: ["Escape"], group: "Places" },
  { id: "nextRow", label: "Next row", keys: ["j"], group: "Tables" },
  { id: "previousRow", label: "Previous row", keys: ["k"], group: "Tables" },
  { id: "search", label: "Filter the rows", keys: ["/"], group: "Tables" },
  { id: "clearFilters", label: "Show all rows: clear every filter", keys: ["x"], group: "Tables" },
  { id: "columns", label: "Choose columns", keys: ["c"], group: "Tables" },
  { id: "downloadCsv", label: "Download the rows as CSV", keys: [], group: "Tables" },
  { id: "downloadJson", label: "Download the rows as JSON", keys: [], group: "Tables" },
  { id: "nextUnexplained", label: "Next bytes that nothing explains", keys: ["u"], group: "Bytes" },
  { id: "previousUnexplained", label: "Previous bytes that nothing explains", keys: ["Shift+U"], group: "Bytes" },
  { id: "chooseFile", label: "Choose a file of the set", keys: ["f"], group: "Bytes" },
  { id: "nextFile", label: "Next file of the set", keys: [">"], group: "Bytes" },
  { id: "previousFile", label: "Previous file of the set", keys: ["<"], group: "Bytes" },
  { id: "nextField", label: "Next field", keys: ["."], group: "Bytes" },
  { id: "previousField", label: "Previous field", keys: [","], group: "Bytes" },
  { id: "ownerRow", label: "Show the row that these bytes belong to", keys: ["o"], group: "Bytes" },
  { id: "offsetBase", label: "Offsets in hexadecimal or decimal", keys: ["d"], group: "Bytes" },
  { id: "memory", label: "Show the memory", keys: ["m"], group: "Memory" },
  { id: "nextRegion", label: "Next mapped region", keys: ["r"], group: "Memory" },
  { id: "previousRegion", label: "Previous mapped region", keys: ["Shift+R"], group: "Memory" },
  { id: "nextStored", label: "Next run of bytes that are in the files", keys: ["e"], group: "Memory" },
  { id: "previousStored", label: "Previous run of bytes that are in the files", keys: ["Shift+E"], group: "Memory" },
  { id: "followPointer", label: "Follow the pointer under the cursor", keys: ["t"], group: "Memory" },
  { id: "whoPoints", label: "Who points to the selected addresses", keys: ["w"], group: "Memory" },
  { id: "searchMemory", label: "Search memory", keys: ["q", "Ctrl+Shift+F"], group: "Memory" },
  { id: "nextProblem", label: "Next problem", keys: ["n"], group: "Problems" },
  { id: "previousProblem", label: "Previous problem", keys: ["p"], group: "Problems" },
  { id: "openFile", label: "Open a file", keys: ["Ctrl+O"], group: "Files" },
  { id: "openFolder", label: "Open a folder", keys: [], group: "Files" },
  { id: "closeFile", label: "Close and show the start page", keys: [], group: "Files" },
  { id: "copyLink", label: "Copy a link to this place", keys: ["y"], group: "Files" },
  { id: "theme", label: "Change the colours: system, light, dark", keys: [], group: "Page" },
  { id: "toggleNav", label: "Show or hide the list of tables", keys: ["Ctrl+B"], group: "Page" },
  { id: "toggleRecord", label: "Show or hide the record", keys: ["Ctrl+J"], group: "Page" },
  { id: "help", label: "Show the keys", keys: ["?"], group: "Page" },
] as const satisfies readonly Command[];

export type CommandId = (typeof COMMANDS)[number]["id"];

/** Keys that a grid answers itself while it has the focus; listed for the help sheet only. */
export const GRID_KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["Arrow keys, Home, End", "Move by cell; with Ctrl to the first or last"],
  ["PageUp, PageDown", "Move by a screen"],
  ["Enter", "Follow the cell's link, else open the record; on a header: sort"],
  ["Shift+Enter", "On a header: add to the sort"],
  ["Enter, Ctrl+click", "In memory: follow the pointer; in its map: go to the first bytes of the region"],
  ["Shift+F10", "Menu of the cell or header"],
  ["Ctrl+C", "Copy the cell, or the selected bytes as hex"],
  ["Ctrl+Shift+C", "Copy the row"],
  ["Alt+Left, Alt+Right", "On a header: move the column"],
  ["Shift+Left, Shift+Right", "On a header: width of the column; in bytes: extend the selection"],
];

/** A key as it is printed on keyboards. */
export function keyText(key: string): string {
  return key.replace("ArrowLeft", "←").replace("ArrowRight", "→").replace("Escape", "Esc");
}

/** Who answers when several parts could: the record before the place, the place before the page. */
export type Rank = "page" | "place" | "record";
const RANKS: readonly Rank[] = ["page", "place", "record"];

interface Handler {
  readonly rank: number;
  readonly run: () => void;
}

const handlers = new Map<CommandId, readonly Handler[]>();

export function isAvailable(id: CommandId): boolean {
  return (handlers.get(id)?.length ?? 0) > 0;
}

/** Runs the handler of the highest rank; false when there is none. */
export function runCommand(id: CommandId): boolean {
  const handler = handlers.get(id)?.at(-1);
  handler?.run();
  return handler !== undefined;
}

/** Answers a command while the calling component is mounted. Pass undefined to leave it to others. */
export function useCommand(id: CommandId, handler: (() => void) | undefined, rank: Rank = "place"): void {
  const run = useEffectEvent(() => handler?.());
  const present = handler !== undefined;
  useEffect(() => {
    if (!present) return;
    const mine: Handler = { rank: RANKS.indexOf(rank), run: () => run() };
    handlers.set(id, [...(handlers.get(id) ?? []), mine].toSorted((a, b) => a.rank - b.rank));
    return () => {
      handlers.set(id, (handlers.get(id) ?? []).filter((other) => other !== mine));
    };
  }, [id, present, rank]);
}

/** `Ctrl+Shift+C`, `Alt+ArrowLeft`, `Shift+U`, `?`: the spelling used in the table. Meta counts as Ctrl. */
export function keyName(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const isSign = event.key.length === 1 && event.key.toLowerCase() === event.key.toUpperCase();
  const key = event.key.length === 1 ? (event.shiftKey || event.ctrlKey || event.metaKey ? event.key.toUpperCase() : event.key) : event.key;
  return [
    event.ctrlKey || event.metaKey ? "Ctrl+" : "",
    event.altKey ? "Alt+" : "",
    event.shiftKey && !isSign ? "Shift+" : "",
    key,
  ].join("");
}

const byKey = new Map<string, CommandId>(COMMANDS.flatMap(({ id, keys }) => keys.map((key) => [key, id] as const)));

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

/** One listener for the page. A key that a focused part used (preventDefault) is not a command. */
export function listenForKeys(win: Window): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || document.querySelector("dialog[open], [role=menu]") !== null) return;
    if (isTyping(event.target) && !event.ctrlKey && !event.metaKey) return;
    const id = byKey.get(keyName(event));
    if (id !== undefined && runCommand(id)) event.preventDefault();
  };
  win.addEventListener("keydown", onKeyDown);
  return () => win.removeEventListener("keydown", onKeyDown);
}
