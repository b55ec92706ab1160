/** Pages of one region or shared object: each at most once. */
import type { Checkpoint } from "../model/checkpoint.ts";
import { formatHex } from "../schema/show.ts";
import { rowSpan, sortedRows } from "./row-span.ts";

export function pageOverlaps(checkpoint: Checkpoint): void {
  const extents = checkpoint.tables.get("extents");
  const region = extents.column("region");
  const object = extents.column("object");
  const start = extents.column("start");
  const pages = extents.column("pages");
  const size = extents.column("page_size");
  const memory = extents.column("memory_object");
  const space = extents.column("space");
  // Contents of shared memory are compared by object, private ones by map, or by region where the map is not named.
  const owner = (row: number): number => {
    if (memory.number(row) >= 0) return -1e12 - memory.number(row);
    if (space.number(row) >= 0) return -1e15 - space.number(row);
    return Number.isNaN(object.number(row)) ? region.number(row) : -1 - object.number(row);
  };
  if (isAscending()) return;
  const rows = sortedRows(extents, (a, b) => {
    const byOwner = owner(a) - owner(b);
    if (byOwner !== 0) return byOwner;
    const byStart = start.big(a) - start.big(b);
    return byStart < 0n ? -1 : byStart > 0n ? 1 : a - b;
  });
  for (let index = 1; index < rows.length; index++) {
    const before = rows[index - 1]!;
    const row = rows[index]!;
    // Rows that belong to nothing have nothing in common.
    if (owner(row) === -1) continue;
    if (owner(before) === owner(row) && endOf(before) > start.big(row)) {
      checkpoint.diagnostics.report(
        "page.duplicate",
        () => `The page at ${formatHex(start.big(row))} was saved twice.`,
        rowSpan(checkpoint, extents, row),
        { table: "extents", row },
      );
    }
  }

  function endOf(row: number): bigint {
    return start.big(row) + BigInt(pages.number(row) * size.number(row));
  }

  /** The usual case, without a sort: within each owner, runs follow each other. */
  function isAscending(): boolean {
    for (let row = 1; row < extents.length; row++) {
      if (owner(row) !== -1 && owner(row) === owner(row - 1) ? start.big(row) < endOf(row - 1) : false) return false;
    }
    return !ownersReturn();
  }

  /** Whether an owner occurs again after another one. */
  function ownersReturn(): boolean {
    const seen = new Set<number>();
    for (let row = 0; row < extents.length; row++) {
      const id = owner(row);
      if (row > 0 && owner(row - 1) === id) continue;
      if (seen.has(id)) return true;
      seen.add(id);
    }
    return false;
  }
}
