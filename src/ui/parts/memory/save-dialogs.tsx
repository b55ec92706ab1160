/** Memory out of the page: raw, or as an ELF core. What is missing is said before anything is written. */
import { useState, type ReactNode } from "react";
import { formatCount, formatSize, type MemoryInspector, type SpaceInfo } from "../../../core/index.ts";
import { useAnswer } from "../../state/use-answer.ts";
import { useWorkbench } from "../../state/workbench.ts";
import dialog from "../../styles/dialog.module.css";
import styles from "../../styles/memory.module.css";
import { Dialog } from "../dialog.tsx";
import { Failed, Waiting } from "../faces.tsx";
import { mostSaved, savePieces } from "../save-bytes.ts";
import { plural } from "../words.ts";
import type { AddressRange } from "./memory-words.ts";
import { rangePlan, wholePlan, type SavePlan } from "./save-plan.ts";

/** Nobody wants a gap of an address space as zeros on the disk. */
const MOST_FILLED = 1n << 40n;

function bytesText(bytes: bigint): string {
  return `${formatCount(bytes)} ${bytes === 1n ? "byte" : "bytes"}${bytes < 1024n ? "" : ` (${formatSize(bytes)})`}`;
}

interface SaveRawProps {
  readonly info: SpaceInfo;
  /** In words, as the end of "Save …". */
  readonly what: string;
  readonly fileName: string;
  /** Undefined: everything that is mapped. */
  readonly range: AddressRange | undefined;
  readonly onClose: () => void;
}

export function SaveRawDialog({ info, what, fileName, range, onClose }: SaveRawProps): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const answer = useAnswer(`${info.space} ${range?.start} ${range?.end}`, () => (range === undefined ? wholePlan(memory, info.space) : rangePlan(memory, info.space, range)));
  return (
    <Dialog title={`Save ${what}`} onClose={onClose}>
      {answer.state === "failed" && <Failed what="What there is to save could not be found." error={answer.error} />}
      {answer.state === "waiting" && <Waiting what="Counting the bytes …" />}
      {answer.state === "ready" && <RawChoices plan={answer.value} info={info} fileName={fileName} isWhole={range === undefined} onClose={onClose} />}
    </Dialog>
  );
}

interface RawChoicesProps {
  readonly plan: SavePlan;
  readonly info: SpaceInfo;
  readonly fileName: string;
  readonly isWhole: boolean;
  readonly onClose: () => void;
}

function RawChoices({ plan, info, fileName, isWhole, onClose }: RawChoicesProps): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const { size, there } = plan;
  const absent = size - there;
  const limit = BigInt(mostSaved());
  const canFill = size <= limit && size <= MOST_FILLED;
  const [fill, setFill] = useState(canFill && there > 0n);
  const isTooMuch = there > limit;
  return (
    <form
      method="dialog"
      onSubmit={() => {
        onClose();
        void saveRaw(memory, info.space, plan, fill, fileName);
      }}
    >
      <p>
        {bytesText(size)}
        {isWhole ? " are mapped" : ""}, {there === size ? "all of them with a value." : `${bytesText(there)} of them with a value.`}
      </p>
      {absent > 0n && (
        <fieldset className={styles.kinds}>
          <legend>
            {bytesText(absent)} {absent === 1n ? "is" : "are"} not in the files. In their place:
          </legend>
          <label>
            <input type="radio" name="fill" checked={fill} disabled={!canFill} onChange={() => setFill(true)} />
            {isWhole ? "zeros: the regions follow each other whole" : "zeros: a byte's offset in the file is its address less the first one"}
            {!canFill && `, which would be ${formatSize(size)}: too much`}
          </label>
          <label>
            <input type="radio" name="fill" checked={!fill} onChange={() => setFill(false)} />
            nothing: what is there is written without gaps, {bytesText(there)}
          </label>
        </fieldset>
      )}
      {isTooMuch && <p>This browser saves at most {formatSize(limit)} at once. Save a region or a range of it.</p>}
      <div className={dialog.buttons}>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" disabled={isTooMuch || (!fill && there === 0n)}>
          Save {formatSize(fill ? size : there)}
        </button>
      </div>
    </form>
  );
}

async function saveRaw(memory: MemoryInspector, space: number, { ranges, size, there }: SavePlan, fill: boolean, fileName: string): Promise<void> {
  await savePieces(fileName, Number(fill ? size : there), async (put, signal) => {
    let written = 0;
    let absent = 0n;
    for (const { start, end } of ranges) {
      const done = await memory.save({ space, start, end, fill }, { signal, onPiece: put });
      written += done.written;
      absent += done.absent;
    }
    const missing = absent === 0n ? "" : ` ${bytesText(absent)} were not in the files and are ${fill ? "zeros" : "left out"}.`;
    return `Saved ${bytesText(BigInt(written))} as ${fileName}.${missing}`;
  });
}

export function SaveCoreDialog({ info, onClose }: { info: SpaceInfo; onClose: () => void }): ReactNode {
  const { memory } = useWorkbench().session.inspector;
  const [small, setSmall] = useState(false);
  const { task } = info;
  const answer = useAnswer(`${task} ${small}`, () => memory.corePlan({ task, options: { small } }));
  const plan = answer.state === "ready" ? answer.value : undefined;
  const isTooMuch = plan !== undefined && plan.size > mostSaved();
  const fileName = `core.${info.pid}`;
  const save = (): void => {
    onClose();
    if (plan === undefined) return;
    void savePieces(fileName, plan.size, async (put, signal) => {
      const done = await memory.core({ task, options: { small } }, { signal, onPiece: put });
      return `Saved ${bytesText(BigInt(done.size))} as ${fileName}, with ${plural(done.threads, "thread")}.`;
    });
  };
  return (
    <Dialog title={`Save ${info.label} as an ELF core`} onClose={onClose}>
      <p>A file that gdb and lldb load: threads with their registers, auxiliary vector, mapped files, and the memory that is in the checkpoint.</p>
      <div className={styles.kinds}>
        <label>
          <input type="checkbox" checked={small} onChange={(event) => setSmall(event.target.checked)} />
          registers and stacks only
        </label>
      </div>
      {answer.state === "failed" && <Failed what="No core can be made of this task." error={answer.error} />}
      {answer.state === "waiting" && <Waiting what="Working out what will be in the core …" />}
      {plan !== undefined && (
        <>
          <p>
            {bytesText(BigInt(plan.size))}, {plural(plan.threads, "thread")}, {bytesText(BigInt(plan.memory))} of memory.{" "}
            {plan.absent > 0n && `${bytesText(plan.absent)} of the task's memory are not in the checkpoint, and so not in the core.`}
          </p>
          {plan.notes.length > 0 && (
            <ul className={styles.notes}>
              {plan.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          )}
          {isTooMuch && <p>This browser saves at most {formatSize(mostSaved())} at once. Choose registers and stacks only, or make the core with the command line.</p>}
        </>
      )}
      <div className={dialog.buttons}>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" disabled={plan === undefined || isTooMuch} onClick={save}>
          Save the core
        </button>
      </div>
    </Dialog>
  );
}
