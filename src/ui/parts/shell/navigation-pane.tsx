/** The left pane: what this checkpoint has, with counts, and nothing that it has not. */
import type { KeyboardEvent, ReactNode } from "react";
import type { SourceFile, TableInfo } from "../../../core/index.ts";
import { bytesView, memoryView, PROBLEM_TABLE, SPACE_TABLE, SUMMARY, tableView, type View } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/navigation-pane.module.css";
import { PlaceAnchor } from "../place-anchor.tsx";
import { SeverityMark } from "../severity-mark.tsx";
import { countText, sizeText } from "../words.ts";

/** Its tables stand beside the Summary, without a heading. */
const OVERVIEW = "Overview";
const MEMORY = "Memory";

export function NavigationPane({ view }: { view: View }): ReactNode {
  const { summary, tables } = useWorkbench().session;
  const { error, warning, note } = summary.problems;
  const worst = error > 0 ? "error" : warning > 0 ? "warning" : note > 0 ? "note" : undefined;
  const groups = groupTables(tables);
  const overview = groups.find(([title]) => title === OVERVIEW)?.[1] ?? [];
  const isAt = (name: string): boolean => view.kind === "table" && view.table === name;
  return (
    <nav className={styles.nav} aria-label="What is in the checkpoint" data-pane-focus tabIndex={-1} onKeyDown={stepLinks}>
      <ul>
        <li>
          <PlaceAnchor view={SUMMARY} current={view.kind === "summary"} className={styles.item}>
            <span>Summary</span>
          </PlaceAnchor>
        </li>
        <li>
          <PlaceAnchor view={tableView(PROBLEM_TABLE)} current={isAt(PROBLEM_TABLE)} className={styles.item}>
            <span>Problems</span>
            <span className={styles.count}>
              {worst !== undefined && <SeverityMark severity={worst} silent />} {countText(error + warning + note)}
            </span>
          </PlaceAnchor>
        </li>
        <li>
          <PlaceAnchor
            view={view.kind === "bytes" ? view : bytesView(firstWithBytes(summary.files), 0)}
            current={view.kind === "bytes"}
            className={styles.item}
          >
            <span>Bytes</span>
            <span className={styles.count}>{sizeText(summary.coverage.total)}</span>
          </PlaceAnchor>
        </li>
        {overview.map((table) => (
          <TableItem key={table.name} table={table} view={view} />
        ))}
      </ul>
      {groups.filter(([title]) => title !== OVERVIEW).map(([title, members]) => (
        <section key={title} aria-label={title}>
          <h2 className={styles.title}>{title}</h2>
          <ul>
            {title === MEMORY && <MemoryItems view={view} />}
            {members.map((table) => (
              <TableItem key={table.name} table={table} view={view} />
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

/** What the tables of memory are about: the memory itself. */
function MemoryItems({ view }: { view: View }): ReactNode {
  const spaces = useWorkbench().session.tables.find(({ name }) => name === SPACE_TABLE)?.rowCount ?? 0;
  if (spaces === 0) return undefined;
  return (
    <>
      <li>
        <PlaceAnchor view={view.kind === "memory" ? view : memoryView(0)} current={view.kind === "memory"} title="Map, picture and bytes of the address spaces" className={styles.item}>
          <span>Memory</span>
          <span className={styles.count}>{countText(spaces)}</span>
        </PlaceAnchor>
      </li>
      <li>
        <PlaceAnchor view={view.kind === "search" ? view : { kind: "search", mode: "text", text: "" }} current={view.kind === "search"} className={styles.item}>
          <span>Search memory</span>
        </PlaceAnchor>
      </li>
    </>
  );
}

function TableItem({ table, view }: { table: TableInfo; view: View }): ReactNode {
  const isHere = view.kind === "table" && view.table === table.name;
  return (
    <li>
      <PlaceAnchor view={isHere ? view : tableView(table.name)} current={isHere} title={table.doc} className={styles.item}>
        <span>{table.label}</span>
        <span className={styles.count}>{countText(table.rowCount)}</span>
      </PlaceAnchor>
    </li>
  );
}

/** A set may begin with an empty file, which has nothing to show. */
function firstWithBytes(files: readonly SourceFile[]): number {
  return Math.max(0, files.findIndex(({ size }) => size > 0));
}

/** The arrow keys step through the links, as in a list; Tab works as everywhere. */
function stepLinks(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0 || event.altKey) return;
  const links = [...event.currentTarget.querySelectorAll("a")];
  const at = links.findIndex((link) => link === document.activeElement);
  links[Math.max(0, Math.min(at + step, links.length - 1))]?.focus();
  event.preventDefault();
}

/** Tables with rows under their headings, in the order in which the core lists them. */
function groupTables(tables: readonly TableInfo[]): readonly (readonly [string, readonly TableInfo[]])[] {
  const groups = new Map<string, TableInfo[]>();
  for (const table of tables) {
    if (table.rowCount === 0 || table.name === PROBLEM_TABLE) continue;
    groups.set(table.group, [...(groups.get(table.group) ?? []), table]);
  }
  return [...groups];
}
