/** The fields of a record as a tree grid: name, value, type, place in the record. Lit in step with the bytes below it. */
import { useEffect, useId, useMemo, useRef, type KeyboardEvent, type ReactNode } from "react";
import type { Explanation, FieldNode } from "../../../core/index.ts";
import { hovered } from "../../state/selection.ts";
import { HIDDEN_TEXT, HIDDEN_WHY, isSecretField, secretsShown } from "../../state/secrets.ts";
import { useStore } from "../../state/store.ts";
import { useWorkbench, viewOfRow } from "../../state/workbench.ts";
import styles from "../../styles/field-tree.module.css";
import { copyText } from "../copy.ts";
import { cx } from "../cx.ts";
import { PlaceAnchor } from "../place-anchor.tsx";
import { useRowScroller } from "../use-row-window.ts";
import { hexText } from "../words.ts";
import { openLines, type TreeLine } from "./tree-lines.ts";

const ROW_HEIGHT = 22;
const HEAD_HEIGHT = 22;
const INDENT_PX = 14;

interface FieldTreeProps {
  readonly explanation: Explanation;
  /** Branches that were opened (true) or closed (false) by the user. */
  readonly choices: ReadonlyMap<string, boolean>;
  readonly selected: string | undefined;
  readonly onSelect: (node: FieldNode) => void;
  readonly onToggle: (node: FieldNode, open: boolean) => void;
}

