/** Search over memory, with hits as they come in. */
import { useEffect, useEffectEvent, useRef, useState, type ReactNode } from "react";
import type { SpaceInfo } from "../../core/index.ts";
import { saveBlob } from "../parts/copy.ts";
import { Empty } from "../parts/faces.tsx";
import { latestOf, useSpaces } from "../parts/memory/use-space.ts";
import { Menu, below, type MenuAt } from "../parts/menu.tsx";
import { HitGrid } from "../parts/search/hit-grid.tsx";
import { hitsAsFile } from "../parts/search/hit-text.ts";
import { SearchForm } from "../parts/search/search-form.tsx";
import { isAsked, planOf } from "../parts/search/search-plan.ts";
import { lastRunOf, startSearch, type SearchState } from "../parts/search/search-run.ts";
import { SearchStatus } from "../parts/search/search-status.tsx";
import { useCommand } from "../state/commands.ts";
import { announce } from "../state/selection.ts";
import { createStore, useStore } from "../state/store.ts";
import { encodeLink, type SearchView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import place from "../styles/place.module.css";
import styles from "../styles/search.module.css";

const NO_SPACES: readonly SpaceInfo[] = [];
/** Stands in for the state of a search where there is none. */
const NO_STATE = createStore<SearchState>({ phase: "done", hits: 0, searched: 0, total: 0, done: undefined, why: undefined });

export function SearchScreen({ view }: { view: SearchView }): ReactNode {
  const { session, navigation } = useWorkbench();
  const { inspector, tables, summary } = session;
  const spaces = useSpaces();
  const field = useRef<HTMLInputElement>(null);
  const hits = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<MenuAt | undefined>(undefined);
  const key = encodeLink({ view, options: {} });
  const lastRun = lastRunOf(inspector);
  const last = useStore(lastRun);
  const shown = last?.key === key ? last : undefined;
  const start = (): void => void startSearch(inspector, key, () => planOf(view, inspector, tables, summary.byteOrder));
  const arrive = useEffectEvent((wanted: string) => {
    // On the way back from a hit the list is still there.
    if (lastRun.get()?.key === wanted) return;
    if (isAsked(view)) start();
    else field.current?.focus();
  });
  useEffect(() => arrive(key), [key]);
  const state = useStore(shown?.state ?? NO_STATE);
  const isRunning = shown !== undefined && state.phase === "running";
  const what = view.mode === "strings" ? "string" : "hit";
  const search = (next: SearchView): void => {
    if (!isAsked(next)) return announce("Type what is to be found.");
    if (encodeLink({ view: next, options: {} }) === key) start();
    else navigation.go(next);
  };
  const step = (by: 1 | -1): void => {
    if (shown === undefined || state.hits === 0) return;
    const at = shown.selected.get();
    const next = at + by;
    if (next < 0 || next >= state.hits) announce(by === 1 ? `This is the last ${what}${isRunning ? " so far" : ""}.` : `This is the first ${what}.`);
    else shown.selected.set(next);
  };
  useCommand("nextRow", () => step(1));
  useCommand("previousRow", () => step(-1));
  useCommand("nextProblem", () => step(1));
  useCommand("previousProblem", () => step(-1));
  useCommand("search", () => field.current?.focus());
  const download = (format: "csv" | "json"): void => {
    if (shown === undefined) return;
    const pieces = hitsAsFile(shown.hits, format, summary.files.map(({ name }) => name));
    saveBlob(new Blob(pieces, { type: format === "csv" ? "text/csv" : "application/json" }), `${session.image.name}.${what}s.${format}`);
    announce(`Downloaded ${what}s.`);
  };
  const hasHits = state.hits > 0;
  useCommand("downloadCsv", hasHits ? () => download("csv") : undefined);
  useCommand("downloadJson", hasHits ? () => download("json") : undefined);

  return (
    <section className={place.place} aria-label="Search">
      <div className={place.toolbar}>
        <h1>Search memory</h1>
        {shown !== undefined && <SearchStatus state={state} what={what} />}
        <span className={place.space} />
        <button type="button" aria-haspopup="menu" disabled={!hasHits} onClick={(event) => setMenu(below(event.currentTarget))}>
          Download
        </button>
      </div>
      <SearchForm
        view={view}
        spaces={latestOf(spaces) ?? NO_SPACES}
        fieldRef={field}
        isRunning={isRunning}
        problem={state.phase === "failed" ? state.why : undefined}
        isFirst={!hasHits}
        onSearch={search}
        onCancel={() => shown?.cancel()}
        onLeave={hasHits ? () => hits.current?.querySelector<HTMLElement>("[role=grid]")?.focus() : undefined}
      />
      {hasHits && shown !== undefined && (
        <div ref={hits} className={styles.hits}>
          <HitGrid key={key} run={shown} count={state.hits} mode={view.mode} />
        </div>
      )}
      {!hasHits && <NoHits isStarted={shown !== undefined} state={state} what={what} />}
      {menu !== undefined && (
        <Menu
          label={`Download ${what}s`}
          at={menu}
          onClose={() => setMenu(undefined)}
          items={[
            { label: "CSV, for spreadsheets", run: () => download("csv") },
            { label: "JSON, one array", run: () => download("json") },
          ]}
        />
      )}
    </section>
  );
}

function NoHits({ isStarted, state, what }: { isStarted: boolean; state: SearchState; what: string }): ReactNode {
  if (!isStarted) {
    return (
      <Empty title="Nothing was looked for yet.">
        <p>Everything looks through the memory of all tasks, shared memory, what waits in pipes and sockets, and deleted files. Each page that several tasks share is looked at once.</p>
      </Empty>
    );
  }
  if (state.phase !== "done") return undefined;
  const { absent = 0n, unsure = 0 } = state.done ?? {};
  return (
    <Empty title={`There is no such ${what}.`}>
      {absent > 0n && <p>Bytes that are not in the image cannot be found: clean pages of mapped files, for one, are only in those files.</p>}
      {absent === 0n && unsure === 0 && <p>The whole scope is in the image and was looked at.</p>}
    </Empty>
  );
}
