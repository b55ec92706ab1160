/** An opened checkpoint: three panes that never change place, or three tabs where there is no room for them. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { copyText } from "../parts/copy.ts";
import { FilePicker } from "../parts/file-picker.tsx";
import { HelpSheet } from "../parts/shell/help-sheet.tsx";
import { NavigationPane } from "../parts/shell/navigation-pane.tsx";
import { Palette } from "../parts/shell/palette.tsx";
import { StatusLine } from "../parts/shell/status-line.tsx";
import { THEMES, WorkbenchHeader } from "../parts/shell/workbench-header.tsx";
import { SharePatterns } from "../parts/memory/share-mark.tsx";
import { RecordPane } from "../parts/record/record-pane.tsx";
import { Splitter } from "../parts/splitter.tsx";
import { useCommand } from "../state/commands.ts";
import { announce, byteCursor } from "../state/selection.ts";
import type { Session, SessionControl } from "../state/session.ts";
import { changeSettings, settings } from "../state/settings.ts";
import { useStore } from "../state/store.ts";
import { bytesView, memoryView, SPACE_TABLE, SUMMARY, type View } from "../state/view.ts";
import { WorkbenchProvider } from "../state/workbench.ts";
import styles from "../styles/workbench.module.css";
import { cx } from "../parts/cx.ts";
import { checkpointName } from "../parts/open/use-checkpoint-choice.ts";
import { useIsNarrow } from "../parts/use-is-narrow.ts";
import { goToUnexplained } from "../parts/hex-grid/go-to-unexplained.ts";
import { useSearchCommand } from "../parts/search/use-search-command.ts";
import { useProblemStepper } from "./use-problem-stepper.ts";
import { BytesScreen } from "./bytes-screen.tsx";
import { MemoryScreen } from "./memory-screen.tsx";
import { ProcessScreen } from "./process-screen.tsx";
import { SearchScreen } from "./search-screen.tsx";
import { SummaryScreen } from "./summary-screen.tsx";
import { TableScreen } from "./table-screen.tsx";
import { ThreadScreen } from "./thread-screen.tsx";

const PANES = ["contents", "place", "record"] as const;
type Pane = (typeof PANES)[number];
const PANE_LABELS: Readonly<Record<Pane, string>> = { contents: "Contents", place: "Table", record: "Record" };

interface WorkbenchScreenProps {
  readonly session: Session;
  readonly control: SessionControl;
}

export function WorkbenchScreen({ session, control }: WorkbenchScreenProps): ReactNode {
  const { navigation } = control;
  const view = useStore(navigation.view);
  const { navWidth, recordWidth, aboutWidth, navOpen, recordOpen } = useStore(settings);
  // What there is to say of an address needs less room than the bytes of a record.
  const sideWidth = view.kind === "memory" ? aboutWidth : recordWidth;
  const isNarrow = useIsNarrow();
  const [tab, setTab] = useState<Pane>("place");
  const [sheet, setSheet] = useState<"help" | "palette" | "files" | undefined>(undefined);
  const panes = useRef<HTMLDivElement>(null);
  const workbench = useMemo(() => ({ session, control, navigation }), [session, control, navigation]);
  // Without a selection the table has the whole width: there is no record to show.
  const hasRecord = view.kind === "bytes" || view.kind === "memory" || (view.kind === "table" && (view.row ?? view.record) !== undefined);
  const shows = (pane: Pane): boolean => {
    if (isNarrow) return tab === pane;
    return pane === "place" || (pane === "contents" ? navOpen : recordOpen && hasRecord);
  };

  const placeKey = view.kind === "table" ? `table ${view.table}` : view.kind;
  const [tabbedPlace, setTabbedPlace] = useState(placeKey);
  if (tabbedPlace !== placeKey) {
    // A jump shows where it led to, whichever tab it came from.
    setTabbedPlace(placeKey);
    setTab("place");
  }
  const title = titleOf(view, session);
  useEffect(() => {
    document.title = documentTitle(view, title, session);
    // The link or cell that led here may be gone; the focus then belongs to the new place, not to nothing.
    if (document.activeElement === null || document.activeElement === document.body) {
      panes.current?.querySelector<HTMLElement>("[data-pane=place] [data-pane-focus]")?.focus();
    }
  }, [view, title, session]);

  const focusPane = (pane: Pane): void => {
    if (isNarrow) setTab(pane);
    else if (pane === "record" && !recordOpen) changeSettings({ recordOpen: true });
    focusWhenThere(() => {
      const inside = panes.current?.querySelector(`[data-pane=${pane}]`);
      return inside?.querySelector<HTMLElement>("[aria-current=page]") ?? inside?.querySelector<HTMLElement>("[data-pane-focus]") ?? undefined;
    });
  };
  const stepPane = (step: 1 | -1): void => {
    const present = PANES.filter((pane) => isNarrow || shows(pane));
    const current = document.activeElement?.closest<HTMLElement>("[data-pane]")?.dataset["pane"];
    const at = present.findIndex((pane) => pane === current);
    const next = present[(at + step + present.length) % present.length];
    if (next !== undefined) focusPane(next);
  };
  const stepProblem = useProblemStepper(session.inspector, navigation);
  const stepUnexplained = (direction: 1 | -1): void => {
    // Without a cursor the first one, or the last one, of all.
    const from = byteCursor.get() ?? { file: 0, offset: -1 };
    void goToUnexplained(workbench, from.file, from.offset, direction);
  };

  const { files } = session.summary;
  const currentFile = view.kind === "bytes" ? view.file : (byteCursor.get()?.file ?? 0);
  const showFile = (file: number): void => navigation.go(bytesView(file, 0));
  const stepFile = (step: 1 | -1): void => {
    const next = currentFile + step;
    if (next < 0 || next >= files.length) announce(step === 1 ? "This is the last file of the set." : "This is the first file of the set.");
    else showFile(next);
  };
  const hasFiles = files.length > 1;
  const spaceCount = session.tables.find(({ name }) => name === SPACE_TABLE)?.rowCount ?? 0;
  useCommand("chooseFile", hasFiles ? () => setSheet("files") : undefined, "page");
  useCommand("nextFile", hasFiles ? () => stepFile(1) : undefined, "page");
  useCommand("previousFile", hasFiles ? () => stepFile(-1) : undefined, "page");
  useCommand("help", () => setSheet("help"), "page");
  useCommand("palette", () => setSheet("palette"), "page");
  useCommand("back", navigation.back, "page");
  useCommand("forward", navigation.forward, "page");
  useCommand("memory", spaceCount === 0 || view.kind === "memory" ? undefined : () => navigation.go(memoryView(0)), "page");
  useCommand("summary", () => navigation.go(SUMMARY), "page");
  useCommand("bytes", () => navigation.go(bytesView(byteCursor.get()?.file ?? 0, byteCursor.get()?.offset ?? 0)), "page");
  useCommand("nextPane", () => stepPane(1), "page");
  useCommand("previousPane", () => stepPane(-1), "page");
  useCommand("up", () => {
    const pane = document.activeElement?.closest<HTMLElement>("[data-pane]")?.dataset["pane"];
    focusPane(pane === "record" ? "place" : "contents");
  });
  useSearchCommand(session, navigation, view);
  useCommand("nextProblem", () => stepProblem(1), "page");
  useCommand("previousProblem", () => stepProblem(-1), "page");
  useCommand("nextUnexplained", () => stepUnexplained(1), "page");
  useCommand("previousUnexplained", () => stepUnexplained(-1), "page");
  useCommand("offsetBase", () => changeSettings({ offsetBase: settings.get().offsetBase === 16 ? 10 : 16 }), "page");
  useCommand("toggleNav", () => changeSettings({ navOpen: !navOpen }), "page");
  useCommand(
    "toggleRecord",
    () => {
      if (hasRecord) changeSettings({ recordOpen: !recordOpen });
      else announce("Nothing is selected. The record appears beside the table with the first selected row.");
    },
    "page",
  );
  useCommand("closeFile", control.close, "page");
  useCommand("copyLink", () => void copyText(new URL(navigation.href(view), window.location.href).href, "a link to this place"), "page");
  useCommand("theme", () => {
    const { theme } = settings.get();
    changeSettings({ theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system" });
  });

  // Each tab is the main part of a narrow page; side by side, only the place in the middle is.
  const Frame = isNarrow ? "main" : "div";
  const PlaceTag = isNarrow ? "div" : "main";
  const RecordTag = isNarrow ? "section" : "aside";

  return (
    <WorkbenchProvider value={workbench}>
      <div className={styles.workbench}>
        {shows("place") && (
          <a
            className={styles.skip}
            href="#pane-place"
            onClick={(event) => {
              // The address holds the place that is shown; the browser must not put this target there.
              event.preventDefault();
              focusPane("place");
            }}
          >
            Skip to the {PANE_LABELS.place.toLowerCase()}
          </a>
        )}
        <SharePatterns />
        <WorkbenchHeader />
        {isNarrow && <PaneTabs active={tab} placeTitle={title} onChoose={setTab} />}
        <Frame ref={panes} className={cx(styles.panes, isNarrow && styles.narrow)}>
          {!shows("place") && <h1 className="visually-hidden">{PANE_LABELS[tab]}</h1>}
          {shows("contents") && (
            <div
              className={styles.pane}
              id="pane-contents"
              data-pane="contents"
              style={isNarrow ? undefined : { width: navWidth, flex: "none" }}
              {...tabPanel(isNarrow, "contents")}
            >
              <NavigationPane view={view} />
            </div>
          )}
          {shows("place") && (
            <PlaceTag className={styles.place} id="pane-place" data-pane="place">
              {shows("contents") && !isNarrow && (
                <Splitter
                  label="Width of the list"
                  orientation="vertical"
                  value={navWidth}
                  min={140}
                  max={400}
                  scale={1}
                  onChange={(value) => changeSettings({ navWidth: value })}
                />
              )}
              <div className={styles.pane} {...tabPanel(isNarrow, "place")}>
                <Place view={view} onOpenRecord={() => focusPane("record")} />
              </div>
              {shows("record") && !isNarrow && (
                <Splitter
                  label="Width of the record"
                  orientation="vertical"
                  value={sideWidth}
                  min={280}
                  max={900}
                  scale={-1}
                  onChange={(value) => changeSettings(view.kind === "memory" ? { aboutWidth: value } : { recordWidth: value })}
                />
              )}
            </PlaceTag>
          )}
          {shows("record") && (
            <RecordTag
              className={cx(styles.pane, styles.recordPane)}
              id="pane-record"
              data-pane="record"
              aria-label="Record behind the selection"
              style={isNarrow ? undefined : { width: sideWidth, maxWidth: "45%" }}
            >
              <RecordPane view={view} />
            </RecordTag>
          )}
        </Frame>
        <StatusLine view={view} session={session} showsBytes={shows("record") || view.kind === "bytes"} />
        {sheet === "help" && <HelpSheet onClose={() => setSheet(undefined)} />}
        {sheet === "files" && <FilePicker current={currentFile} onChoose={showFile} onClose={() => setSheet(undefined)} />}
        {sheet === "palette" && <Palette onClose={() => setSheet(undefined)} />}
      </div>
    </WorkbenchProvider>
  );
}

interface PaneTabsProps {
  readonly active: Pane;
  readonly placeTitle: string;
  readonly onChoose: (pane: Pane) => void;
}

function PaneTabs({ active, placeTitle, onChoose }: PaneTabsProps): ReactNode {
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = PANES[(PANES.indexOf(active) + step + PANES.length) % PANES.length];
    if (step === 0 || event.altKey || next === undefined) return;
    event.preventDefault();
    onChoose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <nav aria-label="Panes">
      <div className={styles.tabs} role="tablist" aria-label="Panes" onKeyDown={onKeyDown}>
        {PANES.map((pane) => (
          <button
            key={pane}
            type="button"
            role="tab"
            id={`tab-${pane}`}
            aria-selected={active === pane}
            aria-controls={active === pane ? `pane-${pane}` : undefined}
            tabIndex={active === pane ? 0 : -1}
            onClick={() => onChoose(pane)}
          >
            {pane === "place" ? placeTitle : PANE_LABELS[pane]}
          </button>
        ))}
      </div>
    </nav>
  );
}

/** A pane may have to appear, and its record to be decoded, before there is something to focus. */
const FOCUS_FRAMES = 30;

