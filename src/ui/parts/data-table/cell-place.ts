/** Where a cell leads. */
import type { Cell, ColumnInfo, Row, TableInfo } from "../../../core/index.ts";
import { CHECKPOINT_TABLE, type View } from "../../state/view.ts";
import { viewOfRow } from "../../state/workbench.ts";
import { leadsToContents } from "../row-contents.ts";
import { leadsToMemory } from "../row-places.ts";

/** `contents`: the bytes that the row stands for. `address`: that of the cell, in memory. `checkpoint`: the checkpoint that the row names, which is then opened. */
export type CellPlace = { readonly kind: "view"; readonly view: View } | { readonly kind: "contents" } | { readonly kind: "address" } | { readonly kind: "checkpoint" };

export function placeOfCell(info: TableInfo, row: Row, column: ColumnInfo, cell: Cell): CellPlace | undefined {
  if (cell.text === "") return undefined;
  if (leadsToContents(info, row, column.name)) return { kind: "contents" };
  if (info.name === CHECKPOINT_TABLE && column.name === "name") return { kind: "checkpoint" };
  if (cell.link === undefined) return leadsToMemory(info, column.name, cell) ? { kind: "address" } : undefined;
  return { kind: "view", view: viewOfRow(cell.link.table, cell.link.row) };
}

export const SHOW_ADDRESS = "Show this address in memory";

/** What the menu calls the way there. */
export function placeLabel(place: CellPlace | undefined, link: Cell["link"]): string {
  if (place === undefined) return "Go to the row behind";
  if (place.kind === "contents") return "Show the contents";
  if (place.kind === "checkpoint") return "Open this checkpoint";
  if (place.kind === "address") return SHOW_ADDRESS;
  return place.view.kind === "bytes" ? "Show the file's bytes" : `Go to the row behind: ${link?.table ?? ""}`;
}
