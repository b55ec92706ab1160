/** The bytes that the selected row stands for, and what can be done with them. */
import type { ReactNode } from "react";
import { useAnswer } from "../../state/use-answer.ts";
import { bytesView, IMAGE_TABLE } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import styles from "../../styles/record.module.css";
import { PlaceAnchor } from "../place-anchor.tsx";
import { contentsName, contentsOf } from "../row-contents.ts";
import { saveBytes } from "../save-bytes.ts";
import { baseName, exactBytes, hexText } from "../words.ts";

export function RowContents({ table, row }: { table: string; row: number }): ReactNode {
  const { inspector, tables, summary } = useWorkbench().session;
  const info = tables.find(({ name }) => name === table);
  const answer = useAnswer(`${table} ${row}`, async () => {
    const found = info && (await inspector.row(table, row));
    if (info === undefined || found === undefined) return undefined;
    const span = await contentsOf(inspector, info, found, summary.files.map(({ size }) => size));
    return span && { span, name: contentsName(info, found) };
  });
  const contents = answer.state === "ready" ? answer.value : undefined;
  if (contents === undefined || contents.span.end === contents.span.start) return undefined;
  const { span, name } = contents;
  const isFile = table === IMAGE_TABLE;
  return (
    <p className={styles.contents}>
      <span>
        {isFile ? "The file" : "Contents"}: {exactBytes(span.end - span.start)}
        {!isFile && ` at ${hexText(span.start)}${summary.files.length > 1 ? ` of ${baseName(summary.files[span.file]?.name ?? "")}` : ""}`}
      </span>
      <PlaceAnchor view={bytesView(span.file, span.start, isFile ? undefined : span.end)}>{isFile ? "Show the bytes" : "Show the contents"}</PlaceAnchor>
      <button type="button" onClick={() => void saveBytes(inspector, span, name)}>
        Save as a file
      </button>
    </p>
  );
}