function focusWhenThere(find: () => HTMLElement | undefined, frames = FOCUS_FRAMES): void {
  requestAnimationFrame(() => {
    const target = find();
    if (target !== undefined) target.focus();
    else if (frames > 0) focusWhenThere(find, frames - 1);
  });
}

function tabPanel(isNarrow: boolean, pane: Pane): { role?: "tabpanel"; "aria-labelledby"?: string } {
  return isNarrow ? { role: "tabpanel", "aria-labelledby": `tab-${pane}` } : {};
}

function titleOf(view: View, session: Session): string {
  if (view.kind === "summary") return "Summary";
  if (view.kind === "bytes") return "Bytes";
  if (view.kind === "memory") return "Memory";
  if (view.kind === "thread") return "Thread";
  if (view.kind === "process") return "Process";
  if (view.kind === "search") return "Search";
  return session.tables.find(({ name }) => name === view.table)?.label ?? view.table;
}

/** What is inside is told before what it came in: a tab has room for a few words. */
function documentTitle(view: View, title: string, { summary, image }: Session): string {
  const shown = summary.choices.find((choice) => choice.shown);
  return [view.kind === "summary" ? summary.formatName : title, ...(shown === undefined ? [] : [checkpointName(shown.name)]), image.name, "Icecore"].join(" · ");
}

function Place({ view, onOpenRecord }: { view: View; onOpenRecord: () => void }): ReactNode {
  switch (view.kind) {
    case "summary":
      return <SummaryScreen />;
    case "table":
      return <TableScreen view={view} onOpenRecord={onOpenRecord} />;
    case "bytes":
      return <BytesScreen view={view} />;
    case "memory":
      return <MemoryScreen view={view} />;
    case "thread":
      return <ThreadScreen key={view.thread} thread={view.thread} />;
    case "process":
      return <ProcessScreen key={view.space} space={view.space} />;
    case "search":
      return <SearchScreen view={view} />;
  }
}
