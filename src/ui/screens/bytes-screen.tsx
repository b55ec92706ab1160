/** The whole file as bytes. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useCommand } from "../state/commands.ts";
import { announce, byteCursor } from "../state/selection.ts";
import { changeSettings, settings, type Settings } from "../state/settings.ts";
import { useStore } from "../state/store.ts";
import { bytesView, type BytesView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import styles from "../styles/bytes.module.css";
import { COPY_FORMATS, COPY_LABELS } from "../parts/byte-text.ts";
import { Empty } from "../parts/faces.tsx";
import { copySelection, saveSelection } from "../parts/hex-grid/copy-selection.ts";
import { selectedRange } from "../parts/hex-grid/cursor.ts";
import { goToUnexplained } from "../parts/hex-grid/go-to-unexplained.ts";
import { HexGrid } from "../parts/hex-grid/hex-grid.tsx";
import { Menu, below, type MenuAt } from "../parts/menu.tsx";
import { useFocus } from "../parts/record/use-focus.ts";
import { exactBytes, hexText, plural } from "../parts/words.ts";

export function BytesScreen({ view }: { view: BytesView }): ReactNode {
  const { session, navigation } = useWorkbench();
  const { inspector, summary } = session;
  const [menu, setMenu] = useState<MenuAt | undefined>(undefined);
  const { hexColumns, hexGroup, offsetBase } = useStore(settings);
  const file = summary.files[view.file];
  const focus = useFocus(inspector, view);
  const owner = focus.state === "ready" ? focus.value : undefined;

  useEffect(() => {
    byteCursor.set({ file: view.file, offset: view.offset, span: { file: view.file, ...selectedRange(view.anchor, view.offset) } });
  }, [view.file, view.offset, view.anchor]);

  const stepField = async (direction: 1 | -1): Promise<void> => {
    const here = await inspector.ownerAt(view.file, view.offset);
    if (here === undefined) return;
    const to = direction === 1 ? here.field.span.end : here.field.span.start - 1;
    const next = await inspector.ownerAt(view.file, to);
    // The cursor may have moved on meanwhile; the last key wins.
    if (navigation.view.get() !== view) return;
    if (next === undefined) announce("There is no field beyond this one.");
    else navigation.move(bytesView(view.file, next.field.span.start, next.field.span.end));
  };
  useCommand("nextField", () => void stepField(1));
  useCommand("previousField", () => void stepField(-1));

  if (file === undefined) return <Empty title={`The checkpoint has no file number ${view.file}.`} />;
  if (file.size === 0) return <Empty title={`${file.name} is empty: it has no bytes to show.`} />;

  const offset = Math.min(view.offset, file.size - 1);
  const range = { file: view.file, ...selectedRange(view.anchor === undefined ? undefined : Math.min(view.anchor, file.size - 1), offset) };
  const move = (to: number, anchor: number | undefined): void =>
    navigation.move({ kind: "bytes", file: view.file, offset: to, ...(anchor === undefined ? {} : { anchor }) });
  // A selected range is lit by itself; a single byte lights the field that it belongs to.
  const lit = owner?.span ?? undefined;

  return (
    <section className={styles.bytes} aria-label="Bytes">
      <div className={styles.toolbar}>
        <h1>Bytes</h1>
        {summary.files.length > 1 ? (
          <select aria-label="File" value={view.file} onChange={(event) => navigation.go(bytesView(Number(event.target.value), 0))}>
            {summary.files.map(({ name }, index) => (
              <option key={index} value={index}>
                {name}
              </option>
            ))}
          </select>
        ) : (
          <span className={styles.file}>{file.name}</span>
        )}
        <span className={styles.size}>{exactBytes(file.size)}</span>
        <GoToOffset size={file.size} from={offset} onGo={(to) => navigation.go(bytesView(view.file, to))} />
        <span className={styles.space} />
        <UnexplainedButtons view={view} />
        <button type="button" aria-haspopup="menu" onClick={(event) => setMenu(below(event.currentTarget))}>
          Copy {plural(range.end - range.start, "byte")}
        </button>
        <label className={styles.choice}>
          Row
          <select value={hexColumns} onChange={(event) => changeSettings({ hexColumns: Number(event.target.value) as Settings["hexColumns"] })}>
            <option value={0}>fit</option>
            <option value={8}>8</option>
            <option value={16}>16</option>
            <option value={32}>32</option>
          </select>
        </label>
        <label className={styles.choice}>
          Group
          <select value={hexGroup} onChange={(event) => changeSettings({ hexGroup: Number(event.target.value) as Settings["hexGroup"] })}>
            {[1, 2, 4, 8].map((group) => (
              <option key={group} value={group}>
                {group}
              </option>
            ))}
          </select>
        </label>
        <button type="button" title="Offsets in hexadecimal or decimal (d)" onClick={() => changeSettings({ offsetBase: offsetBase === 16 ? 10 : 16 })}>
          {offsetBase === 16 ? "hex offsets" : "decimal offsets"}
        </button>
      </div>
      <HexGrid
        label={`Bytes of ${file.name}`}
        file={view.file}
        size={file.size}
        cursor={offset}
        anchor={view.anchor}
        lit={lit}
        onCursor={move}
        notes
        revealKey={`${view.offset}`}
      />
      {menu !== undefined && (
        <Menu
          label="Copy the selected bytes"
          at={menu}
          onClose={() => setMenu(undefined)}
          items={[
            ...COPY_FORMATS.map((format) => ({
              label: `Copy as ${COPY_LABELS[format]}`,
              run: () => void copySelection(inspector, range, format),
            })),
            "line",
            { label: "Save as a file", run: () => void saveSelection(inspector, range, `${file.name}.${hexText(range.start)}.bin`) },
          ]}
        />
      )}
    </section>
  );
}

function UnexplainedButtons({ view }: { view: BytesView }): ReactNode {
  const workbench = useWorkbench();
  const { coverage } = workbench.session.summary;
  const step = (direction: 1 | -1): void => void goToUnexplained(workbench, view.file, view.offset, direction);
  useCommand("nextUnexplained", () => step(1));
  useCommand("previousUnexplained", () => step(-1));
  const missing = coverage.total - coverage.explained;
  return (
    <span className={styles.unexplained}>
      {missing === 0 ? (
        "every byte explained"
      ) : (
        <>
          {exactBytes(missing)} unexplained
          <button type="button" aria-label="Previous unexplained bytes" title="Previous unexplained bytes (Shift+U)" onClick={() => step(-1)}>
            ↑
          </button>
          <button type="button" aria-label="Next unexplained bytes" title="Next unexplained bytes (u)" onClick={() => step(1)}>
            ↓
          </button>
        </>
      )}
    </span>
  );
}

interface GoToOffsetProps {
  readonly size: number;
  readonly from: number;
  readonly onGo: (offset: number) => void;
}

/** Decimal, 0x, and +n or -n from the cursor. Undefined when it is not a number at all. */
export function offsetOfText(text: string, from: number): number | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(text.trim().replaceAll(/[\s_,]/g, ""));
  if (match === null) return undefined;
  const amount = Number(match[2]);
  if (match[1] === "+") return from + amount;
  return match[1] === "-" ? from - amount : amount;
}

function GoToOffset({ size, from, onGo }: GoToOffsetProps): ReactNode {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const ref = useRef<HTMLInputElement>(null);
  const submit = (): void => {
    const offset = offsetOfText(text, from);
    if (offset === undefined) return setProblem("Type an offset such as 0x1f0, 496, +0x20 or -16.");
    if (offset < 0 || offset >= size) return setProblem(`The file has offsets 0 to ${hexText(size - 1)}.`);
    setProblem("");
    setText("");
    onGo(offset);
  };
  return (
    <form
      className={styles.goTo}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <input
        ref={ref}
        aria-label="Go to offset"
        aria-invalid={problem !== ""}
        placeholder="offset 0x…, +n, -n"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit">Go</button>
      <span className={styles.problem} role="alert">
        {problem}
      </span>
    </form>
  );
}
