/** One field for every kind of place: offsets, addresses, pids, names, paths, problem codes. The core works out where it leads. */
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { useCommand } from "../../state/commands.ts";
import { byteCursor } from "../../state/selection.ts";
import { useStore } from "../../state/store.ts";
import type { View } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/address-bar.module.css";
import { findPlace, type Found } from "./find-place.ts";

export function AddressBar(): ReactNode {
  const { session, navigation } = useWorkbench();
  const [text, setText] = useState("");
  const [given, setGiven] = useState<{ readonly answer: Exclude<Found, { kind: "view" }>; readonly at: View } | undefined>(undefined);
  const view = useStore(navigation.view);
  // The way back may lead elsewhere meanwhile: an answer is about the place where it was asked for.
  const answer = given?.at === view ? given.answer : undefined;
  const ref = useRef<HTMLInputElement>(null);
  const answerId = useId();
  const request = useRef(0);
  const lastSpace = useLastSpace(view);

  useCommand("goTo", () => {
    ref.current?.focus();
    ref.current?.select();
  });

  const goTo = (target: View): void => {
    setGiven(undefined);
    setText("");
    ref.current?.blur();
    navigation.go(target);
  };
  const submit = async (): Promise<void> => {
    if (text.trim() === "") return;
    const mine = ++request.current;
    const cursor = byteCursor.get();
    const from = { view: navigation.view.get(), bytes: cursor && { file: cursor.file, offset: cursor.offset }, space: lastSpace.current };
    const found = await findPlace(session, text, from).catch((error: unknown): Found => ({ kind: "nowhere", why: error instanceof Error ? error.message : String(error) }));
    if (mine !== request.current) return;
    if (found.kind === "view") goTo(found.view);
    else setGiven({ answer: found, at: navigation.view.get() });
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
        if (!event.currentTarget.contains(event.relatedTarget)) setGiven(undefined);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        setGiven(undefined);
        setText("");
        ref.current?.blur();
      }}
    >
      <input
        ref={ref}
        type="text"
        aria-label="Go to an offset, address, pid, file, name, path or problem code"
        aria-describedby={answer === undefined ? undefined : answerId}
        aria-invalid={answer?.kind === "nowhere"}
        placeholder={session.summary.files.length > 1 ? "Go to pid 12, heap+0x10, pages-1.img@0x3000, a name …   g" : "Go to 0x1f0, pid 12, heap+0x10, a name, a path …   g"}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setGiven(undefined);
        }}
      />
      {answer !== undefined && (
        <div id={answerId} className={styles.answer} role="alert">
          {answer.why}
          {answer.kind === "choices" && (
            <ul aria-label={answer.why}>
              {answer.choices.map(({ label, view: target }, index) => (
                <li key={`${index} ${label}`}>
                  <button type="button" onClick={() => goTo(target)}>
                    {label}
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

/** The address space that was looked at last: names such as `heap` count in it. */
function useLastSpace(view: View): { readonly current: number } {
  const space = useRef(0);
  useEffect(() => {
    if ((view.kind === "memory" || view.kind === "process" || view.kind === "search") && view.space !== undefined) space.current = view.space;
  }, [view]);
  return space;
}
