/** What the stack of a thread tells: return addresses, each with how it was found and how far that is to be trusted. */
import type { ReactNode } from "react";
import type { StackEntry, ThreadStack } from "../../../core/index.ts";
import { memoryView } from "../../state/view.ts";
import styles from "../../styles/place.module.css";
import threadStyles from "../../styles/thread.module.css";
import { PlaceAnchor } from "../place-anchor.tsx";
import { RowGrid, type GridColumn } from "../row-grid/row-grid.tsx";
import { hexText, plural, sizeText } from "../words.ts";

const FOUND: Readonly<Record<StackEntry["found"], { readonly mark: string; readonly words: string; readonly why: string }>> = {
  ip: { mark: "▶", words: "instruction pointer", why: "Where the thread is." },
  lr: { mark: "◆", words: "link register", why: "Where the thread returns to, unless the register was used for something else since." },
  frame: { mark: "●", words: "frame pointers", why: "A return address that the chain of frame pointers leads to." },
  word: { mark: "○", words: "may be left over", why: "A word of the stack that points into executable memory. It may be a return address, or be left over from an earlier call." },
};

function columnsOf({ space, sp, entries }: ThreadStack): readonly GridColumn<StackEntry>[] {
  const widthOf = (addresses: readonly (bigint | undefined)[]): number => Math.max(10, ...addresses.map((address) => (address === undefined ? 0 : hexText(address).length)));
  return [
    {
      name: "found",
      label: "Found",
      width: 20,
      isWords: true,
      text: ({ found }) => FOUND[found].words,
      title: ({ found }) => FOUND[found].why,
      draw: ({ found }) => (
        <>
          <span className={threadStyles.mark} aria-hidden="true">
            {FOUND[found].mark}
          </span>
          {FOUND[found].words}
        </>
      ),
    },
    {
      name: "target",
      label: "Code at",
      width: widthOf(entries.map(({ value }) => value)),
      text: ({ value }) => hexText(value),
      view: ({ value }) => memoryView(space, value),
      viewLabel: "Show the code in memory",
    },
    { name: "label", label: "Region and offset", width: Math.min(22, Math.max(14, ...entries.map(({ label }) => label.length))), grows: true, text: ({ label }) => label },
    {
      name: "at",
      label: "Word at",
      width: widthOf(entries.map(({ at }) => at)),
      text: ({ at }) => (at === undefined ? "" : hexText(at)),
      draw: ({ at }) => (at === undefined ? <span className={styles.quiet}>a register</span> : hexText(at)),
      title: ({ at }) => (at === undefined ? "It stands in a register, not on the stack" : `${hexText(at - sp)} above the stack pointer`),
      view: ({ at }) => (at === undefined ? undefined : memoryView(space, at)),
      viewLabel: "Show the word in memory",
    },
  ];
}

export function Stack({ stack }: { stack: ThreadStack }): ReactNode {
  const { space, sp, region, entries, end, why } = stack;
  const looked = Number(end - sp);
  return (
    <section className={styles.section} aria-labelledby="stack-title">
      <div className={styles.heading}>
        <h2 id="stack-title">Stack</h2>
        <span className={styles.quiet}>{plural(entries.length, "entry", "entries")}</span>
      </div>
      <p className={styles.why}>
        From the stack pointer <PlaceAnchor view={memoryView(space, sp)}>{hexText(sp)}</PlaceAnchor>
        {region !== undefined && ` in ${region.label}`}
        {looked > 0 ? `, ${sizeText(looked)} were looked at.` : "."} Frame pointers and words are found, not known: the program&apos;s own unwind tables are not read.
      </p>
      {why !== undefined && (
        <p className={styles.why} role="note">
          {why}
        </p>
      )}
      {entries.length > 0 ? (
        <RowGrid label="Stack" columns={columnsOf(stack)} rowCount={entries.length} rowAt={(index) => entries[index]} rowClass={({ found }) => (found === "word" ? threadStyles.guess : threadStyles.sure)} />
      ) : (
        <p>Nothing on the stack points into executable memory.</p>
      )}
    </section>
  );
}
