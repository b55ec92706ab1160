/** What can be done with a row beyond looking at it: its bytes shown and saved, its memory and registers, the checkpoint that it names opened. */
import type { Cell, Row, TableInfo } from "../../../core/index.ts";
import { announce } from "../../state/selection.ts";
import { bytesView, CHECKPOINT_TABLE, IMAGE_TABLE, memoryView, type View } from "../../state/view.ts";
import { useWorkbench } from "../../state/workbench.ts";
import type { MenuItem } from "../menu.tsx";
import { useCheckpointChoice } from "../open/use-checkpoint-choice.ts";
import { SHOW_ADDRESS } from "./cell-place.ts";
import { contentsName, contentsOf, hasContents } from "../row-contents.ts";
import { addressInCell, placesOfRow, spaceOfRow, type RowPlace } from "../row-places.ts";
import { saveBytes } from "../save-bytes.ts";

export interface RowActions {
  readonly showContents: (row: Row, go: (view: View) => void) => Promise<void>;
  /** The address in a cell, shown in memory; undefined when the cell has none. */
  readonly showAddress: (row: Row, column: string | undefined, cell: Cell | undefined, go: (view: View) => void) => (() => void) | undefined;
  readonly openCheckpoint: (row: Row) => void;
  /** Enter or a double click on the row, in tables whose rows are things to be opened; undefined elsewhere. */
  readonly open: ((row: Row, go: (view: View) => void) => void) | undefined;
  readonly items: (row: Row, column: string, cell: Cell | undefined, go: (view: View) => void) => readonly MenuItem[];
}

export function useRowActions(info: TableInfo): RowActions {
  const { inspector, summary, tables } = useWorkbench().session;
  const { choose } = useCheckpointChoice();
  const find = (row: Row) => contentsOf(inspector, info, row, summary.files.map(({ size }) => size));

  const showContents = async (row: Row, go: (view: View) => void): Promise<void> => {
    const span = await find(row);
    if (span === undefined) announce("These bytes do not stand in one piece in a file.");
    else go(bytesView(span.file, span.start, info.name === IMAGE_TABLE ? undefined : span.end));
  };
  const saveContents = async (row: Row): Promise<void> => {
    const span = await find(row);
    if (span === undefined) announce("These bytes do not stand in one piece in a file.");
    else await saveBytes(inspector, span, contentsName(info, row));
  };
  const goTo = async (find: RowPlace["find"], go: (view: View) => void): Promise<void> => {
    const view = await find();
    if (view === undefined) announce("The image has nothing to show there.");
    else go(view);
  };
  const showAddress: RowActions["showAddress"] = (row, column, cell, go) => {
    const address = cell && column !== undefined ? addressInCell(info, column, cell) : undefined;
    if (address === undefined) return undefined;
    const find = async (): Promise<View | undefined> => {
      const space = await spaceOfRow(inspector, tables, info, row);
      return space === undefined ? undefined : memoryView(space, address);
    };
    return () => void goTo(find, go);
  };
  const openCheckpoint = (row: Row): void => {
    const name = row.cells[info.columns.findIndex((column) => column.name === "name")]?.value;
    if (typeof name === "string") choose(name);
  };
  const isFile = info.name === IMAGE_TABLE;
  const isCheckpoint = info.name === CHECKPOINT_TABLE;
  return {
    showContents,
    showAddress,
    openCheckpoint,
    open: isFile ? (row, go) => void showContents(row, go) : isCheckpoint ? openCheckpoint : undefined,
    items: (row, column, cell, go) => {
      if (isCheckpoint) return [{ label: "Open this checkpoint", run: () => openCheckpoint(row) }];
      const places = placesOfRow(inspector, tables, info, row).map(({ label, find }) => ({ label, run: () => void goTo(find, go) }));
      const address = showAddress(row, column, cell, go);
      const ways = [...places, ...(address === undefined ? [] : [{ label: SHOW_ADDRESS, run: address }])];
      if (!hasContents(info, row)) return ways;
      return [
        ...ways,
        { label: isFile ? "Show the file's bytes" : "Show the contents", run: () => void showContents(row, go) },
        { label: isFile ? "Save the file" : "Save the contents as a file", run: () => void saveContents(row) },
      ];
    },
  };
}
