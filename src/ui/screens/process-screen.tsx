/** Command line, environment and auxiliary vector, read from the memory of the task. */
import type { ReactNode } from "react";
import type { SpaceInfo } from "../../core/index.ts";
import { Empty, Failed, Waiting } from "../parts/faces.tsx";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { ArgumentsSection, AuxiliarySection, EnvironmentSection } from "../parts/process/text-sections.tsx";
import { ThreadLinks } from "../parts/process/thread-links.tsx";
import { latestOf, useSpaces } from "../parts/memory/use-space.ts";
import { SpaceChoice, SPACE_TABLE } from "../parts/space-choice.tsx";
import { useHiddenGuard } from "../parts/data-table/use-secret-guard.tsx";
import { useAnswer } from "../state/use-answer.ts";
import { memoryView, tableView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import styles from "../styles/place.module.css";

export function ProcessScreen({ space }: { space: number }): ReactNode {
  const { navigation } = useWorkbench();
  const spaces = useSpaces();
  if (spaces.state === "failed") return <Failed what="The memory maps could not be listed." error={spaces.error} />;
  const known = latestOf(spaces);
  if (known === undefined) return <Waiting what="Looking for memory …" />;
  const info = known[space];
  if (info === undefined) {
    return (
      <Empty title={`The checkpoint has no memory map number ${space}.`}>
        <p>
          <PlaceAnchor view={tableView(SPACE_TABLE)}>Show all memory maps</PlaceAnchor>
        </p>
      </Empty>
    );
  }
  return (
    <section className={styles.place} aria-label="Process">
      <div className={styles.toolbar}>
        <h1>
          <span className="visually-hidden">Command line and environment of {info.label}</span>
          <span aria-hidden="true">Process</span>
        </h1>
        <SpaceChoice spaces={known} space={space} onChoose={(next) => navigation.go({ kind: "process", space: next })} />
        <span className={styles.links}>
          {info.task >= 0 && <PlaceAnchor view={tableView("tasks", info.task)}>Task</PlaceAnchor>}
          <PlaceAnchor view={memoryView(space)}>Memory</PlaceAnchor>
          <PlaceAnchor view={{ kind: "search", mode: "text", text: "", space }}>Search</PlaceAnchor>
          <PlaceAnchor view={{ kind: "search", mode: "strings", text: "", space }}>Strings</PlaceAnchor>
        </span>
      </div>
      <ProcessTextsOf key={space} info={info} />
    </section>
  );
}

function ProcessTextsOf({ info: { space, task } }: { info: SpaceInfo }): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const answer = useAnswer(`texts ${space}`, async () => {
    const texts = await memory.texts({ space });
    // The addresses of the vector are as good as any; that they point somewhere is not needed to show them.
    const labels = await memory.labels({ space, words: texts.auxv.map(({ value }) => value) }).catch(() => []);
    return { texts, labels };
  });
  const hasSecrets = answer.state === "ready" && answer.value.texts.environment.length > 0;
  const { guard, warning } = useHiddenGuard(hasSecrets, "this process");
  if (answer.state === "failed") return <Failed what="The texts of the process could not be read." error={answer.error} />;
  if (answer.state === "waiting") return <Waiting what="Reading the memory of the process …" />;
  const { texts, labels } = answer.value;
  return (
    <div className={styles.body} data-pane-focus={texts.arguments.length === 0 ? true : undefined} tabIndex={-1}>
      {texts.why !== undefined && (
        <p className={styles.why} role="note">
          {texts.why}
        </p>
      )}
      <ArgumentsSection space={space} texts={texts.arguments} isWhole={texts.why === undefined} isFirst />
      <EnvironmentSection space={space} texts={texts.environment} isWhole={texts.why === undefined} guard={guard} />
      <AuxiliarySection space={space} entries={texts.auxv} labels={labels} />
      {task >= 0 && <ThreadLinks task={task} />}
      {warning}
    </div>
  );
}
