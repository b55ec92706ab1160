/** Hits as rows: where, what stands there, and what surrounds it. */
import { useMemo, type ReactNode } from "react";
import type { SearchHit } from "../../../core/index.ts";
import { bytesView, type SearchMode } from "../../state/view.ts";
import { useStore } from "../../state/store.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/search.module.css";
import type { MenuItem } from "../menu.tsx";
import { RowGrid, type GridColumn } from "../row-grid/row-grid.tsx";
import { hexText } from "../words.ts";
import { STRING_ALL, foundHex, foundText, rowOfHit, viewOfHit, type Found } from "./hit-text.ts";
import type { SearchRun } from "./search-run.ts";

const wholeText = ({ before, hit, after }: Found, gap = ""): string => [before, hit, after].filter((part) => part !== "").join(gap);

function FoundText({ found: { before, hit, after }, gap = "" }: { found: Found; gap?: string }): ReactNode {
  return (
    <>
      <span className={styles.around}>
        {before}
        {before !== "" && gap}
      </span>
      <mark className={styles.hit}>{hit}</mark>
      <span className={styles.around}>
        {after !== "" && gap}
        {after}
      </span>
    </>
  );
}

const TEXT: GridColumn<SearchHit> = {
  name: "text",
  label: "Text",
  width: 40,
  grows: true,
  text: (hit) => hit.text ?? wholeText(foundText(hit)),
  draw: (hit) => <FoundText found={foundText(hit)} />,
  title: (hit) => hit.text ?? wholeText(foundText(hit)),
};
/** What surrounds a string is, by what a string is, no text. */
const STRING: GridColumn<SearchHit> = { ...TEXT, label: "String", width: 60, draw: (hit) => foundText(hit, STRING_ALL).hit };
const BYTES: GridColumn<SearchHit> = {
  name: "bytes",
  label: "Bytes",
  width: 61,
  text: (hit) => wholeText(foundHex(hit), " "),
  draw: (hit) => <FoundText found={foundHex(hit)} gap=" " />,
  title: () => undefined,
};

/** What was looked for comes first: text, or bytes. */
const COLUMNS_OF_MODE: Readonly<Record<SearchMode, readonly GridColumn<SearchHit>[]>> = {
  text: [TEXT, BYTES],
  regex: [TEXT, BYTES],
  strings: [STRING],
  hex: [BYTES, TEXT],
  integer: [BYTES, TEXT],
  pointer: [BYTES, TEXT],
};

const columnsOf = (fileNames: readonly string[], mode: SearchMode): readonly GridColumn<SearchHit>[] => [
  {
    name: "address",
    label: "Address or offset",
    width: 19,
    text: ({ address }) => hexText(address),
    title: ({ where, file, offset }) => `${where === "space" ? "Show in memory" : "Show the bytes"}. In the files: ${fileNames[file] ?? "file"} at ${hexText(offset)}`,
    view: viewOfHit,
    viewLabel: "Go to the hit",
  },
  { name: "owner", label: "In", width: 32, isWords: true, text: (hit) => hit.owner, view: rowOfHit, viewLabel: "Show the row" },
  ...COLUMNS_OF_MODE[mode],
];

export function HitGrid({ run, count, mode }: { run: SearchRun; count: number; mode: SearchMode }): ReactNode {
  const { navigation, session } = useWorkbench();
  const { summary } = session;
  const { files } = summary;
  const selected = useStore(run.selected);
  const columns = useMemo(() => columnsOf(files.map(({ name }) => name), mode), [files, mode]);
  const items = (hit: SearchHit): readonly MenuItem[] => {
    const row = rowOfHit(hit);
    const { file, offset, length } = hit;
    return [
      { label: "Go to the hit", run: () => navigation.go(viewOfHit(hit)) },
      { label: "Show its bytes in the file", run: () => navigation.go(bytesView(file, offset, offset + Math.max(1, length))) },
      ...(row === undefined ? [] : [{ label: "Show the row", run: () => navigation.go(row) }]),
      ...(hit.where === "space" ? [{ label: "Find pointers to it", run: () => navigation.go({ kind: "search", mode: "pointer", text: hexText(hit.address), space: hit.space }) }] : []),
    ];
  };
  return <RowGrid label="Hits" columns={columns} rowCount={count} rowAt={run.at} fills selected={selected} onSelect={(index) => run.selected.set(index)} items={items} isFirst />;
}
