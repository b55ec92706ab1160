/** What no format recognises: plain bytes, so that a person can still look. */
import { Diagnostics } from "../model/diagnostics.ts";
import { Tables, type Checkpoint, type OpenedFile } from "../model/checkpoint.ts";

/** `isLost`: problems of the archives that the files came in say already why there is nothing in them. */
export function openUnknown(files: readonly OpenedFile[], isLost: boolean): Checkpoint {
  const diagnostics = new Diagnostics();
  const tables = new Tables();
  const records = tables.get("records");
  let size = 0;
  for (const [file, { source }] of files.entries()) {
    size += source.size;
    if (source.size === 0) continue;
    const row = records.add();
    records.set(row, "file", file);
    records.set(row, "offset", 0);
    records.set(row, "length", source.size);
    records.set(row, "name", "bytes");
  }
  if (size === 0 && !isLost) diagnostics.report("image.empty", files.length > 1 ? "The files are empty." : "The file is empty.");
  const fileOf = (record: number): number => Math.max(0, records.number(record, "file"));
  return {
    files,
    identity: {
      format: "unknown",
      formatName: files.length > 1 ? "Unknown files" : "Unknown file",
      revision: undefined,
      revisionAlternatives: [],
      architecture: undefined,
      byteOrder: "little",
      pageSize: 4096,
      reasons: [`No format recognises ${files.length > 1 ? "these files" : "this file"}.`],
      revisionChoices: [],
      architectureChoices: [],
      overridden: { revision: false, architecture: false },
    },
    facts: [],
    tables,
    diagnostics,
    coverage: { total: size, explained: 0 },
    unexplained: files.flatMap(({ source }, file) => (source.size > 0 ? [{ file, start: 0, end: source.size }] : [])),
    decoder: {
      async explain(record) {
        const file = fileOf(record);
        const end = files[file]?.source.size ?? 0;
        return { name: "bytes", path: "", span: { file, start: 0, end }, type: "bytes", text: `${end} bytes`, value: null, role: "unknown" };
      },
      origin: () => undefined,
      fieldSpan: () => undefined,
      recordDoc: () => "Bytes of a file that no format recognises.",
    },
  };
}
