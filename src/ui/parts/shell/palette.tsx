/** Ctrl+K: every command, every table, and whatever the core finds for the typed text, in one list. */
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { COMMANDS, isAvailable, keyText, runCommand } from "../../state/commands.ts";
import { byteCursor } from "../../state/selection.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { tableView, type View } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/palette.module.css";
import { cx } from "../cx.ts";
import { Dialog } from "../dialog.tsx";
import { ListSearch } from "../list-search.tsx";
import { findPlace } from "./find-place.ts";

interface Entry {
  readonly label: string;
  readonly kind: string;
  readonly keys?: string | undefined;
  readonly run: () => void;
}

/** True when the letters of `typed` occur in `text` in this order. */
export function isFuzzyMatch(typed: string, text: string): boolean {
  const wanted = typed.toLowerCase().replaceAll(" ", "");
  let at = 0;
  for (const letter of text.toLowerCase()) if (letter === wanted[at]) at++;
  return at === wanted.length;
}

export function Palette({ onClose }: { onClose: () => void }): ReactNode {
  const { session, navigation } = useWorkbench();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const listId = useId();
  const list = useRef<HTMLUListElement>(null);
  // Asked when the sheet opens: the parts that answer commands are then still on screen.
  const fixed = useMemo<readonly Entry[]>(() => {
    const go = (view: View) => () => navigation.go(view);
    return [
      ...session.tables
        .filter(({ rowCount }) => rowCount > 0)
        .map((table) => ({ label: table.label, kind: "table", run: go(tableView(table.name)) })),
      ...COMMANDS.filter(({ id }) => id !== "palette" && isAvailable(id)).map(({ id, label, keys }) => ({
        label,
        kind: "command",
        keys: keys[0],
        run: () => void runCommand(id),
      })),
    ];
  }, [session, navigation]);

  const answer = useAnswer(typed, async () => {
    if (typed.trim().length < 1) return undefined;
    const cursor = byteCursor.get();
    const view = navigation.view.get();
    return await findPlace(session, typed, { view, bytes: cursor && { file: cursor.file, offset: cursor.offset }, space: "space" in view ? (view.space ?? 0) : 0 });
  });
  const place = answer.state === "ready" ? answer.value : undefined;
  const found = useMemo<readonly Entry[]>(() => {
    if (place === undefined || place.kind === "nowhere") return [];
    const places = place.kind === "view" ? [place] : place.choices;
    return places.map(({ label, view }) => ({ label, kind: view.kind === "bytes" || view.kind === "memory" ? view.kind : "place", run: () => navigation.go(view) }));
  }, [place, navigation]);

  const entries = [...fixed.filter(({ label }) => isFuzzyMatch(typed, label)), ...found];
  const at = Math.min(active, entries.length - 1);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const choose = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    // After the sheet is gone and the focus is back where it was.
    setTimeout(entry.run);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setActive((at + 1) % Math.max(1, entries.length));
    else if (event.key === "ArrowUp") setActive((at - 1 + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") choose(entries[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title="Find a command or a place" onClose={onClose} bare>
      <ListSearch
        className={styles.input}
        label="Command, table, task, name, address or path"
        placeholder="Command, table, task, name, address …"
        listId={listId}
        at={at}
        value={typed}
        onType={(text) => {
          setTyped(text);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul ref={list} id={listId} role="listbox" aria-label="Commands and places" className={styles.list}>
        {entries.map((entry, index) => (
          <li
            key={`${entry.kind} ${entry.label} ${index}`}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === at}
            className={cx(styles.entry, index === at && styles.active)}
            onClick={() => choose(entry)}
          >
            <span>{entry.label}</span>
            <span className={styles.kind}>{entry.keys === undefined ? entry.kind : <kbd>{keyText(entry.keys)}</kbd>}</span>
          </li>
        ))}
      </ul>
      {entries.length === 0 && (
        <p className={styles.none} role="status">
          {place?.kind === "nowhere" ? place.why : "Nothing has this name."}
        </p>
      )}
    </Dialog>
  );
}
