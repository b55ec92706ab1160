/** Descriptor numbers: each at most once in a table. */
import type { Checkpoint } from "../model/checkpoint.ts";
import { sortedRows } from "./row-span.ts";

export function descriptorsOnce(checkpoint: Checkpoint): void {
  const fds = checkpoint.tables.get("fds");
  const table = fds.column("table");
  const fd = fds.column("fd");
  const rows = sortedRows(fds, (a, b) => table.number(a) - table.number(b) || fd.number(a) - fd.number(b) || a - b);
  for (let index = 1; index < rows.length; index++) {
    const before = rows[index - 1]!;
    const row = rows[index]!;
    if (table.number(before) !== table.number(row) || fd.number(before) !== fd.number(row)) continue;
    checkpoint.diagnostics.report(
      "fd.duplicate",
      () => `Descriptor ${fd.number(row)} occurs twice in one descriptor table.`,
      checkpoint.decoder.fieldSpan("fds", row, "fd"),
      { table: "fds", row },
    );
  }
}
