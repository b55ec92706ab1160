/** The three lists of a process: arguments, environment, auxiliary vector. Each text leads to where it stands in memory. */
import type { ReactNode } from "react";
import type { MemoryText, ProcessTexts } from "../../../core/index.ts";
import { HIDDEN_TEXT, HIDDEN_WHY, secretsShown } from "../../state/secrets.ts";
import { useStore } from "../../state/store.ts";
import { memoryView } from "../../state/view.ts";
import styles from "../../styles/place.module.css";
import { copyText } from "../copy.ts";
import { RowGrid, type GridColumn } from "../row-grid/row-grid.tsx";
import { hexText, plural } from "../words.ts";
import { shellCommand, variableOf } from "./texts.ts";

const GO_TO_MEMORY = "Show in memory";

function addressColumn(space: number): GridColumn<MemoryText> {
  return {
    name: "address",
    label: "Address",
    width: 18,
    text: ({ address }) => hexText(address),
    view: ({ address }) => memoryView(space, address),
    viewLabel: GO_TO_MEMORY,
  };
}

/** Only where a text is cut or missing is there something to say. */
function whyColumn(texts: readonly MemoryText[]): readonly GridColumn<MemoryText>[] {
  return texts.some(({ why }) => why !== undefined) ? [{ name: "why", label: "Note", width: 30, isWords: true, text: ({ why }) => why ?? "" }] : [];
}

interface SectionProps {
  readonly space: number;
  readonly texts: readonly MemoryText[];
  /** Nothing is missing: no text means that the process had none. */
  readonly isWhole: boolean;
}

function countOf(texts: readonly MemoryText[], isWhole: boolean, what: string): string {
  return texts.length === 0 && !isWhole ? "none could be read" : plural(texts.length, what);
}

export function ArgumentsSection({ space, texts, isWhole, isFirst }: SectionProps & { isFirst: boolean }): ReactNode {
  const columns: readonly GridColumn<MemoryText>[] = [
    { name: "index", label: "No.", width: 5, align: "right", text: (_, index) => String(index) },
    addressColumn(space),
    { name: "text", label: "Argument", width: 30, grows: true, text: ({ text }) => text },
    ...whyColumn(texts),
  ];
  return (
    <section className={styles.section} aria-labelledby="arguments-title">
      <div className={styles.heading}>
        <h2 id="arguments-title">Command line</h2>
        <span className={styles.quiet}>{countOf(texts, isWhole, "argument")}</span>
        {texts.length > 0 && (
          <button type="button" onClick={() => void copyText(shellCommand(texts), "the command line")}>
            Copy for a shell
          </button>
        )}
      </div>
      {texts.length > 0 && <RowGrid label="Command line" columns={columns} rowCount={texts.length} rowAt={(index) => texts[index]} isFirst={isFirst} />}
    </section>
  );
}

function variableColumns(space: number, texts: readonly MemoryText[], isShown: boolean): readonly GridColumn<MemoryText>[] {
  return [
    { name: "name", label: "Variable", width: 24, text: ({ text }) => variableOf(text).name },
    addressColumn(space),
    {
      name: "value",
      label: "Value",
      width: 30,
      grows: true,
      text: ({ text }) => variableOf(text).value ?? "",
      title: ({ text }) => (isShown ? variableOf(text).value : HIDDEN_WHY),
      draw: ({ text }) => <VariableValue value={variableOf(text).value} isShown={isShown} />,
    },
    ...whyColumn(texts),
  ];
}

export function EnvironmentSection({ space, texts: all, isWhole, guard }: SectionProps & { guard: (copy: () => void) => void }): ReactNode {
  const isShown = useStore(secretsShown);
  // A program that wrote its title over them leaves empty ones behind.
  const texts = all.filter(({ text }) => text !== "");
  const empty = all.length - texts.length;
  return (
    <section className={styles.section} aria-labelledby="environment-title">
      <div className={styles.heading}>
        <h2 id="environment-title">Environment</h2>
        <span className={styles.quiet}>{`${countOf(texts, isWhole, "variable")}${empty === 0 ? "" : `, and ${empty === 1 ? "an empty text" : `${empty} empty texts`}`}`}</span>
        {texts.length > 0 && (
          <>
            <button type="button" aria-pressed={isShown} title="Values of environment variables, which may be secrets" onClick={() => secretsShown.set(!isShown)}>
              Show secrets
            </button>
            <button type="button" onClick={() => guard(() => void copyText(texts.map(({ text }) => text).join("\n"), "the environment"))}>
              Copy all
            </button>
          </>
        )}
      </div>
      {texts.length > 0 && <RowGrid label="Environment" columns={variableColumns(space, texts, isShown)} rowCount={texts.length} rowAt={(index) => texts[index]} guard={guard} />}
    </section>
  );
}

function VariableValue({ value, isShown }: { value: string | undefined; isShown: boolean }): ReactNode {
  if (value === undefined) return <span className={styles.quiet}>– no equals sign: the program may have written over it</span>;
  if (isShown) return value;
  return (
    <span className={styles.secret}>
      {HIDDEN_TEXT}
      <span className="visually-hidden">hidden</span>
    </span>
  );
}

type AuxiliaryEntry = ProcessTexts["auxv"][number] & { readonly label: string | undefined };

/** `labels` says of each entry what its value points to, if it points to anything. */
export function AuxiliarySection({ space, entries, labels }: { space: number; entries: ProcessTexts["auxv"]; labels: readonly (string | undefined)[] }): ReactNode {
  const rows = entries.map((entry, index): AuxiliaryEntry => ({ ...entry, label: labels[index] }));
  const columns: readonly GridColumn<AuxiliaryEntry>[] = [
    { name: "type", label: "Type", width: 22, text: ({ type }) => type },
    {
      name: "value",
      label: "Value",
      width: 18,
      text: ({ value }) => hexText(value),
      title: ({ value }) => `${value} in decimal`,
      view: ({ value, label }) => (label === undefined ? undefined : memoryView(space, value)),
      viewLabel: GO_TO_MEMORY,
    },
    { name: "points", label: "Points to", width: 24, text: ({ label }) => label ?? "" },
    { name: "text", label: "What stands there", width: 30, grows: true, text: ({ text }) => text ?? "" },
  ];
  return (
    <section className={styles.section} aria-labelledby="auxiliary-title">
      <div className={styles.heading}>
        <h2 id="auxiliary-title">Auxiliary vector</h2>
        <span className={styles.quiet}>{plural(entries.length, "entry", "entries")}</span>
      </div>
      {rows.length > 0 && <RowGrid label="Auxiliary vector" columns={columns} rowCount={rows.length} rowAt={(index) => rows[index]} />}
    </section>
  );
}
