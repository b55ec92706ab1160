/** One field for every kind of place: offsets, addresses, pids, names, paths, problem codes. The core works out where it leads. */
import { useId, useRef, useState, type ReactNode } from "react";
import type { Place } from "../../../core/index.ts";
import { useCommand } from "../../state/commands.ts";
import { byteCursor } from "../../state/selection.ts";
import { useWorkbench, viewOfPlace, viewOfRow } from "../../state/workbench.ts";
import styles from "../../styles/address-bar.module.css";

export function AddressBar(): ReactNode {
  const { session, navigation } = useWorkbench();
  const [text, setText] = useState("");
  const [place, setPlace] = useState<Exclude<Place, { kind: "offset" | "row" }> | undefined>(undefined);
  const ref = useRef<HTMLInputElement>(null);
  const answerId = useId();
  const request = useRef(0);

  useCommand("goTo", () => {
    ref.current?.focus();
    ref.current?.select();
  });

  const submit = async (): Promise<void> => {
    if (text.trim() === "") return;
    const mine = ++request.current;
    const cursor = byteCursor.get();
    const found = await session.inspector
      .resolvePlace(text, cursor && { file: cursor.file, offset: cursor.offset })
      .catch((error: unknown): Place => ({ kind: "nowhere", why: error instanceof Error ? error.message : String(error) }));
    if (mine !== request.current) return;
    const view = viewOfPlace(found);
    if (view !== undefined) {
      setPlace(undefined);
      setText("");
      ref.current?.blur();
      navigation.go(view);
    } else if (found.kind === "choices" || found.kind === "nowhere") setPlace(found);
  };

  return (
    <form
      role="search"
      className={styles.bar}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setPlace(undefined);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        setPlace(undefined);
        setText("");
        ref.current?.blur();
      }}
    >
      <input
        ref={ref}
        type="text"
        aria-label="Go to an offset, address, pid, file, name, path or problem code"
        aria-describedby={place === undefined ? undefined : answerId}
        aria-invalid={place?.kind === "nowhere"}
        placeholder={session.summary.files.length > 1 ? "Go to pid 12, core-12.img, pages-1.img@0x3000, a name …   g" : "Go to 0x1f0, pid 12, a name, a path …   g"}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setPlace(undefined);
        }}
      />
      {place !== undefined && (
        <div id={answerId} className={styles.answer} role={place.kind === "nowhere" ? "alert" : undefined}>
          {place.kind === "nowhere" ? (
            place.why
          ) : (
            <ul aria-label="Places with this name">
              {place.choices.map((choice) => (
                <li key={`${choice.table} ${choice.row}`}>
                  <button
                    type="button"
                    onClick={() => {
                      setPlace(undefined);
                      setText("");
                      navigation.go(viewOfRow(choice.table, choice.row));
                    }}
                  >
                    {choice.label}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </form>
  );
}
