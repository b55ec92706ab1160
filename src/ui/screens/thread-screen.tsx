/** Registers and stack of a thread. */
import type { ReactNode } from "react";
import type { Inspector, MemoryInspector, TableInfo, ThreadRegisters } from "../../core/index.ts";
import { Empty, Failed, Waiting } from "../parts/faces.tsx";
import { latestOf } from "../parts/memory/use-space.ts";
import { PlaceAnchor } from "../parts/place-anchor.tsx";
import { cellNamed, spaceOfRow } from "../parts/row-places.ts";
import { registerNumber } from "../parts/thread/register-text.ts";
import { Registers } from "../parts/thread/registers.tsx";
import { ThreadSignals } from "../parts/thread/signals.tsx";
import { Stack } from "../parts/thread/stack.tsx";
import { threadLabel, threadsOfProcess, type ProcessThreads } from "../parts/thread/threads-of-process.ts";
import { useCommand } from "../state/commands.ts";
import { announce } from "../state/selection.ts";
import { useAnswer } from "../state/use-answer.ts";
import { memoryView, tableView } from "../state/view.ts";
import { useWorkbench } from "../state/workbench.ts";
import styles from "../styles/place.module.css";
import threadStyles from "../styles/thread.module.css";

const THREAD_TABLE = "threads";

interface ThreadFacts {
  readonly label: string;
  readonly task: number | undefined;
  readonly space: number | undefined;
  readonly siblings: ProcessThreads;
}

async function factsOf(inspector: Inspector, tables: readonly TableInfo[], thread: number): Promise<ThreadFacts | undefined> {
  const info = tables.find(({ name }) => name === THREAD_TABLE);
  const row = info && (await inspector.row(THREAD_TABLE, thread));
  if (info === undefined || row === undefined) return undefined;
  const task = cellNamed(info, row, "task")?.link?.row;
  const [space, siblings] = await Promise.all([
    spaceOfRow(inspector, tables, info, row),
    task === undefined ? { choices: [], count: 0 } : threadsOfProcess(inspector, tables, task),
  ]);
  return { label: threadLabel(info, row), task, space, siblings };
}

export function ThreadScreen({ thread }: { thread: number }): ReactNode {
  const { session, navigation } = useWorkbench();
  const { inspector, tables } = session;
  const count = tables.find(({ name }) => name === THREAD_TABLE)?.rowCount ?? 0;
  const facts = useAnswer(`thread ${thread}`, () => factsOf(inspector, tables, thread));
  const step = (by: 1 | -1): void => {
    const next = thread + by;
    if (next < 0 || next >= count) announce(by === 1 ? "This is the last thread." : "This is the first thread.");
    else navigation.go({ kind: "thread", thread: next });
  };
  useCommand("nextRow", () => step(1));
  useCommand("previousRow", () => step(-1));

  if (facts.state === "failed") return <Failed what="The thread could not be looked up." error={facts.error} />;
  const known = latestOf(facts);
  if (known === undefined) {
    if (facts.state === "waiting") return <Waiting what="Looking up the thread …" />;
    return (
      <Empty title={count === 0 ? "The image holds no threads." : `The image has no thread number ${thread}.`}>
        <p>
          <PlaceAnchor view={tableView("tasks")}>Show all tasks</PlaceAnchor>
        </p>
      </Empty>
    );
  }
  const { label, task, space, siblings } = known;
  const isListed = siblings.choices.some((each) => each.thread === thread);
  return (
    <section className={styles.place} aria-label="Thread">
      <div className={styles.toolbar}>
        <h1>
          <span className="visually-hidden">Registers and stack of thread {label}</span>
          <span aria-hidden="true">Thread</span>
        </h1>
        <span className={styles.joined}>
          <button type="button" aria-label="Previous thread" title="Previous thread (k)" disabled={thread === 0} onClick={() => step(-1)}>
            ‹
          </button>
          {isListed && siblings.choices.length > 1 ? (
            <label className={styles.choice}>
              <span className="visually-hidden">Thread of the process</span>
              <select value={thread} onChange={(event) => navigation.go({ kind: "thread", thread: Number(event.target.value) })}>
                {siblings.choices.map((each) => (
                  <option key={each.thread} value={each.thread}>
                    {each.label}
                  </option>
                ))}
              </select>
            </label>
          ) : (
            <span className={threadStyles.name}>{label}</span>
          )}
          <button type="button" aria-label="Next thread" title="Next thread (j)" disabled={thread >= count - 1} onClick={() => step(1)}>
            ›
          </button>
        </span>
        {siblings.count > siblings.choices.length && <span className={styles.quiet}>the first {siblings.choices.length} threads are listed</span>}
        <span className={styles.links}>
          <PlaceAnchor view={tableView(THREAD_TABLE, thread)}>Row</PlaceAnchor>
          {task !== undefined && <PlaceAnchor view={tableView("tasks", task)}>Task</PlaceAnchor>}
          {space !== undefined && <PlaceAnchor view={memoryView(space)}>Memory</PlaceAnchor>}
          {space !== undefined && <PlaceAnchor view={{ kind: "process", space }}>Command line and environment</PlaceAnchor>}
        </span>
      </div>
      {facts.state === "ready" && <ThreadState key={thread} thread={thread} space={space} />}
    </section>
  );
}