export function FieldTree({ explanation, choices, selected, onSelect, onToggle }: FieldTreeProps): ReactNode {
  const { navigation } = useWorkbench();
  const treeId = useId();
  const lines = useMemo(() => openLines(explanation.root, choices), [explanation, choices]);
  const viewport = useRef<HTMLDivElement>(null);
  const { window: shown, spacer, pageRows, reveal } = useRowScroller(viewport, lines.length, ROW_HEIGHT, HEAD_HEIGHT);
  const { first, count, shift } = shown;
  const at = lines.findIndex(({ node }) => node.path === selected);

  useEffect(() => {
    // Also when the pane became lower: the selected line must not slip out of it.
    if (at >= 0 && pageRows > 0) reveal(at, "step", 1);
  }, [at, reveal, pageRows]);

  useEffect(() => {
    const paint = (): void => {
      const now = hovered.get();
      for (const line of viewport.current?.querySelectorAll<HTMLElement>("[data-line]") ?? []) {
        const isHit =
          now !== undefined &&
          now.file === explanation.span.file &&
          now.offset >= Number(line.dataset["start"]) &&
          now.offset < Number(line.dataset["end"]) &&
          line.dataset["leaf"] === "true";
        line.toggleAttribute("data-hover", isHit);
      }
    };
    return hovered.subscribe(paint);
  }, [explanation]);

  // A place that is left under the mouse sends no event of that.
  useEffect(() => () => hovered.set(undefined), []);

  const select = (index: number): void => {
    const line = lines[Math.max(0, Math.min(index, lines.length - 1))];
    if (line !== undefined) onSelect(line.node);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const line = lines[at];
    if (event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c") {
      if (line === undefined || window.getSelection()?.isCollapsed === false) return;
      void copyText(line.node.text, line.node.name);
    } else if (event.key === "ArrowDown") select(at + 1);
    else if (event.key === "ArrowUp") select(at < 0 ? 0 : at - 1);
    else if (event.key === "Home") select(0);
    else if (event.key === "End") select(lines.length - 1);
    else if (event.key === "PageDown") select(at + pageRows);
    else if (event.key === "PageUp") select(at - pageRows);
    else if (line === undefined) return;
    else if (event.key === "ArrowRight") {
      if (line.isBranch && !line.isOpen) onToggle(line.node, true);
      else if (line.isBranch) select(at + 1);
    } else if (event.key === "ArrowLeft") {
      if (line.isOpen) onToggle(line.node, false);
      else if (line.parent >= 0) select(line.parent);
    } else if (event.key === "Enter") {
      if (line.node.link !== undefined) navigation.go(viewOfRow(line.node.link.table, line.node.link.row));
      else if (line.isBranch) onToggle(line.node, !line.isOpen);
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={viewport}
      role="treegrid"
      tabIndex={0}
      aria-label={`Fields of ${explanation.name}`}
      aria-rowcount={lines.length + 1}
      aria-activedescendant={at < 0 ? undefined : `${treeId}-${at}`}
      className={styles.viewport}
      data-pane-focus
      onKeyDown={onKeyDown}
      onPointerLeave={() => hovered.set(undefined)}
    >
      <div className={styles.content} style={{ height: spacer + HEAD_HEIGHT }}>
        <div role="row" aria-rowindex={1} className={styles.head}>
          <span role="columnheader">Field</span>
          <span role="columnheader">Value</span>
          <span role="columnheader" className={styles.type}>
            Type
          </span>
          <span role="columnheader" className={styles.offset}>
            Offset
          </span>
        </div>
        <div className={styles.layer} style={{ height: count * ROW_HEIGHT - shift }}>
          <div style={{ transform: `translateY(${-shift}px)` }}>
            {lines.slice(first, first + count).map((line, index) => (
              <Line
                key={line.node.path}
                id={`${treeId}-${first + index}`}
                index={first + index}
                line={line}
                recordStart={explanation.span.start}
                isSelected={line.node.path === selected}
                onSelect={onSelect}
                onToggle={onToggle}
              />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

interface LineProps {
  readonly id: string;
  readonly index: number;
  readonly line: TreeLine;
  readonly recordStart: number;
  readonly isSelected: boolean;
  readonly onSelect: (node: FieldNode) => void;
  readonly onToggle: (node: FieldNode, open: boolean) => void;
}

function Line({ id, index, line, recordStart, isSelected, onSelect, onToggle }: LineProps): ReactNode {
  const { node, level, isBranch, isOpen, place, siblings } = line;
  const showSecrets = useStore(secretsShown);
  const isHidden = !showSecrets && isSecretField(node.path);
  const hover = (): void =>
    hovered.set({
      file: node.span.file,
      offset: node.span.start,
      field: {
        record: -1,
        recordName: "",
        path: node.path,
        text: isHidden ? HIDDEN_TEXT : node.text,
        start: node.span.start,
        end: node.span.end,
        depth: level,
      },
    });
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-level={level}
      aria-posinset={place}
      aria-setsize={siblings}
      aria-expanded={isBranch ? isOpen : undefined}
      aria-selected={isSelected}
      data-line
      data-start={node.span.start}
      data-end={node.span.end}
      data-leaf={!isOpen}
      title={[node.doc, `${node.path}: ${node.type}`].filter((text) => text !== undefined).join("\n")}
      className={cx(styles.line, isSelected && styles.selected, node.role !== undefined && styles[node.role])}
      onClick={() => onSelect(node)}
      onDoubleClick={() => isBranch && onToggle(node, !isOpen)}
      onPointerEnter={hover}
    >
      <span role="gridcell" className={styles.name} style={{ paddingInlineStart: (level - 1) * INDENT_PX }}>
        <span
          aria-hidden="true"
          className={styles.twist}
          onClick={(event) => {
            if (!isBranch) return;
            event.stopPropagation();
            onToggle(node, !isOpen);
          }}
        >
          {isBranch ? (isOpen ? "▾" : "▸") : ""}
        </span>
        {node.name}
      </span>
      <span role="gridcell" className={styles.value}>
        {isHidden ? (
          <span title={HIDDEN_WHY}>{HIDDEN_TEXT}</span>
        ) : node.link === undefined ? (
          node.text
        ) : (
          <PlaceAnchor view={viewOfRow(node.link.table, node.link.row)} tabIndex={-1}>
            {node.text}
          </PlaceAnchor>
        )}
      </span>
      <span role="gridcell" className={styles.type}>
        {node.type}
      </span>
      <span role="gridcell" className={styles.offset}>
        +{hexText(node.span.start - recordStart)}
      </span>
    </div>
  );
}
