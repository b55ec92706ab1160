/** One record: what it is, the rows made from it, problems, fields, bytes. */
import { useEffect, useState, type ReactNode } from "react";
import type { Explanation, FieldNode, Span } from "../../../core/index.ts";
import { useCommand } from "../../state/commands.ts";
import { byteCursor } from "../../state/selection.ts";
import { changeSettings, settings } from "../../state/settings.ts";
import { useStore } from "../../state/store.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { bytesView, tableView, type View } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/record.module.css";
import { cx } from "../cx.ts";
import { Failed, Waiting } from "../faces.tsx";
import { FieldTree } from "../field-tree/field-tree.tsx";
import { ancestorsOf, findNode } from "../field-tree/tree-lines.ts";
import { DataInspector } from "../hex-grid/data-inspector.tsx";
import { HexGrid } from "../hex-grid/hex-grid.tsx";
import { Splitter } from "../splitter.tsx";
import { RecordHead } from "./record-head.tsx";
import { FieldNote } from "./field-note.tsx";
import { RowContents } from "./row-contents-line.tsx";
import { RowPlaces } from "./row-places-line.tsx";
import type { Focus } from "./use-focus.ts";

interface RecordViewProps {
  readonly view: View;
  readonly focus: Focus;
}

export function RecordView({ view, focus }: RecordViewProps): ReactNode {
  const { session, navigation } = useWorkbench();
  const { inspector } = session;
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [expand, setExpand] = useState<readonly string[]>(focus.path === undefined ? [] : [focus.path]);
  const answer = useAnswer(`${focus.record} ${expand.join(" ")}`, () => inspector.explain(focus.record, expand));
  const explanation = answer.state === "ready" ? answer.value : answer.state === "waiting" ? answer.previous : undefined;
  const node = explanation && focus.path !== undefined ? findNode(explanation.root, focus.path) : undefined;

  // A field inside a branch that was not decoded: ask for it. One inside a closed branch: open the way to it.
  const above = explanation === undefined || focus.path === undefined ? [] : ancestorsOf(explanation.root, focus.path);
  if (above === undefined && focus.path !== undefined && !expand.includes(focus.path)) setExpand([...expand, focus.path]);
  const [shownPath, setShownPath] = useState<string | undefined>(undefined);
  if (above !== undefined && explanation !== undefined && shownPath !== focus.path) {
    setShownPath(focus.path);
    if (above.some((path) => choices.get(path) !== true)) setChoices(new Map([...choices, ...above.map((path) => [path, true] as const)]));
  }

  const ownRow = explanation?.rows[0];
  const lit = node?.span ?? focus.span ?? explanation?.span;
  useCommand("ownerRow", ownRow === undefined ? undefined : () => navigation.go(tableView(ownRow.table, ownRow.row)), "record");
  useCommand("bytes", view.kind !== "table" || lit === undefined ? undefined : () => navigation.go(bytesView(lit.file, lit.start, lit.end)), "record");

  if (answer.state === "failed") return <Failed what="The record could not be decoded." error={answer.error} />;
  if (explanation === undefined || lit === undefined) return <Waiting what="Decoding the record …" />;

  const selectField = (target: FieldNode): void => {
    if (view.kind === "table") {
      const isOwnRecord = view.record === undefined;
      navigation.move({ ...view, field: target.path, ...(isOwnRecord ? {} : { record: focus.record }) });
    } else if (view.kind === "bytes") {
      navigation.move({ ...bytesView(target.span.file, target.span.start, target.span.end), field: target.path });
    }
  };
  const toggle = (target: FieldNode, open: boolean): void => {
    setChoices((before) => new Map(before).set(target.path, open));
    if (open && target.more === true) setExpand((before) => [...before, target.path]);
  };

  return (
    <div className={styles.record}>
      <RecordHead view={view} explanation={explanation} />
      {view.kind === "table" && view.row !== undefined && view.record === undefined && <RowContents table={view.table} row={view.row} />}
      {view.kind === "table" && view.row !== undefined && view.record === undefined && <RowPlaces table={view.table} row={view.row} />}
      <RecordBody view={view} explanation={explanation} lit={lit} lead={focus.span} derived={focus.derived} node={node}>
        <FieldTree explanation={explanation} choices={choices} selected={focus.path} onSelect={selectField} onToggle={toggle} />
      </RecordBody>
    </div>
  );
}

interface RecordBodyProps {
  readonly view: View;
  readonly explanation: Explanation;
  readonly lit: Span;
  /** Bytes of the selected cell or problem, when they are not exactly those of a field. */
  readonly lead: Span | undefined;
  readonly derived: string | undefined;
  readonly node: FieldNode | undefined;
  readonly children: ReactNode;
}

function RecordBody({ view, explanation, lit, lead, derived, node, children }: RecordBodyProps): ReactNode {
  const { treeShare } = useStore(settings);
  // Elsewhere the bytes are in the middle already.
  const withHex = view.kind === "table";
  return (
    <>
      <div className={cx(styles.tree, !withHex && styles.alone)} style={withHex ? { maxHeight: `${treeShare}%` } : undefined}>
        {children}
        <FieldNote node={node} derived={derived} span={lead ?? lit} recordStart={explanation.span.start} />
      </div>
      {withHex && (
        <>
          <Splitter
            label="Height of the field tree"
            orientation="horizontal"
            value={treeShare}
            min={15}
            max={85}
            scale={0.18}
            onChange={(value) => changeSettings({ treeShare: value })}
          />
          <RecordBytes view={view} record={explanation.record} lit={lead ?? lit} />
        </>
      )}
      {view.kind !== "memory" && <DataInspector />}
    </>
  );
}

function RecordBytes({ view, record, lit }: { view: View; record: number; lit: Span }): ReactNode {
  const { session, navigation } = useWorkbench();
  const size = session.summary.files[lit.file]?.size ?? 0;
  const [cursor, setCursor] = useState<{ offset: number; anchor: number | undefined }>({ offset: lit.start, anchor: undefined });

  // A new selection takes the cursor along, unless the cursor made it.
  const litKey = `${lit.file} ${lit.start} ${lit.end}`;
  const [lastLit, setLastLit] = useState(litKey);
  if (lastLit !== litKey) {
    setLastLit(litKey);
    if (cursor.offset < lit.start || cursor.offset >= lit.end) setCursor({ offset: lit.start, anchor: undefined });
  }
  useEffect(() => {
    const start = Math.min(cursor.offset, cursor.anchor ?? cursor.offset);
    const end = Math.max(cursor.offset, cursor.anchor ?? cursor.offset) + 1;
    byteCursor.set({ file: lit.file, offset: cursor.offset, span: { file: lit.file, start, end } });
  }, [lit.file, cursor]);

  const selectOwner = async (offset: number): Promise<void> => {
    if (view.kind !== "table") return;
    const owner = await session.inspector.ownerAt(lit.file, offset);
    if (owner === undefined || navigation.view.get() !== view) return;
    const isShown = owner.record === record;
    navigation.move({ ...view, field: owner.field.path, ...(isShown ? {} : { record: owner.record }) });
  };
  const onCursor = (offset: number, anchor: number | undefined): void => {
    setCursor({ offset, anchor });
    if (anchor === undefined) void selectOwner(offset);
  };
  return (
    <div className={styles.bytes}>
      <HexGrid
        label="Bytes of the record"
        file={lit.file}
        size={size}
        cursor={cursor.offset}
        anchor={cursor.anchor}
        lit={lit}
        revealKey={`${lit.start}`}
        onCursor={onCursor}
      />
    </div>
  );
}