/** What the registers that are as wide as a pointer point to, by their names. */
async function labelsOf(memory: MemoryInspector, { groups, wordSize }: ThreadRegisters, space: number): Promise<ReadonlyMap<string, string>> {
  const registers = groups.flatMap((group) => (group.as === "pointers" || group.as === "words" ? group.registers : [])).filter(({ bytes }) => bytes.length === wordSize);
  const labels = await memory.labels({ space, words: registers.map(({ bytes }) => registerNumber(bytes)) });
  return new Map(registers.flatMap(({ name }, index) => {
    const label = labels[index];
    return label === undefined ? [] : [[name, label] as const];
  }));
}

function ThreadState({ thread, space }: { thread: number; space: number | undefined }): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const answer = useAnswer(`registers ${thread}`, async () => {
    const registers = await memory.registers({ thread });
    const labels = registers === undefined || space === undefined ? new Map<string, string>() : await labelsOf(memory, registers, space);
    return { registers, labels };
  });
  const stack = useAnswer(`stack ${thread}`, () => memory.stack({ thread }));
  if (answer.state === "failed") return <Failed what="The registers could not be read." error={answer.error} />;
  if (answer.state === "waiting") return <Waiting what="Reading the registers …" />;
  const { registers, labels } = answer.value;
  if (registers === undefined) {
    return (
      <Empty title="The registers of this thread are not known.">
        <p>The image has none for it, or their layout on this machine is not known. Without a stack pointer there is no stack to look at either.</p>
        <p>
          <PlaceAnchor view={tableView(THREAD_TABLE, thread)}>Show the row of the thread and its record</PlaceAnchor>
        </p>
      </Empty>
    );
  }
  return (
    <div className={styles.body} tabIndex={-1}>
      <ThreadSignals thread={thread} space={space} />
      <p className={styles.why}>
        {registers.machine}, pointers of {registers.wordSize * 8} bits. A register leads to its bytes in the image, a value that points into mapped memory to that place.
      </p>
      <div className={threadStyles.container}>
        <div className={threadStyles.columns}>
          <div>
            <Registers registers={registers} space={space} labels={labels} />
          </div>
          <div>
            {stack.state === "failed" && <Failed what="The stack could not be read." error={stack.error} />}
            {stack.state === "waiting" && <Waiting what="Reading the stack …" />}
            {stack.state === "ready" && stack.value === undefined && (
              <Empty title="There is no stack to look at.">
                <p>{space === undefined ? "The thread has no memory map in this image." : "The registers do not say where the stack is."}</p>
              </Empty>
            )}
            {stack.state === "ready" && stack.value !== undefined && <Stack stack={stack.value} />}
          </div>
        </div>
      </div>
    </div>
  );
}
