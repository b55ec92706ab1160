/** The files of the set in a list that can be searched by name and kind. The worker searches, so thousands are no matter. */
import { useEffect, useEffectEvent, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import type { Row } from "../../core/index.ts";
import { useAnswer } from "../state/use-answer.ts";
import { IMAGE_TABLE } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import styles from "../styles/file-picker.module.css";
import { cx } from "./cx.ts";
import { useRowPages } from "./data-table/use-row-pages.ts";
import { Dialog } from "./dialog.tsx";
import { ListSearch } from "./list-search.tsx";
import { useRowScroller } from "./use-row-window.ts";
import { countText, plural } from "./words.ts";

const ROW_HEIGHT = 24;

interface FilePickerProps {
  /** Number of the file that is shown. */
  readonly current: number;
  readonly onChoose: (file: number) => void;
  readonly onClose: () => void;
}

export function FilePicker({ current, onChoose, onClose }: FilePickerProps): ReactNode {
  const { inspector, tables } = useWorkbench().session;
  const [typed, setTyped] = useState("");
  /** Where the arrow keys led; undefined until then. */
  const [moved, setMoved] = useState<number | undefined>(undefined);
  const listId = useId();
  const viewport = useRef<HTMLDivElement>(null);
  const info = tables.find(({ name }) => name === IMAGE_TABLE);

  const answer = useAnswer(typed, async (signal) => {
    const view = await inspector.query(IMAGE_TABLE, { search: typed }, signal);
    // Without a search the list begins at the file that is shown.
    return { view, start: typed === "" ? Math.max(0, await inspector.indexOf(view.id, current)) : 0 };
  });
  const found = answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined;
  const matching = found?.view.matching ?? 0;
  const { window: shown, spacer, pageRows, reveal } = useRowScroller(viewport, matching, ROW_HEIGHT);
  const { first, count, shift } = shown;
  const pages = useRowPages(inspector, found?.view.id, first, count);

  const start = found?.start ?? 0;
  const viewId = found?.view.id;
  const revealStart = useEffectEvent((_view: number | undefined) => reveal(start, "jump"));
  useEffect(() => revealStart(viewId), [viewId]);

  const at = Math.min(moved ?? start, matching - 1);
  const choose = (row: Row | undefined): void => {
    if (row === undefined) return;
    onClose();
    // After the sheet is gone and the focus is back where it was.
    setTimeout(() => onChoose(row.row));
  };
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(to, matching - 1));
    setMoved(next);
    reveal(next, "step");
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "PageDown") move(at + pageRows);
    else if (event.key === "PageUp") move(at - pageRows);
    else if (event.key === "Enter") choose(pages.at(at));
    else return;
    event.preventDefault();
  };
  const text = (row: Row | undefined, column: string): string => row?.cells[info?.columns.findIndex(({ name }) => name === column) ?? -1]?.text ?? "";

  return (
    <Dialog title="Choose a file" onClose={onClose} bare>
      <ListSearch
        className={styles.input}
        label="Find a file by its name or kind"
        placeholder="Name or kind of a file …"
        listId={listId}
        at={at}
        value={typed}
        onType={(text) => {
          setTyped(text);
          setMoved(undefined);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={viewport} id={listId} role="listbox" aria-label="Files" className={styles.list} tabIndex={-1}>
        <div className={styles.content} style={{ height: spacer }}>
          <div className={styles.layer} style={{ height: count * ROW_HEIGHT - shift }}>
            <div style={{ transform: `translateY(${-shift}px)` }}>
              {Array.from({ length: count }, (_, index) => first + index).map((index) => {
                const row = pages.at(index);
                return (
                  <div
                    key={index}
                    id={`${listId}-${index}`}
                    role="option"
                    aria-selected={index === at}
                    aria-posinset={index + 1}
                    aria-setsize={matching}
                    className={cx(styles.file, index === at && styles.active)}
                    onClick={() => choose(row)}
                  >
                    <span className={styles.name} title={text(row, "path")}>
                      <bdi>{text(row, "path")}</bdi>
                    </span>
                    <span className={styles.kind}>{text(row, "kind")}</span>
                    <span className={styles.size}>{text(row, "size")}</span>
                  </div>
                );
              })}
            </div>
          </div>
        </div>
      </div>
      <p className={styles.count} role="status">
        {found !== undefined && (matching === found.view.total ? plural(matching, "file") : `${countText(matching)} of ${plural(found.view.total, "file")}`)}
        {matching === 0 && found !== undefined && `: none is called "${typed}" or is of that kind`}
      </p>
    </Dialog>
  );
}
