/** The download of a view: at most one at a time, with its amount and a way to cancel it. */
import { useState } from "react";
import type { ColumnInfo, ExportFormat, TableInfo, View } from "../../../core/index.ts";
import { announce } from "../../state/selection.ts";
import { useWorkbench } from "../../state/workbench.ts";
import { download } from "./download.ts";

export interface Saving {
  /** Characters written so far. */
  readonly written: number;
  readonly cancel: () => void;
}

export function useDownload(info: TableInfo, view: View | undefined, shown: readonly ColumnInfo[]) {
  const { inspector, image } = useWorkbench().session;
  const [saving, setSaving] = useState<Saving | undefined>(undefined);

  const save = (format: ExportFormat): void => {
    if (view === undefined || saving !== undefined) return;
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    setSaving({ written: 0, cancel });
    download({
      inspector,
      view: view.id,
      format,
      columns: shown.map(({ name }) => name),
      cells: view.matching * shown.length,
      fileName: `${image.name}.${info.name}.${format === "text" ? "txt" : format}`,
      signal: controller.signal,
      onProgress: (written) => setSaving({ written, cancel }),
    })
      .then(
        () => announce(`Downloaded ${info.label}.`),
        (error: unknown) => announce(`The download stopped: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => setSaving(undefined));
  };
  return { saving, save };
}
