/** A whole file of the set as bytes. */
import { useEffect, useState, type ReactNode } from "react";
import { runCommand, useCommand } from "../state/commands.ts";
import { announce, byteCursor } from "../state/selection.ts";
import { changeSettings, settings, type Settings } from "../state/settings.ts";
import { useStore } from "../state/store.ts";
import { bytesView, type BytesView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import styles from "../styles/bytes.module.css";
import { COPY_FORMATS, COPY_LABELS } from "../parts/byte-text.ts";
import { Empty } from "../parts/faces.tsx";
import { copySelection } from "../parts/hex-grid/copy-selection.ts";
import { selectedRange } from "../parts/hex-grid/cursor.ts";
import { GoToOffset } from "../parts/hex-grid/go-to-offset.tsx";
import { goToUnexplained } from "../parts/hex-grid/go-to-unexplained.ts";
import { HexGrid } from "../parts/hex-grid/hex-grid.tsx";
import { Menu, below, type MenuAt } from "../parts/menu.tsx";
import { useFocus } from "../parts/record/use-focus.ts";
import { saveBytes } from "../parts/save-bytes.ts";
import { baseName, exactBytes, hexText, plural } from "../parts/words.ts";

export function BytesScreen({ view }: { view: BytesView }): ReactNode {
  const { session } = useWorkbench();
  const { files } = session.summary;
  const file = files[view.file];
  if (file === undefined) return <Empty title={`The checkpoint has no file number ${view.file}.`} />;
  return (
    <section className={styles.bytes} aria-label="Bytes">
      {file.size === 0 ? (
        <>
          <div className={styles.toolbar}>
            <h1>Bytes</h1>
            <FileChoice view={view} />
          </div>
          <Empty title={`${file.name} is empty: it has no bytes to show.`} />
        </>
      ) : (
        <FileBytes key={view.file} view={view} name={file.name} size={file.size} />
      )}
    </section>
  );
}

/** Which file is shown, and the way to the others: there may be thousands of them. */
function FileChoice({ view }: { view: BytesView }): ReactNode {
  const { files } = useWorkbench().session.summary;
  const file = files[view.file];
  if (files.length < 2) return <span className={styles.file}>{file?.name}</span>;
  return (
    <span className={styles.files}>
      <button type="button" aria-label="Previous file" title="Previous file (<)" disabled={view.file === 0} onClick={() => runCommand("previousFile")}>
        ‹
      </button>
      <button type="button" className={styles.chosen} aria-haspopup="dialog" title={`${file?.name ?? ""}: choose another file (f)`} onClick={() => runCommand("chooseFile")}>
        <span className="visually-hidden">File </span>
        <span className={styles.chosenName}>{file?.name}</span>
        <span aria-hidden="true"> ▾</span>
      </button>
      <button type="button" aria-label="Next file" title="Next file (>)" disabled={view.file === files.length - 1} onClick={() => runCommand("nextFile")}>
        ›
      </button>
    </span>
  );
}

function FileBytes({ view, name, size }: { view: BytesView; name: string; size: number }): ReactNode {
  const { session, navigation } = useWorkbench();
  const { inspector } = session;
  const [menu, setMenu] = useState<MenuAt | undefined>(undefined);
  const { hexColumns, hexGroup, offsetBase } = useStore(settings);
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
    if (next === undefined) announce("There is no field beyond this one in the file.");
    else navigation.move(bytesView(view.file, next.field.span.start, next.field.span.end));
  };
  useCommand("nextField", () => void stepField(1));
  useCommand("previousField", () => void stepField(-1));

  const offset = Math.min(view.offset, size - 1);
  const range = { file: view.file, ...selectedRange(view.anchor === undefined ? undefined : Math.min(view.anchor, size - 1), offset) };
  const move = (to: number, anchor: number | undefined): void =>
    navigation.move({ kind: "bytes", file: view.file, offset: to, ...(anchor === undefined ? {} : { anchor }) });
  // A selected range is lit by itself; a single byte lights the field that it belongs to.
  const lit = owner?.span ?? undefined;

  return (
    <>
      <div className={styles.toolbar}>
        <h1>Bytes</h1>
        <FileChoice view={view} />
        <span className={styles.size}>{exactBytes(size)}</span>
        <GoToOffset size={size} from={offset} onGo={(to) => navigation.go(bytesView(view.file, to))} />
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
        label={`Bytes of ${name}`}
        file={view.file}
        size={size}
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
            { label: "Save as a file", run: () => void saveBytes(inspector, range, `${baseName(name)}.${hexText(range.start)}.bin`) },
            { label: "Save the whole file", run: () => void saveBytes(inspector, { file: view.file, start: 0, end: size }, baseName(name)) },
          ]}
        />
      )}
    </>
  );
}

function UnexplainedButtons({ view }: { view: BytesView }): ReactNode {
  const workbench = useWorkbench();
  const { coverage, files } = workbench.session.summary;
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
          {exactBytes(missing)} unexplained{files.length > 1 && ` in ${plural(files.length, "file")}`}
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
